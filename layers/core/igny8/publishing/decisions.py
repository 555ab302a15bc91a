"""The click: deciding that a content shall be on a site."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from igny8.content.model import Content, EditorialStatus
from igny8.content.service import Changes, ContentService
from igny8.content.store import ContentStore
from igny8.core.clock import Clock, epoch
from igny8.core.errors import Conflict, NotFound, Unavailable
from igny8.core.logging import follow
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.integrations.model import Integration, why_not
from igny8.integrations.notices import Hints
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Action, Actor, Status
from igny8.journal.service import Journal
from igny8.links.model import NOTHING_SEEN, Seen
from igny8.links.service import LinkService
from igny8.publishing.linking import relinked, unlinked
from igny8.publishing.model import (
    FORMER_ADDRESS,
    Publication,
    PublishState,
    new_publication,
)
from igny8.publishing.store import ContentBundle, PublicationStore, hint_for
from igny8.publishing.telling import about, former_address

RACE_RETRIES = 5
NO_CHANGES = Changes({})


@dataclass(frozen=True, slots=True)
class Decision:
    """What a click led to. ``accepted`` tells a new intent (202) from one that was there (200)."""

    content: Content
    publication: Publication
    accepted: bool


Alongside = Callable[[Decision], Sequence[Write]]
"""What whoever decides writes together with the decision, all or nothing; it depends on that."""


class Overruled(Exception):
    """What had to be written alongside a decision could not be: nothing was decided."""


class DecisionService:
    """Decides to publish."""

    def __init__(
        self,
        *,
        store: PublicationStore,
        links: LinkService,
        contents: ContentStore,
        writing: ContentService,
        integrations: IntegrationStore,
        journal: Journal,
        commit: Commit,
        hints: Hints,
        clock: Clock,
    ) -> None:
        self._store = store
        self._links = links
        self._contents = contents
        self._writing = writing
        self._integrations = integrations
        self._journal = journal
        self._commit = commit
        self._hints = hints
        self._clock = clock

    def publish(
        self,
        account_id: int,
        content_id: int,
        *,
        actor: Actor,
        integration_id: int | None = None,
        recreate: bool = False,
        changes: Changes = NO_CHANGES,
        alongside: Alongside = lambda _decision: (),
    ) -> Decision:
        """Decide to publish; queued means one transaction. Then a hint, best effort.

        Raises :class:`NotFound`, :class:`Conflict` (``no_integration``, ``conflict``, ``gone``),
        :class:`Invalid`, :class:`TooLarge`, and :class:`Overruled` where a condition of what goes
        ``alongside`` was lost.
        """
        seen = NOTHING_SEEN
        for _ in range(RACE_RETRIES):
            bundle = self._store.bundle(account_id, content_id)
            integration = self._choose(bundle.content, integration_id)
            try:
                decision, writes = self._decide(bundle, integration, recreate, changes, actor, seen)
                self._commit_with(writes, alongside(decision))
            except ConditionLost as lost:
                seen = seen.corrected(lost.rows)
                continue  # another click or edit came first: look again
            publication = decision.publication
            follow(publication.correlation_id, operation_id=publication.operation_id)
            if decision.accepted or any(write.name == "publication" for write in writes):
                self._wake(publication)
            return decision
        raise Unavailable("contention", retry_after=1)

    def _choose(self, content: Content, integration_id: int | None) -> Integration:
        try:
            site = self._integrations.bundle(content.account_id, content.site_id)
        except NotFound:
            known: list[Integration] = []
        else:
            known = list(site.integrations)
        if integration_id is not None:
            known = [one for one in known if one.id == integration_id]
            if not known:
                raise NotFound
        candidates = [one for one in known if one.is_connected]
        if len(candidates) != 1:
            raise Conflict("no_integration", why_not(known))
        return candidates[0]

    def _decide(
        self,
        bundle: ContentBundle,
        integration: Integration,
        recreate: bool,
        changes: Changes,
        actor: Actor,
        seen: Seen,
    ) -> tuple[Decision, list[Write]]:
        """What it comes to, and the writes that make it so."""
        stored = bundle.on(integration.id)
        current = publication = bundle.known_on(integration.id)
        post_type = bundle.content.editorial.post_type
        links: list[Write] = []
        if publication is not None:
            _check_undecided(publication, integration, recreate)  # before a new text is stored
            if publication.is_elsewhere(integration.external_site_url):
                current = publication.left_behind()
                links = unlinked(self._links, [publication], post_type, seen)
            elif stored is None:
                unknown = replace(publication, external_id=None)
                links = relinked(self._links, unknown, publication, post_type, seen)
        content = self._writing.revise(bundle.content, changes)
        content = replace(content, status=EditorialStatus.PUBLISHED)
        if stored is not None and current is stored and stored.wants(content.rev):
            return self._there_already(bundle.content, content, stored)
        decided = self._next(current, integration, content, recreate, actor)
        writes = [
            *links,
            *self._contents.revision(bundle.content, content),
            self._store.write(stored, decided),
            self._integrations.is_present(integration),
            self._journal.record(
                content.account_id,
                integration.id,
                Action.CONTENT_UPDATE if decided.is_update else Action.CONTENT_PUBLISH,
                Status.PENDING,
                f"Queued {'update' if decided.is_update else 'publishing'} of"
                f" '{content.editorial.title}'",
                actor=actor,
                **about(content, decided),
            ),
        ]
        return Decision(content, decided, accepted=True), writes

    def _there_already(
        self, before: Content, content: Content, publication: Publication
    ) -> tuple[Decision, list[Write]]:
        """Nothing new is wanted; where WordPress did not answer, it is asked again at once."""
        hurried = publication.hurried(epoch(self._clock.now()))
        writes = self._contents.revision(before, content) if content != before else []
        if hurried != publication:
            writes = [*writes, self._store.write(publication, hurried)]
        return Decision(content, hurried, accepted=False), writes

    def _commit_with(self, writes: Sequence[Write], beside: Sequence[Write]) -> None:
        if not writes and not beside:
            return
        try:
            self._commit([*writes, *beside])
        except ConditionLost as lost:
            if lost.rows.keys() & {write.name for write in beside}:
                raise Overruled from lost
            raise

    def _next(
        self,
        publication: Publication | None,
        integration: Integration,
        content: Content,
        recreate: bool,
        actor: Actor,
    ) -> Publication:
        now = epoch(self._clock.now())
        status = content.editorial.post_status
        if publication is not None:
            return publication.decided(
                content.rev, status, now, recreate=recreate, request_id=actor.request_id
            )
        return new_publication(
            account_id=content.account_id,
            site_id=content.site_id,
            integration_id=integration.id,
            content_id=content.id,
            content_rev=content.rev,
            post_status=status,
            now=now,
            request_id=actor.request_id,
        )

    def _wake(self, publication: Publication) -> None:
        try:
            self._hints.send(hint_for(publication))
        except Unavailable:
            return  # accepted all the same: the sweep sends the hint


def _check_undecided(publication: Publication, integration: Integration, recreate: bool) -> None:
    if publication.is_elsewhere(integration.external_site_url):
        if not recreate:
            raise Conflict("conflict", former_address(publication))
        return  # as it advises, also where the worker has said so
    if publication.state is PublishState.CONFLICT and publication.reason != FORMER_ADDRESS:
        raise Conflict(
            "conflict",
            "This post was changed in WordPress. Decide first which text to keep.",
        )
    if publication.state is PublishState.GONE and not recreate:
        raise Conflict(
            "gone",
            'This post was deleted in WordPress. Send {"recreate": true} to make it again.',
        )
