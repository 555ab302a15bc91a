"""What imports and comparisons tell history, and who that was: cases of an action each."""

from typing import Any

from igny8.journal.model import Action

from tests.support.both_sides import BRIDGE, SharedWordPress, edit, edited, switch
from tests.support.outbox import structure
from tests.support.site_actors import ONE, SYNC, Act
from tests.support.world import World


def to_the_end(world: World, site: dict[str, Any], direction: str) -> None:
    path = f"{ONE.format(site['integration_id'])}/sync/"
    assert world.call("POST", path, {"direction": direction}).status == 202
    while records := world.messages("sync"):
        world.synchronise(records)


def import_posts(world: World, site: dict[str, Any]) -> None:
    assert world.pair(site, site["api_key"], bridge=BRIDGE).status == 200
    path = f"{ONE.format(site['integration_id'])}/update-structure/"
    headers = {"X-IGNY8-API-KEY": site["api_key"]}
    assert world.call("POST", path, structure(), account=None, headers=headers).status == 200
    world.wordpress.existing.add(2)
    to_the_end(world, site, "pull")


def compare(world: World, site: dict[str, Any]) -> None:
    import_posts(world, site)
    to_the_end(world, site, "check")


def repair(world: World, site: dict[str, Any]) -> None:
    import_posts(world, site)
    world.wordpress.existing.edit(1, status="draft")
    to_the_end(world, site, "check")


def change_there(*, here_too: bool) -> Act:
    def act(world: World, site: dict[str, Any]) -> None:
        world.wordpress = SharedWordPress()
        world.services.http = world.wordpress  # type: ignore[assignment]
        assert world.pair(site, site["api_key"], bridge=BRIDGE).status == 200
        switch(world, site, two_way=True)
        content = world.content(site, title="Ours", tags=["green"])
        world.publish(content)
        world.work()
        if here_too:
            edit(world, content, tags=["black"])
        edited(world, site, content, title="Theirs")
        world.synchronise()

    return act


CASES: list[tuple[str, Act, Action, tuple[str, str]]] = [
    ("import", import_posts, Action.CONTENT_IMPORT, SYNC),
    ("comparison", compare, Action.DRIFT_CHECK, SYNC),
    ("repair", repair, Action.DRIFT_REPAIR, SYNC),
    ("changed there", change_there(here_too=False), Action.CONTENT_PULL, SYNC),
    ("changed there, and here too", change_there(here_too=True), Action.CONTENT_MERGE, SYNC),
]
