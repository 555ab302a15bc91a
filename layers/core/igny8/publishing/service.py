"""The click: deciding that a content shall be on a site. Also editing and deleting around it."""

from contextlib import suppress
from dataclasses import dataclass, replace

from igny8.content.model import Content, EditorialStatus
from igny8.content.service import Changes, ContentService
from igny8.content.store import ContentStore
from igny8.core.clock import Clock, epoch
from igny8.core.errors import Conflict, NotFound, Unavailable
from igny8.core.ids import IdSource
from igny8.core.writes import Commit, ConditionLost, Write
from igny8.events.model import Action, Direction, EventType, Status, SyncEvent
from igny8.events.store import EventStore
from igny8.integrations.model import Integration
from igny8.integrations.pairing import Hints
from igny8.integrations.store import IntegrationStore
from igny8.publishing.model import (
    PENDING_STATES,
    Publication,
    PublishState,
    new_publication,
)
from igny8.publishing.store import Desk, PublicationStore, hint_for

LIVE_STATES = PENDING_STATES | {PublishState.PUBLISHED, PublishState.CONFLICT}
RACE_RETRIES = 5
NO_CHANGES = Changes({})


@dataclass(frozen=True, slots=True)
class Decision:
    """What a click led to. ``accepted`` tells a new intent (202) from one that was there (200)."""

    content: Content
    publication: Publication
    accepted: bool


class PublishService:
    """Publishes, edits and deletes content with regard to its publications."""

    def __init__(
        self, store: PublicationStore, contents: ContentStore, writing: ContentService,
        integrations: IntegrationStore, events: EventStore, commit: Commit, hints: Hints,
        ids: IdSource, clock: Clock,
    ) -> None:  # fmt: skip
        self._store = store
        self._contents = contents
        self._writing = writing
        self._integrations = integrations
        self._events = events
        self._commit = commit
        self._hints = hints
        self._ids = ids
        self._clock = clock

    def publish(
        self, account_id: int, content_id: int, *, integration_id: int | None = None,
        recreate: bool = False, changes: Changes = NO_CHANGES,
    ) -> Decision:  # fmt: skip
        """Decide to publish; queued means one transaction. Then a hint, best effort.

        Raises :class:`NotFound`, :class:`Conflict` (``no_integration``, ``conflict``, ``gone``),
        :class:`Invalid`, :class:`TooLarge`.
        """
        for _ in range(RACE_RETRIES):
            desk = self._store.desk(account_id, content_id)
            integration = self._choose(desk.content, integration_id)
            try:
                decision = self._decide(desk, integration, recreate, changes)
            except ConditionLost:
                continue  # another click or edit came first: look again
            if decision.accepted:
                self._wake(decision.publication)
            return decision
        raise Unavailable("contention", retry_after=1)

    def _choose(self, content: Content, integration_id: int | None) -> Integration:
        try:
            bundle = self._integrations.bundle(content.account_id, content.site_id)
        except NotFound:
            known: list[Integration] = []
        else:
            known = list(bundle.integrations)
        if integration_id is not None:
            known = [one for one in known if one.id == integration_id]
            if not known:
                raise NotFound
        candidates = [one for one in known if one.is_connected]
        if len(candidates) != 1:
            raise Conflict(
                "no_integration",
                "This site is not connected to WordPress. Install the IGNY8 bridge there, paste"
                " the site's API key and press Connect.",
            )
        return candidates[0]

    def _decide(
        self, desk: Desk, integration: Integration, recreate: bool, changes: Changes
    ) -> Decision:
        publication = desk.on(integration.id)
        if publication is not None:
            self._check_undecided(publication, recreate)  # before a new text is stored
        content = self._writing.revise(desk.content, changes)
        content = replace(content, status=EditorialStatus.PUBLISHED)
        if publication is not None and not self._needs_intent(publication, content):
            if content != desk.content:
                self._commit(self._contents.revision(desk.content, content))
            return Decision(content, publication, accepted=False)
        decided = self._next(publication, integration, content, recreate)
        writes = self._contents.revision(desk.content, content)
        writes.append(self._store.write(publication, decided))
        writes.append(self._integrations.is_present(integration))
        writes.append(self._events.append(self._queued_event(content, decided)))
        self._commit(writes)
        return Decision(content, decided, accepted=True)

    def _check_undecided(self, publication: Publication, recreate: bool) -> None:
        if publication.state is PublishState.CONFLICT:
            raise Conflict(
                "conflict",
                "This post was changed in WordPress. Decide first which text to keep.",
            )
        if publication.state is PublishState.GONE and not recreate:
            raise Conflict(
                "gone",
                'This post was deleted in WordPress. Send {"recreate": true} to make it again.',
            )

    def _needs_intent(self, publication: Publication, content: Content) -> bool:
        same_text = publication.content_rev == content.rev
        settled = PENDING_STATES | {PublishState.PUBLISHED}
        return not (same_text and publication.state in settled)

    def _next(
        self, publication: Publication | None, integration: Integration, content: Content,
        recreate: bool,
    ) -> Publication:  # fmt: skip
        now = epoch(self._clock.now())
        status = content.editorial.post_status
        if publication is None:
            return new_publication(
                content.account_id, content.site_id, integration.id, content.id, content.rev,
                status, now,
            )  # fmt: skip
        return publication.decided(content.rev, status, now, recreate=recreate)

    def edit(self, account_id: int, content_id: int, changes: Changes) -> Content:
        """Change fields, text or status. Setting ``published`` is publishing."""
        if changes.status is EditorialStatus.PUBLISHED:
            return self.publish(account_id, content_id, changes=changes).content
        for _ in range(RACE_RETRIES):
            desk = self._store.desk(account_id, content_id)
            status = changes.status or desk.content.status
            if status is not desk.content.status:
                self._check_may_leave_published(desk)
            content = self._writing.revise(desk.content, changes)
            if status is not content.status:
                content = replace(content, status=status, updated_at=self._clock.now())
            if content == desk.content:
                return content
            try:
                self._commit(self._contents.revision(desk.content, content))
            except ConditionLost:
                continue
            return content
        raise Unavailable("contention", retry_after=1)

    def _check_may_leave_published(self, desk: Desk) -> None:
        published = desk.content.status is EditorialStatus.PUBLISHED
        if published and any(one.state in LIVE_STATES for one in desk.publications):
            raise Conflict(
                "published",
                "This content is on a site or on its way there, so its status cannot change.",
            )

    def delete(self, account_id: int, content_id: int, *, keep_post: bool) -> None:
        """Delete content. With a live publication only if the post may stay where it is.

        Raises :class:`Conflict` ``published``, or ``in_flight`` while a delivery is under way.
        """
        desk = self._store.desk(account_id, content_id)
        if any(one.state is PublishState.SENDING for one in desk.publications):
            raise Conflict(
                "in_flight", "This content is being sent right now. Delete it when that is done."
            )
        if not keep_post and any(one.state in LIVE_STATES for one in desk.publications):
            raise Conflict(
                "published",
                "This content is on a site. ?unpublish=keep deletes it here and leaves the post.",
            )
        writes: list[Write] = [self._contents.deletion(desk.content)]
        for publication in desk.publications:
            writes.append(self._store.deletion(publication))
            writes.append(self._events.append(self._deleted_event(desk.content, publication)))
        try:
            self._commit(writes)
        except ConditionLost as error:
            raise Conflict(
                "changed_meanwhile", "This content was just changed. Look at it again."
            ) from error
        with suppress(Unavailable):  # it is deleted; a text that nobody names harms nobody
            self._writing.forget(desk.content)

    def _wake(self, publication: Publication) -> None:
        try:
            self._hints.send(hint_for(publication))
        except Unavailable:
            return  # accepted all the same: the sweep sends the hint

    def _queued_event(self, content: Content, publication: Publication) -> SyncEvent:
        verb = "update of" if publication.is_update else "publishing of"
        action = Action.CONTENT_UPDATE if publication.is_update else Action.CONTENT_PUBLISH
        return self._event(content, publication, action, Status.PENDING,
                           f"Queued {verb} '{content.editorial.plain_title}'")  # fmt: skip

    def _deleted_event(self, content: Content, publication: Publication) -> SyncEvent:
        return self._event(content, publication, Action.CONTENT_DELETE, Status.SUCCESS,
                           f"Deleted '{content.editorial.plain_title}', not the post")  # fmt: skip

    def _event(
        self, content: Content, publication: Publication, action: Action, status: Status,
        description: str,
    ) -> SyncEvent:  # fmt: skip
        return SyncEvent(
            self._ids.next(), content.account_id, publication.integration_id, EventType.PUBLISH,
            action, Direction.OUT, status, description, self._clock.now(), content_id=content.id,
            content_type=content.editorial.post_type,
            external_id=str(publication.external_id) if publication.external_id else None,
            details={"intent": publication.intent, "content_rev": publication.content_rev},
            actor="user", channel="api", operation_id=publication.operation_id,
        )  # fmt: skip
