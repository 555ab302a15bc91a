"""What a worker knows of a site that it serves: read once, used until it no longer holds."""

from dataclasses import dataclass
from typing import Protocol

from igny8.admission.model import Gate
from igny8.admission.service import AdmissionService
from igny8.core.clock import Clock, epoch
from igny8.core.errors import Lost, NotFound
from igny8.core.logging import get_logger
from igny8.core.queue import Hint
from igny8.integrations.model import Integration, SiteBundle
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Actor
from igny8.wordpress.client import Target

logger = get_logger()


class Vault(Protocol):
    """Decrypts keys; see `igny8.core.keys.KeyVault`."""

    def decrypt(self, ciphertext: str, account_id: int, site_id: int) -> str: ...


class SiteDeleted(Exception):
    """Nobody is left to serve."""


class NotServable(Exception):
    """The site cannot be served by us now: its gate is closed, or others serve it."""


class NeedsPairing(NotServable):
    """Nothing that we do can open the site's ``gate``: it has to pair."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(gate.reason)
        self.gate = gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A site that may be served, as it was read. The gate's version says whether it still is."""

    bundle: SiteBundle
    integration: Integration
    target: Target
    gate: Gate


class VisitService:
    """Begins visits."""

    def __init__(
        self,
        *,
        integrations: IntegrationStore,
        admission: AdmissionService,
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._integrations = integrations
        self._admission = admission
        self._vault = vault
        self._clock = clock

    def begin(self, hint: Hint, *, actor: Actor, spoke_at: int | None = None) -> Visit:
        """Read site, key and gate; ``actor`` is who probes a closed one.

        One that says by itself, at ``spoke_at``, that it is back is probed before its time.

        Raises :class:`SiteDeleted`, :class:`NotServable`, of which :class:`NeedsPairing`.
        """
        gate = self._admission.gate(hint.integration_id)  # before the key: see there
        try:
            bundle = self._integrations.bundle(hint.account_id, hint.site_id)
        except NotFound as error:
            raise SiteDeleted from error
        integration = bundle.integration(hint.integration_id)
        if integration is None:
            raise SiteDeleted
        target = self._target(bundle, integration)
        admitted = self._admission.admit(
            gate, integration, bundle.keys, target, actor=actor, spoke_at=spoke_at
        )
        if admitted is None:
            raise NotServable
        if target is None or (admitted.is_closed and admitted.probe_at is None):
            raise NeedsPairing(admitted)
        return Visit(bundle=bundle, integration=integration, target=target, gate=admitted)

    def _target(self, bundle: SiteBundle, integration: Integration) -> Target | None:
        key = bundle.keys.outbound(epoch(self._clock.now()))
        if key is None or not integration.is_connected or integration.rest_url is None:
            return None
        try:
            plain = self._vault.decrypt(key.ciphertext, bundle.site.account_id, bundle.site.id)
        except Lost:
            # The gate closes, and a person makes a new key; that it came to this is ours to know.
            logger.exception("a key is lost", extra={"site_id": bundle.site.id})
            return None
        return Target(integration.rest_url, integration.external_site_url, plain)
