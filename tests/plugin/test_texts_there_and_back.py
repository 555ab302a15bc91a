"""Posts of a real WordPress become content, are edited here, and keep every other byte."""

from collections.abc import Iterator
from typing import Any

import pytest
from igny8.content.kept import taken_in
from igny8.content.markers import marked, pieces
from igny8.core.http import OutboundClient

from tests.support.bodies import BODIES, BUILDERS
from tests.support.importing import Import
from tests.support.world import World, world_in_memory

from .conftest import Bridge
from .test_content_parts import OWNED, body, theirs

# The others: `test_parts_of_bodies.py`.
SOME = ("block", "classic", "code", "divi", "entities", "forms", "frames", "scripts", "secrets")
KINDS = {name: BODIES[name] for name in SOME} | {"owned": OWNED}


class Desk:
    """A site whose posts became content."""

    def __init__(self, world: World, bridge: Bridge) -> None:
        self.world, self.bridge = world, bridge
        site = world.site(url=bridge.site.url)
        key = world.key(site)
        bridge.option(igny8_api_key=key["api_key"])
        paired = world.pair(site, key["api_key"], bridge="2.1.0")
        assert paired.status == 200
        self.posts = {name: theirs(bridge, raw) for name, raw in KINDS.items()}
        known = {**site, "integration_id": paired.data["id"], "api_key": key["api_key"]}
        done = Import(world, known).run()
        self.contents = {name: done.of(post_id).content_id for name, post_id in self.posts.items()}
        assert None not in self.contents.values(), done.items

    def read(self, name: str) -> Any:
        return self.world.call("GET", self._path(name)).data

    def edit(self, name: str, **fields: Any) -> None:
        answer = self.world.call("PATCH", self._path(name), fields)
        assert answer.status == 200, answer.body

    def publish(self) -> None:
        for content_id in self.contents.values():
            assert self.world.publish({"id": content_id}).status == 202
        self.world.work()
        told = {
            name: self.world.publication({"id": content_id})
            for name, content_id in self.contents.items()
        }
        assert {name: one["publish_state"] for name, one in told.items()} == dict.fromkeys(
            told, "published"
        ), told

    def text(self, name: str) -> str:
        return body(self.bridge, self.posts[name])

    def _path(self, name: str) -> str:
        return f"/api/v1/writer/content/{self.contents[name]}/"


@pytest.fixture
def desk(bridge: Bridge) -> Iterator[Desk]:
    with world_in_memory() as world:
        services: Any = world.services
        services.http = OutboundClient(allow_local=True)
        yield Desk(world, bridge)


def test_titles_change_then_one_part_of_each(desk: Desk) -> None:
    for name in KINDS:
        desk.edit(name, title=f"Another {name}")
    desk.publish()
    for name, raw in KINDS.items():
        assert desk.text(name) == raw
        post = desk.bridge.post(desk.posts[name])
        assert post
        assert post["post_title"] == f"Another {name}"
    for words in ("First words", "Second words"):
        changed = {name: change_last(desk, name, f"<p>{words} of {name}</p>") for name in KINDS}
        desk.publish()
        for name, (before, behind) in changed.items():
            text = desk.text(name).encode()
            assert text.startswith(before)
            assert text.endswith(behind)
            middle = text[len(before) : len(text) - len(behind)].decode().strip()
            assert middle == f"<p>{words} of {name}</p>"


def change_last(desk: Desk, name: str, html: str) -> tuple[bytes, bytes]:
    """Put something in the place of the last part that is shown; the bytes before and behind it.

    Where nothing is shown it comes behind.
    """
    data = KINDS[name].encode()
    there = pieces(desk.read(name)["content_html"])
    free = [number for number, piece in enumerate(there) if marked(piece) is None]
    if marked(there[0]) and len(there) <= 2 and len(free) < 2 and name in BUILDERS:
        desk.edit(name, content_html=f"{there[0]}\n{html}")
        return data, b""
    there[free[-1]] = html
    desk.edit(name, content_html="\n\n".join(there))
    at = taken_in(KINDS[name]).ranges[free[-1]]
    return data[: at.start], data[at.end :]
