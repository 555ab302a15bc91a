"""Revisions for people: what a content was, and who made it that. One is brought back by PATCH."""

from dataclasses import dataclass

from igny8.content.model import Content
from igny8.content.service import Bodies
from igny8.content.store import ContentStore
from igny8.core.cursor import Page, PageRequest, encode_cursor


@dataclass(frozen=True, slots=True)
class Revision:
    """What a content was at a revision, with its text where it was asked for."""

    content: Content
    html: str | None = None


class RevisionService:
    """Reads them. They live as long as the content."""

    def __init__(self, *, store: ContentStore, bodies: Bodies) -> None:
        self._store = store
        self._bodies = bodies

    def page(self, account_id: int, content_id: int, request: PageRequest) -> Page[Revision]:
        """Revisions, newest first, without texts. Raises :class:`NotFound` for the content."""
        newest = self._store.get(account_id, content_id)
        found = self._store.earlier(newest, request)
        if request.before is None or request.before > newest.rev:
            found = [newest, *found]
        shown = found[: request.limit]
        more = len(found) > len(shown)
        return Page(
            [Revision(one) for one in shown], encode_cursor(shown[-1].rev) if more else None
        )

    def one(self, account_id: int, content_id: int, rev: int) -> Revision:
        """One with its text. Raises :class:`NotFound`."""
        newest = self._store.get(account_id, content_id)
        content = self._store.get_revision(newest, rev)
        return Revision(content, self._bodies.get(content.body))
