"""The publish worker: serves one site, one publication after the other.

A crash at any line leaves a row whose lease ends and whose doubt says to ask WordPress first.
What was read of the site and of its due rows is used until the drain ends; the conditions of each
transaction, the gate's version above all, say when it no longer holds.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from igny8.admission.visits import NeedsPairing, NotServable, SiteDeleted, Visit, VisitService
from igny8.core.clock import Clock, epoch
from igny8.core.errors import NotFound, Unavailable
from igny8.core.logging import correlated, follow
from igny8.core.queue import LONGEST_DELAY_SECONDS, Hint
from igny8.core.rows import ConditionLost
from igny8.core.settings import Settings
from igny8.integrations.notices import Hints
from igny8.journal.model import WORKER
from igny8.publishing.ahead import ReadAhead
from igny8.publishing.deleting import DeletingService
from igny8.publishing.dispatch import Dispatcher, Job
from igny8.publishing.hastening import HasteService
from igny8.publishing.leasing import LeaseService, PersonNeeded
from igny8.publishing.model import BLOCKABLE_STATES, Publication
from igny8.publishing.resting import RestService
from igny8.publishing.setbacks import CRASHED, Setbacks
from igny8.publishing.settlement import Settlement
from igny8.publishing.store import ContentBundle, PublicationStore, hint_for
from igny8.wordpress.client import BridgeClient

PAGE = 25
MOST_FAULTS_IN_A_ROW = 3
TRIES = 3


@dataclass(frozen=True, slots=True)
class Served:
    """One line for the log: what was served and how it ended.

    ``blocked``: it goes on, but not before the gate of its site opens, which closed now.
    """

    content_id: int
    correlation_id: str
    operation_id: str
    publish_state: str
    reason: str
    duration_ms: int
    blocked: bool = False


@dataclass(slots=True)
class _Drain:
    """One worker at one site."""

    site: Hint
    client: BridgeClient
    texts: ReadAhead
    visit: Visit | None = None
    needs_pairing: NeedsPairing | None = None
    job: Job | None = None
    faults: int = 0
    served: list[Served] = field(default_factory=list)


class PublishWorker:
    """Serves hints."""

    def __init__(
        self,
        *,
        store: PublicationStore,
        visits: VisitService,
        leases: LeaseService,
        client: BridgeClient,
        dispatcher: Dispatcher,
        settlement: Settlement,
        resting: RestService,
        hastening: HasteService,
        deleting: DeletingService,
        setbacks: Setbacks,
        hints: Hints,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._store = store
        self._visits = visits
        self._leases = leases
        self._client = client
        self._dispatcher = dispatcher
        self._settlement = settlement
        self._resting = resting
        self._hastening = hastening
        self._deleting = deleting
        self._setbacks = setbacks
        self._hints = hints
        self._clock = clock
        self._settings = settings

    def serve(self, hints: Sequence[Hint], remaining_seconds: Callable[[], float]) -> list[Served]:
        """Serve what the hints of one site name, then what else is due there, while time remains.

        A hint that names nothing says that somebody has seen to the site: what waits for it is due.

        What fails on our side keeps back no other row, unless nothing works at all. Raises
        :class:`Unavailable` when it cannot be read what there is: the rows stay due, the sweep
        sends their hints again.
        """
        site = hints[0].of_site
        named = [content_id for hint in hints for content_id in hint.content_ids]
        if site in hints:
            self._hasten(site, remaining_seconds)
        with self._client.connected() as client, ReadAhead(self._leases.text) as texts:
            drain = _Drain(site, client, texts)
            for bundle, following in self._due(site, list(dict.fromkeys(named))):
                if drain.needs_pairing is not None and bundle.content.id not in named:
                    break  # the sweep names the others
                if remaining_seconds() < self._settings.serve_margin_seconds:
                    self._hint(_hint_of(site, bundle))
                    break
                try:
                    with correlated():
                        self._serve_or_set_back(drain, bundle, following)
                except NotServable:
                    break
                if drain.faults >= MOST_FAULTS_IN_A_ROW:
                    break
        return drain.served

    def _hasten(self, site: Hint, remaining_seconds: Callable[[], float]) -> None:
        margin = self._settings.serve_margin_seconds
        if not self._hastening.hasten(site, lambda: remaining_seconds() >= margin):
            self._hint(site)

    def _due(
        self, site: Hint, content_ids: list[int]
    ) -> Iterator[tuple[ContentBundle, ContentBundle | None]]:
        """The contents named, then those that are due on the site, read by the page.

        Each with the one that follows on its page.
        """
        passed: set[int] = set()
        while True:
            if not content_ids:
                now = epoch(self._clock.now())
                due = self._store.due_on(site.integration_id, now, PAGE + len(passed))
                content_ids = [number for number in due if number not in passed]
            if not content_ids:
                return
            page, content_ids = content_ids[:PAGE], content_ids[PAGE:]
            passed.update(page)
            bundles = self._store.bundles(
                site.account_id, page, [site.integration_id], consistent=True
            )
            for number in set(page) - {bundle.content.id for bundle in bundles}:
                self._resting.forget_orphan(site, number)
            yield from zip_longest(bundles, bundles[1:])

    def _serve_or_set_back(
        self, drain: _Drain, bundle: ContentBundle, following: ContentBundle | None
    ) -> None:
        try:
            self._serve_one(drain, bundle, following)
        except NotServable:
            raise
        except Exception as error:
            self._set_back(drain, bundle, error)
        else:
            drain.faults = 0

    def _set_back(self, drain: _Drain, bundle: ContentBundle, error: Exception) -> None:
        """Go on with the next: this row's trouble is its own, unless others have it, too."""
        publication = drain.job.publication if drain.job else bundle.on(drain.site.integration_id)
        if publication is None:
            raise error
        reason = self._setbacks.after(error, publication, leased=drain.job is not None)
        drain.visit = None
        drain.faults += reason != CRASHED
        drain.served.append(_served(publication, reason, 0))

    def _serve_one(
        self, drain: _Drain, bundle: ContentBundle, following: ContentBundle | None
    ) -> None:
        drain.job = None
        job = drain.job = self._take(drain, bundle)
        if job is None:
            return
        self._read_ahead(drain, following)
        result = self._dispatcher.attempt(job, drain.client)
        settled = self._settlement.settle(job, result)
        served = _served(job.publication, result.reason, result.duration_ms)
        state = str(settled.publication.state) if settled else "taken over"
        blocked = settled is not None and settled.gate.is_closed and state in BLOCKABLE_STATES
        drain.served.append(replace(served, publish_state=state, blocked=blocked))
        visit, drain.visit = drain.visit, None
        if settled is None or visit is None:
            return
        if settled.gate.is_closed:
            raise NotServable  # who opens it again wakes what waits there
        self._hint_later(settled.publication)
        if not settled.is_outdated:  # else its key may be another by now
            drain.visit = replace(visit, gate=settled.gate)

    def _read_ahead(self, drain: _Drain, following: ContentBundle | None) -> None:
        publication = following and following.on(drain.site.integration_id)
        if following and publication and publication.is_due(epoch(self._clock.now())):
            drain.texts.begin(following, publication)

    def _take(self, drain: _Drain, bundle: ContentBundle) -> Job | None:
        """Take the content's publication; ``None`` if there is nothing to do, or others do it."""
        for _ in range(TRIES):
            publication = bundle.on(drain.site.integration_id)
            if publication is None or not publication.is_due(epoch(self._clock.now())):
                return None
            follow(publication.correlation_id, operation_id=publication.operation_id)
            if publication.waits_for_deletion:
                self._deleting.finish(drain.site.account_id, bundle.content.id)
                return None
            try:
                return self._leased(drain, bundle, publication)
            except ConditionLost as lost:
                if "gate" in lost.rows:
                    drain.visit = None
            try:
                bundle = self._store.bundle(drain.site.account_id, bundle.content.id)
            except NotFound:
                return None
        return None

    def _leased(self, drain: _Drain, bundle: ContentBundle, publication: Publication) -> Job | None:
        """Lease it; ``None`` if nobody can send it now, and it leaves the sweep."""
        try:
            if drain.needs_pairing is not None:
                raise drain.needs_pairing
            drain.visit = drain.visit or self._visits.begin(drain.site, actor=WORKER)
            return self._leases.take(bundle, publication, drain.visit, drain.texts)
        except SiteDeleted:
            self._resting.cancel(bundle, publication)
        except NeedsPairing as needed:
            drain.needs_pairing = needed
            self._resting.park(publication, needed)
        except PersonNeeded as needed:
            rested = self._resting.rest(bundle, publication, needed)
            if rested is not None:
                drain.served.append(_served(rested, needed.why.reason, 0))
        return None

    def _hint_later(self, publication: Publication) -> None:
        """A wait of up to 15 minutes also gets a delayed hint; longer ones are the sweep's.

        An intent that arrived meanwhile waits for nothing: its own hint found the row leased.
        """
        if publication.due_at is None:
            return
        delay = publication.due_at - epoch(self._clock.now())
        if delay <= LONGEST_DELAY_SECONDS:
            self._hint(hint_for(publication), max(delay, 0))

    def _hint(self, hint: Hint, delay_seconds: int = 0) -> None:
        with suppress(Unavailable):  # the sweep finds the row
            self._hints.send(hint, delay_seconds=delay_seconds)


def _hint_of(site: Hint, bundle: ContentBundle) -> Hint:
    publication = bundle.on(site.integration_id)
    return (
        replace(site, content_id=bundle.content.id)
        if publication is None
        else hint_for(publication)
    )


def _served(publication: Publication, reason: str, duration_ms: int) -> Served:
    return Served(
        publication.content_id,
        publication.correlation_id,
        publication.operation_id,
        str(publication.state),
        reason,
        duration_ms,
    )
