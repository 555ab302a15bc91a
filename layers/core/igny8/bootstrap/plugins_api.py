"""Parts of the plugin's API."""

import secrets
from functools import cached_property, partial

from igny8.bootstrap.offer_parts import OfferParts
from igny8.bootstrap.resources import once
from igny8.distribution.analytics import AnalyticsService
from igny8.distribution.downloads import DownloadService
from igny8.distribution.links import ZipLinks


class PluginsApi(OfferParts):
    """Offers releases to sites."""

    @cached_property
    def zip_links(self) -> ZipLinks:
        """Makes links to ZIPs."""
        return ZipLinks(partial(self.client, "s3"), self.settings.releases_bucket)

    @cached_property
    def downloads(self) -> DownloadService:
        """Hands ZIPs out."""
        return DownloadService(
            releases=self.release_store,
            offers=self.offers,
            installations=self.installations,
            tallies=self.tally_store,
            tokens=self.site_tokens,
            allowance=self.download_allowance,
            links=self.zip_links,
            commit=self.commit,
            clock=self.clock,
            shard=secrets.randbelow,
        )

    @cached_property
    def analytics(self) -> AnalyticsService:
        """Sums counters up."""
        return AnalyticsService(
            releases=self.release_store,
            tallies=self.tally_store,
            clock=self.clock,
            stale_seconds=self.settings.stale_seconds,
        )


def services() -> PluginsApi:
    """The parts of this process."""
    return once(PluginsApi)
