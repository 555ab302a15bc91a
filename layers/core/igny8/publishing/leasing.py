"""Taking a publication: lease, slot and doubt in one transaction, before anything is sent."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from igny8.admission.slots import SlotService
from igny8.admission.visits import Visit
from igny8.content.model import BodyRef
from igny8.content.site_terms import by_ids
from igny8.content.store import ContentStore
from igny8.core.clock import Clock, epoch
from igny8.core.errors import Lost, NotFound
from igny8.core.rows import Commit, Write
from igny8.core.settings import Settings
from igny8.journal.model import WORKER, Status
from igny8.journal.service import Journal
from igny8.publishing.ahead import ReadText, Text
from igny8.publishing.base_store import BaseStore
from igny8.publishing.bases import UPDATES_OF_SINGLE_FIELDS, Base, changed_since
from igny8.publishing.dispatch import Job
from igny8.publishing.model import (
    FORMER_ADDRESS,
    LastError,
    Publication,
    PublishState,
)
from igny8.publishing.partial import CannotBeSentError, Partial, RawBodies, in_parts
from igny8.publishing.payload import build_payload, build_takedown
from igny8.publishing.setbacks import VISIBLE_CRASHES, WHY
from igny8.publishing.store import ContentBundle, PublicationStore
from igny8.publishing.telling import action_of, former_address

TEXT_LOST = (
    "The text of this revision can no longer be read here. Edit the content and publish it again."
)


class Bodies(RawBodies, Protocol):
    """Keeps texts; see `igny8.content.bodies.BodyStore`."""

    def get(self, ref: BodyRef) -> str: ...


class PersonNeeded(Exception):
    """No try can ever succeed before somebody has done something."""

    def __init__(self, state: PublishState, reason: str, message: str) -> None:
        super().__init__(reason)
        self.state = state
        self.why = LastError(reason, message)


class LeaseService:
    """Takes publications for a worker. ``owner`` names each lease anew."""

    def __init__(
        self,
        *,
        store: PublicationStore,
        bases: BaseStore,
        contents: ContentStore,
        bodies: Bodies,
        slots: SlotService,
        journal: Journal,
        commit: Commit,
        clock: Clock,
        settings: Settings,
        owner: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._store = store
        self._bases = bases
        self._contents = contents
        self._bodies = bodies
        self._slots = slots
        self._journal = journal
        self._commit = commit
        self._clock = clock
        self._settings = settings
        self._owner = owner

    def take(
        self,
        bundle: ContentBundle,
        publication: Publication,
        visit: Visit,
        read: ReadText,
    ) -> Job:
        """Lease a publication that is due, and a slot of its site; ``read`` gives its text.

        Raises :class:`NotServable` if no slot is free, and :class:`ConditionLost` naming
        ``publication`` or ``gate`` if either is no longer as it was read; :class:`PersonNeeded`.
        """
        self._slots.free(visit)  # before a text is read for nothing
        if publication.is_elsewhere(visit.integration.external_site_url):
            message = former_address(publication)
            raise PersonNeeded(PublishState.CONFLICT, FORMER_ADDRESS, message)
        lost = None
        content, payload = bundle.content, build_takedown(bundle.content, publication)
        if not publication.takes_down:
            try:
                content, html = read(bundle, publication)
            except PersonNeeded as needed:
                if publication.doubt is None:
                    raise
                # WordPress may have the text that is lost here: that is asked, and nothing sent.
                html, lost = "", needed.why
            payload = build_payload(content, html, publication, visit.bundle.site.terms_policy)
        base = self._base(publication, visit)
        sent = Partial(payload if base is None else changed_since(base, payload))
        try:
            sent = in_parts(sent.order, base, self._bodies)
        except CannotBeSentError as error:
            if publication.doubt is None:
                raise PersonNeeded(PublishState.FAILED, error.reason, error.message) from error
            lost = lost or LastError(error.reason, error.message)
        order = sent.order
        if visit.integration.has_bridge(*UPDATES_OF_SINGLE_FIELDS):
            order = by_ids(order, content.editorial)
        owner = self._owner()
        now = epoch(self._clock.now())
        until = now + self._settings.lease_seconds
        held, taking = self._slots.take(visit, owner=owner, until=until)
        here = _after_a_crash(publication).sent_to(visit.integration.external_site_url)
        taken = here.taken(owner, now, self._settings.lease_seconds)
        if publication.doubt is not None:
            # Until WordPress has said otherwise, it is the earlier operation that is in doubt.
            doubt = publication.doubt.followed_by(publication.intent, publication.post_status)
            taken = replace(taken, doubt=doubt)
        job = Job(
            publication=taken,
            content=bundle.content,
            was_in_doubt=publication.doubt is not None,
            title=content.editorial.title,
            lost=lost,
            warnings=[] if publication.takes_down else content.warnings,
            payload=order,
            whole=payload,
            base=base,
            raw=sent.raw,
            held=held,
            target=visit.target.through(visit.gate.door),
        )
        self._commit([
            self._store.write(publication, taken),
            taking,
            *self._record(job),
        ])  # fmt: skip
        return job

    def _base(self, publication: Publication, visit: Visit) -> Base | None:
        """What is known here of the post that the order goes over, if it is known.

        Else everything is sent: to a post that is new or made anew, and to a bridge that wants all
        of it. Where people have decided against a text, it is that which was changed since.
        """
        known = publication.overwrites or publication.fingerprint
        if publication.takes_down or publication.recreate or publication.external_id is None:
            return None
        if known is None or not visit.integration.has_bridge(*UPDATES_OF_SINGLE_FIELDS):
            return None
        ids = publication.account_id, publication.content_id, publication.integration_id
        if publication.overwrites:
            theirs = self._bases.theirs(*ids)
            base = None if theirs is None else theirs.as_base(publication.content_rev)
        else:
            base = self._bases.get(*ids)
        return base if base is not None and base.is_of(known) else None

    def text(self, bundle: ContentBundle, publication: Publication) -> Text:
        """The revision that the intent pinned, and its HTML. Raises :class:`PersonNeeded`."""
        try:
            content = self._contents.get_revision(bundle.content, publication.content_rev)
            return content, self._bodies.get(content.body)
        except (NotFound, Lost) as error:
            raise PersonNeeded(PublishState.FAILED, "text_lost", TEXT_LOST) from error

    def _record(self, job: Job) -> list[Write]:
        publication = job.publication
        if job.was_in_doubt and publication.unanswered:
            return []  # the same question again
        sending = "Taking down" if publication.takes_down else "Sending"
        what = "Asking WordPress about" if job.was_in_doubt else sending
        event = self._journal.record(
            publication.account_id,
            publication.integration_id,
            action_of(publication),
            Status.PENDING,
            f"{what} '{job.title}'",
            actor=WORKER,
            content_id=publication.content_id,
            content_type=str(job.payload["post_type"]),
            details={"attempt": publication.attempt + 1, "intent": publication.intent},
            operation_id=publication.operation_id,
        )
        return [event]


def _after_a_crash(publication: Publication) -> Publication:
    """A row that is still ``sending`` past its lease lost its worker: our fault, no attempt.

    Whether WordPress saw anything it says itself when it is asked. A row that many workers died
    over says so, and is tried all the same.
    """
    if publication.state is not PublishState.SENDING:
        return publication
    crashed = replace(publication, crashes=publication.crashes + 1)
    return crashed if crashed.crashes < VISIBLE_CRASHES else crashed.told(WHY)
