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
    with recorded_calls() as made:
        assert asked(world, "info", method="GET").status == 200
    assert made == ["GetItem"] * 2  # which is the newest, and what there is to say of it


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
        # whose key it is, what was known, what there is to say of the version
        assert made == ["GetItem", "GetItem", write, "GetItem"]


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
