"""The first click, and another call that meets it anywhere: every order of what both ask of AWS.

There is no publication yet that anybody could be told has changed: what holds is content's version.
"""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.support.aws import REGION
from tests.support.steps import bring_to, publication_row, sweep_and_work
from tests.support.turns import every_order
from tests.support.world import ACCOUNT, Response, World

CONTENT = "/api/v1/writer/content/"
FEWEST = 10  # orders: fewer would mean that they did not meet
Other = Callable[[World, dict[str, Any], dict[str, Any]], Response]
Answers = tuple[Response, Response]


def meetings(world: World, other: Other, check: Callable[..., None]) -> set[tuple[int, int]]:
    """Let a first click meet the other call in every order; answers the statuses that came up."""
    seen, orders = set(), 0
    site = world.connected_site()
    for turns in every_order():
        if world.call("GET", f"/api/v1/sites/{site['id']}/").data["api_key_last4"] is None:
            site = world.connected_site()
        content = world.content(site, status="approved")
        world.wordpress.posts.clear()
        orders += 1

        def click(content: dict[str, Any] = content) -> Response:
            return world.publish(content)

        def act(content: dict[str, Any] = content, site: dict[str, Any] = site) -> Response:
            return other(world, content, site)

        click_, other_ = turns.together([click, act])
        assert max(click_.status, other_.status) < 500, turns.order
        check(world, content, click_, other_, turns.order)
        seen.add((click_.status, other_.status))
    assert orders >= FEWEST
    return seen


def rows_of(content: dict[str, Any]) -> set[str]:
    found = boto3.client("dynamodb", region_name=REGION).query(
        TableName="igny8-test-data",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"A#{ACCOUNT}#C#{content['id']}"}},
        ConsistentRead=True,
    )
    return {row["sk"]["S"] for row in found["Items"]}


def sent(world: World, content: dict[str, Any]) -> list[Any]:
    world.work()
    return [one for one in world.wordpress.sent() if one["content_id"] == content["id"]]


def test_a_first_click_and_the_deletion_of_its_content(shared: World) -> None:
    def delete(world: World, content: dict[str, Any], _site: Any) -> Response:
        return world.call("DELETE", f"{CONTENT}{content['id']}/")

    def check(
        world: World, content: Any, click: Response, deletion: Response, order: list[str]
    ) -> None:
        if deletion.status == 200:
            assert click.status == 404, order
            assert not {name for name in rows_of(content) if name != "CLEAN"}, order
            assert sent(world, content) == [], order
            return
        assert click.status == 202, order
        assert deletion.code in {"published", "changed_meanwhile"}, order
        assert len(sent(world, content)) == 1, order
        assert world.publication(content)["publish_state"] == "published"

    assert meetings(shared, delete, check) == {(202, 409), (404, 200)}
    shared.clock.advance(hours=1)
    assert shared.sweep("due")["found"] == 0, "nobody is hinted for ever"


def test_a_first_click_and_a_change_of_status(shared: World) -> None:
    def draft(world: World, content: dict[str, Any], _site: Any) -> Response:
        return world.call("PATCH", f"{CONTENT}{content['id']}/", {"status": "draft"})

    def check(
        world: World, content: Any, click: Response, change: Response, order: list[str]
    ) -> None:
        assert click.status == 202, order
        assert change.status == 200 or change.code == "published", order
        assert len(sent(world, content)) == 1, order
        now = world.call("GET", f"{CONTENT}{content['id']}/").data
        assert (now["status"], now["publish_state"]) == ("published", "published"), order

    assert meetings(shared, draft, check) == {(202, 200), (202, 409)}


def test_two_first_clicks(shared: World) -> None:
    def again(world: World, content: dict[str, Any], _site: Any) -> Response:
        return world.publish(content)

    def check(world: World, content: Any, one: Response, two: Response, order: list[str]) -> None:
        assert {one.status, two.status} == {200, 202}, order
        assert publication_row(world, content).intent == 1, order
        assert len(world.messages()) == 1, order
        sweep_and_work(world)
        assert len(sent(world, content)) == 1, order
        assert world.publication(content)["publish_state"] == "published"

    assert meetings(shared, again, check) == {(200, 202), (202, 200)}


def test_a_first_click_and_the_deletion_of_its_integration(shared: World) -> None:
    def delete(world: World, _content: Any, site: dict[str, Any]) -> Response:
        path = f"/api/v1/integration/integrations/{site['integration_id']}/"
        return world.call("DELETE", path)

    def check(
        world: World, content: Any, click: Response, deletion: Response, order: list[str]
    ) -> None:
        assert deletion.status == 200, order
        assert sent(world, content) == [], order
        if click.status == 409:
            assert click.code == "no_integration", order
            assert rows_of(content) == {"META"}, order
            return
        assert order.index("0:TransactWriteItems") < order.index("1:TransactWriteItems"), order
        assert world.publication(content)["publish_state"] == "cancelled", order

    assert meetings(shared, delete, check) == {(202, 200), (409, 200)}
    shared.clock.advance(hours=1)
    assert shared.sweep("due")["found"] == 0, "nobody is hinted for ever"


@pytest.mark.parametrize("state", ["queued", "unknown", "sending"])
def test_a_publication_whose_content_is_gone_cleans_itself_up(shared: World, state: str) -> None:
    """As the tables of an earlier version may hold one."""
    content = bring_to(shared, state)
    key = {"pk": {"S": f"A#{ACCOUNT}#C#{content['id']}"}, "sk": {"S": "META"}}
    boto3.client("dynamodb", region_name=REGION).delete_item(TableName="igny8-test-data", Key=key)
    calls = len(shared.wordpress.calls)
    sweep_and_work(shared)
    assert rows_of(content) == set()
    assert len(shared.wordpress.calls) == calls
    shared.clock.advance(hours=1)
    assert shared.sweep("due")["found"] == 0
