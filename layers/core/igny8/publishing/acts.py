"""What people do with a publication that there is: cancel it, try it again, take its post down.

Deciding that there shall be one, or another text of it, is `igny8.publishing.decisions`.
"""

from contextlib import suppress
from functools import partial

from igny8.content.model import Content
from igny8.core.errors import Conflict, NotFound
from igny8.journal.model import Action, Actor, Status
from igny8.links.model import Seen
from igny8.publishing.deciding import (
    Deciding,
    Decision,
    check_place,
    is_in_conflict,
    undecided,
)
from igny8.publishing.deciding import shown as shown_in
from igny8.publishing.model import PENDING_STATES, Publication, PublishState
from igny8.publishing.store import ContentBundle
from igny8.publishing.telling import action_of, cancelled, cancelling

RETRIED = frozenset({PublishState.FAILED, PublishState.CANCELLED})
NOT_PUBLISHED_YET = "not_published"
DOWN_IN = {"draft": "to draft", "trash": "to the trash"}


class ActService(Deciding):
    """Acts of people on a publication. Each is one transaction with its line of history."""

    def cancel(
        self,
        account_id: int,
        content_id: int,
        *,
        actor: Actor,
        integration_id: int | None = None,
        intent: int | None = None,
    ) -> Decision:
        """Stop what is on its way; accepted where WordPress has to be asked first.

        Of an ``intent`` nothing where somebody has decided anew. Needs no connection: what waits
        behind a closed gate can be cancelled. Raises :class:`NotFound`, :class:`Conflict`
        ``nothing_to_cancel``.
        """
        decide = partial(self._cancel, integration_id, intent, actor)
        return self._settled(account_id, content_id, decide)

    def retry(
        self, account_id: int, content_id: int, *, actor: Actor, integration_id: int | None = None
    ) -> Decision:
        """Try again what failed or was cancelled, its very text; or now what would be tried later.

        Raises :class:`NotFound`, :class:`Conflict` (``nothing_to_retry``, ``no_integration``,
        ``conflict``, ``gone``).
        """
        decide = partial(self._retry, integration_id, actor)
        return self._settled(account_id, content_id, decide)

    def unpublish(
        self,
        account_id: int,
        content_id: int,
        *,
        to: str,
        actor: Actor,
        integration_id: int | None = None,
        deletes_content: bool = False,
    ) -> Decision:
        """Take the post down; what was never sent is cancelled, what is in flight is followed.

        Raises :class:`NotFound`, :class:`Conflict` (``not_published``, ``no_integration``,
        ``conflict``).
        """
        decide = partial(self._unpublish, integration_id, to, deletes_content, actor)
        return self._settled(account_id, content_id, decide)

    # --- cancel -----------------------------------------------------------------------------

    def _cancel(
        self,
        integration_id: int | None,
        intent: int | None,
        actor: Actor,
        bundle: ContentBundle,
        _seen: Seen,
    ) -> Decision:
        publication = shown_in(bundle, integration_id)
        if publication is not None and intent not in {None, publication.intent}:
            publication = None  # that decision is no longer the newest
        ends = {*PENDING_STATES, PublishState.CANCELLED}
        if publication is None or not (publication.waits_for_deletion or publication.state in ends):
            raise Conflict("nothing_to_cancel", "Nothing of this content is on its way.")
        done = publication.state is PublishState.CANCELLED and not publication.waits_for_deletion
        if done or publication.cancel_requested:
            return Decision(bundle.content, publication, accepted=False)
        return self._called_off(bundle.content, publication, actor)

    def _called_off(self, content: Content, publication: Publication, actor: Actor) -> Decision:
        after = publication.cancelled(self._now())
        title, asked = content.editorial.title, after.cancel_requested
        self._commit([
            self._store.write(publication, after),
            self._line(
                content,
                after,
                Action.CONTENT_CANCEL,
                Status.PENDING if asked else Status.SUCCESS,
                cancelling(title, publication) if asked else cancelled(title, publication),
                actor,
            ),
        ])  # fmt: skip
        return Decision(content, after, accepted=asked)

    # --- retry ------------------------------------------------------------------------------

    def _retry(
        self, integration_id: int | None, actor: Actor, bundle: ContentBundle, seen: Seen
    ) -> Decision:
        integration, _ = self._choose(bundle.content, integration_id)
        shown = bundle.on(integration.id) or bundle.current
        if shown is None:
            raise _nothing_to_retry()
        check_place(shown, integration)
        _check_undecided(shown)
        pending = shown.state in PENDING_STATES and not shown.cancel_requested
        if pending and shown.integration_id == integration.id:
            return self._hastened(bundle.content, shown, actor)
        if shown.state not in RETRIED and not shown.cancel_requested:
            raise _nothing_to_retry()
        known = self._known(bundle, integration, seen)
        before = known.publication or shown
        decided = before.decided(
            shown.content_rev,
            shown.post_status,
            self._now(),
            recreate=shown.recreate,
            takes_down=shown.takes_down,
            deletes_content=shown.deletes_content,
            request_id=actor.request_id,
        )
        content = bundle.content
        words = f"Trying again: '{content.editorial.title}'"
        line = self._line(content, decided, action_of(decided), Status.PENDING, words, actor)
        return self._decided(content, known, decided, integration, line)

    def _hastened(self, content: Content, publication: Publication, actor: Actor) -> Decision:
        hastened = publication.hastened(self._now())
        if hastened is publication:
            return Decision(content, publication, accepted=False)
        words = f"Trying '{content.editorial.title}' now instead of later"
        line = self._line(content, hastened, action_of(hastened), Status.PENDING, words, actor)
        self._commit([self._store.write(publication, hastened), line])
        return Decision(content, hastened, accepted=True)

    # --- unpublish --------------------------------------------------------------------------

    def _unpublish(
        self,
        integration_id: int | None,
        to: str,
        deletes_content: bool,
        actor: Actor,
        bundle: ContentBundle,
        seen: Seen,
    ) -> Decision:
        content, now = bundle.content, self._now()
        shown = shown_in(bundle, integration_id)
        if shown is None:
            raise Conflict(NOT_PUBLISHED_YET, "This content was never published.")
        if is_in_conflict(shown):
            raise undecided()
        if shown.is_nowhere and not shown.is_leased(now):
            if shown.state in PENDING_STATES:
                return self._called_off(content, shown, actor)
            return Decision(content, shown, accepted=False)
        on_its_way = shown.wants_down(to) and shown.deletes_content is deletes_content
        if on_its_way and self._is_let_go(content, shown, integration_id):
            on_its_way = False
        as_wanted = shown.is_down(to) or (shown.waits_for_deletion and shown.post_status == to)
        if on_its_way or (as_wanted and (shown.waits_for_deletion or not deletes_content)):
            return Decision(content, shown, accepted=False)
        integration, _ = self._choose(content, integration_id)
        check_place(shown, integration)
        known = self._known(bundle, integration, seen)
        before = known.publication or shown
        decided = before.decided(
            content.rev,
            to,
            now,
            takes_down=True,
            deletes_content=deletes_content,
            request_id=actor.request_id,
        )
        then = ", and deleting the content after that" if deletes_content else ""
        words = f"Taking down '{content.editorial.title}' {DOWN_IN[to]}{then}"
        line = self._line(content, decided, action_of(decided), Status.PENDING, words, actor)
        return self._decided(content, known, decided, integration, line)

    def _is_let_go(self, content: Content, shown: Publication, integration_id: int | None) -> bool:
        """Whether its integration was deleted, and the site has another: that one has to do it."""
        with suppress(Conflict, NotFound):
            integration, _ = self._choose(content, integration_id)
            return integration.id != shown.integration_id
        return False


def _check_undecided(publication: Publication) -> None:
    if is_in_conflict(publication):
        raise undecided()
    if publication.state is PublishState.GONE:
        raise Conflict(
            "gone", 'This post was deleted in WordPress. Publish it with {"recreate": true}.'
        )


def _nothing_to_retry() -> Conflict:
    return Conflict("nothing_to_retry", "Nothing of this content has failed or waits.")
