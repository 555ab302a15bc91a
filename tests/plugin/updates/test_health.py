"""IGNY8 hears which version is where, and how it is doing."""

from typing import Any

import pytest

from .conftest import NEXT, NOW, Updates

DAY = 24 * 3600
NOTE = "Igny8\\Bridge\\Core\\Options::remember_error( '{}', '{}' );"
REPORT = "do_action( 'igny8_report' ); return 1;"


def told(updates: Updates) -> list[dict[str, Any]]:
    return [*updates.shop.to("register"), *updates.shop.to("health-check")]


def test_a_version_is_registered_once_and_then_reports_daily(updates: Updates):
    updates.php(REPORT)
    updates.php("do_action( 'igny8_daily' ); return 1;")
    assert len(updates.shop.to("register")) == len(updates.shop.to("health-check")) == 1
    _, headers, body = updates.shop.asked[0]
    assert headers["x-igny8-api-key"] == updates.bridge.key
    assert body["plugin_version"] == NOW
    assert (body["status"], body["errors"], body["is_multisite"]) == ("active", [], False)
    assert body["wp_version"] == updates.bridge.site.version


def test_what_was_not_heard_is_told_again(updates: Updates):
    updates.shop.status = 503
    updates.php(NOTE.format("first", "It broke.") + REPORT)
    updates.shop.status = 200
    updates.php(REPORT)
    bodies = updates.shop.to("register")
    assert [[error["code"] for error in body["errors"]] for body in bodies] == [["first"]] * 2
    updates.php(REPORT)
    assert updates.shop.to("health-check")[-1]["errors"] == []


def test_errors_are_few_however_many_there_were(updates: Updates):
    updates.php(
        f"for ( $i = 0; $i < 50; $i++ ) {{ {NOTE.format('often', 'x')} }}"
        " for ( $i = 0; $i < 30; $i++ ) { Igny8\\Bridge\\Core\\Options::remember_error("
        f" \"kind_$i\", str_repeat( 'y', 5000 ) ); }} {NOTE.format('often', 'z')} {REPORT}"
    )
    errors = updates.shop.to("register")[0]["errors"]
    assert len(errors) == 10
    assert errors[-1]["code"] == "often"
    assert max(len(error["message"]) for error in errors) == 200
    updates.php(f"for ( $i = 0; $i < 7; $i++ ) {{ {NOTE.format('often', 'x')} }} {REPORT}")
    assert [e["count"] for e in updates.shop.to("health-check")[0]["errors"]] == [7]


def test_what_goes_wrong_while_it_is_told_is_told_next_time(updates: Updates):
    updates.php(NOTE.format("before", "x") + "return 1;")
    updates.php(
        "add_filter( 'http_request_args', static function ( $args ) {"
        + NOTE.format("meanwhile", "x")
        + "return $args; } );"
        + REPORT
    )
    updates.php(REPORT)
    assert [[e["code"] for e in body["errors"]] for body in told(updates)] == [
        ["before"],
        ["meanwhile"],
    ]


def test_the_answer_says_what_is_wrong_with_a_version(updates: Updates):
    updates.look()
    updates.shop.answer = lambda *_: (
        200, b'{"success":true,"data":{"installed_version_status":"vulnerable"}}')  # fmt: skip
    try:
        updates.php(REPORT)
    finally:
        del updates.shop.answer
    assert "security flaw" in updates.page("index.php")


def test_an_update_is_what_the_next_report_tells(updates: Updates):
    updates.php(REPORT)
    updates.offer()
    updates.look()
    assert updates.update_now()["success"] is True
    updates.php(REPORT)
    assert [body["plugin_version"] for body in updates.shop.to("register")] == [NOW, NEXT]


def test_a_new_version_is_not_blamed_for_the_one_before_it(updates: Updates):
    updates.offer()
    updates.look()
    updates.php(NOTE.format("of_the_old_one", "x") + "return 1;")
    assert updates.update_now()["success"] is True
    updates.php(REPORT)
    assert updates.shop.to("register")[0]["errors"] == []
    updates.php(NOTE.format("of_the_new_one", "x") + REPORT)
    errors = updates.shop.to("health-check")[0]["errors"]
    assert [error["code"] for error in errors] == ["of_the_new_one"]


@pytest.mark.parametrize("ended", ["successful", "failed"])
def test_a_version_that_wordpress_takes_back_is_told_of(updates: Updates, ended: str):
    """WordPress 6.6 looks whether the site still runs after it updated a plugin by itself."""
    before = updates.errors()
    updates.php(
        f"""
        $of = static function ( $plugin, $result ) {{
            $item = (object) array( 'plugin' => $plugin, 'new_version' => '{NEXT}' );
            return (object) array( 'item' => $item, 'result' => $result );
        }};
        $error = new WP_Error( 'plugin_update_fatal_error_rollback_{ended}', 'No.' );
        $full = new WP_Error( 'disk_full', 'No.' );
        foreach ( array( null, array(), array( 'plugin' => array( 5, null ) ), array( 'plugin' =>
            array( $of( 'other/other.php', $error ), $of( '{updates.file}', true ),
            $of( '{updates.file}', $full ) ) ) ) as $all ) {{
            do_action( 'automatic_updates_complete', $all );
        }}
        return 1;"""
    )
    assert updates.php("return get_option( 'igny8_recent_errors' );") is False
    updates.php(
        f"""
        $item = (object) array( 'plugin' => '{updates.file}', 'new_version' => '{NEXT}' );
        $error = new WP_Error( 'plugin_update_fatal_error_rollback_{ended}', 'No.' );
        do_action( 'automatic_updates_complete', array( 'plugin' => array(
            (object) array( 'item' => $item, 'result' => $error ) ) ) );
        return 1;"""
    )
    updates.php("do_action( 'igny8_report' ); return 1;")
    [error] = updates.shop.to("register")[0]["errors"]
    assert (error["code"], error["message"][:7]) == ("update_taken_back", f"{NEXT}: ")
    assert updates.errors() == before


def test_a_site_may_want_betas(updates: Updates):
    wants = "add_filter( 'igny8_update_channel', static function () { return 'beta'; } );"
    updates.php(f"{wants} do_action( 'igny8_check_update' ); {REPORT}")
    assert [body["channel"] for _, _, body in updates.shop.asked] == ["beta", "beta"]


def test_who_goes_says_so(updates: Updates):
    updates.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
        f" deactivate_plugins( '{updates.file}' ); return 1;"
    )
    assert [body["status"] for body in told(updates)] == ["inactive"]
    planned = updates.php(
        "return array_filter( array_map( 'wp_next_scheduled', array( 'igny8_jobs', 'igny8_daily',"
        " 'igny8_report', 'igny8_check_update' ) ) );"
    )
    assert planned == []
    updates.bridge.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php'; wp_set_current_user( 1 );"
        f" ob_start(); uninstall_plugin( '{updates.file}' ); return 1;"
    )
    assert [body["status"] for body in told(updates)] == ["inactive", "inactive"]
    assert told(updates)[-1]["plugin_version"] == NOW
    left = updates.bridge.php(
        'return $wpdb->get_col( "SELECT option_name FROM $wpdb->options'
        " WHERE option_name LIKE '%igny8%' AND option_name <> 'active_plugins'\" );"
    )
    assert left == []
