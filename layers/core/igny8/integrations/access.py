"""Use cases of a site's API keys: making, rotating and revoking them."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from igny8.core.clock import Clock, epoch
from igny8.core.errors import Conflict
from igny8.core.ids import IdSource
from igny8.core.keys import generate_key
from igny8.core.rows import Commit, Write
from igny8.core.settings import Settings
from igny8.idempotency.model import IdempotencyKey
from igny8.idempotency.store import IdempotencyStore
from igny8.integrations.model import ConnectionStatus, Integration, first_integration
from igny8.integrations.notices import done
from igny8.integrations.service import Gates, Hasher, commit_keys
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Action, Actor, Status
from igny8.journal.service import Journal
from igny8.sites.model import KeyOwner, SiteKey
from igny8.sites.store import SiteStore

REVOKED = "The API key was revoked."
WANTS_A_KEY = "auth"  # as the gate says it


class Listening(Protocol):
    """Who hands a new key over; see `igny8.syncing.listening.ListeningService`."""

    def key_made(self, integration: Integration) -> list[Write]: ...
    def wake(self, owner: KeyOwner) -> None: ...


class Vault(Protocol):
    """Encrypts keys; see `igny8.core.keys.KeyVault`."""

    def encrypt(self, key: str, account_id: int, site_id: int) -> str: ...


@dataclass(frozen=True, slots=True)
class GeneratedKey:
    """A new key; ``api_key`` in clear for this once. ``previous_valid_until`` is epoch seconds."""

    api_key: str | None
    last4: str
    site_id: int
    integration_id: int
    previous_valid_until: int | None


class AccessService:
    """Makes and revokes site keys."""

    def __init__(
        self,
        *,
        sites: SiteStore,
        integrations: IntegrationStore,
        gates: Gates,
        listening: Listening,
        hasher: Hasher,
        vault: Vault,
        requests: IdempotencyStore,
        journal: Journal,
        commit: Commit,
        ids: IdSource,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._sites = sites
        self._integrations = integrations
        self._gates = gates
        self._listening = listening
        self._hasher = hasher
        self._vault = vault
        self._requests = requests
        self._journal = journal
        self._commit = commit
        self._ids = ids
        self._clock = clock
        self._settings = settings

    def generate(
        self,
        account_id: int,
        site_id: int,
        actor: Actor,
        *,
        request: IdempotencyKey | None = None,
    ) -> GeneratedKey:
        """Make the site's key, and its integration if it has none; again is a rotation.

        A repeated ``request`` makes no other key, and does not show the first again: nobody could
        tell who asks. Raises :class:`NotFound`, :class:`KeyReused`; :class:`Conflict` when another
        rotation came first.
        """
        made = self._requests.find(account_id, request)
        if made is not None:
            return GeneratedKey(**json.loads(made))
        bundle = self._integrations.bundle(account_id, site_id)
        moment = self._clock.now()
        now = epoch(moment)
        key = generate_key(self._settings.stage)
        record = SiteKey(
            self._hasher(key), key[-4:], self._vault.encrypt(key, account_id, site_id), now
        )
        rotated = bundle.keys.rotated(record, now, self._settings.key_grace_seconds)
        integration = next(iter(bundle.integrations), None)
        writes: list[Write] = []
        if integration is None:
            integration = first_integration(bundle.site, self._ids.next(), moment)
            writes += self._integrations.creation(integration)
        writes += self._sites.key_rotation(bundle.keys, rotated, integration.id, moment)
        writes.append(
            done(
                self._journal,
                integration,
                Action.KEY_GENERATED,
                f"Generated API key …{key[-4:]}",
                actor,
            )
        )
        before = rotated.keys[:-1]
        until = before[-1].valid_until if before else None
        shown = GeneratedKey(key, key[-4:], site_id, integration.id, until)
        hidden = json.dumps(asdict(replace(shown, api_key=None)))
        writes += self._requests.recording(account_id, request, hidden)
        if before:
            writes += self._listening.key_made(integration)
        try:
            commit_keys(self._commit, writes)
        except Conflict:
            made = self._requests.find(account_id, request)
            if made is None:
                raise
            return GeneratedKey(**json.loads(made))  # the request came twice at once
        if before:
            self._listening.wake(KeyOwner(account_id, site_id, integration.id, ""))
        return shown

    def revoke(self, account_id: int, site_id: int, actor: Actor) -> Integration | None:
        """Kill every key of the site at once. Raises :class:`NotFound`, :class:`Conflict`."""
        bundle = self._integrations.bundle(account_id, site_id)
        if not bundle.keys.keys:
            raise Conflict("no_api_key", "This site has no API key. Generate one to connect it.")
        moment = self._clock.now()
        writes = self._sites.key_removal(bundle.keys, moment)
        integration = next(iter(bundle.integrations), None)
        if integration is not None:
            writes += self._disconnection(integration, epoch(moment), actor)
        commit_keys(self._commit, writes)
        return integration

    def _disconnection(self, integration: Integration, now: int, actor: Actor) -> list[Write]:
        """The site is not served any more, and whoever looks at it sees that and why."""
        writes = [
            self._gates.revoked(integration.id, REVOKED, now),
            done(self._journal, integration, Action.KEY_REVOKED, "Revoked the API key", actor),
            self._journal.record(
                integration.account_id,
                integration.id,
                Action.GATE_CLOSED,
                Status.FAILED,
                REVOKED,
                actor=actor,
                details={"reason": WANTS_A_KEY},
                error_message=REVOKED,
            ),
        ]
        if integration.connection_status is not ConnectionStatus.PENDING:
            error = ConnectionStatus.ERROR
            told = self._integrations.connection_changed(
                integration, error, WANTS_A_KEY, ended=False
            )
            writes.append(told)
        return writes
