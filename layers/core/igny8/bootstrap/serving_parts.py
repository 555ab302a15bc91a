"""Serving sites: what every worker that calls them shares."""

from functools import cached_property, partial

from igny8.admission.breaker import Breaker
from igny8.admission.service import AdmissionService
from igny8.admission.slots import SlotService
from igny8.admission.visits import VisitService
from igny8.bootstrap.resources import Resources
from igny8.core.http import OutboundClient
from igny8.core.keys import KeyVault
from igny8.wordpress.client import BridgeClient, Outbound


class ServingParts(Resources):
    """Talks to sites that may be served."""

    @cached_property
    def vault(self) -> KeyVault:
        """Decrypts site keys."""
        return KeyVault(partial(self.client, "kms"), self.settings.site_keys_kms_key_id)

    @cached_property
    def http(self) -> Outbound:
        """The one way out to customers' sites."""
        return OutboundClient(
            allow_local=self.settings.allow_local_sites,
            answer_max_bytes=self.settings.answer_max_bytes,
            user_agent=f"IGNY8-Integrations/{self.settings.version}",
        )

    @cached_property
    def bridge(self) -> BridgeClient:
        """Talks to bridges."""
        return BridgeClient(
            self.http,
            self.clock,
            ask_timeout_seconds=self.settings.ask_timeout_seconds,
            send_timeout_seconds=self.settings.send_timeout_seconds,
        )

    @cached_property
    def breaker(self) -> Breaker:
        """Moves gates."""
        return Breaker(self.settings)

    @cached_property
    def admission(self) -> AdmissionService:
        """Lets sites be served."""
        return AdmissionService(
            gates=self.gate_store,
            keys=self.site_store,
            integrations=self.integration_store,
            client=self.bridge,
            breaker=self.breaker,
            journal=self.journal,
            commit=self.commit,
            clock=self.clock,
            settings=self.settings,
        )

    @cached_property
    def slots(self) -> SlotService:
        """Takes and leaves places at sites."""
        return SlotService(gates=self.gate_store, admission=self.admission, clock=self.clock)

    @cached_property
    def visits(self) -> VisitService:
        """Reads sites."""
        return VisitService(
            integrations=self.integration_store,
            admission=self.admission,
            vault=self.vault,
            clock=self.clock,
        )
