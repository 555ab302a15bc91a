"""Deciding a conflict: whose text stays, ours or what somebody has made of the post."""

from dataclasses import asdict, replace
from functools import partial

from igny8.content.model import Content, EditorialStatus, MadeBy
from igny8.content.store import ContentStore
from igny8.core.clock import Clock
from igny8.core.errors import Conflict
from igny8.core.rows import Commit, Write
from igny8.integrations.model import Integration
from igny8.integrations.notices import Hints
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Action, Actor, Status
from igny8.journal.service import Journal
from igny8.links.model import Seen
from igny8.links.service import LinkService
from igny8.publishing.base_store import BaseStore
from igny8.publishing.bases import UPDATES_OF_SINGLE_FIELDS, Theirs
from igny8.publishing.deciding import Deciding, Decision, Known, check_place, is_in_conflict, shown
from igny8.publishing.linking import relinked
from igny8.publishing.model import NONE_OF_OURS, Clash, Publication, PublishState
from igny8.publishing.seen import state_by
from igny8.publishing.store import ContentBundle, PublicationStore

OURS, THEIRS = "ours", "theirs"


UNREAD = (
    "What is in WordPress has not been read yet. It will be in a minute; nothing is written over"
    " before that."
)


class ResolvingService(Deciding):
    """Decides conflicts, as a whole."""

    def __init__(
        self,
        *,
        store: PublicationStore,
        bases: BaseStore,
        links: LinkService,
        contents: ContentStore,
        integrations: IntegrationStore,
        journal: Journal,
        commit: Commit,
        hints: Hints,
        clock: Clock,
    ) -> None:
        super().__init__(
            store=store,
            links=links,
            contents=contents,
            integrations=integrations,
            journal=journal,
            commit=commit,
            hints=hints,
            clock=clock,
        )
        self._bases = bases

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

        What that was stays here as a revision. Or ``theirs``: that is the newest revision, nothing
        is sent, and what is there is what the next text is compared with. Raises :class:`NotFound`,
        :class:`Conflict` (``not_in_conflict``, ``conflict`` at the site's former address,
        ``theirs_unread``, ``no_integration``).
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
        theirs = self._read(before, integration)
        if keep == OURS:
            return self._ours(bundle.content, known, before, integration, actor, theirs)
        return self._theirs(bundle.content, known, before, integration, actor, seen, theirs)

    def _read(self, publication: Publication, integration: Integration) -> Theirs | None:
        """What somebody has made of the post, as the conflict has shown it; one read.

        A bridge before 2.1 cannot be asked for it.
        """
        clash = publication.clash
        if clash is None or not integration.has_bridge(*UPDATES_OF_SINGLE_FIELDS):
            return None
        theirs = self._bases.theirs(publication.account_id, publication.content_id, integration.id)
        seen = theirs is not None and theirs.fingerprint == clash.fingerprint
        return theirs if seen else None

    def _ours(
        self,
        content: Content,
        known: Known,
        before: Publication,
        integration: Integration,
        actor: Actor,
        theirs: Theirs | None,
    ) -> Decision:
        """What was wanted, with the text that is the newest now, over what was seen there."""
        revised, beside = None, list[Write]()
        if theirs is not None and not before.takes_down:
            over = self._as_revision(content, theirs)
            beside.append(self._contents.between(over))
            revised = replace(
                content,
                rev=over.rev + 1,
                updated_at=over.updated_at,
                revised_at=over.revised_at,
                made_by=MadeBy.PERSON,
                made_from=content.rev,
            )
        elif not before.takes_down and integration.has_bridge(*UPDATES_OF_SINGLE_FIELDS):
            raise Conflict("theirs_unread", UNREAD)
        decided = before.decided(
            (revised or content).rev,
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
        return self._decided(
            content, known, decided, integration, line, revised=revised, beside=beside
        )

    def _as_revision(self, content: Content, theirs: Theirs) -> Content:
        """The next revision of a content, which is what somebody has made of its post."""
        now = self._clock.now()
        return replace(
            content,
            rev=content.rev + 1,
            editorial=theirs.editorial,
            body=theirs.body,
            taken_out=[],
            made_by=MadeBy.WORDPRESS,
            made_from=content.rev,
            updated_at=now,
            revised_at=now,
            site_rev=content.rev + 1,
            raw=theirs.raw,
            kept=theirs.kept,
            dropped=(),
        )

    def _theirs(
        self,
        content: Content,
        known: Known,
        before: Publication,
        integration: Integration,
        actor: Actor,
        seen: Seen,
        theirs: Theirs | None,
    ) -> Decision:
        """What is there stays, is the newest text here, and the base of what comes next.

        Of a bridge that cannot be asked for it, our text differs from it then.
        """
        there = (before.clash or Clash()).post_status or before.wordpress_status or ""
        wanted = content.editorial.post_status
        state = state_by(replace(before, post_status=wanted, takes_down=False), there)
        revised = None if theirs is None else self._as_revision(content, theirs)
        rev = NONE_OF_OURS if revised is None else revised.rev
        kept = before.kept_theirs(state or PublishState.PUBLISHED, wanted, rev)
        beside = [] if theirs is None else [self._bases.write(theirs.as_base(rev))]
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
        decision = self._decided(
            content, known, kept, integration, line, status=status, revised=revised, beside=beside
        )
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
