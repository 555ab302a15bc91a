"""Routes of the plugin's distribution: one function each, and the table that names them."""

from igny8.bootstrap.plugins_api import PluginsApi
from igny8.core.errors import NotFound
from igny8.distribution.downloads import Wanted
from igny8.distribution.model import SLUG
from igny8.entrypoint.rows import Answer, Call, Caller, Route

from plugins_api.analytics_answers import AnalyticsOut, analytics_out
from plugins_api.answers import (
    DetailsOut,
    InstalledOut,
    InstallLinkOut,
    UpdateOut,
    details_out,
    install_link_out,
    installed_out,
    update_out,
)
from plugins_api.schemas import (
    AnalyticsQuery,
    CheckUpdate,
    DownloadQuery,
    LinkedSite,
    TellOfItself,
    VersionQuery,
    as_version,
    country,
)

PLUGIN = "/api/plugins/{slug}"
MAX_BYTES = 65_536
KEPT = "public, max-age=300"
"""Answers of ``info`` are the same for everybody."""


def known(call: Call) -> None:
    """There is one plugin. Raises :class:`NotFound` for any other."""
    if call.path["slug"] != SLUG:
        raise NotFound


def _checked(call: Call, services: PluginsApi, said: CheckUpdate) -> Answer:
    known(call)
    site = call.site
    services.checks.take(site.integration_id if site else None, call.address)
    asked = said.asked(call.headers.get("user-agent", ""))
    return Answer(data=update_out(services.offers.check(asked, site, call.address)))


def check_update(call: Call, services: PluginsApi) -> Answer:
    """POST /plugins/{slug}/check-update/ (open)."""
    return _checked(call, services, call.body)


def look_for_update(call: Call, services: PluginsApi) -> Answer:
    """GET /plugins/{slug}/check-update/ (open)."""
    return _checked(call, services, call.query)


def plugin_info(call: Call, services: PluginsApi) -> Answer:
    """GET /plugins/{slug}/info/ (open)."""
    known(call)
    query: VersionQuery = call.query
    version = as_version(query.version)
    if query.version is not None and version is None:
        raise NotFound
    return Answer(data=details_out(services.offers.details(version)))


def _wanted(call: Call) -> Wanted:
    known(call)
    query: DownloadQuery = call.query
    return Wanted(
        version=query.version,
        token=query.t,
        address=call.address,
        country=country(call.headers.get("cloudfront-viewer-country", "")),
    )


def download(call: Call, services: PluginsApi) -> Answer:
    """GET /plugins/{slug}/download/ (open)."""
    link = services.downloads.fetch(_wanted(call))
    headers = {"Location": link, "Referrer-Policy": "no-referrer"}
    return Answer(status=302, headers=headers, is_empty=True)


def look_at_download(call: Call, services: PluginsApi) -> Answer:
    """HEAD /plugins/{slug}/download/ (open)."""
    found = services.downloads.find(_wanted(call))
    return Answer.empty(
        Content_Type="application/zip",
        Content_Length=str(found.size),
        Content_Disposition=f"attachment; filename={SLUG}.{found.version}.zip",
        ETag=f'"{found.sha256}"',
    )


def install_link(call: Call, services: PluginsApi) -> Answer:
    """POST /plugins/{slug}/install-link/ (people)."""
    known(call)
    body: LinkedSite = call.body
    link = services.offers.install_link(call.person.account_id, body.site_id)
    return Answer(data=install_link_out(body.site_id, link))


def plugin_analytics(call: Call, services: PluginsApi) -> Answer:
    """GET /plugins/{slug}/analytics/ (people in group admin)."""
    known(call)
    query: AnalyticsQuery = call.query
    return Answer(data=analytics_out(services.analytics.of_days(query.days)))


def _told(call: Call, services: PluginsApi) -> Answer:
    known(call)
    body: TellOfItself = call.body
    if body.site_id is not None and body.site_id != call.owner.site_id:
        raise NotFound
    services.checks.take(call.owner.integration_id, call.address)
    catalogue = services.offers.catalogue()
    told = services.installations.heard(call.owner, body.report(), call.address, catalogue)
    return Answer(data=installed_out(told, services.offers.standing(call.owner, told, catalogue)))


def register_installation(call: Call, services: PluginsApi) -> Answer:
    """POST /plugins/{slug}/register/ (bridge)."""
    return _told(call, services)


def health_check(call: Call, services: PluginsApi) -> Answer:
    """POST /plugins/{slug}/health-check/ (bridge)."""
    return _told(call, services)


ROUTES = [
    Route(
        method="POST",
        path=f"{PLUGIN}/check-update",
        caller=Caller.OPEN,
        knows_sites=True,
        run=check_update,
        body=CheckUpdate,
        body_optional=True,
        body_max_bytes=MAX_BYTES,
        answer=UpdateOut,
        refuses=("throttled", "temporarily_unavailable"),
    ),
    Route(
        method="GET",
        path=f"{PLUGIN}/check-update",
        caller=Caller.OPEN,
        knows_sites=True,
        run=look_for_update,
        query=CheckUpdate,
        answer=UpdateOut,
        refuses=("throttled", "temporarily_unavailable"),
    ),
    Route(
        method="GET",
        path=f"{PLUGIN}/info",
        caller=Caller.OPEN,
        run=plugin_info,
        query=VersionQuery,
        cache=KEPT,
        etag=True,
        answer=DetailsOut,
        refuses=("temporarily_unavailable",),
    ),
    Route(
        method="GET",
        path=f"{PLUGIN}/download",
        caller=Caller.OPEN,
        run=download,
        query=DownloadQuery,
        statuses=(302,),
        refuses=("yanked", "throttled", "temporarily_unavailable"),
    ),
    Route(
        method="HEAD",
        path=f"{PLUGIN}/download",
        caller=Caller.OPEN,
        run=look_at_download,
        query=DownloadQuery,
        refuses=("yanked", "throttled", "temporarily_unavailable"),
    ),
    Route(
        method="POST",
        path=f"{PLUGIN}/install-link",
        caller=Caller.PEOPLE,
        run=install_link,
        body=LinkedSite,
        answer=InstallLinkOut,
        refuses=("no_integration",),
    ),
    Route(
        method="GET",
        path=f"{PLUGIN}/analytics",
        caller=Caller.ADMIN,
        run=plugin_analytics,
        query=AnalyticsQuery,
        answer=AnalyticsOut,
    ),
    Route(
        method="POST",
        path=f"{PLUGIN}/register",
        caller=Caller.BRIDGE,
        run=register_installation,
        body=TellOfItself,
        body_max_bytes=MAX_BYTES,
        answer=InstalledOut,
    ),
    Route(
        method="POST",
        path=f"{PLUGIN}/health-check",
        caller=Caller.BRIDGE,
        run=health_check,
        body=TellOfItself,
        body_max_bytes=MAX_BYTES,
        answer=InstalledOut,
    ),
]
