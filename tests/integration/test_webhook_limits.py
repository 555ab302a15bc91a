"""What a webhook costs, and what a site above its share gets."""

from tests.support.aws_calls import recorded_calls
from tests.support.site_events import Bridge, published, seed_status, seen
from tests.support.world import SITE_URL, World, running_world


def test_one_event_is_three_round_trips(world: World) -> None:
    site, content = published(world)
    bridge = Bridge(world, site)
    event = bridge.event(content, "draft") | {"site_url": SITE_URL}
    world.told(site, seed_status(content, 101, "publish", SITE_URL))
    with recorded_calls() as calls:
        assert world.told(site, event).status == 200
    assert calls == ["GetItem", "BatchGetItem", "TransactWriteItems"]
    with recorded_calls() as calls:
        assert world.told(site, event).data["result"] == "duplicate"
    assert calls == ["GetItem", "BatchGetItem", "UpdateItem"]
    with recorded_calls() as calls:
        assert world.told(site, event | {"content_id": 5}).status == 404
    assert calls == ["GetItem", "BatchGetItem", "TransactWriteItems"]


def test_a_site_above_its_limit_is_throttled_alone_and_loses_nothing() -> None:
    with running_world(webhook_limit=3) as world:
        site, content = published(world)
        other, theirs = published(world)
        bridge, neighbour = Bridge(world, site), Bridge(world, other)
        events = [
            bridge.event(content, status) for status in ("draft", "pending", "trash", "draft")
        ]
        answers = [bridge.send(event) for event in events]
        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
        assert neighbour.results(neighbour.event(theirs, "draft")) == ["applied"]
        world.clock.advance(seconds=60)
        assert bridge.results(events[3]) == ["applied"]
        assert seen(world, content) == ("draft", "draft", "unpublished")


def test_calls_that_name_another_site_count_for_the_limit() -> None:
    with running_world(webhook_limit=2) as world:
        bridge = Bridge(world, world.connected_site())
        event = {"post_id": 1, "post_status": "draft"}
        statuses = [bridge.send(event, site_id=5).status for _ in range(3)]
        assert statuses == [404, 404, 429]


def test_a_clock_that_is_behind_anothers_loses_no_call(world: World) -> None:
    site, content = published(world)
    bridge = Bridge(world, site)
    assert bridge.results(bridge.event(content, "draft")) == ["applied"]
    world.clock.advance(minutes=-1)
    assert bridge.results(bridge.event(content, "pending")) == ["applied"]


def test_the_last_call_of_a_minute_is_heard_to_its_end() -> None:
    with running_world(webhook_limit=1) as world:
        site, content = published(world)
        bridge = Bridge(world, site)
        events = [bridge.event(content, "draft" if n % 2 else "pending") for n in range(100)]
        assert bridge.results(*events) == ["applied"] * 100
