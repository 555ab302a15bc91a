"""What sites are answered: what WordPress's updater and its details window read, and our own."""

from datetime import UTC, datetime
from typing import Annotated

from igny8.core.clock import rfc3339
from igny8.distribution.eligibility import Standing
from igny8.distribution.installation import Installation, Status
from igny8.distribution.model import PLUGIN_FILE, SLUG, Advisory, Channel
from igny8.distribution.offers import Details, InstallLink, Update
from igny8.entrypoint.shapes import Moment, one_of
from typing_extensions import TypedDict

NAME = "IGNY8 WP Bridge"
AUTHOR = "IGNY8"
AUTHOR_URL = "https://igny8.com"
HOMEPAGE = "https://igny8.com/wordpress"


class AdvisoryOut(TypedDict):
    """What is wrong with a version."""

    severity: str
    summary: str
    url: str


class UpdateOut(TypedDict):
    """Whether there is a newer version for the site; a whole answer in either case."""

    slug: str
    plugin: str
    id: str
    version: str
    new_version: str
    url: str
    package: str
    tested: str
    requires: str
    requires_php: str
    requires_plugins: list[str]
    icons: dict[str, str]
    banners: dict[str, str]
    banners_rtl: dict[str, str]
    upgrade_notice: str
    autoupdate: bool
    update_available: bool
    sha256: str
    size: int
    signature: str
    key_id: str
    signed_manifest: str
    released_at: Moment | None
    min_from_version: str | None
    channel: Annotated[str, one_of(list(Channel))]
    installed_version: str
    installed_version_status: Annotated[str, one_of(list(Standing))]
    advisory: AdvisoryOut | None


class ToldOut(TypedDict):
    """What is known of a site's bridge."""

    integration_id: int
    plugin_version: str
    wp_version: str
    php_version: str
    status: Annotated[str, one_of(list(Status))]
    first_seen: Moment
    last_seen: Moment


class InstalledOut(TypedDict):
    """What a bridge told of itself, and what there is to say of the version that it has."""

    installation: ToldOut
    installed_version: str
    installed_version_status: Annotated[str, one_of(list(Standing))]
    latest_version: str
    update_available: bool
    advisory: AdvisoryOut | None


class DetailsOut(TypedDict):
    """What there is to say of the plugin."""

    name: str
    slug: str
    version: str
    author: str
    author_profile: str
    homepage: str
    requires: str
    tested: str
    requires_php: str
    last_updated: Moment | None
    active_installs: int
    sections: dict[str, str]
    banners: dict[str, str]
    icons: dict[str, str]
    download_link: str
    sha256: str
    size: int
    advisory: AdvisoryOut | None


def update_out(update: Update) -> UpdateOut:
    """The answer to a check; of what cannot be fetched, no sum or signature is told."""
    shown = update.shown
    fetched = shown if update.package else None
    known = update.installed.entry
    oldest = shown.min_from_version if shown else None
    return {
        "slug": SLUG,
        "plugin": PLUGIN_FILE,
        "id": f"https://{shown.update_host}/plugins/{SLUG}" if shown else "",
        "version": update.version,
        "new_version": update.version,
        "url": HOMEPAGE,
        "package": update.package,
        "tested": shown.tested if shown else "",
        "requires": shown.requires if shown else "",
        "requires_php": shown.requires_php if shown else "",
        "requires_plugins": [],
        "icons": {},
        "banners": {},
        "banners_rtl": {},
        "upgrade_notice": update.offered.upgrade_notice if update.offered else "",
        "autoupdate": False,
        "update_available": update.offered is not None,
        "sha256": fetched.sha256 if fetched else "",
        "size": fetched.size if fetched else 0,
        "signature": fetched.signature if fetched else "",
        "key_id": fetched.key_id if fetched else "",
        "signed_manifest": fetched.manifest if fetched else "",
        "released_at": fetched.released_at if fetched else None,
        "min_from_version": str(oldest) if oldest else None,
        "channel": str(shown.channel if shown else Channel.STABLE),
        "installed_version": update.installed.text,
        "installed_version_status": str(update.installed.standing),
        "advisory": advisory_out(known.advisory if known else None),
    }


def installed_out(installation: Installation, update: Update) -> InstalledOut:
    """The answer to ``register`` and ``health-check``."""
    report, known = installation.report, update.installed.entry
    return {
        "installation": {
            "integration_id": installation.integration_id,
            "plugin_version": report.version,
            "wp_version": report.wordpress,
            "php_version": report.php,
            "status": str(report.status),
            "first_seen": _moment(installation.first_seen),
            "last_seen": _moment(installation.last_seen),
        },
        "installed_version": update.installed.text,
        "installed_version_status": str(update.installed.standing),
        "latest_version": update.version,
        "update_available": update.offered is not None,
        "advisory": advisory_out(known.advisory if known else None),
    }


class InstallLinkOut(TypedDict):
    """Where a site can fetch the bridge, and how to tell that it came whole."""

    site_id: int
    url: str
    version: str
    sha256: str
    size: int
    expires_at: Moment


def install_link_out(site_id: int, link: InstallLink) -> InstallLinkOut:
    """The answer to ``install-link``."""
    return {
        "site_id": site_id,
        "url": link.url,
        "version": str(link.entry.version),
        "sha256": link.entry.sha256,
        "size": link.entry.size,
        "expires_at": _moment(link.expires_at),
    }


def _moment(seconds: int) -> str:
    return rfc3339(datetime.fromtimestamp(seconds, UTC))


def details_out(details: Details) -> DetailsOut:
    """The answer to ``info``."""
    entry = details.entry
    return {
        "name": NAME,
        "slug": SLUG,
        "version": str(entry.version),
        "author": f'<a href="{AUTHOR_URL}">{AUTHOR}</a>',
        "author_profile": AUTHOR_URL,
        "homepage": HOMEPAGE,
        "requires": entry.requires,
        "tested": entry.tested,
        "requires_php": entry.requires_php,
        "last_updated": entry.released_at,
        "active_installs": details.active_installs,
        "sections": dict(details.sections),
        "banners": {},
        "icons": {},
        "download_link": details.link,
        "sha256": entry.sha256,
        "size": entry.size,
        "advisory": advisory_out(entry.advisory),
    }


def advisory_out(advisory: Advisory | None) -> AdvisoryOut | None:
    """What is wrong with a version, if anything is."""
    if advisory is None:
        return None
    return {"severity": advisory.severity, "summary": advisory.summary, "url": advisory.url}
