"""What people decide here, to the end, on a real WordPress: one post, whatever is decided."""

from collections.abc import Iterator
from typing import Any

import pytest
from igny8.core.http import OutboundClient

from tests.support.world import HTML, Response, World, world_in_memory

from .conftest import Bridge


class Desk:
    """A content whose site is the bridge's WordPress."""

    def __init__(self, world: World, bridge: Bridge) -> None:
        self.world, self.bridge = world, bridge
        site = world.site(url=bridge.site.url)
        key = world.key(site)["api_key"]
        bridge.option(igny8_api_key=key)
        assert world.pair(site, key).status == 200
        self.content = world.content(site, title="As it was", content_html=HTML)
        self.path = f"/api/v1/writer/content/{self.content['id']}/"

    def act(self, what: str, **body: Any) -> Response:
        return self.world.call("POST", f"{self.path}{what}/", body)

    def publish(self) -> Any:
        assert self.world.publish(self.content).status == 202
        return self.work()

    def work(self) -> Any:
        self.world.work()
        return self.world.publication(self.content)

    def edit(self, title: str) -> None:
        assert self.world.call("PATCH", self.path, {"title": title}).status == 200

    @property
    def there(self) -> tuple[str, str]:
        """The one post that there is: status and title."""
        (post_id,) = self.bridge.posts_of(self.content["id"])
        post = self.bridge.post(post_id)
        assert post
        return post["post_status"], post["post_title"]

    def person(self, changes: str) -> None:
        (post_id,) = self.bridge.posts_of(self.content["id"])
        self.bridge.php(f"return wp_update_post( array( 'ID' => {post_id}, {changes} ) );")


@pytest.fixture
def desk(bridge: Bridge) -> Iterator[Desk]:
    with world_in_memory() as world:
        services: Any = world.services
        services.http = OutboundClient(allow_local=True)
        yield Desk(world, bridge)


def test_down_to_draft_down_to_trash_and_back_is_one_post(desk: Desk):
    first = desk.publish()
    assert first["publish_state"] == "published"
    seen = {first["external_id"]}
    for to in ("draft", "trash"):
        assert desk.act("unpublish", to=to).status == 202
        down = desk.work()
        assert (down["publish_state"], down["wordpress_status"]) == ("unpublished", to)
        assert desk.there == (to, "As it was")
    back = desk.publish()
    assert (back["publish_state"], back["external_url"]) == ("published", first["external_url"])
    assert desk.there == ("publish", "As it was")
    assert seen == {back["external_id"]}
    desk.edit("Newer")
    assert desk.publish()["publish_state"] == "published"
    assert desk.there == ("publish", "Newer")


def test_what_somebody_wrote_is_shown_and_only_that_is_overwritten(desk: Desk):
    desk.publish()
    desk.person("'post_title' => 'Mine'")
    assert desk.act("unpublish", to="draft").status == 202
    told = desk.work()
    assert (told["publish_state"], desk.there) == ("conflict", ("publish", "Mine"))
    assert told["conflict"]["current_fingerprint"]
    assert told["conflict"]["current_fingerprint"] != told["conflict"]["base_fingerprint"]
    assert told["conflict"]["post_status"] == "publish"
    desk.person("'post_title' => 'Mine, once more'")
    assert desk.act("resolve-conflict", keep="ours").status == 202
    assert desk.work()["publish_state"] == "conflict", "nobody has seen that"
    assert desk.there == ("publish", "Mine, once more")
    assert desk.act("resolve-conflict", keep="ours").status == 202
    assert desk.work()["publish_state"] == "unpublished"
    assert desk.there == ("draft", "Mine, once more"), "taking down leaves the text"


def test_theirs_is_the_base_of_what_comes_next(desk: Desk):
    desk.publish()
    desk.person("'post_title' => 'Mine'")
    desk.edit("Ours")
    assert desk.publish()["publish_state"] == "conflict"
    kept = desk.act("resolve-conflict", keep="theirs").data
    assert (kept["publish_state"], kept["site_changed"]) == ("published", True)
    assert desk.there == ("publish", "Mine")
    assert desk.publish()["publish_state"] == "published"
    assert desk.there == ("publish", "Ours")


def test_a_hidden_post_is_shown_as_a_conflict_that_can_be_decided(desk: Desk):
    desk.publish()
    desk.person("'post_status' => 'private'")
    desk.edit("Ours")
    told = desk.publish()
    assert (told["publish_state"], told["conflict"]["post_status"]) == ("conflict", "private")
    assert desk.act("resolve-conflict", keep="ours").status == 202
    assert desk.work()["publish_state"] == "published"
    assert desk.there == ("publish", "Ours")


def test_deleted_with_its_post(desk: Desk):
    desk.publish()
    deleted = desk.world.call("DELETE", f"{desk.path}?unpublish=trash")
    assert (deleted.status, deleted.data["deleted"]) == (202, False)
    desk.world.work()
    desk.world.work()
    assert desk.world.call("GET", desk.path).status == 404
    assert desk.there == ("trash", "As it was")
