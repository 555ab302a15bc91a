"""What stands in a text for the parts that its site keeps, and a text cut as it is shown here."""

import re

from igny8.content.model import Kept
from igny8.content.parts import cut

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
    cuts = (html[part.start : part.end].strip(BLANK) for part in cut(html))
    return [piece for piece in cuts if piece]
