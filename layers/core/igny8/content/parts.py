"""A body cut into its top-level parts, as ranges of bytes that joined are the body again.

A part is one top-level block of the block editor, by the grammar of WordPress's own parser
(`WP_Block_Parser`); in what lies outside of blocks, and in classic text, one paragraph or top-level
element. White space after a part belongs to it. Nothing is mended and nothing can be lost: only the
beginnings of parts are looked for.
"""

import re
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from igny8.content.markup import BLOCK_LEVEL, Token, tokens
from igny8.content.nesting import SPACE, VOID

MOST_BYTES = 2_097_152
MOST_PARTS = 4_000
MOST_TAGS = 200_000
DEEPEST = 256

_NAME = r"[a-z][a-z0-9_-]*+"
DELIMITER = re.compile(
    rf"<!--[{SPACE}\v]++(?P<closer>/)?+wp:(?:{_NAME}/)?+{_NAME}[{SPACE}\v]++"
    r"(?:(?P<attributes>{)|(?P<void>/)?+-->)"
)
ATTRIBUTES_END = re.compile(rf"}}[{SPACE}\v]++(?P<void>/)?+-->")
# A blank line ends a paragraph; line ends are those of any system.
LETTER = re.compile(r"[^ \t\n\r\f\v]")
BREAK = re.compile(r"(?:\r\n?+|\n)[ \t\f\v]*+(?:\r\n?+|\n)")
# What WordPress cuts posts at, and the boxes that stand for parts that are not shown here.
ALONE = re.compile(r"<!--\s*(?:more\b|nextpage\b|noteaser\b|igny8:kept\b)")


class PartKind(StrEnum):
    """What a part is. ``UNCLOSED``: a block whose end is missing; ``WHOLE``: it is not cut."""

    BLOCK = "block"
    UNCLOSED = "unclosed"
    ELEMENT = "element"
    TEXT = "text"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a body, ``end`` exclusive."""

    start: int
    end: int
    kind: PartKind


class _NotCutError(Exception):
    """There are too many parts, or they are nested too deep."""


def parts_of(raw: str) -> list[Part]:
    r"""The parts of a body, in bytes of UTF-8; all of it as one where it is too much to cut.

    >>> [(part.start, part.end) for part in parts_of("Grün\n\n<p>a</p><p>b</p>")]
    [(0, 7), (7, 15), (15, 23)]
    """
    if raw.isascii():
        return cut(raw)
    position, there, cuts = 0, 0, []
    for part in cut(raw):
        size = len(raw[position : part.end].encode())
        cuts.append(Part(there, there + size, part.kind))
        position, there = part.end, there + size
    return cuts


def cut(raw: str) -> list[Part]:
    """The same in characters."""
    if not raw:
        return []
    whole = [Part(0, len(raw), PartKind.WHOLE)]
    if len(raw) > MOST_BYTES or len(raw.encode()) > MOST_BYTES:
        return whole
    try:
        starts = list(islice(_starts(raw), MOST_PARTS + 1))
    except _NotCutError:
        return whole
    if len(starts) > MOST_PARTS:
        return whole
    if not starts:
        return [Part(0, len(raw), PartKind.TEXT)]
    ends = [*(start for start, _ in starts[1:]), len(raw)]
    starts[0] = (0, starts[0][1])
    return [Part(start, end, kind) for (start, kind), end in zip(starts, ends, strict=True)]


def _starts(raw: str) -> Iterator[tuple[int, PartKind]]:
    """Where each part begins, and as what."""
    position, depth, begun = 0, 0, 0
    for start, end, closer, void in delimiters(raw):
        if depth == 0:
            yield from _classic(raw, position, end if closer else start)
            position = end
            if closer:
                continue
            begun = start
        depth += 0 if void else -1 if closer else 1
        if depth > DEEPEST:
            raise _NotCutError
        if depth == 0:
            yield begun, PartKind.BLOCK
            position = end
    if depth:
        yield begun, PartKind.UNCLOSED
    else:
        yield from _classic(raw, position, len(raw))


def delimiters(raw: str) -> Iterator[tuple[int, int, bool, bool]]:
    """The comments that begin and end blocks: start, end, whether it ends one, or is one alone."""
    endings = ATTRIBUTES_END.finditer(raw)
    ending = next(endings, None)
    position = 0
    while found := DELIMITER.search(raw, position):
        position = end = found.end()
        void = found["void"]
        if found["attributes"]:
            while ending and ending.start() < end:
                ending = next(endings, None)
            if ending is None:
                continue
            position, end, void = ending.end(), ending.end(), ending["void"]
        yield found.start(), end, bool(found["closer"]), bool(void)


def _classic(raw: str, start: int, end: int) -> Iterator[tuple[int, PartKind]]:
    """Where the paragraphs and elements between two positions begin."""
    there = list(islice(tokens(raw, start, end), MOST_TAGS + 1))
    if len(there) > MOST_TAGS:
        raise _NotCutError
    pairs = _paired(there)
    # Whether the words that come now are of the part before, and it ends with the element it is.
    position, depth, goes_on, is_element = start, 0, False, False
    for token, step in zip(there, pairs, strict=True):
        if depth:
            depth += step
            goes_on = bool(depth) or not is_element
        else:
            goes_on = yield from _paragraphs(raw, position, token.start, goes_on)
            is_element = _is_element(raw, token)
            if not goes_on or (is_element and not token.closing):
                yield token.start, PartKind.ELEMENT if is_element else PartKind.TEXT
            depth = max(step, 0)
            goes_on = not is_element or bool(depth) or _has_words(token)
        if depth > DEEPEST:
            raise _NotCutError
        position = token.end
    yield from _paragraphs(raw, position, end, goes_on)


def _is_element(raw: str, token: Token) -> bool:
    if token.name == "!":
        return ALONE.match(raw, token.start) is not None
    return token.name in BLOCK_LEVEL


def _has_words(token: Token) -> bool:
    """Whether words may follow in an element whose end is missing."""
    return not token.closing and token.name != "!" and token.name not in VOID


def _paragraphs(
    raw: str, start: int, end: int, goes_on: bool
) -> Generator[tuple[int, PartKind], None, bool]:
    """Where paragraphs begin in mere words; answers whether what comes then is of the last one."""
    while True:
        found = BREAK.search(raw, start, end)
        letter = LETTER.search(raw, start, found.start() if found else end)
        if letter and not goes_on:
            yield letter.start(), PartKind.TEXT
        goes_on = goes_on or letter is not None
        if found is None:
            return goes_on
        goes_on, start = False, found.end()


def _paired(there: Sequence[Token]) -> list[int]:
    """For each tag 1 where its end follows, -1 where it is one, 0 where one of them is missing."""
    steps = [0] * len(there)
    open_: list[int] = []
    names: Counter[str] = Counter()
    for number, token in enumerate(there):
        name = token.name
        if name == "!" or name in VOID:
            continue
        if not token.closing:
            open_.append(number)
            names[name] += 1
        elif names[name]:
            while True:
                last = open_.pop()
                names[there[last].name] -= 1
                if there[last].name == name:
                    break
            steps[last], steps[number] = 1, -1
    return steps
