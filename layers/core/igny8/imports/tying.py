"""A person says that a content is a post of the site: nothing but that ties the two by likeness.

What both have is not known to be the same. So the next publish meets a conflict, and shows it,
before anything is written over.
"""

from dataclasses import replace
from functools import partial

from igny8.content.store import ContentStore
from igny8.core.clock import Clock
from igny8.core.errors import Conflict
from igny8.core.rows import Commit, Write
from igny8.inbound.rules import LOST_TEXT, unheard_of
from igny8.inbound.service import Watch
from igny8.integrations.model import Integration
from igny8.integrations.notices import Hints
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Action, Actor, Status
from igny8.journal.service import Journal
from igny8.links.model import Seen
from igny8.links.service import LinkService
from igny8.publishing.deciding import Deciding, Decision
from igny8.publishing.linking import following
from igny8.publishing.model import DELETED, PENDING_STATES, Publication, PublishState
from igny8.publishing.store import ContentBundle, PublicationStore
from igny8.sites.model import KeyOwner


class TyingService(Deciding):
    """Ties contents to posts."""

    def __init__(
        self,
        *,
        store: PublicationStore,
        links: LinkService,
        contents: ContentStore,
        integrations: IntegrationStore,
        watch: Watch,
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
        self._watch = watch

    def tie(
        self,
        account_id: int,
        content_id: int,
        post_id: int,
        *,
        actor: Actor,
        integration_id: int | None = None,
    ) -> Decision:
        """Make a post the content's; its site is asked about it next, and told.

        Raises :class:`NotFound`, :class:`Conflict` (``no_integration``, ``in_flight``,
        ``already_published``, ``post_is_linked``).
        """
        decide = partial(self._tie, post_id, integration_id, actor)
        return self._settled(account_id, content_id, decide)

    def _tie(
        self,
        post_id: int,
        integration_id: int | None,
        actor: Actor,
        bundle: ContentBundle,
        seen: Seen,
    ) -> Decision:
        content = bundle.content
        integration, _ = self._choose(content, integration_id)
        stored, known = bundle.on(integration.id), bundle.known_on(integration.id)
        if known is not None and (known.doubt is not None or known.state in PENDING_STATES):
            raise Conflict("in_flight", "This content is on its way to the site.")
        if known is not None and _has_post(known):
            if known.external_id == post_id and stored is not None:
                return Decision(content, stored, accepted=False)
            raise Conflict("already_published", "This content has a post on the site already.")
        found = seen.of(post_id, None)
        if found is not None and found.content_id != content.id:
            raise Conflict("post_is_linked", "This post belongs to other content.")
        known = known or unheard_of(content, integration.id)
        tied = _tied(known, post_id, integration, (stored.version if stored else 0) + 1)
        line = self._line(
            content,
            tied,
            Action.CONTENT_IMPORT,
            Status.SUCCESS,
            f"Linked '{content.editorial.title}' to post {post_id}",
            actor,
        )
        sent = replace(content, was_sent=True)
        self._commit([
            self._store.write(stored, tied),
            *self._followed(stored, tied, content.editorial.post_type, seen),
            *self._contents.revision(content, sent),
            self._integrations.is_present(integration),
            *self._watch.asked(_owner(tied), [post_id], lost=False),
            line,
        ])  # fmt: skip
        return Decision(sent, tied, accepted=True)

    def _followed(
        self, before: Publication | None, tied: Publication, post_type: str, seen: Seen
    ) -> list[Write]:
        change, _ = following(self._links, before, tied, post_type, seen)
        return self._links.writes(tied.account_id, change, seen)

    def _wake(self, publication: Publication) -> None:
        self._watch.wake(_owner(publication))


def _has_post(known: Publication) -> bool:
    """Whether a post of it may stand on the site; one in conflict, too, that it did not name."""
    named = known.external_id is not None and known.wordpress_status != DELETED
    return named or known.state is PublishState.CONFLICT


def _tied(known: Publication, post_id: int, integration: Integration, version: int) -> Publication:
    """What is known of a post that a person named; what is there is asked."""
    return replace(
        known,
        state=PublishState.UNPUBLISHED,
        reason=None,
        last_error=None,
        clash=None,
        recreate=False,
        cancel_requested=False,
        applied_intent=0,
        external_id=post_id,
        external_url=None,
        home=integration.external_site_url,
        wordpress_status=None,
        base_status=None,
        fingerprint=LOST_TEXT,
        site_fingerprint=None,
        version=version,
    )


def _owner(publication: Publication) -> KeyOwner:
    return KeyOwner(publication.account_id, publication.site_id, publication.integration_id, "")
