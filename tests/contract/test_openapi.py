"""The API's document is drawn from the rows, valid, and true: every answer in it is provoked."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from igny8.core.errors import Unavailable
from igny8.core.keys import generate_key
from igny8.core.rows import ConditionLost
from igny8.core.table import DynamoTables
from igny8.entrypoint.rows import Caller, Route
from openapi_spec_validator import validate

from local import openapi, openapi_codes
from tests.support.openapi import contract, document, misfits
from tests.support.steps import bring_to
from tests.support.world import HTML, Response, World, running_world

ROWS = {openapi.operation_id(row): row for row in openapi.rows()}
STRANGER = generate_key("prod", lambda letters: letters[3])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running_world() as made:
        yield made


# --- A request that each route accepts -----------------------------------------------------------

Body = dict[str, Any] | None
Sent = tuple[dict[str, Any], Body]  # parts of the path, and the body


def a_site(world: World) -> Sent:
    return {"site_id": world.site()["id"]}, None


def a_connected_site(world: World) -> dict[str, Any]:
    return world.connected_site()


def named_site(world: World) -> Sent:
    return {}, {"site_id": world.connected_site()["id"]}


def a_content(world: World) -> Sent:
    return {"content_id": world.content(world.connected_site())["id"]}, None


def a_publication(world: World) -> Sent:
    return {"content_id": bring_to(world, "published")["id"]}, None


def an_integration(world: World) -> Sent:
    return {"integration_id": world.connected_site()["integration_id"]}, None


def a_new_content(world: World) -> Sent:
    body = {"site_id": world.site()["id"], "title": "Tea & <Coffee>", "content_html": HTML}
    return {}, body


def pairing(world: World) -> Sent:
    site = world.site()
    url = site["url"]
    world.last_key = world.key(site)["api_key"]  # type: ignore[attr-defined]
    return {}, {
        "site_id": site["id"],
        "api_key": world.last_key,  # type: ignore[attr-defined]
        "site_url": url,
        "rest_url": f"{url}/wp-json/",
        "plugin_version": "2.0.0",
        "wp_version": "6.9",
        "php_version": "8.2",
    }


ACCEPTED: dict[str, Callable[[World], Sent]] = {
    "health": lambda _: ({}, None),
    "create_site": lambda _: ({}, {"name": "Tea & <Coffee>", "url": "https://example.com"}),
    "list_sites": lambda world: ({}, a_site(world)[1]),
    "read_site": a_site,
    "change_site": lambda world: (a_site(world)[0], {"timezone": "Europe/Berlin"}),
    "delete_site": a_site,
    "list_integrations": lambda world: ({}, an_integration(world)[1]),
    "generate_api_key": lambda world: ({}, {"site_id": world.site()["id"]}),
    "revoke_api_key": named_site,
    "test_connection": pairing,
    "read_integration": an_integration,
    "debug_status": an_integration,
    "create_content": a_new_content,
    "list_content": lambda world: (
        {"?": f"site={world.content(world.connected_site())['site_id']}"},
        None,
    ),
    "read_content": a_content,
    "change_content": lambda world: (a_content(world)[0], {"excerpt": "Short & <sweet>"}),
    "delete_content": a_content,
    "publish_content": lambda world: (a_content(world)[0], {}),
    "read_publication": a_publication,
}


def send(world: World, row: Route, sent: Sent, **how: Any) -> Response:
    """Send a request as the row's kind of caller does."""
    parts, body = sent
    path = row.path.format(
        **{name: parts.get(name, 1) for name in ("site_id", "integration_id", "content_id")}
    )
    query = "&".join(filter(None, [parts.get("?"), how.pop("query", None)]))
    headers = how.pop("headers", {})
    if row.caller is Caller.BRIDGE:
        how.setdefault("account", None)
        headers = {"X-IGNY8-API-KEY": getattr(world, "last_key", STRANGER), **headers}
    if row.caller is Caller.OPEN:
        how.setdefault("account", None)
    return world.call(
        row.method, f"{path}/{'?' if query else ''}{query}", body, headers=headers, **how
    )


# --- What makes each route refuse ----------------------------------------------------------------


def unauthorized(world: World, row: Route) -> Response:
    return send(world, row, ({}, {}), account=None)


def no_account(world: World, row: Route) -> Response:
    return send(world, row, ({}, {}), account=0)


def missing_api_key(world: World, row: Route) -> Response:
    return world.call(row.method, f"{row.path}/", {}, account=None)


def invalid_api_key(world: World, row: Route) -> Response:
    return world.call(
        row.method, f"{row.path}/", {}, account=None, headers={"X-IGNY8-API-KEY": STRANGER}
    )


def malformed(world: World, row: Route) -> Response:
    return send(world, row, ACCEPTED[openapi.operation_id(row)](world), raw="{")


def unsupported_media_type(world: World, row: Route) -> Response:
    accepted = ACCEPTED[openapi.operation_id(row)](world)
    return send(world, row, accepted, raw="<xml/>", headers={"content-type": "text/xml"})


def invalid(world: World, row: Route) -> Response:
    accepted = ACCEPTED[openapi.operation_id(row)](world)
    if row.caller is Caller.BRIDGE:
        return send(world, row, (accepted[0], {}))
    return send(world, row, accepted, query="surprise=1")


def bad_cursor(world: World, row: Route) -> Response:
    return send(world, row, ACCEPTED[openapi.operation_id(row)](world), query="cursor=x")


def idempotency_key_reused(world: World, row: Route) -> Response:
    parts, body = ACCEPTED[openapi.operation_id(row)](world)
    named = {"Idempotency-Key": f"once-{openapi.operation_id(row)}"}
    assert send(world, row, (parts, body), headers=named).status == 201
    other = ACCEPTED[openapi.operation_id(row)](world)[1] or {}
    changed = {**other, "name": "Other"} if "name" in other else other
    return send(world, row, (parts, changed), headers=named)


def not_found(world: World, row: Route) -> Response:
    _parts, body = ACCEPTED[openapi.operation_id(row)](world)
    if "{" not in row.path and body:
        body = {**body, "site_id": 1}
    listed = {} if "{" in row.path or body else {"?": "site=1"}
    return send(world, row, (listed, body))


def temporarily_unavailable(world: World, row: Route) -> Response:
    accepted = ACCEPTED[openapi.operation_id(row)](world)
    with pytest.MonkeyPatch.context() as patch:
        for call in ("_call", "_write"):
            patch.setattr(DynamoTables, call, down)
        return send(world, row, accepted)


def down(*_: Any, **__: Any) -> Any:
    raise Unavailable("dynamodb")


def changed_meanwhile(world: World, row: Route) -> Response:
    accepted = ACCEPTED[openapi.operation_id(row)](world)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DynamoTables, "_write", beaten)
        return send(world, row, accepted)


def beaten(*_: Any) -> Any:
    raise ConditionLost({"somebody": None})


def too_large(world: World, row: Route) -> Response:
    spaces = " " * (world.services.settings.request_max_bytes + 1)
    return send(world, row, ACCEPTED[openapi.operation_id(row)](world), raw=spaces)


def internal_error(world: World, row: Route) -> Response:
    """A fault in the frame itself, past which nothing else answers."""
    accepted = ACCEPTED[openapi.operation_id(row)](world)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("igny8.entrypoint.api.Call", broken)
        return send(world, row, accepted)


def broken(**_: Any) -> Any:
    raise RuntimeError("ours")


def no_integration(world: World, row: Route) -> Response:
    content = world.content(world.site())
    body = {"status": "published"} if row.method == "PATCH" else {}
    return send(world, row, ({"content_id": content["id"]}, body))


def in_state(state: str) -> Callable[[World, Route], Response]:
    def refuse(world: World, row: Route) -> Response:
        content = bring_to(world, state)
        body = {"status": "published"} if row.method == "PATCH" else None
        return send(world, row, ({"content_id": content["id"]}, body))

    return refuse


def published(world: World, row: Route) -> Response:
    content = bring_to(world, "published")
    body = {"status": "draft"} if row.method == "PATCH" else None
    return send(world, row, ({"content_id": content["id"]}, body))


def not_supported(world: World, row: Route) -> Response:
    option = "unpublish=trash" if row.method == "DELETE" else "include_validation=true"
    return send(world, row, ACCEPTED[openapi.operation_id(row)](world), query=option)


def no_api_key(world: World, row: Route) -> Response:
    return send(world, row, ({}, {"site_id": world.site()["id"]}))


def site_url_mismatch(world: World, row: Route) -> Response:
    parts, body = pairing(world)
    other = "https://elsewhere.example"
    elsewhere = {"site_url": other, "rest_url": f"{other}/wp-json/"}
    return send(world, row, (parts, {**(body or {}), **elsewhere}))


REFUSED: dict[str, Callable[[World, Route], Response]] = {
    "unauthorized": unauthorized,
    "no_account": no_account,
    "missing_api_key": missing_api_key,
    "invalid_api_key": invalid_api_key,
    "malformed": malformed,
    "unsupported_media_type": unsupported_media_type,
    "invalid": invalid,
    "bad_cursor": bad_cursor,
    "idempotency_key_reused": idempotency_key_reused,
    "not_found": not_found,
    "temporarily_unavailable": temporarily_unavailable,
    "changed_meanwhile": changed_meanwhile,
    "too_large": too_large,
    "internal_error": internal_error,
    "no_integration": no_integration,
    "conflict": in_state("conflict"),
    "gone": in_state("gone"),
    "in_flight": in_state("sending"),
    "published": published,
    "not_supported": not_supported,
    "no_api_key": no_api_key,
    "site_url_mismatch": site_url_mismatch,
}


def documented_refusals() -> list[tuple[str, str]]:
    """Every operation with every code that its document names."""
    found = []
    for name, row in ROWS.items():
        for status in operations()[name]["responses"]:
            response = contract().response_of(row, int(status))
            schema = response.get("content", {}).get("application/json", {}).get("schema", {})
            if "allOf" in schema:
                codes = schema["allOf"][1]["properties"]["error"]["properties"]["code"]["enum"]
                found += [(name, code) for code in codes]
    return found


def of_the_function(refusal: tuple[str, str]) -> bool:
    name, code = refusal
    return code in openapi_codes.codes_of(ROWS[name])


def operations() -> dict[str, Any]:
    found: dict[str, Any] = contract().operations
    return found


# --- The document --------------------------------------------------------------------------------


def test_it_is_valid():
    validate(document())


def test_it_is_drawn_from_the_rows():
    assert openapi.DOCUMENT.read_text() == openapi.text(), "make openapi"


def test_every_row_is_in_it():
    assert set(operations()) == set(ROWS) == set(ACCEPTED)
    assert len(ROWS) == len(openapi.rows())


@pytest.mark.parametrize("name", sorted(ROWS))
def test_every_route_answers_what_it_says(world: World, name: str):
    row = ROWS[name]
    answer = send(world, row, ACCEPTED[name](world))  # the world holds it to the document
    assert answer.status == row.statuses[0], answer.body
    if len(row.statuses) > 1:
        parts, body = a_publication(world)
        assert send(world, row, (parts, body)).status == row.statuses[1]


@pytest.mark.parametrize(("name", "code"), [*filter(of_the_function, documented_refusals())])
def test_every_route_refuses_as_it_says(world: World, name: str, code: str):
    answer = REFUSED[code](world, ROWS[name])
    assert (answer.code, answer.status) == (code, openapi_codes.status_of(code)), answer.body
    assert answer.body["error"]["message"]


def test_an_answer_that_does_not_fit_is_seen(world: World):
    site = world.site()
    path = f"/api/v1/sites/{site['id']}/"
    headers = {"Cache-Control": "no-store", "Content-Type": "application/json; charset=utf-8"}
    good = {"success": True, "data": site}
    assert misfits("GET", path, 200, good, headers) == []
    assert misfits("GET", path, 418, good, headers)
    assert misfits("GET", path, 200, {**good, "more": 1}, headers)
    assert misfits("GET", path, 200, {**good, "data": {**site, "secret": "x"}}, headers)
    missing = {name: value for name, value in site.items() if name != "url"}
    assert misfits("GET", path, 200, {**good, "data": missing}, headers)
    assert misfits("GET", path, 200, good, {**headers, "Cache-Control": "max-age=60"})
    assert misfits("GET", path, 200, good, {**headers, "Content-Type": "text/html"})
    assert misfits("GET", path, 200, None, headers)
    refusal = {"code": "gone", "message": "m", "request_id": "r"}
    assert misfits("GET", path, 409, {"success": False, "error": refusal}, headers)
    later = {"success": False, "error": {**refusal, "code": "throttled"}}
    assert misfits("GET", path, 429, later, {**headers, "Retry-After": "1"}) == []
    for wrong in ({}, {"Retry-After": "0"}, {"Retry-After": "soon"}):
        assert misfits("GET", path, 429, later, {**headers, **wrong})
