"""The click: deciding that a content shall be on a site."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from igny8.content.model import Content, EditorialStatus, Waiting
from igny8.content.service import Changes, ContentService
from igny8.content.store import ContentStore
from igny8.content.text import is_blank
from igny8.core.clock import Clock
from igny8.core.errors import Conflict, Invalid
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.integrations.model import Integration
from igny8.integrations.notices import Hints
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Actor, Status
from igny8.journal.service import Journal
from igny8.links.model import Seen
from igny8.links.service import LinkService
from igny8.pacing.store import clicked
from igny8.publishing.deciding import RACE_RETRIES, Deciding, Decision, is_in_conflict, undecided
from igny8.publishing.model import Publication, PublishState, new_publication
from igny8.publishing.store import ContentBundle, PublicationStore
from igny8.publishing.telling import about, action_of, former_address

__all__ = ["RACE_RETRIES", "Alongside", "Decision", "DecisionService", "Overruled", "Taken"]

NO_CHANGES = Changes({})
Alongside = Callable[[Decision], Sequence[Write]]
"""What whoever decides writes together with the decision, all or nothing; it depends on that."""


class Overruled(Exception):
    """What had to be written alongside a decision could not be: nothing was decided."""


class Taken(Exception):
    """Somebody has decided about this content before, or WordPress has: automation lets it be."""


class DecisionService(Deciding):
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
        self._writing = writing

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
        unattended: bool = False,
    ) -> Decision:
        """Decide to publish; queued means one transaction. Then a hint, best effort.

        What is ``unattended`` is decided by nobody: it is no click, and takes nothing that has had
        a publication (:class:`Taken`). Who decides so counts it ``alongside``.

        Raises :class:`NotFound`, :class:`Conflict` (``no_integration``, ``conflict``, ``gone``),
        :class:`Invalid`, :class:`TooLarge`, and :class:`Overruled` where a condition of what goes
        ``alongside`` was lost.
        """

        def decide(bundle: ContentBundle, seen: Seen) -> Decision:
            if unattended and not _is_up_for_grabs(bundle):
                raise Taken
            integration, timezone = self._choose(bundle.content, integration_id)
            decision, writes = self._decide(bundle, integration, recreate, changes, actor, seen)
            if decision.accepted and not unattended and _is_another(bundle, recreate):
                writes.append(self._click(decision.content, timezone))
            self._commit_with(writes, alongside(decision))
            if not decision.accepted and any(write.name == "publication" for write in writes):
                self._wake(decision.publication)
            return decision

        return self._settled(account_id, content_id, decide)

    def _click(self, content: Content, timezone: str) -> Write:
        """Count it against the site's limits, which refuse no click."""
        return clicked(content.account_id, content.site_id, content.id, self._clock.now(), timezone)

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
        publication = bundle.known_on(integration.id)
        if publication is not None:
            _check_undecided(publication, integration, recreate)  # before a new text is stored
        known = self._known(bundle, integration, seen, leaves=True)
        stored = known.stored
        content = self._writing.revise(bundle.content, changes)
        _check_whole(content)
        content = replace(content, status=EditorialStatus.PUBLISHED, was_sent=True)
        same = stored is not None and known.publication is stored
        if stored is not None and same and stored.wants(content.rev, recreate=recreate):
            return self._there_already(bundle.content, content, stored)
        decided = self._next(known.publication, integration, content, recreate, actor)
        writes = [
            *known.links,
            *self._contents.revision(bundle.content, content),
            self._store.write(stored, decided),
            self._integrations.is_present(integration),
            self._journal.record(
                content.account_id,
                integration.id,
                action_of(decided),
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
        hurried = publication.hurried(self._now())
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
        now = self._now()
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


def _is_up_for_grabs(bundle: ContentBundle) -> bool:
    """Whether automation may publish it: it waits for that, and never had a publication."""
    return not bundle.publications and bundle.content.waits_for is Waiting.PUBLISHING


def _is_another(bundle: ContentBundle, recreate: bool) -> bool:
    """Whether one more goes out, rather than a text of what was decided before."""
    known = bundle.current
    if known is None or (recreate and known.can_be_made_again):
        return True
    return not known.intent and known.state is not PublishState.PUBLISHED


def _check_whole(content: Content) -> None:
    """Posts of sites come in as they are, without a title or a text, too; none goes out so."""
    missing = {
        "title": ["This must not be empty."] if is_blank(content.editorial.title) else [],
        "content_html": [] if content.body.size else ["The text is empty."],
    }
    if any(missing.values()):
        raise Invalid({name: reasons for name, reasons in missing.items() if reasons})


def _check_undecided(publication: Publication, integration: Integration, recreate: bool) -> None:
    if publication.is_elsewhere(integration.external_site_url):
        if not recreate:
            raise Conflict("conflict", former_address(publication))
        return  # as it advises, also where the worker has said so
    if is_in_conflict(publication):
        raise undecided()
    if publication.state is PublishState.GONE and not recreate:
        raise Conflict(
            "gone",
            'This post was deleted in WordPress. Send {"recreate": true} to make it again.',
        )
