"""Writing down what came of a delivery: publication, gate, slot and event in one transaction."""

from dataclasses import dataclass, replace
from typing import Any

from igny8.core.clock import Clock, epoch, rfc3339
from igny8.core.ids import IdSource
from igny8.core.settings import Settings
from igny8.core.writes import Commit, ConditionLost, Write
from igny8.events.model import Action, Direction, EventType, Status, SyncEvent
from igny8.events.store import EventStore
from igny8.integrations.gates import GateStore
from igny8.integrations.model import Gate, GateReason
from igny8.publishing.answers import Outcome
from igny8.publishing.backoff import Waits
from igny8.publishing.delivery import Delivered, Work
from igny8.publishing.model import LastError, Publication, PublishState, applied
from igny8.publishing.store import PublicationStore

RACE_RETRIES = 5
QUIET_KINDS = frozenset({"in_progress", "locked", "maintenance", "throttled"})
OVERTAKEN = frozenset({PublishState.PUBLISHED, PublishState.FAILED})


@dataclass(frozen=True, slots=True)
class Settled:
    """The publication as it was written down, and the gate if it changed."""

    publication: Publication
    gate: Gate | None


class Settlement:
    """Turns an outcome into the next state and commits it."""

    def __init__(
        self, store: PublicationStore, gates: GateStore, events: EventStore, commit: Commit,
        waits: Waits, ids: IdSource, clock: Clock, settings: Settings,
    ) -> None:  # fmt: skip
        self._store = store
        self._gates = gates
        self._events = events
        self._commit = commit
        self._waits = waits
        self._ids = ids
        self._clock = clock
        self._settings = settings

    def settle(self, work: Work, delivered: Delivered) -> Settled | None:
        """Commit; ``None`` if another worker has taken over (it asks WordPress itself).

        A higher intent that arrived while this one was under way is queued next.
        """
        before = work.publication
        with_slot = True
        for _ in range(RACE_RETRIES):
            gate = self._gate_after(work, delivered)
            after = self._followed(before, work, self._after(before, work, delivered, gate))
            writes = [self._store.write(before, after), self._event(work, after, delivered)]
            if gate is not None and gate.is_closed:
                writes.append(self._events.append(self._gate_event(work, gate)))
            if with_slot:
                writes.append(self._gates.release(
                    before.integration_id, work.owner, work.slot, gate))  # fmt: skip
            elif gate is not None:
                writes.append(self._gates.store(gate))
            if delivered.outcome is Outcome.PUBLISHED and after.external_id is not None:
                writes.append(self._store.link(after, after.external_id))
            try:
                self._commit(writes)
            except ConditionLost as lost:
                if "gate" in lost.rows:
                    with_slot = False  # our time was up and the slot went to another
                current = lost.rows.get("publication", before)
                if current is None or current.lease_owner != work.owner:
                    return None
                before = current
            else:
                return Settled(after, gate)
        return None

    def _after(
        self, before: Publication, work: Work, done: Delivered, gate: Gate | None
    ) -> Publication:
        now = epoch(self._clock.now())
        attempt = before.attempt + int(done.uses_attempt)
        error = LastError(done.kind, done.message, done.answer.status or None)
        changes: dict[str, Any] = {
            "doubt": before.doubt if done.in_doubt else None, "last_error": error,
            "reason": done.kind, "attempt": attempt,
        }  # fmt: skip
        rest = {
            Outcome.CONFLICT: PublishState.CONFLICT,
            Outcome.GONE: PublishState.GONE,
            Outcome.FAILED: PublishState.FAILED,
        }
        if done.outcome is Outcome.PUBLISHED:
            sent = work.publication.intent
            facts = applied(before, done.data, sent, rfc3339(self._clock.now()))
            return before.at_rest(PublishState.PUBLISHED, doubt=None, **facts)
        if done.outcome in rest:
            if done.outcome is Outcome.GONE:
                changes["wordpress_status"] = "deleted"
            return before.at_rest(rest[done.outcome], **changes)
        if gate is not None and gate.is_closed:
            # The gate says why; the row itself is ready the moment the gate opens.
            if done.outcome is Outcome.UNKNOWN:
                # Attempts stay used: a site that is alive but never confirms must end as failed.
                return before.later(PublishState.UNKNOWN, now, **changes)
            state = PublishState.UNKNOWN if done.in_doubt else PublishState.QUEUED
            return before.later(state, now, **{**changes, "attempt": 0})
        # WordPress at work on it is a clear answer: it waits, though its end is still in doubt.
        clear = done.outcome is Outcome.WAIT or not done.in_doubt
        state = PublishState.WAITING if clear else PublishState.UNKNOWN
        wait = self._waits.pause(done.pause, done.answer, max(attempt, 1))
        return before.later(state, now + (wait or self._waits.backoff(1)), **changes)

    def _followed(self, before: Publication, work: Work, after: Publication) -> Publication:
        """Queue a higher intent that arrived meanwhile, unless this one is still in doubt.

        WordPress can also be ahead of us, after our tables were restored from a backup: then it
        answered with an older text of ours, and our intent goes out again above its number.
        """
        now = epoch(self._clock.now())
        if after.state is PublishState.PUBLISHED and after.applied_intent > before.intent:
            ahead = replace(after, intent=after.applied_intent)
            return ahead.decided(before.content_rev, before.post_status, now)
        overtaken = before.intent > work.publication.intent
        if not overtaken or after.doubt is not None or after.state not in OVERTAKEN:
            return after
        return replace(
            after, state=PublishState.QUEUED, due_at=now, wake_at=now, attempt=0, reason=None
        )

    def _gate_after(self, work: Work, done: Delivered) -> Gate | None:
        """The gate as this outcome leaves it; ``None`` if it stays as it is."""
        now = epoch(self._clock.now())
        if done.outcome is Outcome.GATE_AUTH:
            return self._waits.closed(work.gate, GateReason.AUTH, now, done.message)
        if done.outcome is Outcome.GATE_MISCONFIGURED:
            return self._waits.closed(work.gate, GateReason.MISCONFIGURED, now, done.message)
        if done.outcome is Outcome.REFUSED:
            refused = replace(work.gate, refusals=work.gate.refusals + 1)
            if refused.refusals < self._settings.retry_attempts:
                return refused
            return self._waits.closed(refused, GateReason.MISCONFIGURED, now, done.message)
        if done.counts_against_site:
            return self._waits.after_site_failure(work.gate, now, done.message)
        return Gate(work.gate.integration_id) if work.gate.is_troubled else None

    def _event(self, work: Work, after: Publication, done: Delivered) -> Write:
        ok = done.outcome is Outcome.PUBLISHED
        waiting = not ok and after.state in {
            PublishState.WAITING, PublishState.QUEUED, PublishState.UNKNOWN,
        }  # fmt: skip
        if ok:
            verb = "Updated" if work.publication.is_update else "Published"
            description = f"{verb} content '{work.title}' to WordPress"
        else:
            description = f"'{work.title}': {done.message}"
        failed = not ok and not (waiting and done.kind in QUIET_KINDS)
        action = Action.CONTENT_UPDATE if work.publication.is_update else Action.CONTENT_PUBLISH
        if done.outcome is Outcome.CONFLICT:
            action = Action.CONFLICT
        return self._events.append(
            SyncEvent(
                self._ids.next(), after.account_id, after.integration_id, EventType.PUBLISH,
                action, Direction.OUT,
                Status.SUCCESS if ok else Status.FAILED if failed else Status.PENDING,
                description, self._clock.now(), content_id=after.content_id,
                content_type=str(work.payload["post_type"]),
                external_id=str(after.external_id) if after.external_id else None,
                duration_ms=done.duration_ms, details=_details(work, after, done),
                error_message=None if ok else done.message, actor="system", channel="worker",
                operation_id=work.publication.operation_id,
            )
        )  # fmt: skip

    def _gate_event(self, work: Work, gate: Gate) -> SyncEvent:
        opened = gate.reason is GateReason.UNREACHABLE
        return SyncEvent(
            self._ids.next(), work.publication.account_id, gate.integration_id, EventType.ERROR,
            Action.BREAKER_OPEN if opened else Action.GATE_CLOSED, Direction.OUT, Status.FAILED,
            f"The site is not served for now: {gate.detail}", self._clock.now(),
            details={"reason": str(gate.reason)}, error_message=gate.detail, channel="worker",
        )  # fmt: skip


def _details(work: Work, after: Publication, done: Delivered) -> dict[str, Any]:
    details: dict[str, Any] = {
        "publish_state": str(after.state),
        "outcome": done.kind,
        "http_status": done.answer.status or None,
        "attempt": after.attempt,
        "intent": work.publication.intent,
    }
    if done.outcome is Outcome.PUBLISHED:
        details |= {
            "post_url": after.external_url,
            "wordpress_status": after.wordpress_status,
            "categories": work.payload["categories"],
            "tags": work.payload["tags"],
            "warnings": after.warnings,
            "altered": after.altered,
        }
    if done.answer.fields:
        details["fields"] = done.answer.fields
    return details
