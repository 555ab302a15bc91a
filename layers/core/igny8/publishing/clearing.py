"""Deleting the content of a site that was deleted with it; the sweep goes on until it is gone."""

from collections.abc import Callable

from igny8.cleaning.model import Leftover
from igny8.content.store import ContentStore
from igny8.core.cursor import PageRequest
from igny8.core.errors import Conflict, DomainError, NotFound, Unreadable
from igny8.core.logging import get_logger
from igny8.journal.model import Actor
from igny8.publishing.deleting import DeletingService
from igny8.terms.store import TermStore

PAGE = 25
BY = Actor.schedule("clean")

logger = get_logger()


class SiteClearing:
    """Deletes a deleted site's content, as a person would who leaves the posts where they are.

    And what is known of its terms.
    """

    def __init__(
        self, *, contents: ContentStore, deleting: DeletingService, terms: TermStore
    ) -> None:
        self._contents = contents
        self._terms = terms
        self._deleting = deleting

    def clear(self, leftover: Leftover, has_time: Callable[[], bool]) -> bool:
        """Delete what is listed under the site, then its terms; true once nothing was left.

        What is being sent right now is left for another time; so is what cannot be deleted, which
        the log names: it keeps back nothing else. Raises :class:`Unavailable`.
        """
        request: PageRequest | None = PageRequest(PAGE, None)
        found = False
        while request is not None:
            page = self._contents.ids_of_site(leftover.account_id, leftover.site_id, None, request)
            for content_id in page.items:
                if not has_time():
                    return False
                found |= self._is_there(leftover.account_id, content_id)
            request = PageRequest(PAGE, page.items[-1]) if page.next else None
        if found:
            return False
        return self._terms.clear(leftover.account_id, leftover.site_id, has_time)

    def _is_there(self, account_id: int, content_id: int) -> bool:
        """Delete one; false if it was gone, which the list learns later."""
        try:
            self._deleting.delete(account_id, content_id, keep_post=True, actor=BY)
        except NotFound:
            return False
        except Unreadable:
            logger.exception("crashed", extra={"content_id": content_id})
        except DomainError as error:
            if not isinstance(error, Conflict):
                raise
        except Exception:
            logger.exception("crashed", extra={"content_id": content_id})
        return True
