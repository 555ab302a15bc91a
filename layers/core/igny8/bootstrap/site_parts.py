"""Sites: what their own API and content share."""

from functools import cached_property

from igny8.bootstrap.resources import Resources
from igny8.sites.service import SiteService


class SiteParts(Resources):
    """Keeps sites."""

    @cached_property
    def sites(self) -> SiteService:
        """Use cases of sites."""
        return SiteService(
            store=self.site_store,
            requests=self.idempotency_store,
            commit=self.commit,
            ids=self.ids,
            clock=self.clock,
        )
