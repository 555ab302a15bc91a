"""Pairing: the bridge shows that it holds the site's key, and tells where its REST API is."""

import hmac
from dataclasses import dataclass, replace
from typing import Protocol

from igny8.core.clock import Clock, epoch
from igny8.core.errors import Conflict, NotFound, Unauthenticated
from igny8.core.keys import is_well_formed
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.core.urls import same_host
from igny8.integrations.model import ConnectionStatus, Integration, SiteBundle
from igny8.integrations.notices import Hints, wake
from igny8.integrations.service import Gates, Hasher
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Action, Actor, Status
from igny8.journal.service import Journal
from igny8.sites.model import KeyOwner
from igny8.sites.store import SiteStore

RACE_RETRIES = 5


@dataclass(frozen=True, slots=True)
class PairingRequest:
    """What the bridge says of itself. Addresses are normalised; ``site_id`` need not be named."""

    site_id: int | None
    site_url: str
    rest_url: str
    api_key: str | None = None
    plugin_version: str | None = None
    wp_version: str | None = None
    php_version: str | None = None
    epoch: str | None = None
    head_seq: int | None = None


class Listening(Protocol):
    """What hears the site from now on; see `igny8.syncing.listening.ListeningService`."""

    def paired(
        self, integration: Integration, *, epoch: str | None, head_seq: int | None
    ) -> list[Write]: ...


class PairingService:
    """Connects integrations."""

    def __init__(
        self,
        *,
        sites: SiteStore,
        integrations: IntegrationStore,
        gates: Gates,
        hasher: Hasher,
        hints: Hints,
        listening: Listening,
        journal: Journal,
        commit: Commit,
        clock: Clock,
    ) -> None:
        self._listening = listening
        self._sites = sites
        self._integrations = integrations
        self._gates = gates
        self._hasher = hasher
        self._hints = hints
        self._journal = journal
        self._commit = commit
        self._clock = clock

    def pair(self, owner: KeyOwner, request: PairingRequest) -> Integration:
        """Make the site's integration ``connected`` and open its gate, unless people closed it.

        The key decides whose site it is; the body is only compared with it. Raises
        :class:`NotFound` for another site's id, :class:`Unauthenticated` for another key in the
        body or one that was revoked meanwhile, :class:`Conflict` for another host than the site's.
        """
        if request.site_id not in {None, owner.site_id}:
            raise NotFound
        if request.api_key is not None and not self._is_key_of(owner, request.api_key):
            raise Unauthenticated(
                "invalid_api_key", "The key in the body is not the key in the header."
            )
        for _ in range(RACE_RETRIES):
            try:
                return self._connect(owner, request)
            except ConditionLost:
                continue  # another pairing or a rotation came first: look again
        raise Conflict("changed_meanwhile", "The site was just changed. Please connect again.")

    def _is_key_of(self, owner: KeyOwner, key: str) -> bool:
        return is_well_formed(key) and hmac.compare_digest(self._hasher(key), owner.key_hmac)

    def _connect(self, owner: KeyOwner, request: PairingRequest) -> Integration:
        bundle = self._integrations.bundle(owner.account_id, owner.site_id)
        _check_host(bundle, request)
        integration = bundle.integration(owner.integration_id)
        if integration is None:
            raise NotFound
        marked = bundle.keys.marked_used(owner.key_hmac, epoch(self._clock.now()))
        if marked is None:
            raise Unauthenticated("invalid_api_key", "This site API key was just revoked.")
        gate = self._gates.get(integration.id)
        paired = self._paired(integration, request)
        opens = not gate.is_switched_off
        if not opens:
            paired = replace(paired, is_active=False)
        writes: list[Write] = [
            self._integrations.replacement(integration, paired),
            self._gates.reopened(gate, epoch(self._clock.now()))
            if opens
            else self._gates.rekeyed(gate),
            self._sites.keys_update(bundle.keys, marked),
            self._record(paired, request),
            *self._listening.paired(paired, epoch=request.epoch, head_seq=request.head_seq),
        ]
        self._commit(writes)
        if gate.is_closed and opens:
            wake(self._hints, paired)
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
            sync_status="pending"
            if integration.sync_status == "error"
            else integration.sync_status,
            sync_error=None,
            config_json=config,
            credentials_json={
                "plugin_version": request.plugin_version,
                "debug_enabled": bool(integration.credentials_json.get("debug_enabled", False)),
            },
            updated_at=self._clock.now(),
        )

    def _record(self, integration: Integration, request: PairingRequest) -> Write:
        return self._journal.record(
            integration.account_id,
            integration.id,
            Action.CONNECTION_TEST,
            Status.SUCCESS,
            f"The bridge on {request.site_url} connected",
            actor=Actor.site(integration.site_id),
            details={
                "plugin_version": request.plugin_version,
                "wp_version": request.wp_version,
                "php_version": request.php_version,
            },
        )


def _check_host(bundle: SiteBundle, request: PairingRequest) -> None:
    for url in (request.site_url, request.rest_url):
        if not same_host(url, bundle.site.url):
            raise Conflict(
                "site_url_mismatch",
                f"This key belongs to {bundle.site.url}. If the site has moved, change its"
                " address in IGNY8 first; if this is another site, use that site's own key.",
            )
