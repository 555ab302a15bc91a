"""A rollout stops by itself when those whom it reached are in trouble, and not before."""

from typing import Any

import pytest
from igny8.core.errors import Unavailable
from igny8.distribution.halting import Trouble
from igny8.distribution.model import SLUG
from igny8.distribution.store import ReleaseStore
from igny8.distribution.tally_store import TallyStore
from igny8.distribution.versions import Version

from tests.integration.test_downloads import fetched, package
from tests.integration.test_installations import counted, told
from tests.support.aws_calls import recorded_calls
from tests.support.clock import FrozenClock
from tests.support.releases import a_release, asked, changed, released
from tests.support.releasing import change
from tests.support.world import ACCOUNT, World

pytestmark = pytest.mark.rows("memory")

NEW = "2.0.1"
FATAL = [{"code": "fatal", "message": "It broke."}]


def a_rollout(world: World, sites: int, percent: float = 50) -> list[Any]:
    """Sites that all have the newest version."""
    now = "2026-01-10T12:00:00.000Z"
    released(world, a_release("2.0.0", released_at="2025-06-01T00:00:00.000Z"))
    released(world, a_release(NEW, rollout_percent=percent, released_at=now))
    made = [world.connected_site() for _ in range(sites)]
    for site in made:
        told(world, site, "register", plugin_version=NEW)
    return made


def is_halted(world: World, version: str = NEW) -> bool:
    found = world.services.release_store.catalogue(SLUG).find(Version.parse(version))
    assert found
    return found.rollout_halted


def halted(world: World) -> tuple[str, ...]:
    report = world.sweep("rollout")
    assert report["unreadable"] == ()
    return tuple(report["halted"])


def pass_by(world: World, sites: list[Any], hours: int, *, but: int = 0, **body: Any) -> None:
    """Time in which all sites but the first few tell of themselves every twelve hours."""
    for _ in range(hours // 12):
        world.clock.advance(hours=12)
        for site in sites[but:]:
            told(world, site, plugin_version=NEW, **body)


@pytest.mark.parametrize(
    ("updated", "bad", "too_much"),
    [(3, 2, False), (3, 3, True), (60, 3, True), (61, 3, False), (100, 5, True), (0, 0, False)],
)
def test_three_sites_and_five_in_a_hundred(updated: int, bad: int, too_much: bool) -> None:
    assert Trouble(updated, bad, 0).is_too_much is too_much
    assert Trouble(updated, 0, bad).is_too_much is too_much


def test_sites_that_are_well_halt_nothing(world: World) -> None:
    sites = a_rollout(world, 6)
    for _ in range(3):
        pass_by(world, sites, 24)
        assert halted(world) == ()
    assert not is_halted(world)


def test_errors_of_three_sites_halt_it(world: World) -> None:
    sites = a_rollout(world, 6)
    for number, site in enumerate(sites[:3]):
        assert halted(world) == (), number
        told(world, site, plugin_version=NEW, errors=FATAL)
    assert halted(world) == (NEW,)
    assert is_halted(world)
    assert halted(world) == (), "it is halted already"


def test_errors_that_are_over_or_of_the_old_version_halt_nothing(world: World) -> None:
    sites = a_rollout(world, 6)
    for site in sites[:3]:
        told(world, site, plugin_version=NEW, errors=FATAL)
        told(world, site, plugin_version=NEW)
    others = [world.connected_site() for _ in range(4)]
    for site in others:
        told(world, site, plugin_version="2.0.0", status="error", errors=FATAL)
    assert halted(world) == ()


def test_who_refuses_an_update_does_not_blame_the_version_that_runs_on(world: World) -> None:
    """What is wrong is with the next one, which those sites do not have."""
    sites = a_rollout(world, 6)
    refused = {"code": "update_refused", "message": "It is not what IGNY8 has signed."}
    for site in sites:
        data = told(world, site, plugin_version=NEW, errors=[refused])
        assert data["installation"]["plugin_version"] == NEW
    assert halted(world) == ()
    for site in sites[:3]:
        told(world, site, plugin_version=NEW, errors=[refused, *FATAL])
    assert halted(world) == (NEW,)


def test_versions_that_wordpress_takes_back_are_halted_and_not_those_that_it_puts_back(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """They are heard all the while, with the version before and as if nothing had been."""
    sites = a_rollout(world, 6, percent=90)
    for site in sites[:3]:
        back = {"code": "update_taken_back", "message": f"{NEW}: It broke this site."}
        told(world, site, plugin_version="2.0.0", errors=[back])
    assert counted(world) == {(NEW, "told"): 3, (NEW, "errors"): 3}
    lines = [record for record in caplog.records if record.message == "bridge in trouble"]
    assert [(line.version, line.account_id) for line in lines] == [(NEW, ACCOUNT)] * 3  # type: ignore[attr-defined]
    assert halted(world) == (NEW,)
    assert not is_halted(world, "2.0.0")
    for site in sites[:3]:
        told(world, site, plugin_version="2.0.0")
    assert counted(world) == {(NEW, "told"): 3, ("2.0.0", "told"): 3}


@pytest.mark.parametrize("message", ["", "9.9.9: no release", "2.0.0: it runs", "nonsense"])
def test_what_names_no_version_that_was_taken_back_blames_none(world: World, message: str) -> None:
    sites = a_rollout(world, 3, percent=90)
    for site in sites:
        back = {"code": "update_taken_back", "message": message}
        told(world, site, plugin_version="2.0.0", errors=[back])
    assert counted(world) == {("2.0.0", "told"): 3}
    assert halted(world) == ()


def test_sites_that_fall_silent_halt_it_a_day_later(world: World) -> None:
    sites = a_rollout(world, 6)
    pass_by(world, sites, 24, but=3)
    assert halted(world) == (), "a day has not passed for certain"
    pass_by(world, sites, 12, but=3)
    assert halted(world) == (NEW,)


def test_sites_that_never_came_back_from_the_update_halt_it(world: World) -> None:
    """The likeliest way in which a version fails: it takes the site with it."""
    released(world, a_release("2.0.0", released_at="2025-06-01T00:00:00.000Z"))
    released(world, a_release(NEW, released_at="2026-01-10T12:00:00.000Z"))
    sites = [world.connected_site() for _ in range(4)]
    for site in sites:
        told(world, site, plugin_version="2.0.0")
        assert fetched(world, package(world, site)).status == 302
    told(world, sites[0], plugin_version=NEW)
    world.clock.advance(hours=36)
    told(world, sites[0], plugin_version=NEW)
    assert halted(world) == (NEW,)


def test_who_switched_the_bridge_off_is_not_silent(world: World) -> None:
    sites = a_rollout(world, 6)
    for site in sites[:3]:
        told(world, site, plugin_version=NEW, status="inactive")
    pass_by(world, sites, 48, but=3)
    assert halted(world) == ()


def test_who_asks_for_updates_is_not_silent(world: World) -> None:
    sites = a_rollout(world, 6)
    for _ in range(4):
        world.clock.advance(hours=12)
        for site in sites:
            asked(world, "check-update", {"installed_version": NEW}, key=site["api_key"])
    assert halted(world) == ()


def test_what_reached_everybody_weeks_ago_is_not_watched(world: World) -> None:
    sites = a_rollout(world, 4, percent=100)
    world.clock.advance(days=15)
    for site in sites:
        told(world, site, plugin_version=NEW, errors=FATAL)
    assert halted(world) == ()
    changed(world, NEW, rollout_percent=99)
    assert halted(world) == (NEW,)


def test_betas_that_are_newer_keep_no_rollout_from_being_watched(world: World) -> None:
    sites = a_rollout(world, 4)
    for number in range(1, 6):
        fields = {"released_at": "2026-01-10T12:00:00.000Z"}
        released(world, a_release(f"2.1.0-beta.{number}", **fields))
    testers = [world.connected_site() for _ in range(3)]
    for site in testers:
        told(world, site, plugin_version="2.1.0-beta.5", channel="beta", errors=FATAL)
    assert halted(world) == ("2.1.0-beta.5",)
    for site in sites:
        told(world, site, plugin_version=NEW, errors=FATAL)
    assert halted(world) == (NEW,)


@pytest.mark.parametrize("how", ["share", "resumed"])
def test_what_reaches_more_sites_is_watched_from_then_on(world: World, how: str) -> None:
    """However slowly it went before: most sites get it now."""
    sites = a_rollout(world, 4, percent=5 if how == "share" else 100)
    if how == "resumed":
        assert change(world, NEW, rollout_halted=True).status == 200
    pass_by(world, sites, 20 * 24)
    if how == "share":
        assert change(world, NEW, rollout_percent=100).status == 200
    else:
        assert change(world, NEW, rollout_halted=False).status == 200
    pass_by(world, sites, 13 * 24)
    for site in sites:
        told(world, site, plugin_version=NEW, errors=FATAL)
    assert halted(world) == (NEW,)
    assert change(world, NEW, rollout_halted=False, rollout_percent=50).status == 200
    assert change(world, NEW, rollout_percent=100).status == 200
    pass_by(world, sites, 15 * 24, errors=FATAL)
    assert halted(world) == ()


def test_a_halted_version_reaches_nobody_else(world: World) -> None:
    sites = a_rollout(world, 3, percent=100)
    new = world.connected_site()
    ask = {"installed_version": "2.0.0"}
    check = lambda: asked(world, "check-update", ask, key=new["api_key"]).data  # noqa: E731
    assert check()["version"] == NEW
    for site in sites:
        told(world, site, plugin_version=NEW, errors=FATAL)
    assert halted(world) == (NEW,)
    assert (check()["version"], check()["update_available"]) == ("2.0.0", False)
    assert "2.0.0" in fetched(world).headers["Location"]
    changed(world, NEW, rollout_halted=False)
    assert check()["version"] == NEW


def out(*_arguments: object, **_named: object) -> Any:
    raise Unavailable("dynamodb")


@pytest.mark.parametrize("what", ["catalogue", "seen"])
def test_a_run_that_could_not_look_leaves_it_to_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    for site in a_rollout(world, 3):
        told(world, site, plugin_version=NEW, errors=FATAL)
    with monkeypatch.context() as patch:
        patch.setattr(ReleaseStore if what == "catalogue" else TallyStore, what, out)
        report = world.sweep("rollout")
        assert (report["left_over"], report["halted"]) == (True, ())
    assert halted(world) == (NEW,)


def test_a_version_that_people_change_meanwhile_is_looked_at_again(world: World) -> None:
    for site in a_rollout(world, 3):
        told(world, site, plugin_version=NEW, errors=FATAL)
    sweep = world.services.rollout_sweep
    commit = sweep._commit

    def overtaken(writes: Any) -> None:
        sweep._commit = commit
        changed(world, NEW, rollout_percent=75)
        commit(writes)

    sweep._commit = overtaken
    assert world.sweep("rollout")["left_over"] is True
    assert not is_halted(world)
    assert halted(world) == (NEW,)
    found = world.services.release_store.get(SLUG, Version.parse(NEW))
    assert (found.rollout_percent, found.rollout_halted) == (75, True)


def test_what_an_administrator_lets_go_on_is_judged_by_what_comes_after(world: World) -> None:
    """One host was down, or we were: who says that it is not the version is believed."""
    sites = a_rollout(world, 6)
    pass_by(world, sites, 36, but=3)
    assert halted(world) == (NEW,)
    assert change(world, NEW, rollout_halted=False).status == 200
    assert halted(world) == ()
    assert change(world, NEW, rollout_percent=60).status == 200
    pass_by(world, sites, 24, but=3)
    assert halted(world) == (), "they are silent since before"
    for site in sites[3:]:
        told(world, site, plugin_version=NEW, errors=FATAL)
    assert halted(world) == (NEW,), "this is news"
    assert change(world, NEW, rollout_halted=False).status == 200
    assert halted(world) == ()
    pass_by(world, sites, 12)
    pass_by(world, sites, 36, but=3)
    assert halted(world) == (NEW,), "who was heard since and fell silent counts"


@pytest.mark.rows("dynamodb")
@pytest.mark.parametrize("sites", [1, 40])
def test_a_run_costs_the_same_however_many_sites_there_are(world: World, sites: int) -> None:
    a_rollout(world, sites)
    assert isinstance(world.clock, FrozenClock)
    world.clock.advance(days=15)  # and one version reaches everybody
    with recorded_calls() as calls:
        assert world.sweep("rollout")["found"] == 1
    assert calls == ["GetItem", *["Query"] * 8]


@pytest.mark.rows("dynamodb")
def test_halting_costs_three_calls(world: World) -> None:
    for site in a_rollout(world, 3, percent=99):
        told(world, site, plugin_version=NEW, errors=FATAL)
    with recorded_calls() as calls:
        assert halted(world) == (NEW,)
    assert calls == ["GetItem", *["Query"] * 8, "GetItem", "GetItem", "TransactWriteItems"]
    with recorded_calls() as calls:
        assert world.sweep("rollout")["halted_rollouts"] == 1
    assert calls == ["GetItem"]
