"""Pages of other origins are let in only where they are named."""

from dataclasses import replace

import pytest

from tests.support.world import World

pytestmark = pytest.mark.rows("memory")

CONSOLE = "https://console.example"
CONTENT = "/api/v1/writer/content/"


@pytest.fixture
def open_world(world: World) -> World:
    world.services.settings = replace(
        world.services.settings, allowed_origins=(CONSOLE, "https://other.example")
    )
    return world


def test_by_default_no_origin_is_let_in(world: World):
    for method in ("OPTIONS", "GET"):
        answer = world.call(method, "/api/v1/sites/", headers={"Origin": CONSOLE})
        assert not [name for name in answer.headers if name.startswith("Access-Control-Allow-Or")]
        assert "Vary" not in answer.headers


def test_a_named_origin_may_ask_and_read(open_world: World):
    site = open_world.site()
    path = f"/api/v1/sites/{site['id']}/"
    asked = open_world.call("OPTIONS", path, account=None, headers={"origin": CONSOLE})
    assert (asked.status, asked.body) == (204, None)
    assert asked.headers["Access-Control-Allow-Origin"] == CONSOLE
    assert asked.headers["Access-Control-Allow-Methods"] == "DELETE, GET, PATCH"
    assert "authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert "idempotency-key" in asked.headers["Access-Control-Allow-Headers"]
    read = open_world.call("GET", path, headers={"Origin": CONSOLE})
    assert read.status == 200
    assert read.headers["Access-Control-Allow-Origin"] == CONSOLE
    assert read.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in read.headers


def test_refusals_can_be_read_too(open_world: World):
    answer = open_world.call("GET", f"{CONTENT}1/", headers={"Origin": CONSOLE})
    assert answer.status == 404
    assert answer.headers["Access-Control-Allow-Origin"] == CONSOLE


@pytest.mark.parametrize("origin", ["https://evil.example", f"{CONSOLE}.evil.example", "null", ""])
def test_another_origin_is_not_let_in(open_world: World, origin: str):
    for method in ("OPTIONS", "GET"):
        answer = open_world.call(method, "/api/v1/sites/", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Vary"] == "Origin"


def test_nobody_can_ask_about_a_path_that_is_none(open_world: World):
    answer = open_world.call("OPTIONS", "/api/v1/nothing/", headers={"Origin": CONSOLE})
    assert answer.status == 404
