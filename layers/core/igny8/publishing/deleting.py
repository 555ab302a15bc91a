"""Deleting content with regard to the posts that it may have on sites."""

from contextlib import suppress

from igny8.cleaning.service import Cleaner
from igny8.content.store import ContentStore
from igny8.core.clock import Clock, epoch
from igny8.core.errors import Conflict, NotFound, Unavailable
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.journal.model import WORKER, Action, Actor, Status
from igny8.journal.service import Journal
from igny8.links.model import NOTHING_SEEN
from igny8.links.service import LinkService
from igny8.publishing.linking import unlinked
from igny8.publishing.model import Publication
from igny8.publishing.store import ContentBundle, PublicationStore
from igny8.publishing.telling import about

RACE_RETRIES = 5
CHANGED_MEANWHILE = "changed_meanwhile"


class DeletingService:
    """Deletes content."""

    def __init__(
        self,
        *,
        store: PublicationStore,
        links: LinkService,
        contents: ContentStore,
        cleaner: Cleaner,
        journal: Journal,
        commit: Commit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._links = links
        self._contents = contents
        self._cleaner = cleaner
        self._journal = journal
        self._commit = commit
        self._clock = clock

    def delete(self, account_id: int, content_id: int, *, keep_post: bool, actor: Actor) -> None:
        """Delete content. With a live publication only if the post may stay where it is.

        Raises :class:`Conflict` ``published``, or ``in_flight`` while a delivery is under way.
        """
        bundle = self._store.bundle(account_id, content_id)
        if not keep_post and is_live(bundle):
            self._check_not_in_flight(bundle)
            raise Conflict(
                "published",
                "This content is on a site. ?unpublish=keep deletes it here and leaves the post,"
                " draft or trash takes the post down first.",
            )
        self._delete(bundle, actor)

    def delete_as_seen(
        self, account_id: int, content_id: int, seen: Publication | None, *, actor: Actor
    ) -> None:
        """Delete content of which somebody has ``seen`` that there is no post.

        Raises :class:`Conflict` ``changed_meanwhile`` where it may have one by now, ``in_flight``.
        """
        bundle = self._store.bundle(account_id, content_id)
        if _version_of(bundle.current) != _version_of(seen):
            raise _changed_meanwhile()
        self._delete(bundle, actor)

    def _delete(self, bundle: ContentBundle, actor: Actor) -> None:
        self._check_not_in_flight(bundle)
        self._commit_deletion(bundle, self._deletion(bundle, actor, "not the post"))
        with suppress(Unavailable):  # it is deleted; the sweep goes on with what it leaves
            self._cleaner.step(bundle.content.account_id, bundle.content.id)

    def _check_not_in_flight(self, bundle: ContentBundle) -> None:
        now = epoch(self._clock.now())
        if any(one.is_leased(now) for one in bundle.publications):
            raise Conflict(
                "in_flight", "This content is being sent right now. Delete it when that is done."
            )

    def finish(self, account_id: int, content_id: int) -> None:
        """Delete content whose post was taken down for that, unless people think otherwise by now.

        The sweep removes what it leaves.
        """
        with suppress(Conflict, NotFound):  # somebody came first: it is looked at again, or gone
            bundle = self._store.bundle(account_id, content_id)
            if bundle.current is None or not bundle.current.waits_for_deletion:
                return
            self._commit_deletion(bundle, self._deletion(bundle, WORKER, "its post is taken down"))

    def _commit_deletion(self, bundle: ContentBundle, writes: list[Write]) -> None:
        """Commit, with whatever its posts' links turn out to be; they may be another content's."""
        post_type, seen = bundle.content.editorial.post_type, NOTHING_SEEN
        for _ in range(RACE_RETRIES):
            links = unlinked(self._links, bundle.publications, post_type, seen)
            try:
                self._commit([*writes, *links])
            except ConditionLost as lost:
                if not seen.tells(lost.rows):
                    raise _changed_meanwhile() from lost
                seen = seen.corrected(lost.rows)
            else:
                return
        raise Unavailable("contention", retry_after=1)

    def _deletion(self, bundle: ContentBundle, actor: Actor, post: str) -> list[Write]:
        content = bundle.content
        writes: list[Write] = [
            self._contents.deletion(content),
            self._cleaner.noting(content.account_id, content.id),
        ]
        for publication in bundle.publications:
            writes.append(self._store.deletion(publication))
            event = self._journal.record(
                content.account_id,
                publication.integration_id,
                Action.CONTENT_DELETE,
                Status.SUCCESS,
                f"Deleted '{content.editorial.title}', {post}",
                actor=actor,
                **about(content, publication),
            )
            writes.append(event)
        return writes


def _version_of(publication: Publication | None) -> tuple[int, int] | None:
    return None if publication is None else (publication.integration_id, publication.version)


def _changed_meanwhile() -> Conflict:
    return Conflict(CHANGED_MEANWHILE, "This content was just changed. Look at it again.")


def is_live(bundle: ContentBundle) -> bool:
    """Whether there may be a post of it where it is published now."""
    return bundle.current is not None and bundle.current.is_live
