"""All in One SEO's own table: what a person writes there while we do is not overwritten."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .conftest import HERE, Bridge
from .test_guard import refused, update_of
from .test_reading_cost import MOST_QUERIES, asked
from .test_takeover import stopped, wake

OLD = {"title": "First", "tags": ["old"], "seo_title": "seo old", "seo_description": "of old"}
MODEL = "AIOSEO\\Plugin\\Common\\Models\\Post"


@pytest.fixture
def aioseo(maria: Bridge) -> Iterator[Bridge]:
    folder = maria.site.path / "wp-content" / "mu-plugins"
    shutil.copytree(HERE / "site" / "seo", folder / "seo", dirs_exist_ok=True)
    shutil.copy(HERE / "site" / "seo-doubles.php", folder)
    maria.option(test_seo=["aioseo"])
    yield maria
    maria.option(test_seo=None)
    (folder / "seo-doubles.php").unlink()


@pytest.fixture
def meanwhile(aioseo: Bridge) -> Iterator[Path]:
    """A plugin that lets somebody else in, on a connection of their own, at a statement."""
    placed = aioseo.site.path / "wp-content" / "mu-plugins" / "meanwhile.php"
    yield placed
    placed.unlink(missing_ok=True)


def row(bridge: Bridge, post_id: int) -> dict[str, str]:
    found: dict[str, str] = bridge.php(
        'return $wpdb->get_row( "SELECT title, description, og_title FROM'
        f' {{$wpdb->prefix}}aioseo_posts WHERE post_id = {post_id}" );'
    )
    return found


def writes_meanwhile(placed: Path, post_id: int, at: str, column: str) -> None:
    placed.write_text(
        "<?php add_filter( 'query', static function ( $q ) { global $wpdb; static $done = 0;"
        f" if ( ! $done && preg_match( '{at}', $q ) ) {{ $done = 1;"
        " list( , , $socket ) = $wpdb->parse_db_host( DB_HOST );"
        " $other = mysqli_connect( null, DB_USER, DB_PASSWORD, DB_NAME, 0, $socket );"
        f" mysqli_query( $other, \"UPDATE wp_aioseo_posts SET {column} = 'mine'"
        f' WHERE post_id = {post_id}" ); mysqli_close( $other ); }} return $q; }} );'
    )


@pytest.mark.parametrize("column", ["title", "description"])
def test_what_is_written_right_before_we_do_is_a_conflict(
    aioseo: Bridge, meanwhile: Path, column: str
):
    first = aioseo.published(**OLD)
    update = update_of(first)
    # The last question before the row is written.
    writes_meanwhile(meanwhile, first["post_id"], "/aioseo_posts.*FOR UPDATE/s", column)
    assert refused(aioseo.publish(**update)) == "conflict"
    meanwhile.unlink()
    kept = {"title": "seo old", "description": "of old", "og_title": None, column: "mine"}
    assert row(aioseo, first["post_id"]) == kept


@pytest.mark.parametrize("number", range(5, 20))
def test_nothing_of_a_person_is_lost_at_any_write(aioseo: Bridge, number: int):
    """Frozen at each write; a person saves meanwhile, and waits where we hold the row."""
    first = aioseo.published(**OLD)
    post_id = first["post_id"]
    slow = stopped(aioseo, update_of(first), "write", str(number))
    with ThreadPoolExecutor(1) as pool:
        try:
            saved = pool.submit(
                aioseo.php,
                f"$m = {MODEL}::getPost( {post_id} ); $m->title = 'mine';"
                " $m->og_title = 'mine'; $m->save(); return 1;",
            )
            if not holds_row(aioseo, post_id):
                saved.result(timeout=30)
        finally:
            woken = wake(slow)
        saved.result(timeout=60)
    found = row(aioseo, post_id)
    assert (found["title"], found["og_title"]) == ("mine", "mine"), woken


def holds_row(bridge: Bridge, post_id: int) -> bool:
    """Whether somebody has locked the plugin's row."""
    free = bridge.php(
        "$wpdb->suppress_errors(); $wpdb->query( 'SET innodb_lock_wait_timeout = 1' );"
        f" return $wpdb->query( 'UPDATE wp_aioseo_posts SET id = id WHERE post_id = {post_id}' );"
    )
    return free is False


def test_a_page_of_posts_reads_the_table_once(aioseo: Bridge):
    """And reads there what it reads post by post."""
    ours = [aioseo.published(**OLD)["post_id"] for _ in range(2)]
    some = "return get_posts( array( 'fields' => 'ids', 'numberposts' => 30 ) );"
    ids = sorted({*ours, *aioseo.php(some)})
    fields = "id,fingerprint,seo,title"
    told, queries, _, _ = asked(aioseo, ids=",".join(map(str, ids)), fields=fields)
    assert len([query for query in queries if "aioseo_posts" in query]) == 1
    assert len(queries) <= MOST_QUERIES, queries
    seen = {item["id"]: item for item in told["items"]}
    assert seen[ours[0]]["seo"]["title"] == "seo old"
    for post_id in ids:
        assert seen[post_id]["fingerprint"] == aioseo.php(
            f"return Igny8\\Bridge\\Publish\\Fingerprint::of( get_post( {post_id} ) );"
        )
