"""The same event by many threads at once, and events against clicks and edits."""

from typing import Any

from tests.support.meeting import Meeting
from tests.support.site_events import Bridge, seed_status
from tests.support.world import ACCOUNT, SITE_URL, World, world_in_memory

CONTENT = "/api/v1/writer/content"


class Nobody:
    """A queue that is not read."""

    def send(self, _hint: Any, *, delay_seconds: int = 0) -> None: ...

    def send_all(self, hints: list[Any]) -> int:
        return len(hints)


def begun(world: World) -> tuple[Meeting, Any, Any]:
    services = world.services
    meeting = Meeting(services.commit)
    services.commit = meeting.commit
    services.hints = services.sync_hints = Nobody()  # type: ignore[assignment]
    site = world.connected_site()
    content = world.content(site, status="draft")
    answer = world.told(site, seed_status(content, 101, "publish", SITE_URL))
    assert answer.status == 200, answer.body
    return meeting, site, content


def state(world: World, content: Any) -> tuple[str, str]:
    found = world.call("GET", f"{CONTENT}/{content['id']}/").data
    return found["status"], found["metadata"]["wordpress_status"]


def test_the_same_event_ten_times_has_one_effect() -> None:
    with world_in_memory() as world:
        meeting, site, content = begun(world)
        bridge = Bridge(world, site)
        event = bridge.event(content, "draft", post_id=101)
        answers = meeting.round([lambda: bridge.send(event)] * 10)
        assert {answer.status for answer in answers} == {200}
        results = [answer.data["results"][0]["result"] for answer in answers]
        assert sorted(results) == ["applied"] + ["duplicate"] * 9
        assert state(world, content) == ("draft", "draft")
        rows = world.services.publication_store.bundle(ACCOUNT, content["id"])
        assert rows.content.status == "draft"


def test_a_first_event_ten_times_makes_one_publication() -> None:
    with world_in_memory() as world:
        meeting, site, _ = begun(world)
        content = world.content(site, status="draft")
        bridge = Bridge(world, site)
        event = bridge.event(content, "publish", post_id=202)
        answers = meeting.round([lambda: bridge.send(event)] * 10)
        results = [answer.data["results"][0]["result"] for answer in answers]
        assert sorted(results) == ["applied"] + ["duplicate"] * 9
        assert state(world, content) == ("published", "publish")


def test_an_event_and_a_click_an_edit_a_deletion() -> None:
    with world_in_memory() as world:
        meeting, site, _ = begun(world)
        path = CONTENT + "/{}/"
        for number, name in enumerate(("click", "edit", "delete")):
            content = world.content(site, status="draft")
            bridge = Bridge(world, site, head_seq=number)
            post_id = 300 + number
            world.told(site, seed_status(content, post_id, "publish", SITE_URL))
            event = bridge.event(content, "draft", post_id=post_id)
            url = path.format(content["id"])
            acts = {
                "click": lambda content=content: world.publish(content),
                "edit": lambda url=url: world.call("PATCH", url, {"title": "Newer"}),
                "delete": lambda url=url: world.call("DELETE", url),
            }
            told, answer = meeting.round([lambda e=event, b=bridge: b.send(e), acts[name]])
            assert told.status == 200, told.body
            assert answer.status < 500, answer.body
            if name == "delete" and answer.status == 200:
                assert world.call("GET", url).status == 404
                continue
            assert state(world, content)[1] == "draft"
            if name == "edit":
                assert world.call("GET", url).data["title"] == "Newer"
            if name == "click":
                assert world.publication(content)["publish_state"] == "queued"
