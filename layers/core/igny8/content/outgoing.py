"""How an edited text goes back to its site: as ranges of what is there, and what is new.

What nobody touched is named, not sent, so it keeps its very bytes, the owner's scripts and frames
included (``docs/adr/0044``). What means the same is not touched, however a
client spells it.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from igny8.content.markers import BETWEEN, BLANK, ends_apart, marked, spans
from igny8.content.markup import meaning
from igny8.content.model import Range
from igny8.content.parts import PartKind, cut
from igny8.content.sanitise import sanitiser

MOST_PARTS = 4_000
"""What the bridge takes."""
Part = dict[str, Any]
"""``{"html": text}`` or ``{"keep": [from, to]}``, bytes of the site's text."""


class KeptPartGoneError(Exception):
    """A text stands for a kept part that the site's text does not have, or not in this order."""


@dataclass(frozen=True, slots=True)
class Going:
    """What is sent; the text that the site has once it took that, and where all of it is shown."""

    parts: list[Part]
    raw: str
    ranges: tuple[Range, ...]


def outgoing(ranges: Sequence[Range], shown: str, html_now: str, raw: str) -> list[Part]:
    r"""What the bridge takes as ``content_parts``: all of ``html_now``, by the site's ``raw`` text.

    ``ranges`` and ``shown`` are what was made of ``raw`` when it was taken in. Ranges ascend, as
    the bridge wants it: of parts that changed places the fewest are sent, in the site's own
    spelling where WordPress lets that be. Raises :class:`KeptPartGoneError`.

    >>> ranges = [Range(0, 3, 0, 8, apart=True), Range(3, 4, 10, 18)]
    >>> outgoing(ranges, "<p>a</p>\n\n<p>b</p>", "<p>a</p><p>c</p>", "a\n\nb")
    [{'keep': [0, 3]}, {'html': '<p>c</p>'}]
    """
    return going(ranges, shown, html_now, raw).parts


def going(ranges: Sequence[Range], shown: str, html_now: str, raw: str) -> Going:
    """The same, with what comes of it. Raises :class:`KeptPartGoneError`."""
    cuts = spans(html_now)
    now = [html_now[start:end] for start, end in cuts]
    matched = _matched(ranges, shown, now)
    in_order = _in_order(now, matched)
    parts = _Parts(ranges, raw.encode())
    clean = sanitiser() if len(in_order) < len(now) else None
    for place, (piece, found) in enumerate(zip(now, matched, strict=True)):
        if found is None:
            parts.write(piece)
        elif place in in_order:
            parts.keep(found)
        else:
            there = parts.there(found).strip(BLANK)
            # WordPress spells anew what it is sent, unless it is spelt as the sanitiser does.
            parts.write(there if clean is not None and clean(there) == there else piece)
    text = put_together(raw, parts.all)
    data = text.encode()
    then = tuple(
        Range(start, end, *cut, ends_apart(data[start:end].decode()))
        for (start, end), cut in zip(pairwise([0, *parts.ends]), cuts, strict=True)
    )
    return Going(parts.all, text, then)


def put_together(raw: str, parts: Iterable[Part]) -> str:
    """The text that a site has once it took these parts, where it took them as they are."""
    data = raw.encode()
    return b"".join(
        data[slice(*part["keep"])] if "keep" in part else part["html"].encode() for part in parts
    ).decode()


class _Parts:
    """Collects the parts; ``ends`` are where each piece ends in the text that they make."""

    def __init__(self, ranges: Sequence[Range], data: bytes) -> None:
        self.all: list[Part] = []
        self.ends: list[int] = []
        self._ranges = ranges
        self._data = data
        self._last: int | None = None  # the range that was kept last, if it comes right before

    def there(self, number: int) -> str:
        """A part as the site has it."""
        at = self._ranges[number]
        return self._data[at.start : at.end].decode()

    def keep(self, number: int) -> None:
        start, end = self._ranges[number].start, self._ranges[number].end
        if self._last is not None and self._last + 1 == number:
            self.all[-1]["keep"][1] = end
        else:
            if self.all and (self._last is None or self._would_run_into(self.there(number))):
                self._part()
            self.all.append({"keep": [start, end]})
        self._is_at(end - start)
        self._last = number

    def write(self, html: str) -> None:
        if self.all and (
            self._last is None
            or self._would_run_into(html)
            or not self.there(self._last).endswith(("\n", "\r"))
        ):
            self._part()
        self._add(html)
        self._is_at(len(html.encode()))
        self._last = None

    def _would_run_into(self, text: str) -> bool:
        """Whether what was kept last and these words would be one paragraph."""
        is_apart = self._last is None or self._ranges[self._last].apart
        return not is_apart and cut(text)[0].kind is PartKind.TEXT

    def _part(self) -> None:
        self._add(BETWEEN)
        self.ends[-1] += len(BETWEEN)

    def _is_at(self, size: int) -> None:
        self.ends.append((self.ends[-1] if self.ends else 0) + size)

    def _add(self, html: str) -> None:
        if self.all and "html" in self.all[-1]:
            self.all[-1]["html"] += html
        else:
            self.all.append({"html": html})


def _matched(ranges: Sequence[Range], shown: str, now: Sequence[str]) -> list[int | None]:
    """For each piece the range that means the same, each at most once, the next one first."""
    unused: dict[str, list[int]] = defaultdict(list)
    for number, at in enumerate(ranges):
        unused[_key(shown[at.shown_start : at.shown_end])].append(number)
    matched: list[int | None] = []
    last = -1
    for piece in now:
        those = unused.get(_key(piece))
        if not those:
            matched.append(None)
            continue
        place = bisect_right(those, last)
        last = those.pop(place if place < len(those) else 0)
        matched.append(last)
    return matched


def _key(piece: str) -> str:
    return marked(piece) or meaning(piece)


def _in_order(now: Sequence[str], matched: Sequence[int | None]) -> set[int]:
    """The places of the most pieces that are in the order of the site, all kept parts among them.

    Raises :class:`KeptPartGoneError` where those are not.
    """
    chosen: set[int] = set()
    low, between = -1, list[tuple[int, int]]()
    for place, (piece, found) in enumerate(zip(now, matched, strict=True)):
        if marked(piece) is None:
            if found is not None:
                between.append((place, found))
            continue
        if found is None or found <= low:
            raise KeptPartGoneError
        chosen |= {place, *_ascending(between, low, found)}
        low, between = found, []
    return chosen | set(_ascending(between, low, None))


def _ascending(between: Iterable[tuple[int, int]], low: int, high: int | None) -> list[int]:
    """Places of the longest run of ascending numbers that lie between two numbers."""
    ends: list[tuple[int, int]] = []  # number and place that a run of each length ends with
    before: dict[int, int | None] = {}
    for place, number in between:
        if number <= low or (high is not None and number >= high):
            continue
        length = bisect_left(ends, (number, -1))
        before[place] = ends[length - 1][1] if length else None
        ends[length : length + 1] = [(number, place)]
    run: list[int] = []
    last = ends[-1][1] if ends else None
    while last is not None:
        run.append(last)
        last = before[last]
    return run
