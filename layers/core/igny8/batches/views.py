"""How people see a batch: how far it is, and what has become of each of its items."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from igny8.batches.model import Batch, BatchState, Item, Result
from igny8.batches.store import BatchStore
from igny8.core.cursor import Page, PageRequest, encode_cursor
from igny8.publishing.items import publication_id
from igny8.publishing.store import PublicationStore
from igny8.publishing.views import PublicationView, ViewService

PENDING = "pending"
SKIPPED = "skipped"
DELETED = "deleted"
REFUSED = str(Result.REFUSED)
NOT_FOUND = Item(
    content_id=0,
    result=Result.REFUSED,
    code="not_found",
    message="There is nothing here with this id.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item. ``state`` is the publication's where one was decided on, else what was decided.

    ``is_overtaken`` says that somebody has decided anew about it since.
    """

    content_id: int
    state: str
    item: Item | None = None
    reason: str | None = None
    message: str | None = None
    is_overtaken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchView:
    """A batch, how many of its items are in which state, and a page of them."""

    batch: Batch
    counts: Mapping[str, int]
    items: Page[ItemView]


class BatchViews:
    """Answers how far a batch is: a query, and batch reads of at most 500 publications."""

    def __init__(
        self, *, store: BatchStore, publications: PublicationStore, views: ViewService
    ) -> None:
        self._store = store
        self._publications = publications
        self._views = views

    def view(self, account_id: int, batch_id: int, request: PageRequest) -> BatchView:
        """A batch; its items are in the order in which they were sent. Raises :class:`NotFound`.

        ``request.before`` says after how many of them the page begins.
        """
        batch, decided = self._store.whole(account_id, batch_id)
        shown = self._shown(account_id, decided)
        every = [
            _item_view(batch, number, decided.get(number), shown.get(number))
            for number in dict.fromkeys(batch.sent)
        ]
        begin = request.before or 0
        end = begin + request.limit
        page = Page(every[begin:end], encode_cursor(end) if end < len(every) else None)
        counts = Counter(one.state for one in every)
        return BatchView(batch=batch, counts=dict(sorted(counts.items())), items=page)

    def _shown(self, account_id: int, decided: Mapping[int, Item]) -> dict[int, PublicationView]:
        keys = [
            publication_id(account_id, item.content_id, item.integration_id)
            for item in decided.values()
            if item.integration_id is not None
        ]
        found, _unreadable = self._publications.get_all(keys) if keys else ([], [])
        views = self._views.shown_together(found)
        return {one.row.content_id: one for one in views}


def _item_view(
    batch: Batch, content_id: int, item: Item | None, shown: PublicationView | None
) -> ItemView:
    if content_id in batch.absent:
        item = NOT_FOUND
    if item is None:
        waits = batch.state is BatchState.RUNNING
        return ItemView(content_id=content_id, state=PENDING if waits else SKIPPED)
    if item.result is Result.REFUSED:
        return ItemView(
            content_id=content_id, state=REFUSED, item=item, reason=item.code, message=item.message
        )
    if shown is None:
        return ItemView(content_id=content_id, state=DELETED, item=item)
    error = shown.row.last_error
    return ItemView(
        content_id=content_id,
        state=shown.publish_state,
        item=item,
        reason=shown.reason,
        message=shown.detail or (error.message if error else None),
        is_overtaken=shown.row.intent > (item.intent or 0),
    )
