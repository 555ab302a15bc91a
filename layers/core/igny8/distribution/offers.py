"""What a site is told when it asks: of a newer version, of the one that it has, of the plugin.

Checking for an update costs three reads at most: whose key it is, the catalogue, and what is known
of the site's installation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from igny8.core.errors import Conflict, NotFound
from igny8.distribution.eligibility import Asker, Installed, best, newest, offered
from igny8.distribution.installation import Installation, Report
from igny8.distribution.installation_store import InstallationStore
from igny8.distribution.model import SLUG, Catalogue, Channel, Entry
from igny8.distribution.store import ReleaseStore
from igny8.distribution.tokens import Holder, SiteTokens
from igny8.distribution.versions import Version
from igny8.integrations.store import IntegrationStore
from igny8.sites.model import KeyOwner

NO_KEY = "The site has no API key yet. Generate one first; the bridge needs it to connect."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a site says when it asks for an update; ``channel`` is ``None`` where it names none."""

    installed: str = ""
    wordpress: str = ""
    php: str = ""
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """What a site is told: ``offered`` is newer than what it has, if there is anything.

    ``shown`` is what the rest of the answer is about: the offer, or what the site has, or what it
    could have. ``package`` is empty where there is nothing to fetch.
    """

    installed: Installed
    offered: Entry | None = None
    shown: Entry | None = None
    package: str = ""

    @property
    def version(self) -> str:
        """What WordPress compares with what it has: nothing lower, so that it never goes back."""
        if self.offered is not None:
            return str(self.offered.version)
        if self.installed.text or self.shown is None:
            return self.installed.text
        return str(self.shown.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What WordPress's details window shows."""

    entry: Entry
    link: str
    active_installs: int = 0
    sections: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InstallLink:
    """Where a site can fetch the bridge; ``expires_at`` (epoch seconds) is its token's."""

    entry: Entry
    url: str
    expires_at: int


class Life(Protocol):
    """Hears who asks; see `igny8.distribution.installations.InstallationService`."""

    def asked(
        self, known: Installation, report: Report, address: str, catalogue: Catalogue
    ) -> None: ...


class OfferService:
    """Answers sites."""

    def __init__(
        self,
        *,
        releases: ReleaseStore,
        installations: InstallationStore,
        integrations: IntegrationStore,
        life: Life,
        tokens: SiteTokens,
        active_installs: Callable[[], int],
    ) -> None:
        self._active_installs = active_installs
        self._integrations = integrations
        self._releases = releases
        self._life = life
        self._installations = installations
        self._tokens = tokens

    def check(self, asked: Asked, owner: KeyOwner | None, address: str) -> Update:
        """Which version the site gets; two reads of one that is known, one of another.

        Who shows no key is told of what everybody gets, and of no betas. Who shows one was heard.
        """
        catalogue = self._releases.catalogue(SLUG)
        if owner is None:
            return self.update(catalogue, _asker(asked, None, None), None)
        known = self._installations.get(owner.account_id, owner.integration_id)
        asker = _asker(asked, owner, known)
        if known is not None and asked.installed:
            self._life.asked(known, _report(asked), address, catalogue)
        return self.update(catalogue, asker, Holder(owner.account_id, owner.integration_id))

    def catalogue(self) -> Catalogue:
        """All versions that there are; one read."""
        return self._releases.catalogue(SLUG)

    def standing(self, owner: KeyOwner, installation: Installation, catalogue: Catalogue) -> Update:
        """What there is to say to a bridge of what it told of itself."""
        report = installation.report
        asked = Asked(
            installed=report.version,
            wordpress=report.wordpress,
            php=report.php,
            channel=report.channel,
        )
        holder = Holder(owner.account_id, owner.integration_id)
        return self.update(catalogue, _asker(asked, owner, installation), holder)

    def update(self, catalogue: Catalogue, asker: Asker, holder: Holder | None) -> Update:
        """The same of a catalogue that was read already."""
        installed = Installed.among(catalogue.entries, asker.installed)
        found = offered(catalogue.entries, asker)
        if found is not None:
            return Update(installed, found, found, self.package(found, holder))
        known = installed.entry
        if known is not None and known.is_offered:
            return Update(installed, None, known, self.package(known, holder))
        return Update(installed, None, best(catalogue.entries, asker))

    def known_of(self, account_id: int, integration_id: int) -> tuple[Installation, Update] | None:
        """What an integration's bridge told last, and what there is for it; two reads at most."""
        known = self._installations.get(account_id, integration_id)
        if known is None:
            return None
        report = known.report
        asker = Asker(
            installed=report.version,
            wordpress=report.wordpress,
            php=report.php,
            channel=report.channel or Channel.STABLE,
            integration_id=integration_id,
        )
        return known, self.update(self._releases.catalogue(SLUG), asker, None)

    def details(self, version: Version | None) -> Details:
        """What there is to say of a version that is offered, or of the newest for everybody.

        Two reads, or one where it is named; how many run it is counted once an hour. Raises
        :class:`NotFound`.
        """
        release = self._releases.get(SLUG, version or self.newest().version)
        if not release.is_offered:
            raise NotFound
        link = self.package(release, None)
        return Details(
            entry=release,
            link=link,
            active_installs=self._active_installs(),
            sections=release.sections,
        )

    def newest(self, integration_id: int | None = None) -> Entry:
        """The newest for who has none yet; one read. Raises :class:`NotFound`."""
        found = newest(self._releases.catalogue(SLUG).entries, integration_id)
        if found is None:
            raise NotFound
        return found

    def install_link(self, account_id: int, site_id: int) -> InstallLink:
        """Where a site can fetch what it does not have yet; two reads.

        Raises :class:`NotFound`, also for another account's site and where there is no release,
        and :class:`Conflict` ``no_integration``.
        """
        integrations = self._integrations.bundle(account_id, site_id).integrations
        if not integrations:
            raise Conflict("no_integration", NO_KEY)
        holder = Holder(account_id, max(one.id for one in integrations))
        found = self.newest(holder.integration_id)
        return InstallLink(found, self.package(found, holder), self._tokens.expiry())

    def package(self, entry: Entry, holder: Holder | None) -> str:
        """Where a version can be fetched, for weeks; with the site's token where it is known."""
        link = f"{entry.api_url}/api/plugins/{SLUG}/download/?version={entry.version}"
        if holder is None:
            return link
        return f"{link}&t={self._tokens.make(SLUG, holder)}"


def _asker(asked: Asked, owner: KeyOwner | None, known: Installation | None) -> Asker:
    told = known.report.channel if known else None
    return Asker(
        installed=asked.installed,
        wordpress=asked.wordpress,
        php=asked.php,
        channel=(asked.channel or told or Channel.STABLE) if owner else Channel.STABLE,
        integration_id=owner.integration_id if owner else None,
    )


def _report(asked: Asked) -> Report:
    return Report(
        version=asked.installed,
        wordpress=asked.wordpress,
        php=asked.php,
        channel=asked.channel,
    )
