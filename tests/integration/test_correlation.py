"""One id from the click through the hint to WordPress and back, in every line of the logs."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from igny8.core.errors import Lost, Unavailable
from igny8.core.logging import begin, followed
from igny8.core.queue import Hint
from igny8.publishing import leasing

from tests.support.loglines import Lines, logged
from tests.support.site_events import Bridge, seed_status
from tests.support.steps import sweep_and_work
from tests.support.wordpress import lost
from tests.support.world import Context, World

pytestmark = pytest.mark.rows("memory")

CLICK = "click-1f0c"
RUN = Context.aws_request_id


@pytest.fixture
def lines() -> Iterator[Lines]:
    with logged() as heard:
        yield heard


def ids(heard: list[dict[str, Any]]) -> set[Any]:
    return {line.get("correlation_id") for line in heard}


def hints(records: list[dict[str, Any]]) -> set[Any]:
    return {json.loads(record["body"])["correlation_id"] for record in records}


def sent(world: World) -> set[Any]:
    """What WordPress was told with the calls about contents."""
    calls = zip(world.wordpress.knocks, world.wordpress.headers, strict=True)
    about = [named for (_, route), named in calls if route.startswith(("publish", "content/"))]
    assert about
    return {named.get("X-IGNY8-Correlation") for named in about}


def test_a_click_is_followed_to_wordpress_and_back(world: World, lines: Lines) -> None:
    site = world.connected_site()
    content = world.content(site)
    lines.read()
    operation = world.publish(content, request_id=CLICK).data["operation_id"]
    records = world.messages()
    assert hints(records) == {CLICK}
    world.work(records)
    assert sent(world) == {CLICK}
    # The bridge tells what it was told: see tests/plugin/outbox/test_what_is_told.py.
    bridge = Bridge(world, site)
    echo = {"origin": "igny8", "operation_id": operation, "correlation_id": CLICK}
    bridge.event(content, "publish", post_id=101, **echo)
    assert bridge.send().status == 200
    heard = lines.read()
    assert [line["message"] for line in heard] == ["answered", "served", "answered"]
    assert ids(heard) == {CLICK}
    assert heard[1]["operation_id"] == heard[0]["operation_id"] == operation
    assert heard[2]["integration_id"] == site["integration_id"]  # whose word it is


def test_what_waits_is_followed_through_later_runs_and_sweeps(world: World, lines: Lines) -> None:
    content = world.content(world.connected_site())
    world.publish(content, request_id=CLICK)
    world.messages()  # lost
    world.clock.advance(minutes=2)
    world.sweep()
    records = world.messages()
    assert hints(records) == {CLICK}
    world.wordpress.before.append(lost())
    lines.read()
    world.work(records)
    world.clock.advance(minutes=3)
    sweep_and_work(world)  # asks first
    assert sent(world) == {CLICK}
    served = [line for line in lines.read() if line["message"] == "served"]
    assert [line["correlation_id"] for line in served] == [CLICK, CLICK]


def test_who_clicks_twice_is_led_to_the_first_click(world: World, lines: Lines) -> None:
    content = world.content(world.connected_site())
    world.publish(content, request_id=CLICK)
    lines.read()
    assert world.publish(content, request_id="click-2").status == 200
    [line] = lines.read()
    assert (line["correlation_id"], line["request_id"]) == (CLICK, "click-2")


def test_each_intent_has_its_own_and_an_edit_that_publishes_is_a_click(
    world: World, lines: Lines
) -> None:
    content = world.content(world.connected_site())
    world.publish(content, request_id=CLICK)
    world.work()
    path = f"/api/v1/writer/content/{content['id']}/"
    body = {"title": "Again", "status": "published"}
    world.call("PATCH", path, body, request_id="edit-1")
    records = world.messages()
    assert hints(records) == {"edit-1"}
    lines.read()
    world.work(records)
    assert ids(lines.read()) == {"edit-1"}


def test_what_nobody_clicked_on_goes_by_its_operation(world: World, lines: Lines) -> None:
    """As rows do that were written before requests were kept."""
    content = world.content(world.connected_site())
    operation = world.publish(content, request_id="no id!").data["operation_id"]
    # The frame gave the request an id of its own; the intent was made by nobody's request.
    assert hints(world.messages()) == {operation}
    world.clock.advance(minutes=2)
    world.sweep()
    lines.read()
    world.work()
    assert ids(lines.read()) == {operation}


def test_sites_that_are_served_side_by_side_keep_theirs_apart(world: World, lines: Lines) -> None:
    named = {}
    for number in range(3):
        site = world.connected_site()
        named[site["id"]] = f"click-{number}"
        world.publish(world.content(site), request_id=f"click-{number}")

    def lose(*_: Any) -> str:
        what = "key"
        raise Lost(what)

    world.services.vault.decrypt = lose  # type: ignore[method-assign]
    lines.read()
    world.work()
    heard = [line for line in lines.read() if line["message"] == "a key is lost"]
    assert {line["site_id"]: line["correlation_id"] for line in heard} == named


def test_of_a_batch_each_is_named(world: World, lines: Lines) -> None:
    site = world.connected_site()
    bridge = Bridge(world, site)
    for number in range(2):
        content = world.content(site)
        world.publish(content, request_id=f"click-{number}")
        world.work()
        bridge.event(content, "publish", origin="igny8", correlation_id=f"click-{number}")
    lines.read()
    bridge.send()
    [line] = lines.read()
    assert (line["correlation_id"], line["correlation_ids"]) == ("r-1", ["click-0", "click-1"])


def test_a_person_in_wordpress_begins_anew_and_an_older_bridge_names_the_operation(
    world: World, lines: Lines
) -> None:
    site = world.connected_site()
    content = world.content(site)
    operation = world.publish(content, request_id=CLICK).data["operation_id"]
    world.work()
    bridge = Bridge(world, site)
    lines.read()
    bridge.send(bridge.event(content, "draft"))
    bridge.send(bridge.event(content, "publish", origin="igny8", operation_id=operation))
    world.told(site, seed_status(content, 101, "draft", site["url"]))
    heard = [line for line in lines.read() if line["path"].endswith(("wordpress/", "status/"))]
    assert [line["correlation_id"] for line in heard] == ["r-1", operation, "r-1"]


@pytest.mark.parametrize("wrong", ["two words", "x" * 129, 7, {"a": 1}, "", '"}\n{"level":"x"}'])
def test_what_cannot_be_one_is_not_taken_from_a_site(
    world: World, lines: Lines, wrong: Any
) -> None:
    site = world.connected_site()
    content = world.content(site)
    world.publish(content)
    world.work()
    bridge = Bridge(world, site)
    lines.read()
    assert bridge.send(bridge.event(content, "publish", correlation_id=wrong)).status == 200
    assert ids(lines.read()) == {"r-1"}
    body = json.dumps({"account_id": 1, "site_id": 1, "integration_id": 1, "content_id": 1})
    assert Hint.parse(body).correlation_id is None
    assert (
        Hint.parse(json.dumps({**json.loads(body), "correlation_id": wrong})).correlation_id is None
    )


def test_nothing_of_one_request_is_left_to_the_next(world: World, lines: Lines) -> None:
    content = world.content(world.connected_site())
    world.publish(content, request_id=CLICK)
    lines.read()
    world.call("GET", "/api/v1/health/", request_id="another")
    world.sweep()
    world.work([{"messageId": "m", "body": "not one"}])
    heard = lines.read()
    assert [line["correlation_id"] for line in heard] == ["another", RUN, RUN]
    assert [line.get("operation_id") for line in heard] == [None, None, None]


def test_no_line_is_without(world: World, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong, and whoever says so."""
    site = world.connected_site()
    content, other = world.content(site), world.content(site)
    world.publish(content, request_id=CLICK)
    records = world.messages()

    def fail(*_: Any, **__: Any) -> Any:
        what = "dynamodb"
        raise Unavailable(what)

    def crash(*_: Any, **__: Any) -> Any:
        message = "no"
        raise TypeError(message)

    lines.read()
    with monkeypatch.context() as patch:
        patch.setattr(leasing, "build_payload", crash)
        world.work(records)
    for trouble in (fail, crash):
        with monkeypatch.context() as patch:
            patch.setattr(world.services.publication_store, "bundles", trouble)
            world.work(records)
            patch.setattr(world.services.publication_store, "bundle", trouble)
            assert world.publish(other, request_id="click-2").status in {500, 503}
    assert ids(lines.read()) == {CLICK, "click-2"}
    for trouble in (fail, crash):
        with monkeypatch.context() as patch:
            patch.setattr(world.services.plan_store, "get", trouble)
            record = {"messageId": "s", "body": world.hint(content, site["integration_id"])["body"]}
            world.synchronise([record, {"messageId": "m", "body": "{}"}])
    world.call("GET", "/api/v1/nowhere/")
    world.call("POST", "/api/v1/writer/content/", raw="{")
    path = f"/api/v1/integration/integrations/{site['integration_id']}/test-connection/"
    world.call("POST", path, {}, request_id="asked")
    for kind in ("due", "blocked", "clean", "sync"):
        world.sweep(kind)
    world.synchronise()
    heard = lines.read()
    assert {"unavailable", "crashed", "not a hint, dropped", "examined", "swept"} <= {
        line["message"] for line in heard
    }
    assert [line for line in heard if not line.get("correlation_id")] == []
    [examined] = [line for line in heard if line["message"] == "examined"]
    assert examined["correlation_id"] == "asked"


@pytest.mark.rows("dynamodb")
def test_a_hint_that_goes_on_with_nothing_goes_on_with_what_sends_it(
    world: World, lines: Lines
) -> None:
    site = world.connected_site()
    world.messages("sync")
    path = f"/api/v1/integration/integrations/{site['integration_id']}/sync/"
    assert world.call("POST", path, {}, request_id="asked").status == 202
    records = world.messages("sync")
    assert hints(records) == {"asked"}
    lines.read()
    world.synchronise(records)
    assert ids(lines.read()) == {"asked"}
    begin("next")
    assert followed() == "next"
