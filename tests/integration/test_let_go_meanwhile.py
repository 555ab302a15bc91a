"""An integration that is deleted while something is on its way: nothing of it comes back."""

from typing import Any

import pytest

from tests.integration.test_managing import one
from tests.integration.test_switching import kept
from tests.support.aws_calls import Overtaken, intercepted, stored_rows
from tests.support.site_events import Bridge, published, seed_status
from tests.support.steps import edit
from tests.support.world import SITE_URL, World

CONTENT = "/api/v1/writer/content/"


def publications(site: dict[str, Any], content: dict[str, Any]) -> list[str]:
    rows = stored_rows()["igny8-test-data"]
    mine = [row for row in rows if row["pk"]["S"].endswith(f"#C#{content['id']}")]
    ending = str(site["integration_id"])
    return [row["sk"]["S"] for row in mine if row["sk"]["S"].startswith("PUB#")
            and row["sk"]["S"].endswith(ending)]  # fmt: skip


@pytest.mark.parametrize("heard_before", [False, True])
def test_an_event_on_its_way_writes_nothing_any_more(shared: World, heard_before: bool) -> None:
    site = shared.connected_site()
    content = shared.content(site, status="draft")
    bridge = Bridge(shared, site)
    if heard_before:
        bridge.send(bridge.event(content, "draft", post_id=7, content_id=None))
    event = bridge.event(content, "publish", post_id=101)

    def delete() -> None:
        assert shared.call("DELETE", one(site)).status == 200

    with intercepted(Overtaken(delete)):
        answer = bridge.send(event)
    assert (answer.status, answer.code) == (404, "not_found")
    assert publications(site, content) == []
    assert kept(site) == {"SYNC"}
    shared.synchronise()
    assert kept(site) == set()


def test_an_event_between_looking_and_deleting_leaves_nothing(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site, status="draft")
    bridge = Bridge(shared, site)

    def tell() -> None:
        assert bridge.results(bridge.event(content, "publish", post_id=101)) == ["applied"]

    with intercepted(Overtaken(tell)):
        assert shared.call("DELETE", one(site)).status == 200
    assert "INBOX" not in kept(site)
    shared.synchronise()
    assert kept(site) == set()


def test_a_first_delivery_on_its_way_leaves_nothing(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)

    def delete(answer: Any) -> Any:
        assert shared.call("DELETE", one(site)).status == 200
        shared.synchronise()  # its bridge is told while the post is made
        return answer

    shared.wordpress.after.append(delete)
    shared.work()
    assert shared.wordpress.disconnected
    shared.clock.advance(minutes=6)
    shared.sweep("sync")
    shared.synchronise()
    assert kept(site) == set()


def test_a_bridge_that_cannot_be_told_any_more_leaves_nothing_either(shared: World) -> None:
    site, _ = published(shared)
    path = "/api/v1/integration/integrations/revoke-api-key/"
    assert shared.call("POST", path, {"site_id": site["id"]}).status == 200
    assert shared.call("DELETE", one(site)).status == 200
    shared.synchronise()
    assert not shared.wordpress.disconnected
    assert kept(site) == set()


# --- What people see of its posts ----------------------------------------------------------------


def shown(content: dict[str, Any], found: dict[str, Any]) -> tuple[Any, ...]:
    names = ("publish_state", "external_id", "external_url")
    return tuple(found[name] for name in names)


def both(world: World, site: dict[str, Any], content: dict[str, Any]) -> set[tuple[Any, ...]]:
    """What the list says and what the content's own page says."""
    listed = world.call("GET", f"{CONTENT}?site={site['id']}").data
    (in_list,) = [found for found in listed if found["id"] == content["id"]]
    page = world.call("GET", f"{CONTENT}{content['id']}/").data
    return {shown(content, in_list), shown(content, page)}


def test_lists_and_pages_tell_of_posts_that_may_still_be_there(shared: World) -> None:
    site, content = published(shared)
    before = both(shared, site, content)
    assert before == {("published", "101", f"{SITE_URL}/post-101/")}
    assert shared.call("DELETE", one(site)).status == 200
    assert both(shared, site, content) == before
    key = shared.key(site)
    assert shared.pair(site, key["api_key"]).status == 200
    anew = {**site, "integration_id": key["integration_id"], "api_key": key["api_key"]}
    assert both(shared, site, content) == before, "the new one knows nothing of it yet"
    body = seed_status(content, 101, "draft", SITE_URL)
    assert shared.told(anew, body).data["result"] == "applied"
    assert both(shared, site, content) == {("unpublished", "101", f"{SITE_URL}/post-101/")}


def test_the_newest_of_several_is_what_both_tell(shared: World) -> None:
    site, content = published(shared)
    for turn in range(4):
        assert shared.call("DELETE", one(site)).status == 200
        key = shared.key(site)
        assert shared.pair(site, key["api_key"]).status == 200
        site = {**site, "integration_id": key["integration_id"], "api_key": key["api_key"]}
        edit(shared, content, title=f"Title {turn}")
        assert shared.publish(content, {"recreate": True}).status == 202
        shared.work()
        assert len(both(shared, site, content)) == 1
