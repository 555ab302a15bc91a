"""A bridge that was silent for a week and now tells all of it."""

from collections import defaultdict

from tests.support.aws_calls import Conflicts, intercepted, stored_rows
from tests.support.site_events import Bridge, published, seen
from tests.support.world import World

STATUSES = ("draft", "pending", "private", "publish", "trash")


def test_nine_hundred_events_arrive_in_order_while_clicks_are_served(shared: World) -> None:
    site, first = published(shared)
    contents = [first] + [published(shared, site)[1] for _ in range(4)]
    bridge = Bridge(shared, site)
    posts = [int(shared.publication(content)["external_id"]) for content in contents]
    last: dict[int, str] = defaultdict(str)
    for number in range(900):
        which = number * 7 % 5
        status = STATUSES[number * 3 % 5]
        bridge.event(contents[which], status, post_id=posts[which])
        last[which] = status
    for start in range(0, 900, 100):
        batch = bridge.waiting[start : start + 100]
        assert bridge.results(*batch) == ["applied"] * 100
        clicked, new = published(shared, site)
        assert clicked is site
        assert seen(shared, new) == ("published", "publish", "published")
    for which, content in enumerate(contents):
        assert seen(shared, content)[1] == last[which]
    before = rows_but_the_counter()
    for start in range(0, 900, 300):
        batch = bridge.waiting[start : start + 100]
        assert set(bridge.results(*batch)) <= {"stale", "duplicate"}
    assert rows_but_the_counter() == before


def rows_but_the_counter() -> dict[str, list[object]]:
    return {
        table: [row for row in rows if row.get("sk", {}).get("S") != "INBOX"]
        for table, rows in stored_rows().items()
    }


def test_a_batch_under_contention_is_heard(shared: World) -> None:
    site, content = published(shared)
    bridge = Bridge(shared, site)
    with intercepted(Conflicts(4)):
        assert bridge.results(bridge.event(content, "draft")) == ["applied"]
    with intercepted(Conflicts(99)):
        assert bridge.send(bridge.event(content, "trash")).status == 503
    assert bridge.results(bridge.waiting[-1]) == ["applied"]
    assert seen(shared, content)[1] == "trash"
