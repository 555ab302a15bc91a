"""What an edit costs that comes over from WordPress, and the event that tells of it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from igny8.core.queue import Hint

from tests.support.aws_calls import recorded_calls
from tests.support.both_sides import BRIDGE, SharedWordPress, edited
from tests.support.capacity import Metered
from tests.support.world import ACCOUNT, World, running_world, world_in_memory


def shared_wordpress(world: World) -> None:
    world.wordpress = SharedWordPress()
    world.services.http = world.wordpress


def article_on(world: World, *, two_way: bool) -> tuple[Any, Any]:
    """A site and an article, with nothing that waits to be looked at."""
    assert isinstance(world.wordpress, SharedWordPress)
    world.wordpress.two_way = two_way
    site = world.connected_site(bridge=BRIDGE)
    path = f"/api/v1/integration/integrations/{site['integration_id']}/update-structure/"
    headers = {"X-IGNY8-API-KEY": site["api_key"]}
    world.call("POST", path, world.wordpress.structure(), account=None, headers=headers)
    content = world.content(site, title="Ours")
    world.publish(content)
    world.work()
    hint = Hint(ACCOUNT, site["id"], site["integration_id"])
    world.synchronise([{"messageId": "m", "body": hint.body()}])
    world.messages("sync")
    return site, content


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running_world() as made:
        shared_wordpress(made)
        yield made


def test_an_edit_is_one_call_of_the_site_two_reads_and_one_transaction(world: World) -> None:
    site, content = article_on(world, two_way=True)
    edited(world, site, content, title="Theirs", text="<p>Their words.</p>")
    served = len(world.wordpress.calls)
    hints = world.messages("sync")
    with recorded_calls() as calls:
        world.synchronise(hints)
    assert [route for _, route, _ in world.wordpress.calls[served:]] == ["posts"]
    around = Counter({
        "GetItem": 2,  # the plan, the gate
        "Query": 1,  # the site with its key
        "PutItem": 3,  # the plan is taken, goes on, and is left
        "Decrypt": 1,
    })  # fmt: skip
    edit = Counter(calls)
    edit.subtract(around)
    assert +edit == {
        "BatchGetItem": 2,
        "GetObject": 1,  # our text
        "PutObject": 2,  # theirs as it is shown, and as the site has it
        "TransactWriteItems": 1,
    }, calls
    read = world.call("GET", f"/api/v1/writer/content/{content['id']}/").data
    assert (read["title"], read["content_html"]) == ("Theirs", "<p>Their words.</p>")


@pytest.mark.parametrize(
    ("two_way", "more"),
    [(False, ["GetItem"]), (True, ["GetItem", "GetItem"])],  # whether it is on; the plan
)
def test_an_event_of_an_edit_asks_whether_the_text_is_wanted(
    world: World, two_way: bool, more: list[str]
) -> None:
    site, content = article_on(world, two_way=two_way)
    with recorded_calls() as calls:
        edited(world, site, content, title="Theirs")
    hint = ["SendMessage"] if two_way else []
    assert calls == ["GetItem", "BatchGetItem", *more, "TransactWriteItems", *hint]


def test_an_event_that_changes_no_text_asks_nothing(world: World) -> None:
    site, content = article_on(world, two_way=True)
    with recorded_calls() as calls:
        edited(world, site, content, status="private")
    assert calls == ["GetItem", "BatchGetItem", "TransactWriteItems"]


def test_its_transaction_takes_thirty_units_at_most() -> None:
    with world_in_memory() as made:
        shared_wordpress(made)
        site, content = article_on(made, two_way=True)
        edited(made, site, content, title="Theirs", text="<p>Their words.</p>")
        metered = Metered(made.services.tables)
        commits: list[float] = []

        def commit(writes: Any) -> None:
            before = metered.spent.units
            metered.commit(writes)
            if any(write.name == "base" for write in writes):
                commits.append(metered.spent.units - before)

        made.services.puller._commit = commit
        made.synchronise()
        assert len(commits) == 1
        assert commits[0] <= 30
