"""What stands in a text for the parts that its site keeps, and a text cut as it is shown here."""

import re

from igny8.content.model import Kept
from igny8.content.parts import BREAK, cut

BETWEEN = "\n\n"
BLANK = " \t\n\r\f\v"
MARKER = re.compile(r"<!--\s*igny8:kept\s+(?P<id>[0-9a-f]{12}(?:-\d{1,4})?)\s[^>]{0,99}-->")
ANY_MARKER = re.compile(r"<!--\s*igny8:kept", re.IGNORECASE)


def marker(kept: Kept) -> str:
    """What stands here for a kept part.

    >>> marker(Kept("0123456789ab", "script", 10, 17))
    '<!-- igny8:kept 0123456789ab script 7 -->'
    """
    return f"<!-- igny8:kept {kept.id} {kept.name} {kept.bytes} -->"


def marked(piece: str) -> str | None:
    """The id of the kept part that a piece of a text stands for, if it does and is nothing else."""
    found = MARKER.fullmatch(piece.strip(BLANK))
    return found["id"] if found else None


def pieces(html: str) -> list[str]:
    """The parts of a text as it is shown here, without the white space between them."""
    return [html[start:end] for start, end in spans(html)]


def spans(html: str) -> list[tuple[int, int]]:
    """Where they are, in characters."""
    found = []
    for part in cut(html):
        text = html[part.start : part.end]
        start, end = part.end - len(text.lstrip(BLANK)), part.start + len(text.rstrip(BLANK))
        if start < end:
            found.append((start, end))
    return found


def ends_apart(text: str) -> bool:
    """Whether what comes next is another paragraph whatever it is."""
    return BREAK.search(text, len(text.rstrip(BLANK))) is not None
