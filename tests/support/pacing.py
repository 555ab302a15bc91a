"""Sites whose content goes on by itself, and what became of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from igny8.core.rows import Write

from tests.support.world import World

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ALWAYS = [{"start": "00:00", "end": "24:00"}]
PUBLISHES = {
    "auto_publish_enabled": True, "publish_days": EVERY_DAY, "publish_time_slots": ALWAYS,
}  # fmt: skip


def settings_path(site: dict[str, Any]) -> str:
    return f"/api/v1/sites/{site['id']}/publishing-settings/"


def choose(world: World, site: dict[str, Any], **choices: Any) -> Any:
    answer = world.call("PUT", settings_path(site), choices)
    assert answer.status == 200, answer.body
    return answer.data


def automatic_site(world: World, **choices: Any) -> dict[str, Any]:
    """A connected site that publishes whenever limits let it."""
    site = world.connected_site()
    choose(world, site, **{**PUBLISHES, **choices})
    return site


def approved(world: World, site: dict[str, Any], number: int = 1) -> list[Any]:
    return [world.content(site, status="approved") for _ in range(number)]


def swept(world: World) -> tuple[int, int, int]:
    """What one run approved, published and left."""
    report = world.sweep("automatic")
    return report["approved"], report["published"], report["left_over"]


def on_its_way(world: World, contents: list[Any]) -> list[Any]:
    """Those that somebody, or the sweep, decided to publish."""
    listed = (world.call("GET", f"/api/v1/writer/content/{one['id']}/").data for one in contents)
    return [one for one in listed if one["publish_state"] != "not_published"]


def content_path(content: dict[str, Any]) -> str:
    return f"/api/v1/writer/content/{content['id']}/"


def late(world: World) -> None:
    """So late in the day that whatever it may take has come due."""
    world.clock.instant = datetime(2026, 1, 14, 23, 59, tzinfo=UTC)  # a Wednesday


def choose_again(world: World, site: dict[str, Any]) -> None:
    """As an `automatic_site` has it; the next sweep looks."""
    choose(world, site, **PUBLISHES)


def with_commit(world: World, commit: Callable[[list[Write]], None]) -> None:
    """Let whatever decides and sweeps write so."""
    world.services.commit = commit  # type: ignore[assignment]
    for name in ("decisions", "automatic_publishing", "automatic_sweep"):
        world.services.__dict__.pop(name, None)
