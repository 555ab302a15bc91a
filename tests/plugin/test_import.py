"""Posts of every kind that stand in a real WordPress come in by the real worker, twice."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from igny8.core.http import OutboundClient

from tests.support.kinds_of_posts import LEFT_OUT, making
from tests.support.world import Response, World, world_in_memory

from .conftest import Bridge

INTEGRATIONS = "/api/v1/integration/integrations"
TABLES = ("posts", "postmeta", "terms", "term_taxonomy", "term_relationships", "termmeta")


@dataclass
class Joined:
    """The backend in this process, on a real site."""

    world: World
    bridge: Bridge
    site: dict[str, Any]

    def answer(self, method: str, path: str, body: Any = None) -> Response:
        path = f"{INTEGRATIONS}/{self.site['integration_id']}/{path}"
        answer = self.world.call(method, path, body)
        assert answer.status in {200, 202}, answer.body
        return answer

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return self.answer(method, path, body).data

    def sync(self, **body: Any) -> Any:
        """A run, to its end."""
        run = self.call("POST", "sync/", body)["run"]
        while records := self.world.messages("sync"):
            self.world.synchronise(records)
        return self.call("GET", f"runs/{run['id']}/")

    def published(self, content: dict[str, Any]) -> Any:
        """What comes of a publish, however often a busy machine has to be asked."""
        assert self.world.publish(content).status == 202
        for _ in range(5):
            self.world.work()
            known = self.world.publication(content)
            if known["publish_state"] not in {"queued", "sending", "unknown", "waiting"}:
                break
            self.world.clock.advance(minutes=5)
            self.world.sweep("due")
        return known

    def items(self, run: Any) -> dict[int, Any]:
        """All of them, page by page: posts of other tests stand on the site as well."""
        told, cursor = [], ""
        while True:
            answer = self.answer("GET", f"runs/{run['id']}/items/?limit=100{cursor}")
            told += answer.data
            if answer.body["meta"]["next"] is None:
                return {int(one["external_id"]): one for one in told}
            cursor = f"&cursor={answer.body['meta']['next']}"

    def make(self) -> dict[str, int]:
        made = self.bridge.php(making())
        assert isinstance(made, dict), made
        return made

    def fingerprint(self) -> Any:
        """All that WordPress itself keeps."""
        tables = ", ".join(f"'{name}'" for name in TABLES)
        return self.bridge.php(
            f"foreach ( array( {tables} ) as $t ) {{ $all[ $t ] = md5( serialize("
            ' $wpdb->get_results( "SELECT * FROM {$wpdb->prefix}$t", ARRAY_N ) ) ); } return $all;'
        )


@pytest.fixture
def joined(bridge: Bridge) -> Iterator[Joined]:
    with world_in_memory() as world:
        settings = world.services.settings
        world.services.http = OutboundClient(  # type: ignore[assignment]
            allow_local=True, answer_max_bytes=settings.answer_max_bytes
        )
        site = world.site(url=bridge.site.url)
        key = world.key(site)
        assert world.pair(site, key["api_key"], bridge="2.1.0").status == 200
        site |= {"integration_id": key["integration_id"], "api_key": key["api_key"]}
        bridge.option(igny8_api_key=site["api_key"])
        yield Joined(world, bridge, site)


def test_every_kind_of_post_comes_in_once_and_wordpress_stays_as_it_is(joined: Joined) -> None:
    ids = joined.make()
    assert joined.sync()["state"] == "done"  # what the site consists of
    wanted = {"direction": "pull", "types": ["post", "page"], "limit": 1_000_000}
    before = joined.fingerprint()
    dry = joined.sync(**wanted, dry_run=True)
    run = joined.sync(**wanted)
    assert joined.fingerprint() == before
    assert (run["state"], run["reason"]) == ("done", None), joined.world.events(joined.site)
    items = joined.items(run)
    ours = {name: items.get(post_id) for name, post_id in ids.items() if name not in LEFT_OUT}
    assert {name: one and (one["outcome"], one["reason"]) for name, one in ours.items()} == (
        dict.fromkeys(ours, ("created", None))
    )
    assert not {ids[name] for name in LEFT_OUT} & items.keys()
    mine = set(ids.values())

    def outcomes(of: Any) -> dict[int, str]:
        """Of these posts; other tests have left some that are theirs."""
        told = joined.items(of)
        return {post_id: one["outcome"] for post_id, one in told.items() if post_id in mine}

    assert run["counts"] == dict(Counter(one["outcome"] for one in items.values()))
    assert outcomes(dry) == outcomes(run)
    again = joined.sync(**wanted)
    assert again["done"] == run["done"]
    assert set(outcomes(again).values()) == {"unchanged"}
    assert joined.fingerprint() == before
    check_contents(joined, ours)


def check_contents(joined: Joined, items: dict[str, Any]) -> None:
    """What is here is what stands there."""

    def read(name: str) -> Any:
        path = f"/api/v1/writer/content/{items[name]['content_id']}/"
        return joined.world.call("GET", path).data

    block = read("block 7")
    assert block["title"] == "Block & <em>7</em>"
    assert "Words of 7." in block["content_html"]
    assert [one if isinstance(one, str) else one[-1] for one in block["categories"]] == ["Tea"]
    assert sorted(block["tags"]) == ["C++", "Tag 7"]
    assert (block["status"], block["publish_state"]) == ("published", "published")
    assert "<script" not in read("script")["content_html"]
    assert "<iframe" not in read("frame")["content_html"]
    assert read("no title")["title"] == ""
    assert read("cyrillic")["title"] == "Чай и кофе 🍵"
    assert "Bearer abc, igny8_live_0123456789, X-Amz-Signature=abc" in read("key")["content_html"]
    assert len(read("large")["content_html"]) > 900_000
    assert read("below")["post_type"] == "page"
    assert read("private")["metadata"]["wordpress_status"] == "private"
    assert read("image")["featured_image_alt"] == 'A cup of "tea"'


def test_what_came_in_or_was_tied_by_a_person_is_published_as_the_very_post(
    joined: Joined,
) -> None:
    world, bridge = joined.world, joined.bridge
    world.clock.advance(days=1)  # its ids are none of another test's
    assert joined.sync()["state"] == "done"
    make = (
        "return wp_insert_post( array( 'post_title' => '{}', 'post_status' => 'publish',"
        " 'post_content' => '<!-- wp:paragraph --><p>Theirs.</p><!-- /wp:paragraph -->' ) );"
    )
    plain, alike = (bridge.php(make.format(title)) for title in ("As it was", "Looks alike"))
    ours = world.content(joined.site, title="Looks alike")
    run = joined.sync(direction="pull", ids=[plain, alike])
    assert run["state"] == "done", (run, world.events(joined.site)[:3])
    items = joined.items(run)
    assert (items[plain]["outcome"], items[alike]["outcome"]) == ("created", "twin")
    assert items[alike]["content_id"] == ours["id"]

    came_in = {"id": items[plain]["content_id"]}
    path = f"/api/v1/writer/content/{came_in['id']}/"
    assert world.call("PATCH", path, {"title": "As it is now"}).status == 200
    known = joined.published(came_in)
    assert (known["publish_state"], known["external_id"]) == ("published", str(plain)), known
    written = bridge.post(plain)
    assert written is not None
    assert written["post_title"] == "As it is now"
    assert written["post_content"] == ("<!-- wp:paragraph --><p>Theirs.</p><!-- /wp:paragraph -->")

    before = bridge.post(alike)
    decided = joined.call("POST", f"runs/{run['id']}/twins/", {str(alike): "link"})
    assert [one["state"] for one in decided["items"]] == ["linked"]
    while records := world.messages("sync"):
        world.synchronise(records)
    assert world.publication(ours)["wordpress_status"] == "publish"
    assert joined.published(ours)["publish_state"] == "conflict"
    assert bridge.post(alike) == before, "nothing is written that nobody has seen"
    posts = bridge.php(
        "return array_map( 'intval', $wpdb->get_col( \"SELECT ID FROM $wpdb->posts WHERE"
        " post_title IN ( 'As it is now', 'Looks alike' ) AND post_type = 'post'\" ) );"
    )
    assert sorted(posts) == sorted([plain, alike]), "no second post of either"
