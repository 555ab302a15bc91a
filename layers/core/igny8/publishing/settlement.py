"""Writing down what came of an attempt: publication, gate, slot and event in one transaction.

And the content's status, where its post was found taken down.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from igny8.admission.model import Gate
from igny8.admission.slots import HeldSlot, Lesson, SlotService
from igny8.content.model import Content
from igny8.content.store import ContentStore
from igny8.core.clock import Clock, epoch
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.journal.model import WORKER, Action, Status
from igny8.journal.service import Journal
from igny8.links.model import NOTHING_SEEN, Seen
from igny8.links.service import LinkService
from igny8.publishing.answers import Outcome
from igny8.publishing.backoff import Waits
from igny8.publishing.base_store import BaseStore
from igny8.publishing.bases import UPDATES_OF_SINGLE_FIELDS
from igny8.publishing.dispatch import AttemptResult, Job
from igny8.publishing.linking import relinked
from igny8.publishing.model import TOO_LATE, Publication, PublishState
from igny8.publishing.seen import editorial_status
from igny8.publishing.settling import agreed, settled
from igny8.publishing.store import PublicationStore
from igny8.publishing.telling import action_of, cancelled
from igny8.publishing.watch import Watch, site_of

RACE_RETRIES = 5
QUIET_REASONS = frozenset({"database", "in_progress", "locked", "maintenance", "throttled"})
GOES_ON = frozenset({PublishState.WAITING, PublishState.QUEUED, PublishState.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Settled:
    """What was written down: the publication, and the gate as it is now.

    ``is_outdated``: the site is another by now than the one that was served.
    """

    publication: Publication
    gate: Gate
    is_outdated: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the rows were when last looked at, and how far the attempt still owns them."""

    publication: Publication
    content: Content | None
    held: HeldSlot
    links: Seen = NOTHING_SEEN


class Settlement:
    """Turns a result into the next state and commits it."""

    def __init__(
        self,
        *,
        store: PublicationStore,
        bases: BaseStore,
        watch: Watch,
        contents: ContentStore,
        links: LinkService,
        slots: SlotService,
        journal: Journal,
        commit: Commit,
        waits: Waits,
        clock: Clock,
    ) -> None:
        self._store = store
        self._bases = bases
        self._watch = watch
        self._contents = contents
        self._links = links
        self._slots = slots
        self._journal = journal
        self._commit = commit
        self._waits = waits
        self._clock = clock

    def settle(self, job: Job, result: AttemptResult) -> Settled | None:
        """Commit; ``None`` if another worker has taken over (it asks WordPress itself)."""
        seen = _Seen(job.publication, job.content, job.held)
        lesson = Lesson(effect=result.effect, message=result.message, door=result.answer.door)
        for _ in range(RACE_RETRIES):
            leaving = self._slots.leave(seen.held, lesson, actor=WORKER)
            after = settled(
                seen.publication,
                job,
                result,
                blocked=leaving.gate.is_closed,
                waits=self._waits,
                now=epoch(self._clock.now()),
            )
            reading = self._reading(job, after, result)
            try:
                self._commit([
                    self._store.write(seen.publication, after),
                    *self._agreed(job, after, result),
                    *self._told(job, seen.publication, after, result),
                    *leaving.writes,
                    *self._relinked(job, seen, after),
                    *reading,
                    *self._restated(seen.content, after),
                ])  # fmt: skip
            except ConditionLost as lost:
                seen = _look_again(seen, lost.rows)
                if seen.publication.lease_owner != job.owner:
                    return None
            else:
                if reading:
                    self._watch.wake(site_of(after))
                return Settled(after, leaving.gate, leaving.is_outdated)
        return None

    def _agreed(self, job: Job, after: Publication, result: AttemptResult) -> list[Write]:
        """What both sides have now, where WordPress has this very order."""
        base = agreed(job, after, result, epoch(self._clock.now()))
        return [] if base is None else [self._bases.write(base)]

    def _reading(self, job: Job, after: Publication, result: AttemptResult) -> list[Write]:
        """Have the post read of which people are to decide, or that others have changed as well."""
        post_id = after.external_id
        if post_id is None or not job.integration.has_bridge(*UPDATES_OF_SINGLE_FIELDS):
            return []
        owner = site_of(after)
        if result.outcome is Outcome.CONFLICT and after.clash is not None:
            return self._watch.asked(owner, [], disputed=[post_id])
        base = agreed(job, after, result, 0)
        if base is not None and base.raw is None and job.content.kept_parts:
            # What its site keeps of the text is named by its place in that: it has to be known.
            return self._watch.asked(owner, [], disputed=[post_id])
        if after.state is PublishState.PUBLISHED and after.site_fingerprint != after.fingerprint:
            return self._watch.asked(owner, [], edited=[post_id])
        return []

    def _relinked(self, job: Job, seen: _Seen, after: Publication) -> list[Write]:
        post_type = str(job.payload["post_type"])
        return relinked(self._links, seen.publication, after, post_type, seen.links)

    def _restated(self, content: Content | None, after: Publication) -> list[Write]:
        """The content is not called published where it was found taken down."""
        if content is None:
            return []
        status = editorial_status(content, after)
        if status is content.status:
            return []
        found = replace(content, status=status, updated_at=self._clock.now())
        return self._contents.revision(content, found)

    def _told(
        self, job: Job, before: Publication, after: Publication, result: AttemptResult
    ) -> list[Write]:
        """One line of history; of questions in a row that nobody answers the first says it all."""
        if after.unanswered > 1 and before.reason == result.reason:
            return []
        return [self._record(job, after, result)]

    def _record(self, job: Job, after: Publication, result: AttemptResult) -> Write:
        action, done = _told_as(job, after, result)
        quiet = after.state in GOES_ON and result.reason in QUIET_REASONS
        status = Status.SUCCESS if done else Status.PENDING if quiet else Status.FAILED
        return self._journal.record(
            after.account_id,
            after.integration_id,
            action,
            status,
            done or f"'{job.title}': {result.message}",
            actor=WORKER,
            content_id=after.content_id,
            content_type=str(job.payload["post_type"]),
            external_id=after.external_id,
            duration_ms=result.duration_ms,
            details=_details(job, after, result),
            error_message=None if done else result.message,
            operation_id=job.publication.operation_id,
        )


def _look_again(seen: _Seen, rows: Mapping[str, Any]) -> _Seen:
    """Take over what was found instead. A row that is gone belongs to nobody any more."""
    publication = seen.publication
    if "publication" in rows:
        publication = rows["publication"] or publication.returned()
    content = rows.get("content", seen.content)
    return _Seen(publication, content, seen.held.looked_at(rows), seen.links.corrected(rows))


def _told_as(job: Job, after: Publication, result: AttemptResult) -> tuple[Action, str | None]:
    """What history calls it, and in which words if what was wanted is so; else ``None``."""
    sent = job.publication
    action = action_of(sent)
    if result.outcome is Outcome.PUBLISHED:
        late = ", before it could be cancelled" if after.reason == TOO_LATE else ""
        if sent.takes_down:
            return action, f"Took down '{job.title}' in WordPress{late}"
        verb = "Updated" if sent.is_update else "Published"
        return action, f"{verb} content '{job.title}' to WordPress{late}"
    if result.outcome is Outcome.GONE and sent.takes_down:
        return action, f"'{job.title}' was not there in WordPress any more"
    if after.state is PublishState.CANCELLED:
        return Action.CONTENT_CANCEL, cancelled(job.title, after)
    return (Action.CONFLICT if result.outcome is Outcome.CONFLICT else action), None


def _names_sent(job: Job, name: str) -> Any:
    """Terms by their names, though some are sent by their ids."""
    return job.everything[name] if name in job.payload else []


def _details(job: Job, after: Publication, result: AttemptResult) -> dict[str, Any]:
    details: dict[str, Any] = {
        "publish_state": str(after.state),
        "reason": result.reason,
        "http_status": result.answer.status or None,
        "attempt": after.attempt,
        "intent": job.publication.intent,
    }
    if after.clash is not None:
        details["base_fingerprint"] = job.payload["base_fingerprint"]
        details["seen"] = asdict(after.clash)
    if result.outcome is Outcome.PUBLISHED:
        details |= {
            "post_url": after.external_url,
            "wordpress_status": after.wordpress_status,
            **{name: _names_sent(job, name) for name in ("categories", "tags")},
            "warnings": after.warnings,
            "altered": after.altered,
        }
    if result.answer.fields:
        details["fields"] = result.answer.fields
    return details
