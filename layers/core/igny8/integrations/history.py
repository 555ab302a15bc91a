"""The history of an integration, paged and filtered."""

from igny8.core.cursor import Page, PageRequest
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import SyncEvent
from igny8.journal.store import EventStore, Wanted


class HistoryService:
    """Reads what happened."""

    def __init__(self, *, integrations: IntegrationStore, events: EventStore) -> None:
        self._integrations = integrations
        self._events = events

    def page(
        self, account_id: int, integration_id: int, wanted: Wanted, request: PageRequest
    ) -> Page[SyncEvent]:
        """The events that are wanted, newest first. Raises :class:`NotFound`."""
        self._integrations.site_of(account_id, integration_id)
        return self._events.page(integration_id, wanted, request)
