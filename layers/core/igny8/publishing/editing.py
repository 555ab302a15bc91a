"""Editing and deleting content with regard to the posts that it may have on sites."""

from contextlib import suppress
from dataclasses import replace

from igny8.cleaning.service import Cleaner
from igny8.content.model import Content, EditorialStatus
from igny8.content.service import Changes, ContentService
from igny8.content.store import ContentStore
from igny8.core.clock import Clock, epoch
from igny8.core.errors import Conflict, Unavailable
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.journal.model import Action, Actor, Status
from igny8.journal.service import Journal
from igny8.links.model import NOTHING_SEEN
from igny8.links.service import LinkService
from igny8.publishing.decisions import RACE_RETRIES, DecisionService, about
from igny8.publishing.linking import unlinked
from igny8.publishing.store import ContentBundle, PublicationStore


class EditingService:
    """Changes and deletes content."""

    def __init__(
        self,
        *,
        store: PublicationStore,
        links: LinkService,
        contents: ContentStore,
        writing: ContentService,
        decisions: DecisionService,
        cleaner: Cleaner,
        journal: Journal,
        commit: Commit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._links = links
        self._contents = contents
        self._writing = writing
        self._decisions = decisions
        self._cleaner = cleaner
        self._journal = journal
        self._commit = commit
        self._clock = clock

    def edit(self, account_id: int, content_id: int, changes: Changes, *, actor: Actor) -> Content:
        """Change fields, text or status. Setting ``published`` is publishing."""
        if changes.status is EditorialStatus.PUBLISHED:
            decision = self._decisions.publish(account_id, content_id, actor=actor, changes=changes)
            return decision.content
        for _ in range(RACE_RETRIES):
            bundle = self._store.bundle(account_id, content_id)
            status = changes.status or bundle.content.status
            if status is not bundle.content.status:
                _check_may_leave_published(bundle)
            content = self._writing.revise(bundle.content, changes)
            if status is not content.status:
                content = replace(content, status=status, updated_at=self._clock.now())
            if content == bundle.content:
                return content
            try:
                self._commit(self._contents.revision(bundle.content, content))
            except ConditionLost:
                continue
            return content
        raise Unavailable("contention", retry_after=1)

    def delete(self, account_id: int, content_id: int, *, keep_post: bool, actor: Actor) -> None:
        """Delete content. With a live publication only if the post may stay where it is.

        Raises :class:`Conflict` ``published``, or ``in_flight`` while a delivery is under way.
        """
        bundle = self._store.bundle(account_id, content_id)
        now = epoch(self._clock.now())
        if any(one.is_leased(now) for one in bundle.publications):
            raise Conflict(
                "in_flight", "This content is being sent right now. Delete it when that is done."
            )
        if not keep_post and _is_live(bundle):
            raise Conflict(
                "published",
                "This content is on a site. ?unpublish=keep deletes it here and leaves the post.",
            )
        self._commit_deletion(bundle, self._deletion(bundle, actor))
        with suppress(Unavailable):  # it is deleted; the sweep goes on with what it leaves
            self._cleaner.step(account_id, content_id)

    def _commit_deletion(self, bundle: ContentBundle, writes: list[Write]) -> None:
        """Commit, with whatever its posts' links turn out to be; they may be another content's."""
        post_type, seen = bundle.content.editorial.post_type, NOTHING_SEEN
        for _ in range(RACE_RETRIES):
            links = unlinked(self._links, bundle.publications, post_type, seen)
            try:
                self._commit([*writes, *links])
            except ConditionLost as lost:
                if not seen.tells(lost.rows):
                    raise Conflict(
                        "changed_meanwhile", "This content was just changed. Look at it again."
                    ) from lost
                seen = seen.corrected(lost.rows)
            else:
                return
        raise Unavailable("contention", retry_after=1)

    def _deletion(self, bundle: ContentBundle, actor: Actor) -> list[Write]:
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
                f"Deleted '{content.editorial.title}', not the post",
                actor=actor,
                **about(content, publication),
            )
            writes.append(event)
        return writes


def _is_live(bundle: ContentBundle) -> bool:
    return bundle.current is not None and bundle.current.is_live


def _check_may_leave_published(bundle: ContentBundle) -> None:
    if bundle.content.status is EditorialStatus.PUBLISHED and _is_live(bundle):
        raise Conflict(
            "published",
            "This content is on a site or on its way there, so its status cannot change.",
        )
