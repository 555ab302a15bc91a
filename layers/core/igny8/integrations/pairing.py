"""Pairing: the bridge shows that it holds the site's key, and tells where its REST API is."""

import hmac
from dataclasses import dataclass, replace
from typing import Protocol

from igny8.core.clock import epoch
from igny8.core.errors import Conflict, NotFound, Unauthenticated, Unavailable
from igny8.core.queue import Hint
from igny8.core.urls import same_host
from igny8.core.writes import ConditionLost, Write
from igny8.events.model import Action, Direction, EventType, Status, SyncEvent
from igny8.integrations.model import ConnectionStatus, Gate, Integration
from igny8.integrations.service import Collaborators
from igny8.sites.model import KeyOwner


class Hints(Protocol):
    """Sends wake-up hints; see `igny8.core.queue.HintQueue`."""

    def send(self, hint: Hint, *, delay_seconds: int = 0) -> None: ...


@dataclass(frozen=True, slots=True)
class PairingRequest:
    """What the bridge says of itself. Addresses are normalised."""

    site_id: int
    site_url: str
    rest_url: str
    api_key: str | None = None
    plugin_version: str | None = None
    wp_version: str | None = None
    php_version: str | None = None


class PairingService:
    """Connects integrations."""

    def __init__(self, parts: Collaborators, hints: Hints) -> None:
        self._parts = parts
        self._hints = hints

    def pair(self, owner: KeyOwner, header_key: str, request: PairingRequest) -> Integration:
        """Make the site's integration ``connected`` and open its gate.

        The key decides whose site it is; the body is only compared with it. Raises
        :class:`NotFound` for another site's id, :class:`Unauthenticated` for another key in the
        body, :class:`Conflict` for another host than the site's.
        """
        parts = self._parts
        if request.site_id != owner.site_id:
            raise NotFound
        if request.api_key is not None and not hmac.compare_digest(
            request.api_key.encode(), header_key.encode()
        ):
            raise Unauthenticated(
                "invalid_api_key", "The key in the body is not the key in the header."
            )
        bundle = parts.integrations.bundle(owner.account_id, owner.site_id)
        for url in (request.site_url, request.rest_url):
            if not same_host(url, bundle.site.url):
                raise Conflict(
                    "site_url_mismatch",
                    f"This key belongs to {bundle.site.url}. If the site has moved, change its"
                    " address in IGNY8 first; if this is another site, use that site's own key.",
                )
        if not bundle.integrations:
            raise NotFound
        gate = parts.gates.get(bundle.integrations[0].id)
        paired = self._paired(bundle.integrations[0], request)
        writes: list[Write] = [
            parts.integrations.replacement(paired),
            parts.events.append(self._event(paired, request)),
        ]
        if gate.is_troubled:
            writes.append(parts.gates.store(Gate(gate.integration_id)))
        now = epoch(parts.clock.now())
        marked = bundle.keys.marked_used(owner.key_hmac, now)
        if marked.keys != bundle.keys.keys:
            writes.append(parts.sites.keys_update(bundle.keys, marked))
        try:
            parts.commit(writes)
        except ConditionLost as error:
            raise Conflict(
                "changed_meanwhile", "The site's key was just changed. Please connect again."
            ) from error
        self._wake(paired, gate)
        return paired

    def _paired(self, integration: Integration, request: PairingRequest) -> Integration:
        config = {
            **integration.config_json,
            "site_url": request.site_url,
            "rest_url": request.rest_url,
            "wp_version": request.wp_version,
            "php_version": request.php_version,
        }
        return replace(
            integration,
            external_site_url=request.site_url,
            connection_status=ConnectionStatus.CONNECTED,
            is_active=True,
            config_json=config,
            credentials_json={
                "plugin_version": request.plugin_version,
                "debug_enabled": bool(integration.credentials_json.get("debug_enabled", False)),
            },
            updated_at=self._parts.clock.now(),
        )

    def _wake(self, integration: Integration, gate: Gate) -> None:
        if not gate.is_closed:
            return
        try:
            self._hints.send(Hint(integration.account_id, integration.site_id, integration.id))
        except Unavailable:
            return  # the sweep finds what waits

    def _event(self, integration: Integration, request: PairingRequest) -> SyncEvent:
        return SyncEvent(
            self._parts.ids.next(), integration.account_id, integration.id, EventType.TEST,
            Action.CONNECTION_TEST, Direction.IN, Status.SUCCESS,
            f"The bridge on {request.site_url} connected", self._parts.clock.now(),
            details={
                "plugin_version": request.plugin_version, "wp_version": request.wp_version,
                "php_version": request.php_version,
            },
            actor="bridge", channel="webhook",
        )  # fmt: skip
