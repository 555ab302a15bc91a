"""Publications that no try can send now: they leave the sweep, and say why."""

from contextlib import suppress

from igny8.admission.store import GateStore
from igny8.admission.visits import NeedsPairing
from igny8.core.queue import Hint
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.journal.model import WORKER, Action, Status
from igny8.journal.service import Journal
from igny8.links.model import NOTHING_SEEN
from igny8.links.service import LinkService
from igny8.publishing.leasing import PersonNeeded
from igny8.publishing.linking import unlinked
from igny8.publishing.model import Publication, PublishState
from igny8.publishing.partial import UNKNOWN_THERE
from igny8.publishing.store import ContentBundle, PublicationStore
from igny8.publishing.telling import about, action_of
from igny8.publishing.watch import Watch, site_of

RACE_RETRIES = 5
UNKNOWN_TYPE = "post"
"""Of what is gone; its link says what it was."""


class RestService:
    """Takes publications off the indexes of what is due. Who came first may have it otherwise."""

    def __init__(
        self,
        *,
        store: PublicationStore,
        links: LinkService,
        gates: GateStore,
        watch: Watch,
        journal: Journal,
        commit: Commit,
    ) -> None:
        self._store = store
        self._links = links
        self._gates = gates
        self._watch = watch
        self._journal = journal
        self._commit = commit

    def cancel(self, bundle: ContentBundle, publication: Publication) -> None:
        """The site or its integration was deleted: nobody is left to send this to."""
        cancelled = publication.at_rest(
            PublishState.CANCELLED,
            reason="site_deleted",
            cancel_requested=False,
            deletes_content=False,
        )
        event = self._journal.record(
            publication.account_id,
            publication.integration_id,
            Action.CONTENT_CANCEL,
            Status.SUCCESS,
            f"Cancelled '{bundle.content.editorial.title}': its site was deleted",
            actor=WORKER,
            **about(bundle.content, cancelled),
        )
        with suppress(ConditionLost):
            self._commit([self._store.write(publication, cancelled), event])

    def rest(
        self, bundle: ContentBundle, publication: Publication, needed: PersonNeeded
    ) -> Publication | None:
        """A person has to do something. What is in doubt stays so; ``None`` if it has changed."""
        why = needed.why
        after = publication.at_rest(needed.state, reason=why.reason, last_error=why)
        conflict = needed.state is PublishState.CONFLICT
        event = self._journal.record(
            publication.account_id,
            publication.integration_id,
            Action.CONFLICT if conflict else action_of(publication),
            Status.FAILED,
            f"'{bundle.content.editorial.title}': {why.message}",
            actor=WORKER,
            error_message=why.message,
            **about(bundle.content, after),
        )
        reading = list[Write]()
        if why.reason == UNKNOWN_THERE and after.external_id is not None:
            reading = self._watch.asked(site_of(after), [], disputed=[after.external_id])
        try:
            self._commit([self._store.write(publication, after), event, *reading])
        except ConditionLost:
            return None
        if reading:
            self._watch.wake(site_of(publication))
        return after

    def park(self, publication: Publication, needed: NeedsPairing) -> None:
        """Leave the sweep until the site pairs, if it still has to; due it stays."""
        if publication.wake_at is None:
            return
        parked = publication.parked()
        with suppress(ConditionLost):
            self._commit([self._store.write(publication, parked), self._gates.still(needed.gate)])

    def forget_orphan(self, site: Hint, content_id: int) -> None:
        """Delete a publication whose content is gone: nobody can see it, nothing can send it."""
        orphan = self._store.orphan(site.account_id, content_id, site.integration_id)
        seen = NOTHING_SEEN
        if orphan is None:
            return
        for _ in range(RACE_RETRIES):
            links = unlinked(self._links, [orphan], UNKNOWN_TYPE, seen)
            try:
                self._commit([*self._store.orphan_deletion(orphan), *links])
            except ConditionLost as lost:
                if not seen.tells(lost.rows):
                    return
                seen = seen.corrected(lost.rows)
            else:
                return
