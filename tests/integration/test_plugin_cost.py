"""The exact AWS calls of what sites ask of the bridge as a plugin."""

import pytest

from tests.support.aws_calls import recorded_calls
from tests.support.releases import asked, released
from tests.support.world import World

CHECK = {"installed_version": "2.0.0", "wp_version": "6.5", "php_version": "8.2"}


FACTS = {"plugin_version": "2.0.0", "wp_version": "6.9", "php_version": "8.2.12"}


def counted_nothing(world: World) -> None:
    """Go on in a process that has counted nothing yet."""
    world.services.__dict__.pop("checks", None)


@pytest.mark.parametrize("size", [1, 120])
def test_a_check_is_three_reads_at_most_however_many_versions_there_are(
    world: World, size: int
) -> None:
    released(world, *(f"2.0.{number}" for number in range(size)))
    sites = [world.connected_site() for _ in range(3)]
    for one in sites[1:]:
        asked(world, "health-check", FACTS, key=one["api_key"])
    key = sites[1]["api_key"]
    asked(world, "check-update", CHECK, key=key)  # the secret, once a process
    for shown, calls in (
        ("", ["GetItem"]),  # the catalogue
        (sites[0]["api_key"], ["GetItem"] * 3),  # and whose key it is, and what is known of it
        (key, ["GetItem"] * 3),
    ):
        counted_nothing(world)
        with recorded_calls() as made:
            assert asked(world, "check-update", CHECK, key=shown).status == 200
        assert made == calls
    for counting in (["Query"] * 8, []):  # how many run it, once an hour
        with recorded_calls() as made:
            assert asked(world, "info", method="GET").status == 200
        # which is the newest, and what there is to say of it
        assert made == [*["GetItem"] * 2, *counting]


def test_a_check_is_kept_as_a_sign_of_life_once_in_six_hours(world: World) -> None:
    released(world, "2.0.1")
    key = world.connected_site()["api_key"]
    asked(world, "health-check", FACTS, key=key)
    asked(world, "check-update", CHECK, key=key)
    world.clock.advance(hours=7)
    for calls in (["GetItem"] * 3 + ["TransactWriteItems"], ["GetItem"] * 3):
        with recorded_calls() as made:
            assert asked(world, "check-update", CHECK, key=key).status == 200
        assert made == calls


def test_a_report_is_three_reads_and_one_write(world: World) -> None:
    released(world, "2.0.1")
    site = world.connected_site()
    for write in ("TransactWriteItems", "PutItem", "PutItem"):  # nothing is counted anew after it
        counted_nothing(world)
        with recorded_calls() as made:
            assert asked(world, "register", FACTS, key=site["api_key"]).status == 200
        # whose key it is, which versions there are, what was known
        assert made == ["GetItem", "GetItem", "GetItem", write]


def test_checks_are_counted_a_step_at_a_time(world: World) -> None:
    released(world, "2.0.1")
    key = world.connected_site()["api_key"]
    asked(world, "check-update", CHECK, key=key)
    with recorded_calls() as made:
        for _ in range(59):
            asked(world, "check-update", CHECK, key=key)
    assert made.count("UpdateItem") == 20
    with recorded_calls() as made:
        assert {asked(world, "check-update", CHECK, key=key).status for _ in range(9)} == {429}
    assert made == ["GetItem", "UpdateItem", *["GetItem"] * 8]  # whose key it is


@pytest.mark.parametrize("sites", [1, 20])
def test_analytics_cost_the_same_however_many_sites_and_downloads_there_are(
    world: World, sites: int
) -> None:
    released(world, "2.0.0", "2.0.1")
    for number in range(sites):
        asked(world, "health-check", FACTS, key=world.connected_site()["api_key"])
        asked(world, "download?version=2.0.1", method="GET", address=f"198.51.100.{number}")
    with recorded_calls() as made:
        answer = world.call("GET", "/api/plugins/igny8-wp-bridge/analytics/", admin=True)
    assert answer.data["installations"]["total"] == answer.data["downloads"]["total"] == sites
    assert made == ["GetItem", *["Query"] * 16]


def test_a_download_is_two_reads_and_two_writes(world: World) -> None:
    released(world, "2.0.1")
    site = world.connected_site()
    asked(world, "health-check", FACTS, key=site["api_key"])
    package = asked(world, "check-update", CHECK, key=site["api_key"]).data["package"]
    token = package.partition("?")[2]
    for query, calls in (
        (token, ["UpdateItem", "GetItem", "GetItem", "TransactWriteItems"]),  # taken by a site
        (token, ["UpdateItem", "GetItem", "GetItem", "UpdateItem"]),  # which is known by now
        ("version=2.0.1", ["UpdateItem", "GetItem", "UpdateItem"]),
        ("", ["UpdateItem", "GetItem", "UpdateItem"]),
        ("version=9.9.9", ["UpdateItem", "GetItem", "UpdateItem"]),
        ("version=nonsense", ["UpdateItem", "UpdateItem"]),
    ):
        with recorded_calls() as made:
            asked(world, f"download?{query}" if query else "download", method="GET", address="::1")
        assert made == calls
    with recorded_calls() as made:
        asked(world, "download?version=2.0.1", method="HEAD", address="::1")
    assert made == ["UpdateItem", "GetItem"]


def test_a_link_is_two_reads(world: World) -> None:
    released(world, "2.0.1")
    site = world.connected_site()
    path = "/api/plugins/igny8-wp-bridge/install-link/"
    with recorded_calls() as made:
        assert world.call("POST", path, {"site_id": site["id"]}).status == 200
    assert made == ["Query", "GetItem"]
