"""Use cases of integrations: keys, lists, deletion."""

from dataclasses import dataclass
from typing import Protocol

from igny8.core.clock import Clock, epoch
from igny8.core.cursor import Page, PageRequest
from igny8.core.errors import Conflict, NotFound, Unauthenticated
from igny8.core.ids import IdSource
from igny8.core.keys import KeyHasher, KeyVault, generate_key, is_well_formed
from igny8.core.settings import Settings
from igny8.core.writes import Commit, ConditionLost, Write
from igny8.events.model import Action, Direction, EventType, Status, SyncEvent
from igny8.events.store import EventStore
from igny8.integrations.gates import GateStore
from igny8.integrations.model import ConnectionStatus, Gate, GateReason, Integration, SiteBundle
from igny8.integrations.store import IntegrationStore
from igny8.sites.model import KeyOwner, SiteKey
from igny8.sites.store import SiteStore


class Keys(Protocol):
    """Encrypts keys; see `igny8.core.keys.KeyVault`."""

    def encrypt(self, key: str, account_id: int, site_id: int) -> str: ...


@dataclass(frozen=True, slots=True)
class GeneratedKey:
    """A new key, in clear for this once. ``previous_valid_until`` is epoch seconds."""

    api_key: str
    site_id: int
    integration_id: int
    previous_valid_until: int | None


@dataclass(frozen=True, slots=True)
class Collaborators:
    """What the use cases of integrations work with."""

    sites: SiteStore
    integrations: IntegrationStore
    gates: GateStore
    events: EventStore
    hasher: KeyHasher
    vault: KeyVault
    commit: Commit
    ids: IdSource
    clock: Clock
    settings: Settings


class IntegrationService:
    """Lists integrations, makes and revokes keys, deletes sites."""

    def __init__(self, parts: Collaborators) -> None:
        self._parts = parts

    def get(self, account_id: int, integration_id: int) -> Integration:
        """Read one integration. Raises :class:`NotFound`, also for another account's."""
        return self.bundle_of(account_id, integration_id)[1]

    def bundle_of(self, account_id: int, integration_id: int) -> tuple[SiteBundle, Integration]:
        """Read an integration with everything of its site; two reads."""
        site_id = self._parts.integrations.site_of(account_id, integration_id)
        bundle = self._parts.integrations.bundle(account_id, site_id)
        integration = bundle.integration(integration_id)
        if integration is None:
            raise NotFound
        return bundle, integration

    def page(
        self, account_id: int, request: PageRequest, site_id: int | None = None
    ) -> Page[Integration]:
        """List integrations, newest first; of one site if it is named."""
        if site_id is None:
            return self._parts.integrations.page(account_id, request)
        found = self._parts.integrations.bundle(account_id, site_id).integrations
        newest = sorted(found, key=lambda one: one.id, reverse=True)
        return Page(newest, None)

    def identify(self, key: str) -> KeyOwner:
        """Find out whose key this is; one read, none for a key that cannot be one.

        Raises :class:`Unauthenticated`.
        """
        owner = None
        if is_well_formed(key):
            now = epoch(self._parts.clock.now())
            owner = self._parts.sites.find_owner(self._parts.hasher(key), now)
        if owner is None:
            raise Unauthenticated(
                "invalid_api_key",
                "This site API key is not valid. Generate a new one in IGNY8 and paste it here.",
            )
        return owner

    def generate_key(self, account_id: int, site_id: int) -> GeneratedKey:
        """Make the site's key, and its integration if it has none; again is a rotation.

        Raises :class:`NotFound`; :class:`Conflict` when another rotation came first.
        """
        parts = self._parts
        bundle = parts.integrations.bundle(account_id, site_id)
        moment = parts.clock.now()
        now = epoch(moment)
        key = generate_key(parts.settings.stage)
        record = SiteKey(
            parts.hasher(key), key[-4:], parts.vault.encrypt(key, account_id, site_id), now
        )
        rotated = bundle.keys.rotated(record, now, parts.settings.key_grace_seconds)
        writes = parts.sites.key_rotation(bundle.keys, rotated, moment)
        if bundle.integrations:
            integration = bundle.integrations[0]
        else:
            integration = Integration(
                parts.ids.next(), account_id, site_id, bundle.site.url, ConnectionStatus.PENDING,
                is_active=True, sync_enabled=True, created_at=moment, updated_at=moment,
                config_json={"site_url": bundle.site.url},
            )  # fmt: skip
            writes += parts.integrations.creation(integration)
        writes.append(
            parts.events.append(
                self._event(integration, Action.KEY_GENERATED, f"Generated API key …{key[-4:]}")
            )
        )
        self._commit_keys(writes)
        before = rotated.keys[:-1]
        return GeneratedKey(
            key, site_id, integration.id, before[-1].valid_until if before else None
        )

    def revoke_key(self, account_id: int, site_id: int) -> Integration | None:
        """Kill every key of the site at once. Raises :class:`NotFound`, :class:`Conflict`."""
        parts = self._parts
        bundle = parts.integrations.bundle(account_id, site_id)
        if not bundle.keys.keys:
            raise Conflict("no_api_key", "This site has no API key. Generate one to connect it.")
        moment = parts.clock.now()
        writes = parts.sites.key_removal(bundle.keys, moment)
        integration = bundle.integrations[0] if bundle.integrations else None
        if integration is not None:
            closed = Gate(
                integration.id, GateReason.AUTH, "The API key was revoked.", epoch(moment)
            )
            writes.append(parts.gates.store(closed))
            writes.append(
                parts.events.append(
                    self._event(integration, Action.KEY_REVOKED, "Revoked the API key")
                )
            )
        self._commit_keys(writes)
        return integration

    def delete_site(self, account_id: int, site_id: int) -> None:
        """Delete a site with its keys and integrations. Its posts stay; what is pending ends.

        Raises :class:`NotFound`. A worker that finds the integration gone cancels the delivery.
        """
        parts = self._parts
        bundle = parts.integrations.bundle(account_id, site_id)
        writes = parts.sites.deletion(bundle.site, bundle.keys)
        writes += parts.integrations.deletion(bundle.integrations)
        writes += [parts.gates.deletion(one.id) for one in bundle.integrations]
        self._commit_keys(writes)

    def _commit_keys(self, writes: list[Write]) -> None:
        try:
            self._parts.commit(writes)
        except ConditionLost as error:
            raise Conflict(
                "changed_meanwhile",
                "The site's keys were just changed by someone else. Look again.",
            ) from error

    def _event(self, integration: Integration, action: Action, description: str) -> SyncEvent:
        return SyncEvent(
            self._parts.ids.next(), integration.account_id, integration.id, EventType.TEST, action,
            Direction.OUT, Status.SUCCESS, description, self._parts.clock.now(), actor="user",
            channel="api",
        )  # fmt: skip
