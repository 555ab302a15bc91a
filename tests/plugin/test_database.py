"""A database that refuses statements: nobody's claim, nobody's deletion, nobody's conflict.

The faults are the server's own, on MariaDB: triggers and views that raise the error numbers of
crashed, full, read-only and locked tables.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from igny8.core.keys import generate_key

from .conftest import Bridge, article, new_id
from .test_takeover import let_time_pass

CLAIMS = "igny8_publications"
READ_ONLY, FULL, CRASHED, NO_SPACE = 1036, 1114, 145, 1021
LOCKED, DEADLOCK = 1205, 1213
FAULT = "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {}, MESSAGE_TEXT = 'refused for the test'"


def sql(bridge: Bridge, *statements: str) -> None:
    for statement in statements:
        ran, error = bridge.php(
            f"return array( false !== $wpdb->query( <<<'SQL'\n{statement}\nSQL\n ),"
            " $wpdb->last_error );"
        )
        assert ran, error


@contextlib.contextmanager
def unwritable(
    bridge: Bridge, table: str, error: int, verb: str = "UPDATE", when: str = "1"
) -> Iterator[None]:
    """A table that is read as ever, and whose rows the server does not write."""
    name = f"refuses_{verb.lower()}_{table}"
    sql(
        bridge,
        f"CREATE TRIGGER {name} BEFORE {verb} ON wp_{table} FOR EACH ROW"
        f" BEGIN IF {when} THEN {FAULT.format(error)}; END IF; END",
    )
    try:
        yield
    finally:
        sql(bridge, f"DROP TRIGGER {name}")


@contextlib.contextmanager
def unreadable(bridge: Bridge, table: str, when: str = "1") -> Iterator[None]:
    """A table of which the server reads no row."""
    sql(
        bridge,
        f"CREATE FUNCTION crashes() RETURNS INT BEGIN {FAULT.format(CRASHED)}; RETURN 1; END",
        f"RENAME TABLE wp_{table} TO kept_{table}",
        f"CREATE VIEW wp_{table} AS SELECT * FROM kept_{table} WHERE IF( {when}, crashes(), 1 )",
    )
    try:
        yield
    finally:
        sql(
            bridge,
            f"DROP VIEW wp_{table}",
            f"RENAME TABLE kept_{table} TO wp_{table}",
            "DROP FUNCTION crashes",
        )
        bridge.php("return wp_cache_flush();")


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", {}).get("code", "")


def stored(bridge: Bridge, post_id: int) -> list[Any]:
    """What people see of a post."""
    found: list[Any] = bridge.php(
        f"$p = get_post( {post_id} ); return array( $p->post_title, $p->post_content,"
        f" $p->post_status, wp_get_object_terms( {post_id}, 'post_tag', array( 'fields' =>"
        f" 'names' ) ), get_post_meta( {post_id}, '_igny8_seo_title', true ) );"
    )
    return found


def new_text(first: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return article(
        content_id=first["content_id"], post_id=first["post_id"], rev=2, title="Second",
        content_html="<p>Second.</p>", tags=["second"], seo_title="seo second",
        base_fingerprint=first["fingerprint"], base_post_status="publish", **fields,
    )  # fmt: skip


def first_text(bridge: Bridge, **fields: Any) -> dict[str, Any]:
    return bridge.published(title="First", tags=["first"], seo_title="seo first", **fields)


FIRST = ["First", "<p>Text of the article.</p>", "publish", ["first"], "seo first"]
SECOND = ["Second", "<p>Second.</p>", "publish", ["second"], "seo second"]


# --- Writes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [READ_ONLY, FULL, CRASHED, NO_SPACE])
def test_a_claim_that_cannot_be_written_is_nobodys(maria: Bridge, error: int):
    first = first_text(maria)
    update = new_text(first)
    with unwritable(maria, CLAIMS, error):
        for _ in range(2):
            answer = maria.publish(**update)
            assert told(answer) == (503, "database_unavailable"), answer.text
            assert int(answer.headers["Retry-After"]) >= 30
            assert "refused for the test" not in answer.text
        assert stored(maria, first["post_id"]) == FIRST
    assert maria.publish(**update).status_code == 200
    assert stored(maria, first["post_id"]) == SECOND


@pytest.mark.parametrize("error", [READ_ONLY, FULL])
def test_a_first_claim_that_cannot_be_written_is_nobodys(maria: Bridge, error: int):
    payload = article()
    with unwritable(maria, CLAIMS, error, "INSERT"):
        assert told(maria.publish(**payload)) == (503, "database_unavailable")
    assert maria.posts_of(payload["content_id"]) == []
    assert maria.publish(**payload).status_code == 201


@pytest.mark.parametrize("error", [LOCKED, DEADLOCK])
@pytest.mark.parametrize("verb", ["UPDATE", "INSERT"])
def test_whoever_holds_the_row_is_at_work(maria: Bridge, error: int, verb: str):
    first = first_text(maria)
    update = new_text(first) if verb == "UPDATE" else article()
    with unwritable(maria, CLAIMS, error, verb):
        assert told(maria.publish(**update)) == (409, "in_progress")


@pytest.mark.parametrize(
    ("when", "before"),
    [
        ("NEW.state = 'writing'", FIRST),
        ("NEW.state = 'writing' AND OLD.state = 'writing'", None),
        ("NEW.state = 'done'", SECOND),
    ],
)
def test_a_claim_that_is_refused_in_the_middle_is_unknown(
    maria: Bridge, when: str, before: list[Any] | None
):
    """Something may have been written: the backend asks before it sends again."""
    first = first_text(maria)
    update = new_text(first)
    with unwritable(maria, CLAIMS, READ_ONLY, when=when):
        assert told(maria.publish(**update)) == (500, "internal_error")
        assert before is None or stored(maria, first["post_id"]) == before
    let_time_pass(maria)
    assert maria.publish(**update).status_code == 200
    assert stored(maria, first["post_id"]) == SECOND
    assert maria.posts_of(first["content_id"]) == [first["post_id"]]


@pytest.mark.parametrize(
    ("table", "verb", "when"),
    [
        ("postmeta", "UPDATE", "NEW.meta_key = '_igny8_seo_title'"),
        ("postmeta", "INSERT", "NEW.meta_key = '_igny8_seo_description'"),
        ("term_relationships", "INSERT", "1"),
        ("posts", "UPDATE", "NEW.post_type = 'post'"),
        ("posts", "INSERT", "NEW.post_type = 'revision'"),
        ("terms", "INSERT", "1"),
    ],
)
def test_what_was_not_written_is_not_done(maria: Bridge, table: str, verb: str, when: str):
    first = first_text(maria)
    fresh = f"fresh{first['content_id']}"
    update = {**new_text(first, seo_description="described"), "tags": ["second", fresh]}
    with unwritable(maria, table, FULL, verb, when):
        assert told(maria.publish(**update)) == (500, "internal_error")
        # A person's draft of it is not overwritten either, once the database has failed.
        assert stored(maria, first["post_id"])[0] == "First"
    answer = maria.publish(**update)
    assert answer.status_code == 200, answer.text
    assert [w for w in answer.json()["data"]["warnings"] if w["field"] != "secondary"] == []
    assert stored(maria, first["post_id"]) == [*SECOND[:3], [fresh, "second"], SECOND[4]]


def test_a_new_post_that_was_refused_in_the_middle_becomes_whole(maria: Bridge):
    payload = article(title="New", tags=["a tag"], seo_title="seo new")
    with unwritable(maria, "postmeta", FULL, "INSERT", "NEW.meta_key = '_igny8_seo_title'"):
        assert told(maria.publish(**payload)) == (500, "internal_error")
    answer = maria.publish(**payload)
    assert answer.status_code in {200, 201}, answer.text
    [post_id] = maria.posts_of(payload["content_id"])
    assert stored(maria, post_id)[2:] == ["publish", ["a tag"], "seo new"]


@pytest.mark.parametrize("error", [READ_ONLY, DEADLOCK])
def test_a_key_that_cannot_be_stored_is_not_taken(maria: Bridge, error: int):
    with unwritable(maria, "options", error, when="NEW.option_name LIKE 'igny8\\_%key'"):
        answer = maria.call("POST", "key", json={"api_key": generate_key("local")})
        assert told(answer) == (503, "database_unavailable")
    assert maria.call("GET", "status").status_code == 200


def test_a_setting_that_somebody_else_is_writing_fails_no_post(maria: Bridge):
    """Schedules and counters of everybody lie in one table, and are written all the time."""
    maria.php("return update_option( 'test_counter', 0 );")
    counts = (
        "add_action( 'save_post', static function () { update_option( 'test_counter', %d ); } );"
    )
    with (
        unwritable(maria, "options", DEADLOCK, when="NEW.option_name = 'test_counter'"),
        maria.beside(counts % 7),
    ):
        assert maria.publish().status_code == 201
    assert int(maria.php("return get_option( 'test_counter' );")) == 0


@pytest.mark.parametrize("error", [DEADLOCK, FULL])
def test_what_fails_after_all_was_done_fails_no_post(maria: Bridge, error: int):
    """Terms are counted at the very end; WordPress counts them anew with the next post."""
    maria.published(tags=["counted"], categories=["Counted"])
    with unwritable(maria, "term_taxonomy", error):
        answer = maria.publish(tags=["counted"], categories=["Counted"])
    assert answer.status_code == 201, answer.text


def test_an_acknowledgement_that_cannot_be_stored_is_not_taken(maria: Bridge):
    maria.published()
    page = maria.call("GET", "changes", params={"limit": 200}).json()["data"]
    waiting = [event["event_id"] for event in page["events"]][-1:]
    body = {"epoch": page["epoch"], "event_ids": waiting}
    with unwritable(maria, "igny8_outbox", READ_ONLY):
        assert told(maria.call("POST", "changes/ack", json=body)) == (503, "database_unavailable")
    assert maria.call("POST", "changes/ack", json=body).json()["data"]["acknowledged"] == 1


def test_a_connection_is_made_whatever_the_outbox_says(maria: Bridge):
    """What waits was another site's; that it cannot be let go of ends nobody's click."""
    maria.published()
    maria.option(igny8_last_error="")
    with unwritable(maria, "igny8_outbox", READ_ONLY):
        wanted = maria.php(
            "Igny8\\Bridge\\Jobs\\Lifecycle::connected( array( 'api_url' => 'https://x.example',"
            " 'site_id' => 9 ) ); return get_option( 'igny8_structure_state' )['wanted'];"
        )
    assert wanted is True
    error = maria.php("return get_option( 'igny8_last_error' );")
    assert error["code"] == "outbox_unreadable"
    maria.option(igny8_last_error="", igny8_structure_state=None)


# --- Reads ----------------------------------------------------------------------------------------

TABLES = ["posts", "postmeta", "term_relationships", "term_taxonomy"]


def adopted(bridge: Bridge) -> dict[str, Any]:
    """A post that only its meta marks as ours."""
    made = bridge.php("return wp_insert_post( array( 'post_title' => 'By hand' ) );")
    return first_text(bridge, post_id=made, adopt=True, content_id=new_id())


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("make", [first_text, adopted])
def test_what_cannot_be_read_is_not_gone(maria: Bridge, make: Any, table: str):
    first = make(maria)
    content_id = first["content_id"]
    maria.php(f"return update_post_meta( {first['post_id']}, '_edit_lock', '1:1' );")
    again = {**new_text(first), "rev": 1}
    down = {**new_text(first), "post_status": "trash"}
    with unreadable(maria, table):
        asked = maria.content(content_id)
        fields = "id,fingerprint,terms,featured_image"
        listed = maria.call("GET", "posts", params={"limit": 100, "fields": fields})
        # Light fields are read from rows of posts alone.
        light = maria.call("GET", "posts", params={"limit": 100})
        sent = [maria.publish(**order) for order in (again, new_text(first), down)]
    assert told(asked) == (503, "database_unavailable"), asked.text
    assert told(listed) == (503, "database_unavailable"), listed.text
    assert light.status_code == (503 if table == "posts" else 200), light.text
    for answer in sent:
        # A stored answer needs no post but to look that it is there.
        assert answer.status_code in {500, 503} or answer.json()["data"]["replayed"], answer.text
    assert stored(maria, first["post_id"]) == FIRST
    there = maria.content(content_id).json()["data"]
    assert (there["post_status"], there["current_fingerprint"]) == ("publish", first["fingerprint"])
    let_time_pass(maria)
    assert maria.publish(**new_text(first)).status_code == 200
    assert stored(maria, first["post_id"]) == SECOND


def test_an_open_editor_that_cannot_be_read_is_not_closed(maria: Bridge):
    first = first_text(maria)
    maria.php(f"return update_post_meta( {first['post_id']}, '_edit_lock', time() . ':1' );")
    with unreadable(maria, "postmeta", "meta_key = '_edit_lock'"):
        assert maria.publish(**new_text(first)).status_code in {500, 503}
    assert stored(maria, first["post_id"]) == FIRST


def test_a_post_of_ours_in_the_trash_whose_mark_cannot_be_read_is_nobodys(maria: Bridge):
    first = first_text(maria)
    maria.published(**{**new_text(first), "post_status": "trash"})
    back = {**new_text(first), "rev": 3, "base_post_status": "trash", "base_fingerprint": None}
    with unreadable(maria, "postmeta"):
        assert maria.publish(**back).status_code in {500, 503}
    let_time_pass(maria)
    assert maria.publish(**back).status_code == 200


# An object cache that outlives the request, for what is kept of posts' meta, terms and options.
KEPT_CACHE = """$kept = WP_CONTENT_DIR . '/kept-cache';
$GLOBALS['wp_object_cache']->cache = ( is_file( $kept ) ? unserialize( file_get_contents( $kept ) )
    : array() ) + $GLOBALS['wp_object_cache']->cache;
register_shutdown_function( static function () use ( $kept ) {
    file_put_contents( $kept, serialize( array_intersect_key( $GLOBALS['wp_object_cache']->cache,
        array_flip( array( 'post_meta', 'post_tag_relationships' ) ) ) ) ); } );"""


@pytest.fixture
def kept_cache(maria: Bridge) -> Iterator[None]:
    with maria.beside(KEPT_CACHE):
        yield
    (maria.site.path / "wp-content" / "kept-cache").unlink(missing_ok=True)


@pytest.mark.usefixtures("kept_cache")
def test_what_could_not_be_read_is_not_kept_as_empty(maria: Bridge):
    """WordPress keeps what came of a failed read: visitors would see it until somebody saves."""
    first = first_text(maria)
    with unreadable(maria, "postmeta"):
        for _ in range(2):
            assert told(maria.content(first["content_id"])) == (503, "database_unavailable")
            kept = maria.php(f"return wp_cache_get( {first['post_id']}, 'post_meta' );")
            assert kept is False


WATCHED = (
    "try { Igny8\\Bridge\\Core\\Database::watched( static function () { %s } ); }"
    " catch ( Igny8\\Bridge\\Core\\DatabaseError $refused ) { $refused = true; } "
)


def test_neither_terms_nor_an_option_are_kept_as_empty(maria: Bridge):
    first = first_text(maria)
    post_id = first["post_id"]
    with unreadable(maria, "term_relationships"):
        kept = maria.php(
            WATCHED % f"get_the_terms( {post_id}, 'post_tag' );"
            + f"return wp_cache_get( {post_id}, 'post_tag_relationships' );"
        )
    assert kept is False
    maria.php("return add_option( 'test_alone', 'there', '', 'no' );")
    kept = maria.php(
        "$wpdb->query( 'RENAME TABLE wp_options TO kept_options' ); $wpdb->suppress_errors();"
        + WATCHED % "get_option( 'test_alone' );"
        + "$wpdb->query( 'RENAME TABLE kept_options TO wp_options' );"
        " return (array) wp_cache_get( 'notoptions', 'options' );"
    )
    assert "test_alone" not in kept
    assert maria.php("return get_option( 'test_alone' );") == "there"


def test_a_row_that_cannot_be_read_is_not_another_contents(maria: Bridge):
    """Whether a post that is named belongs to other content."""
    first = first_text(maria)
    maria.php(
        f"delete_post_meta( {first['post_id']}, '_igny8_content_id' ); return $wpdb->query("
        f" \"UPDATE $wpdb->posts SET guid = 'x' WHERE ID = {first['post_id']}\" );"
    )
    with unreadable(maria, CLAIMS, f"content_id = {first['content_id']}"):
        answer = maria.publish(content_id=new_id(), post_id=first["post_id"], adopt=True)
    assert answer.status_code in {500, 503}, answer.text
    assert stored(maria, first["post_id"]) == FIRST


def test_a_structure_that_cannot_be_read_is_not_an_empty_one(maria: Bridge):
    for table in ("posts", "term_taxonomy"):
        with unreadable(maria, table):
            answer = maria.call("GET", "structure")
        assert told(answer) == (503, "database_unavailable"), table


@pytest.fixture
def admin(maria: Bridge) -> Iterator[requests.Session]:
    """A browser in which the administrator of a connected site is logged in."""
    site = maria.site
    maria.php(
        "return update_option( 'igny8_connection',"
        " array( 'api_url' => 'https://x.invalid', 'site_id' => 9 ) );"
    )
    with requests.Session() as browser:
        browser.trust_env = False
        browser.get(f"{site.url}/wp-login.php", timeout=60)
        who = {"log": site.admin_user, "pwd": site.admin_password, "testcookie": "1"}
        browser.post(f"{site.url}/wp-login.php", timeout=60, data=who)
        yield browser
    maria.option(igny8_connection=None)


def test_the_settings_page_says_what_cannot_be_read(maria: Bridge, admin: requests.Session):
    first_text(maria)
    address = f"{maria.site.url}/wp-admin/options-general.php?page=igny8-wp-bridge"

    def page() -> str:
        return admin.get(address, timeout=60).text

    assert re.search(r"Posts \([\d,]+\)", page())
    with unreadable(maria, "posts"):
        broken = page()
    assert "They cannot be looked up" in broken
    assert "deleted here" not in broken
    assert "Posts (?)" in broken
    with unreadable(maria, "igny8_outbox"):
        assert "nobody knows: the database gives no answer" in page()
    assert re.search(r"Posts \([\d,]+\)", page())


def test_a_save_that_cannot_be_read_back_is_not_told_as_a_deletion(maria: Bridge):
    """The database breaks between a person's save and what is told of it."""
    first = first_text(maria)
    post_id = first["post_id"]
    before = maria.call("GET", "status").json()["meta"]["head_seq"]
    maria.php(
        f"wp_update_post( array( 'ID' => {post_id}, 'post_title' => 'Mine' ) );"
        " $wpdb->query( 'RENAME TABLE wp_posts TO kept_posts' ); $wpdb->suppress_errors();"
        " wp_cache_flush(); Igny8\\Bridge\\Outbox\\Recorder::flush();"
        " return $wpdb->query( 'RENAME TABLE kept_posts TO wp_posts' );"
    )
    page = maria.call("GET", "changes", params={"since": before, "limit": 200}).json()["data"]
    actions = [event["action"] for event in page["events"]]
    assert actions == ["data_loss"], page
    assert page["events"][0]["reason"] == "unreadable"


# --- Transactions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["START TRANSACTION", "COMMIT"])
def test_a_transaction_that_fails_is_none(maria: Bridge, word: str):
    first = first_text(maria)
    update = new_text(first)
    with maria.beside(
        f"add_filter( 'query', static function ( $q ) {{ return '{word}' === $q"
        " ? \"SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1180\" : $q; } );",
    ):
        assert told(maria.publish(**update)) == (500, "internal_error")
    let_time_pass(maria)
    assert maria.publish(**update).status_code == 200
    assert stored(maria, first["post_id"]) == SECOND


def test_a_connection_that_is_lost_in_a_transaction_takes_it_along(maria: Bridge):
    """WordPress connects anew and sends the statement again, without the lock."""
    first = first_text(maria)
    update = new_text(first)
    with maria.beside(
        "add_action( 'igny8_publish_step', static function ( $step ) {"
        " if ( 'attached' !== $step ) { return; }"
        " add_filter( 'query', static function ( $q ) { static $killed = 0; global $wpdb;"
        " if ( ! $killed && preg_match( '/\\AUPDATE `?wp_posts/', $q ) ) { $killed = 1;"
        " list( $host, $port, $socket ) = $wpdb->parse_db_host( DB_HOST );"
        " $other = mysqli_connect( null, DB_USER, DB_PASSWORD, DB_NAME, 0, $socket );"
        " mysqli_query( $other, 'KILL ' . $wpdb->dbh->thread_id ); mysqli_close( $other ); }"
        " return $q; }, PHP_INT_MAX ); } );",
    ):
        assert told(maria.publish(**update)) == (500, "internal_error")
    let_time_pass(maria)
    answer = maria.publish(**update)
    assert answer.status_code in {200, 409}, answer.text
    assert maria.posts_of(first["content_id"]) == [first["post_id"]]
