"""The happy path, through the handlers."""

from tests.support.world import World


def test_click_to_published(world: World) -> None:
    site = world.connected_site()
    content = world.content(site, categories=["News"], tags=["AI"])
    assert content["publish_state"] == "not_published"

    clicked = world.publish(content)
    assert clicked.status == 202
    assert clicked.data["publish_state"] == "queued"
    assert clicked.data["status"] == "published"
    assert world.publish(content).status == 200

    assert world.work() == {"batchItemFailures": []}
    assert world.wordpress.inserts == 1
    publication = world.publication(content)
    assert publication["publish_state"] == "published"
    assert publication["wordpress_status"] == "publish"
    assert publication["external_id"] == "101"

    events = world.events(site)
    assert [event["status"] for event in events][:3] == ["success", "pending", "pending"]
    assert events[0]["duration_ms"] == 12
    assert events[0]["details"]["categories"] == ["News"]
