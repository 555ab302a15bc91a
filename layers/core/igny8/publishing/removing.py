"""Deleting content with its post: the post is taken down first, the content goes once that is so.

What is to be done lies in the publication (``deletes_content``): it stays due until the content is
gone, whoever dies meanwhile.
"""

from igny8.core.errors import Conflict, Unavailable
from igny8.journal.model import Actor
from igny8.publishing.acts import NOT_PUBLISHED_YET, ActService
from igny8.publishing.deciding import RACE_RETRIES
from igny8.publishing.deleting import CHANGED_MEANWHILE, DeletingService
from igny8.publishing.model import Publication


class RemovalService:
    """Deletes content with its post."""

    def __init__(self, *, acts: ActService, deleting: DeletingService) -> None:
        self._acts = acts
        self._deleting = deleting

    def remove(self, account_id: int, content_id: int, *, to: str, actor: Actor) -> bool:
        """Have the post taken down, then the content deleted; true if it is deleted already.

        That is so where there certainly is no post. Raises as taking a post down does, and
        :class:`Conflict` ``in_flight``.
        """
        for _ in range(RACE_RETRIES):
            try:
                decision = self._acts.unpublish(
                    account_id, content_id, to=to, actor=actor, deletes_content=True
                )
                seen: Publication | None = decision.publication
            except Conflict as none:
                if none.code != NOT_PUBLISHED_YET:
                    raise
                seen = None
            if seen is not None and seen.deletes_content:
                return False
            try:
                self._deleting.delete_as_seen(account_id, content_id, seen, actor=actor)
            except Conflict as late:  # somebody has decided anew: there may be a post by now
                if late.code != CHANGED_MEANWHILE:
                    raise
            else:
                return True
        raise Unavailable("contention", retry_after=1)
