"""Handing a new key over to the bridge, under the one that it knows, until it has it."""

from dataclasses import dataclass
from enum import Enum

from igny8.admission.store import GateStore
from igny8.admission.visits import Vault
from igny8.core.clock import Clock, epoch
from igny8.core.errors import Lost, NotFound
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.core.settings import Settings
from igny8.integrations.model import Integration, SiteBundle
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import SYNC_WORKER, Action, Status
from igny8.journal.service import Journal
from igny8.sites.model import SiteKey
from igny8.sites.store import SiteStore
from igny8.wordpress.client import BridgeClient, Target

SOON = (
    "The new API key could not be handed over to the site yet. When the old key ends, publishing"
    " stops: paste the new key in the bridge's settings there, or see why the site refuses it."
)


class HandedOver(Enum):
    """What came of it."""

    DONE = "done"
    NOTHING = "nothing"  # there is no new key, or no old one to show
    LATER = "later"


@dataclass(frozen=True, slots=True)
class _Keys:
    new: SiteKey
    old: SiteKey


class KeyHandover:
    """Hands keys over."""

    def __init__(
        self,
        *,
        sites: SiteStore,
        integrations: IntegrationStore,
        gates: GateStore,
        vault: Vault,
        journal: Journal,
        commit: Commit,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._sites = sites
        self._integrations = integrations
        self._gates = gates
        self._vault = vault
        self._journal = journal
        self._commit = commit
        self._clock = clock
        self._settings = settings

    def hand_over(
        self,
        bundle: SiteBundle,
        integration: Integration,
        client: BridgeClient,
        *,
        tries: int,
    ) -> HandedOver:
        """Try once. The bridge has it when it answers to the new key.

        Where it cannot be done and the old key ends soon, history and the integration say so.
        """
        keys = self._keys(bundle)
        if keys is None or integration.rest_url is None:
            return HandedOver.NOTHING
        account, site = bundle.site.account_id, bundle.site.id
        try:
            new = self._vault.decrypt(keys.new.ciphertext, account, site)
            old = self._vault.decrypt(keys.old.ciphertext, account, site)
        except Lost:
            return HandedOver.NOTHING
        under_old = Target(integration.rest_url, integration.external_site_url, old)
        under_new = Target(integration.rest_url, integration.external_site_url, new)
        given = client.hand_over_key(under_old, new)
        # Its answer may have been lost before: then it knows the new key already.
        if not (given.ours and given.success) and tries == 0:
            return self._later(integration, keys, tries)
        shown = client.status(under_new)
        if not (shown.ours and shown.success):
            return self._later(integration, keys, tries)
        return self._done(bundle, integration, keys)

    def warn(self, account_id: int, site_id: int, integration_id: int, *, tries: int) -> None:
        """The site cannot be served: say so if the old key ends soon."""
        try:
            bundle = self._integrations.bundle(account_id, site_id)
        except NotFound:
            return
        integration = bundle.integration(integration_id)
        keys = self._keys(bundle)
        if integration is not None and keys is not None:
            self._later(integration, keys, tries)

    def _told(self, integration: Integration, status: str, error: str | None) -> Write:
        return self._integrations.sync_changed(
            integration.account_id, integration.site_id, integration.id, status, error
        )

    def _keys(self, bundle: SiteBundle) -> _Keys | None:
        """The newest key, not yet used by the bridge, and the one that it does use."""
        now = epoch(self._clock.now())
        old = bundle.keys.outbound(now)
        new = bundle.keys.keys[-1] if bundle.keys.keys else None
        if new is None or old is None or new.used_at is not None:
            return None
        return _Keys(new, old)

    def _done(self, bundle: SiteBundle, integration: Integration, keys: _Keys) -> HandedOver:
        marked = bundle.keys.marked_used(keys.new.key_hmac, epoch(self._clock.now()))
        if marked is None:
            return HandedOver.NOTHING
        gate = self._gates.get(integration.id)
        event = self._journal.record(
            integration.account_id,
            integration.id,
            Action.KEY_HANDOVER,
            Status.SUCCESS,
            f"The site took the new API key …{keys.new.last4}",
            actor=SYNC_WORKER,
        )
        writes = [
            self._sites.keys_update(bundle.keys, marked),
            self._gates.rekeyed(gate),
            event,
        ]
        if integration.sync_error == SOON:
            writes.append(self._told(integration, "completed", None))
        try:
            self._commit(writes)
        except ConditionLost:
            return HandedOver.LATER
        return HandedOver.DONE

    def _later(self, integration: Integration, keys: _Keys, tries: int) -> HandedOver:
        until = keys.old.valid_until
        now = epoch(self._clock.now())
        soon = until is not None and until - now <= self._settings.handover_warning_seconds
        if soon and integration.sync_error != SOON:
            event = self._journal.record(
                integration.account_id,
                integration.id,
                Action.KEY_HANDOVER,
                Status.FAILED,
                "The new API key could not be handed over to the site yet",
                actor=SYNC_WORKER,
                details={"tries": tries + 1, "old_key_valid_until": until},
                error_message=SOON,
            )
            told = self._told(integration, "error", SOON)
            try:
                self._commit([event, told])
            except ConditionLost:
                return HandedOver.LATER
        return HandedOver.LATER
