"""Use cases of sites."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from igny8.core.clock import Clock
from igny8.core.cursor import Page, PageRequest
from igny8.core.ids import IdSource
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.sites.model import Site, TermsPolicy


class Sites(Protocol):
    """Where sites are kept; see `igny8.sites.store.SiteStore`."""

    def creation(self, site: Site) -> list[Write]: ...
    def get(self, account_id: int, site_id: int) -> Site: ...
    def page(self, account_id: int, request: PageRequest) -> Page[Site]: ...
    def update(self, site: Site) -> None: ...


class SiteService:
    """Creates, reads and changes the sites of an account. Deleting: `IntegrationService`."""

    def __init__(self, *, store: Sites, commit: Commit, ids: IdSource, clock: Clock) -> None:
        self._store = store
        self._commit = commit
        self._ids = ids
        self._clock = clock

    def create(
        self, account_id: int, *, name: str, url: str, hosting_type: str, timezone: str,
        terms_policy: TermsPolicy,
    ) -> Site:  # fmt: skip
        """Store a new site; ``url`` is normalised by the caller."""
        while True:
            now = self._clock.now()
            site = Site(
                self._ids.next(), account_id, name, url, hosting_type, timezone, terms_policy,
                None, now, now,
            )  # fmt: skip
            try:
                self._commit(self._store.creation(site))
            except ConditionLost:
                continue  # the id was taken in this very millisecond: draw again
            return site

    def get(self, account_id: int, site_id: int) -> Site:
        """Read one site. Raises :class:`NotFound`, also for another account's."""
        return self._store.get(account_id, site_id)

    def page(self, account_id: int, request: PageRequest) -> Page[Site]:
        """List sites, newest first."""
        return self._store.page(account_id, request)

    def update(self, account_id: int, site_id: int, changes: Mapping[str, Any]) -> Site:
        """Change the given fields. Raises :class:`NotFound`."""
        site = self._store.get(account_id, site_id)
        if changes:
            site = replace(site, **changes, updated_at=self._clock.now())
            self._store.update(site)
        return site
