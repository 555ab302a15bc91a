"""How many posts of a type are content's here: counted with each link, once, in the same call."""

from typing import Any

import boto3
import pytest
from igny8.core.rows import ConditionLost
from igny8.core.table import DATA, integration_partition
from igny8.links.store import is_link, to_link
from igny8.structure.store import COUNT

from tests.integration.test_links import MOVED, Stage, links
from tests.integration.test_structure import SEED, kind, push, types
from tests.support.aws import REGION
from tests.support.aws_calls import Overtaken, intercepted, recorded_calls, stored_rows
from tests.support.site_events import Bridge, seed_status
from tests.support.steps import edit, publication_row
from tests.support.world import ACCOUNT, SITE_URL, World


def counts(world: World, site: dict[str, Any]) -> dict[str, int]:
    """What is counted of an integration, by post type; none where it is nothing."""
    partition = integration_partition(ACCOUNT, site["integration_id"])
    found = {
        row["sk"]["S"].removeprefix(COUNT): int(row["posts"]["N"])
        for row in stored_rows()["igny8-test-data"]
        if row["pk"]["S"] == partition and row["sk"]["S"].startswith(COUNT)
    }
    assert all(number >= 0 for number in found.values())
    total = sum(found.values())
    mine = [row for row in link_rows() if to_link(row).integration_id == site["integration_id"]]
    assert total == len(mine), "there is a link for each"
    return {name: number for name, number in found.items() if number}


def link_rows() -> list[Any]:
    return [row for row in stored_rows()["igny8-test-data"] if is_link(row)]


@pytest.fixture
def stage(shared: World) -> Stage:
    return Stage(shared, shared.connected_site())


def told(stage: Stage, content: dict[str, Any], post_id: int, status: str = "publish") -> str:
    """The site tells of a post of a content."""
    answer = stage.world.told(stage.site, seed_status(content, post_id, status, SITE_URL))
    assert answer.status == 200, answer.body
    return str(answer.data["result"])


def test_publishing_counts_once_and_shows_when(stage: Stage) -> None:
    world, site = stage.world, stage.site
    push(world, site, SEED)
    content = stage.content()
    world.publish(content)
    assert counts(world, site) == {}
    world.clock.advance(minutes=3)
    world.work()
    post = types(world, site)["post_types"]["post"]
    assert (post["synced_count"], post["last_synced_at"]) == (1, "2026-01-10T12:03:00.000Z")
    assert types(world, site)["post_types"]["page"]["synced_count"] == 0
    edit(world, content, title="Second")
    world.publish(content)
    world.work()
    assert counts(world, site) == {"post": 1}


def test_a_run_that_ends_well_is_when_a_type_was_last_synced(stage: Stage) -> None:
    world, site = stage.world, stage.site
    push(world, site, SEED)
    world.publish(stage.content())
    world.work()
    world.synchronise()
    path = f"/api/v1/integration/integrations/{site['integration_id']}/sync/"
    for direction, time in (("metadata", "13:00"), ("changes", "14:00")):
        world.clock.instant = world.clock.instant.replace(hour=int(time[:2]), minute=0)
        assert world.call("POST", path, {"direction": direction}).status == 202
        world.synchronise()
        known = types(world, site)["post_types"]
        assert known["post"]["last_synced_at"] == f"2026-01-10T{time}:00.000Z"
        assert known["page"]["last_synced_at"] is None, "there is none of it here"
    world.clock.instant = world.clock.instant.replace(hour=15)
    world.wordpress.up = False
    assert world.call("POST", path).status == 202
    world.synchronise()
    assert types(world, site)["post_types"]["post"]["last_synced_at"].startswith("2026-01-10T14")


def test_each_type_is_counted_for_itself(stage: Stage) -> None:
    world, site = stage.world, stage.site
    kinds = {"post": kind(), "page": kind(), "film": kind()}
    push(world, site, {"post_types": kinds, "taxonomies": kinds})
    for post_type in ("post", "page", "page", "film"):
        world.publish(stage.content(post_type=post_type))
    world.work()
    assert counts(world, site) == {"post": 1, "page": 2, "film": 1}
    known = types(world, site)
    assert {n: k["synced_count"] for n, k in known["post_types"].items()} == counts(world, site)
    assert {k["synced_count"] for k in known["taxonomies"].values()} == {0}


def test_a_post_that_was_made_again_is_still_one(stage: Stage) -> None:
    world, content = stage.world, stage.content()
    world.publish(content)
    world.work()
    world.wordpress.delete(content["id"])
    edit(world, content, title="Second")
    world.publish(content)
    world.work()
    world.publish(content, {"recreate": True})
    world.work()
    assert links(world) == {102: content["id"]}
    assert counts(world, stage.site) == {"post": 1}


def test_a_link_that_moves_takes_its_count_along(stage: Stage) -> None:
    content = stage.content()
    stage.published(content, 7)
    edit(stage.world, content, title="Second")
    stage.published(content, 8)
    assert counts(stage.world, stage.site) == {"post": 1}


def test_a_post_keeps_the_type_that_it_was_made_with(stage: Stage) -> None:
    """WordPress is never asked to make a page of a post."""
    content = stage.content()
    stage.published(content, 7)
    edit(stage.world, content, post_type="page")
    stage.published(content, 7)
    assert counts(stage.world, stage.site) == {"post": 1}
    edit(stage.world, content, title="Third")
    stage.published(content, 8)
    assert counts(stage.world, stage.site) == {"page": 1}
    stage.delete(content)
    assert counts(stage.world, stage.site) == {}


def test_deleting_content_uncounts_it_whatever_its_type_is_called_by_then(stage: Stage) -> None:
    first, second = stage.content(), stage.content()
    stage.published(first, 7)
    stage.published(second, 8)
    stage.delete(first)
    assert counts(stage.world, stage.site) == {"post": 1}
    edit(stage.world, second, post_type="page")
    stage.delete(second)
    assert counts(stage.world, stage.site) == {}
    assert links(stage.world) == {}


def test_a_link_that_is_taken_over_is_not_counted_twice(stage: Stage) -> None:
    first, second = stage.content(), stage.content(post_type="page")
    stage.published(first, 7)
    stage.published(second, 7)
    assert links(stage.world) == {7: second["id"]}
    assert counts(stage.world, stage.site) == {"page": 1}
    stage.delete(first)
    assert counts(stage.world, stage.site) == {"page": 1}
    stage.delete(second)
    assert counts(stage.world, stage.site) == {}


def test_two_workers_that_are_told_of_one_post_count_it_once(stage: Stage) -> None:
    first, second = stage.content(), stage.content()
    for content in (first, second):
        stage.world.publish(content)
    stage.world.messages()
    integration_id = stage.site["integration_id"]
    mine, theirs = ([stage.world.hint(one, integration_id)] for one in (first, second))
    answers = stage.world.wordpress.after
    answers += [lambda _: stage.says(first, 7), lambda _: stage.says(second, 7)]
    overtaken = Overtaken(lambda: stage.world.work(theirs), skip=1)
    with intercepted(overtaken):
        stage.world.work(mine)
    assert overtaken.answer == {"batchItemFailures": []}
    assert counts(stage.world, stage.site) == {"post": 1}


# --- What sites tell -----------------------------------------------------------------------------


def test_an_event_that_first_names_a_post_counts_it_in_the_same_call(stage: Stage) -> None:
    content = stage.content(post_type="page")
    body = seed_status(content, 123, "publish", SITE_URL)
    told(stage, stage.content(), 7)
    with recorded_calls() as calls:
        assert stage.world.told(stage.site, body).data["result"] == "applied"
    assert calls == ["GetItem", "BatchGetItem", "TransactWriteItems"]
    assert counts(stage.world, stage.site) == {"post": 1, "page": 1}
    for status in ("draft", "trash", "publish"):
        told(stage, content, 123, status)
    assert counts(stage.world, stage.site) == {"post": 1, "page": 1}
    stage.world.publish(content)
    stage.world.work()
    assert counts(stage.world, stage.site) == {"post": 1, "page": 1}


def test_an_event_overtaking_our_own_answer_counts_once(stage: Stage) -> None:
    content = stage.content()
    stage.world.publish(content)
    stage.world.wordpress.after.append(lambda answer: (told(stage, content, 101), answer)[1])
    stage.world.work()
    assert publication_row(stage.world, content).state == "published"
    assert links(stage.world) == {101: content["id"]}
    assert counts(stage.world, stage.site) == {"post": 1}


def test_a_batch_counts_each_type_once_however_many_posts_it_names(stage: Stage) -> None:
    contents = [stage.content(post_type=kind) for kind in ("post", "page") * 20]
    bridge = Bridge(stage.world, stage.site)
    events = [
        bridge.event(content, "publish", post_id=500 + number)
        for number, content in enumerate(contents)
    ]
    assert bridge.results(*events) == ["applied"] * 40
    assert counts(stage.world, stage.site) == {"post": 20, "page": 20}
    bridge.send(*events)
    assert counts(stage.world, stage.site) == {"post": 20, "page": 20}


def test_a_batch_that_names_one_post_for_two_contents_gives_it_to_the_first(stage: Stage) -> None:
    first, second = stage.content(), stage.content()
    bridge = Bridge(stage.world, stage.site)
    events = [bridge.event(one, "publish", post_id=7) for one in (first, second, second)]
    assert bridge.results(*events) == ["applied", "ignored", "ignored"]
    assert links(stage.world) == {7: first["id"]}
    assert counts(stage.world, stage.site) == {"post": 1}


def test_what_belongs_to_another_content_is_counted_there_alone(stage: Stage) -> None:
    first, second = stage.content(), stage.content(post_type="page")
    stage.published(first, 7)
    assert told(stage, second, 7) == "ignored"
    assert counts(stage.world, stage.site) == {"post": 1}


# --- Where a post stays behind -------------------------------------------------------------------


def test_what_stayed_on_the_former_address_is_not_counted_any_more(stage: Stage) -> None:
    world, content = stage.world, stage.content()
    stage.published(content, 7)
    path = f"/api/v1/sites/{stage.site['id']}/"
    assert world.call("PATCH", path, {"url": MOVED}).status == 200
    assert world.pair({**stage.site, "url": MOVED}, stage.site["api_key"]).status == 200
    edit(world, content, title="Here", post_type="page")
    assert world.publish(content, {"recreate": True}).status == 202
    assert counts(world, stage.site) == {}
    world.work()
    assert counts(world, stage.site) == {"page": 1}


def test_what_stayed_behind_and_is_anothers_by_now_is_left_to_it(stage: Stage) -> None:
    world, first, second = stage.world, stage.content(), stage.content()
    stage.published(first, 7)
    stage.published(second, 7)
    path = f"/api/v1/sites/{stage.site['id']}/"
    assert world.call("PATCH", path, {"url": MOVED}).status == 200
    assert world.pair({**stage.site, "url": MOVED}, stage.site["api_key"]).status == 200
    edit(world, first, title="Here")
    assert world.publish(first, {"recreate": True}).status == 202
    assert links(world) == {7: second["id"]}
    assert counts(world, stage.site) == {"post": 1}


def test_an_orphan_takes_its_link_and_its_count_along(stage: Stage) -> None:
    world, content = stage.world, stage.content(post_type="page")
    stage.published(content, 7)
    meta = DATA.key(f"A#{ACCOUNT}#C#{content['id']}", "META")
    forget(world, meta)
    edit_hint = world.hint(content, stage.site["integration_id"])
    world.work([edit_hint])
    assert links(world) == {}
    assert counts(world, stage.site) == {}


def forget(world: World, key: Any) -> None:
    """As a lost race once did."""
    client = boto3.client("dynamodb", region_name=REGION)
    client.delete_item(TableName=world.services.settings.data_table, Key=key)


def test_a_count_is_never_less_than_none(stage: Stage) -> None:
    """A table that was restored in part: deleting goes on all the same."""
    world, content = stage.world, stage.content()
    stage.published(content, 7)
    integration_id = stage.site["integration_id"]
    forget(world, DATA.key(integration_partition(ACCOUNT, integration_id), f"{COUNT}post"))
    write = world.services.structure_store.counted("n", ACCOUNT, integration_id, "post", -1, "t")
    with pytest.raises(ConditionLost):
        world.services.commit([write])
    stage.delete(content)
    assert links(world) == {}
    assert counts(world, stage.site) == {}
