"""The publish worker: serves one site, one publication after the other.

A crash at any line leaves a row whose lease ends and whose doubt says to ask WordPress first.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from igny8.content.service import ContentService
from igny8.content.store import ContentStore
from igny8.core.clock import Clock, epoch
from igny8.core.errors import NotFound, Unavailable
from igny8.core.ids import IdSource
from igny8.core.keys import KeyVault
from igny8.core.queue import LONGEST_DELAY_SECONDS, Hint
from igny8.core.settings import Settings
from igny8.core.writes import Commit, ConditionLost
from igny8.events.model import Action, Direction, EventType, Status, SyncEvent
from igny8.events.store import EventStore
from igny8.integrations.gates import GateStore
from igny8.integrations.model import Gate, Integration, SiteBundle, Slot
from igny8.integrations.pairing import Hints
from igny8.integrations.store import IntegrationStore
from igny8.publishing.delivery import Deliverer, Work
from igny8.publishing.gatekeeper import Gatekeeper
from igny8.publishing.model import Publication, PublishState
from igny8.publishing.payload import build_payload
from igny8.publishing.settlement import Settlement
from igny8.publishing.store import Desk, PublicationStore, hint_for
from igny8.wordpress.client import Target


class Step(Enum):
    """Whether the site's next publication can be served."""

    NEXT = "next"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Served:
    """One line for the log: what was served and how it ended."""

    content_id: int
    operation_id: str
    publish_state: str
    outcome: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What the worker works with."""

    publications: PublicationStore
    contents: ContentStore
    writing: ContentService
    integrations: IntegrationStore
    gates: GateStore
    events: EventStore
    vault: KeyVault
    deliverer: Deliverer
    settlement: Settlement
    gatekeeper: Gatekeeper
    hints: Hints
    commit: Commit
    ids: IdSource
    clock: Clock
    settings: Settings


class PublishWorker:
    """Serves hints."""

    def __init__(
        self, parts: WorkerParts, owner: Callable[[], str] = lambda: secrets.token_hex(16)
    ) -> None:
        self._parts = parts
        self._owner = owner

    def serve(self, hint: Hint, remaining_seconds: Callable[[], float]) -> list[Served]:
        """Serve the hint's content, then what else is due on that site, while time remains.

        Raises :class:`Unavailable` when something below failed: the rows stay due, the sweep
        sends their hints again.
        """
        served: list[Served] = []
        passed: set[int] = set()
        content_id = hint.content_id
        while True:
            if content_id is None:
                content_id = self._next_due(hint, passed)
                if content_id is None:
                    return served
                if remaining_seconds() < self._parts.settings.serve_margin_seconds:
                    self._hint(replace(hint, content_id=content_id))
                    return served
            if self._serve_one(hint, content_id, served) is Step.STOP:
                return served
            passed.add(content_id)
            content_id = None

    def _next_due(self, hint: Hint, passed: set[int]) -> int | None:
        now = epoch(self._parts.clock.now())
        return self._parts.publications.next_due(hint.integration_id, now, frozenset(passed))

    def _serve_one(self, hint: Hint, content_id: int, served: list[Served]) -> Step:
        parts = self._parts
        now = epoch(parts.clock.now())
        try:
            desk = parts.publications.desk(hint.account_id, content_id)
        except NotFound:
            return Step.NEXT
        publication = desk.on(hint.integration_id)
        if publication is None or not publication.is_due(now):
            return Step.NEXT
        bundle, integration = self._site(publication)
        if bundle is None or integration is None:
            self._cancel(desk, publication)
            return Step.NEXT
        target = self._target(bundle, integration, now)
        gate = parts.gatekeeper.admit(integration, target)
        slot = gate.free_slot(now) if gate is not None else None
        if gate is None or slot is None or target is None:
            return Step.STOP
        return self._deliver(desk, publication, bundle, integration, target, gate, slot, served)

    def _deliver(
        self, desk: Desk, publication: Publication, bundle: SiteBundle, integration: Integration,
        target: Target, gate: Gate, slot: Slot, served: list[Served],
    ) -> Step:  # fmt: skip
        parts = self._parts
        content = parts.contents.get_revision(desk.content, publication.content_rev)
        html = parts.writing.text(content)
        owner = self._owner()
        now = epoch(parts.clock.now())
        taken = _died_sending(publication).taken(owner, now, parts.settings.lease_seconds)
        if publication.doubt is not None:
            # Until WordPress has said otherwise, it is the earlier operation that is in doubt.
            taken = replace(taken, doubt=publication.doubt)
        work = Work(
            publication=taken, was_in_doubt=publication.doubt is not None,
            title=content.editorial.plain_title,
            payload=build_payload(content, html, publication, bundle.site.terms_policy),
            integration=integration, gate=gate, slot=slot.number, target=target, owner=owner,
        )  # fmt: skip
        try:
            parts.commit([
                parts.publications.write(publication, taken),
                parts.gates.take(gate, slot, owner, now, now + parts.settings.lease_seconds),
                parts.events.append(self._sending_event(work)),
            ])  # fmt: skip
        except ConditionLost as lost:
            return Step.STOP if "gate" in lost.rows else Step.NEXT
        delivered = parts.deliverer.deliver(work)
        settled = parts.settlement.settle(work, delivered)
        state = str(settled.publication.state) if settled else "taken over"
        served.append(Served(content.id, taken.operation_id, state, delivered.kind,
                             delivered.duration_ms))  # fmt: skip
        if settled is not None:
            self._hint_later(settled.publication)
        return Step.NEXT

    def _site(self, publication: Publication) -> tuple[SiteBundle | None, Integration | None]:
        try:
            bundle = self._parts.integrations.bundle(publication.account_id, publication.site_id)
        except NotFound:
            return None, None
        return bundle, bundle.integration(publication.integration_id)

    def _target(self, bundle: SiteBundle, integration: Integration, now: int) -> Target | None:
        key = bundle.keys.outbound(now)
        if key is None or not integration.is_connected or integration.rest_url is None:
            return None
        plain = self._parts.vault.decrypt(key.ciphertext, bundle.site.account_id, bundle.site.id)
        return Target(integration.rest_url, integration.external_site_url, plain)

    def _cancel(self, desk: Desk, publication: Publication) -> None:
        """The site or its integration was deleted: nobody is left to send this to."""
        cancelled = publication.at_rest(PublishState.CANCELLED, reason="site_deleted")
        try:
            self._parts.commit([self._parts.publications.write(publication, cancelled)])
        except ConditionLost:
            return

    def _hint_later(self, publication: Publication) -> None:
        """A wait of up to 15 minutes also gets a delayed hint; longer ones are the sweep's."""
        if publication.due_at is None:
            return
        delay = publication.due_at - epoch(self._parts.clock.now())
        if 0 < delay <= LONGEST_DELAY_SECONDS:
            self._hint(hint_for(publication), delay)

    def _hint(self, hint: Hint, delay_seconds: int = 0) -> None:
        try:
            self._parts.hints.send(hint, delay_seconds=delay_seconds)
        except Unavailable:
            return  # the sweep finds the row

    def _sending_event(self, work: Work) -> SyncEvent:
        publication = work.publication
        action = Action.CONTENT_UPDATE if publication.is_update else Action.CONTENT_PUBLISH
        what = "Asking WordPress about" if work.was_in_doubt else "Sending"
        return SyncEvent(
            self._parts.ids.next(), publication.account_id, publication.integration_id,
            EventType.PUBLISH, action, Direction.OUT, Status.PENDING, f"{what} '{work.title}'",
            self._parts.clock.now(), content_id=publication.content_id,
            content_type=str(work.payload["post_type"]),
            details={"attempt": publication.attempt + 1, "intent": publication.intent},
            actor="system", channel="worker", operation_id=publication.operation_id,
        )  # fmt: skip


def _died_sending(publication: Publication) -> Publication:
    """A row that is still ``sending`` past its lease lost its worker in mid-call: one attempt."""
    if publication.state is PublishState.SENDING:
        return replace(publication, attempt=publication.attempt + 1)
    return publication
