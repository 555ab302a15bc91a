"""What every decision of people about a post needs: where it goes, what is known, and the hint."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from igny8.content.model import Content, EditorialStatus
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
from igny8.publishing.model import FORMER_ADDRESS, Publication, PublishState
from igny8.publishing.store import ContentBundle, PublicationStore, hint_for
from igny8.publishing.telling import about, elsewhere

RACE_RETRIES = 5


@dataclass(frozen=True, slots=True)
class Decision:
    """What a click led to. ``accepted`` tells what is to be done (202) from what is so (200)."""

    content: Content
    publication: Publication
    accepted: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a content's post where it is to go, and what keeps its link true.

    ``stored`` is the row that is there; ``publication`` what a decision is made about: that, or
    what the site's former integration knew.
    """

    stored: Publication | None
    publication: Publication | None
    links: list[Write]


class Deciding:
    """Collaborators and steps that all decisions share."""

    def __init__(
        self,
        *,
        store: PublicationStore,
        links: LinkService,
        contents: ContentStore,
        integrations: IntegrationStore,
        journal: Journal,
        commit: Commit,
        hints: Hints,
        clock: Clock,
    ) -> None:
        self._store = store
        self._links = links
        self._contents = contents
        self._integrations = integrations
        self._journal = journal
        self._commit = commit
        self._hints = hints
        self._clock = clock

    def _settled(
        self, account_id: int, content_id: int, decide: Callable[[ContentBundle, Seen], Decision]
    ) -> Decision:
        """Look and decide, until no other click or edit comes in between; then a hint."""
        seen = NOTHING_SEEN
        for _ in range(RACE_RETRIES):
            bundle = self._store.bundle(account_id, content_id)
            try:
                decision = decide(bundle, seen)
            except ConditionLost as lost:
                seen = seen.corrected(lost.rows)
                continue
            publication = decision.publication
            follow(publication.correlation_id, operation_id=publication.operation_id)
            if decision.accepted:
                self._wake(publication)
            return decision
        raise Unavailable("contention", retry_after=1)

    def _choose(self, content: Content, integration_id: int | None) -> tuple[Integration, str]:
        """Where it shall be, and the site's time zone."""
        timezone, known = "", list[Integration]()
        with suppress(NotFound):
            site = self._integrations.bundle(content.account_id, content.site_id)
            timezone, known = site.site.timezone, list(site.integrations)
        if integration_id is not None:
            known = [one for one in known if one.id == integration_id]
            if not known:
                raise NotFound
        candidates = [one for one in known if one.is_connected]
        if len(candidates) != 1:
            raise Conflict("no_integration", why_not(known))
        return candidates[0], timezone

    def _known(
        self, bundle: ContentBundle, integration: Integration, seen: Seen, *, leaves: bool = False
    ) -> Known:
        """What is known there. ``leaves``: a post at the site's former address is left behind."""
        stored = bundle.on(integration.id)
        publication = bundle.known_on(integration.id)
        post_type = bundle.content.editorial.post_type
        links: list[Write] = []
        if publication is None:
            return Known(None, None, links)
        if leaves and publication.is_elsewhere(integration.external_site_url):
            links = unlinked(self._links, [publication], post_type, seen)
            return Known(stored, publication.left_behind(), links)
        if stored is None:
            unknown = replace(publication, external_id=None)
            links = relinked(self._links, unknown, publication, post_type, seen)
        return Known(stored, publication, links)

    def _decided(
        self,
        content: Content,
        known: Known,
        decided: Publication,
        integration: Integration,
        line: Write,
        *,
        status: EditorialStatus | None = None,
        revised: Content | None = None,
        beside: Sequence[Write] = (),
    ) -> Decision:
        """Write a decision down, with its ``line`` of history and the content's status.

        ``revised`` is the content with the revision that goes with it, ``beside`` what else does.
        """
        down = EditorialStatus.DRAFT if decided.takes_down else EditorialStatus.PUBLISHED
        after = replace(revised or content, status=status or down, was_sent=True)
        if after != content:
            after = replace(after, updated_at=self._clock.now())
        self._commit([
            *known.links,
            *self._contents.revision(content, after),
            self._store.write(known.stored, decided),
            self._integrations.is_present(integration),
            line,
            *beside,
        ])  # fmt: skip
        return Decision(after, decided, accepted=True)

    def _line(
        self,
        content: Content,
        publication: Publication,
        action: Action,
        status: Status,
        words: str,
        actor: Actor,
        **details: Any,
    ) -> Write:
        told = about(content, publication)
        told["details"] = {**told["details"], **details}
        return self._journal.record(
            content.account_id,
            publication.integration_id,
            action,
            status,
            words,
            actor=actor,
            **told,
        )

    def _now(self) -> int:
        return epoch(self._clock.now())

    def _wake(self, publication: Publication) -> None:
        try:
            self._hints.send(hint_for(publication))
        except Unavailable:
            return  # accepted all the same: the sweep sends the hint


def is_in_conflict(publication: Publication) -> bool:
    """Whether a person has to decide which text to keep."""
    return publication.state is PublishState.CONFLICT and publication.reason != FORMER_ADDRESS


def shown(bundle: ContentBundle, integration_id: int | None) -> Publication | None:
    """The publication that people see, or the one on the integration that they name."""
    if integration_id is None:
        return bundle.current
    named = bundle.on(integration_id)
    if named is None:
        raise NotFound
    return named


def check_place(publication: Publication, integration: Integration) -> None:
    """Raise :class:`Conflict` where the post is out of reach, at the site's former address."""
    if publication.is_elsewhere(integration.external_site_url):
        raise Conflict("conflict", elsewhere(publication))


def undecided() -> Conflict:
    """The refusal of everything that needs a decision of a person first."""
    return Conflict(
        "conflict", "This post was changed in WordPress. Decide first which text to keep."
    )
