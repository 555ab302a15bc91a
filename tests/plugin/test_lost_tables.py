"""A backup that was restored in part: our tables come back by whatever happens first."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from .conftest import Bridge, article, new_id
from .inbox import set_options
from .pictures import Gallery
from .test_images import to_the_end

TABLES = ["igny8_publications", "igny8_outbox"]
UNAVAILABLE = (503, "database_unavailable")


@pytest.fixture
def kept(bridge: Bridge) -> Iterator[dict[str, Any]]:
    """Something that was published before the loss."""
    data = bridge.published()
    yield data
    bridge.php("Igny8\\Bridge\\Core\\Schema::create(); return 1;")


def lose(bridge: Bridge, *tables: str) -> None:
    """Tables, and what the options remember of them: the backup is of before they were made."""
    for table in tables:
        bridge.php(f'return $wpdb->query( "DROP TABLE {{$wpdb->prefix}}{table}" );')
    bridge.option(igny8_last_publication=None, igny8_publications_rebuild="")
    assert not [table for table in tables if table in there(bridge)]


def there(bridge: Bridge) -> list[str]:
    found: list[str] = bridge.php(
        "return array_values( array_filter( array( 'igny8_publications', 'igny8_outbox' ),"
        " static function ( $table ) { global $wpdb; return $wpdb->get_var("
        " \"SHOW TABLES LIKE '{$wpdb->prefix}$table'\" ); } ) );"
    )
    return found


def changes(bridge: Bridge, **query: Any) -> dict[str, Any]:
    answer = bridge.call("GET", "changes", params={"limit": 200, **query})
    assert answer.status_code == 200, answer.text[:500]
    data: dict[str, Any] = answer.json()["data"]
    return data


@pytest.mark.parametrize("lost", [TABLES[:1], TABLES[1:], TABLES], ids="+".join)
@pytest.mark.parametrize(
    ("method", "route", "fields"),
    [
        ("GET", "content/{}", {}),
        ("POST", "publish", {}),
        ("POST", "publish", {"rev": 2}),
        ("GET", "status", {}),
        ("GET", "structure", {}),
        ("GET", "posts", {}),
        ("GET", "changes", {}),
        ("POST", "changes/ack", {"epoch": "before", "event_ids": ["x"]}),
    ],
)
def test_each_route_may_come_first(
    bridge: Bridge, kept: dict[str, Any], lost: list[str], method: str, route: str, fields: Any
):
    content_id = kept["content_id"]
    lose(bridge, *lost)
    body = article(content_id=content_id, **fields) if route == "publish" else fields
    first = bridge.call(method, route.format(content_id), json=body)
    assert first.status_code == (409 if route == "changes/ack" else 200), first.text[:500]
    meta = first.json().get("meta", {})
    assert route == "changes/ack" or (meta["epoch"] and meta["head_seq"] > 0)
    known = bridge.content(content_id).json()["data"]
    assert (known["post_id"], known["post_status"]) == (kept["post_id"], "publish")
    assert known["rev"] == fields.get("rev", 1)
    assert bridge.posts_of(content_id) == [kept["post_id"]]
    assert sorted(there(bridge)) == sorted(TABLES)
    assert bridge.content(new_id()).status_code == 404


def test_nothing_is_said_to_be_absent_without_a_table(bridge: Bridge, kept: dict[str, Any]):
    """Where the database makes no table either, nobody can know."""
    lose(bridge, TABLES[0])
    no_tables = (
        "add_filter( 'dbdelta_create_queries', static function ( $queries ) {"
        " return array_diff_key( $queries, array( 'wp_igny8_publications' => '' ) ); } );"
    )
    with bridge.beside(no_tables):
        for _ in range(2):
            answer = bridge.content(kept["content_id"])
            assert (answer.status_code, answer.json()["error"]["code"]) == UNAVAILABLE
            assert bridge.publish(content_id=new_id()).status_code == 503
    assert bridge.content(kept["content_id"]).json()["data"]["post_id"] == kept["post_id"]


@pytest.mark.parametrize("lost", [TABLES[:1], TABLES[1:], TABLES], ids="+".join)
def test_what_a_person_does_first_is_told(bridge: Bridge, kept: dict[str, Any], lost: list[str]):
    before = changes(bridge)["epoch"]
    lose(bridge, *lost)
    bridge.php(
        f"wp_update_post( array( 'ID' => {kept['post_id']}, 'post_title' => 'Mine' ) );"
        " Igny8\\Bridge\\Outbox\\Recorder::flush(); return 1;"
    )
    page = changes(bridge)
    told = [event for event in page["events"] if event["post_id"] == kept["post_id"]]
    assert [event["content_id"] for event in told][-1:] == [kept["content_id"]], page
    assert told[-1]["origin"] == "wordpress"
    assert page["epoch"]
    assert (page["epoch"] != before) == (TABLES[1] in lost)


def test_an_emptied_outbox_begins_another_life(bridge: Bridge, kept: dict[str, Any]):
    before = changes(bridge)["epoch"]
    bridge.php('return $wpdb->query( "DELETE FROM {$wpdb->prefix}igny8_outbox" );')
    after = changes(bridge)["epoch"]
    assert after
    assert after != before
    assert changes(bridge)["epoch"] == after


def test_the_settings_page_needs_no_table(bridge: Bridge, kept: dict[str, Any]):
    lose(bridge, *TABLES)
    shown = bridge.php(
        "require_once ABSPATH . 'wp-admin/includes/admin.php'; wp_set_current_user( 1 );"
        " ob_start(); ( new Igny8\\Bridge\\Admin\\Screen() )->show( '' ); return ob_get_clean();"
    )
    assert "Settings" in shown
    assert "igny8_outbox" in there(bridge)


def refusing(bridge: Bridge, table: str, verbs: str) -> AbstractContextManager[None]:
    """A table that is there, but that the database gives no answer of: crashed, locked."""
    return bridge.beside(
        "add_filter( 'query', static function ( $sql ) {"
        f" return preg_match( '/^\\s*({verbs})\\b.*{table}\\b/is', $sql )"
        f" ? 'SELECT no_such_column FROM ' . $GLOBALS['wpdb']->prefix . 'none' : $sql; }} );"
    )


def last_error(bridge: Bridge) -> str:
    code: str = bridge.php("return ( (array) get_option( 'igny8_last_error' ) )['code'] ?? '';")
    return code


def test_nothing_is_said_to_be_absent_that_cannot_be_read(bridge: Bridge, kept: dict[str, Any]):
    with refusing(bridge, TABLES[0], "SELECT"):
        answers = [bridge.content(kept["content_id"]), bridge.publish(content_id=new_id())]
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]["code"]) == UNAVAILABLE
    assert bridge.content(kept["content_id"]).json()["data"]["post_id"] == kept["post_id"]
    assert bridge.posts_of(kept["content_id"]) == [kept["post_id"]]


def test_an_outbox_that_cannot_be_read_is_not_an_empty_one(bridge: Bridge, kept: dict[str, Any]):
    before = changes(bridge)
    bridge.option(igny8_last_error="")
    with refusing(bridge, TABLES[1], "SELECT"):
        pulled = bridge.call("GET", "changes")
        body = {"epoch": before["epoch"], "seqs": [before["head_seq"]]}
        told = bridge.call("POST", "changes/ack", json=body)
        asked = bridge.content(kept["content_id"])
        sent = bridge.publish()
        code = last_error(bridge)
    assert [answer.status_code for answer in (pulled, told)] == [503, 503]
    assert [answer.status_code for answer in (asked, sent)] == [200, 201]
    assert code == "outbox_unreadable"
    assert changes(bridge)["epoch"] == before["epoch"]


def test_a_library_that_cannot_be_read_fails_no_post(bridge: Bridge, gallery: Gallery):
    url = gallery.put("seen")
    with refusing(bridge, "igny8_images", "SELECT"):
        # However many calls a busy machine takes for the picture.
        data, _ = to_the_end(bridge, article(content_html=f'<p>x</p><img src="{url}" alt="">'))
    assert data["post_status"] == "publish"


def test_marks_that_cannot_be_read_are_read_later(bridge: Bridge, kept: dict[str, Any]):
    lose(bridge, TABLES[0])
    with refusing(bridge, "postmeta", "SELECT"):
        answer = bridge.content(kept["content_id"])
        assert answer.status_code != 404, answer.text
    assert bridge.content(kept["content_id"]).json()["data"]["post_id"] == kept["post_id"]


@pytest.mark.parametrize("table", [*TABLES, "postmeta"])
def test_nobody_is_kept_from_saving_by_a_table_that_cannot_be_read(
    bridge: Bridge, kept: dict[str, Any], table: str
):
    lose(bridge, TABLES[0])
    with refusing(bridge, table, "SELECT"):
        saved = bridge.php(
            f"$id = wp_update_post( array( 'ID' => {kept['post_id']}, 'post_title' => 'By me' ) );"
            " Igny8\\Bridge\\Outbox\\Recorder::flush(); return $id;"
        )
    assert saved == kept["post_id"]
    assert bridge.content(kept["content_id"]).json()["data"]["post_id"] == kept["post_id"]


def test_the_settings_page_and_the_status_say_what_cannot_be_read(
    bridge: Bridge, kept: dict[str, Any]
):
    set_options(bridge, igny8_connection={"api_url": "https://api.example.com"})
    show = (
        "require_once ABSPATH . 'wp-admin/includes/admin.php'; wp_set_current_user( 1 );"
        " ob_start(); ( new Igny8\\Bridge\\Admin\\Screen() )->show( '' ); return ob_get_clean();"
    )
    with refusing(bridge, "igny8_(publications|outbox)", "SELECT"):
        shown = bridge.php(show)
        bridge.option(igny8_last_error="")
        error = bridge.call("GET", "status").json()["data"]["last_error"]
    bridge.option(igny8_connection=None, igny8_last_error=None)
    assert "Nothing was published here yet" not in shown
    assert "They cannot be looked up" in shown
    assert "the database refuses it" in shown
    assert error["code"] == "outbox_unreadable"
