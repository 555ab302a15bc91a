"""Use cases of integrations: finding them, by id or by key, and deleting a site with them."""

from typing import Any, Protocol

from igny8.core.clock import Clock, epoch
from igny8.core.cursor import Page, PageRequest
from igny8.core.errors import Conflict, NotFound, Unauthenticated
from igny8.core.keys import is_well_formed
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.integrations.model import Integration, SiteBundle
from igny8.integrations.store import IntegrationStore
from igny8.sites.model import KeyOwner, SiteKeys
from igny8.sites.store import SiteStore

SITE_DELETED = "The site was deleted."


class Gates(Protocol):
    """Where gates are kept; see `igny8.admission.store.GateStore`.

    A gate is opaque here but for ``is_closed``.
    """

    def get(self, integration_id: int) -> Any: ...
    def reopened(self, gate: Any, now: int) -> Write: ...
    def revoked(self, integration_id: int, detail: str, now: int) -> Write: ...


class Listening(Protocol):
    """Who tells a bridge that it is let go; see `igny8.syncing.listening.ListeningService`."""

    def deleted(self, integration: Integration, keys: SiteKeys) -> list[Write]: ...
    def wake(self, owner: KeyOwner) -> None: ...


class Hasher(Protocol):
    """Hashes keys; see `igny8.core.keys.KeyHasher`."""

    def __call__(self, key: str) -> str: ...


class IntegrationService:
    """Finds integrations and deletes sites."""

    def __init__(
        self,
        *,
        sites: SiteStore,
        integrations: IntegrationStore,
        gates: Gates,
        listening: Listening,
        hasher: Hasher,
        commit: Commit,
        clock: Clock,
    ) -> None:
        self._sites = sites
        self._integrations = integrations
        self._gates = gates
        self._listening = listening
        self._hasher = hasher
        self._commit = commit
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

    def delete_site(self, account_id: int, site_id: int) -> None:
        """Delete a site with its keys and integrations. Its posts stay; what is pending ends.

        Raises :class:`NotFound`, :class:`Conflict`. A worker that finds the integration gone
        cancels the delivery.
        """
        bundle = self._integrations.bundle(account_id, site_id)
        now = epoch(self._clock.now())
        writes = self._sites.deletion(bundle.site, bundle.keys)
        writes += self._integrations.deletion(bundle.integrations)
        writes += [self._gates.revoked(one.id, SITE_DELETED, now) for one in bundle.integrations]
        for one in bundle.integrations:
            writes += self._listening.deleted(one, bundle.keys)
        commit_keys(self._commit, writes)
        for one in bundle.integrations:
            self._listening.wake(KeyOwner(account_id, site_id, one.id, ""))


def commit_keys(commit: Commit, writes: list[Write]) -> None:
    """Commit, or raise :class:`Conflict` because somebody else changed the site's keys first."""
    try:
        commit(writes)
    except ConditionLost as error:
        raise Conflict(
            "changed_meanwhile",
            "The site's keys were just changed by someone else. Look again.",
        ) from error


def _found(bundle: SiteBundle, integration_id: int) -> Integration:
    integration = bundle.integration(integration_id)
    if integration is None:
        raise NotFound
    return integration
