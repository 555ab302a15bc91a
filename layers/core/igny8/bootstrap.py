"""The only place that picks concrete parts. Everything is made once a process, on first use."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from igny8.content.bodies import BodyStore
from igny8.content.service import ContentService
from igny8.content.store import ContentStore
from igny8.core.clock import Clock, SystemClock
from igny8.core.ids import IdSource
from igny8.core.keys import KeyHasher, KeyVault
from igny8.core.queue import HintQueue
from igny8.core.settings import Settings
from igny8.core.table import Committer, bind
from igny8.core.writes import Commit
from igny8.events.store import EventStore
from igny8.integrations.gates import GateStore
from igny8.integrations.history import HistoryService
from igny8.integrations.pairing import PairingService
from igny8.integrations.service import Collaborators, IntegrationService
from igny8.integrations.store import IntegrationStore
from igny8.publishing.service import PublishService
from igny8.publishing.store import PublicationStore
from igny8.publishing.sweep import DueSweep
from igny8.publishing.views import ViewService
from igny8.sites.service import SiteService
from igny8.sites.store import SiteStore

if TYPE_CHECKING:
    from igny8.publishing.backoff import Waits
    from igny8.publishing.worker import PublishWorker
    from igny8.wordpress.client import BridgeClient, Outbound

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 10
CLIENT_CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT_SECONDS,
    read_timeout=READ_TIMEOUT_SECONDS,
    retries={"mode": "standard", "max_attempts": 3},
    s3={"addressing_style": "virtual"},
)


@dataclass
class Services:
    """The composition root. Tests replace what they must by assigning to an attribute."""

    settings: Settings

    def __post_init__(self) -> None:
        self.session = boto3.Session(botocore_session=bind(self.settings))

    @cached_property
    def clock(self) -> Clock:
        """The clock of everything."""
        return SystemClock()

    def client(self, name: Any) -> Any:
        """Make a client of the one session."""
        return self.session.client(name, config=CLIENT_CONFIG)

    @cached_property
    def ids(self) -> IdSource:
        """Draws ids."""
        return IdSource(self.clock)

    @cached_property
    def commit(self) -> Commit:
        """Commits transactions."""
        return Committer()

    @cached_property
    def hints(self) -> HintQueue:
        """Sends hints."""
        return HintQueue(self.client("sqs"), self.settings.publish_queue_url)

    @cached_property
    def vault(self) -> KeyVault:
        """Encrypts and decrypts site keys."""
        return KeyVault(self.client("kms"), self.settings.site_keys_kms_key_id)

    @cached_property
    def hasher(self) -> KeyHasher:
        """Hashes site keys."""
        return KeyHasher(self.client("secretsmanager"), self.settings.key_pepper_secret_id)

    @cached_property
    def bodies(self) -> BodyStore:
        """Keeps texts."""
        return BodyStore(self.client("s3"), self.settings.content_bucket)

    @cached_property
    def site_store(self) -> SiteStore:
        """Keeps sites."""
        return SiteStore(self.commit)

    @cached_property
    def integration_store(self) -> IntegrationStore:
        """Keeps integrations."""
        return IntegrationStore()

    @cached_property
    def gate_store(self) -> GateStore:
        """Keeps gates."""
        return GateStore(self.settings.slots_per_site)

    @cached_property
    def event_store(self) -> EventStore:
        """Keeps history."""
        return EventStore(self.settings.event_retention_days)

    @cached_property
    def content_store(self) -> ContentStore:
        """Keeps content."""
        return ContentStore()

    @cached_property
    def publication_store(self) -> PublicationStore:
        """Keeps publications."""
        return PublicationStore(self.settings.sweep_shards)

    @cached_property
    def sites(self) -> SiteService:
        """Use cases of sites."""
        return SiteService(self.site_store, self.ids, self.clock)

    @cached_property
    def integration_parts(self) -> Collaborators:
        """What the integrations' use cases share."""
        return Collaborators(
            self.site_store, self.integration_store, self.gate_store, self.event_store,
            self.hasher, self.vault, self.commit, self.ids, self.clock, self.settings,
        )  # fmt: skip

    @cached_property
    def integrations(self) -> IntegrationService:
        """Use cases of integrations."""
        return IntegrationService(self.integration_parts)

    @cached_property
    def pairing(self) -> PairingService:
        """Connects bridges."""
        return PairingService(self.integration_parts, self.hints)

    @cached_property
    def history(self) -> HistoryService:
        """Reads history."""
        return HistoryService(self.integrations, self.gate_store, self.event_store)

    @cached_property
    def writing(self) -> ContentService:
        """Use cases of content alone."""
        return ContentService(
            self.content_store, self.bodies, self.sites, self.commit, self.ids, self.clock,
            self.settings.html_max_bytes,
        )  # fmt: skip

    @cached_property
    def publishing(self) -> PublishService:
        """The click, edits and deletes."""
        return PublishService(
            self.publication_store, self.content_store, self.writing, self.integration_store,
            self.event_store, self.commit, self.hints, self.ids, self.clock,
        )  # fmt: skip

    @cached_property
    def views(self) -> ViewService:
        """Content and deliveries for people."""
        return ViewService(
            self.publication_store, self.content_store, self.writing, self.integration_store,
            self.gate_store,
        )  # fmt: skip

    @cached_property
    def due_sweep(self) -> DueSweep:
        """Finds deliveries that should have happened."""
        return DueSweep(self.publication_store, self.hints, self.clock, self.settings)

    @cached_property
    def http(self) -> "Outbound":
        """The one way out to customers' sites."""
        from igny8.core.http import OutboundClient  # noqa: PLC0415 - only the worker pays for it

        return OutboundClient(
            self.settings.allow_local_sites, self.settings.answer_max_bytes,
            user_agent=f"IGNY8-Integrations/{self.settings.version}",
        )  # fmt: skip

    @cached_property
    def bridge(self) -> "BridgeClient":
        """Talks to bridges."""
        from igny8.wordpress.client import BridgeClient  # noqa: PLC0415

        return BridgeClient(
            self.http, self.clock, self.settings.ask_timeout_seconds,
            self.settings.send_timeout_seconds,
        )  # fmt: skip

    @cached_property
    def waits(self) -> "Waits":
        """Computes waits."""
        from igny8.publishing.backoff import Waits  # noqa: PLC0415

        return Waits(self.settings)

    @cached_property
    def worker(self) -> "PublishWorker":
        """Serves hints."""
        from igny8.publishing.delivery import Deliverer  # noqa: PLC0415
        from igny8.publishing.gatekeeper import Gatekeeper  # noqa: PLC0415
        from igny8.publishing.settlement import Settlement  # noqa: PLC0415
        from igny8.publishing.worker import PublishWorker, WorkerParts  # noqa: PLC0415

        settlement = Settlement(
            self.publication_store, self.gate_store, self.event_store, self.commit, self.waits,
            self.ids, self.clock, self.settings,
        )  # fmt: skip
        gatekeeper = Gatekeeper(
            self.gate_store, self.integration_store, self.event_store, self.bridge, self.commit,
            self.waits, self.ids, self.clock, self.settings,
        )  # fmt: skip
        return PublishWorker(
            WorkerParts(
                self.publication_store, self.content_store, self.writing, self.integration_store,
                self.gate_store, self.event_store, self.vault,
                Deliverer(self.bridge, self.settings.retry_attempts), settlement, gatekeeper,
                self.hints, self.commit, self.ids, self.clock, self.settings,
            )
        )  # fmt: skip


_services: Services | None = None


def services() -> Services:
    """The process's services, made at the first call."""
    global _services  # noqa: PLW0603 - one composition root a process
    if _services is None:
        _services = Services(Settings.from_environment())
    return _services
