"""Undoing a cancelled batch: what waits is cancelled, what was decided since stays."""

from igny8.batches.model import Batch, Item
from igny8.core.errors import NotFound, Unavailable
from igny8.core.rows import Commit, ConditionLost
from igny8.journal.model import Action, Actor, Channel, Status
from igny8.journal.service import Journal
from igny8.publishing.model import Publication, PublishState
from igny8.publishing.store import ContentBundle, PublicationStore
from igny8.publishing.telling import about

RACE_RETRIES = 5
WAITS = frozenset({PublishState.QUEUED, PublishState.WAITING})
REASON = "batch_cancelled"


class Undoing:
    """Cancels publications that wait because of a batch."""

    def __init__(self, *, store: PublicationStore, journal: Journal, commit: Commit) -> None:
        self._store = store
        self._journal = journal
        self._commit = commit

    def undo(self, batch: Batch, item: Item) -> None:
        """Cancel an item, if nobody has decided anew about it and nothing of it is under way."""
        for _ in range(RACE_RETRIES):
            try:
                bundle = self._store.bundle(batch.account_id, item.content_id)
            except NotFound:
                return
            publication = bundle.on(item.integration_id or 0)
            if publication is None or not _is_undone_by_cancelling(publication, item):
                return
            try:
                self._cancel(batch, bundle, publication)
            except ConditionLost:
                continue
            return
        raise Unavailable("contention", retry_after=1)

    def _cancel(self, batch: Batch, bundle: ContentBundle, publication: Publication) -> None:
        cancelled = publication.at_rest(PublishState.CANCELLED, reason=REASON)
        event = self._journal.record(
            batch.account_id,
            publication.integration_id,
            Action.CONTENT_CANCEL,
            Status.SUCCESS,
            f"Cancelled '{bundle.content.editorial.title}' with its batch",
            actor=Actor(batch.cancelled_by or batch.actor, Channel(batch.channel)),
            **about(bundle.content, cancelled),
        )
        self._commit([self._store.write(publication, cancelled), event])


def _is_undone_by_cancelling(publication: Publication, item: Item) -> bool:
    waits = publication.state in WAITS and publication.doubt is None
    return waits and publication.intent == item.intent
