"""What clients asked and heard, and whether one order of it explains what is there: as Jepsen does.

A content is a register. A write is a decision: to have a text live, or the post down. It is written
down when it is asked for (`invoke`) and when it is answered: `ok`, `fail` (certainly not done), or
`info` (nobody knows; it may take effect at any time after).
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise

DOWN = "down"
NEVER = 1 << 60


@dataclass
class Write:
    """One decision: asked at ``began``, answered at ``ended``; ``kind`` is how."""

    client: int
    content_id: int
    value: str
    began: int
    ended: int = NEVER
    kind: str = "info"


@dataclass
class History:
    """Records by one counter for all clients, so that its numbers tell what came first."""

    writes: list[Write] = field(default_factory=list)
    _moments: Iterator[int] = field(default_factory=count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def invoke(self, client: int, content_id: int, value: str) -> Write:
        with self._lock:
            write = Write(client, content_id, value, next(self._moments))
            self.writes.append(write)
            return write

    def end(self, write: Write, kind: str) -> None:
        with self._lock:
            write.kind = kind
            write.ended = next(self._moments) if kind != "info" else NEVER


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
    return found


def _of_decisions(writes: Sequence[Write], decided: Mapping[str, int]) -> Iterator[str]:
    """No click is lost, none counts twice."""
    least = {"ok": 1, "info": 0, "fail": 0}
    most = {"ok": 1, "info": 1, "fail": 0}
    for write in writes:
        times = decided.get(write.value, 0)
        if write.value != DOWN and not least[write.kind] <= times <= most[write.kind]:
            yield f"{write.value} was answered {write.kind} and decided {times} times"


def _of_order(writes: Sequence[Write], applied: Sequence[str]) -> Iterator[str]:
    """WordPress takes no text after one that was asked for only once it had been acknowledged."""
    asked = {write.value: write for write in writes if write.kind != "fail"}
    for value in applied:
        if value not in asked:
            yield f"nobody asked for {value}"
    for earlier, later in pairwise(one for one in applied if one in asked):
        if asked[later].ended < asked[earlier].began:
            yield f"{later} went out after {earlier}, which is newer"


def _of_the_end(writes: Sequence[Write], live: str) -> Iterator[str]:
    """What is live is what somebody decided whom nobody followed who knew of it."""
    done = [write for write in writes if write.kind != "fail"]
    last = any(_can_be_last(write, done) for write in done if write.value == live)
    untouched = live == DOWN and all(write.kind != "ok" for write in done)
    if not last and not untouched:
        yield f"{live} is live of {writes[0].content_id}, and is nobody's last word"


def _can_be_last(write: Write, writes: Sequence[Write]) -> bool:
    """Whether no decision that was acknowledged began only after this one was done."""
    return all(other.kind != "ok" or other.began < write.ended for other in writes)
