"""Editing content with regard to the posts that it may have on sites."""

from dataclasses import replace

from igny8.content.model import Content, EditorialStatus
from igny8.content.service import Changes, ContentService
from igny8.content.store import ContentStore
from igny8.core.clock import Clock
from igny8.core.errors import Conflict, Unavailable
from igny8.core.rows import Commit, ConditionLost
from igny8.journal.model import Actor
from igny8.publishing.decisions import RACE_RETRIES, DecisionService
from igny8.publishing.deleting import is_live
from igny8.publishing.store import ContentBundle, PublicationStore


class EditingService:
    """Changes content."""

    def __init__(
        self,
        *,
        store: PublicationStore,
        contents: ContentStore,
        writing: ContentService,
        decisions: DecisionService,
        commit: Commit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._contents = contents
        self._writing = writing
        self._decisions = decisions
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
            content = replace(content, was_sent=content.was_sent or bool(bundle.publications))
            if status is not content.status:
                content = replace(content, status=status, updated_at=self._clock.now())
            if content == bundle.content:
                return content
            try:
                self._commit(self._contents.revision(bundle.content, content))
            except ConditionLost:
                continue
            self._writing.tell_automation(content, bundle.content)
            return content
        raise Unavailable("contention", retry_after=1)


def _check_may_leave_published(bundle: ContentBundle) -> None:
    if bundle.content.status is EditorialStatus.PUBLISHED and is_live(bundle):
        raise Conflict(
            "published",
            "This content is on a site or on its way there, so its status cannot change.",
        )
