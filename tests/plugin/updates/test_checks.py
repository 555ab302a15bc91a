"""How a site looks for updates: seldom, briefly, and without losing what it knew."""

from typing import Any

import pytest

from .conftest import NEXT, NOW, Updates

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
RUN = "return Igny8\\Bridge\\Update\\Check::run( 'cron', {} );"


def check(updates: Updates, seconds: int = 6 * HOUR) -> bool:
    answered: bool = updates.php(RUN.format(seconds))
    return answered


def asked(updates: Updates) -> int:
    return len(updates.shop.to("check-update"))


def test_what_is_told(updates: Updates):
    updates.offer()
    updates.look()
    path, headers, body = updates.shop.asked[-1]
    assert path == "/api/plugins/igny8-wp-bridge/check-update/"
    assert headers["x-igny8-api-key"] == updates.bridge.key
    assert body == {
        "installed_version": NOW, "wp_version": updates.bridge.site.version,
        "php_version": updates.bridge.site.php_version, "locale": "en_US",
        "is_multisite": False, "auto_update_enabled": False, "requesting_context": "admin",
    }  # fmt: skip


def test_wordpress_asks_as_often_as_it_likes(updates: Updates):
    """It does so whenever somebody looks at the plugins; we ask four times a day at most."""
    for _ in range(3):
        updates.look()
    assert asked(updates) == 1
    updates.later(6 * HOUR + MINUTE)
    updates.look()
    assert asked(updates) == 2


def test_a_person_gets_a_new_answer_once_a_minute(updates: Updates):
    updates.look()
    updates.later(5 * MINUTE)
    updates.offer()
    for _ in range(2):
        page = updates.page("update-core.php?force-check=1")
    assert asked(updates) == 2
    assert updates.file in page


def test_a_failure_loses_nothing_and_is_tried_again_later(updates: Updates):
    updates.offer()
    updates.look()
    known = updates.state()["offer"]
    updates.shop.status = 500
    waits = []
    at = 12 * HOUR
    for _ in range(4):
        updates.later(at)
        before = asked(updates)
        assert check(updates) is False
        assert asked(updates) == before + 1
        assert updates.state()["offer"] == known
        step = updates.state()["retry_at"] - updates.state()["asked_at"]
        waits.append(step)
        # Not a second earlier.
        updates.later(at + step - 30)
        assert check(updates) is False
        assert asked(updates) == before + 1
        at += step + MINUTE
    assert waits == [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR]
    assert f"View version {NEXT} details" in updates.row()
    updates.shop.status = 200
    updates.later(at + DAY)
    assert check(updates) is True
    assert (updates.state()["failures"], updates.state()["retry_at"]) == (0, 0)


@pytest.mark.parametrize(("wished", "waits"), [(None, HOUR), ("7200", 2 * HOUR), ("5", HOUR)])
def test_who_was_told_to_ask_less_does(updates: Updates, wished: str | None, waits: int):
    updates.offer()
    updates.look()
    updates.shop.status = 429
    updates.shop.headers = {"Retry-After": wished} if wished else {}
    updates.later(12 * HOUR)
    assert check(updates) is False
    state = updates.state()
    assert state["retry_at"] - state["asked_at"] == waits
    assert state["offer"]["version"] == NEXT
    before = asked(updates)
    updates.later(12 * HOUR + HOUR - MINUTE)
    updates.page("update-core.php?force-check=1")
    assert check(updates, 0) is False
    assert asked(updates) == before


def test_an_offer_that_another_version_kept_is_read_with_care(updates: Updates):
    updates.offer()
    updates.look()
    before = updates.errors()
    updates.php(
        "$state = get_site_option( 'igny8_update' ); unset( $state['offer']['banners'],"
        " $state['offer']['tested'], $state['offer']['autoupdate'] );"
        " update_site_option( 'igny8_update', $state ); return 1;"
    )
    assert f"View version {NEXT} details" in updates.row()
    for offer in ("null", "'text'", "array()", "array( 'version' => 7 )"):
        updates.php(
            f"update_site_option( 'igny8_update', array( 'offer' => {offer},"
            f" 'status_of' => IGNY8_BRIDGE_VERSION, 'checked_at' => {updates.began} ) ); return 1;"
        )
        assert "toggle-auto-update" in updates.row()
    assert updates.errors() == before


def test_a_clock_that_went_wrong_is_not_waited_for(updates: Updates):
    updates.later(400 * DAY)
    updates.look()
    updates.shop.status = 500
    updates.later(401 * DAY)
    assert check(updates) is False
    assert updates.state()["retry_at"] > updates.state()["asked_at"]
    updates.shop.status = 200
    updates.offer()
    updates.later(0)
    updates.look()
    assert f"View version {NEXT} details" in updates.row()


def test_an_answer_that_is_none_changes_nothing(updates: Updates):
    updates.offer()
    updates.look()
    answers: list[Any] = [
        *(None, [], "text", {}, {"version": None}, {"version": "v2.1.0"}, {"version": "2.1"}),
        *({"version": ["2.1.0"]}, {"version": "2.1.0" + "0" * 99}),
    ]
    for number, data in enumerate(answers):
        updates.shop.offer = data
        updates.later((number + 1) * 2 * DAY)
        assert check(updates) is False, data
        assert asked(updates) == number + 2
    assert updates.state()["offer"]["version"] == NEXT
    assert f"View version {NEXT} details" in updates.row()


def test_fields_of_other_kinds_are_left_out(updates: Updates):
    updates.offer()
    updates.shop.offer.update(
        tested=[1], url={"a": 1}, icons="x", banners={"low": 5, "high": "javascript:x"},
        upgrade_notice="x" * 5000, autoupdate="yes", banners_rtl=None,
    )  # fmt: skip
    before = updates.errors()
    updates.look()
    offer = updates.state()["offer"]
    assert [offer[name] for name in ("tested", "url", "upgrade_notice")] == [""] * 3
    assert [offer[name] for name in ("icons", "banners", "banners_rtl")] == [[]] * 3
    assert offer["autoupdate"] is False
    assert f"View version {NEXT} details" in updates.row()
    updates.page("update-core.php")
    assert updates.errors() == before


@pytest.mark.parametrize("fault", ["WP_Error", "throws"])
def test_a_network_that_is_down_throws_nothing_and_waits_three_seconds(
    updates: Updates, fault: str
):
    updates.offer()
    updates.look()
    updates.later(12 * HOUR)
    fails = (
        "throw new RuntimeException( 'x' )"
        if fault == "throws"
        else "return new WP_Error( 'd', 'd' )"
    )
    answered, seconds = updates.php(
        "add_filter( 'pre_option_igny8_connection', static function () { return array("
        " 'api_url' => 'https://api.igny8.com', 'site_id' => 1 ); } );"
        " add_filter( 'http_request_args', static function ( $args ) {"
        " $GLOBALS['seconds'] = $args['timeout']; return $args; } );"
        f" add_filter( 'pre_http_request', static function () {{ {fails}; }} );"
        " return array( Igny8\\Bridge\\Update\\Check::run( 'cron', 0 ), $GLOBALS['seconds'] );"
    )
    assert (answered, seconds) == (False, 3)
    assert updates.state()["offer"]["version"] == NEXT


def test_a_site_that_is_not_connected_asks_as_anybody(updates: Updates):
    updates.reset(connected=False)
    updates.offer()
    updates.look()
    assert f"View version {NEXT} details" in updates.row()
    _, headers, body = updates.shop.asked[-1]
    assert not {"x-igny8-api-key", "authorization"} & set(headers)
    assert "site_url" not in body


def test_a_key_that_was_replaced_keeps_nobody_from_updates(updates: Updates):
    updates.offer()
    updates.shop.refuses_keys = True
    updates.look()
    assert f"View version {NEXT} details" in updates.row()
    assert ["x-igny8-api-key" in headers for _, headers, _ in updates.shop.asked] == [True, False]


def test_a_copy_of_the_site_shows_nobody_the_original_s_key(updates: Updates):
    updates.bridge.option(igny8_home="moc.elpmaxe.gro")
    updates.offer()
    updates.look()
    updates.php("do_action( 'igny8_report' ); return 1;")
    assert len(updates.shop.asked) == 1
    assert "x-igny8-api-key" not in updates.shop.asked[0][1]


def test_it_is_planned_twice_a_day_at_a_minute_of_its_own(updates: Updates):
    updates.php("wp_clear_scheduled_hook( 'igny8_check_update' ); return 1;")
    updates.page("index.php")
    planned = updates.php(
        "foreach ( _get_cron_array() as $at => $hooks ) { if ( isset( $hooks['igny8_check_update']"
        " ) ) { foreach ( $hooks['igny8_check_update'] as $job ) {"
        " $all[] = array( $at - time(), $job['schedule'] ); } } } return $all;"
    )
    assert len(planned) == 1
    assert -MINUTE < planned[0][0] <= 12 * HOUR
    assert planned[0][1] == "twicedaily"


def test_the_backend_may_ask_the_site_to_look(updates: Updates):
    updates.offer()
    stranger = updates.bridge.call("POST", "check-update", json={}, headers={})
    assert stranger.status_code == 401
    assert updates.shop.asked == []
    answer = updates.bridge.call("POST", "check-update", json={})
    assert answer.status_code == 200
    report = answer.json()["data"]
    assert (report["installed_version"], report["new_version"]) == (NOW, NEXT)
    assert (report["answered"], report["is_release"]) == (True, True)
    assert updates.bridge.call("POST", "check-update", json={}).json()["data"] == report
    assert asked(updates) == 1


def test_nothing_of_it_is_loaded_with_every_page(updates: Updates):
    updates.offer()
    updates.look()
    updates.php("do_action( 'igny8_report' ); return 1;")
    loaded = updates.php(
        'return $wpdb->get_results( "SELECT option_name n, LENGTH(option_value) s FROM'
        " $wpdb->options WHERE option_name LIKE '%igny8%' AND autoload NOT IN ('no','off')\" );"
    )
    assert loaded
    assert all(int(row["s"]) <= 1024 for row in loaded), loaded
    assert "igny8_update" not in {row["n"] for row in loaded}
