"""A post's link says which content it belongs to: one owner, from the first post to the last."""

from dataclasses import dataclass
from typing import Any

import pytest
from igny8.core.rows import ConditionLost
from igny8.links.model import Link
from igny8.links.store import link, unlink

from tests.support.aws_calls import Overtaken, intercepted, stored_rows
from tests.support.steps import edit, publication_row
from tests.support.wordpress import reply
from tests.support.world import ACCOUNT, World

MOVED = "http://localhost:8081"


def links(world: World) -> dict[int, int]:
    """The content of each post that is linked, whatever site it is on."""
    assert world
    return {
        int(row["pk"]["S"].rpartition("#")[2]): int(row["content_id"]["N"])
        for row in stored_rows()["igny8-test-data"]
        if row["sk"]["S"] == "LINK"
    }


@dataclass
class Stage:
    """A site and its queue."""

    world: World
    site: dict[str, Any]

    def content(self, **fields: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.world.content(self.site, **fields)
        return made

    def published(self, content: dict[str, Any], post_id: int) -> None:
        """Publish; WordPress says that it is this post."""
        self.world.publish(content)
        self.world.wordpress.before.append(self.says(content, post_id))
        self.world.work()
        assert publication_row(self.world, content).external_id == post_id

    def says(self, content: dict[str, Any], post_id: int) -> Any:
        rev = publication_row(self.world, content).intent
        data = {"content_id": content["id"], "post_id": post_id, "rev": rev, "state": "done",
                "post_status": "publish", "post_url": f"{self.site['url']}/{post_id}/"}  # fmt: skip
        return reply(200, {"success": True, "data": data})

    def delete(self, content: dict[str, Any]) -> None:
        path = f"/api/v1/writer/content/{content['id']}/?unpublish=keep"
        assert self.world.call("DELETE", path).status == 200


@pytest.fixture
def stage(shared: World) -> Stage:
    return Stage(shared, shared.connected_site())


def test_a_link_is_made_with_the_first_post_and_stays(stage: Stage) -> None:
    content = stage.content()
    stage.world.publish(content)
    assert links(stage.world) == {}
    stage.world.work()
    assert links(stage.world) == {101: content["id"]}
    edit(stage.world, content, title="Second")
    stage.world.publish(content)
    stage.world.work()
    assert links(stage.world) == {101: content["id"]}


def test_a_link_moves_with_a_new_post(stage: Stage) -> None:
    content = stage.content()
    stage.published(content, 7)
    edit(stage.world, content, title="Second")
    stage.published(content, 8)
    assert links(stage.world) == {8: content["id"]}


def test_a_post_that_was_made_again_is_linked_instead(stage: Stage) -> None:
    content = stage.content()
    stage.world.publish(content)
    stage.world.work()
    stage.world.wordpress.delete(content["id"])
    edit(stage.world, content, title="Second")
    stage.world.publish(content)
    stage.world.work()
    assert stage.world.publish(content, {"recreate": True}).status == 202
    stage.world.work()
    assert links(stage.world) == {102: content["id"]}


def test_a_post_that_another_content_had_is_taken_over(stage: Stage) -> None:
    """WordPress is asked last and is right: our rows were older, after a restore perhaps."""
    first, second = stage.content(), stage.content()
    stage.published(first, 7)
    stage.published(second, 7)
    assert links(stage.world) == {7: second["id"]}
    assert publication_row(stage.world, second).state == "published"


def test_what_another_content_has_taken_over_is_left_to_it(stage: Stage) -> None:
    first, second = stage.content(), stage.content()
    stage.published(first, 7)
    stage.published(second, 7)
    edit(stage.world, first, title="Elsewhere")
    stage.published(first, 8)
    assert links(stage.world) == {7: second["id"], 8: first["id"]}
    stage.published(second, 7)
    stage.delete(second)
    assert links(stage.world) == {8: first["id"]}


def test_deleting_removes_the_link(stage: Stage) -> None:
    content = stage.content()
    stage.published(content, 7)
    stage.delete(content)
    assert links(stage.world) == {}


def test_deleting_keeps_the_link_that_is_anothers(stage: Stage) -> None:
    first, second = stage.content(), stage.content()
    stage.published(first, 7)
    stage.published(second, 7)
    stage.delete(first)
    assert links(stage.world) == {7: second["id"]}


def test_deleting_what_has_no_link_any_more_is_no_trouble(stage: Stage) -> None:
    first, second = stage.content(), stage.content()
    stage.published(first, 7)
    stage.published(second, 7)
    stage.delete(second)
    stage.delete(first)
    assert links(stage.world) == {}


def test_a_post_that_stayed_on_the_former_address_is_no_longer_ours(stage: Stage) -> None:
    content = stage.content()
    stage.published(content, 7)
    path = f"/api/v1/sites/{stage.site['id']}/"
    assert stage.world.call("PATCH", path, {"url": MOVED}).status == 200
    assert stage.world.pair({**stage.site, "url": MOVED}, stage.site["api_key"]).status == 200
    edit(stage.world, content, title="Here")
    assert stage.world.publish(content, {"recreate": True}).status == 202
    assert links(stage.world) == {}
    stage.world.work()
    (linked,) = links(stage.world).items()
    assert linked == (publication_row(stage.world, content).external_id, content["id"])


def test_two_contents_that_are_told_of_one_post_at_once_leave_one_owner(stage: Stage) -> None:
    first, second = stage.content(), stage.content()
    for content in (first, second):
        stage.world.publish(content)
    stage.world.messages()
    mine, theirs = (
        [stage.world.hint(one, stage.site["integration_id"])] for one in (first, second)
    )
    answers = stage.world.wordpress.after
    answers += [lambda _: stage.says(first, 7), lambda _: stage.says(second, 7)]
    # The worker's first write takes the publication, its second settles it.
    overtaken = Overtaken(lambda: stage.world.work(theirs), skip=1)
    with intercepted(overtaken):
        stage.world.work(mine)
    assert overtaken.answer == {"batchItemFailures": []}
    rows = [publication_row(stage.world, one) for one in (first, second)]
    assert [(row.state, row.external_id) for row in rows] == [("published", 7)] * 2
    assert links(stage.world) == {7: first["id"]}, "who writes last has looked again"


def test_a_link_is_taken_only_from_the_content_that_was_seen_to_have_it(stage: Stage) -> None:
    contents = [stage.content() for _ in range(3)]
    for number, content in enumerate(contents):
        stage.published(content, 7 + number)
    integration_id, site_id = stage.site["integration_id"], stage.site["id"]
    first, second, third = (Link(one["id"], integration_id, "post") for one in contents)
    commit = stage.world.services.commit
    with pytest.raises(ConditionLost) as lost:
        commit([link(ACCOUNT, site_id, 7, second, None)])
    assert lost.value.rows == {"link 7": first}
    for other in (third, Link(first.content_id, 5, "post"), Link(first.content_id, 5, "page")):
        with pytest.raises(ConditionLost):
            commit([link(ACCOUNT, site_id, 7, second, other)])
        with pytest.raises(ConditionLost):
            commit([unlink(ACCOUNT, site_id, 7, other)])
    commit([link(ACCOUNT, site_id, 7, first, first)])
    commit([link(ACCOUNT, site_id, 7, second, first)])
    with pytest.raises(ConditionLost) as lost:
        commit([unlink(ACCOUNT, site_id, 7, first)])
    assert lost.value.rows == {"link 7": second}
    assert links(stage.world)[7] == second.content_id
