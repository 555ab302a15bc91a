"""Finding integrations, by id or by key."""

from typing import Any, Protocol

from igny8.core.clock import Clock, epoch
from igny8.core.cursor import Page, PageRequest
from igny8.core.errors import Conflict, NotFound, Unauthenticated
from igny8.core.keys import is_well_formed
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.integrations.model import Integration, SiteBundle
from igny8.integrations.store import IntegrationStore
from igny8.sites.model import KeyOwner
from igny8.sites.store import SiteStore


class Gates(Protocol):
    """Where gates are kept; see `igny8.admission.store.GateStore`.

    A gate is opaque here but for ``is_closed`` and ``is_switched_off``.
    """

    def get(self, integration_id: int) -> Any: ...
    def reopened(self, gate: Any, now: int) -> Write: ...
    def rekeyed(self, gate: Any) -> Write: ...
    def switched_off(self, gate: Any, detail: str, now: int) -> Write: ...
    def revoked(self, integration_id: int, detail: str, now: int) -> Write: ...
    def deleted(self, integration_id: int, detail: str, now: int) -> Write: ...


class Hasher(Protocol):
    """Hashes keys; see `igny8.core.keys.KeyHasher`."""

    def __call__(self, key: str) -> str: ...


class IntegrationService:
    """Finds integrations."""

    def __init__(
        self,
        *,
        sites: SiteStore,
        integrations: IntegrationStore,
        hasher: Hasher,
        clock: Clock,
    ) -> None:
        self._sites = sites
        self._integrations = integrations
        self._hasher = hasher
        self._clock = clock

    def get(self, account_id: int, integration_id: int) -> Integration:
        """Read one integration; two reads. Raises :class:`NotFound`, also for another account's."""
        site_id = self._integrations.site_of(account_id, integration_id)
        bundle = self._integrations.bundle(account_id, site_id)
        return _found(bundle, integration_id)

    def page(
        self, account_id: int, request: PageRequest, site_id: int | None = None
    ) -> Page[Integration]:
        """List integrations, newest first; of one site if it is named."""
        if site_id is None:
            return self._integrations.page(account_id, request)
        found = self._integrations.bundle(account_id, site_id).integrations
        newest = sorted(found, key=lambda one: one.id, reverse=True)
        return Page(newest, None)

    def identify(self, key: str) -> KeyOwner:
        """Find out whose key this is; one read, none for a key that cannot be one.

        Raises :class:`Unauthenticated`.
        """
        owner = None
        if is_well_formed(key):
            owner = self._sites.find_owner(self._hasher(key), epoch(self._clock.now()))
        if owner is None:
            raise Unauthenticated(
                "invalid_api_key",
                "This site API key is not valid. Generate a new one in IGNY8 and paste it here.",
            )
        return owner


def commit_keys(commit: Commit, writes: list[Write]) -> None:
    """Commit, or raise :class:`Conflict` because somebody else changed the site's keys first."""
    try:
        commit(writes)
    except ConditionLost as error:
        raise keys_changed() from error


def keys_changed() -> Conflict:
    """What is told to who was overtaken."""
    return Conflict(
        "changed_meanwhile", "The site's keys were just changed by someone else. Look again."
    )


def _found(bundle: SiteBundle, integration_id: int) -> Integration:
    integration = bundle.integration(integration_id)
    if integration is None:
        raise NotFound
    return integration
