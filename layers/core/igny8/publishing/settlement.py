"""Writing down what came of an attempt: publication, gate, slot and event in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from igny8.admission.answers import SiteEffect
from igny8.admission.model import Gate, Slot
from igny8.admission.service import AdmissionService
from igny8.admission.store import GateStore
from igny8.core.clock import Clock, epoch
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.journal.model import WORKER, Action, Status
from igny8.journal.service import Journal
from igny8.publishing.answers import Outcome
from igny8.publishing.backoff import Waits
from igny8.publishing.dispatch import AttemptResult, Job
from igny8.publishing.model import Publication, PublishState
from igny8.publishing.settling import settled
from igny8.publishing.store import PublicationStore

RACE_RETRIES = 5
QUIET_REASONS = frozenset({"in_progress", "locked", "maintenance", "throttled"})
GOES_ON = frozenset({PublishState.WAITING, PublishState.QUEUED, PublishState.UNKNOWN})
STALE_EFFECTS = frozenset({SiteEffect.SERVES, SiteEffect.AUTH})


@dataclass(frozen=True, slots=True)
class Settled:
    """What was written down: the publication, and the gate as it is now."""

    publication: Publication
    gate: Gate


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the rows were when last looked at, and how far the attempt still owns them."""

    publication: Publication
    gate: Gate
    holds_slot: bool = True
    post_of: int | None = None
    unlinks: bool = True


class Settlement:
    """Turns a result into the next state and commits it."""

    def __init__(
        self,
        *,
        store: PublicationStore,
        gates: GateStore,
        admission: AdmissionService,
        journal: Journal,
        commit: Commit,
        waits: Waits,
        clock: Clock,
    ) -> None:
        self._store = store
        self._gates = gates
        self._admission = admission
        self._journal = journal
        self._commit = commit
        self._waits = waits
        self._clock = clock

    def settle(self, job: Job, result: AttemptResult) -> Settled | None:
        """Commit; ``None`` if another worker has taken over (it asks WordPress itself)."""
        seen = _Seen(job.publication, job.gate)
        for _ in range(RACE_RETRIES):
            gate = self._gate_after(seen.gate, job, result)
            after = settled(
                seen.publication,
                job,
                result,
                blocked=gate.is_closed,
                waits=self._waits,
                now=epoch(self._clock.now()),
            )
            try:
                self._commit(self._writes(seen, job, result, after, gate))
            except ConditionLost as lost:
                seen = _look_again(seen, job, lost.rows)
                if seen.publication.lease_owner != job.owner:
                    return None
            else:
                raised = gate.version + 1 if gate != seen.gate else gate.version
                return Settled(after, _as_stored(gate, raised, job.slot))
        return None

    def _gate_after(self, gate: Gate, job: Job, result: AttemptResult) -> Gate:
        """The gate as this outcome leaves it.

        What was learnt with an older key, or before somebody else closed the gate, no longer
        closes or opens it.
        """
        if gate.version != job.gate.version and result.effect in STALE_EFFECTS:
            return gate
        return self._admission.after(gate, result.effect, result.message, result.answer.door)

    def _writes(
        self, seen: _Seen, job: Job, result: AttemptResult, after: Publication, gate: Gate
    ) -> list[Write]:
        writes = [
            self._store.write(seen.publication, after),
            self._record(job, after, result),
            *self._admission.news(job.integration, seen.gate, gate),
        ]
        if seen.holds_slot:
            writes.append(self._gates.release(seen.gate, job.slot, job.owner, gate))
        elif gate != seen.gate:
            writes.append(self._gates.change(seen.gate, gate))
        return writes + self._links(seen, after)

    def _links(self, seen: _Seen, after: Publication) -> list[Write]:
        """A post's link moves with the publication's post id."""
        before = seen.publication
        if after.external_id is None or after.external_id == before.external_id:
            return []
        writes = [self._store.link(after, after.external_id, seen.post_of)]
        if before.external_id is not None and seen.unlinks:
            writes.append(self._store.unlink(before, before.external_id))
        return writes

    def _record(self, job: Job, after: Publication, result: AttemptResult) -> Write:
        ok = result.outcome is Outcome.PUBLISHED
        quiet = after.state in GOES_ON and result.reason in QUIET_REASONS
        status = Status.SUCCESS if ok else Status.PENDING if quiet else Status.FAILED
        updates = job.publication.is_update
        action = Action.CONTENT_UPDATE if updates else Action.CONTENT_PUBLISH
        verb = "Updated" if updates else "Published"
        return self._journal.record(
            after.account_id,
            after.integration_id,
            Action.CONFLICT if result.outcome is Outcome.CONFLICT else action,
            status,
            f"{verb} content '{job.title}' to WordPress"
            if ok
            else f"'{job.title}': {result.message}",
            actor=WORKER,
            content_id=after.content_id,
            content_type=str(job.payload["post_type"]),
            external_id=after.external_id,
            duration_ms=result.duration_ms,
            details=_details(job, after, result),
            error_message=None if ok else result.message,
            operation_id=job.publication.operation_id,
        )


def _look_again(seen: _Seen, job: Job, rows: Mapping[str, Any]) -> _Seen:
    """Take over what was found instead. A row that is gone belongs to nobody any more."""
    publication, gate = seen.publication, seen.gate
    holds_slot, post_of, unlinks = seen.holds_slot, seen.post_of, seen.unlinks
    if "publication" in rows:
        publication = rows["publication"] or publication.returned()
    if "gate" in rows:
        gate = rows["gate"] or Gate(gate.integration_id)
        holds_slot = any(slot.owner == job.owner for slot in gate.slots)
    if "link" in rows:
        post_of = rows["link"]
    if "unlink" in rows:
        unlinks = False
    return _Seen(publication, gate, holds_slot, post_of, unlinks)


def _as_stored(gate: Gate, version: int, slot: int) -> Gate:
    """The gate as the transaction left it: our slot is free."""
    slots = tuple(Slot(one.number, None, None) if one.number == slot else one for one in gate.slots)
    return replace(gate, version=version, slots=slots)


def _details(job: Job, after: Publication, result: AttemptResult) -> dict[str, Any]:
    details: dict[str, Any] = {
        "publish_state": str(after.state),
        "reason": result.reason,
        "http_status": result.answer.status or None,
        "attempt": after.attempt,
        "intent": job.publication.intent,
    }
    if result.outcome is Outcome.PUBLISHED:
        details |= {
            "post_url": after.external_url,
            "wordpress_status": after.wordpress_status,
            "categories": job.payload["categories"],
            "tags": job.payload["tags"],
            "warnings": after.warnings,
            "altered": after.altered,
        }
    if result.answer.fields:
        details["fields"] = result.answer.fields
    return details
