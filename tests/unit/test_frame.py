"""The frame of the API functions: who calls comes first, and there is one way out."""

import json
from dataclasses import replace
from typing import Any

import pytest
from igny8.core import errors
from igny8.core.ids import MAX_ID
from igny8.entrypoint.api import STATUS
from igny8.entrypoint.principal import Person
from igny8.entrypoint.rows import Answer, Call, Route, as_id

from tests.support.frame import ADMIN, ADMINS, BRIDGE, CLAIMS, OPEN, OWNER, PEOPLE, Services, send


def test_each_class_of_caller_is_who_it_says() -> None:
    people = send("/people/7", claims=CLAIMS)
    assert people["body"]["data"]["caller"] == repr(Person(4242, "u1", is_admin=False))
    assert people["body"]["data"]["path"] == {"id": "7"}
    assert send("/bridge/7", x_igny8_api_key="right")["body"]["data"]["caller"] == repr(OWNER)
    assert send("/open/7")["body"]["data"]["caller"] == "None"


@pytest.mark.parametrize("broken", ["{", "[]", '{"unknown": 1}', '{"name": 1}'])
@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        ("/people/7", {}, "unauthorized"),
        ("/people/7", {"x_igny8_api_key": "right"}, "unauthorized"),
        ("/admin/7", {}, "unauthorized"),
        ("/admin/7", {"x_igny8_api_key": "right"}, "unauthorized"),
        ("/bridge/7", {}, "missing_api_key"),
        ("/bridge/7", {"x_igny8_api_key": "wrong"}, "invalid_api_key"),
    ],
)
def test_nothing_is_read_of_somebody_who_may_not_call(
    path: str, headers: dict[str, str], code: str, broken: str
) -> None:
    """Not even what is wrong with it is told."""
    answer = send(path, body=broken, query={"unknown": "1"}, **headers)
    assert (answer["status"], answer["body"]["error"]["code"]) == (401, code)


def test_a_signed_in_person_is_not_a_bridge() -> None:
    assert send("/bridge/7", claims=CLAIMS)["status"] == 401


@pytest.mark.parametrize("groups", [None, "", "people", "admins", "not admin-s", "Admin", ["a"]])
@pytest.mark.parametrize("broken", ["{", '{"unknown": 1}'])
def test_nothing_is_read_of_people_who_are_no_administrators(groups: Any, broken: str) -> None:
    claims = CLAIMS if groups is None else {**CLAIMS, "cognito:groups": groups}
    answer = send("/admin/7", body=broken, query={"unknown": "1"}, claims=claims)
    assert (answer["status"], answer["body"]["error"]["code"]) == (403, "not_admin")


@pytest.mark.parametrize("groups", ["admin", "people,admin", "[people admin]", ["people", "admin"]])
def test_administrators_are_people_of_that_group(groups: Any) -> None:
    answer = send("/admin/7", claims={**CLAIMS, "cognito:groups": groups})
    assert answer["body"]["data"]["caller"] == repr(Person(4242, "u1", is_admin=True))
    refused = send("/admin/7", claims={**CLAIMS, "cognito:groups": groups}, query={"sort": "x"})
    assert list(refused["body"]["error"]["fields"]) == ["sort"], "as people are told"
    other = {**CLAIMS, "cognito:groups": groups, "token_use": "access"}
    assert send("/admin/7", claims=other)["body"]["error"]["code"] == "no_account"


@pytest.mark.parametrize("row", [PEOPLE, ADMIN, BRIDGE, OPEN])
def test_a_row_without_caller_is_unreachable_not_open(row: Route) -> None:
    path = row.path.replace("{id}", "7")
    send_all = {"claims": ADMINS, "x_igny8_api_key": "right"}
    assert send(path, [row], **send_all)["status"] == 200
    answer = send(path, [replace(row, caller=None)], **send_all)
    assert (answer["status"], answer["body"]["error"]["code"]) == (404, "not_found")
    bare = Route(method=row.method, path=row.path, run=row.run)
    assert send(path, [bare], **send_all)["status"] == 404, "nobody is not anybody"


def test_people_are_told_of_unknown_parameters_and_bridges_are_not() -> None:
    answer = send("/people/7", claims=CLAIMS, query={"site": "1", "sort": "x"})
    assert (answer["status"], list(answer["body"]["error"]["fields"])) == (422, ["sort"])
    known = send("/bridge/7", x_igny8_api_key="right", query={"site": "1", "sort": "x"})
    assert known["body"]["data"]["query"] == "1"


def test_routes_are_found_by_method_and_parts() -> None:
    assert send("/open/health")["body"]["data"] == "literal"
    assert send("/open/health/")["body"]["data"] == "literal"
    for path, method in (
        ("/open", "POST"),
        ("/open/7/8", "POST"),
        ("/open/7", "GET"),
        ("/", "POST"),
    ):
        assert send(path, method=method)["status"] == 404


@pytest.mark.parametrize(
    ("answer", "status", "body", "headers"),
    [
        (Answer.redirect("https://e.example/x"), 302, "", {"Location": "https://e.example/x"}),
        (Answer.empty(ETag="x", Content_Length="9"), 200, "", {"ETag": "x", "Content-Length": "9"}),
        (Answer.empty(304), 304, "", {}),
        (Answer(page="<p>é</p>"), 200, "<p>é</p>", {"Content-Type": "text/html; charset=utf-8"}),
        (Answer(data=1, headers={"ETag": "y"}), 200, {"success": True, "data": 1},
         {"ETag": "y", "Content-Type": "application/json; charset=utf-8"}),
    ],
)  # fmt: skip
def test_answers_of_every_kind(
    answer: Answer, status: int, body: Any, headers: dict[str, str]
) -> None:
    row = replace(OPEN, run=lambda _call, _services: answer)
    got = send("/open/7", [row])
    assert (got["status"], got["body"]) == (status, body)
    assert got["headers"].items() >= headers.items()
    assert ("Content-Type" in got["headers"]) == bool(body)


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (errors.Gone("yanked", "It was withdrawn."), 410, None),
        (errors.Throttled(retry_after=17), 429, "17"),
        (errors.Unavailable("dynamodb"), 503, "5"),
        (errors.NotFound(), 404, None),
        (RuntimeError("ours"), 500, None),
    ],
)
def test_refusals(error: Exception, status: int, retry_after: str | None) -> None:
    def refuse(_call: Call, _services: Services) -> Answer:
        raise error

    got = send("/open/7", [replace(OPEN, run=refuse)])
    assert (got["status"], got["headers"].get("Retry-After")) == (status, retry_after)
    assert got["body"]["success"] is False
    assert got["body"]["error"]["request_id"] == "r-1"
    assert "ours" not in json.dumps(got["body"])


def test_every_refusal_has_a_status() -> None:
    def leaves(kind: type[Exception]) -> set[type[Exception]]:
        below = kind.__subclasses__()
        return {leaf for one in below for leaf in leaves(one)} if below else {kind}

    kinds = leaves(errors.DomainError)
    assert not [kind for kind in kinds if not any(issubclass(kind, known) for known in STATUS)]


@pytest.mark.parametrize(
    "text", [None, "", "0", "-1", "1.0", "٣", "1e3", str(MAX_ID + 1), "9" * 17]
)
def test_what_cannot_be_an_id(text: str | None) -> None:
    assert as_id(text) is None
    assert as_id(str(MAX_ID)) == MAX_ID
