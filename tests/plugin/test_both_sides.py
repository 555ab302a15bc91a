"""Both sides change a post, on a real WordPress: all of it is on both, or a person decides."""

from collections.abc import Iterator
from typing import Any

import pytest
from igny8.core.http import OutboundClient
from igny8.core.queue import Hint
from igny8.publishing.bases import FIELDS

from tests.support.world import ACCOUNT, World, world_in_memory

from .conftest import Bridge

FIRST = "<p>The first words.</p>"
SWITCHES = "igny8_switches"


class Sides:
    """A content, and its post in the bridge's WordPress."""

    def __init__(self, world: World, bridge: Bridge) -> None:
        self.world, self.bridge = world, bridge
        self.site = world.site(url=bridge.site.url)
        key = world.key(self.site)
        bridge.option(igny8_api_key=key["api_key"])
        assert world.pair(self.site, key["api_key"], bridge="2.1.0").status == 200
        self.integration_id = key["integration_id"]
        self.two_way(on=True)
        self.content = world.content(
            self.site, title="Ours", content_html=FIRST, tags=["green"], seo_title="Found"
        )
        self.path = f"/api/v1/writer/content/{self.content['id']}/"
        assert self.click() == "published"
        self.hear()

    def two_way(self, *, on: bool) -> None:
        """The owner ticks it; what he ticked is in the structure that the next run fetches."""
        value = "true" if on else "false"
        self.bridge.php(
            f"update_option( '{SWITCHES}', array( 'two_way' => {value} ) + (array) get_option("
            f" '{SWITCHES}', array() ) ); return true;"
        )
        path = f"/api/v1/integration/integrations/{self.integration_id}/sync/"
        assert self.world.call("POST", path, {}).status == 202
        self.hear()

    def hear(self) -> None:
        """The sync worker takes what waits on the site, and reads what has to be read."""
        self.world.clock.advance(hours=7)
        hint = Hint(ACCOUNT, self.site["id"], self.integration_id)
        for _ in range(3):
            self.world.synchronise([{"messageId": "m", "body": hint.body()}])

    def click(self) -> str:
        self.world.publish(self.content)
        self.world.work()
        told = self.world.publication(self.content)
        assert told["publish_state"] != "failed", told["last_error"]
        return str(told["publish_state"])

    def edit(self, **fields: Any) -> None:
        fields["base_rev"] = self.here["rev"]
        answer = self.world.call("PATCH", self.path, fields)
        assert answer.status == 200, answer.body

    def decide(self, keep: str) -> Any:
        return self.world.call("POST", f"{self.path}resolve-conflict/", {"keep": keep})

    @property
    def here(self) -> Any:
        return self.world.call("GET", self.path).data

    @property
    def post_id(self) -> int:
        return int(self.world.publication(self.content)["external_id"])

    def person(self, changes: str) -> None:
        """Somebody changes the post in wp-admin."""
        done = self.bridge.php(
            f"return wp_update_post( array( 'ID' => {self.post_id}, {changes} ) );"
        )
        assert done

    @property
    def there(self) -> Any:
        """The post, and the names of its tags."""
        post = self.bridge.post(self.post_id)
        assert post
        names = "array( 'fields' => 'names' )"
        tags = self.bridge.php(
            f"return wp_get_object_terms( {self.post_id}, 'post_tag', {names} );"
        )
        return post | {"tags": sorted(tags)}

    def sent(self) -> int:
        return int(self.world.publication(self.content)["intent"])


@pytest.fixture
def sides(bridge: Bridge) -> Iterator[Sides]:
    with world_in_memory() as world:
        services: Any = world.services
        services.http = OutboundClient(allow_local=True)
        yield Sides(world, bridge)
        bridge.php(f"delete_option( '{SWITCHES}' ); return true;")


@pytest.mark.parametrize("heard_first", [True, False])
def test_a_title_there_and_a_tag_here_are_on_both_sides_after_one_click(
    sides: Sides, heard_first: bool
):
    sides.person("'post_title' => 'Theirs'")
    if heard_first:
        sides.hear()
        assert (sides.here["title"], sides.here["made_by"]) == ("Theirs", "wordpress")
    sides.edit(tags=["green", "black"])
    assert sides.click() == "published"
    sides.hear()
    there, here = sides.there, sides.here
    assert (there["post_title"], there["tags"]) == ("Theirs", ["black", "green"])
    assert (here["title"], here["tags"]) == ("Theirs", ["green", "black"])
    assert sides.world.publication(sides.content)["site_changed"] is False
    assert there["post_content"].strip()


def test_what_came_from_there_goes_nowhere_by_itself_and_the_next_edit_goes_out(sides: Sides):
    sides.person("'post_title' => 'Tea &amp; Cake', 'post_excerpt' => 'In short'")
    sides.hear()
    here = sides.here
    assert (here["title"], here["excerpt"]) == ("Tea & Cake", "In short")
    assert sides.sent() == 1
    assert sides.click() == "published"
    assert sides.sent() == 1, "there is nothing to send"
    sides.edit(title="Ours again")
    assert sides.click() == "published"
    assert (sides.there["post_title"], sides.there["post_excerpt"]) == ("Ours again", "In short")


def test_a_title_changed_here_leaves_every_byte_of_the_text(sides: Sides):
    sides.person("'post_content' => \"Theirs\\n\\nin classic <b>words</b>\"")
    sides.hear()
    before = sides.there["post_content"]
    sides.edit(title="Another")
    assert sides.click() == "published"
    assert (sides.there["post_title"], sides.there["post_content"]) == ("Another", before)


def test_the_same_paragraph_on_both_is_a_conflict_and_each_decision_keeps_both_texts(sides: Sides):
    sides.edit(content_html="<p>Our new words.</p>")
    sides.person("'post_content' => '<p>Their words.</p>'")
    assert sides.click() == "conflict"
    assert "Their words" in sides.there["post_content"]
    assert sides.decide("ours").code == "theirs_unread"
    sides.hear()
    assert sides.decide("ours").status == 202
    sides.world.work()
    assert "Our new words" in sides.there["post_content"]
    revisions = sides.world.call("GET", f"{sides.path}revisions/").data
    assert [one["made_by"] for one in revisions].count("wordpress") == 1
    rev = next(one["rev"] for one in revisions if one["made_by"] == "wordpress")
    kept = sides.world.call("GET", f"{sides.path}revisions/{rev}/").data
    assert "Their words" in kept["content_html"]


def test_theirs_kept_is_the_text_here(sides: Sides):
    sides.edit(content_html="<p>Our new words.</p>")
    sides.person("'post_content' => '<p>Their words.</p>'")
    assert sides.click() == "conflict"
    sides.hear()
    assert sides.decide("theirs").status == 200
    assert "Their words" in sides.here["content_html"]
    sides.edit(tags=["black"])
    assert sides.click() == "published"
    assert ("Their words" in sides.there["post_content"], sides.there["tags"]) == (True, ["black"])


def test_without_two_way_nothing_of_theirs_comes_and_nothing_is_written_over(sides: Sides):
    sides.two_way(on=False)
    sides.person("'post_title' => 'Theirs'")
    sides.hear()
    assert (sides.here["title"], sides.here["site_changed"]) == ("Ours", True)
    sides.edit(title="Ours again")
    assert sides.click() == "conflict"
    assert sides.there["post_title"] == "Theirs"


def test_an_update_of_what_nobody_changed_there_is_no_conflict_whatever_wordpress_made_of_it(
    sides: Sides,
):
    """Each field alone, of a post that WordPress stores in its own way."""
    for field, value in (
        ("title", "A <b> & \"c\""), ("content_html", "<p>Second -- \"words\"</p>"),
        ("excerpt", "Ex & cerpt"), ("slug", "ä-slug"), ("seo_title", "S"), ("tags", ["C++", "C#"]),
        ("categories", [["Root", "Leaf"]]), ("primary_keyword", "tea"), ("author", "nobody"),
    ):  # fmt: skip
        assert field in FIELDS
        sides.edit(**{field: value})
        assert sides.click() == "published", field
        sides.hear()
        assert sides.here["made_by"] == "person", field
        assert sides.world.publication(sides.content)["site_changed"] is False, field
