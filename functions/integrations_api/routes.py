"""Routes of the integrations' API: parse, one call, shape."""

from collections.abc import Mapping

from igny8.bootstrap.integrations_api import IntegrationsApi as Services
from igny8.core.cursor import PageRequest, page_request
from igny8.core.errors import Invalid, NotSupported
from igny8.entrypoint.api import Answer, Call, Route

from integrations_api.schemas import (
    ChangeSite,
    CreateSite,
    NameSite,
    TestConnection,
    debug_status_out,
    integration_out,
    key_out,
    site_out,
)

DEFAULT_EVENTS = 50
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def health(_call: Call, services: Services) -> Answer:
    """GET /health/ (open)."""
    settings = services.settings
    return Answer({"status": "ok", "version": settings.version, "stage": settings.stage})


def create_site(call: Call, services: Services) -> Answer:
    """POST /sites/."""
    call.known_query()
    account_id = call.person.account_id
    values = call.body(CreateSite).values(allow_local=services.settings.allow_local_sites)
    return Answer(site_out(services.sites.create(account_id, **values)), 201)


def list_sites(call: Call, services: Services) -> Answer:
    """GET /sites/."""
    account_id = call.person.account_id
    page = services.sites.page(account_id, _page(call.known_query("limit", "cursor"), services))
    return Answer([site_out(site) for site in page.items], meta={"next": page.next})


def read_site(call: Call, services: Services) -> Answer:
    """GET /sites/{id}/."""
    call.known_query()
    return Answer(site_out(services.sites.get(call.person.account_id, call.id("site_id"))))


def change_site(call: Call, services: Services) -> Answer:
    """PATCH /sites/{id}/."""
    call.known_query()
    account_id = call.person.account_id
    values = call.body(ChangeSite).values(allow_local=services.settings.allow_local_sites)
    return Answer(site_out(services.sites.update(account_id, call.id("site_id"), values)))


def delete_site(call: Call, services: Services) -> Answer:
    """DELETE /sites/{id}/."""
    call.known_query()
    account_id, site_id = call.person.account_id, call.id("site_id")
    services.integrations.delete_site(account_id, site_id)
    return Answer({"id": site_id, "deleted": True})


def list_integrations(call: Call, services: Services) -> Answer:
    """GET /integrations/?site=."""
    account_id = call.person.account_id
    request = _page(call.known_query("site", "limit", "cursor"), services)
    page = services.integrations.page(account_id, request, call.query_id("site"))
    return Answer([integration_out(one) for one in page.items], meta={"next": page.next})


def read_integration(call: Call, services: Services) -> Answer:
    """GET /integrations/{id}/."""
    call.known_query()
    account_id = call.person.account_id
    return Answer(integration_out(services.integrations.get(account_id, call.id("integration_id"))))


def generate_api_key(call: Call, services: Services) -> Answer:
    """POST /integrations/generate-api-key/."""
    call.known_query()
    account_id = call.person.account_id
    site_id = call.body(NameSite).site_id
    return Answer(key_out(services.access.generate(account_id, site_id, call.person.actor)), 201)


def revoke_api_key(call: Call, services: Services) -> Answer:
    """POST /integrations/revoke-api-key/."""
    call.known_query()
    account_id = call.person.account_id
    site_id = call.body(NameSite).site_id
    integration = services.access.revoke(account_id, site_id, call.person.actor)
    return Answer(
        {"site_id": site_id, "integration_id": integration and integration.id, "revoked": True}
    )


def test_connection(call: Call, services: Services) -> Answer:
    """POST /integrations/test-connection/ (bridge)."""
    key = call.site_key
    owner = services.integrations.identify(key)
    request = call.body(TestConnection).request(allow_local=services.settings.allow_local_sites)
    integration = services.pairing.pair(owner, key, request)
    return Answer(integration_out(integration) | {"integration_id": integration.id})


def debug_status(call: Call, services: Services) -> Answer:
    """GET /integrations/{id}/debug-status/."""
    account_id = call.person.account_id
    query = call.known_query("include_events", "event_limit", "include_validation")
    if _boolean(query, "include_validation", default=False):
        raise NotSupported("include_validation")
    limit = page_request(
        query.get("event_limit"), None, default=DEFAULT_EVENTS, most=services.settings.page_size_max
    ).limit
    include = _boolean(query, "include_events", default=True)
    status = services.health.debug_status(account_id, call.id("integration_id"), limit)
    return Answer(debug_status_out(status, include_events=include))


def _page(query: Mapping[str, str], services: Services) -> PageRequest:
    settings = services.settings
    return page_request(
        query.get("limit"), query.get("cursor"), default=settings.page_size_default,
        most=settings.page_size_max,
    )  # fmt: skip


def _boolean(query: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = query.get(name)
    if text is None:
        return default
    if text.lower() not in BOOLEANS:
        raise Invalid({name: ["Give true or false."]})
    return BOOLEANS[text.lower()]


ROUTES: list[tuple[str, str, Route]] = [
    ("GET", "/api/v1/health", health),
    ("POST", "/api/v1/sites", create_site),
    ("GET", "/api/v1/sites", list_sites),
    ("GET", "/api/v1/sites/<site_id>", read_site),
    ("PATCH", "/api/v1/sites/<site_id>", change_site),
    ("DELETE", "/api/v1/sites/<site_id>", delete_site),
    ("GET", "/api/v1/integration/integrations", list_integrations),
    ("POST", "/api/v1/integration/integrations/generate-api-key", generate_api_key),
    ("POST", "/api/v1/integration/integrations/revoke-api-key", revoke_api_key),
    ("POST", "/api/v1/integration/integrations/test-connection", test_connection),
    ("GET", "/api/v1/integration/integrations/<integration_id>", read_integration),
    ("GET", "/api/v1/integration/integrations/<integration_id>/debug-status", debug_status),
]
