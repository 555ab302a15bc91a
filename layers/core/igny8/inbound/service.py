"""Hearing what sites tell: read what it is judged by, judge, and write it down.

A call costs the key's read, one batch read and one transaction; a batch of many posts a batch read
per hundred rows and a transaction per ninety writes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn, Protocol

from igny8.core.clock import Clock, epoch
from igny8.core.errors import Conflict, DomainError, NotFound, Throttled, Unavailable, Unreadable
from igny8.core.logging import get_logger
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.core.settings import Settings
from igny8.core.urls import same_host
from igny8.inbound.history import another_sites, passed_over
from igny8.inbound.model import Heard, Inbox, Position, Result, Trust
from igny8.inbound.planning import ContentPlan, Planner, Telling
from igny8.inbound.store import Docket, InboxStore
from igny8.inbound.terms import TermListener
from igny8.journal.service import Journal
from igny8.links.model import NOTHING_SEEN, Seen
from igny8.links.service import LinkService
from igny8.sites.model import KeyOwner

RACE_RETRIES = 8
MOST_WRITES = 90
MOST_OF_A_CONTENT = 80
WINDOW_SECONDS = 60

logger = get_logger()


class Watch(Protocol):
    """Who looks closer where events do not say enough; see `igny8.syncing.listening`."""

    def suspected(self, owner: KeyOwner) -> list[Write]: ...
    def asked(
        self, owner: KeyOwner, post_ids: Sequence[int], *, lost: bool = False,
        edited: Sequence[int] = (), disputed: Sequence[int] = (),
    ) -> list[Write]: ...  # fmt: skip
    def wake(self, owner: KeyOwner) -> None: ...


class Integrations(Protocol):
    """Where integrations are kept; see `igny8.integrations.store.IntegrationStore`."""

    def exists(self, account_id: int, site_id: int, integration_id: int) -> Write: ...


class InboundService:
    """Hears what sites tell of posts."""

    def __init__(
        self,
        *,
        inboxes: InboxStore,
        planner: Planner,
        links: LinkService,
        watch: Watch,
        terms: TermListener,
        integrations: Integrations,
        journal: Journal,
        commit: Commit,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._inboxes = inboxes
        self._planner = planner
        self._links = links
        self._watch = watch
        self._terms = terms
        self._integrations = integrations
        self._journal = journal
        self._commit = commit
        self._clock = clock
        self._settings = settings

    def hear_one(self, owner: KeyOwner, telling: Telling) -> Heard:
        """Hear one event of a content that it names.

        Raises :class:`NotFound` for a content that is not this site's, which is noted in history;
        :class:`Conflict` (``site_url_mismatch``, ``sync_frozen``), :class:`Throttled`,
        :class:`Unreadable`.
        """
        heard = self._hear(owner, telling, counts=True)[0]
        if heard.content_id is None:
            raise NotFound
        if heard.status is None:
            raise Unreadable(f"content {heard.content_id}")
        return heard

    def refuse(self, owner: KeyOwner, site_id: int) -> NoReturn:
        """Answer a call that names another site than its key's: it is counted, and noted.

        Raises :class:`NotFound` as for a content that is not this site's; :class:`Throttled`.
        """
        for _ in range(RACE_RETRIES):
            docket = self._inboxes.read(owner, [])
            self._throttle(docket.inbox)
            noted = another_sites(self._journal, owner, site_id)
            try:
                counted = self._counted(docket.inbox, None)
                self._commit([counted, noted, *self._present(owner, docket)])
            except ConditionLost as lost:
                if "integration" not in lost.rows:
                    continue
            raise NotFound
        raise Unavailable("contention", retry_after=1)

    def hear(self, owner: KeyOwner, telling: Telling) -> list[Heard]:
        """Hear events in their order; answers one result each, also for those of nobody's content.

        One at which our own code crashes is passed over, and told: who sends it would send it for
        ever, and nothing after it.

        Raises :class:`Conflict` (``site_url_mismatch``, ``sync_frozen``), :class:`Throttled`.
        """
        heard: list[Heard] = []
        for number, part in enumerate(_parts(telling)):
            counts = number == 0 and not telling.is_pulled
            try:
                heard += self._hear(owner, part, counts=counts)
            except DomainError:
                raise
            except Exception:
                heard += self._one_by_one(owner, part, counts=counts)
        return heard

    def _one_by_one(self, owner: KeyOwner, telling: Telling, *, counts: bool) -> list[Heard]:
        heard: list[Heard] = []
        for number, event in enumerate(telling.events):
            try:
                one = replace(telling, events=[event])
                heard += self._hear(owner, one, counts=counts and number == 0)
            except DomainError:
                raise
            except Exception:
                logger.exception("crashed", extra={"integration_id": owner.integration_id})
                self._commit([passed_over(self._journal, owner, event)])
                heard.append(Heard(Result.IGNORED, event.event_id))
        return heard

    def _hear(self, owner: KeyOwner, telling: Telling, *, counts: bool) -> list[Heard]:
        telling = self._terms.known(owner, telling)
        results: dict[int, Heard] = {}
        seen, woken = NOTHING_SEEN, False
        for lost_before in range(RACE_RETRIES):
            docket = self._read(owner, telling)
            self._admit(owner, docket, telling, counts=counts, is_late=lost_before > 0)
            plans = self._planner.plans(owner, telling, docket, done=results, seen=seen)
            watching = self._watching(owner, plans)
            try:
                self._terms.hear(owner, telling, self._inboxes.unchanged(docket.inbox))
                for chunk in _chunks(plans):
                    writes = self._together(owner, chunk, seen) + watching
                    if counts:
                        writes.insert(0, self._counted(docket.inbox, telling.position))
                    elif writes:  # nobody has found meanwhile that the site is not to be believed
                        writes += self._inboxes.unchanged(docket.inbox)
                    if writes:
                        self._commit([*writes, *self._present(owner, docket)])
                    watching, counts, woken = [], False, woken or bool(watching)
                    for plan in chunk:
                        results |= plan.heard
            except ConditionLost as lost:
                if "integration" in lost.rows:
                    raise NotFound from lost
                seen = seen.corrected(lost.rows)
                continue
            if woken:
                self._watch.wake(owner)
            return [results[number] for number in range(len(telling.events))]
        raise Unavailable("contention", retry_after=1)

    def _together(self, owner: KeyOwner, plans: Sequence[ContentPlan], seen: Seen) -> list[Write]:
        """The writes of plans, and what they count together."""
        counts: Counter[tuple[int, str]] = Counter()
        for plan in plans:
            counts.update(plan.counts)
        writes = [write for plan in plans for write in plan.writes]
        return [*writes, *self._links.counting(owner.account_id, counts, seen)]

    def _read(self, owner: KeyOwner, telling: Telling) -> Docket:
        named = [event.content_id for event in telling.events if event.content_id is not None]
        posts = [event.post_id for event in telling.events if event.content_id is None]
        docket = self._inboxes.read(owner, named, [number for number in posts if number])
        linked = [number for number in docket.links.values() if number not in docket.bundles]
        if not linked:
            return docket
        more = self._inboxes.read(owner, linked)
        strange = docket.unreadable_contents | more.unreadable_contents
        return replace(docket, bundles=docket.bundles | more.bundles, unreadable_contents=strange)

    def _admit(
        self, owner: KeyOwner, docket: Docket, telling: Telling, *, counts: bool, is_late: bool
    ) -> None:
        """Whether this call is to be listened to at all; one that was counted is no other call.

        ``is_late``: it was let in, and lost to another that the site has made meanwhile.
        """
        inbox = docket.inbox
        if telling.site_url is not None and not same_host(telling.site_url, docket.site.url):
            raise Conflict(
                "site_url_mismatch",
                f"This key belongs to {docket.site.url}. If the site has moved, change its address"
                " in IGNY8 first; if this is another site, use that site's own key.",
            )
        if counts:
            self._throttle(inbox)
        # What we took was answered before now: the site may have told more meanwhile.
        fits = inbox.fits if telling.is_pulled or is_late else inbox.fits_now
        if inbox.trust is not Trust.TRUSTED or not fits(telling.position):
            self._suspect(owner, inbox)
            raise Conflict(
                "sync_frozen",
                "What this site tells does not fit what it told before: its database was restored"
                " or copied. Press Connect in the bridge's settings to go on.",
            )

    def _throttle(self, inbox: Inbox) -> None:
        same_window = inbox.window == self._window(inbox)
        if same_window and inbox.calls >= self._settings.webhook_limit:
            now = epoch(self._clock.now())
            raise Throttled(retry_after=WINDOW_SECONDS - now % WINDOW_SECONDS)

    def _present(self, owner: KeyOwner, docket: Docket) -> list[Write]:
        """Require that the integration is there, where no inbox says so: it goes with it."""
        if docket.inbox.version:
            return []
        ids = (owner.account_id, owner.site_id, owner.integration_id)
        return [self._integrations.exists(*ids)]

    def _suspect(self, owner: KeyOwner, inbox: Inbox) -> None:
        """Stop listening until the site was asked, or has paired anew."""
        if inbox.trust is not Trust.TRUSTED:
            return
        now = epoch(self._clock.now())
        suspect = self._inboxes.change(inbox, inbox.suspected(now))
        try:
            self._commit([suspect, *self._watch.suspected(owner)])
        except ConditionLost:
            return  # somebody else has seen it, or it has just paired
        self._watch.wake(owner)

    def _watching(self, owner: KeyOwner, plans: Sequence[ContentPlan]) -> list[Write]:
        asks = [post_id for plan in plans for post_id in plan.asks]
        lost = any(plan.lost for plan in plans)
        edited = [post_id for plan in plans for post_id in plan.edited]
        disputed = [post_id for plan in plans for post_id in plan.disputed]
        if not (asks or lost or edited or disputed):
            return []
        return self._watch.asked(owner, asks, lost=lost, edited=edited, disputed=disputed)

    def _counted(self, inbox: Inbox, position: Position | None) -> Write:
        window, limit = self._window(inbox), self._settings.webhook_limit
        return self._inboxes.counted(inbox, position, window, limit)

    def _window(self, inbox: Inbox) -> int:
        """The minute to count in; another machine's clock may have begun the next one already."""
        return max(epoch(self._clock.now()) // WINDOW_SECONDS, inbox.window)


def _parts(telling: Telling) -> list[Telling]:
    """The events by the part, so that they fit into one transaction if they are one content's.

    Whose they are is not known yet: one content can be named by its id and by its post's.
    """
    if len(telling.events) <= MOST_OF_A_CONTENT:
        return [telling]
    return [
        replace(telling, events=telling.events[start : start + MOST_OF_A_CONTENT])
        for start in range(0, len(telling.events), MOST_OF_A_CONTENT)
    ]


def _chunks(plans: Sequence[ContentPlan]) -> list[list[ContentPlan]]:
    """Plans by the transaction: a content's writes stay together."""
    chunks: list[list[ContentPlan]] = [[]]
    size = 0
    for plan in plans:
        more = len(plan.writes) + len(plan.counts)
        if size and size + more > MOST_WRITES:
            chunks.append([])
            size = 0
        chunks[-1].append(plan)
        size += more
    return chunks
