"""What people choose of automatic publishing, and what of it is refused."""

from typing import Any

import pytest
from igny8.core.table import DATA

from tests.support.aws_calls import recorded_calls
from tests.support.pacing import choose, settings_path
from tests.support.world import OTHER_ACCOUNT, World

DEFAULTS = {
    "auto_approval_enabled": False,
    "auto_publish_enabled": False,
    "daily_publish_limit": 5,
    "weekly_publish_limit": 20,
    "monthly_publish_limit": 60,
    "publish_days": ["mon", "wed", "fri"],
    "publish_time_slots": [{"start": "09:00", "end": "17:00"}],
    "timezone": "UTC",
}


def slots(*times: str) -> list[dict[str, str]]:
    return [dict(zip(("start", "end"), one.split("-"), strict=True)) for one in times]


def test_a_site_has_the_defaults_until_somebody_chooses(long: World) -> None:
    site = long.site()
    assert long.call("GET", settings_path(site)).data == {"site_id": site["id"], **DEFAULTS}


def test_what_is_put_is_answered_and_kept(long: World) -> None:
    site = long.site()
    sent = {
        "auto_approval_enabled": True,
        "auto_publish_enabled": True,
        "daily_publish_limit": 0,
        "weekly_publish_limit": 7_000,
        "monthly_publish_limit": 31_000,
        "publish_days": ["sun", "mon", "mon"],
        "publish_time_slots": slots("22:00-02:00", "09:00-12:30"),
        "timezone": "Australia/Lord_Howe",
    }
    chosen = choose(long, site, **sent)
    assert chosen == {
        **sent,
        "site_id": site["id"],
        "publish_days": ["mon", "sun"],
        "publish_time_slots": slots("09:00-12:30", "22:00-02:00"),
    }
    assert long.call("GET", settings_path(site)).data == chosen


def test_what_is_left_out_is_the_default_again_but_for_the_time_zone(long: World) -> None:
    site = long.site()
    choose(long, site, daily_publish_limit=9, timezone="Asia/Kathmandu")
    expected = {"site_id": site["id"], **DEFAULTS, "timezone": "Asia/Kathmandu"}
    assert choose(long, site) == expected


def test_the_time_zone_is_the_sites(long: World) -> None:
    site = long.site()
    choose(long, site, timezone="Europe/Berlin")
    path = f"/api/v1/sites/{site['id']}/"
    assert long.call("GET", path).data["timezone"] == "Europe/Berlin"
    long.call("PATCH", path, {"timezone": "America/New_York"})
    assert long.call("GET", settings_path(site)).data["timezone"] == "America/New_York"


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone", "Europe/Berlin"),
        ({"timezone": "GMT+25"}, "timezone", "Europe/Berlin"),
        ({"daily_publish_limit": -1}, "daily_publish_limit", "greater than or equal to 0"),
        ({"daily_publish_limit": 1_001}, "daily_publish_limit", "less than or equal to 1000"),
        ({"weekly_publish_limit": 7_001}, "weekly_publish_limit", "7000"),
        ({"monthly_publish_limit": 31_001}, "monthly_publish_limit", "31000"),
        ({"daily_publish_limit": "5"}, "daily_publish_limit", "integer"),
        ({"daily_publish_limit": True}, "daily_publish_limit", "integer"),
        ({"daily_publish_limit": 1.5}, "daily_publish_limit", "integer"),
        ({"auto_publish_enabled": "yes"}, "auto_publish_enabled", "boolean"),
        ({"publish_days": []}, "publish_days", "at least 1"),
        ({"publish_days": ["monday"]}, "publish_days.0", "'mon'"),
        ({"publish_time_slots": []}, "publish_time_slots", "at least 1"),
        ({"publish_time_slots": slots("9:00-17:00")}, "publish_time_slots.0", "HH:MM"),
        ({"publish_time_slots": slots("09:00-24:30")}, "publish_time_slots.0", "HH:MM"),
        ({"publish_time_slots": slots("09:00-09:00")}, "publish_time_slots.0", "has to last"),
        ({"publish_time_slots": [{"start": "09:00"}]}, "publish_time_slots.0.end", "required"),
        (
            {"publish_time_slots": slots("09:00-12:00", "11:59-13:00")},
            "publish_time_slots",
            "Slots 1 (09:00 to 12:00) and 2 (11:59 to 13:00) overlap",
        ),
        (
            {"publish_time_slots": slots("00:30-01:30", "22:00-01:00")},
            "publish_time_slots",
            "overlap",
        ),
        ({"publish_time_slots": slots("09:00-10:00") * 25}, "publish_time_slots", "at most 24"),
        ({"surprise": 1}, "surprise", "Extra"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(
    long: World, body: dict[str, Any], field: str, says: str
) -> None:
    site = long.site()
    answer = long.call("PUT", settings_path(site), body)
    assert (answer.status, answer.code) == (422, "invalid")
    (reason,) = answer.body["error"]["fields"][field]
    assert says in reason
    assert long.call("GET", settings_path(site)).data == {"site_id": site["id"], **DEFAULTS}


def test_slots_may_touch(long: World) -> None:
    times = slots("02:00-09:00", "09:00-22:00", "22:00-02:00")
    assert choose(long, long.site(), publish_time_slots=times)["publish_time_slots"] == times


def test_another_accounts_site_is_absent(long: World) -> None:
    site = long.site(account=OTHER_ACCOUNT)
    for method, body in (("GET", None), ("PUT", {})):
        answer = long.call(method, settings_path(site), body)
        assert (answer.status, answer.code) == (404, "not_found")
    assert long.call("GET", settings_path(site), account=OTHER_ACCOUNT).status == 200


def test_settings_go_with_their_site(long: World) -> None:
    site = long.site()
    choose(long, site, auto_publish_enabled=True)
    assert long.call("DELETE", f"/api/v1/sites/{site['id']}/").status == 200
    assert long.call("PUT", settings_path(site), {}).status == 404
    rows = long.services.tables.rows(DATA)  # type: ignore[attr-defined]
    assert not [row for row in rows if row["pk"]["S"].endswith("#PACE")]


def test_two_who_choose_at_once_both_choose(long: World) -> None:
    """The later one's choice is what there is, whole."""
    site = long.site()
    read = long.services.pacing_store.settings
    waits = [lambda: choose(long, site, daily_publish_limit=1, weekly_publish_limit=1)]

    def overtaken(*ids: int) -> Any:
        found = read(*ids)
        if waits:
            waits.pop()()
        return found

    long.services.pacing_store.settings = overtaken  # type: ignore[method-assign]
    chosen = choose(long, site, daily_publish_limit=2)
    assert (chosen["daily_publish_limit"], chosen["weekly_publish_limit"]) == (2, 20)
    assert long.call("GET", settings_path(site)).data == chosen


def test_calls(world: World) -> None:
    site = world.site()
    with recorded_calls() as calls:
        world.call("GET", settings_path(site))
    assert calls == ["GetItem", "GetItem"]
    with recorded_calls() as calls:
        choose(world, site, timezone="Europe/Berlin")
    assert calls == ["GetItem", "GetItem", "TransactWriteItems"]
