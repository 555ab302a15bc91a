"""A body as its site has it, made fit to be shown and edited here.

A part that the sanitiser leaves the same in meaning is shown clean; any other is a *kept part*: a
comment stands for it here, and its bytes stay on the site. How an edit goes back: see
`igny8.content.outgoing`.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from igny8.content.markers import ANY_MARKER, BETWEEN, BLANK, ends_apart, marker, pieces
from igny8.content.markup import BLOCK_LEVEL, meaning, tokens
from igny8.content.model import Kept, Range, TextIn
from igny8.content.nesting import outline
from igny8.content.parts import MOST_BYTES, Part, PartKind, cut, delimiters
from igny8.content.sanitise import sanitiser, without_controls

# All of them lie in the row of the content.
MOST_KEPT = 500
NAMES = {
    "script": "script", "iframe": "iframe", "form": "form", "svg": "svg", "math": "math",
    "style": "style", "object": "object", "embed": "object", "input": "form", "button": "form",
    "select": "form", "textarea": "form", "noscript": "script", "canvas": "script",
}  # fmt: skip
SHORTCODE = re.compile(r"\s*\[[a-zA-Z]")
BUILDER = re.compile(r"[^a-z0-9]+")
LINE_END = re.compile(r"[ \t]*(?:\r\n?+|\n)[ \t]*")
BROKEN_LINE = re.compile(r"<br>\s*\Z")


class _NotShownError(Exception):
    """The body cannot be shown part by part."""


def taken_in(raw: str, *, builder: str | None = None) -> TextIn:
    r"""A body as it is shown here. ``builder`` names the page builder that keeps it, if one does.

    Raises :class:`UnicodeEncodeError` for half a surrogate, which no site's text may have.

    >>> taken_in("Hello,\nworld\n\n<p>x</p>").html
    '<p>Hello,<br>\nworld</p>\n\n<p>x</p>'
    """
    if builder is not None:
        return _whole(raw, BUILDER.sub("-", builder.lower()).strip("-")[:20] or "builder")
    parts = cut(raw)
    if any(part.kind is PartKind.WHOLE for part in parts):
        return _whole(raw, "large")
    if outline(without_controls(raw)).complaint is not None:
        return _whole(raw, "markup")
    try:
        return _shown(raw, parts)
    except _NotShownError:
        return _whole(raw, "markup")


def as_it_was(raw: str, ranges: Sequence[Range]) -> TextIn:
    """A body that was taken in once more, by the ranges that it had then."""
    text = taken_in(raw)
    if len(ranges) == 1 and text.html and ranges[0].shown_end != len(text.html):
        return _whole(raw, "builder")
    return text


def _whole(raw: str, name: str) -> TextIn:
    size = len(raw.encode())
    if not raw.strip(BLANK):
        return TextIn("", (), (Range(0, size, 0, 0),) if size else ())
    kept = Kept(_identity(raw), name, 0, size)
    html = marker(kept)
    return TextIn(html, (kept,), (Range(0, size, 0, len(html)),))


def _identity(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _shown(raw: str, parts: Sequence[Part]) -> TextIn:
    """Each part shown or kept. Raises :class:`_NotShownError`."""
    clean = sanitiser()
    classic = not any(part.kind is PartKind.BLOCK for part in parts)
    seen: Counter[str] = Counter()
    texts: list[str] = []
    kept: list[Kept] = []
    ranges: list[Range] = []
    here = there = 0
    for part in parts:
        text = raw[part.start : part.end]
        size = len(text.encode())
        shown = _clean_form(text, part.kind, classic, clean)
        if shown is None:
            stands_for = _kept(text, there, seen)
            kept.append(stands_for)
            shown = marker(stands_for)
        begin = here + (len(BETWEEN) if texts and shown else 0)
        here = begin + len(shown)
        ranges.append(Range(there, there + size, begin, here, ends_apart(text)))
        there += size
        if shown:
            texts.append(shown)
    html = BETWEEN.join(texts)
    if len(kept) > MOST_KEPT or len(html.encode()) > MOST_BYTES or clean(html) != html:
        raise _NotShownError
    return TextIn(html, tuple(kept), tuple(ranges))


def _kept(text: str, start: int, seen: Counter[str]) -> Kept:
    """A part that is kept; its white space is not of it."""
    bare = text.strip(BLANK)
    start += len(text[: text.index(bare)].encode())
    identity = _identity(bare)
    seen[identity] += 1
    if seen[identity] > 1:
        identity = f"{identity}-{seen[identity]}"
    return Kept(identity, _name(bare), start, start + len(bare.encode()))


def _name(text: str) -> str:
    """What people may know the part as."""
    for token in tokens(text):
        if token.name in NAMES:
            return NAMES[token.name]
    return "shortcode" if SHORTCODE.match(text) else "markup"


def _clean_form(
    text: str, kind: PartKind, classic: bool, clean: Callable[[str], str]
) -> str | None:
    """A part as it is shown; ``None`` where it is kept."""
    if not text.strip(BLANK):
        return ""
    if not _may_be_shown(text, kind):
        return None
    form = clean(text)
    if not form or meaning(form) != meaning(text):
        return None
    forms = [_paragraph(form), form] if classic and kind is PartKind.TEXT else [form]
    return next((form for form in forms if clean(form) == form and len(pieces(form)) == 1), None)


def _may_be_shown(text: str, kind: PartKind) -> bool:
    """Whether it is a part by itself, and looks like none of our comments."""
    if ANY_MARKER.search(text) or kind in {PartKind.UNCLOSED, PartKind.WHOLE}:
        return False
    return kind is PartKind.BLOCK or next(delimiters(text), None) is None


def _paragraph(clean: str) -> str:
    """Classic text with the tags that WordPress puts around it when it is shown (`wpautop`)."""
    inside = list(_lines(clean))
    visible = any(token.name != "!" for token in tokens(clean)) or "".join(
        text for text, is_words in inside if is_words
    ).strip(BLANK)
    if not visible or any(token.name in BLOCK_LEVEL for token in tokens(clean)):
        return clean
    return f"<p>{''.join(text for text, _ in inside)}</p>"


def _lines(clean: str) -> Iterator[tuple[str, bool]]:
    """Words, with tags at their line ends, and tags and comments; which of both each is."""
    position, before = 0, ""
    for token in [*tokens(clean), None]:
        upto = token.start if token else len(clean)
        words = clean[position:upto]
        if BROKEN_LINE.fullmatch(before):
            first = LINE_END.match(words)
            if first:
                yield "\n", True
                words = words[first.end() :]
        yield LINE_END.sub("<br>\n", words), True
        if token is None:
            return
        before = clean[token.start : token.end]
        yield before, False
        position = token.end
