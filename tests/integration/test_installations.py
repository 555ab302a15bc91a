"""What bridges tell of themselves: kept a site each, counted once, and answered."""

from collections import Counter
from typing import Any

import pytest
from igny8.distribution.installation import Counted, Status
from igny8.distribution.model import SLUG, Advisory, State

from tests.support.releases import asked, changed, released
from tests.support.world import ACCOUNT, World

pytestmark = pytest.mark.rows("memory")

FACTS = {"plugin_version": "2.0.0", "wp_version": "6.9", "php_version": "8.2.12"}


def told(world: World, site: Any, what: str = "health-check", **body: Any) -> Any:
    answer = asked(world, what, {**FACTS, **body}, key=site["api_key"], address="192.0.2.77")
    assert answer.status == 200, answer.body
    return answer.data


def kept(world: World, site: Any) -> Any:
    return world.services.installation_store.get(ACCOUNT, site["integration_id"], consistent=True)


def counted(world: World) -> dict[tuple[str, str], int]:
    """How many installations there are of a version, and as what they are counted."""
    found: Counter[tuple[str, str]] = Counter()
    for seen in world.services.tally_store.seen(SLUG):
        for name in Counted:
            found[seen.version, str(name)] += getattr(seen, str(name))
    assert all(number >= 0 for number in found.values())
    return {place: number for place, number in found.items() if number}


def test_a_bridge_registers_and_hears_of_its_version(world: World) -> None:
    released(world, "2.0.0", "2.0.1")
    site = world.connected_site()
    data = told(world, site, "register", site_id=site["id"], locale="de_DE", is_multisite=False)
    now = "2026-01-10T12:00:00.000Z"
    assert data == {
        "installation": {
            "integration_id": site["integration_id"], "plugin_version": "2.0.0",
            "wp_version": "6.9", "php_version": "8.2.12", "status": "active",
            "first_seen": now, "last_seen": now,
        },
        "installed_version": "2.0.0",
        "installed_version_status": "ok",
        "latest_version": "2.0.1",
        "update_available": True,
        "advisory": None,
    }  # fmt: skip
    installation = kept(world, site)
    assert (installation.address, installation.report.locale) == ("192.0.2.0", "de_DE")
    assert counted(world) == {("2.0.0", "told"): 1}


def test_what_a_bridge_is_told_of_its_version(world: World) -> None:
    released(world, "2.0.0")
    site = world.connected_site()
    advisory = Advisory(severity="high", summary="Open to anybody", url="https://example.com/a")
    changed(world, "2.0.0", advisory=advisory)
    assert told(world, site)["installed_version_status"] == "vulnerable"
    assert told(world, site)["advisory"]["severity"] == "high"
    changed(world, "2.0.0", state=State.DEPRECATED, advisory=None)
    assert told(world, site)["installed_version_status"] == "deprecated"
    changed(world, "2.0.0", state=State.YANKED)
    data = told(world, site)
    assert (data["installed_version_status"], data["update_available"]) == ("yanked", False)
    assert told(world, site, plugin_version="2.0.0-dev")["installed_version_status"] == "unknown"


def test_each_site_counts_once_wherever_it_goes(world: World) -> None:
    released(world, "2.0.0", "2.0.1")
    sites = [world.connected_site() for _ in range(3)]
    for site in sites:
        for _ in range(3):
            told(world, site)
            world.clock.advance(hours=5)
    assert counted(world) == {("2.0.0", "told"): 3}
    told(world, sites[0], plugin_version="2.0.1")
    told(world, sites[1], plugin_version="2.0.1", errors=[{"code": "fatal", "message": "no"}])
    assert counted(world) == {
        ("2.0.0", "told"): 1, ("2.0.1", "told"): 1, ("2.0.1", "errors"): 1,
    }  # fmt: skip
    told(world, sites[1], plugin_version="2.0.1")
    told(world, sites[2], plugin_version="nonsense \u0000")
    assert counted(world) == {("2.0.1", "told"): 2, ("other", "told"): 1}
    for status in (Status.INACTIVE, Status.UNINSTALLED):
        told(world, sites[0], plugin_version="2.0.1", status=str(status))
        assert counted(world) == {("2.0.1", "told"): 1, ("other", "told"): 1}
    told(world, sites[0], plugin_version="2.0.1")
    assert counted(world) == {("2.0.1", "told"): 2, ("other", "told"): 1}


def test_however_many_versions_a_site_invents_they_are_counted_as_one(world: World) -> None:
    """Each has rows for three months, which everybody's analytics read."""
    released(world, "2.0.0")
    site = world.connected_site()
    for number in range(25):
        told(world, site, plugin_version=f"3.0.{number}")
        body = {"installed_version": f"4.0.{number}"}
        assert asked(world, "check-update", body, key=site["api_key"]).status == 200
    assert kept(world, site).report.version == "4.0.24"
    assert {seen.version for seen in world.services.tally_store.seen(SLUG)} == {"other"}
    told(world, site)
    assert counted(world) == {("2.0.0", "told"): 1}


def test_a_site_that_comes_back_after_its_count_is_gone_takes_nothing_from_it(
    world: World,
) -> None:
    released(world, "2.0.0")
    site = world.connected_site()
    told(world, site)
    world.clock.advance(days=91)
    for row in world.services.tables._rows["data"].copy().values():  # type: ignore[attr-defined]
        for key in [key for key in row if str(key[1]).startswith("SEEN#")]:
            del row[key]  # as DynamoDB does when they have expired
    told(world, site)
    assert counted(world) == {("2.0.0", "told"): 1}


def test_a_check_for_updates_is_a_sign_of_life(world: World) -> None:
    released(world, "2.0.0", "2.0.1")
    site, other = world.connected_site(), world.connected_site()
    body = {"installed_version": "2.0.0", "wp_version": "6.9.1", "channel": "beta"}
    asked(world, "check-update", body, key=other["api_key"])
    assert kept(world, other) is None, "it has not told of itself yet"
    told(world, site, errors=["fatal: something"])
    first = kept(world, site)
    asked(world, "check-update", body, key=site["api_key"])
    assert kept(world, site) == first, "it was heard just now"
    world.clock.advance(hours=12)
    asked(world, "check-update", body, key=site["api_key"])
    second = kept(world, site)
    assert second.last_seen == first.last_seen + 12 * 3_600
    assert (second.report.wordpress, second.report.errors) == ("6.9.1", ("fatal: something",))
    assert counted(world) == {("2.0.0", "errors"): 1}
    asked(world, "check-update", {**body, "installed_version": "2.0.1"}, key=site["api_key"])
    assert counted(world) == {("2.0.1", "told"): 1}
    asked(world, "check-update", {}, key=site["api_key"])
    assert counted(world) == {("2.0.1", "told"): 1}


@pytest.mark.parametrize("by", ["health-check", "check-update"])
def test_what_a_bridge_can_do_is_known_when_it_has_updated_itself(world: World, by: str) -> None:
    """An import needs a bridge since 2.1, and nobody pairs anew after an update."""
    released(world, "2.0.0", "2.1.0")
    site = world.connected_site()
    path = f"/api/v1/integration/integrations/{site['integration_id']}/"
    told(world, site)
    assert world.call("GET", path).data["credentials_json"]["plugin_version"] == "2.0.0"
    if by == "health-check":
        told(world, site, plugin_version="2.1.0")
    else:
        body = {"installed_version": "2.1.0", "wp_version": "6.5", "php_version": "8.2"}
        assert asked(world, by, body, key=site["api_key"]).status == 200
    known = world.call("GET", path).data["credentials_json"]
    assert known == {"plugin_version": "2.1.0", "debug_enabled": False}
    assert kept(world, site).report.version == "2.1.0"


def test_the_channel_that_a_site_told_last_counts_where_it_tells_none(world: World) -> None:
    released(world, "2.0.1", "2.1.0-beta.1")
    site = world.connected_site()
    told(world, site, channel="beta")
    ask = {"installed_version": "2.0.0"}
    for body, version in (
        (ask, "2.1.0-beta.1"),
        ({**ask, "channel": "stable"}, "2.0.1"),
        (ask, "2.1.0-beta.1"),
    ):
        assert asked(world, "check-update", body, key=site["api_key"]).data["version"] == version
    told(world, site, channel="stable")
    assert asked(world, "check-update", ask, key=site["api_key"]).data["version"] == "2.0.1"


ODD: list[dict[str, Any]] = [
    {"errors": "everything"},
    {"errors": [None, 7, [], {}, {"code": 1}, {"message": "x" * 9_000}, "\u0000\u202e" * 99]},
    {"errors": ["e"] * 5_000},
    {"status": "on fire", "channel": ["beta"], "is_multisite": "yes", "locale": 7},
    {"plugin_version": "9" * 5_000, "wp_version": {"a": 1}, "php_version": None},
    {"site_id": "12", "auto_update_enabled": "on"},
    {"surprise": {"deep": [[[[]]]]}},
]


@pytest.mark.parametrize("body", ODD)
def test_odd_reports_are_kept_as_far_as_they_can_be_read(world: World, body: Any) -> None:
    site = world.connected_site()
    told(world, site, **body)
    installation = kept(world, site)
    assert len(installation.report.errors) <= 10
    assert all(0 < len(one) <= 300 for one in installation.report.errors)


def test_of_whom_a_bridge_tells_is_its_keys_site(world: World) -> None:
    site, other = world.connected_site(), world.connected_site(account=7777)
    body = {**FACTS, "site_id": other["id"]}
    for what in ("register", "health-check"):
        assert asked(world, what, body, key=site["api_key"]).status == 404
        assert asked(world, what, FACTS).status == 401
        assert asked(world, what, FACTS, key=site["api_key"], slug="akismet").status == 404
        assert asked(world, what, {}, key=site["api_key"]).status == 422
    assert kept(world, site) is None


def test_nothing_is_kept_of_an_integration_that_was_deleted(world: World) -> None:
    released(world, "2.0.0")
    site, other, third = (world.connected_site() for _ in range(3))
    for one in (site, other):
        told(world, one)
    path = f"/api/v1/integration/integrations/{site['integration_id']}/"
    assert world.call("DELETE", path).status == 200
    assert kept(world, site) is None
    assert counted(world) == {("2.0.0", "told"): 1}
    for one in (other, third):
        assert world.call("DELETE", f"/api/v1/sites/{one['id']}/").status == 200
    assert counted(world) == {}
    assert asked(world, "health-check", FACTS, key=site["api_key"]).status == 401


@pytest.mark.parametrize("was_heard", [True, False])
@pytest.mark.parametrize("what", ["integration", "site"])
def test_a_bridge_that_is_heard_while_it_is_deleted_is_counted_nowhere(
    world: World, what: str, was_heard: bool
) -> None:
    released(world, "2.0.0", "2.0.1")
    site, other = world.connected_site(), world.connected_site()
    told(world, other)
    if was_heard:
        told(world, site)
    service = world.services.parting
    commit, errors = service._commit, [{"code": "fatal", "message": "It broke."}]

    def write(writes: Any) -> None:
        service._commit = commit
        told(world, site, plugin_version="2.0.1", errors=errors)
        commit(writes)

    service._commit = write
    paths = {
        "integration": f"/api/v1/integration/integrations/{site['integration_id']}/",
        "site": f"/api/v1/sites/{site['id']}/",
    }
    assert world.call("DELETE", paths[what]).status == 200
    assert kept(world, site) is None
    assert counted(world) == {("2.0.0", "told"): 1}


def health(world: World, site: Any) -> Any:
    path = f"/api/v1/integration/integrations/{site['integration_id']}/sync-health/"
    return world.call("GET", path).data["installation"]


def test_sync_health_shows_the_bridge_and_what_is_said_of_its_version(world: World) -> None:
    released(world, "2.0.0", "2.0.1")
    site = world.connected_site()
    assert health(world, site) is None
    told(world, site, errors=[{"code": "fatal", "message": "It broke."}], auto_update_enabled=True)
    shown = health(world, site)
    assert shown == {
        "plugin_version": "2.0.0", "wp_version": "6.9", "php_version": "8.2.12",
        "status": "active", "errors": ["fatal: It broke."], "auto_update_enabled": True,
        "last_seen": "2026-01-10T12:00:00.000Z", "is_stale": False,
        "installed_version_status": "ok", "latest_version": "2.0.1", "update_available": True,
    }  # fmt: skip
    changed(world, "2.0.0", state=State.YANKED)
    assert health(world, site)["installed_version_status"] == "yanked"
    told(world, site, plugin_version="2.0.1")
    path = f"/api/v1/integration/integrations/{site['integration_id']}/sync-health/"
    assert world.call("GET", path).data["bridge"]["version"] == "2.0.1", "it paired as 2.0.0"
    world.clock.advance(days=14)
    assert health(world, site)["is_stale"] is False
    world.clock.advance(seconds=1)
    assert health(world, site)["is_stale"] is True


def test_two_reports_at_once_count_one_installation_and_the_later_is_kept(world: World) -> None:
    released(world, "2.0.0", "2.0.1", "2.0.2", "2.0.3")
    site = world.connected_site()
    told(world, site)
    installations = world.services.installations
    commit = installations._commit
    others = ["2.0.1", "2.0.2"]

    def overtaken(writes: Any) -> None:
        if others:
            told(world, site, plugin_version=others.pop())
        commit(writes)

    installations._commit = overtaken
    told(world, site, plugin_version="2.0.3")
    assert kept(world, site).report.version == "2.0.3"
    assert counted(world) == {("2.0.3", "told"): 1}


def test_a_report_that_meets_the_deletion_of_its_integration_is_not_kept(world: World) -> None:
    site = world.connected_site()
    installations = world.services.installations
    commit = installations._commit

    def overtaken(writes: Any) -> None:
        installations._commit = commit
        path = f"/api/v1/integration/integrations/{site['integration_id']}/"
        assert world.call("DELETE", path).status == 200
        commit(writes)

    installations._commit = overtaken
    answer = asked(world, "register", FACTS, key=site["api_key"])
    assert answer.status == 404
    assert kept(world, site) is None
    assert counted(world) == {}
