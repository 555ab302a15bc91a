"""Deciding a conflict: whose text stays, ours or what somebody has made of the post."""

from dataclasses import asdict, replace
from functools import partial

from igny8.content.model import Content, EditorialStatus
from igny8.core.errors import Conflict
from igny8.integrations.model import Integration
from igny8.journal.model import Action, Actor, Status
from igny8.links.model import Seen
from igny8.publishing.deciding import Deciding, Decision, Known, check_place, is_in_conflict, shown
from igny8.publishing.linking import relinked
from igny8.publishing.model import Clash, Publication, PublishState
from igny8.publishing.seen import state_by
from igny8.publishing.store import ContentBundle

OURS, THEIRS = "ours", "theirs"


class ResolvingService(Deciding):
    """Decides conflicts, as a whole."""

    def resolve(
        self,
        account_id: int,
        content_id: int,
        *,
        keep: str,
        actor: Actor,
        integration_id: int | None = None,
    ) -> Decision:
        """Keep what is ``ours``: a new intent, which overwrites what the conflict has shown.

        Or ``theirs``: nothing is sent, and what is there is what the next text is compared with.
        Raises :class:`NotFound`, :class:`Conflict` (``not_in_conflict``, ``conflict`` at the site's
        former address, ``no_integration``).
        """
        decide = partial(self._resolve, integration_id, keep, actor)
        return self._settled(account_id, content_id, decide)

    def _resolve(
        self,
        integration_id: int | None,
        keep: str,
        actor: Actor,
        bundle: ContentBundle,
        seen: Seen,
    ) -> Decision:
        found = shown(bundle, integration_id)
        if found is None or found.state is not PublishState.CONFLICT:
            raise Conflict("not_in_conflict", "There is nothing to decide about this content.")
        integration, _ = self._choose(bundle.content, integration_id)
        check_place(found, integration)
        if not is_in_conflict(found):  # the site is back at the address of this post
            raise Conflict("not_in_conflict", "The post is where the site is. Publish it again.")
        known = self._known(bundle, integration, seen)
        before = known.publication or found
        if keep == OURS:
            return self._ours(bundle.content, known, before, integration, actor)
        return self._theirs(bundle.content, known, before, integration, actor, seen)

    def _ours(
        self,
        content: Content,
        known: Known,
        before: Publication,
        integration: Integration,
        actor: Actor,
    ) -> Decision:
        """What was wanted, with the text that is the newest now, over what was seen there."""
        decided = before.decided(
            content.rev,
            before.post_status if before.takes_down else content.editorial.post_status,
            self._now(),
            takes_down=before.takes_down,
            deletes_content=before.deletes_content,
            over=before.clash or Clash(before.site_fingerprint),
            request_id=actor.request_id,
        )
        words = f"Keeping what is here of '{content.editorial.title}'"
        line = self._line(
            content, decided, Action.CONFLICT_RESOLVED, Status.PENDING, words, actor,
            **_facts(OURS, before),
        )  # fmt: skip
        return self._decided(content, known, decided, integration, line)

    def _theirs(
        self,
        content: Content,
        known: Known,
        before: Publication,
        integration: Integration,
        actor: Actor,
        seen: Seen,
    ) -> Decision:
        """What is there stays, and is the base of what comes next. Our text differs from it."""
        there = (before.clash or Clash()).post_status or before.wordpress_status or ""
        wanted = content.editorial.post_status
        state = state_by(replace(before, post_status=wanted, takes_down=False), there)
        kept = before.kept_theirs(state or PublishState.PUBLISHED, wanted)
        live = kept.state is PublishState.PUBLISHED
        status = EditorialStatus.PUBLISHED if live else EditorialStatus.DRAFT
        words = f"Keeping what is in WordPress of '{content.editorial.title}'"
        line = self._line(
            content, kept, Action.CONFLICT_RESOLVED, Status.SUCCESS, words, actor,
            **_facts(THEIRS, before),
        )  # fmt: skip
        unlinked = replace(kept, external_id=None)
        links = relinked(
            self._links, known.stored or unlinked, kept, content.editorial.post_type, seen
        )
        known = replace(known, links=links)
        decision = self._decided(content, known, kept, integration, line, status=status)
        return replace(decision, accepted=False)


def _facts(keep: str, before: Publication) -> dict[str, object]:
    """What history keeps of both texts."""
    return {
        "keep": keep,
        "base_fingerprint": before.fingerprint,
        "base_post_status": before.base_status,
        "in_conflict": before.content_rev,
        "seen": asdict(before.clash) if before.clash else None,
    }
