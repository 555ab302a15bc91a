"""An update is installed: by a press, by itself, in a folder that its owner renamed."""

import pytest

from .conftest import ADMIN, NEXT, NOW, Updates
from .releases import SLUG, guarded

RENAMED = "igny8-bridge-renamed"
# As cron does it; WordPress's own run also looks at its core, themes and translations.
BY_ITSELF = f"""{ADMIN}
add_filter( 'wp_doing_cron', '__return_true' );
add_filter( 'pre_wp_mail', '__return_true' );
require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
( new WP_Automatic_Updater() )->run();
"""


@pytest.mark.parametrize("folder", [SLUG, RENAMED])
def test_update_now(updates: Updates, folder: str):
    updates.reset(folder)
    updates.offer()
    updates.look()
    before = updates.errors()
    said = updates.update_now()
    assert said["success"] is True, said
    assert (said["data"]["newVersion"], updates.installed()) == (f"Version {NEXT}", NEXT)
    # In its place, and nowhere else.
    assert [path.name for path in updates.plugins.glob("*igny8*")] == [folder]
    assert "update-message" not in updates.row()
    assert updates.errors() == before
    # It is another PHP that then runs; it tells of itself.
    updates.php("do_action( 'igny8_report' ); do_action( 'igny8_report' ); return 1;")
    assert [body["plugin_version"] for body in updates.shop.to("register")] == [NEXT]
    assert [body["status"] for body in updates.shop.to("health-check")] == ["active"]


@pytest.mark.parametrize("by_itself", [False, True])
@pytest.mark.parametrize(
    ("org", "clock"), [("down", 0), ("up", -300), ("up", 300)], ids=["no org", "slow", "fast"]
)
def test_without_wordpress_org_and_with_a_clock_that_is_wrong(
    updates: Updates, org: str, clock: int, *, by_itself: bool
):
    updates.bridge.option(test_org=org)
    updates.later(clock)
    updates.offer()
    updates.php("do_action( 'igny8_check_update' ); return 1;")
    if by_itself:
        updates.php(
            f"update_site_option( 'auto_update_plugins', array( '{updates.file}' ) ); return 1;"
        )
        updates.php(f"{BY_ITSELF} return 1;")
    else:
        assert updates.update_now()["success"] is True
    assert updates.installed() == NEXT


def test_the_new_version_is_planned_to_tell_of_itself(updates: Updates):
    updates.offer()
    updates.look()
    assert updates.update_now()["success"] is True
    assert updates.php("return (bool) wp_next_scheduled( 'igny8_report' );") is True


@pytest.mark.parametrize("folder", [SLUG, RENAMED])
def test_by_itself(updates: Updates, folder: str):
    updates.reset(folder)
    updates.offer()
    updates.php(
        f"update_site_option( 'auto_update_plugins', array( '{updates.file}' ) ); return 1;"
    )
    updates.php(f"{BY_ITSELF} return 1;")
    assert updates.installed() == NEXT
    assert [path.name for path in updates.plugins.glob("*igny8*")] == [folder]
    asked = updates.shop.to("check-update")[0]
    assert (asked["auto_update_enabled"], asked["installed_version"]) == (True, NOW)


# What else may be due in the request that updates, and what comes when it ends.
AND_THEN = """
foreach ( array( 'igny8_check_update', 'igny8_report', 'igny8_jobs', 'igny8_daily' ) as $event ) {
    do_action( $event );
}
$post = wp_insert_post( array( 'post_title' => 'x', 'post_content' => 'y' ) );
wp_update_post( array( 'ID' => $post, 'post_status' => 'publish', 'post_category' => array( 1 ) ) );
rest_do_request( new WP_REST_Request( 'GET', '/igny8/v1/status' ) );
wp_delete_post( $post, true );
Igny8\\Bridge\\Core\\Schema::ensure();
ob_start();
do_action( 'admin_notices' );
ob_end_clean();
do_action( 'shutdown' );
return IGNY8_BRIDGE_VERSION;
"""


def test_what_still_happens_in_the_request_that_updates_is_of_one_make(updates: Updates):
    """Its code is the old version's to the end, whatever it loads beside the new files."""
    updates.shop.release(NEXT, guarded(updates.package(NEXT), NEXT), updates.key)
    updates.php(
        f"update_site_option( 'auto_update_plugins', array( '{updates.file}' ) ); return 1;"
    )
    before = updates.errors()
    assert updates.php(BY_ITSELF + AND_THEN) == NOW
    assert updates.errors() == before
    assert updates.installed() == NEXT
    assert updates.errors() == before


def test_nor_is_it_where_somebody_uploads_the_next_version(updates: Updates):
    package = guarded(updates.package(NEXT), NEXT)
    upload = updates.bridge.site.path / "wp-content" / "upload.zip"
    upload.write_bytes(package)
    before = updates.errors()
    code = f"""{ADMIN}
    require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
    $upgrader = new Plugin_Upgrader( new Automatic_Upgrader_Skin() );
    $done = $upgrader->install( '{upload}', array( 'overwrite_package' => true ) );
    if ( true !== $done ) {{ return $done; }}
    """
    assert updates.php(code + AND_THEN) == NOW
    assert updates.installed() == NEXT
    assert updates.errors() == before


# As the version before left it: without a table, and without the mark that it is there.
OF_ANOTHER_SCHEMA = """
$wpdb->query( "DROP TABLE {$wpdb->prefix}igny8_ledger" );
update_option( 'igny8_db_version', '4' );
wp_clear_scheduled_hook( 'igny8_check_update' );
return 1;
"""
TABLES = """
$table = "{$wpdb->prefix}igny8_ledger";
return array(
    $wpdb->get_var( "SHOW TABLES LIKE '$table'" ) === $table,
    get_option( 'igny8_db_version' ) === Igny8\\Bridge\\Core\\Schema::VERSION,
);
"""


@pytest.mark.parametrize("connected", [True, False])
def test_tables_of_the_next_version_are_made_by_cron(updates: Updates, *, connected: bool):
    """Nobody may come to the dashboard for weeks after an update by night."""
    updates.reset(connected=connected)
    updates.offer()
    updates.php(
        f"update_site_option( 'auto_update_plugins', array( '{updates.file}' ) ); return 1;"
    )
    updates.php(OF_ANOTHER_SCHEMA)
    updates.php(f"{BY_ITSELF} return 1;")
    planned = updates.php(
        "foreach ( _get_cron_array() as $events ) { foreach ( array_keys( $events ) as $name ) {"
        " if ( 0 === strpos( $name, 'igny8_' ) ) { $all[] = $name; } } } return $all;"
    )
    assert "igny8_report" in planned
    updates.php("do_action( 'igny8_report' ); return 1;")
    assert updates.php(TABLES) == [True, True]
    assert updates.installed() == NEXT


@pytest.mark.parametrize("event", ["check_update", "report", "jobs", "daily"])
def test_whatever_cron_runs_first_makes_them(updates: Updates, event: str):
    updates.php(OF_ANOTHER_SCHEMA)
    updates.php(f"do_action( 'igny8_{event}' ); return 1;")
    assert updates.php(TABLES) == [True, True]


def test_who_has_not_all_of_them_does_not_say_that_they_are_made(updates: Updates):
    """The version before goes on to the end of the request that updates, with a new class in it."""
    updates.php(OF_ANOTHER_SCHEMA)
    updates.php(
        "remove_action( 'igny8_create_tables', array( 'Igny8\\Bridge\\Structure\\Ledger',"
        " 'create' ) ); do_action( 'upgrader_process_complete', null, array() );"
        " Igny8\\Bridge\\Core\\Schema::ensure(); return 1;"
    )
    assert updates.php(TABLES) == [False, False]
    updates.php("do_action( 'igny8_report' ); return 1;")
    assert updates.php(TABLES) == [True, True]


def test_not_by_itself_where_the_owner_did_not_say_so(updates: Updates):
    updates.offer()
    updates.php(f"{BY_ITSELF} return 1;")
    assert updates.installed() == NOW


def test_the_package_is_fetched_without_a_key(updates: Updates):
    updates.offer()
    updates.look()
    updates.update_now()
    fetched = [headers for path, headers, _ in updates.shop.asked if "/download/" in path]
    assert len(fetched) == 1
    assert not {"authorization", "x-igny8-api-key"} & set(fetched[0])


def test_a_key_that_is_to_come_is_believed_already(updates: Updates):
    """The release that is signed with it brings the one after it."""
    updates.offer(key=updates.next_key)
    updates.look()
    assert updates.update_now()["success"] is True
    assert updates.installed() == NEXT


def test_twenty_days_later_it_is_still_what_was_offered(updates: Updates):
    updates.offer()
    updates.look()
    updates.later(20 * 24 * 3600)
    updates.shop.status = 503
    assert updates.update_now()["success"] is True
    assert updates.installed() == NEXT


def test_a_release_that_came_meanwhile_is_not_installed_in_its_place(updates: Updates):
    updates.offer()
    updates.look()
    updates.offer("2.2.0")
    assert updates.update_now()["success"] is True
    assert updates.installed() == NEXT


def test_a_new_token_is_no_other_package(updates: Updates):
    """WordPress may have kept the address of the answer before."""
    updates.offer()
    updates.look()
    updates.php(
        "add_filter( 'site_transient_update_plugins', static function ( $updates ) {"
        f" if ( isset( $updates->response['{updates.file}'] ) ) {{"
        f" $updates->response['{updates.file}']->package .= '9'; }} return $updates; }}, 99 );"
        f"{ADMIN} require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';"
        " $upgrader = new Plugin_Upgrader( new Automatic_Upgrader_Skin() );"
        f" $upgrader->bulk_upgrade( array( '{updates.file}' ) ); return 1;"
    )
    assert updates.installed() == NEXT


def test_what_others_do_with_their_packages_is_no_business_of_ours(updates: Updates):
    said = updates.php(
        "$one = apply_filters( 'upgrader_pre_download', false, 'https://example.com/x.zip',"
        " null, array( 'plugin' => 'other/other.php' ) );"
        " $two = apply_filters( 'upgrader_source_selection', '/tmp/other/', '/tmp/', null,"
        " array( 'plugin' => 'other/other.php' ) ); return array( $one, $two );"
    )
    assert said == [False, "/tmp/other/"]
