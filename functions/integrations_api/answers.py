"""What goes out of the sites' and integrations' API."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, NotRequired

from igny8.admission.health import DebugStatus
from igny8.core.clock import rfc3339
from igny8.entrypoint.answering import first_that_fit
from igny8.entrypoint.shapes import Moment, one_of
from igny8.integrations.access import GeneratedKey
from igny8.integrations.model import ConnectionStatus, Integration
from igny8.journal.model import Action, Channel, Direction, EventType, Status, SyncEvent
from igny8.sites.model import Site, TermsPolicy
from igny8.structure.model import POST_TYPES, TAXONOMIES, ContentTypes, Kind
from typing_extensions import TypedDict

from integrations_api.finding_answers import FindingOut

GROUPS = (POST_TYPES, TAXONOMIES)


class HealthOut(TypedDict):
    """Alive, and which version."""

    status: str
    version: str
    stage: str


class SiteOut(TypedDict):
    """A site; of its key the last four characters."""

    id: int
    name: str
    url: str
    hosting_type: Annotated[str, one_of(["wordpress", "shopify", "igny8_sites", "multi"])]
    timezone: str
    terms_policy: TermsPolicy
    api_key_last4: str | None
    created_at: Moment
    updated_at: Moment


class CredentialsOut(TypedDict):
    """What the bridge told of itself; no secret."""

    plugin_version: NotRequired[str | None]
    debug_enabled: NotRequired[bool]


class IntegrationOut(TypedDict):
    """The connection of a site to WordPress; it holds no secret."""

    id: int
    account_id: int
    site_id: int
    platform: str
    platform_type: str
    external_site_url: str
    is_active: bool
    sync_enabled: bool
    last_sync_at: Moment | None
    sync_status: str
    sync_error: str | None
    connection_status: ConnectionStatus
    config_json: dict[str, Any]
    credentials_json: CredentialsOut
    created_at: Moment
    updated_at: Moment


class PairedOut(IntegrationOut):
    """The integration that the bridge belongs to from now on."""

    integration_id: int


class KeyOut(TypedDict):
    """A new key, in clear for this once; null where the request was sent again."""

    api_key: str | None
    last4: str
    site_id: int
    integration_id: int
    previous_valid_until: Moment | None


class RevokedOut(TypedDict):
    """Whose keys open nothing any more."""

    site_id: int
    integration_id: int | None
    revoked: bool


class DeletedOut(TypedDict):
    """What is gone."""

    id: int
    deleted: bool


class EventOut(TypedDict):
    """A line of history."""

    id: int
    type: EventType
    action: Action
    direction: Direction
    content_type: str | None
    status: Status
    description: str
    timestamp: Moment
    success: bool
    content_id: int | None
    external_id: str | None
    duration_ms: int | None
    details: dict[str, Any]
    error_message: str | None
    actor: str
    channel: Annotated[str, one_of([*Channel])]
    operation_id: str | None


class SiteHealthOut(TypedDict):
    """How a site is doing, and what keeps it from being served."""

    api_status: str
    plugin_active: bool
    sync_healthy: bool
    last_sync: Moment | None
    blocked_reason: str | None
    blocked_detail: str | None


class DebugStatusOut(TypedDict):
    """Health and history."""

    health: SiteHealthOut
    events: NotRequired[list[EventOut]]
    events_count: NotRequired[int]
    validation: NotRequired[list[FindingOut]]


def site_out(site: Site) -> SiteOut:
    """A site as people see it."""
    return {
        "id": site.id,
        "name": site.name,
        "url": site.url,
        "hosting_type": site.hosting_type,
        "timezone": site.timezone,
        "terms_policy": site.terms_policy,
        "api_key_last4": site.api_key_last4,
        "created_at": rfc3339(site.created_at),
        "updated_at": rfc3339(site.updated_at),
    }


def described_out(integration: Integration, known: ContentTypes) -> IntegrationOut:
    """An integration with what its site consists of, where that has told it (seed 001)."""
    out = integration_out(integration)
    structure = known.structure
    if structure.fetched_at is not None:
        out["config_json"] = {
            **out["config_json"],
            "content_types": {group: _kinds(known.group(group)) for group in GROUPS},
            "last_structure_fetch": structure.fetched_at,
            "plugin_connection_enabled": structure.plugin_connection_enabled,
            "two_way_sync_enabled": structure.two_way_sync_enabled,
        }
    return out


def _kinds(kinds: Mapping[str, Kind]) -> dict[str, Any]:
    return {name: asdict(kind) for name, kind in kinds.items()}


def integration_out(integration: Integration) -> IntegrationOut:
    """An integration as people and the bridge see it."""
    last = integration.last_sync_at
    credentials: Any = integration.credentials_json
    return {
        "id": integration.id,
        "account_id": integration.account_id,
        "site_id": integration.site_id,
        "platform": integration.platform,
        "platform_type": integration.platform_type,
        "external_site_url": integration.external_site_url,
        "is_active": integration.is_active,
        "sync_enabled": integration.sync_enabled,
        "last_sync_at": rfc3339(last) if last else None,
        "sync_status": integration.sync_status,
        "sync_error": integration.sync_error,
        "connection_status": integration.connection_status,
        "config_json": integration.config_json,
        "credentials_json": credentials,
        "created_at": rfc3339(integration.created_at),
        "updated_at": rfc3339(integration.updated_at),
    }


def paired_out(integration: Integration) -> PairedOut:
    """An integration, by the name that bridges look for, too."""
    return {**integration_out(integration), "integration_id": integration.id}


def key_out(generated: GeneratedKey) -> KeyOut:
    """A new key."""
    until = generated.previous_valid_until
    return {
        "api_key": generated.api_key,
        "last4": generated.last4,
        "site_id": generated.site_id,
        "integration_id": generated.integration_id,
        "previous_valid_until": rfc3339(datetime.fromtimestamp(until, UTC)) if until else None,
    }


def event_out(event: SyncEvent) -> EventOut:
    """A line of history in the seeds' shape."""
    return {
        "id": event.id,
        "type": event.type,
        "action": event.action,
        "direction": event.direction,
        "content_type": event.content_type,
        "status": event.status,
        "description": event.description,
        "timestamp": rfc3339(event.timestamp),
        "success": event.success,
        "content_id": event.content_id,
        "external_id": event.external_id,
        "duration_ms": event.duration_ms,
        "details": event.details,
        "error_message": event.error_message,
        "actor": event.actor,
        "channel": event.channel,
        "operation_id": event.operation_id,
    }


def debug_status_out(status: DebugStatus, *, include_events: bool) -> DebugStatusOut:
    """The debug page in the shape of seed 000."""
    answer: DebugStatusOut = {
        "health": {
            "api_status": status.api_status,
            "plugin_active": status.plugin_active,
            "sync_healthy": status.sync_healthy,
            "last_sync": rfc3339(status.last_sync) if status.last_sync else None,
            "blocked_reason": str(status.gate.reason) if status.gate.reason else None,
            "blocked_detail": status.gate.detail,
        }
    }
    if include_events:
        answer["events"] = first_that_fit([event_out(event) for event in status.events])
        answer["events_count"] = len(answer["events"])
    return answer
