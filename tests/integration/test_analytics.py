"""What administrators are told: who has which version, who fell silent, what was downloaded."""

from typing import Any

import pytest
from igny8.distribution.model import SLUG
from igny8.distribution.tally_store import TallyStore

from tests.integration.test_downloads import fetched
from tests.integration.test_installations import told
from tests.integration.test_rollout_halt import out
from tests.support.releases import a_release, asked, changed, released
from tests.support.world import World

pytestmark = pytest.mark.rows("memory")

PATH = f"/api/plugins/{SLUG}/analytics/"


def analytics(world: World, query: str = "") -> Any:
    answer = world.call("GET", f"{PATH}{query}", admin=True)
    assert answer.status == 200, answer.body
    return answer.data


def test_without_anything_there_is_nothing(world: World) -> None:
    assert analytics(world) == {
        "slug": SLUG,
        "days": 30,
        "installations": {"total": 0, "active": 0, "stale": 0, "by_version": []},
        "downloads": {"total": 0, "by_version": {}, "by_day": [], "countries": {}, "failed": {}},
    }


def test_updates_that_sites_refused_are_among_the_failed(world: World) -> None:
    """They are no errors of the version that runs, and must be seen all the same."""
    released(world, "2.0.0")
    sites = [world.connected_site() for _ in range(3)]
    refused = {"code": "update_refused", "message": "It is not what IGNY8 has signed."}
    for site in sites[:2]:
        told(world, site, plugin_version="2.0.0", errors=[refused])
    for site in sites:
        told(world, site, plugin_version="2.0.0", errors=[{"code": "fatal", "message": "refused"}])
    data = analytics(world)
    assert data["downloads"]["failed"] == {"refused": 2}
    assert [one["with_errors"] for one in data["installations"]["by_version"]] == [3]


def test_installations_by_version_with_those_that_fell_silent(world: World) -> None:
    released(world, "2.0.0", a_release("2.0.1", rollout_percent=25), "2.0.2")
    sites = [world.connected_site() for _ in range(6)]
    for site in sites[:2]:
        told(world, site, plugin_version="2.0.0")
    told(world, sites[2], plugin_version="a tree")
    world.clock.advance(days=13)
    told(world, sites[3], plugin_version="2.0.1", errors=["It broke."])
    world.clock.advance(days=2)
    told(world, sites[4], plugin_version="2.0.1")
    told(world, sites[5], plugin_version="2.0.1", status="inactive")
    changed(world, "2.0.1", rollout_halted=True)
    found = analytics(world)["installations"]
    assert (found["total"], found["active"], found["stale"]) == (5, 2, 3)
    assert found["by_version"] == [
        {
            "version": "2.0.1", "state": "released", "rollout_percent": 25, "rollout_halted": True,
            "installations": 2, "active": 2, "stale": 0, "lately": 2, "with_errors": 0, "silent": 1,
        },
        {
            "version": "2.0.0", "state": "released", "rollout_percent": 100,
            "rollout_halted": False, "installations": 2, "active": 0, "stale": 2,
            "lately": 0, "with_errors": 0, "silent": 0,
        },
        {
            "version": "other", "state": None, "rollout_percent": None, "rollout_halted": False,
            "installations": 1, "active": 0, "stale": 1, "lately": 0, "with_errors": 0,
            "silent": 0,
        },
    ]  # fmt: skip


def test_downloads_by_day_version_country_and_failure(world: World) -> None:
    released(world, "2.0.0", "2.0.1")
    for country in ("DE", "FR", "DE", "", "germany", "D1"):
        fetched(world, "version=2.0.0", headers={"CloudFront-Viewer-Country": country})
    world.clock.advance(days=1)
    fetched(world)
    fetched(world, "version=9.9.9")
    found = analytics(world)["downloads"]
    assert found == {
        "total": 7,
        "by_version": {"2.0.1": 1, "2.0.0": 6},
        "by_day": [
            {"date": "2026-01-11", "version": "2.0.1", "downloads": 1},
            {"date": "2026-01-10", "version": "2.0.0", "downloads": 6},
        ],
        "countries": {"DE": 2, "FR": 1},
        "failed": {"unknown": 1},
    }
    today = analytics(world, "?days=1")["downloads"]
    assert (today["total"], today["countries"]) == (1, {})


def test_only_administrators_are_told(world: World) -> None:
    assert world.call("GET", PATH).code == "not_admin"
    assert world.call("GET", PATH, account=None).status == 401
    assert world.call("GET", PATH.replace(SLUG, "akismet"), admin=True).status == 404
    for odd in ("0", "401", "-1", "x", "9" * 5_000, "1.5"):
        assert world.call("GET", f"{PATH}?days={odd}", admin=True).status == 422
    assert world.call("GET", f"{PATH}?surprise=1", admin=True).status == 422


def test_anybody_may_know_roughly_how_many_sites_run_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    released(world, "2.0.0")

    def shown() -> int:
        return int(asked(world, "info", method="GET").data["active_installs"])

    assert shown() == 0
    sites = [world.connected_site() for _ in range(23)]
    for site in sites:
        told(world, site)
    assert shown() == 0, "it is counted once an hour"
    world.clock.advance(hours=1)
    assert shown() == 20
    world.clock.advance(days=15)
    with monkeypatch.context() as patch:
        patch.setattr(TallyStore, "seen", out)
        assert shown() == 20, "and stays where it cannot be counted"
    for site in sites[:12]:
        told(world, site)
    assert shown() == 10
