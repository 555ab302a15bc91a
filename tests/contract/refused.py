"""For each error code what makes a route answer it."""

from collections.abc import Callable
from typing import Any

import pytest
from igny8.core.errors import Unavailable
from igny8.core.rows import ConditionLost
from igny8.core.table import DynamoTables
from igny8.distribution.model import SLUG, State
from igny8.distribution.versions import Version
from igny8.entrypoint.rows import Caller, Route
from igny8.limits.service import STEPS, Share
from igny8.limits.store import CounterStore
from igny8.publishing.model import PublishState

from local import openapi
from tests.contract.accepted import (
    ACCEPTED,
    AGAIN,
    PLUGIN,
    ROWS,
    STRANGER,
    a_held_twin,
    a_version,
    an_accepted_upload,
    an_upload,
    pairing,
    send,
)
from tests.support.releases import a_release, released
from tests.support.site_events import EPOCH
from tests.support.site_texts import imported, pulled
from tests.support.steps import bring_to, put_to_rest
from tests.support.world import Response, World


def unauthorized(world: World, row: Route) -> Response:
    return send(world, row, ({}, {}), account=None)


def not_admin(world: World, row: Route) -> Response:
    return send(world, row, ({}, {}), admin=False)


def version_exists(world: World, row: Route) -> Response:
    parts, body = an_accepted_upload(world)
    if "{version}" not in row.path:
        return send(world, row, (parts, {"version": parts["version"]}))
    return send(world, row, (parts, {**(body or {}), "sha256": "0" * 64}))


def not_allowed(world: World, row: Route) -> Response:
    if row.method == "PATCH":
        parts, _ = a_version(world)
        assert send(world, row, (parts, {"state": "yanked"})).status == 200
        return send(world, row, (parts, {"state": "released"}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("igny8.distribution.releasing.MOST_VERSIONS", 0)
        return send(world, row, an_upload(world))


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
    if row.caller is Caller.OPEN:
        return send(world, row, accepted, raw="[]")
    return send(world, row, accepted, query="surprise=1")


def bad_cursor(world: World, row: Route) -> Response:
    return send(world, row, ACCEPTED[openapi.operation_id(row)](world), query="cursor=x")


def idempotency_key_reused(world: World, row: Route) -> Response:
    parts, body = ACCEPTED[openapi.operation_id(row)](world)
    named = {"Idempotency-Key": f"once-{openapi.operation_id(row)}"}
    assert send(world, row, (parts, body), headers=named).status == row.statuses[0]
    other = ACCEPTED[openapi.operation_id(row)](world)[1] or {}
    changed = {**other, "name": "Other"} if "name" in other else other
    return send(world, row, (parts, changed), headers=named)


def not_found(world: World, row: Route) -> Response:
    parts, body = ACCEPTED[openapi.operation_id(row)](world)
    if "{" not in row.path and body:
        body = {**body, "site_integration_id" if "ids" in body else "site_id": 1}
        if row.caller is Caller.BRIDGE:
            body["content_id"] = 1
    listed = {} if "{" in row.path or body else {"?": "site=1"}
    if "{" in row.path and "?" in parts:
        listed = {"?": parts["?"]}
    return send(world, row, (listed, body))


def temporarily_unavailable(world: World, row: Route) -> Response:
    accepted = ACCEPTED[openapi.operation_id(row)](world)
    with pytest.MonkeyPatch.context() as patch:
        for call in ("_call", "_write"):
            patch.setattr(DynamoTables, call, down)
        return send(world, row, accepted)


def down(*_: Any, **__: Any) -> Any:
    raise Unavailable("dynamodb")


def with_strange_box(world: World, row: Route) -> Response:
    parts, body = ACCEPTED[openapi.operation_id(row)](world)
    html = "<p>Text</p><!-- igny8:kept 0123456789ab script 7 -->"
    return send(world, row, (parts, {**(body or {}), "content_html": html}))


def without_boxes(world: World, row: Route) -> Response:
    content = imported(world, "<p>Text</p><script></script>")
    return send(world, row, ({"content_id": content.id}, {"content_html": "<p>Text</p>"}))


def changed_meanwhile(world: World, row: Route) -> Response:
    if row.method == "PATCH" and "{content_id}" in row.path:
        content = imported(world, "<p>Text</p>")
        pulled(world, content.id, "<p>Text of theirs</p>")
        return send(world, row, ({"content_id": content.id}, {"title": "Ours"}))
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


def yanked(world: World, row: Route) -> Response:
    parts, _ = ACCEPTED[openapi.operation_id(row)](world)
    if world.services.release_store.catalogue(SLUG).find(Version.parse("2.0.2")) is None:
        released(world, a_release("2.0.2", state=State.YANKED))
    return send(world, row, (parts, None), query="version=2.0.2")


def no_integration(world: World, row: Route) -> Response:
    site = world.site()
    if row.path.endswith("install-link"):
        return send(world, row, (PLUGIN, {"site_id": site["id"]}))
    if row.path.endswith("{integration_id}"):  # no bridge has come yet
        return switched_on(world, row)
    if row.path.endswith("twins"):
        accepted = a_held_twin(world)
        path = f"/api/v1/integration/integrations/{accepted[0]['integration_id']}/"
        assert world.call("PATCH", path, {"is_active": False}).status == 200
        return send(world, row, accepted)
    if "sync" in row.path:  # a key, and no bridge that has come with it
        parts = {"integration_id": world.key(site)["integration_id"]}
        return send(world, row, (parts, {} if "{" in row.path else {"site_id": site["id"]}))
    if row.method == "DELETE" or row.path.endswith(("unpublish", "resolve-conflict")):
        return switched_off(world, row)
    content = world.content(site)
    body = {"status": "published"} if row.method == "PATCH" else {}
    body |= {"external_id": 7} if row.path.endswith("link") else {}
    return send(world, row, ({"content_id": content["id"]}, body))


def linked_already(world: World, row: Route) -> Response:
    site = world.connected_site()
    first, second = world.content(site), world.content(site)
    body = {"external_id": 7}
    assert send(world, row, ({"content_id": first["id"]}, body)).status == 202
    return send(world, row, ({"content_id": second["id"]}, body))


def switched_off(world: World, row: Route) -> Response:
    known = AGAIN if row.method == "DELETE" else ACCEPTED
    sent = known[openapi.operation_id(row)](world)
    path = f"/api/v1/writer/content/{sent[0]['content_id']}/publication/"
    integration = world.call("GET", path).data["integration_id"]
    path = f"/api/v1/integration/integrations/{integration}/"
    assert world.call("PATCH", path, {"is_active": False}).status == 200
    return send(world, row, sent)


def switched_on(world: World, row: Route) -> Response:
    parts = {"integration_id": world.key(world.site())["integration_id"]}
    path = f"/api/v1/integration/integrations/{parts['integration_id']}/"
    assert world.call("PATCH", path, {"is_active": False}).status == 200
    return send(world, row, (parts, {"sync_enabled": True, "is_active": True}))


def sync_running(world: World, row: Route) -> Response:
    accepted = ACCEPTED[openapi.operation_id(row)](world)
    assert send(world, row, accepted).status == 202
    return send(world, row, accepted)


def bridge_too_old(world: World, row: Route) -> Response:
    if row.path.endswith("twins"):
        accepted = a_held_twin(world)
        path = f"/api/v1/integration/integrations/{accepted[0]['integration_id']}/"
        site_id = world.call("GET", path).data["site_id"]
        site = world.call("GET", f"/api/v1/sites/{site_id}/").data
        key = world.last_key  # type: ignore[attr-defined]
        assert world.pair(site, key, bridge="2.0.0").status == 200, "an older one was put back"
        return send(world, row, accepted)
    older = world.connected_site(bridge="2.0.0")
    parts = {"integration_id": older["integration_id"]}
    named = {} if "integration_id" in row.path else {"site_id": older["id"]}
    return send(world, row, (parts, {**named, "direction": "pull"}))


def sync_frozen(world: World, row: Route) -> Response:
    """Pair in one life of the site's database, call in another."""
    _, paired = pairing(world)
    assert paired
    counted = {"epoch": EPOCH, "head_seq": 7}
    assert send(world, ROWS["test_connection"], ({}, {**paired, **counted})).status == 200
    key = {"X-IGNY8-API-KEY": world.last_key}  # type: ignore[attr-defined]
    parts, body = ACCEPTED[openapi.operation_id(row)](world)
    other = {**(body or {}), "epoch": EPOCH[::-1], "head_seq": 7, "site_id": paired["site_id"]}
    return send(world, row, (parts, other), headers=key)


def throttled(world: World, row: Route) -> Response:
    """More of its kind of caller than the share: of a site, of an address, of an account."""
    if row.caller in {Caller.PEOPLE, Caller.ADMIN}:
        return _of_an_account(world, row)
    if row.caller is Caller.OPEN:
        return _of_strangers(world, row)
    if "throttled" not in row.refuses:
        address = f"2001:db8::{list(ROWS).index(openapi.operation_id(row)):x}:0:0:0:1"
        limit = world.services.settings.wrong_keys_limit
        for _ in range(limit + limit // STEPS):
            _wrong_key(world, row, address)
        return _wrong_key(world, row, address)
    accepted = ACCEPTED[openapi.operation_id(row)](world)
    for _ in range(world.services.settings.webhook_limit):
        assert send(world, row, accepted).status == 200
    return send(world, row, accepted)


def _wrong_key(world: World, row: Route, address: str) -> Response:
    wrong = {"X-IGNY8-API-KEY": STRANGER}
    return world.call(row.method, f"{row.path}/", {}, account=None, headers=wrong, address=address)


def _of_strangers(world: World, row: Route) -> Response:
    accepted = ACCEPTED[openapi.operation_id(row)](world)
    limit = world.services.settings.check_address_limit
    for _ in range(limit):
        send(world, row, accepted, address="198.51.100.9")
    return send(world, row, accepted, address="198.51.100.9")


def _of_an_account(world: World, row: Route) -> Response:
    share = Share(
        store=CounterStore(world.services.tables),
        clock=world.services.clock,
        what=openapi.operation_id(row),
        limit=1,
        partition=str,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.services, "account_calls", share)
        assert send(world, row, ({}, {})).status != 429
        return send(world, row, ({}, {}))


def in_state(state: str) -> Callable[[World, Route], Response]:
    def refuse(world: World, row: Route) -> Response:
        content = bring_to(world, state)
        parts = {"content_id": content["id"]}
        if (row.method, state) == ("DELETE", "conflict"):
            parts["?"] = "unpublish=trash"
        return send(world, row, (parts, wish_of(row)))

    return refuse


def wish_of(row: Route) -> dict[str, Any] | None:
    """A body with which the row asks for what the state of the content may not allow."""
    if row.method == "PATCH":
        return {"status": "published"}
    if row.path.endswith("unpublish"):
        return {"to": "draft"}
    if row.path.endswith("link"):
        return {"external_id": 7}
    return {"keep": "ours"} if row.path.endswith("resolve-conflict") else None


def theirs_unread(world: World, row: Route) -> Response:
    site = world.connected_site(bridge="2.1.0")
    content = bring_to(world, "conflict", site)
    return send(world, row, ({"content_id": content["id"]}, wish_of(row)))


def conflict(world: World, row: Route) -> Response:
    if not row.path.endswith("resolve-conflict"):
        return in_state("conflict")(world, row)
    site = world.connected_site()
    content = bring_to(world, "published", site)
    elsewhere = {"url": "http://localhost:8081"}
    moved = world.call("PATCH", f"/api/v1/sites/{site['id']}/", elsewhere).data
    assert world.pair({**site, **moved}, site["api_key"]).status == 200
    put_to_rest(world, content, PublishState.CONFLICT)
    return send(world, row, ({"content_id": content["id"]}, wish_of(row)))


def published(world: World, row: Route) -> Response:
    content = bring_to(world, "published")
    body = {"status": "draft"} if row.method == "PATCH" else None
    return send(world, row, ({"content_id": content["id"]}, body))


def not_supported(world: World, row: Route) -> Response:
    if row.path.endswith("resolve-conflict"):
        parts = ACCEPTED[openapi.operation_id(row)](world)[0]
        return send(world, row, (parts, {"keep": {"title": "ours"}}))
    if row.body is not None:
        parts, body = ACCEPTED[openapi.operation_id(row)](world)
        wanted = {"direction": "both"} if "sync" in row.path else {"platform": "shopify"}
        return send(world, row, (parts, {**(body or {}), **wanted}))
    accepted = ACCEPTED[openapi.operation_id(row)](world)
    return send(world, row, accepted, query="include_validation=true")


def no_api_key(world: World, row: Route) -> Response:
    if "{" in row.path:
        site = world.connected_site()
        revoke = "/api/v1/integration/integrations/revoke-api-key/"
        assert world.call("POST", revoke, {"site_id": site["id"]}).status == 200
        return send(world, row, ({"integration_id": site["integration_id"]}, None))
    return send(world, row, ({}, {"site_id": world.site()["id"]}))


def already_there(world: World, row: Route) -> Response:
    return send(world, row, ({}, {"site_id": world.connected_site()["id"]}))


def site_url_mismatch(world: World, row: Route) -> Response:
    parts, body = ACCEPTED[openapi.operation_id(row)](world)
    other = "https://elsewhere.example"
    elsewhere = {"site_url": other, "rest_url": f"{other}/wp-json/"}
    return send(world, row, (parts, {**(body or {}), **elsewhere}))


REFUSED: dict[str, Callable[[World, Route], Response]] = {
    "unauthorized": unauthorized,
    "not_admin": not_admin,
    "version_exists": version_exists,
    "not_allowed": not_allowed,
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
    "kept_part_unknown": with_strange_box,
    "kept_parts_missing": without_boxes,
    "yanked": yanked,
    "too_large": too_large,
    "internal_error": internal_error,
    "no_integration": no_integration,
    "conflict": conflict,
    "not_published": in_state("none"),
    "nothing_to_cancel": in_state("published"),
    "nothing_to_retry": in_state("published"),
    "not_in_conflict": in_state("published"),
    "theirs_unread": theirs_unread,
    "gone": in_state("gone"),
    "in_flight": in_state("sending"),
    "already_published": in_state("published"),
    "post_is_linked": linked_already,
    "published": published,
    "not_supported": not_supported,
    "no_api_key": no_api_key,
    "site_url_mismatch": site_url_mismatch,
    "sync_running": sync_running,
    "bridge_too_old": bridge_too_old,
    "sync_frozen": sync_frozen,
    "throttled": throttled,
    "already_there": already_there,
}
