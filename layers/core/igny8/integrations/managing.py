"""Use cases of an integration as people manage it: make, change, resume."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from igny8.core.clock import Clock, epoch
from igny8.core.errors import Conflict, Unavailable
from igny8.core.ids import IdSource
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.idempotency.model import IdempotencyKey
from igny8.idempotency.store import IdempotencyStore
from igny8.integrations.model import (
    SWITCHED_OFF,
    ConnectionStatus,
    Integration,
    SiteBundle,
    first_integration,
)
from igny8.integrations.notices import Hints, done, wake
from igny8.integrations.service import Gates
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Action, Actor
from igny8.journal.service import Journal
from igny8.sites.model import KeyOwner
from igny8.sites.store import SiteStore

RACE_RETRIES = 5


class Listening(Protocol):
    """Who hears the site; see `igny8.syncing.listening.ListeningService`."""

    def resumed(self, integration: Integration) -> list[Write]: ...
    def wake(self, owner: KeyOwner) -> None: ...


class ManagingService:
    """Makes, changes and resumes integrations. Deleting: `PartingService`."""

    def __init__(
        self,
        *,
        sites: SiteStore,
        integrations: IntegrationStore,
        gates: Gates,
        requests: IdempotencyStore,
        hints: Hints,
        listening: Listening,
        journal: Journal,
        commit: Commit,
        ids: IdSource,
        clock: Clock,
    ) -> None:
        self._sites = sites
        self._integrations = integrations
        self._gates = gates
        self._requests = requests
        self._hints = hints
        self._listening = listening
        self._journal = journal
        self._commit = commit
        self._ids = ids
        self._clock = clock

    def create(
        self,
        account_id: int,
        site_id: int,
        actor: Actor,
        *,
        request: IdempotencyKey | None = None,
    ) -> Integration:
        """Make a site's integration; it is connected once its bridge pairs.

        Raises :class:`NotFound`, :class:`KeyReused`; :class:`Conflict` ``already_there`` where the
        site has one: a key makes its integration, too.
        """
        for _ in range(RACE_RETRIES):
            made = self._requests.find(account_id, request)
            bundle = self._integrations.bundle(account_id, site_id)
            if made is not None:
                return bundle.required(int(made))
            if bundle.integrations:
                raise Conflict(
                    "already_there", "This site has an integration already. Change that one."
                )
            integration = first_integration(bundle.site, self._ids.next(), self._clock.now())
            writes = [
                *self._integrations.creation(integration),
                # Two at once, or a key that makes one: the list of keys tells them apart.
                self._sites.keys_update(bundle.keys, bundle.keys.touched()),
                done(
                    self._journal,
                    integration,
                    Action.INTEGRATION_CREATED,
                    "Made the integration",
                    actor,
                ),
                *self._requests.recording(account_id, request, str(integration.id)),
            ]
            try:
                self._commit(writes)
            except ConditionLost:
                continue
            return integration
        raise Unavailable("contention", retry_after=1)

    def change(
        self, account_id: int, integration_id: int, changes: Mapping[str, Any], actor: Actor
    ) -> Integration:
        """Change what people may: ``sync_enabled``, ``is_active``, ``debug_enabled``.

        Raises :class:`NotFound`; :class:`Conflict` ``no_integration`` for switching on one that
        never connected.
        """
        for _ in range(RACE_RETRIES):
            gate = self._gates.get(integration_id)  # before the rest: see `AdmissionService.gate`
            before = self._bundle(account_id, integration_id).required(integration_id)
            after = _changed(before, changes)
            if after == before:
                return before
            after = replace(after, updated_at=self._clock.now())
            opens = after.is_active and gate.is_switched_off
            writes = [
                self._integrations.replacement(before, after),
                done(
                    self._journal,
                    after,
                    Action.INTEGRATION_UPDATED,
                    "Changed the integration",
                    actor,
                ),
                *self._switched(gate, after),
                *(self._listening.resumed(after) if opens else []),
            ]
            try:
                self._commit(writes)
            except ConditionLost:
                continue
            if opens:
                self._wake(after)
            return replace(after, version=before.version + 1)
        raise Unavailable("contention", retry_after=1)

    def _switched(self, gate: Any, after: Integration) -> list[Write]:
        """What is switched off is closed, whatever else kept it; what is switched on is not."""
        now = epoch(self._clock.now())
        if after.is_active:
            return [self._gates.reopened(gate, now)] if gate.is_switched_off else []
        return [] if gate.is_switched_off else [self._gates.switched_off(gate, SWITCHED_OFF, now)]

    def resume(self, account_id: int, integration_id: int, actor: Actor) -> Integration:
        """Serve a site again whose gate is closed, or that is switched off; what waits goes on.

        Also where nothing was closed: what waits by itself, as the site has asked, is tried now.

        Raises :class:`NotFound`; :class:`Conflict` ``no_api_key`` where there is no key to show.
        """
        for _ in range(RACE_RETRIES):
            gate = self._gates.get(integration_id)
            bundle = self._bundle(account_id, integration_id)
            integration = bundle.required(integration_id)
            now = self._clock.now()
            if bundle.keys.outbound(epoch(now)) is None or integration.rest_url is None:
                raise Conflict(
                    "no_api_key", "This site has no key in use. Press Connect in the bridge there."
                )
            if integration.is_active and not gate.is_closed:
                self._wake(integration)
                return integration
            # A gate's reason is one word; what is said of listening is a sentence, and stays true.
            of_gate = " " not in (integration.sync_error or "")
            resumed = replace(
                integration,
                is_active=True,
                connection_status=ConnectionStatus.CONNECTED,
                sync_error=None if of_gate else integration.sync_error,
                updated_at=now,
            )
            writes = [
                self._integrations.replacement(integration, resumed),
                self._gates.reopened(gate, epoch(now)),
                done(self._journal, resumed, Action.GATE_OPENED, "Resumed serving the site", actor),
                *self._listening.resumed(resumed),
            ]
            try:
                self._commit(writes)
            except ConditionLost:
                continue
            self._wake(resumed)
            return replace(resumed, version=integration.version + 1)
        raise Unavailable("contention", retry_after=1)

    def _wake(self, integration: Integration) -> None:
        wake(self._hints, integration)
        ids = (integration.account_id, integration.site_id, integration.id)
        self._listening.wake(KeyOwner(*ids, ""))

    def _bundle(self, account_id: int, integration_id: int) -> SiteBundle:
        site_id = self._integrations.site_of(account_id, integration_id)
        return self._integrations.bundle(account_id, site_id)


def _changed(before: Integration, changes: Mapping[str, Any]) -> Integration:
    fields = {name: changes[name] for name in ("sync_enabled", "is_active") if name in changes}
    if fields.get("is_active") and not before.is_active and before.rest_url is None:
        raise Conflict("no_integration", "This integration has never been connected.")
    credentials = dict(before.credentials_json)
    if "debug_enabled" in changes:
        credentials["debug_enabled"] = changes["debug_enabled"]
    return replace(before, **fields, credentials_json=credentials)
