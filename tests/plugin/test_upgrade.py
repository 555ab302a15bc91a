"""The first release of the bridge is updated: what it knew is still known."""

import json
from pathlib import Path
from typing import Any

from .conftest import Bridge
from .inbox import set_options

# Digests of posts, as both sides compute them.
DIGESTS = Path(__file__).parents[1] / "support" / "digests.json"
# The tables of 2.0.0, as its own code made them.
FIRST_TABLES = """
CREATE TABLE {prefix}igny8_publications (
    content_id bigint(20) unsigned NOT NULL, post_id bigint(20) unsigned NOT NULL DEFAULT 0,
    rev bigint(20) unsigned NOT NULL DEFAULT 0, operation_id varchar(191) NOT NULL DEFAULT '',
    state varchar(16) NOT NULL DEFAULT '', token varchar(32) NOT NULL DEFAULT '',
    heartbeat bigint(20) unsigned NOT NULL DEFAULT 0, result longtext NOT NULL,
    fingerprint varchar(80) NOT NULL DEFAULT '', watch longtext NOT NULL,
    updated_at bigint(20) unsigned NOT NULL DEFAULT 0,
    PRIMARY KEY  (content_id), KEY post_id (post_id));
CREATE TABLE {prefix}igny8_outbox (
    seq bigint(20) unsigned NOT NULL AUTO_INCREMENT, event_id varchar(64) NOT NULL,
    post_id bigint(20) unsigned NOT NULL DEFAULT 0,
    content_id bigint(20) unsigned NOT NULL DEFAULT 0, action varchar(32) NOT NULL DEFAULT '',
    payload longtext NOT NULL, attempts int(10) unsigned NOT NULL DEFAULT 0,
    next_at bigint(20) unsigned NOT NULL DEFAULT 0,
    created_at bigint(20) unsigned NOT NULL DEFAULT 0,
    acked_at bigint(20) unsigned NOT NULL DEFAULT 0,
    PRIMARY KEY  (seq), UNIQUE KEY event_id (event_id));
CREATE TABLE {prefix}igny8_images (
    kind varchar(8) NOT NULL, hash varchar(64) NOT NULL,
    attachment_id bigint(20) unsigned NOT NULL DEFAULT 0, detail text NOT NULL,
    updated_at bigint(20) unsigned NOT NULL DEFAULT 0,
    PRIMARY KEY  (kind,hash), KEY attachment_id (attachment_id));
"""
# Fingerprints were shorter, and so was what they were kept in.
FIRST_FINGERPRINT = f"v1:{'0a' * 32}:0123abcd"
ROWS = """
    $rows = array();
    foreach ( array( 'publications', 'outbox', 'images' ) as $name ) {
        $table = "{$wpdb->prefix}igny8_$name";
        $rows[ $name ] = $wpdb->get_results( "SELECT * FROM $table ORDER BY 1, 2", ARRAY_A );
    }
    return $rows;"""


def rows(bridge: Bridge) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = bridge.php(ROWS)
    return found


def of_the_first_release(bridge: Bridge) -> None:
    """The tables as 2.0.0 left them, with what is in them, and nothing that came later."""
    code = "require_once ABSPATH . 'wp-admin/includes/upgrade.php';" + ROWS.replace(
        "return $rows;",
        "foreach ( array_keys( $rows ) as $name ) {"
        ' $wpdb->query( "DROP TABLE {$wpdb->prefix}igny8_$name" ); }'
        ' $wpdb->query( "DROP TABLE {$wpdb->prefix}igny8_ledger" );'
        f' dbDelta( str_replace( "{{prefix}}", $wpdb->prefix, "{FIRST_TABLES}" ) );'
        " foreach ( $rows as $name => $all ) { foreach ( $all as $row ) {"
        f" if ( isset( $row['fingerprint'] ) ) {{ $row['fingerprint'] = '{FIRST_FINGERPRINT}'; }}"
        ' if ( ! $wpdb->insert( "{$wpdb->prefix}igny8_$name", $row ) ) {'
        " throw new RuntimeException( $wpdb->last_error ); } } }"
        " update_option( 'igny8_db_version', '4' );"
        " return $wpdb->get_col( \"SHOW TABLES LIKE '{$wpdb->prefix}igny8%'\" );",
    )
    assert len(bridge.php(code)) == 3


def test_an_upgrade_keeps_claims_events_and_epoch(bridge: Bridge):
    set_options(bridge, igny8_api_key=bridge.key)
    # What other tests left waits before it, more than a page of it.
    before_ours = bridge.call("GET", "status").json()["meta"]["head_seq"]
    page = {"params": {"since": before_ours, "limit": 200}}
    data = bridge.published()
    bridge.php(f"wp_update_post( array( 'ID' => {data['post_id']}, 'post_title' => 'Theirs' ) );")
    told = bridge.call("GET", "changes", **page).json()["data"]
    assert told["epoch"]
    assert [event for event in told["events"] if event["post_id"] == data["post_id"]]
    of_the_first_release(bridge)
    before = rows(bridge)
    # The first call after the update.
    assert bridge.call("GET", "changes", **page).json()["data"] == told
    assert rows(bridge) == before
    assert bridge.php("return get_option( 'igny8_db_version' );") == "5"
    assert bridge.php('return $wpdb->get_col( "DESCRIBE {$wpdb->prefix}igny8_ledger" );') == [
        "post_id", "post_type", "post_status", "fingerprint", "a", "b", "checked_at",
    ]  # fmt: skip
    longer = f"v2:{'0a' * 56}:0123abcd"
    table = '"{$wpdb->prefix}igny8_publications"'
    assert (
        bridge.php(
            f"return $wpdb->update( {table}, array( 'fingerprint' => '{longer}' ),"
            f" array( 'content_id' => {data['content_id']} ) );"
        )
        == 1
    ), "what it is kept in has grown"
    replay = bridge.publish(content_id=data["content_id"], rev=data["rev"])
    assert (replay.status_code, replay.json()["data"]["replayed"]) == (200, True)
    assert bridge.posts_of(data["content_id"]) == [data["post_id"]]


def test_digests_are_those_of_the_backend(bridge: Bridge):
    examples = json.loads(DIGESTS.read_text())
    assert len(examples) >= 10
    for one in examples:
        call = f"Ledger::digest( {one['post_id']}, '{one['status']}', '{one['fingerprint']}' )"
        told = bridge.php(f"return Igny8\\Bridge\\Structure\\{call};")
        assert told == [one["a"], one["b"]], one
