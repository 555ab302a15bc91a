"""What every function has: settings, clock, one botocore session, tables, history."""

from dataclasses import dataclass
from functools import cached_property, partial
from threading import Lock
from typing import Any, TypeVar

from igny8.admission.store import GateStore
from igny8.bootstrap import collect_garbage
from igny8.bootstrap.session import Session
from igny8.core.clock import Clock, SystemClock
from igny8.core.ids import IdSource
from igny8.core.queue import HintQueue
from igny8.core.rows import Commit, Tables
from igny8.core.settings import Settings
from igny8.core.table import DynamoTables, account_partition, address_partition
from igny8.idempotency.store import IdempotencyStore
from igny8.integrations.store import IntegrationStore
from igny8.journal.service import Journal
from igny8.journal.store import EventStore
from igny8.limits.service import Share, WrongKeys
from igny8.limits.store import CounterStore
from igny8.sites.store import SiteStore


@dataclass
class Resources:
    """The parts that all functions share; made on first use, replaced in tests by assignment."""

    settings: Settings

    def __post_init__(self) -> None:
        self._clients: dict[str, Any] = {}
        self._lock = Lock()

    @cached_property
    def session(self) -> Session:
        """The one session: a second costs as much as the first."""
        return Session()

    def client(self, name: str) -> Any:
        """A client of the one session, made when it is first needed, by any thread."""
        with self._lock:
            if name not in self._clients:
                self._clients[name] = self.session.make(name)
            return self._clients[name]

    @cached_property
    def clock(self) -> Clock:
        """The clock of everything."""
        return SystemClock()

    @cached_property
    def ids(self) -> IdSource:
        """Draws ids."""
        return IdSource(self.clock)

    @cached_property
    def tables(self) -> Tables:
        """Reads and writes rows."""
        settings = self.settings
        names = {
            "data": settings.data_table,
            "keys": settings.keys_table,
            "gates": settings.gates_table,
            "events": settings.events_table,
        }
        return DynamoTables(self.client("dynamodb"), names)

    @cached_property
    def commit(self) -> Commit:
        """Commits transactions."""
        return self.tables.commit

    @cached_property
    def hints(self) -> HintQueue:
        """Sends hints."""
        return HintQueue(partial(self.client, "sqs"), self.settings.publish_queue_url)

    @cached_property
    def journal(self) -> Journal:
        """Records what happens."""
        return Journal(store=self.event_store, ids=self.ids, clock=self.clock)

    @cached_property
    def event_store(self) -> EventStore:
        """Keeps history."""
        return EventStore(self.tables, retention_days=self.settings.event_retention_days)

    @cached_property
    def idempotency_store(self) -> IdempotencyStore:
        """Remembers what requests created."""
        return IdempotencyStore(self.tables, self.clock, seconds=self.settings.idempotency_seconds)

    @cached_property
    def account_calls(self) -> Share:
        """What each account may call."""
        return Share(
            store=CounterStore(self.tables),
            clock=self.clock,
            what="CALLS",
            limit=self.settings.account_limit,
            partition=lambda account: account_partition(int(account)),
        )

    @cached_property
    def wrong_keys(self) -> WrongKeys:
        """How many wrong keys each address may show."""
        share = Share(
            store=CounterStore(self.tables),
            clock=self.clock,
            what="WRONG_KEYS",
            limit=self.settings.wrong_keys_limit,
            partition=address_partition,
        )
        return WrongKeys(share)

    @cached_property
    def site_store(self) -> SiteStore:
        """Keeps sites and keys."""
        return SiteStore(self.tables)

    @cached_property
    def integration_store(self) -> IntegrationStore:
        """Keeps integrations."""
        return IntegrationStore(self.tables)

    @cached_property
    def gate_store(self) -> GateStore:
        """Keeps gates."""
        return GateStore(self.tables, slots_per_site=self.settings.slots_per_site)


Kind = TypeVar("Kind", bound=Resources)
made: dict[type[Resources], Resources] = {}
"""What this process has made, by kind."""


def once(kind: type[Kind]) -> Kind:
    """The process's resources of a kind, made from the environment at the first call."""
    if kind not in made:
        made[kind] = kind(Settings.from_environment())
        collect_garbage()
    found = made[kind]
    if not isinstance(found, kind):
        raise TypeError(kind)
    return found
