"""Echoes of our own operations, and what only says that it is one."""

from typing import Any

import pytest

from tests.support.case import Case, case
from tests.support.site_events import Bridge, published, seen
from tests.support.steps import edit
from tests.support.wordpress import lost
from tests.support.world import World

pytestmark = pytest.mark.rows("memory")


@pytest.mark.parametrize(
    "named", ["made-up", "1-2-3", "{right}9", "{content}-{site}-0", "x-٣", "-"]
)
@pytest.mark.parametrize("status", ["trash", "draft", "private"])
def test_a_made_up_operation_is_somebodys_change(shared: World, named: str, status: str) -> None:
    site, content = published(shared)
    right = shared.publication(content)["operation_id"]
    name = named.format(right=right, content=content["id"], site=site["integration_id"])
    bridge = Bridge(shared, site)
    bridge.send(bridge.event(content, status, origin="igny8", operation_id=name, rev=1))
    state = "published" if status == "private" else "unpublished"
    editorial = "published" if status == "private" else "draft"
    assert seen(shared, content) == (editorial, status, state)
    assert "confirmed" not in shared.events(site)[0]["description"]


@pytest.mark.parametrize("rev", [0, 2, 2**53 - 1])
def test_an_echo_of_another_text_is_no_answer(shared: World, rev: int) -> None:
    site, content = in_doubt(shared)
    bridge = Bridge(shared, site)
    operation = shared.publication(content)["operation_id"]
    bridge.send(
        bridge.event(
            content, "publish", post_id=101, origin="igny8", operation_id=operation, rev=rev
        )
    )
    publication = shared.publication(content)
    assert (publication["in_doubt"], publication["applied_intent"]) == (True, 0)


def in_doubt(world: World) -> tuple[Any, Any]:
    site = world.connected_site()
    content = world.content(site)
    world.publish(content)
    world.wordpress.after = [lambda _answer: lost()]
    world.work()
    assert world.publication(content)["in_doubt"]
    return site, content


def test_an_echo_after_a_newer_click_lets_the_newer_text_follow(shared: World) -> None:
    site, content = in_doubt(shared)
    operation = shared.publication(content)["operation_id"]
    shared.call("PATCH", f"/api/v1/writer/content/{content['id']}/", {"title": "Newer"})
    assert shared.publish(content).status == 202
    bridge = Bridge(shared, site)
    bridge.send(
        bridge.event(
            content, "publish", post_id=101, origin="igny8", operation_id=operation, rev=1,
            fingerprint="f1",
        )
    )  # fmt: skip
    publication = shared.publication(content)
    assert (publication["publish_state"], publication["applied_intent"]) == ("queued", 1)
    shared.clock.advance(minutes=1)
    shared.work([shared.hint(content, site["integration_id"])])
    assert shared.wordpress.posts[content["id"]].title == "Newer"
    assert shared.publication(content)["publish_state"] == "published"


def test_what_was_cancelled_and_arrives_all_the_same_is_no_change_of_somebodys(
    shared: World,
) -> None:
    """A request that was given up, not there when asked about, and cancelled, comes through."""
    site, content = published(shared)
    wordpress, given_up = shared.wordpress, shared.wordpress.calls
    edit(shared, content, title="Second")
    assert shared.publish(content).status == 202
    wordpress.before = [lost()]
    shared.work()
    operation = shared.publication(content)["operation_id"]
    (_, _, late) = given_up[-1]
    assert shared.call("POST", f"/api/v1/writer/content/{content['id']}/cancel/").status == 202
    shared.clock.advance(minutes=10)
    shared.sweep("due")
    shared.work()
    assert shared.publication(content)["publish_state"] == "cancelled"
    assert wordpress._publish(late, operation).status in {200, 201}
    bridge = Bridge(shared, site)
    post = wordpress.posts[content["id"]]
    bridge.send(
        bridge.event(
            content, "publish", post_id=post.post_id, origin="igny8", operation_id=operation,
            rev=2, fingerprint=post.fingerprint,
        )
    )  # fmt: skip
    told = shared.publication(content)
    assert (told["applied_intent"], told["site_changed"]) == (2, False)
    edit(shared, content, title="Third")
    assert shared.publish(content).status == 202
    shared.work()
    assert wordpress.sent()[-1]["base_fingerprint"] == post.fingerprint
    assert shared.publication(content)["publish_state"] == "published"


def test_an_echo_that_names_another_post_is_nobodys(shared: World) -> None:
    site, content = published(shared)
    bridge = Bridge(shared, site)
    operation = shared.publication(content)["operation_id"]
    told = bridge.event(
        content, "trash", post_id=999, origin="igny8", operation_id=operation, rev=1
    )
    assert bridge.results(told) == ["ignored"]
    assert seen(shared, content) == ("published", "publish", "published")


def test_an_echo_overtakes_our_own_answer(shared: World) -> None:
    """It comes while the worker still waits; the answer says what came of it."""
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    bridge = Bridge(shared, site)
    operation = shared.publication(content)["operation_id"]

    def first(answer: Any) -> Any:
        for status in ("draft", "publish"):
            bridge.send(
                bridge.event(
                    content, status, post_id=101, origin="igny8", operation_id=operation, rev=1
                )
            )
            assert shared.publication(content)["publish_state"] == "sending"
        return answer

    shared.wordpress.after = [first]
    shared.work()
    publication = shared.publication(content)
    assert (publication["publish_state"], publication["in_doubt"]) == ("published", False)
    assert publication["external_id"] == "101"


# --- Told late: what people did before something of ours, of which WordPress has answered since ---


def tell(one: Case, status: str, *, rev: int, ours: bool = False) -> None:
    """An event of the post: a person's, or the echo of the intent that ``rev`` names."""
    row = one.world.publication(one.content)
    begin = row["operation_id"].rpartition("-")[0]
    told: dict[str, Any] = {"origin": "igny8", "operation_id": f"{begin}-{rev}"} if ours else {}
    event = one.bridge.event(
        one.content, status, post_id=int(row["external_id"]), rev=rev, fingerprint="f1", **told
    )
    assert one.bridge.results(event) == ["applied"]


def test_what_people_did_before_is_past_once_our_taking_down_is_echoed() -> None:
    with case() as one:
        one.publish()
        one.act("unpublish", to="trash")
        one.world.work()
        tell(one, "publish", rev=1)
        tell(one, "trash", rev=2, ours=True)
        assert seen(one.world, one.content) == ("draft", "trash", "unpublished")


def test_what_people_did_before_is_past_once_our_publish_is_echoed() -> None:
    with case() as one:
        one.publish()
        one.wordpress.set_status(one.id, "trash")
        one.edit()
        one.click()
        one.world.work()
        assert one.state == "gone"
        one.click(recreate=True)
        one.world.work()
        tell(one, "trash", rev=1)
        tell(one, "publish", rev=3, ours=True)
        assert seen(one.world, one.content) == ("published", "publish", "published")
        one.edit()
        one.click()
        one.world.work()
        assert (one.state, one.holds) == ("published", "this")


@pytest.mark.parametrize(("to", "status"), [(None, "published"), ("trash", "draft")])
def test_what_people_did_while_it_waited_leaves_the_status_that_was_decided(
    to: str | None, status: str
) -> None:
    with case() as one:
        one.publish()
        one.edit()
        one.wordpress.set_status(one.id, "private")
        one.click()
        one.world.work()
        assert one.state == "conflict"
        one.act("resolve-conflict", keep="ours")
        if to is not None:
            one.act("unpublish", to=to)
        tell(one, "publish" if to else "draft", rev=1)
        one.wordpress.set_status(one.id, "private")
        one.world.work()
        rev = 3 if to is None else 4
        tell(one, to or "publish", rev=rev, ours=True)
        assert one.world.call("GET", one.path).data["status"] == status


def test_a_status_that_people_chose_after_taking_down_stays() -> None:
    with case() as one:
        one.publish()
        one.act("unpublish", to="draft")
        one.world.work()
        assert one.world.call("PATCH", one.path, {"status": "review"}).status == 200
        tell(one, "draft", rev=2, ours=True)
        assert seen(one.world, one.content) == ("review", "draft", "unpublished")


def test_an_older_echo_says_nothing_of_what_is_there_by_now() -> None:
    with case() as one:
        one.publish()
        one.act("unpublish", to="draft")
        one.world.work()
        tell(one, "publish", rev=1, ours=True)
        assert seen(one.world, one.content) == ("draft", "draft", "unpublished")
        one.click()
        one.world.work()
        assert (one.state, one.holds) == ("published", "this"), "and is no conflict"


@pytest.mark.parametrize("rev", [1, 2])
def test_content_goes_with_its_post_unless_somebody_wants_that_again(rev: int) -> None:
    """By the number of the order after which it was done: before it was taken down, or after."""
    with case() as one:
        one.publish()
        one.world.call("DELETE", f"{one.path}?unpublish=trash")
        finish = one.world.services.deleting.finish
        one.world.services.deleting.finish = lambda *_: None  # type: ignore[method-assign]
        one.world.work()
        one.world.services.deleting.finish = finish  # type: ignore[method-assign]
        tell(one, "publish", rev=rev)
        one.work(rounds=2)
        assert one.state == ("no content" if rev == 1 else "published")
