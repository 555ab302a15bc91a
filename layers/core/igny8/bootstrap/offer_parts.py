"""Offering releases: what the plugin's API and whoever looks at installations share."""

from functools import cached_property

from igny8.bootstrap.caller_parts import CallerParts
from igny8.core.table import address_partition, integration_key
from igny8.distribution.installation_store import InstallationStore
from igny8.distribution.installations import InstallationService
from igny8.distribution.limits import HOUR, Allowance
from igny8.distribution.offers import OfferService
from igny8.distribution.popularity import ActiveInstalls
from igny8.distribution.store import ReleaseStore
from igny8.distribution.tally_store import TallyStore
from igny8.distribution.tokens import SiteTokens
from igny8.limits.service import Share
from igny8.limits.store import CounterStore


class OfferParts(CallerParts):
    """Knows releases and installations."""

    @cached_property
    def release_store(self) -> ReleaseStore:
        """Keeps releases."""
        return ReleaseStore(self.tables)

    @cached_property
    def tally_store(self) -> TallyStore:
        """Counts installations and downloads."""
        return TallyStore(self.tables)

    @cached_property
    def installation_store(self) -> InstallationStore:
        """Keeps installations."""
        return InstallationStore(self.tables)

    @cached_property
    def installations(self) -> InstallationService:
        """Hears bridges."""
        return InstallationService(
            store=self.installation_store,
            tallies=self.tally_store,
            integrations=self.integration_store,
            commit=self.commit,
            clock=self.clock,
        )

    @cached_property
    def site_tokens(self) -> SiteTokens:
        """Makes and reads tokens of sites."""
        return SiteTokens(secret=self.hasher.derived, clock=self.clock)

    @cached_property
    def offers(self) -> OfferService:
        """Answers sites that ask for updates."""
        return OfferService(
            releases=self.release_store,
            installations=self.installation_store,
            integrations=self.integration_store,
            life=self.installations,
            tokens=self.site_tokens,
            active_installs=self.active_installs,
        )

    @cached_property
    def active_installs(self) -> ActiveInstalls:
        """Knows roughly how many sites run the bridge."""
        return ActiveInstalls(
            tallies=self.tally_store,
            clock=self.clock,
            stale_seconds=self.settings.stale_seconds,
        )

    @cached_property
    def checks(self) -> Allowance:
        """How often an update may be asked for."""
        settings = self.settings
        return self._allowance("CHECKS", settings.check_limit, settings.check_address_limit)

    @cached_property
    def download_allowance(self) -> Allowance:
        """How often a ZIP may be fetched."""
        settings = self.settings
        return self._allowance(
            "DOWNLOADS", settings.download_limit, settings.download_address_limit
        )

    def _allowance(self, what: str, of_a_site: int, of_an_address: int) -> Allowance:
        store, clock = CounterStore(self.tables), self.clock
        return Allowance(
            of_sites=Share(
                store=store, clock=clock, what=what, limit=of_a_site, seconds=HOUR,
                partition=lambda site: f"{integration_key(int(site))}#ASKED",
            ),
            of_addresses=Share(
                store=store, clock=clock, what=what, limit=of_an_address, seconds=HOUR,
                partition=address_partition,
            ),
        )  # fmt: skip
