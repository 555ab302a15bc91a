"""AWS fails at each call of a reading, or we die there: what people wrote comes over, once."""

from contextlib import suppress
from typing import Any

import pytest

from tests.support.both_sides import (
    BRIDGE,
    SharedWordPress,
    click,
    decide,
    edit,
    edited,
    here,
    revisions,
    state,
    switch,
    wake,
)  # fmt: skip
from tests.support.trouble import Killed, Mode, Trouble
from tests.support.world import World, world_in_memory

MOST_CALLS = 40
HTML = "<p>Our first words.</p>"
OURS_FIRST = ("person", "Ours", HTML)
OURS_NEW = ("person", "Ours", "<p>Our new words.</p>")
THEIRS = ("wordpress", "Theirs", "<p>Their words.</p>")


def begun(world: World, trouble: Trouble, *, both: bool) -> tuple[Any, Any]:
    """A post that was changed there, and here as well; nobody has read it yet."""
    world.wordpress = SharedWordPress()
    services: Any = world.services
    services.http = world.wordpress
    services.tables = trouble.stand_before(services.tables, "get", "get_many", "query", "commit")
    services.bodies = trouble.stand_before(services.bodies, "get", "put", "put_raw")
    site = world.connected_site(bridge=BRIDGE)
    switch(world, site, two_way=True)
    content = world.content(site, title="Ours", content_html=HTML)
    click(world, content)
    wake(world, site)
    if both:
        edit(world, content, content_html=OURS_NEW[2])
    edited(world, site, content, title="Theirs", text="<p>Their words.</p>")
    return site, content


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("both", [False, True])
def test_each_call_may_be_the_last(mode: Mode, both: bool) -> None:
    for number in range(MOST_CALLS):
        with world_in_memory() as world:
            trouble = Trouble()
            site, content = begun(world, trouble, both=both)
            sent = len(world.wordpress.sent())
            trouble.arm(number, mode)
            with suppress(Killed):
                world.synchronise()
            failed = trouble.failed
            trouble.disarm()
            for _ in range(3):
                wake(world, site, minutes=20)
            assert len(world.wordpress.sent()) == sent
            if both:
                assert state(world, content) == "conflict", failed
                assert decide(world, content, "theirs").status == 200, failed
                assert revisions(world, content) == {1: OURS_FIRST, 2: OURS_NEW, 3: THEIRS}
            else:
                assert revisions(world, content) == {1: OURS_FIRST, 2: THEIRS}, failed
                pulls = [one for one in world.events(site) if one["action"] == "content_pull"]
                assert len(pulls) == 1, failed
                assert click(world, content).status == 200, failed
            assert here(world, content)["site_changed"] is False, failed
            if failed is None:
                assert number >= 10
                return
    raise AssertionError("more calls than are tried")
