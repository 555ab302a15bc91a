"""A second copy of the plugin in another folder: one runs; the last that goes takes all along."""

import shutil

import pytest

from .conftest import ADMIN, NEXT, NOW, Updates
from .releases import SLUG, unpack

COPY = "igny8-bridge-copy"
KEPT = (
    "return array( $wpdb->get_col( \"SHOW TABLES LIKE '{$wpdb->prefix}igny8%'\" ),"
    " Igny8\\Bridge\\Core\\Options::api_key(), wp_next_scheduled( 'igny8_daily' ) );"
)


@pytest.fixture
def copied(updates: Updates) -> Updates:
    """Connected, and beside it a copy of the next release."""
    updates.php("do_action( 'igny8_report' ); return 1;")
    unpack(updates.package(NEXT), updates.plugins / "..")
    (updates.plugins / ".." / SLUG).rename(updates.plugins / COPY)
    return updates


def activate(updates: Updates, folder: str) -> str:
    """What WordPress says when somebody activates a folder's plugin, in words."""
    said = updates.php(
        f"""{ADMIN} wp_clean_plugins_cache();
        foreach ( array( 'wp_die_handler', 'wp_die_json_handler' ) as $ways ) {{
            add_filter( $ways, static function () {{ return static function ( $why ) {{
                throw new Exception( $why ); }}; }} );
        }}
        try {{
            $done = activate_plugin( '{folder}/{SLUG}.php' );
        }} catch ( Exception $why ) {{
            return $why->getMessage();
        }}
        return is_wp_error( $done ) ? $done->get_error_message() : 'activated';"""
    )
    return str(said)


def active(updates: Updates) -> list[str]:
    found: list[str] = updates.php("return array_values( get_option( 'active_plugins' ) );")
    return found


def test_one_runs(copied: Updates):
    before = copied.errors()
    assert "Deactivate the other one first" in activate(copied, COPY)
    assert active(copied) == [copied.file]
    assert copied.installed() == NOW
    assert copied.errors() == before


def test_where_both_are_active_all_the_same_the_first_runs(copied: Updates):
    before = copied.errors()
    copied.php(
        f"update_option( 'active_plugins', array( '{COPY}/{SLUG}.php', '{copied.file}' ) );"
        " return 1;"
    )
    assert copied.php("return IGNY8_BRIDGE_VERSION;") == NEXT
    copied.php(f"{ADMIN} deactivate_plugins( '{copied.file}' ); return 1;")
    tables, key, daily = copied.php(KEPT)
    assert len(tables) == 4
    assert (key, bool(daily)) == (copied.bridge.key, True)
    assert copied.shop.to("health-check") == [], "it does not go"
    assert copied.errors() == before


@pytest.mark.parametrize("is_active", [True, False])
def test_deleting_a_copy_takes_nothing_from_the_other(copied: Updates, *, is_active: bool):
    before = copied.php(KEPT)
    if not is_active:
        copied.php("update_option( 'active_plugins', array() ); return 1;")
    gone = copied.php(
        f"{ADMIN} wp_clean_plugins_cache(); ob_start();"
        f" $done = delete_plugins( array( '{COPY}/{SLUG}.php' ) ); ob_end_clean(); return $done;"
    )
    assert gone is True
    assert not (copied.plugins / COPY).exists()
    copied.php(f"update_option( 'active_plugins', array( '{copied.file}' ) ); return 1;")
    assert copied.php(KEPT) == before
    assert copied.shop.to("health-check") == []


def test_the_last_that_goes_takes_all_along(copied: Updates):
    shutil.rmtree(copied.plugins / COPY)
    gone = copied.php(
        f"{ADMIN} deactivate_plugins( '{copied.file}' ); wp_clean_plugins_cache(); ob_start();"
        f" $done = delete_plugins( array( '{copied.file}' ) ); ob_end_clean(); return $done;"
    )
    assert gone is True
    assert (
        copied.bridge.php("return $wpdb->get_col( \"SHOW TABLES LIKE '{$wpdb->prefix}igny8%'\" );")
        == []
    )
