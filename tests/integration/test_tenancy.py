"""Another account's ids answer like ids that never existed, everywhere."""

import json
import re
from typing import Any

import pytest
from igny8.distribution.model import SLUG
from igny8.entrypoint.rows import Caller

from tests.support.aws_calls import stored_rows
from tests.support.batches import begun
from tests.support.functions import ROWS
from tests.support.releases import released
from tests.support.world import ACCOUNT, HTML, OTHER_ACCOUNT, SITE_URL, Context, World, api_event

ABSENT = 123_456_789
INTEGRATIONS = "/api/v1/integration/integrations"
CONTENT = "/api/v1/writer/content"

ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/v1/sites/{site}/", None),
    ("PATCH", "/api/v1/sites/{site}/", {"name": "Mine now"}),
    ("DELETE", "/api/v1/sites/{site}/", None),
    ("GET", "/api/v1/sites/{site}/publishing-settings/", None),
    ("PUT", "/api/v1/sites/{site}/publishing-settings/", {"auto_publish_enabled": True}),
    ("GET", INTEGRATIONS + "/?site={site}", None),
    ("GET", INTEGRATIONS + "/{integration}/", None),
    ("POST", INTEGRATIONS + "/", {"site_id": "{site}"}),
    ("PATCH", INTEGRATIONS + "/{integration}/", {"sync_enabled": False}),
    ("PUT", INTEGRATIONS + "/{integration}/", {"sync_enabled": False, "is_active": False}),
    ("DELETE", INTEGRATIONS + "/{integration}/", None),
    ("POST", INTEGRATIONS + "/{integration}/resume/", None),
    ("GET", INTEGRATIONS + "/{integration}/debug-status/", None),
    ("GET", INTEGRATIONS + "/{integration}/events/", None),
    ("GET", INTEGRATIONS + "/{integration}/events/?content_id={content}", None),
    ("GET", INTEGRATIONS + "/{integration}/sync-status/", None),
    ("GET", INTEGRATIONS + "/{integration}/sync-health/", None),
    ("GET", INTEGRATIONS + "/{integration}/terms/?taxonomy=category", None),
    ("GET", INTEGRATIONS + "/{integration}/runs/", None),
    ("GET", INTEGRATIONS + "/{integration}/runs/{run}/", None),
    ("GET", INTEGRATIONS + "/{own_integration}/runs/{run}/", None),
    ("GET", INTEGRATIONS + "/{integration}/runs/{run}/items/", None),
    ("GET", INTEGRATIONS + "/{own_integration}/runs/{run}/items/", None),
    ("POST", INTEGRATIONS + "/{integration}/runs/{run}/cancel/", None),
    ("POST", INTEGRATIONS + "/{own_integration}/runs/{run}/cancel/", None),
    ("POST", INTEGRATIONS + "/{integration}/runs/{run}/twins/", {"7": "link"}),
    ("POST", INTEGRATIONS + "/{own_integration}/runs/{run}/twins/", {"7": "link"}),
    ("GET", INTEGRATIONS + "/{integration}/content-types/", None),
    ("PATCH", INTEGRATIONS + "/{integration}/content-types/", {"post_types": {}}),
    ("POST", INTEGRATIONS + "/{integration}/test-connection/", None),
    ("POST", INTEGRATIONS + "/{integration}/test-collection-connection/", {"post_type": "post"}),
    ("POST", INTEGRATIONS + "/{integration}/sync/", None),
    ("POST", "/api/v1/integration/site-sync/", {"site_id": "{site}"}),
    ("POST", INTEGRATIONS + "/generate-api-key/", {"site_id": "{site}"}),
    ("POST", INTEGRATIONS + "/revoke-api-key/", {"site_id": "{site}"}),
    ("POST", CONTENT + "/", {"site_id": "{site}", "title": "T", "content_html": HTML}),
    ("GET", CONTENT + "/?site={site}", None),
    ("GET", CONTENT + "/?site={site}&status=draft", None),
    ("GET", CONTENT + "/{content}/", None),
    ("PATCH", CONTENT + "/{content}/", {"title": "Mine now"}),
    ("PATCH", CONTENT + "/{content}/", {"status": "published"}),
    ("DELETE", CONTENT + "/{content}/", None),
    ("DELETE", CONTENT + "/{content}/?unpublish=keep", None),
    ("POST", CONTENT + "/{content}/publish/", None),
    ("POST", CONTENT + "/{content}/publish/", {"recreate": True}),
    ("POST", CONTENT + "/{content}/publish/", {"site_integration_id": "{integration}"}),
    ("POST", CONTENT + "/{own_content}/publish/", {"site_integration_id": "{integration}"}),
    ("GET", CONTENT + "/{content}/publication/", None),
    ("GET", CONTENT + "/{content}/revisions/", None),
    ("GET", CONTENT + "/{content}/revisions/{rev}/", None),
    ("POST", CONTENT + "/{content}/cancel/", None),
    ("POST", CONTENT + "/{content}/retry/", None),
    ("POST", CONTENT + "/{content}/unpublish/", {"to": "draft"}),
    ("POST", CONTENT + "/{content}/resolve-conflict/", {"keep": "ours"}),
    ("POST", CONTENT + "/{content}/link/", {"external_id": 7}),
    ("POST", CONTENT + "/bulk-publish/", {"ids": [ABSENT], "site_integration_id": "{integration}"}),
    ("GET", "/api/v1/writer/batches/{batch}/", None),
    ("POST", "/api/v1/writer/batches/{batch}/cancel/", None),
    ("POST", "/api/plugins/{slug}/install-link/", {"site_id": "{site}"}),
]


def _fill(body: Any, ids: dict[str, Any]) -> Any:
    if body is None:
        return None
    return {
        name: ids[value.strip("{}")] if isinstance(value, str) and value[:1] == "{" else value
        for name, value in body.items()
    }


@pytest.fixture
def theirs(shared: World) -> dict[str, Any]:
    """Ids of the other account, with a published article."""
    site = shared.connected_site(account=OTHER_ACCOUNT)
    content = shared.content(site, account=OTHER_ACCOUNT)
    path = f"{CONTENT}/{content['id']}/publish/"
    assert shared.call("POST", path, account=OTHER_ACCOUNT).status == 202
    batch = begun(shared, [content], account=OTHER_ACCOUNT)
    shared.messages()
    shared.messages("batch")
    sync = f"{INTEGRATIONS}/{site['integration_id']}/sync/"
    run = shared.call("POST", sync, account=OTHER_ACCOUNT).data["run"]
    shared.call("POST", f"{sync[:-5]}runs/{run['id']}/cancel/", account=OTHER_ACCOUNT)
    shared.messages("sync")
    own_site = shared.connected_site()
    own = shared.content(own_site)
    if not shared.services.release_store.catalogue(SLUG).entries:
        released(shared, "2.0.1")
    return {
        "site": site["id"], "integration": site["integration_id"], "content": content["id"],
        "own_content": own["id"], "batch": batch, "slug": SLUG, "rev": 1, "run": run["id"],
        "own_integration": own_site["integration_id"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body"), ROUTES, ids=[f"{m} {p} {b}" for m, p, b in ROUTES]
)
def test_same_answer_as_absent(
    shared: World, theirs: dict[str, Any], method: str, path: str, body: Any
) -> None:
    absent = {
        **dict.fromkeys(theirs, ABSENT),
        "own_content": theirs["own_content"],
        "own_integration": theirs["own_integration"],
        "slug": SLUG,
        "rev": 1,
    }
    before = stored_rows()
    foreign = shared.call(method, path.format(**theirs), _fill(body, theirs))
    missing = shared.call(method, path.format(**absent), _fill(body, absent))
    assert foreign.status == missing.status == 404
    assert foreign.code == "not_found"
    for answer in (foreign, missing):
        del answer.body["error"]["request_id"]
    assert foreign.body == missing.body
    assert foreign.headers == missing.headers
    assert stored_rows() == before
    assert shared.messages() == shared.messages("sync") == shared.messages("batch") == []
    assert shared.wordpress.calls == []


def test_every_route_of_people_that_names_something_is_among_them() -> None:
    tried = {
        (method, re.sub(r"\{\w+\}", "{}", path.partition("?")[0])) for method, path, _ in ROUTES
    }
    for _, row in ROWS:
        if row.caller is Caller.PEOPLE and "{" in row.path:
            assert (row.method, re.sub(r"\{\w+\}", "{}", row.path) + "/") in tried, row.path


@pytest.mark.parametrize(
    ("method", "path", "body"), ROUTES, ids=[f"{m} {p} {b}" for m, p, b in ROUTES]
)
@pytest.mark.usefixtures("theirs")
def test_owner_is_let_in(
    shared: World, theirs: dict[str, Any], method: str, path: str, body: Any
) -> None:
    """What shows that the routes above are real ones."""
    path = path.replace("{own_content}", "{content}").replace("{own_integration}", "{integration}")
    answer = shared.call(method, path.format(**theirs), _fill(body, theirs), account=OTHER_ACCOUNT)
    if path.endswith("/twins/"):  # it is their run, which holds none
        assert answer.body["error"]["fields"] == {"7": ["The run has held no such post."]}
        return
    assert answer.status < 300 or answer.code in {
        "published", "already_there", "not_in_conflict", "in_flight",
    }  # fmt: skip


def test_lists_show_the_own_account_alone(shared: World, theirs: dict[str, Any]) -> None:
    sites = shared.call("GET", "/api/v1/sites/?limit=100").data
    assert theirs["site"] not in {site["id"] for site in sites}
    integrations = shared.call("GET", f"{INTEGRATIONS}/?limit=100").data
    assert {one["account_id"] for one in integrations} == {ACCOUNT}


def test_a_key_pairs_no_other_site(shared: World, theirs: dict[str, Any]) -> None:
    site = shared.connected_site()
    headers = {"X-IGNY8-API-KEY": site["api_key"]}
    path = f"{INTEGRATIONS}/test-connection/"
    before = stored_rows()
    answers = [
        shared.call("POST", path, {"site_id": other, "site_url": SITE_URL}, account=None,
                    headers=headers)
        for other in (theirs["site"], ABSENT)
    ]  # fmt: skip
    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].body == answers[1].body
    assert stored_rows() == before


def call_with_claims(claims: Any) -> tuple[int, str]:
    from integrations_api.handler import lambda_handler

    event = api_event("GET", "/api/v1/sites/")
    event["requestContext"]["authorizer"] = {"claims": claims} if claims is not None else None
    answer = lambda_handler(event, Context())
    body = json.loads(answer["body"])
    return answer["statusCode"], "" if body["success"] else body["error"]["code"]


ID_TOKEN = {"sub": "u1", "token_use": "id", "custom:account_id": str(ACCOUNT)}


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (ID_TOKEN, (200, "")),
        (None, (401, "unauthorized")),
        ({}, (401, "unauthorized")),
        ({**ID_TOKEN, "token_use": "access"}, (403, "no_account")),
        ({"sub": "u1", "token_use": "id"}, (403, "no_account")),
        ({"sub": "u1", "custom:account_id": str(ACCOUNT)}, (403, "no_account")),
        *[
            ({**ID_TOKEN, "custom:account_id": account}, (403, "no_account"))
            for account in (
                "", "0", "-1", " 4242", "4242\n", "04242", "4242.0", "4e3", "٤٢٤٢", "4242#S",
                "A#4242", "9" * 16, "9" * 40, "null", None, ["4242"],
            )
        ],
    ],
)  # fmt: skip
def test_claims(claims: Any, expected: tuple[int, str]) -> None:
    assert call_with_claims(claims) == expected


def test_account_in_request_decides_nothing(shared: World, theirs: dict[str, Any]) -> None:
    headers = {"custom:account_id": str(OTHER_ACCOUNT), "X-Account-Id": str(OTHER_ACCOUNT)}
    path = f"/api/v1/sites/{theirs['site']}/"
    assert shared.call("GET", path, headers=headers).status == 404
    body = {"name": "N", "url": SITE_URL, "account_id": OTHER_ACCOUNT}
    assert shared.call("POST", "/api/v1/sites/", body).status == 422
