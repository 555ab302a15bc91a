"""What clients asked and heard, and whether one order of it explains what is there: as Jepsen does.

A content is a register. A write is a decision: to have a text live, or the post down, or the last
decision cancelled, which then may have taken effect or not. It is written down when it is asked for
(`invoke`) and when it is answered: `ok`, `fail` (certainly not done), or `info` (nobody knows; it
may take effect at any time after).
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise

DOWN = "down"
CANCELLED = "cancelled"
NEVER = 1 << 60
TOLD = ("Published ", "Updated ", "Took down ", "Queued ")


@dataclass
class Write:
    """One decision: asked at ``began``, answered at ``ended``; ``kind`` is how.

    ``number`` is the decision's own, as the answer said it. What is asked for ``again`` is a text
    that somebody had asked for before; it need not be another decision.
    """

    client: int
    content_id: int
    value: str
    began: int
    ended: int = NEVER
    kind: str = "info"
    number: int = 0
    again: bool = False


# What is there before anybody decides.
NOTHING = Write(0, 0, DOWN, -1, -1, "ok")


@dataclass(frozen=True)
class Read:
    """What somebody was told of a content: the ``number`` of its last decision."""

    content_id: int
    number: int
    began: int
    ended: int


@dataclass
class History:
    """Records by one counter for all clients, so that its numbers tell what came first."""

    writes: list[Write] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    _moments: Iterator[int] = field(default_factory=count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def invoke(self, client: int, content_id: int, value: str, *, again: bool = False) -> Write:
        with self._lock:
            write = Write(client, content_id, value, next(self._moments), again=again)
            self.writes.append(write)
            return write

    def end(self, write: Write, kind: str) -> None:
        with self._lock:
            write.kind = kind
            write.ended = next(self._moments) if kind != "info" else NEVER

    def moment(self) -> int:
        with self._lock:
            return next(self._moments)

    def read(self, content_id: int, number: int, began: int) -> None:
        with self._lock:
            self.reads.append(Read(content_id, number, began, next(self._moments)))


@dataclass(frozen=True)
class Site:
    """What WordPress did: texts in the order in which it took them, posts, what is live now.

    ``decided`` are the texts of each content that history says were decided on, once each.
    """

    applied: Mapping[int, Sequence[str]]
    made: Mapping[int, int]
    live: Mapping[int, str]
    decided: Mapping[int, Sequence[str]]


def problems(history: History, site: Site, events: Iterable[tuple[str, str]]) -> list[str]:
    """Why no order of the decisions explains what happened; nothing if one does.

    ``events`` are operations with what is told of them, each of which may be told once.
    """
    by_content: dict[int, list[Write]] = defaultdict(list)
    for write in history.writes:
        by_content[write.content_id].append(write)
    told = Counter(events)
    found = [f"{what} is told {n} times: {how}" for (what, how), n in told.items() if n > 1]
    found += [f"{one} has {n} posts" for one, n in site.made.items() if n > 1]
    for content_id, writes in by_content.items():
        found += _of_decisions(writes, Counter(site.decided.get(content_id, ())))
        found += _of_order(writes, site.applied.get(content_id, ()))
        found += _of_the_end(writes, site.live.get(content_id, DOWN))
        found += _of_reads(writes, [one for one in history.reads if one.content_id == content_id])
    return found


def told_once(lines: Iterable[tuple[str | None, str]]) -> Iterator[tuple[str, str]]:
    """Operations with what may be told of each once, of lines of history."""
    for operation_id, description in lines:
        told = next((one for one in TOLD if description.startswith(one)), None)
        if told is not None and operation_id is not None:
            yield operation_id, told


def _of_decisions(writes: Sequence[Write], decided: Mapping[str, int]) -> Iterator[str]:
    """No click is lost, none counts twice."""
    least = {"ok": 1, "info": 0, "fail": 0}
    most = {"ok": 1, "info": 1, "fail": 0}
    for write in writes:
        if write.value in {DOWN, CANCELLED} or write.again:
            continue
        times = decided.get(write.value, 0)
        if not least[write.kind] <= times <= most[write.kind]:
            yield f"{write.value} was answered {write.kind} and decided {times} times"


def _of_order(writes: Sequence[Write], applied: Sequence[str]) -> Iterator[str]:
    """WordPress takes no text after one that was asked for only once it had been acknowledged."""
    asked: dict[str, list[Write]] = defaultdict(list)
    for write in writes:
        if write.kind != "fail":
            asked[write.value].append(write)
    for value in applied:
        if value not in asked:
            yield f"nobody asked for {value}"
    for earlier, later in pairwise(one for one in applied if one in asked):
        if max(one.ended for one in asked[later]) < min(one.began for one in asked[earlier]):
            yield f"{later} went out after {earlier}, which is newer"


def _of_the_end(writes: Sequence[Write], live: str) -> Iterator[str]:
    """What is live is what somebody decided whom nobody followed who knew of it."""
    done = [write for write in writes if write.kind != "fail"]
    if not any(_can_be_last(write, done) for write in (NOTHING, *done) if write.value == live):
        yield f"{live} is live of {writes[0].content_id}, and is nobody's last word"


def _can_be_last(write: Write, writes: Sequence[Write]) -> bool:
    """Whether every decision that was acknowledged and began only after this one was cancelled."""
    followed = [
        one for one in writes
        if one.kind == "ok" and one.value != CANCELLED and one.began >= write.ended
    ]  # fmt: skip
    cancelled = [one.ended for one in writes if one.value == CANCELLED]
    return not followed or max(cancelled, default=-1) > max(one.began for one in followed)


def _of_reads(writes: Sequence[Write], reads: Sequence[Read]) -> Iterator[str]:
    """Whoever looks sees at least what was acknowledged or seen before."""
    known = [(one.ended, one.number) for one in writes if one.kind == "ok"]
    known += [(one.ended, one.number) for one in reads]
    for read in reads:
        newest = max((number for ended, number in known if ended < read.began), default=0)
        if read.number < newest:
            yield f"{newest} was known of {read.content_id}, and then {read.number} was read"
