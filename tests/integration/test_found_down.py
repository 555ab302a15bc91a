"""What an attempt finds taken down in WordPress is not called published here."""

from typing import Any

import pytest

from tests.support.aws_calls import recorded_calls
from tests.support.pacing import content_path
from tests.support.site_events import published, seed_status
from tests.support.steps import bring_to, edit, sweep_and_work
from tests.support.wordpress import gone, lost, refusal, reply
from tests.support.world import World


def status_of(world: World, content: dict[str, Any]) -> tuple[str, str]:
    """The status of the content, and of its publication."""
    status = world.call("GET", content_path(content)).data["status"]
    return status, world.publication(content)["publish_state"]


def test_what_is_gone_is_a_draft_again(shared: World) -> None:
    content = bring_to(shared, "gone")
    assert status_of(shared, content) == ("draft", "gone")
    assert shared.publish(content, {"recreate": True}).status == 202
    shared.work()
    assert status_of(shared, content) == ("published", "published")


def test_a_deletion_that_is_told_makes_it_a_draft(shared: World) -> None:
    site, content = published(shared)
    post = int(shared.publication(content)["external_id"])
    assert shared.told(site, seed_status(content, post, "deleted", site["url"])).status == 200
    assert status_of(shared, content) == ("draft", "gone")


@pytest.mark.parametrize(
    ("there", "status", "state"),
    [("draft", "draft", "unpublished"), ("pending", "review", "unpublished"),
     ("trash", "draft", "unpublished"), ("private", "published", "published")],
)  # fmt: skip
def test_so_is_what_was_taken_down_before_it_was_asked_about(
    shared: World, there: str, status: str, state: str
) -> None:
    """The answer was lost, and somebody was at the post before WordPress said what is there."""
    content = shared.content(shared.connected_site())
    shared.publish(content)
    shared.wordpress.after.append(lambda _: lost())
    shared.work()
    assert status_of(shared, content) == ("published", "unknown")
    shared.wordpress.posts[content["id"]].post_status = there
    sweep_and_work(shared)
    assert status_of(shared, content) == (status, state)


def test_an_edit_in_between_is_kept(shared: World) -> None:
    """The worker looks again when somebody has written the content while it was asking."""
    content = shared.content(shared.connected_site())
    shared.publish(content)
    request = shared.wordpress.request

    def edited(*arguments: Any, **more: Any) -> Any:
        shared.services.http = shared.wordpress
        edit(shared, content, title="Another")
        return refusal(410, "gone")

    shared.wordpress.request = edited  # type: ignore[method-assign]
    try:
        shared.work()
    finally:
        shared.wordpress.request = request  # type: ignore[method-assign]
    assert status_of(shared, content) == ("draft", "gone")
    assert shared.call("GET", content_path(content)).data["title"] == "Another"


def test_what_was_decided_meanwhile_stays_published(shared: World) -> None:
    """A newer text is on its way: what was found is not the last word."""
    content = shared.content(shared.connected_site())
    shared.publish(content)
    shared.wordpress.after.append(lambda _: lost())
    shared.work()
    shared.wordpress.posts[content["id"]].post_status = "draft"

    def decided(answer: Any) -> Any:
        edit(shared, content, title="Newer")
        assert shared.publish(content).status == 202
        return answer

    shared.wordpress.after.append(decided)
    shared.clock.advance(minutes=5)
    shared.sweep()
    shared.work()
    assert status_of(shared, content) == ("published", "queued")


def test_it_costs_no_call_more(shared: World) -> None:
    """The content goes into the transaction that settles the attempt."""
    content = shared.content(shared.connected_site())
    shared.publish(content)
    shared.wordpress.before.append(refusal(410, "gone"))
    with recorded_calls() as calls:
        shared.work()
    assert calls.count("TransactWriteItems") == 2
    assert status_of(shared, content) == ("draft", "gone")


@pytest.mark.parametrize("on_the_way", [[], ["draft"]])
def test_a_post_that_comes_back_without_the_text_that_missed_it_is_not_that_text(
    shared: World, on_the_way: list[str]
) -> None:
    """An update found the post in the trash; then somebody put it live again, as it was before."""
    site, content = published(shared)
    post = shared.wordpress.posts[content["id"]]
    shared.wordpress.before = [gone("trash", content_id=content["id"], rev=1)]
    edit(shared, content, title="Another")
    assert shared.publish(content).status == 202
    shared.work()
    assert status_of(shared, content) == ("draft", "gone")
    for status in [*on_the_way, "publish"]:
        post.post_status = status
        assert (
            shared.told(site, seed_status(content, post.post_id, status, site["url"])).status == 200
        )
    told = shared.publication(content)
    assert status_of(shared, content) == ("published", "failed")
    assert told["wordpress_status"] == "publish"
    assert told["last_error"]["class"] == "text_not_there"
    assert shared.publish(content).status == 202, "it never arrived"
    shared.work()
    assert status_of(shared, content) == ("published", "published")
    assert shared.wordpress.posts[content["id"]].title == "Another"


def test_a_conflict_over_a_post_that_is_deleted_by_then_ends_as_a_draft(shared: World) -> None:
    """The answer knew of the deletion already; the event that ends the conflict says it again."""
    site, content = published(shared)
    post = shared.wordpress.posts[content["id"]]
    error = {"code": "conflict", "message": "no", "fields": {}}
    told = {"content_id": content["id"], "post_id": post.post_id, "post_status": "deleted"}
    shared.wordpress.before = [reply(409, {"success": False, "error": error, "data": told})]
    edit(shared, content, title="Another")
    assert shared.publish(content).status == 202
    shared.work()
    assert status_of(shared, content) == ("published", "conflict")
    body = seed_status(content, post.post_id, "deleted", site["url"])
    assert shared.told(site, body).status == 200
    assert status_of(shared, content) == ("draft", "gone")
