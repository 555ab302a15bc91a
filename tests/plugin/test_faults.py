"""What breaks in others' code is told by a sentence and a reference; its words go to the log."""

import re

import pytest

from .conftest import Bridge, article, new_id

TOLD = re.compile(
    r"(?P<told>[^.]+\.) PHP's error log has the reason,"
    r" under the reference (?P<reference>[0-9a-f]{8})\."
)
WORDS = "a plugin broke"


def logged(bridge: Bridge, reference: str) -> str:
    """The line of PHP's error log that has the reference."""
    found = [
        line
        for line in (bridge.site.path.parent / "php-errors.log").read_text().splitlines()
        if reference in line
    ]
    assert len(found) == 1, found
    return found[0]


@pytest.fixture
def native(bridge: Bridge) -> Bridge:
    if bridge.site.engine == "playground":
        pytest.skip("Playground keeps its error log to itself")
    return bridge


def test_an_exception_in_the_middle_of_a_publish(native: Bridge):
    native.option(test_die="throw")
    answer = native.publish(content_id=new_id(), tags=["broken"])
    assert answer.status_code == 500
    error = answer.json()["error"]
    told = TOLD.fullmatch(error["message"])
    assert told, error
    assert (error["code"], told["told"]) == ("internal_error", "WordPress could not finish this.")
    assert WORDS not in answer.text
    line = logged(native, told["reference"])
    assert f"RuntimeException: {WORDS} in " in line
    # The settings page and the status say no more than that.
    last = native.call("GET", "status").json()["data"]["last_error"]
    assert (last["code"], last["message"]) == ("internal_error", error["message"])


@pytest.mark.parametrize(
    ("fields", "code"), [({"cluster": "No"}, "term_skipped"), ({"seo_title": "T"}, "seo_failed")]
)
def test_a_part_that_wordpress_refuses(native: Bridge, fields: dict[str, object], code: str):
    """A term that a plugin forbids, an SEO field over which one dies."""
    folder = native.site.path / "wp-content" / "mu-plugins" / "refuses.php"
    folder.write_text(
        "<?php add_filter( 'pre_insert_term', static function ( $term, $taxonomy ) {"
        " return 'igny8_cluster' === $taxonomy ? new WP_Error( 'no', '/secret/path' ) : $term; },"
        " 10, 2 ); add_filter( 'update_post_metadata', static function ( $check, $id, $key ) {"
        " if ( '_igny8_seo_title' === $key ) {"
        " throw new RuntimeException( '/secret/path' ); } return $check; }, 10, 3 );"
    )
    try:
        answer = native.call("POST", "publish", json=article(**fields))
    finally:
        folder.unlink()
    assert answer.status_code == 201, answer.text[:500]
    assert "/secret/path" not in answer.text
    [warning] = [w for w in answer.json()["data"]["warnings"] if w["code"] == code]
    told = TOLD.fullmatch(warning["message"])
    assert told, warning
    assert "/secret/path" in logged(native, told["reference"])
