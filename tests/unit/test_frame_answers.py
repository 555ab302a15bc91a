"""What rows of every kind answer: redirects, pages, marks, HEAD; and when to come again."""

from dataclasses import replace
from typing import Any

import pytest
from igny8.core import errors
from igny8.entrypoint.api import STATUS, Api
from igny8.entrypoint.rows import Answer, Call, Page, Route
from openapi_spec_validator import validate
from typing_extensions import TypedDict

from local import openapi, openapi_codes
from tests.support.frame import BRIDGE, OPEN, Services, send
from tests.support.openapi import Contract
from tests.support.world import Response


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
