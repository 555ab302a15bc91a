"""The operations that are measured, each with the AWS calls it makes."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from tests.support.calls import recorded_calls
from tests.support.world import World, running_world

Operation = tuple[str, str, Callable[[], object]]


def operations() -> Iterator[Operation]:
    """Prepare each operation, count its calls once, and hand it out to be timed."""
    with running_world() as world:
        world.checks_answers = False
        site = world.connected_site()
        content = world.content(site)
        yield _counted("click (double click when warm)", lambda: world.publish(content))
        world.work()
        yield _counted("read content", lambda: _get(world, f"writer/content/{content['id']}"))
        yield _counted("read publication", lambda: world.publication(content))
        yield _counted("list content", lambda: _get(world, f"writer/content/?site={site['id']}"))
        path = f"integration/integrations/{site['integration_id']}/debug-status"
        yield _counted("debug-status", lambda: _get(world, path))
        yield _counted("publish, whole", lambda: _publish_new(world, site))


def _counted(name: str, run: Callable[[], object]) -> Operation:
    with recorded_calls() as calls:
        run()
    counted = Counter(calls)
    return name, ", ".join(f"{number} {call}" for call, number in counted.items()), run


def _get(world: World, path: str) -> Any:
    return world.call("GET", f"/api/v1/{path}")


def _publish_new(world: World, site: dict[str, Any]) -> None:
    world.publish(world.content(site))
    world.work()
