"""Use cases of sites."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Protocol

from igny8.core.clock import Clock, from_rfc3339, rfc3339
from igny8.core.cursor import Page, PageRequest
from igny8.core.errors import Unavailable
from igny8.core.ids import IdSource
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.idempotency.model import IdempotencyKey
from igny8.idempotency.store import IdempotencyStore
from igny8.sites.model import Site, TermsPolicy

RACE_RETRIES = 5


class Sites(Protocol):
    """Where sites are kept; see `igny8.sites.store.SiteStore`."""

    def creation(self, site: Site) -> list[Write]: ...
    def get(self, account_id: int, site_id: int, *, consistent: bool = False) -> Site: ...
    def page(self, account_id: int, request: PageRequest) -> Page[Site]: ...
    def replacement(self, before: Site, after: Site) -> Write: ...


class SiteService:
    """Creates, reads and changes the sites of an account. Deleting: `IntegrationService`."""

    def __init__(
        self,
        *,
        store: Sites,
        requests: IdempotencyStore,
        commit: Commit,
        ids: IdSource,
        clock: Clock,
    ) -> None:
        self._store = store
        self._requests = requests
        self._commit = commit
        self._ids = ids
        self._clock = clock

    def create(
        self,
        account_id: int,
        *,
        name: str,
        url: str,
        hosting_type: str,
        timezone: str,
        terms_policy: TermsPolicy,
        request: IdempotencyKey | None = None,
    ) -> Site:
        """Store a new site, once a ``request``; ``url`` is normalised by the caller.

        Raises :class:`KeyReused`.
        """
        while True:
            made = self._requests.find(account_id, request)
            if made is not None:
                return restored(made)
            now = self._clock.now()
            site = Site(
                id=self._ids.next(),
                account_id=account_id,
                name=name,
                url=url,
                hosting_type=hosting_type,
                timezone=timezone,
                terms_policy=terms_policy,
                api_key_last4=None,
                created_at=now,
                updated_at=now,
            )
            recording = self._requests.recording(account_id, request, snapshot(site))
            try:
                self._commit([*self._store.creation(site), *recording])
            except ConditionLost:
                continue  # the id was taken in this very millisecond, or the request was repeated
            return site

    def get(self, account_id: int, site_id: int) -> Site:
        """Read one site. Raises :class:`NotFound`, also for another account's."""
        return self._store.get(account_id, site_id)

    def page(self, account_id: int, request: PageRequest) -> Page[Site]:
        """List sites, newest first."""
        return self._store.page(account_id, request)

    def update(self, account_id: int, site_id: int, changes: Mapping[str, Any]) -> Site:
        """Change the given fields, beside whatever else is changed. Raises :class:`NotFound`."""
        for _ in range(RACE_RETRIES):
            site = self._store.get(account_id, site_id, consistent=True)
            if not changes:
                return site
            changed = replace(site, **changes, updated_at=self._clock.now())
            try:
                self._commit([self._store.replacement(site, changed)])
            except ConditionLost:
                continue  # another change came first, or the site is gone: look again
            return changed
        raise Unavailable("contention", retry_after=1)


def snapshot(site: Site) -> str:
    """A site as it was made, for whoever sends the request again."""
    moments = {name: rfc3339(getattr(site, name)) for name in ("created_at", "updated_at")}
    return json.dumps({**asdict(site), **moments}, ensure_ascii=False)


def restored(text: str) -> Site:
    """The site of a snapshot."""
    values = json.loads(text)
    moments = {name: from_rfc3339(values[name]) for name in ("created_at", "updated_at")}
    return Site(**{**values, **moments, "terms_policy": TermsPolicy(values["terms_policy"])})
