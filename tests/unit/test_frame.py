"""The frame of the API functions: who calls comes first, and there is one way out."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from igny8.core import errors
from igny8.core.cursor import decode_cursor
from igny8.core.ids import MAX_ID
from igny8.core.settings import Settings
from igny8.entrypoint import answering
from igny8.entrypoint.api import STATUS, Api
from igny8.entrypoint.principal import Person
from igny8.entrypoint.rows import Answer, Call, Caller, Page, Route, as_id
from igny8.sites.model import KeyOwner
from openapi_spec_validator import validate
from pydantic import BaseModel, ConfigDict
from typing_extensions import TypedDict

from local import openapi, openapi_codes
from tests.support.openapi import Contract
from tests.support.world import Response

OWNER = KeyOwner(1, 2, 3, "hmac")
CLAIMS = {"sub": "u1", "token_use": "id", "custom:account_id": "4242"}


class Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    name: str = ""


class Query(BaseModel):
    site: str | None = None


class Services:
    """Knows one key."""

    settings = Settings()

    def __init__(self) -> None:
        self.integrations = self

    def identify(self, key: str) -> KeyOwner:
        if key != "right":
            raise errors.Unauthenticated("invalid_api_key", "no")
        return OWNER


def say(call: Call, _services: Services) -> Answer:
    """Tell what arrived."""
    body = call.body.name if call.body else None
    query = call.query.site if call.query else None
    return Answer(data={"caller": repr(call.caller), "path": dict(call.path), "body": body,
                        "query": query})  # fmt: skip


PEOPLE = Route(method="POST", path="/people/{id}", caller=Caller.PEOPLE, run=say, body=Body,
               query=Query)  # fmt: skip
BRIDGE = replace(PEOPLE, path="/bridge/{id}", caller=Caller.BRIDGE)
OPEN = replace(PEOPLE, path="/open/{id}", caller=Caller.OPEN)
LITERAL = replace(OPEN, path="/open/health", run=lambda _call, _services: Answer(data="literal"))
ROUTES = [PEOPLE, BRIDGE, OPEN, LITERAL]


def send(
    path: str,
    routes: list[Route] = ROUTES,
    *,
    method: str = "POST",
    body: str = "{}",
    claims: Any = None,
    query: Any = None,
    **headers: str,
) -> dict[str, Any]:
    event = {
        "httpMethod": method,
        "path": path,
        "body": body,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "queryStringParameters": query,
        "requestContext": {"requestId": "r-1", "authorizer": {"claims": claims} if claims else {}},
    }
    answer = Api(Services, routes)(event, None)
    given = answer["multiValueHeaders"]
    assert given["Cache-Control"] == ["no-store"]
    parsed = json.loads(answer["body"]) if answer["body"].startswith("{") else answer["body"]
    return {"status": answer["statusCode"], "body": parsed,
            "headers": {name: value[0] for name, value in given.items()}}  # fmt: skip


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


@pytest.mark.parametrize("row", [PEOPLE, BRIDGE, OPEN])
def test_a_row_without_caller_is_unreachable_not_open(row: Route) -> None:
    path = row.path.replace("{id}", "7")
    send_all = {"claims": CLAIMS, "x_igny8_api_key": "right"}
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


# --- What rows of other kinds answer, as their document says -------------------------------------


class Thing(TypedDict):
    """A thing."""

    name: str


MARK = '"m1"'
REDIRECT = replace(
    OPEN, method="GET", path="/api/v1/moved", body=None, answer=None, statuses=(302,),
    run=lambda _call, _services: Answer.redirect("https://e.example/x"),
)  # fmt: skip
PAGE = replace(
    REDIRECT, path="/api/v1/page", answer=Page, statuses=(200,),
    run=lambda _call, _services: Answer(page="<p>é</p>"),
)  # fmt: skip
KEPT = replace(
    PAGE, path="/api/v1/kept", answer=Thing, etag=True, cache="public, max-age=60",
    run=lambda _call, _services: Answer(data={"name": "é"}),
)  # fmt: skip
MARKED = replace(
    KEPT, path="/api/v1/marked",
    run=lambda _call, _services: Answer(data={"name": "é"}, headers={"ETag": MARK}),
)  # fmt: skip
HEAD = replace(
    KEPT, method="HEAD", path="/api/v1/head", answer=None,
    run=lambda _call, _services: Answer.empty(ETag=MARK, Content_Length="9"),
)  # fmt: skip
EMPTY = replace(
    REDIRECT, method="DELETE", path="/api/v1/empty", statuses=(204,),
    run=lambda _call, _services: Answer.empty(204),
)  # fmt: skip


def refusing(path: str, error: errors.DomainError, method: str = "GET") -> Route:
    def refuse(_call: Call, _services: Services) -> Answer:
        raise error

    return replace(PAGE, method=method, path=path, answer=Thing, run=refuse, refuses=(error.code,))


YANKED = refusing("/api/v1/yanked", errors.Gone("yanked", "It was withdrawn."))
BUSY = refusing("/api/v1/busy", errors.Throttled(retry_after=17))
BUSY_HEAD = refusing("/api/v1/busy", errors.Throttled(retry_after=0), method="HEAD")
KINDS = [REDIRECT, PAGE, KEPT, MARKED, HEAD, EMPTY, YANKED, BUSY, BUSY_HEAD]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Contract:
    monkeypatch.setitem(openapi_codes.CODES, "yanked", (errors.Gone, "It was withdrawn."))
    monkeypatch.setattr(openapi, "operation_id", lambda row: f"{row.method}{row.path}")
    return Contract(KINDS, openapi.document(KINDS))


def answer_to(row: Route, **headers: str) -> Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    event = {"httpMethod": row.method, "path": row.path, "headers": given}
    return Response.of(Api(Services, KINDS)(event, None))


def test_a_document_of_every_kind_is_valid(drawn: Contract) -> None:
    validate(drawn.document)


@pytest.mark.parametrize(
    ("row", "status", "body", "headers"),
    [
        (REDIRECT, 302, None, {"Location": "https://e.example/x"}),
        (PAGE, 200, "<p>é</p>", {"Content-Type": "text/html; charset=utf-8"}),
        (MARKED, 200, {"success": True, "data": {"name": "é"}}, {"ETag": MARK}),
        (KEPT, 200, {"success": True, "data": {"name": "é"}},
         {"Cache-Control": "public, max-age=60"}),
        (HEAD, 200, None, {"ETag": MARK, "Content-Length": "9"}),
        (EMPTY, 204, None, {}),
        (YANKED, 410, ..., {"Cache-Control": "no-store"}),
        (BUSY, 429, ..., {"Retry-After": "17"}),
        (BUSY_HEAD, 429, None, {"Retry-After": "1"}),
    ],
    ids=lambda value: value.path if isinstance(value, Route) else "",
)  # fmt: skip
def test_rows_of_every_kind_answer_as_their_document_says(
    drawn: Contract, row: Route, status: int, body: Any, headers: dict[str, str]
) -> None:
    answer = answer_to(row)
    assert answer.status == status
    assert body is ... or answer.body == body
    assert answer.headers.items() >= headers.items()
    told = (row.method, row.path, status, answer.body)
    assert drawn.misfits(*told, answer.headers) == []
    assert drawn.misfits(row.method, row.path, 418, answer.body, answer.headers)
    assert drawn.misfits(row.method, row.path, status, "another", answer.headers) or row is PAGE
    for name in {*headers, "Cache-Control"} - {"Content-Length"}:
        without = {key: value for key, value in answer.headers.items() if key != name}
        assert drawn.misfits(*told, without), name


@pytest.mark.parametrize("known", [MARK, f"W/{MARK}", f'"m0", {MARK}', "*"])
def test_who_has_it_already_is_told_so(drawn: Contract, known: str) -> None:
    for row in (MARKED, HEAD):
        answer = answer_to(row, if_none_match=known)
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, None, MARK)
        assert "Content-Type" not in answer.headers
        assert drawn.misfits(row.method, row.path, 304, None, answer.headers) == []
        assert drawn.misfits(row.method, row.path, 304, None, {"Cache-Control": row.cache})


@pytest.mark.parametrize("known", ["", '"m0"', MARK.strip('"'), f'"x{MARK}"', "W/", '"*"'])
def test_who_has_another_gets_it(known: str) -> None:
    assert answer_to(MARKED, if_none_match=known).status == 200


def test_a_mark_is_drawn_from_the_body_where_the_route_names_none() -> None:
    mark = answer_to(KEPT).headers["ETag"]
    assert answer_to(KEPT, If_None_Match=mark).status == 304
    other = replace(KEPT, run=lambda _call, _services: Answer(data={"name": "e"}))
    event = {"httpMethod": "GET", "path": KEPT.path, "headers": {"If-None-Match": mark}}
    assert Api(Services, [other])(event, None)["statusCode"] == 200


def test_what_is_refused_has_no_mark_and_is_not_kept() -> None:
    row = replace(KEPT, run=YANKED.run)
    answer = Response.of(Api(Services, [row])({"httpMethod": "GET", "path": row.path}, None))
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("path", ["/api/v1/busy", "/api/v1/nothing", "/api/v1/head"])
def test_nothing_follows_the_headers_of_an_answer_to_head(path: str) -> None:
    got = Api(Services, KINDS)({"httpMethod": "HEAD", "path": path}, None)
    assert got["body"] == ""


def test_a_route_hears_the_headers_that_matter_and_no_credentials() -> None:
    heard: list[Call] = []

    def listen(call: Call, _services: Services) -> Answer:
        heard.append(call)
        return Answer(data=None)

    send(
        "/bridge/7", [replace(BRIDGE, run=listen)],
        X_IGNY8_API_KEY="right", Authorization="Bearer right", Cookie="a=b", User_Agent="WordPress",
        X_Forwarded_For="1.2.3.4", if_none_match="*",
    )  # fmt: skip
    assert heard[0].headers == {"user-agent": "WordPress", "if-none-match": "*"}


# --- Sizes ---------------------------------------------------------------------------------------

MOST = Settings().request_max_bytes


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_a_body_is_refused_above_its_limit_before_it_is_parsed(letter: str) -> None:
    frame = len('{"name": ""}')
    letters, spaces = divmod(MOST - frame, len(letter.encode()))
    fits = '{"name": "' + letter * letters + '"}' + " " * spaces
    assert send("/open/7", body=fits)["status"] == 200
    for over in (fits + " ", letter * (MOST + 1), "{" * (MOST + 1)):
        answer = send("/open/7", body=over)
        assert (answer["status"], answer["body"]["error"]["code"]) == (413, "too_large")
        assert "5 MB" in answer["body"]["error"]["message"]


@pytest.mark.parametrize("more", [0, 1, 2, 3, 4])
def test_bodies_in_base64_count_as_what_they_hold(more: int) -> None:
    raw = b'{"name": "' + b"x" * (MOST - 12 - 2) + b'"}' + b" " * more
    event = {"httpMethod": "POST", "path": "/open/7", "isBase64Encoded": True,
             "body": base64.b64encode(raw).decode()}  # fmt: skip
    got = Api(Services, ROUTES)(event, None)["statusCode"]
    assert got == (200 if len(raw) <= MOST else 413)


def test_the_limit_of_a_body_says_nothing_to_somebody_who_may_not_call() -> None:
    assert send("/people/7", body="x" * (MOST + 1))["status"] == 401


@pytest.mark.parametrize("letters", ["x" * 90_000, 'a"b\\' * 22_000, "\u0645" * 60_000])
@pytest.mark.parametrize("in_ascii", [False, True])
def test_lists_end_where_lambda_would_refuse_them(
    monkeypatch: pytest.MonkeyPatch, letters: str, in_ascii: bool
) -> None:
    monkeypatch.setattr(answering, "ESCAPES_LETTERS", in_ascii)
    items = [{"id": 1000 - number, "name": letters} for number in range(150)]

    def page(call: Call, _services: Services) -> Answer:
        before = MAX_ID if call.query.site is None else decode_cursor(call.query.site)
        return Answer(data=[one for one in items if one["id"] < before], meta={"next": None})

    row = replace(OPEN, method="GET", body=None, run=page)
    seen: list[Any] = []
    cursor = None
    while True:
        event = {"httpMethod": "GET", "path": "/open/7",
                 "queryStringParameters": {"site": cursor} if cursor else None}  # fmt: skip
        got = Api(Services, [row])(event, None)
        assert len(json.dumps(got, ensure_ascii=in_ascii).encode()) < 6 * 1024 * 1024
        body = json.loads(got["body"])
        seen += body["data"]
        cursor = body["meta"]["next"]
        if cursor is None:
            break
        assert len(body["data"]) > 5, "as many as fit"
    assert seen == items


def test_a_list_that_fits_is_left_as_it_is() -> None:
    row = replace(OPEN, run=lambda _c, _s: Answer(data=[{"id": 1}], meta={"next": "as it is"}))
    assert send("/open/7", [row])["body"]["meta"] == {"next": "as it is"}


# --- When to come again --------------------------------------------------------------------------


def test_whoever_is_asked_to_come_again_is_told_when() -> None:
    """Every refusal of 429 and 503 knows how many seconds; none is below one."""
    later = [kind for kind, status in STATUS.items() if status in {429, 503}]
    assert later
    assert all(issubclass(kind, errors.Later) for kind in later)
    for error in (errors.Throttled(retry_after=0), errors.Unavailable("s3", retry_after=-3)):
        row = refusing("/api/v1/later", error)
        got = Response.of(Api(Services, [row])({"httpMethod": "GET", "path": row.path}, None))
        assert got.headers["Retry-After"] == "1"


def test_who_has_no_credentials_is_told_which() -> None:
    for path in ("/people/7", "/bridge/7"):
        assert send(path)["headers"]["WWW-Authenticate"] == "Bearer"
