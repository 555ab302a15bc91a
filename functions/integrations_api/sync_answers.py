"""What people are answered about synchronising and content types."""

from typing import Annotated

from igny8.core.clock import rfc3339
from igny8.distribution.eligibility import Standing
from igny8.distribution.installation import Installation, Status
from igny8.distribution.offers import Update
from igny8.entrypoint.shapes import Moment, one_of
from igny8.structure.model import POST_TYPES, TAXONOMIES, ContentTypes, Kind, Synced
from igny8.syncing.check import Checked
from igny8.syncing.service import SyncHealth, SyncStatus
from typing_extensions import TypedDict

from integrations_api.run_answers import RunOut, moment_of, run_out

ACTIVE, INACTIVE, NEVER = "active", "inactive", "never_seen"


class SyncStatusOut(TypedDict):
    """How synchronising stands."""

    status: Annotated[str, one_of(["idle", "syncing", "error"])]
    run: RunOut | None
    last_sync_at: Moment | None
    sync_error: str | None


class BridgeOut(TypedDict):
    """The bridge as it was seen last."""

    version: str | None
    status: Annotated[str, one_of([ACTIVE, INACTIVE, NEVER])]
    last_seen: Moment | None


class InstallationOut(TypedDict):
    """What the bridge told of itself last, and what there is to say of its version."""

    plugin_version: str
    wp_version: str
    php_version: str
    status: Annotated[str, one_of(list(Status))]
    errors: list[str]
    auto_update_enabled: bool | None
    last_seen: Moment
    is_stale: bool
    installed_version_status: Annotated[str, one_of(list(Standing))]
    latest_version: str
    update_available: bool


class DriftOut(TypedDict):
    """What the last comparison of both sides has found: posts that differed, and that do still."""

    checked_at: Moment
    found: int
    left: int
    scrubbed: int
    deep: bool


class SyncHealthOut(TypedDict):
    """How well a site is listened to; no installation where its bridge told nothing of itself."""

    total_synced: int
    last_success_at: Moment | None
    failed_count: int
    pending_count: int
    blocked_count: int
    outbox_lag_seconds: int | None
    bridge: BridgeOut
    installation: InstallationOut | None
    drift: DriftOut | None


class KindOut(TypedDict):
    """A post type or a taxonomy."""

    label: str
    count: int
    synced_count: int
    enabled: bool
    fetch_limit: int
    last_synced_at: Moment | None


class ContentTypesOut(TypedDict):
    """What a site consists of."""

    post_types: dict[str, KindOut]
    taxonomies: dict[str, KindOut]
    last_structure_fetch: Moment | None
    plugin_connection_enabled: bool
    two_way_sync_enabled: bool


def sync_status_out(status: SyncStatus) -> SyncStatusOut:
    """How synchronising stands."""
    run, integration = status.run, status.integration
    runs = run is not None and not run.is_over
    last = integration.last_sync_at
    return {
        "status": "syncing" if runs else "error" if integration.sync_error else "idle",
        "run": run_out(run) if run else None,
        "last_sync_at": rfc3339(last) if last else None,
        "sync_error": integration.sync_error,
    }


def sync_health_out(
    health: SyncHealth, known: tuple[Installation, Update] | None, stale_seconds: int
) -> SyncHealthOut:
    """How well a site is listened to; a bridge silent for ``stale_seconds`` is inactive."""
    last, seen = health.last_success_at, health.last_seen
    told = known[0].report.version if known else None
    version = told or health.integration.credentials_json.get("plugin_version")
    silent = seen is not None and health.now - seen > stale_seconds
    status = NEVER if seen is None else INACTIVE if silent else ACTIVE
    return {
        "total_synced": health.total_synced,
        "last_success_at": rfc3339(last) if last else None,
        "failed_count": health.failed_count,
        "pending_count": health.pending_count,
        "blocked_count": health.pending_count if health.gate.is_closed else 0,
        "outbox_lag_seconds": health.outbox_lag_seconds,
        "bridge": {
            "version": version,
            "status": status,
            "last_seen": None if seen is None else moment_of(seen),
        },
        "installation": known and _installation_out(*known, health.now, stale_seconds),
        "drift": _drift_out(health.plan.checked),
    }


def _drift_out(checked: Checked | None) -> DriftOut | None:
    if checked is None:
        return None
    return {
        "checked_at": moment_of(checked.at),
        "found": checked.found,
        "left": checked.left,
        "scrubbed": checked.scrubbed,
        "deep": checked.deep,
    }


def _installation_out(
    installation: Installation, update: Update, now: int, stale_seconds: int
) -> InstallationOut:
    report = installation.report
    return {
        "plugin_version": report.version,
        "wp_version": report.wordpress,
        "php_version": report.php,
        "status": str(report.status),
        "errors": list(report.errors),
        "auto_update_enabled": report.auto_update,
        "last_seen": moment_of(installation.last_seen),
        "is_stale": installation.is_stale(now, stale_seconds),
        "installed_version_status": str(update.installed.standing),
        "latest_version": update.version,
        "update_available": update.offered is not None,
    }


def content_types_out(known: ContentTypes) -> ContentTypesOut:
    """What a site consists of, as people chose it."""
    structure = known.structure
    return {
        "post_types": _kinds(POST_TYPES, known),
        "taxonomies": _kinds(TAXONOMIES, known),
        "last_structure_fetch": structure.fetched_at,
        "plugin_connection_enabled": structure.plugin_connection_enabled,
        "two_way_sync_enabled": structure.two_way_sync_enabled,
    }


def _kinds(group: str, known: ContentTypes) -> dict[str, KindOut]:
    return {
        name: _kind(kind, known.synced_of(group, name)) for name, kind in known.group(group).items()
    }


def _kind(kind: Kind, synced: Synced) -> KindOut:
    return {
        "label": kind.label,
        "count": kind.count,
        "synced_count": synced.count,
        "enabled": kind.enabled,
        "fetch_limit": kind.fetch_limit,
        "last_synced_at": synced.last_at,
    }
