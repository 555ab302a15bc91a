"""The exact AWS calls of what sites ask of the bridge as a plugin."""

import pytest

from tests.support.aws_calls import recorded_calls
from tests.support.releases import asked, released
from tests.support.world import World

CHECK = {"installed_version": "2.0.0", "wp_version": "6.5", "php_version": "8.2"}
BETA = {**CHECK, "channel": "beta"}


@pytest.mark.parametrize("size", [1, 120])
def test_a_check_is_three_reads_at_most_however_many_versions_there_are(
    world: World, size: int
) -> None:
    released(world, *(f"2.0.{number}" for number in range(size)))
    key = world.connected_site()["api_key"]
    for body, known, calls in (
        (CHECK, False, ["GetItem"]),  # the catalogue
        (BETA, True, ["GetItem"] * 2),  # and before it whose key it is
        (CHECK, True, ["GetItem"] * 3),  # and which channel the site is on
    ):
        asked(world, "check-update", body, key=key)  # the secret, once a process
        world.services.__dict__.pop("checks")  # a process that has counted nothing yet
        with recorded_calls() as made:
            assert asked(world, "check-update", body, key=key if known else "").status == 200
        assert made == calls
    with recorded_calls() as made:
        assert asked(world, "info", method="GET").status == 200
    assert made == ["GetItem"] * 2  # which is the newest, and what there is to say of it


def test_checks_are_counted_a_step_at_a_time(world: World) -> None:
    released(world, "2.0.1")
    key = world.connected_site()["api_key"]
    asked(world, "check-update", BETA, key=key)
    with recorded_calls() as made:
        for _ in range(59):
            asked(world, "check-update", BETA, key=key)
    assert made.count("UpdateItem") == 20
    with recorded_calls() as made:
        assert {asked(world, "check-update", BETA, key=key).status for _ in range(9)} == {429}
    assert made == ["GetItem", "UpdateItem", *["GetItem"] * 8]  # whose key it is
