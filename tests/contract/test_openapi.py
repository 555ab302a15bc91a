"""The API's document is drawn from the rows, valid, and true: every answer in it is provoked."""

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate

from local import openapi, openapi_codes
from tests.contract.accepted import ACCEPTED, AGAIN, ROWS, send
from tests.contract.refused import REFUSED
from tests.support.aws import forget_rows
from tests.support.openapi import contract, document, misfits
from tests.support.world import World, running_world

WEBHOOK_LIMIT = 2  # a minute and site: each of them has its own here


@pytest.fixture(scope="module")
def _module_world() -> Iterator[World]:
    limits = dict.fromkeys(
        ("webhook_limit", "check_address_limit", "download_address_limit"), WEBHOOK_LIMIT
    )
    with running_world(**limits) as made:
        yield made


@pytest.fixture
def world(_module_world: World) -> World:
    """The module's world without what others left: each row that lies there costs every call."""
    forget_rows()
    return _module_world


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
        assert send(world, row, AGAIN[name](world)).status == row.statuses[1]


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
