"""A sync event: what was tried, in which direction, by whom, with what result."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    """Coarse kind, as the seeds' debug page filters it."""

    PUBLISH = "publish"
    SYNC = "sync"
    METADATA_SYNC = "metadata_sync"
    ERROR = "error"
    WEBHOOK = "webhook"
    TEST = "test"


class Action(StrEnum):
    """What was done. This list is the documented one."""

    CONTENT_PUBLISH = "content_publish"
    CONTENT_UPDATE = "content_update"
    CONTENT_DELETE = "content_delete"
    CONTENT_CANCEL = "content_cancel"
    CONTENT_UNPUBLISH = "content_unpublish"
    CONNECTION_TEST = "connection_test"
    CONNECTION_CHECK = "connection_check"
    KEY_GENERATED = "key_generated"
    KEY_REVOKED = "key_revoked"
    CONFLICT = "conflict"
    CONFLICT_RESOLVED = "conflict_resolved"
    CONTENT_PULL = "content_pull"
    CONTENT_MERGE = "content_merge"
    STATUS_UPDATE = "status_update"
    METADATA_UPDATE = "metadata_update"
    STRUCTURE_UPDATE = "structure_update"
    WEBHOOK_REFUSED = "webhook_refused"
    SYNC_METADATA = "sync_metadata"
    SYNC_CHANGES = "sync_changes"
    CONTENT_IMPORT = "content_import"
    DRIFT_CHECK = "drift_check"
    DRIFT_REPAIR = "drift_repair"
    SYNC_FROZEN = "sync_frozen"
    KEY_HANDOVER = "key_handover"
    INTEGRATION_CREATED = "integration_created"
    INTEGRATION_UPDATED = "integration_updated"
    GATE_CLOSED = "gate_closed"
    BREAKER_OPEN = "breaker_open"
    GATE_OPENED = "gate_opened"


class Direction(StrEnum):
    """Which way it went."""

    OUT = "igny8_to_wp"
    IN = "wp_to_igny8"


class Status(StrEnum):
    """How it ended, so far."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"


KINDS: dict[Action, tuple[EventType, Direction]] = {
    Action.CONTENT_PUBLISH: (EventType.PUBLISH, Direction.OUT),
    Action.CONTENT_UPDATE: (EventType.PUBLISH, Direction.OUT),
    Action.CONTENT_DELETE: (EventType.PUBLISH, Direction.OUT),
    Action.CONTENT_CANCEL: (EventType.PUBLISH, Direction.OUT),
    Action.CONTENT_UNPUBLISH: (EventType.PUBLISH, Direction.OUT),
    Action.CONFLICT_RESOLVED: (EventType.PUBLISH, Direction.OUT),
    Action.CONFLICT: (EventType.PUBLISH, Direction.OUT),
    Action.CONNECTION_CHECK: (EventType.TEST, Direction.OUT),
    Action.CONNECTION_TEST: (EventType.TEST, Direction.IN),
    Action.KEY_GENERATED: (EventType.TEST, Direction.OUT),
    Action.KEY_REVOKED: (EventType.TEST, Direction.OUT),
    Action.CONTENT_PULL: (EventType.SYNC, Direction.IN),
    Action.CONTENT_MERGE: (EventType.SYNC, Direction.IN),
    Action.STATUS_UPDATE: (EventType.WEBHOOK, Direction.IN),
    Action.METADATA_UPDATE: (EventType.METADATA_SYNC, Direction.IN),
    Action.STRUCTURE_UPDATE: (EventType.SYNC, Direction.IN),
    Action.WEBHOOK_REFUSED: (EventType.ERROR, Direction.IN),
    Action.SYNC_METADATA: (EventType.METADATA_SYNC, Direction.IN),
    Action.SYNC_CHANGES: (EventType.SYNC, Direction.IN),
    Action.CONTENT_IMPORT: (EventType.SYNC, Direction.IN),
    Action.DRIFT_CHECK: (EventType.SYNC, Direction.IN),
    Action.DRIFT_REPAIR: (EventType.SYNC, Direction.IN),
    Action.SYNC_FROZEN: (EventType.ERROR, Direction.IN),
    Action.KEY_HANDOVER: (EventType.TEST, Direction.OUT),
    Action.INTEGRATION_CREATED: (EventType.TEST, Direction.OUT),
    Action.INTEGRATION_UPDATED: (EventType.TEST, Direction.OUT),
    Action.GATE_CLOSED: (EventType.ERROR, Direction.OUT),
    Action.BREAKER_OPEN: (EventType.ERROR, Direction.OUT),
    Action.GATE_OPENED: (EventType.TEST, Direction.OUT),
}
"""What every action is filed under."""


class Channel(StrEnum):
    """The way by which somebody came."""

    API = "api"
    BRIDGE = "bridge"
    WORKER = "worker"
    SWEEP = "sweep"
    SYNC = "sync"
    WEBHOOK = "webhook"
    WP_ADMIN = "wp_admin"
    WP_REST = "wp_rest"
    WP_CRON = "wp_cron"
    WP_CLI = "wp_cli"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: ``user:…``, ``site:…``, ``schedule:…`` or ``system``; and by which channel.

    ``request_id`` is the request by which they came, where there was one.
    """

    name: str
    channel: Channel
    request_id: str | None = field(default=None, compare=False)

    @classmethod
    def user(cls, user_id: str, request_id: str | None = None) -> "Actor":
        """A signed-in person."""
        return cls(f"user:{user_id}", Channel.API, request_id)

    @classmethod
    def site(cls, site_id: int) -> "Actor":
        """The bridge of a site."""
        return cls(f"site:{site_id}", Channel.BRIDGE)

    @classmethod
    def schedule(cls, name: str) -> "Actor":
        """Nobody: the time had come for this sweep."""
        return cls(f"schedule:{name}", Channel.SWEEP)


WORKER = Actor("system", Channel.WORKER)
SYNC_WORKER = Actor("system", Channel.SYNC)


@dataclass(frozen=True, slots=True)
class SyncEvent:
    """One line of history. ``duration_ms`` is the time of the call, where there was one."""

    id: int
    account_id: int
    integration_id: int
    type: EventType
    action: Action
    direction: Direction
    status: Status
    description: str
    timestamp: datetime
    actor: str
    channel: str
    content_id: int | None = None
    content_type: str | None = None
    external_id: str | None = None
    duration_ms: int | None = None
    details: dict[str, Any] = field(default_factory=dict)
    error_message: str | None = None
    operation_id: str | None = None

    @property
    def success(self) -> bool:
        """Whether it did not fail; a pending operation has not failed."""
        return self.status is not Status.FAILED
