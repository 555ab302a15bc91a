"""Deleting content with its post: the post is taken down first, the content goes once that is so.

What is to be done lies in the publication (``deletes_content``): it stays due until the content is
gone, whoever dies meanwhile.
"""

from igny8.core.errors import Conflict
from igny8.journal.model import Actor
from igny8.publishing.acts import NOT_PUBLISHED_YET, ActService
from igny8.publishing.deleting import DeletingService


class RemovalService:
    """Deletes content with its post."""

    def __init__(self, *, acts: ActService, deleting: DeletingService) -> None:
        self._acts = acts
        self._deleting = deleting

    def remove(self, account_id: int, content_id: int, *, to: str, actor: Actor) -> bool:
        """Have the post taken down, then the content deleted; true if it is deleted already.

        That is so where there certainly is no post. Raises as taking a post down does, and
        :class:`Conflict` ``in_flight``, ``changed_meanwhile``.
        """
        try:
            decision = self._acts.unpublish(
                account_id, content_id, to=to, actor=actor, deletes_content=True
            )
        except Conflict as none:
            if none.code != NOT_PUBLISHED_YET:
                raise
        else:
            if decision.publication.deletes_content:
                return False
        self._deleting.delete(account_id, content_id, keep_post=True, actor=actor)
        return True
