"""The exact AWS calls of each operation: cost and speed cannot drift unseen."""

from collections import Counter

import pytest

from tests.support.aws_calls import Conflicts, intercepted, recorded_calls
from tests.support.batches import BATCHES, begun, bulk, cancel, on_sites
from tests.support.importing import Import, existing
from tests.support.pacing import PUBLISHES, approved, automatic_site, choose, swept
from tests.support.world import ACCOUNT, World

INTEGRATIONS = "/api/v1/integration/integrations"


def test_click_is_two_reads_one_transaction_one_hint(world: World) -> None:
    content = world.content(world.connected_site())
    with recorded_calls() as calls:
        assert world.publish(content).status == 202
    assert calls == ["Query", "Query", "TransactWriteItems", "SendMessage"]


def test_double_click_reads_and_no_more(world: World) -> None:
    content = world.content(world.connected_site())
    world.publish(content)
    with recorded_calls() as calls:
        assert world.publish(content).status == 200
    assert calls == ["Query", "Query", "GetItem"]  # content, site, gate


def test_happy_delivery(world: World) -> None:
    first, second = (world.content(world.connected_site()) for _ in range(2))
    world.publish(first)
    hints = world.messages()
    with recorded_calls() as calls:
        world.work(hints)
    assert calls == [
        "BatchGetItem",  # the content with its publication
        "GetItem",  # the gate, before the key: see `AdmissionService.gate`
        "Query",  # the site with its keys and integrations
        "Decrypt",  # the site's key, once a process
        "GetObject",  # the text
        "TransactWriteItems",  # lease, slot, doubt, event
        "TransactWriteItems",  # result, slot, link, event
        "Query",  # what else is due
    ]
    world.publish(second)
    hints = world.messages()
    with recorded_calls() as calls:
        world.work(hints)
    assert len(calls) == 8  # another site, another key


def test_second_delivery_to_a_site_needs_no_kms(world: World) -> None:
    site = world.connected_site()
    for _ in range(2):
        world.publish(world.content(site))
        hints = world.messages()
        with recorded_calls() as calls:
            world.work(hints)
    assert "Decrypt" not in calls
    assert len(calls) == 7


@pytest.mark.parametrize(("bridge", "more"), [("2.0.0", 0), ("2.1.0", 1)])
def test_an_update_reads_what_both_sides_have_and_the_click_does_not(
    world: World, bridge: str, more: int
) -> None:
    content = world.content(world.connected_site(bridge=bridge))
    for title, calls_of_reading in (("One", 0), ("Two", more)):  # a first one has nothing to read
        world.call("PATCH", f"/api/v1/writer/content/{content['id']}/", {"title": title})
        with recorded_calls() as calls:
            assert world.publish(content).status == 202
        assert calls == ["Query", "Query", "TransactWriteItems", "SendMessage"]
        hints = world.messages()
        with recorded_calls() as calls:
            world.work(hints)
        assert Counter(calls) - Counter({"Decrypt": 1}) == {
            "BatchGetItem": 1,
            "GetItem": 1 + calls_of_reading,  # the gate, the base
            "Query": 2,
            "GetObject": 1,
            "TransactWriteItems": 2,
        }


@pytest.mark.parametrize(
    ("woken", "batches", "queries"),
    [
        (10, 1, 2),  # every hint at once: all contents; the site, what else is due
        (1, 2, 3),  # one hint: its content, the other nine; what is due, once more
    ],
)
def test_a_site_that_is_drained_costs_less_than_four_calls_an_article(
    world: World, woken: int, batches: int, queries: int
) -> None:
    site = world.connected_site()
    contents = [world.content(site) for _ in range(10)]
    for content in contents:
        world.publish(content)
    hints = world.messages()
    with recorded_calls() as calls:
        world.work(hints[:woken])
    assert {world.publication(content)["publish_state"] for content in contents} == {"published"}
    assert Counter(calls) == {
        "BatchGetItem": batches,
        "Query": queries,
        "GetItem": 1,  # the gate
        "Decrypt": 1,
        "GetObject": 10,
        "TransactWriteItems": 20,
    }
    assert len(calls) < 4 * len(contents)


@pytest.mark.parametrize(("size", "reads"), [(1, 1), (100, 1), (101, 2), (500, 5)])
def test_a_batch_is_taken_in_by_a_read_a_hundred_and_one_transaction(
    world: World, size: int, reads: int
) -> None:
    content = world.content(world.connected_site())
    ids = [content["id"], *range(1, size)]
    with recorded_calls() as calls:
        assert bulk(world, ids).status == 202
    assert calls == [*["BatchGetItem"] * reads, "TransactWriteItems", "SendMessage"]


def test_an_item_of_a_batch_is_two_reads_and_one_transaction(world: World) -> None:
    contents = on_sites(world, sites=3, each=10)
    begun(world, contents)
    message = world.messages("batch")
    with recorded_calls() as calls:
        world.carry_on(message)
    each, pages = len(contents), 2
    assert Counter(calls) == {
        "Query": 2 * each,  # the content, its site
        "TransactWriteItems": each,
        "BatchGetItem": 2 * pages + 1,  # the batch, what it has decided; once more at its end
        "UpdateItem": pages,  # how far it is
        "SendMessageBatch": 2,  # two hints of each of three sites, a page
    }
    with recorded_calls() as calls:
        world.carry_on(message)
    assert calls == ["BatchGetItem"]


@pytest.mark.parametrize("size", [1, 60])
def test_reading_a_batch_does_not_cost_more_for_more_items(world: World, size: int) -> None:
    batch_id = begun(world, on_sites(world, sites=1, each=size))
    with recorded_calls() as calls:
        world.call("GET", f"{BATCHES}/{batch_id}/")
    assert calls == ["Query"]
    world.carry_on()
    with recorded_calls() as calls:
        world.call("GET", f"{BATCHES}/{batch_id}/")
    assert calls == ["Query", "BatchGetItem", "BatchGetItem"]  # it, its publications, their gates


def test_cancelling_a_batch_is_one_write_and_two_calls_an_item(world: World) -> None:
    batch_id = begun(world, on_sites(world, sites=1, each=3))
    world.carry_on()
    with recorded_calls() as calls:
        assert cancel(world, batch_id).status == 202
    assert calls == ["BatchGetItem", "UpdateItem", "SendMessage"]
    message = world.messages("batch")
    with recorded_calls() as calls:
        world.carry_on(message)
    assert Counter(calls) == {
        "BatchGetItem": 3,  # the batch, what it had decided; once more at its end
        "Query": 3,
        "TransactWriteItems": 3,
        "UpdateItem": 1,
    }


def test_duplicate_hint_after_completion_costs_two_reads(world: World) -> None:
    content = world.content(world.connected_site())
    world.publish(content)
    hints = world.messages()
    world.work(hints)
    with recorded_calls() as calls:
        world.work(hints)
    assert calls == ["BatchGetItem", "Query"]


def test_debug_status_is_four_reads(world: World) -> None:
    site = world.connected_site()
    with recorded_calls() as calls:
        world.events(site)
    assert calls == ["GetItem", "Query", "GetItem", "Query"]


def test_pairing_identifies_by_one_read(world: World) -> None:
    site = world.site()
    key = world.key(site)["api_key"]
    with recorded_calls() as calls:
        assert world.pair(site, key).status == 200
    assert calls == ["GetItem", "Query", "GetItem", "BatchGetItem", "TransactWriteItems"]
    with recorded_calls() as calls:
        assert world.pair(site, key[:-1] + ("a" if key[-1] != "a" else "b")).status == 401
    assert calls == []  # a mistyped key is refused without a read


def test_idle_sweep_is_one_query_a_shard(world: World) -> None:
    with recorded_calls() as calls:
        world.sweep()
    assert calls == ["Query"] * 8


def test_due_row_costs_a_sweep_three_calls(world: World) -> None:
    world.publish(world.content(world.connected_site()))
    with recorded_calls() as calls:
        world.sweep()
    assert sorted(calls) == [
        "BatchGetItem", *["Query"] * 8, "SendMessageBatch", "UpdateItem",
    ]  # fmt: skip


@pytest.mark.parametrize("size", [1, 3])
def test_lists_do_not_cost_more_for_more_rows(world: World, size: int) -> None:
    sites = [world.connected_site() for _ in range(size)]
    contents = [world.content(sites[0]) for _ in range(size)]
    for content in contents:
        world.publish(content)
    with recorded_calls() as calls:
        listed = world.call("GET", f"/api/v1/writer/content/?site={sites[0]['id']}")
    assert [one["id"] for one in listed.data] == [one["id"] for one in reversed(contents)]
    assert calls == ["Query", "Query", "BatchGetItem", "BatchGetItem"]
    with recorded_calls() as calls:
        assert len(world.call("GET", "/api/v1/sites/").data) == size
    assert calls == ["Query", "BatchGetItem"]
    with recorded_calls() as calls:
        assert len(world.call("GET", f"{INTEGRATIONS}/").data) == size
    assert calls == ["Query", "BatchGetItem"]


def test_other_operations(world: World) -> None:
    with recorded_calls() as calls:
        site = world.site()
    assert calls == ["TransactWriteItems"]
    with recorded_calls() as calls:
        key = world.key(site)
    assert calls == ["Query", "GetSecretValue", "Encrypt", "TransactWriteItems"]
    with recorded_calls() as calls:
        content = world.content(site)
    assert calls == ["GetItem", "PutObject", "PutItem"]
    with recorded_calls() as calls:
        world.call("GET", f"/api/v1/writer/content/{content['id']}/")
    assert calls == ["Query", "GetObject"]
    with recorded_calls() as calls:
        world.call("GET", f"{INTEGRATIONS}/{key['integration_id']}/")
    assert calls == ["GetItem", "BatchGetItem"]  # where it is, and it with its types
    with recorded_calls() as calls:
        world.call("GET", "/api/v1/health/")
    assert calls == []


def test_what_goes_out_by_itself_costs_as_much_as_a_click(world: World) -> None:
    site = automatic_site(world, daily_publish_limit=1_000, weekly_publish_limit=7_000,
                          monthly_publish_limit=31_000)  # fmt: skip
    world.clock.advance(hours=11)
    look = ["Query", "Query", "UpdateItem"]  # the site, its settings with what was spent, the next
    list_of_those = ["Query"]
    for number in (1, 3):
        approved(world, site, number)
        choose(world, site, **{**PUBLISHES, "daily_publish_limit": 1_000})
        with recorded_calls() as calls:
            assert swept(world) == (0, number, 0)
        decided = ["Query", "Query", "TransactWriteItems", "SendMessage"]
        counted = Counter(["Query"] * 8 + look + list_of_those + decided * number)
        assert Counter(calls) == counted


def test_an_approval_costs_two_calls(world: World) -> None:
    site = automatic_site(world, auto_approval_enabled=True, daily_publish_limit=0)
    for _ in range(3):
        world.content(site, status="review")
    with recorded_calls() as calls:
        assert swept(world) == (3, 0, 0)
    assert Counter(calls) == Counter(
        ["Query"] * 8 + ["Query", "Query", "UpdateItem", "Query"] + ["GetItem", "PutItem"] * 3
    )


def test_a_site_that_is_closed_or_has_spent_its_day_is_not_searched(world: World) -> None:
    site = automatic_site(world, daily_publish_limit=1)
    approved(world, site, 3)
    assert swept(world) == (0, 1, 0)
    world.clock.advance(minutes=5)
    with recorded_calls() as calls:
        assert swept(world) == (0, 0, 0)
    assert calls.count("Query") == 8 + 2  # nothing is looked for that may not go out
    choose(world, site, auto_publish_enabled=True, publish_days=["sun"])
    swept(world)
    world.clock.advance(minutes=5)
    with recorded_calls() as calls:
        swept(world)
    assert calls == ["Query"] * 8  # it is looked at when its slot opens


def test_a_click_that_meets_another_at_the_counter_tries_again_and_counts_once(
    world: World,
) -> None:
    site = world.connected_site()
    content = world.content(site)
    with intercepted(Conflicts(3)):
        assert world.publish(content).status == 202
    today = world.clock.now().date()
    assert world.services.pacing_store.pace(ACCOUNT, site["id"], today).spent.on(today) == 1


def test_what_goes_out_by_itself_counts_once_however_often_it_was_tried(world: World) -> None:
    site = automatic_site(world)
    approved(world, site)
    with intercepted(Conflicts(3, skip=1)):
        assert swept(world) == (0, 1, 0)
    today = world.clock.now().date()
    assert world.services.pacing_store.pace(ACCOUNT, site["id"], today).spent.on(today) == 1


def test_a_new_post_is_two_texts_and_one_transaction(world: World) -> None:
    site = world.connected_site()
    existing(world).add(2)
    with recorded_calls() as calls:
        done = Import(world, site).run()
    assert set(done.outcomes().values()) == {"created"}
    assert calls == [
        "BatchGetItem",  # whose they are
        "BatchGetItem",  # the site and its inbox, for what it answered
        "Query",  # what waits for approval, and for publishing
        "Query",
        "Query",  # drafts: any of them may be the post
        *["PutObject", "PutObject", "TransactWriteItems"] * 2,
    ]
    with recorded_calls() as calls:
        assert set(Import(world, site).run().outcomes().values()) == {"unchanged"}
    assert calls == ["BatchGetItem"]


def test_an_edit_is_heard_in_one_transaction(world: World) -> None:
    site = world.connected_site()
    (post_id,) = existing(world).add()
    Import(world, site).run()
    existing(world).edit(post_id, status="private")
    with recorded_calls() as calls:
        assert Import(world, site).run().outcomes() == {post_id: "pulled"}
    assert Counter(calls) == {"BatchGetItem": 4, "TransactWriteItems": 1}


def test_a_post_that_the_bridge_does_not_give_is_taken_back_in_one(world: World) -> None:
    site = world.connected_site()
    (post_id,) = existing(world).add()
    existing(world).refuses[post_id] = "taken"
    with recorded_calls() as calls:
        assert Import(world, site).run().outcomes() == {post_id: "skipped"}
    assert calls[-3:] == ["TransactWriteItems", "Query", "TransactWriteItems"]
