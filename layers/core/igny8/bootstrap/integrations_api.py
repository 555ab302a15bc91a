"""Parts of the sites' and integrations' API."""

from functools import cached_property, partial

from igny8.admission.health import HealthService
from igny8.bootstrap.cleaning_parts import CleaningParts
from igny8.bootstrap.offer_parts import OfferParts
from igny8.bootstrap.pacing_parts import PacingParts
from igny8.bootstrap.resources import once
from igny8.bootstrap.site_parts import SiteParts
from igny8.bootstrap.tying_parts import TyingParts
from igny8.core.keys import KeyVault
from igny8.diagnosis.remote import RemoteExaminer
from igny8.integrations.access import AccessService
from igny8.integrations.history import HistoryService
from igny8.integrations.managing import ManagingService
from igny8.integrations.pairing import PairingService
from igny8.integrations.parting import PartingService
from igny8.pacing.service import PublishingSettingsService
from igny8.syncing.runs import RunPlanner, RunService
from igny8.syncing.service import SyncService
from igny8.syncing.twins import TwinService


class IntegrationsApi(SiteParts, OfferParts, TyingParts, CleaningParts, PacingParts):
    """Use cases of sites, keys and integrations."""

    @cached_property
    def vault(self) -> KeyVault:
        """Encrypts site keys."""
        return KeyVault(partial(self.client, "kms"), self.settings.site_keys_kms_key_id)

    @cached_property
    def managing(self) -> ManagingService:
        """Manages integrations."""
        return ManagingService(
            sites=self.site_store,
            integrations=self.integration_store,
            gates=self.gate_store,
            requests=self.idempotency_store,
            hints=self.hints,
            listening=self.listening,
            journal=self.journal,
            commit=self.commit,
            ids=self.ids,
            clock=self.clock,
        )

    @cached_property
    def parting(self) -> PartingService:
        """Deletes integrations and sites."""
        return PartingService(
            sites=self.site_store,
            integrations=self.integration_store,
            gates=self.gate_store,
            listening=self.listening,
            installations=self.installations,
            leftovers=self.cleaner,
            pacing=self.pacing_store,
            hints=self.hints,
            commit=self.commit,
            clock=self.clock,
        )

    @cached_property
    def publishing_settings(self) -> PublishingSettingsService:
        """Reads and replaces publishing settings."""
        return PublishingSettingsService(
            store=self.pacing_store, sites=self.site_store, commit=self.commit, clock=self.clock
        )

    @cached_property
    def access(self) -> AccessService:
        """Makes and revokes keys."""
        return AccessService(
            sites=self.site_store,
            integrations=self.integration_store,
            gates=self.gate_store,
            listening=self.listening,
            hasher=self.hasher,
            vault=self.vault,
            requests=self.idempotency_store,
            journal=self.journal,
            commit=self.commit,
            ids=self.ids,
            clock=self.clock,
            settings=self.settings,
        )

    @cached_property
    def pairing(self) -> PairingService:
        """Connects bridges."""
        return PairingService(
            sites=self.site_store,
            integrations=self.integration_store,
            gates=self.gate_store,
            listening=self.listening,
            hasher=self.hasher,
            hints=self.hints,
            journal=self.journal,
            commit=self.commit,
            clock=self.clock,
        )

    @cached_property
    def health(self) -> HealthService:
        """Reads health and history."""
        return HealthService(
            integrations=self.integrations, gates=self.gate_store, events=self.event_store
        )

    @cached_property
    def history(self) -> HistoryService:
        """Reads history."""
        return HistoryService(integrations=self.integration_store, events=self.event_store)

    @cached_property
    def sync(self) -> SyncService:
        """Starts runs and tells of them."""
        return SyncService(
            integrations=self.integrations,
            store=self.integration_store,
            plans=self.plan_store,
            runs=self.run_store,
            planner=RunPlanner(
                structures=self.structure_store, installations=self.installation_store
            ),
            inboxes=self.inbox_store,
            structures=self.structure_store,
            gates=self.gate_store,
            events=self.event_store,
            publications=self.publication_store,
            listening=self.listening,
            commit=self.commit,
            ids=self.ids,
            clock=self.clock,
        )

    @cached_property
    def runs(self) -> RunService:
        """Shows runs and ends them."""
        return RunService(
            integrations=self.integrations,
            store=self.integration_store,
            plans=self.plan_store,
            runs=self.run_store,
            journal=self.journal,
            commit=self.commit,
            clock=self.clock,
        )

    @cached_property
    def twins(self) -> TwinService:
        """What people decide about posts that look like contents."""
        return TwinService(runs=self.runs, sync=self.sync, tying=self.tying)

    @cached_property
    def remote_examiner(self) -> RemoteExaminer:
        """Has sites examined."""
        return RemoteExaminer(partial(self.client, "lambda"), self.settings.sync_worker_function)


def services() -> IntegrationsApi:
    """The parts of this process."""
    return once(IntegrationsApi)
