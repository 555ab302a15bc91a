"""Parts of the releases' API."""

from functools import cached_property, partial

from igny8.bootstrap.resources import Resources, once
from igny8.distribution.archives import Archives
from igny8.distribution.releasing import ReleaseService
from igny8.distribution.signing import KmsSigner
from igny8.distribution.store import ReleaseStore


class ReleasesApi(Resources):
    """Makes releases: the only one that stores ZIPs and may have manifests signed."""

    @cached_property
    def release_store(self) -> ReleaseStore:
        """Keeps releases."""
        return ReleaseStore(self.tables)

    @cached_property
    def archives(self) -> Archives:
        """Keeps ZIPs."""
        return Archives(partial(self.client, "s3"), self.settings.releases_bucket)

    @cached_property
    def signer(self) -> KmsSigner:
        """Signs manifests."""
        settings = self.settings
        return KmsSigner(
            partial(self.client, "kms"), settings.release_key_id, settings.next_release_key_id
        )

    @cached_property
    def releases(self) -> ReleaseService:
        """Accepts, changes and lists releases."""
        return ReleaseService(
            store=self.release_store,
            archives=self.archives,
            signer=self.signer,
            commit=self.commit,
            clock=self.clock,
            update_host=self.settings.api_domain_name,
            is_local=self.settings.stage == "local",
            manifest_days=self.settings.manifest_days,
        )


def services() -> ReleasesApi:
    """The parts of this process."""
    return once(ReleasesApi)
