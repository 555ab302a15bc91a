"""What both sides last agreed on about a post: kept with each delivery, and sent against it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from igny8.content.model import RawRef
from igny8.publishing.bases import FIELDS, Base
from igny8.publishing.fingerprints import GROUPS

from tests.support.capacity import size
from tests.support.wordpress import lost, refusal, reply
from tests.support.world import ACCOUNT, World

pytestmark = pytest.mark.rows("memory")

NEWEST = "2.1.0"


def fingerprint(*digits: str, seo: str = "Y00000000") -> str:
    """One of the bridge since 2.1: a digit for each group, in their order; the others are 0."""
    return "v2:" + "".join(16 * one for one in (*digits, *"0000000")[: len(GROUPS)]) + f":{seo}"


def base_of(world: World, content: dict[str, Any], integration_id: int) -> Base | None:
    return world.services.base_store.get(ACCOUNT, content["id"], integration_id)


def published(world: World, bridge: str = NEWEST, **fields: Any) -> tuple[Any, Any]:
    """A site, and a content that is published there."""
    site = world.connected_site(bridge=bridge)
    content = world.content(site, **fields)
    world.publish(content)
    world.work()
    assert world.publication(content)["publish_state"] == "published"
    return site, content


def edit(world: World, content: dict[str, Any], **fields: Any) -> None:
    answer = world.call("PATCH", f"/api/v1/writer/content/{content['id']}/", fields)
    assert answer.status == 200, answer.body


def sent_after(world: World, content: dict[str, Any], **fields: Any) -> Any:
    """The order of the update that is made of these changes."""
    if fields:
        edit(world, content, **fields)
    world.publish(content)
    world.work()
    return world.wordpress.sent()[-1]


def named(order: dict[str, Any]) -> set[str]:
    return set(order) & set(FIELDS)


def test_a_first_publish_names_everything(world: World) -> None:
    published(world)
    (order,) = world.wordpress.sent()
    assert named(order) == set(FIELDS)


def test_an_update_names_what_changed_since(world: World) -> None:
    _, content = published(world)
    assert named(sent_after(world, content, tags=["green"])) == {"tags"}
    assert named(sent_after(world, content, title="Another")) == {"title"}
    assert named(sent_after(world, content, tags=[], title="A third")) == {"tags", "title"}


def test_a_base_is_what_the_site_answered(world: World) -> None:
    site, content = published(world)
    base = base_of(world, content, site["integration_id"])
    assert base is not None
    assert (base.rev, base.fingerprint) == (1, "f1")
    sent_after(world, content, title="Another")
    after = base_of(world, content, site["integration_id"])
    assert after is not None
    assert (after.rev, after.fingerprint) == (2, "f2")
    changed = {name for name in FIELDS if base.fields[name] != after.fields[name]}
    assert changed == {"title"}


@pytest.mark.parametrize("bridge", ["2.0.9", "1.4.0", "x", "20"])
def test_a_bridge_that_wants_all_of_it_gets_all_of_it(world: World, bridge: str) -> None:
    _, content = published(world, bridge)
    assert named(sent_after(world, content, tags=["green"])) == set(FIELDS)


@pytest.mark.parametrize("bridge", ["2.1", "2.1.0-beta.1", "2.10.3", "3.0.0"])
def test_a_bridge_since_then_does_not(world: World, bridge: str) -> None:
    _, content = published(world, bridge)
    assert named(sent_after(world, content, tags=["green"])) == {"tags"}


def test_a_base_takes_four_write_units_at_most(world: World) -> None:
    """However large the content is: two a kilobyte in a transaction."""
    site, content = published(world)
    known = base_of(world, content, site["integration_id"])
    assert known is not None
    largest = replace(
        known, account_id=2**53 - 1, content_id=2**53 - 1, integration_id=2**53 - 1,
        fingerprint="f" * 200, text_sha256="a" * 64,
        raw=RawRef(f"content/{2**53}/{2**53}/{'a' * 64}.raw.gz", "a" * 64, 2**21),
    )  # fmt: skip
    write = world.services.base_store.write(largest)
    assert size(write.row) <= 2 * 1024


def test_a_bridge_that_was_updated_since_the_last_delivery_does_not(world: World) -> None:
    site, content = published(world, "2.0.0")
    assert world.pair(site, site["api_key"], bridge=NEWEST).status == 200
    assert named(sent_after(world, content, tags=["green"])) == {"tags"}


def test_a_base_is_not_believed_of_a_post_that_is_another_by_now(world: World) -> None:
    """An older version of the worker has delivered since: it writes no base."""
    site, content = published(world)
    base = base_of(world, content, site["integration_id"])
    assert base is not None
    sent_after(world, content, title="Another")
    world.services.commit([world.services.base_store.write(base)])
    assert named(sent_after(world, content, tags=["green"])) == set(FIELDS)
    assert named(sent_after(world, content, tags=[])) == {"tags"}, "and then there is one again"


def test_a_base_that_cannot_be_read_is_none(world: World) -> None:
    site, content = published(world)
    base = base_of(world, content, site["integration_id"])
    assert base is not None
    write = world.services.base_store.write(base)
    world.services.commit([replace(write, row={**(write.row or {}), "rev": {"S": "x"}})])
    assert base_of(world, content, site["integration_id"]) is None
    assert named(sent_after(world, content, tags=["green"])) == set(FIELDS)


def test_a_post_that_is_made_again_is_made_of_everything(world: World) -> None:
    _, content = published(world)
    world.wordpress.delete(content["id"])
    edit(world, content, tags=["black"])
    assert world.publish(content, {"recreate": True}).status == 202
    world.work()
    assert world.wordpress.inserts == 2
    assert named(world.wordpress.sent()[-1]) == set(FIELDS)
    assert named(sent_after(world, content, tags=["green"])) == {"tags"}


def test_taking_down_agrees_on_nothing_new(world: World) -> None:
    site, content = published(world)
    before = base_of(world, content, site["integration_id"])
    world.call("POST", f"/api/v1/writer/content/{content['id']}/unpublish/", {"to": "draft"})
    world.work()
    assert base_of(world, content, site["integration_id"]) == before
    assert named(sent_after(world, content)) == set(), "it comes back as it was"
    assert world.publication(content)["publish_state"] == "published"


def test_an_image_that_could_not_be_fetched_is_sent_again(world: World) -> None:
    _, content = published(world, featured_image_url="https://e.example/i.jpg")
    fails = {"code": "image_failed", "field": "featured_image_url", "message": "no"}
    world.wordpress.after.append(lambda answer: told(answer, warnings=[fails]))
    sent_after(world, content, tags=["green"])
    picture = {"featured_image_url", "featured_image_alt"}
    assert named(sent_after(world, content, tags=[])) == {"tags", *picture}
    assert named(sent_after(world, content, tags=["green"])) == {"tags"}


@pytest.mark.parametrize("code", ["not_supported", "seo_altered"])
def test_what_the_site_never_takes_is_not(world: World, code: str) -> None:
    _, content = published(world)
    never = {"code": code, "field": "seo_title", "message": "no"}
    world.wordpress.after.append(lambda answer: told(answer, warnings=[never]))
    sent_after(world, content, tags=["green"])
    assert named(sent_after(world, content, tags=[])) == {"tags"}


# --- Doubts -------------------------------------------------------------------------------------


def test_an_answer_that_was_lost_is_what_both_agreed_on_once_it_is_learnt(world: World) -> None:
    site, content = published(world)
    world.wordpress.after.append(lambda _answer: lost())
    sent_after(world, content, title="Another")
    assert world.publication(content)["publish_state"] == "unknown"
    world.clock.advance(minutes=3)
    world.sweep()
    world.work()
    base = base_of(world, content, site["integration_id"])
    assert base is not None
    assert (base.rev, base.fingerprint) == (2, "f2")
    assert named(sent_after(world, content, tags=["green"])) == {"tags"}


def test_what_comes_after_a_doubt_that_proves_true_is_sent_whole(world: World) -> None:
    """The base is of the text before: what changed since that says nothing of the one between."""
    _, content = published(world, title="First")
    world.wordpress.after.append(lambda _answer: lost())
    sent_after(world, content, title="Second")
    edit(world, content, title="First")
    world.publish(content)
    world.clock.advance(minutes=3)
    world.sweep()
    world.work()
    order = world.wordpress.sent()[-1]
    assert (named(order), order["title"]) == (set(FIELDS), "First")
    assert world.wordpress.posts[content["id"]].title == "First"


def test_what_comes_after_a_doubt_that_proves_false_is_what_changed(world: World) -> None:
    _, content = published(world)
    world.wordpress.before.append(lost())
    sent_after(world, content, title="Second")
    edit(world, content, tags=["green"])
    world.publish(content)
    world.clock.advance(minutes=3)
    world.sweep()
    world.work()
    assert named(world.wordpress.sent()[-1]) == {"title", "tags"}


def test_the_echo_of_an_order_leaves_no_base_that_would_be_wrong(world: World) -> None:
    site, content = published(world)
    world.wordpress.after.append(lambda _answer: lost())
    sent_after(world, content, title="Another")
    post = world.wordpress.posts[content["id"]]
    echo = {
        "post_id": post.post_id, "content_id": content["id"], "post_status": "publish",
        "origin": "igny8", "operation_id": post.operation_id, "rev": post.rev, "seq": 5,
        "epoch": "e", "fingerprint": post.fingerprint, "site_url": site["url"],
    }  # fmt: skip
    assert world.told(site, echo).status == 200
    assert world.publication(content)["publish_state"] == "published"
    assert named(sent_after(world, content, tags=["green"])) == set(FIELDS)


# --- What others changed meanwhile ---------------------------------------------------------------


def told(answer: Any, **facts: Any) -> Any:
    """The site's answer, with these facts instead."""
    body = json.loads(answer.body)
    body["data"] |= facts
    return reply(answer.status, body)


def test_what_the_order_left_alone_is_not_agreed_on(world: World) -> None:
    """They changed the title, we a tag. Who would write over the title now, is refused."""
    site, content = published(world)
    world.wordpress.after.append(lambda answer: told(answer, fingerprint=fingerprint()))
    sent_after(world, content, title="Known")
    now = fingerprint("7", "0", "0", "0", "4")
    world.wordpress.after.append(lambda answer: told(answer, fingerprint=now, moved=["title"]))
    assert named(sent_after(world, content, tags=["green"])) == {"tags"}
    base = base_of(world, content, site["integration_id"])
    assert base is not None
    assert base.fingerprint == fingerprint("0", "0", "0", "0", "4")
    order = sent_after(world, content, title="Ours")
    assert (named(order), order["base_fingerprint"]) == ({"title"}, base.fingerprint)


@pytest.mark.parametrize("first", [True, False])
def test_the_echo_of_what_left_something_alone_hides_nothing(world: World, first: bool) -> None:
    """It says what both sides know, and may come before our answer: theirs is still another."""
    site, content = published(world)
    known, theirs = fingerprint(), fingerprint("7")
    world.wordpress.after.append(lambda answer: told(answer, fingerprint=known))
    sent_after(world, content, title="Known")
    post = world.wordpress.posts[content["id"]]
    event = {
        "post_id": post.post_id, "content_id": content["id"], "post_status": "publish",
        "epoch": "e", "site_url": site["url"],
    }  # fmt: skip
    assert world.told(site, event | {"seq": 5, "fingerprint": theirs}).status == 200
    assert world.publication(content)["site_changed"] is True

    def echo() -> None:
        known = {"seq": 6, "fingerprint": fingerprint("0", "0", "0", "0", "4"), "origin": "igny8"}
        order = world.wordpress.posts[content["id"]]
        named = {"operation_id": order.operation_id, "rev": order.rev}
        assert world.told(site, event | known | named).status == 200

    def answered(answer: Any) -> Any:
        if first:
            echo()
        now = fingerprint("7", "0", "0", "0", "4")
        return told(answer, fingerprint=now, moved=["title"])

    world.wordpress.after.append(answered)
    sent_after(world, content, tags=["green"])
    if not first:
        echo()
    assert world.publication(content)["publish_state"] == "published"
    assert world.publication(content)["site_changed"] is True


def test_nor_where_the_answer_was_lost_and_only_the_site_says_so(world: World) -> None:
    _, content = published(world)
    world.wordpress.after.append(lambda answer: told(answer, fingerprint=fingerprint()))
    sent_after(world, content, title="Known")
    now = fingerprint("7", "0", "0", "0", "4")
    world.wordpress.after += [
        lambda _answer: lost(),
        lambda answer: told(answer, fingerprint=now, moved=["title"]),
    ]
    sent_after(world, content, tags=["green"])
    world.clock.advance(minutes=3)
    world.sweep()
    world.work()
    order = sent_after(world, content, title="Ours")
    assert order["base_fingerprint"] == fingerprint("0", "0", "0", "0", "4")


def test_nor_where_an_event_tells_of_both(world: World) -> None:
    site, content = published(world)
    world.wordpress.after.append(lambda answer: told(answer, fingerprint=fingerprint()))
    sent_after(world, content, title="Known")
    world.wordpress.after.append(lambda _answer: lost())
    sent_after(world, content, tags=["green"])
    post = world.wordpress.posts[content["id"]]
    event = {
        "post_id": post.post_id, "content_id": content["id"], "post_status": "publish",
        "epoch": "e", "site_url": site["url"],
    }  # fmt: skip
    theirs = {"seq": 5, "fingerprint": fingerprint("7")}
    ours = {
        "seq": 6, "fingerprint": fingerprint("7", "0", "0", "0", "4"), "origin": "igny8",
        "operation_id": post.operation_id, "rev": post.rev,
    }  # fmt: skip
    assert world.told(site, event | theirs).status == 200
    assert world.told(site, event | ours).status == 200
    assert world.publication(content)["publish_state"] == "published"
    order = sent_after(world, content, title="Ours")
    assert order["base_fingerprint"] == fingerprint("0", "0", "0", "0", "4")


def test_a_refusal_agrees_on_nothing(world: World) -> None:
    site, content = published(world)
    before = base_of(world, content, site["integration_id"])
    world.wordpress.before.append(refusal(409, "conflict"))
    sent_after(world, content, title="Another")
    assert world.publication(content)["publish_state"] == "conflict"
    assert base_of(world, content, site["integration_id"]) == before
