"""A post's link says which content it belongs to: one owner, from the first post to the last."""

from dataclasses import dataclass
from typing import Any

import pytest
from igny8.core.ids import MAX_ID
from igny8.core.rows import ConditionLost
from igny8.links import store as link_store
from igny8.links.digest import digest_of
from igny8.links.model import Link
from igny8.links.store import (
    LINKS,
    MOST_BYTES,
    ROWS_A_QUERY,
    LinkStore,
    is_link,
    link,
    post_of,
    to_link,
    unlink,
)
from igny8.publishing.items import to_publication
from igny8.publishing.linking import digest_known

from tests.support.aws import client
from tests.support.aws_calls import Overtaken, intercepted, stored_rows
from tests.support.steps import edit, publication_row
from tests.support.wordpress import reply
from tests.support.world import ACCOUNT, OTHER_ACCOUNT, World

MOVED = "http://localhost:8081"


def links(world: World) -> dict[int, int]:
    """The content of each post that is linked, whatever site it is on."""
    assert world
    return {post_of(row): to_link(row).content_id for row in link_rows()}


def link_rows() -> list[Any]:
    return [row for row in stored_rows()["igny8-test-data"] if is_link(row)]


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


# --- what the post is now ---------------------------------------------------------------------


def held(world: World) -> dict[int, Any]:
    """Each post's digest; that each is what its publication knows is true after every step."""
    found = {}
    for row in link_rows():
        link = to_link(row)
        site_id = int(row["pk"]["S"].split("#")[3])
        rows = [
            to_publication(one)
            for one in stored_rows()["igny8-test-data"]
            if one["sk"]["S"] == f"PUB#{link.integration_id}"
            and one["pk"]["S"] == f"A#{ACCOUNT}#C#{link.content_id}"
        ]
        (known,) = rows
        assert known.site_id == site_id
        assert link.digest == digest_known(known), (post_of(row), known)
        found[post_of(row)] = link.digest
    assert world
    return found


def test_a_digest_follows_whatever_is_learnt_of_the_post(stage: Stage) -> None:
    world, content = stage.world, stage.content()
    world.publish(content)
    world.work()
    seen = [held(world)[101]]
    assert None not in seen, "the answer said both"
    edit(world, content, title="Second")
    world.publish(content)
    world.work()
    seen.append(held(world)[101])
    told = {"post_id": 101, "content_id": content["id"], "post_status": "draft",
            "fingerprint": "f9", "site_url": stage.site["url"]}  # fmt: skip
    assert world.told(stage.site, told).data["result"] == "applied"
    seen.append(held(world)[101])
    assert seen[-1] == digest_of(101, "draft", "f9")
    assert world.told(stage.site, told | {"post_status": "trash"}).data["result"] == "applied"
    seen.append(held(world)[101])
    assert world.told(stage.site, told | {"post_status": "deleted"}).data["result"] == "applied"
    seen.append(held(world)[101])
    assert len(set(seen)) == len(seen)
    assert seen[-1] is None, "there is nothing to compare"


def test_a_digest_is_not_written_where_nothing_is_new(stage: Stage) -> None:
    world, content = stage.world, stage.content()
    stage.published(content, 7)
    told = {"post_id": 7, "content_id": content["id"], "post_status": "publish",
            "fingerprint": "f1", "site_url": stage.site["url"]}  # fmt: skip
    assert world.told(stage.site, told).data["result"] == "applied"
    before = held(world)
    world.clock.advance(minutes=1)
    written: list[str] = []

    def noting(_operation: str, parameters: Any, proceed: Any) -> Any:
        written.append(str(parameters.get("TransactItems", "")))
        return proceed()

    with intercepted(noting):
        assert world.told(stage.site, told).data["result"] == "applied"
    assert held(world) == before
    assert any("PUB#" in write for write in written)
    assert not any(LINKS in write for write in written)


def test_a_digest_is_not_written_over_the_link_of_another(stage: Stage) -> None:
    world = stage.world
    first, second = stage.content(), stage.content()
    stage.published(first, 7)
    stage.published(second, 7)
    told = {"post_id": 7, "content_id": second["id"], "post_status": "publish",
            "fingerprint": "theirs", "site_url": stage.site["url"]}  # fmt: skip
    assert world.told(stage.site, told).data["result"] == "applied"
    mine = told | {"content_id": first["id"], "post_status": "draft", "fingerprint": "mine"}
    assert world.told(stage.site, mine).data["result"] == "applied"
    assert links(world) == {7: second["id"]}
    assert to_link(link_rows()[0]).digest == digest_of(7, "publish", "theirs")


def test_a_post_that_nobody_has_is_its_only_contents_once_it_is_heard_of(stage: Stage) -> None:
    world = stage.world
    first, second = stage.content(), stage.content()
    stage.published(first, 7)
    stage.published(second, 7)
    stage.delete(second)
    assert links(world) == {}
    told = {"post_id": 7, "content_id": first["id"], "post_status": "draft",
            "fingerprint": "f2", "site_url": stage.site["url"]}  # fmt: skip
    assert world.told(stage.site, told).data["result"] == "applied"
    assert links(world) == {7: first["id"]}
    assert held(world) == {7: digest_of(7, "draft", "f2")}


def test_keeping_theirs_leaves_the_digest_true(stage: Stage) -> None:
    world, content = stage.world, stage.content()
    world.publish(content)
    world.work()
    edit(world, content, title="Second")
    world.publish(content)
    clash = {"code": "conflict", "message": "Changed.", "fields": {}}
    body = {"success": False, "error": clash,
            "data": {"content_id": content["id"], "current_fingerprint": "theirs",
                     "post_status": "publish"}}  # fmt: skip
    world.wordpress.before.append(reply(409, body))
    world.work()
    assert publication_row(world, content).state == "conflict"
    told = {"post_id": 101, "content_id": content["id"], "post_status": "draft",
            "fingerprint": "later", "site_url": stage.site["url"]}  # fmt: skip
    assert world.told(stage.site, told).data["result"] == "applied"
    held(world)
    path = f"/api/v1/writer/content/{content['id']}/resolve-conflict/"
    assert world.call("POST", path, {"keep": "theirs"}).status == 200
    held(world)


# --- reading many -----------------------------------------------------------------------------


def test_links_are_read_by_ranges_and_by_posts(stage: Stage) -> None:
    site_id, integration_id = stage.site["id"], stage.site["integration_id"]
    services = stage.world.services
    store = LinkStore(services.tables)
    made = {
        post_id: Link(number + 1, integration_id, "post", (number, 2**31 - 1))
        for number, post_id in enumerate((1, 9, 10, 2**31, 2**32 + 5, MAX_ID))
    }
    services.commit([link(ACCOUNT, site_id, number, one, None) for number, one in made.items()])
    services.commit([link(OTHER_ACCOUNT, site_id, 5, made[9], None)])
    services.commit([link(ACCOUNT, site_id + 1, 6, made[9], None)])
    assert whole(store, site_id) == made
    assert list(whole(store, site_id)) == sorted(made)
    assert list(whole(store, site_id, 9, 2**31)) == [9, 10, 2**31]
    assert whole(store, site_id, 11, 2**31 - 1) == {}
    assert whole(store, site_id, 11, 10) == {}
    asked = [10, 10, MAX_ID, 6, 5, 404, 0, -1, MAX_ID + 1]
    assert store.get_many(ACCOUNT, site_id, asked)[0] == {n: made[n] for n in (10, MAX_ID)}
    assert store.get_many(ACCOUNT, site_id, []) == ({}, frozenset())


def whole(store: LinkStore, site_id: int, *bounds: int) -> dict[int, Link]:
    return {
        post_id: one
        for page in store.between(ACCOUNT, site_id, *bounds)
        for post_id, one in page.items()
    }


def test_ranges_are_read_by_the_page_none_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_store, "ROWS_A_QUERY", 3)
    site_id = stage.site["id"]
    services = stage.world.services
    store = LinkStore(services.tables)
    made = {number: Link(number, 1, "post") for number in range(1, 9)}
    services.commit([link(ACCOUNT, site_id, number, one, None) for number, one in made.items()])
    (spoilt,) = [row for row in link_rows() if post_of(row) == 2]
    client("dynamodb").put_item(
        TableName="igny8-test-data", Item={name: spoilt[name] for name in ("pk", "sk", "c")}
    )
    pages = list(store.between(ACCOUNT, site_id))
    assert [list(page) for page in pages] == [[1, 3], [4, 5, 6], [7, 8]]
    assert store.get_many(ACCOUNT, site_id, [1, 2]) == ({1: made[1]}, {2})


def test_the_longest_link_is_as_short_as_its_query_supposes() -> None:
    longest = Link(MAX_ID, MAX_ID, "a" * 20, (2**31 - 1, 2**31 - 1), MAX_ID)
    row = link(MAX_ID, MAX_ID, MAX_ID, longest, None).row
    assert row is not None
    assert size_of(row) <= MOST_BYTES
    assert MOST_BYTES * ROWS_A_QUERY <= 2**20


def size_of(row: Any) -> int:
    """Bytes of an item as DynamoDB counts them, numbers rounded up."""
    return sum(
        len(name) + (len(value["S"].encode()) if "S" in value else len(value["N"]) // 2 + 2)
        for name, value in row.items()
    )
