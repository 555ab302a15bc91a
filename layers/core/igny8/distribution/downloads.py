"""Downloads: which ZIP, who takes it from whose share, and how it is counted.

A version that is named is that version for ever, or nothing: WordPress keeps the address for weeks,
and what it installs then is what it was told of.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from igny8.core.clock import Clock, epoch
from igny8.core.errors import DomainError, Gone, NotFound, Throttled, Unavailable
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.distribution.installations import InstallationService
from igny8.distribution.limits import Allowance
from igny8.distribution.model import SLUG, Entry, State
from igny8.distribution.offers import OfferService
from igny8.distribution.store import ReleaseStore
from igny8.distribution.tally_store import SHARDS, TallyStore
from igny8.distribution.tokens import Holder, SiteTokens
from igny8.distribution.versions import Version

UNKNOWN, YANKED, THROTTLED = "unknown", "yanked", "throttled"
"""Why downloads fail, as they are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for. ``version`` is what was named, and ``None`` where nothing was."""

    version: str | None
    token: str | None
    address: str
    country: str | None = None


class Links(Protocol):
    """Makes links; see `igny8.distribution.links.ZipLinks`."""

    def link(self, key: str, filename: str) -> str: ...


class DownloadService:
    """Finds ZIPs and counts who fetches them. ``shard`` draws where strangers are counted."""

    def __init__(
        self,
        *,
        releases: ReleaseStore,
        offers: OfferService,
        installations: InstallationService,
        tallies: TallyStore,
        tokens: SiteTokens,
        allowance: Allowance,
        links: Links,
        commit: Commit,
        clock: Clock,
        shard: Callable[[int], int],
    ) -> None:
        self._releases = releases
        self._offers = offers
        self._installations = installations
        self._tallies = tallies
        self._tokens = tokens
        self._allowance = allowance
        self._links = links
        self._commit = commit
        self._clock = clock
        self._shard = shard

    def find(self, wanted: Wanted) -> Entry:
        """What would be fetched. Raises as :meth:`fetch` does; it counts from the same share."""
        return self._found(wanted, self._tokens.read(SLUG, wanted.token))

    def fetch(self, wanted: Wanted) -> str:
        """Where the ZIP lies, for five minutes.

        Raises :class:`NotFound`, :class:`Gone` for a version that was yanked, :class:`Throttled`.
        """
        holder = self._tokens.read(SLUG, wanted.token)
        found = self._found(wanted, holder)
        link = self._links.link(found.object_key, f"{SLUG}.{found.version}.zip")
        self._count(found.version, wanted, holder)
        return link

    def _found(self, wanted: Wanted, holder: Holder | None) -> Entry:
        try:
            self._take(wanted, holder)
            return self._named(wanted, holder)
        except Gone:
            self._count_failed(YANKED)
            raise
        except NotFound:
            self._count_failed(UNKNOWN)
            raise

    def _take(self, wanted: Wanted, holder: Holder | None) -> None:
        integration_id = holder.integration_id if holder else None
        self._allowance.check(integration_id, wanted.address)
        try:
            self._allowance.take(integration_id, wanted.address)
        except Throttled:
            self._count_failed(THROTTLED)  # once, not at each try
            raise

    def _named(self, wanted: Wanted, holder: Holder | None) -> Entry:
        if wanted.version is None:
            return self._offers.newest(holder.integration_id if holder else None)
        try:
            version = Version.parse(wanted.version)
        except ValueError as error:
            raise NotFound from error
        release = self._releases.get(SLUG, version)
        if release.state is State.YANKED:
            raise Gone("yanked", f"Version {version} was withdrawn. Look for a newer one.")
        if release.state is State.DEVELOPMENT:
            raise NotFound
        return release

    def _count(self, version: Version, wanted: Wanted, holder: Holder | None) -> None:
        """Nobody's download fails because it could not be counted."""
        number = holder.integration_id if holder else self._shard(SHARDS)
        now = epoch(self._clock.now())
        counted = self._tallies.downloaded(SLUG, number, str(version), now, wanted.country)
        with suppress(Unavailable):
            taken = self._taken(version, holder)
            try:
                self._commit([counted, *taken])
            except ConditionLost:  # the site was just heard: then it is counted as that
                self._commit([counted])

    def _taken(self, version: Version, holder: Holder | None) -> list[Write]:
        if holder is None:
            return []
        return self._installations.took(holder.account_id, holder.integration_id, version)

    def _count_failed(self, reason: str) -> None:
        now = epoch(self._clock.now())
        with suppress(DomainError):
            self._commit([self._tallies.failed(SLUG, self._shard(SHARDS), reason, now)])
