"""The next article's text is read while WordPress takes its time, and only for the next one."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from igny8.content.bodies import BodyStore

from tests.support.aws_calls import fault, intercepted, recorded_calls
from tests.support.steps import edit
from tests.support.wordpress import Reply
from tests.support.world import World

PATIENCE_SECONDS = 10


@pytest.fixture
def site(shared: World) -> dict[str, Any]:
    return shared.connected_site()


def clicked(world: World, site: dict[str, Any], number: int) -> list[Any]:
    contents = [world.content(site, content_html=f"<p>Text {n}</p>") for n in range(number)]
    for content in contents:
        world.publish(content)
    return contents


def states(world: World, contents: list[Any]) -> list[str]:
    return [world.publication(content)["publish_state"] for content in contents]


def during_the_first_call(world: World, act: Callable[[], None]) -> None:
    def behave(reply: Reply) -> Reply:
        act()
        return reply

    world.wordpress.after = [behave]


def test_the_next_text_is_read_while_wordpress_answers(
    shared: World, site: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = clicked(shared, site, 2)
    second_read = threading.Event()
    get, read = BodyStore.get, []

    def reading(self: BodyStore, ref: Any) -> str:
        read.append(ref.key)
        text = get(self, ref)
        if len(read) == 2:
            second_read.set()
        return text

    monkeypatch.setattr(BodyStore, "get", reading)
    in_time: list[bool] = []
    during_the_first_call(shared, lambda: in_time.append(second_read.wait(PATIENCE_SECONDS)))
    shared.work()
    assert in_time == [True]
    assert states(shared, contents) == ["published"] * 2
    assert [sent["content_html"] for sent in shared.wordpress.sent()] == [
        "<p>Text 0</p>", "<p>Text 1</p>",
    ]  # fmt: skip
    assert len(read) == 2, "none is read twice"


def test_one_article_starts_no_thread(shared: World, site: dict[str, Any]) -> None:
    clicked(shared, site, 1)
    names: list[str] = []
    during_the_first_call(shared, lambda: names.extend(t.name for t in threading.enumerate()))
    shared.work()
    assert names
    assert not [name for name in names if name.startswith("read-ahead")]


def test_an_edit_made_meanwhile_is_what_is_sent(shared: World, site: dict[str, Any]) -> None:
    contents = clicked(shared, site, 2)

    def change_the_second() -> None:
        edit(shared, contents[1], content_html="<p>Revised</p>")
        assert shared.publish(contents[1]).status == 202

    during_the_first_call(shared, change_the_second)
    shared.work()
    assert states(shared, contents) == ["published"] * 2
    sent = [one["content_html"] for one in shared.wordpress.sent()]
    assert sent == ["<p>Text 0</p>", "<p>Revised</p>"]


def test_a_text_that_cannot_be_read_ahead_is_its_own_trouble(
    shared: World, site: dict[str, Any]
) -> None:
    contents = clicked(shared, site, 3)
    hints = shared.messages()
    reads = 0

    def intercept(operation: str, _parameters: Any, proceed: Callable[[], Any]) -> Any:
        nonlocal reads
        reads += operation == "GetObject"
        if operation == "GetObject" and reads == 2:
            raise fault(operation, "NoSuchKey")
        return proceed()

    with intercepted(intercept):
        shared.work(hints)
    assert states(shared, contents) == ["published", "failed", "published"]
    assert shared.publication(contents[1])["reason"] == "text_lost"


def test_reading_ahead_asks_no_more_of_aws(shared: World, site: dict[str, Any]) -> None:
    clicked(shared, site, 5)
    hints = shared.messages()
    with recorded_calls() as calls:
        shared.work(hints)
    assert calls.count("GetObject") == 5
