"""What can go wrong around the backend, on demand: the site, the queue, and our own process."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from igny8.core.clock import Clock, epoch
from igny8.core.errors import Unavailable
from igny8.core.http import Reply
from igny8.core.queue import Hint
from igny8.core.rows import Commit, Write

from tests.support.people_site import PeoplesWordPress
from tests.support.trouble import Killed
from tests.support.wordpress import FRONT_PAGE, Post, lost, not_sent, refusal, reply

PAGE = b"<html><body>Something else answered</body></html>"
VISIBILITY_SECONDS = 720
ORDER = re.compile(rb'"content_id":(\d+),"rev":(\d+)')


@dataclass(frozen=True)
class Fault:
    """What happens to one call. ``applied``: WordPress did it all the same; ``late``: afterwards.

    ``doubtful``: nobody who only saw the reply can know whether it was applied. ``counts``: it may
    use up an attempt; what keeps a whole site from being served never does.
    """

    reply: Reply
    applied: bool = False
    doubtful: bool = False
    late: bool = False
    counts: bool = False


FAULTS: dict[str, Fault] = {
    "applied, answer lost": Fault(lost(), applied=True, doubtful=True),
    "applied, then 500": Fault(reply(500, PAGE), applied=True, doubtful=True),
    "applied, HTML 200": Fault(reply(200, PAGE), applied=True, doubtful=True),
    "lost, applied later": Fault(lost(), doubtful=True, late=True),
    "lost on the way": Fault(lost(), doubtful=True),
    "502": Fault(reply(502, PAGE), doubtful=True),
    "HTML 200": Fault(reply(200, PAGE), doubtful=True),
    "503 without more": Fault(reply(503, PAGE), doubtful=True),
    "503 maintenance": Fault(reply(503, PAGE, **{"retry-after": "600"})),
    "429": Fault(reply(429, b"", **{"retry-after": "99999"})),
    "refused": Fault(not_sent("ConnectionError")),
    "401 of the bridge": Fault(refusal(401, "invalid_api_key")),
    "403 of a CDN": Fault(reply(403, PAGE), counts=True),
    "301": Fault(reply(301, b"", location="https://elsewhere.example/")),
    "404 page": Fault(reply(404, PAGE)),
    "bridge inactive": Fault(reply(404, {"code": "rest_no_route", "message": "none"})),
    "locked": Fault(refusal(423, "locked")),
    "in progress elsewhere": Fault(refusal(409, "in_progress"), doubtful=True),
    "already there": Fault(refusal(409, "already_exists"), doubtful=True),
    "content refused": Fault(refusal(422, "invalid")),
}
STEPS = (
    "before lease", "after lease", "before call", "after call", "before result", "after result",
    "s3", "kms", "hint",
)  # fmt: skip


@dataclass
class Sabotage:
    """Ends or disturbs the worker at the armed step, once."""

    step: str | None = None
    killing: bool = True
    working: int = 0
    fired: Callable[[str], None] = lambda _step: None

    def arm(self, step: str, *, killing: bool) -> None:
        self.step, self.killing = step, killing

    @contextmanager
    def spared(self) -> Iterator[None]:
        """People's calls run in another process than a worker that is about to break."""
        working, self.working = self.working, 0
        try:
            yield
        finally:
            self.working = working

    def reach(self, step: str) -> None:
        if self.step != step or not self.working:
            return
        self.step = None
        self.fired(step)
        if self.killing or step in {"before call", "after call"}:
            raise Killed
        raise Unavailable(step)


@dataclass
class ChaoticCommit:
    """A `Commit` around which the process can die. Knows the lease from the result."""

    commit: Commit
    sabotage: Sabotage
    talked: bool = False
    count: int = 0

    def __call__(self, writes: Sequence[Write]) -> None:
        kind = "result" if self.talked else "lease"
        self.sabotage.reach(f"before {kind}")
        try:
            self.commit(writes)
        finally:
            self.count += 1  # also where the answer is lost
        self.talked = False
        self.sabotage.reach(f"after {kind}")


@dataclass
class Fragile:
    """Any collaborator, one method of which can fail."""

    inner: Any
    method: str
    step: str
    sabotage: Sabotage

    def __getattr__(self, name: str) -> Any:
        if name == self.method:
            self.sabotage.reach(self.step)
        return getattr(self.inner, name)


@dataclass
class Mailbox:
    """The queue: keeps hints until someone delivers, repeats or loses them."""

    clock: Clock
    sabotage: Sabotage
    waiting: list[tuple[int, Hint]] = field(default_factory=list)

    def send(self, hint: Hint, *, delay_seconds: int = 0) -> None:
        self.sabotage.reach("hint")
        self.waiting.append((epoch(self.clock.now()) + delay_seconds, hint))

    def send_all(self, hints: list[Hint]) -> int:
        for hint in hints:
            self.send(hint)
        return len(hints)

    def give_back(self, hints: list[Hint]) -> None:
        later = epoch(self.clock.now()) + VISIBILITY_SECONDS
        self.waiting += [(later, hint) for hint in hints]

    def take(self, most: int = 10) -> list[Hint]:
        now = epoch(self.clock.now())
        visible = [entry for entry in self.waiting if entry[0] <= now][:most]
        for entry in visible:
            self.waiting.remove(entry)
        return [hint for _, hint in visible]


@dataclass
class ChaoticWordPress(PeoplesWordPress):
    """Records what the guarantees are about.

    ``must_ask`` are contents that were sent and about which nobody has learnt the truth since;
    ``counting`` how often an intent was sent in a way that may use up an attempt; ``violations``
    what must never happen, noted because a worker would swallow an exception.
    """

    sabotage: Sabotage = field(default_factory=Sabotage)
    faults: list[Fault] = field(default_factory=list)
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    late: list[tuple[Any, str]] = field(default_factory=list)
    inserted: Counter[int] = field(default_factory=Counter)
    applied: dict[int, int] = field(default_factory=dict)
    must_ask: set[int] = field(default_factory=set)
    counting: Counter[tuple[int, int]] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    last: int | None = None
    last_rev: int = 0
    was_unsure: bool = False
    talked: Callable[[], None] = lambda: None

    def result_was_not_written(self) -> None:
        """The worker knew, and died with it."""
        if self.last is not None:
            self.must_ask.add(self.last)

    def request(
        self, method: str, url: str, *, timeout: float, headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:  # fmt: skip
        asked = re.search(r"content(?:/|%2F)(\d+)", url)
        content_id = int(asked[1]) if asked else None
        order = body if body is not None and ORDER.search(body) else None
        if order is not None:
            content_id = self._is_sent(order)
        self.last, self.was_unsure = content_id, content_id in self.must_ask
        self.talked()
        self.sabotage.reach("before call")
        fault = self.faults.pop(0) if self.faults else None
        answer = self._happens(fault, method, url, timeout, headers or {}, body)
        unclear = answer.body == FRONT_PAGE if fault is None else fault.doubtful or fault.counts
        if order is not None and unclear:
            self.counting[content_id or 0, self.last_rev] += 1
        while order is not None and self.meanwhile:
            self.meanwhile.pop()()
        self.talked()
        self.sabotage.reach("after call")
        if order is not None:
            told = fault is None or not fault.doubtful
        else:
            told = fault is None and answer.status in {200, 404}
        if told and content_id is not None:
            self.must_ask.discard(content_id)
        if told and "changes" in url and answer.body.startswith(b"{"):  # no page is before it
            self._has_told(answer)
        return answer

    def _has_told(self, answer: Reply) -> None:
        """The event of an operation says what became of it, as well as an answer does."""
        events = json.loads(answer.body).get("data", {}).get("events", ())
        told = {event["content_id"] for event in events if event.get("operation_id")}
        self.must_ask -= told

    def answer_was_lost(self, *, counts: bool) -> None:
        """What WordPress said to the last call did not arrive; whoever died with it counts none."""
        if self.last is not None and self.was_unsure:
            self.must_ask.add(self.last)
            self.counting[self.last, self.last_rev] += counts

    def _is_sent(self, body: bytes) -> int:
        found = ORDER.search(body)
        assert found
        content_id, self.last_rev = int(found[1]), int(found[2])
        if content_id in self.must_ask:
            self.violations.append(f"{content_id} was sent again without asking")
        self.must_ask.add(content_id)
        return content_id

    def _happens(
        self, fault: Fault | None, method: str, url: str, timeout: float,
        headers: Mapping[str, str], body: bytes | None,
    ) -> Reply:  # fmt: skip
        if fault is not None and not fault.applied:
            if fault.late and body is not None:
                self.late.append((json.loads(body), headers["X-IGNY8-Operation"]))
            return fault.reply
        answer = super().request(method, url, timeout=timeout, headers=headers, body=body)
        return answer if fault is None else fault.reply

    def _publish(self, payload: Any, operation_id: str) -> Reply:
        content_id, rev = payload["content_id"], payload["rev"]
        before = self.posts.get(content_id)
        answer = super()._publish(payload, operation_id)
        post = self.posts.get(content_id)
        if post is not None:
            self.inserted[content_id] += before is None
            if post is not before:
                self.note(post, origin="igny8", operation_id=operation_id, rev=rev)
            self.applied[content_id] = max(rev, self.applied.get(content_id, 0))
        return answer

    def note(self, post: Post, **fields: Any) -> dict[str, Any]:
        """What the bridge has to tell of a post from now on."""
        return self.outbox.add(
            epoch=self.outbox.epoch, action="post_updated", post_id=post.post_id,
            content_id=post.content_id, post_url=f"http://127.0.0.1:8080/post-{post.post_id}/",
            post_title=post.title, post_type="post",
            **{"channel": "rest", "post_status": post.post_status,
                "fingerprint": self.current_fingerprint(post), **fields},
        )  # fmt: skip

    def late_arrives(self) -> None:
        """A request that was given up long ago reaches WordPress now."""
        if self.late:
            self._publish(*self.late.pop(0))
