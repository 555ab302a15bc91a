"""Reading content and publications for people: what is stored, and what the gate adds to it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from igny8.admission.model import Gate
from igny8.admission.store import GateStore
from igny8.content.model import Content, EditorialStatus
from igny8.content.service import ContentService
from igny8.content.store import ContentStore
from igny8.core.clock import Clock, epoch
from igny8.core.cursor import Page, PageRequest
from igny8.core.errors import NotFound, Unreadable
from igny8.integrations.store import IntegrationStore
from igny8.publishing.decisions import Decision
from igny8.publishing.model import BLOCKED, NOT_PUBLISHED, Publication
from igny8.publishing.store import ContentBundle, PublicationStore
from igny8.sites.store import SiteStore


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationView:
    """A publication as people see it: ``blocked`` while its site cannot be served."""

    row: Publication
    publish_state: str
    reason: str | None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentView:
    """A content with its publication; ``html`` only where it was asked for."""

    content: Content
    publication: PublicationView | None = None
    html: str | None = None

    @property
    def publish_state(self) -> str:
        """Where the publication is, told apart from the editorial status."""
        return self.publication.publish_state if self.publication else NOT_PUBLISHED


class ViewService:
    """Answers the reading routes."""

    def __init__(
        self,
        *,
        store: PublicationStore,
        contents: ContentStore,
        writing: ContentService,
        sites: SiteStore,
        integrations: IntegrationStore,
        gates: GateStore,
        clock: Clock,
    ) -> None:
        self._store = store
        self._contents = contents
        self._writing = writing
        self._sites = sites
        self._integrations = integrations
        self._gates = gates
        self._clock = clock

    def content(self, account_id: int, content_id: int) -> ContentView:
        """One content with its text; raises :class:`NotFound`."""
        bundle = self._store.bundle(account_id, content_id)
        return self._view(bundle, html=self._writing.text(bundle.content))

    def with_text(self, content: Content) -> ContentView:
        """A content that was just written, with whatever publication it has."""
        return self.content(content.account_id, content.id)

    def page(
        self,
        account_id: int,
        *,
        site_id: int,
        status: EditorialStatus | None,
        request: PageRequest,
    ) -> Page[ContentView]:
        """A site's content, newest first, without texts. Raises :class:`NotFound` for the site.

        Also of one that was deleted and whose content was kept.
        """
        integration_ids = self._integrations_of(account_id, site_id)
        ids = self._contents.ids_of_site(account_id, site_id, status, request)
        bundles = self._store.bundles(account_id, ids.items, integration_ids)
        if status is not None:
            bundles = [bundle for bundle in bundles if bundle.content.status is status]
        gates = self._gates.get_many(integration_ids if bundles else [])
        return Page([self._view(bundle, gates=gates) for bundle in bundles], ids.next)

    def _integrations_of(self, account_id: int, site_id: int) -> list[int]:
        try:
            site = self._integrations.bundle(account_id, site_id, consistent=False)
        except NotFound:
            return self._sites.integrations_of_gone(account_id, site_id)
        # Where an integration was deleted its posts may still be there, and are still told of.
        return [*(one.id for one in site.integrations), *site.keys.former]

    def publication(self, account_id: int, content_id: int) -> PublicationView:
        """A content's publication. Raises :class:`NotFound` if there never was one."""
        bundle = self._store.bundle(account_id, content_id)
        view = self._view(bundle)
        if view.publication is None:
            raise NotFound
        return view.publication

    def after_click(self, decision: Decision) -> PublicationView:
        """How people see what a click led to; a new intent costs no further read."""
        if decision.accepted:
            return self._shown(decision.publication, None)
        return self.shown(decision.publication)

    def shown(self, publication: Publication) -> PublicationView:
        """How people see a publication that was just read."""
        gate = None
        if publication.can_be_blocked(epoch(self._clock.now())):
            with suppress(Unreadable):  # what keeps the site from being served is not known here
                gate = self._gates.get(publication.integration_id, consistent=False)
        return self._shown(publication, gate)

    def shown_together(self, publications: Sequence[Publication]) -> list[PublicationView]:
        """The same of many; a batch read of the gates that may keep some of them."""
        now = epoch(self._clock.now())
        kept = [one.integration_id for one in publications if one.can_be_blocked(now)]
        gates = self._gates.get_many(kept)
        return [self._shown(one, gates.get(one.integration_id)) for one in publications]

    def _view(
        self,
        bundle: ContentBundle,
        *,
        html: str | None = None,
        gates: dict[int, Gate] | None = None,
    ) -> ContentView:
        publication = bundle.current
        if publication is None:
            shown = None
        elif gates is None:
            shown = self.shown(publication)
        else:
            shown = self._shown(publication, gates.get(publication.integration_id))
        return ContentView(content=bundle.content, publication=shown, html=html)

    def _shown(self, publication: Publication, gate: Gate | None) -> PublicationView:
        kept = gate is not None and gate.is_closed
        if gate and kept and publication.can_be_blocked(epoch(self._clock.now())):
            return PublicationView(
                row=publication, publish_state=BLOCKED, reason=str(gate.reason), detail=gate.detail
            )
        return PublicationView(
            row=publication, publish_state=str(publication.state), reason=publication.reason
        )
