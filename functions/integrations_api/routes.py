"""Routes of the integrations' API: one call, one answer."""

from igny8.bootstrap.integrations_api import IntegrationsApi
from igny8.entrypoint.rows import Answer, Call, Caller, Route

from integrations_api.answers import (
    DebugStatusOut,
    DeletedOut,
    HealthOut,
    IntegrationOut,
    KeyOut,
    PairedOut,
    RevokedOut,
    SiteOut,
    debug_status_out,
    described_out,
    integration_out,
    key_out,
    paired_out,
    site_out,
)
from integrations_api.finding_answers import examination_out
from integrations_api.manage_routes import MANAGE_ROUTES
from integrations_api.pacing_routes import PACING_ROUTES
from integrations_api.run_routes import RUN_ROUTES
from integrations_api.schemas import (
    KEEP,
    ChangeSite,
    CreateSite,
    DebugQuery,
    DeleteSiteQuery,
    IntegrationsQuery,
    NameSite,
    SitesQuery,
    TestConnection,
)
from integrations_api.sync_routes import SYNC_ROUTES, examined
from integrations_api.term_routes import TERM_ROUTES

SITES = "/api/v1/sites"
INTEGRATIONS = "/api/v1/integration/integrations"


def health(_call: Call, services: IntegrationsApi) -> Answer:
    """GET /health/ (open)."""
    settings = services.settings
    return Answer(data={"status": "ok", "version": settings.version, "stage": settings.stage})


def create_site(call: Call, services: IntegrationsApi) -> Answer:
    """POST /sites/."""
    body: CreateSite = call.body
    values = body.values(services.settings.site_rules)
    site = services.sites.create(call.person.account_id, **values, request=call.request)
    return Answer(data=site_out(site), status=201)


def list_sites(call: Call, services: IntegrationsApi) -> Answer:
    """GET /sites/?deleted=false."""
    query: SitesQuery = call.query
    listed = services.site_store.gone if query.deleted else services.sites.page
    page = listed(call.person.account_id, query.page(services.settings))
    return Answer(data=[site_out(site) for site in page.items], meta={"next": page.next})


def read_site(call: Call, services: IntegrationsApi) -> Answer:
    """GET /sites/{id}/."""
    return Answer(data=site_out(services.sites.get(call.person.account_id, call.id("site_id"))))


def change_site(call: Call, services: IntegrationsApi) -> Answer:
    """PATCH /sites/{id}/."""
    body: ChangeSite = call.body
    values = body.values(services.settings.site_rules)
    site = services.sites.update(call.person.account_id, call.id("site_id"), values)
    if "timezone" in values:
        services.publishing_settings.look_again(site.account_id, site.id)
    return Answer(data=site_out(site))


def delete_site(call: Call, services: IntegrationsApi) -> Answer:
    """DELETE /sites/{id}/?content=keep."""
    query: DeleteSiteQuery = call.query
    site_id = call.id("site_id")
    keeps = query.content == KEEP
    services.parting.delete_site(call.person.account_id, site_id, keeps_content=keeps)
    return Answer(data={"id": site_id, "deleted": True})


def list_integrations(call: Call, services: IntegrationsApi) -> Answer:
    """GET /integrations/?site=."""
    query: IntegrationsQuery = call.query
    page = services.integrations.page(
        call.person.account_id, query.page(services.settings), query.site_id
    )
    return Answer(data=[integration_out(one) for one in page.items], meta={"next": page.next})


def read_integration(call: Call, services: IntegrationsApi) -> Answer:
    """GET /integrations/{id}/."""
    described = services.structure.described(call.person.account_id, call.id("integration_id"))
    return Answer(data=described_out(*described))


def generate_api_key(call: Call, services: IntegrationsApi) -> Answer:
    """POST /integrations/generate-api-key/."""
    body: NameSite = call.body
    person = call.person
    made = services.access.generate(
        person.account_id, body.site_id, person.actor, request=call.request
    )
    return Answer(data=key_out(made), status=201)


def revoke_api_key(call: Call, services: IntegrationsApi) -> Answer:
    """POST /integrations/revoke-api-key/."""
    body: NameSite = call.body
    person = call.person
    integration = services.access.revoke(person.account_id, body.site_id, person.actor)
    return Answer(
        data={
            "site_id": body.site_id,
            "integration_id": integration and integration.id,
            "revoked": True,
        }
    )


def test_connection(call: Call, services: IntegrationsApi) -> Answer:
    """POST /integrations/test-connection/ (bridge)."""
    body: TestConnection = call.body
    request = body.request(services.settings.site_rules)
    integration = services.pairing.pair(call.owner, request)
    return Answer(data=paired_out(integration))


def debug_status(call: Call, services: IntegrationsApi) -> Answer:
    """GET /integrations/{id}/debug-status/."""
    query: DebugQuery = call.query
    status = services.health.debug_status(
        call.person.account_id, call.id("integration_id"), query.limit(services.settings)
    )
    answer = debug_status_out(status, include_events=query.include_events)
    if query.include_validation:
        answer["validation"] = examination_out(examined(call, services))["findings"]
    return Answer(data=answer)


PEOPLE = Caller.PEOPLE
ROUTES = [
    Route(
        method="GET", path="/api/v1/health", caller=Caller.OPEN, run=health, answer=HealthOut,
    ),
    Route(
        method="POST", path=SITES, caller=PEOPLE, run=create_site,
        body=CreateSite, creates=True, answer=SiteOut, statuses=(201,),
    ),
    Route(
        method="GET", path=SITES, caller=PEOPLE, run=list_sites,
        query=SitesQuery, answer=list[SiteOut],
    ),
    Route(
        method="GET", path=f"{SITES}/{{site_id}}", caller=PEOPLE, run=read_site, answer=SiteOut,
    ),
    Route(
        method="PATCH", path=f"{SITES}/{{site_id}}", caller=PEOPLE, run=change_site,
        body=ChangeSite, answer=SiteOut,
    ),
    Route(
        method="DELETE", path=f"{SITES}/{{site_id}}", caller=PEOPLE, run=delete_site,
        query=DeleteSiteQuery, answer=DeletedOut, refuses=("changed_meanwhile",),
    ),
    Route(
        method="GET", path=INTEGRATIONS, caller=PEOPLE, run=list_integrations,
        query=IntegrationsQuery, answer=list[IntegrationOut], refuses=("not_found",),
    ),
    Route(
        method="POST", path=f"{INTEGRATIONS}/generate-api-key", caller=PEOPLE,
        run=generate_api_key, body=NameSite, creates=True, answer=KeyOut, statuses=(201,),
        refuses=("not_found", "changed_meanwhile"),
    ),
    Route(
        method="POST", path=f"{INTEGRATIONS}/revoke-api-key", caller=PEOPLE,
        run=revoke_api_key, body=NameSite, answer=RevokedOut,
        refuses=("not_found", "no_api_key", "changed_meanwhile"),
    ),
    Route(
        method="POST", path=f"{INTEGRATIONS}/test-connection", caller=Caller.BRIDGE,
        run=test_connection, body=TestConnection, answer=PairedOut,
        refuses=("not_found", "site_url_mismatch", "changed_meanwhile"),
    ),
    Route(
        method="GET", path=f"{INTEGRATIONS}/{{integration_id}}", caller=PEOPLE,
        run=read_integration, answer=IntegrationOut,
    ),
    Route(
        method="GET", path=f"{INTEGRATIONS}/{{integration_id}}/debug-status", caller=PEOPLE,
        run=debug_status, query=DebugQuery, answer=DebugStatusOut,
    ),
    *PACING_ROUTES,
    *MANAGE_ROUTES,
    *SYNC_ROUTES,
    *RUN_ROUTES,
    *TERM_ROUTES,
]  # fmt: skip
