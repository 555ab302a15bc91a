"""Names of terms: stored as core stores what an editor types, and no word of them is lost."""

import re
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest
from igny8.content.text import as_stored

from .conftest import Bridge

WORDS = 'Tea & <Coffee> "now"'
# Names in which core keeps every character that an editor types.
KEPT = [
    "R&D",
    "AT & T",
    'The "new" one',
    "It's 1 < 2",
    "5 > 4",
    "a<b",
    "C++",
    "100 %",
    "Ünïcode 茶",
]
BASES = {"post_tag": "tags", "category": "categories"}


def typed(bridge: Bridge, base: str, name: str) -> Any:
    """What core stores of a name that is typed in the editor, which sends it as it is."""
    code = """
        wp_set_current_user( 1 );
        $request = new WP_REST_Request( 'POST', '/wp/v2/' . $given['base'] );
        $request->set_body_params( array( 'name' => $given['name'] ) );
        $made = rest_do_request( $request )->get_data();
        if ( 'term_exists' === ( $made['code'] ?? '' ) ) { // Somebody's on this site before us.
            $term = get_term( $made['data']['term_id'] );
            wp_delete_term( $term->term_id, $term->taxonomy );
            $made = rest_do_request( $request )->get_data();
        }
        $name = $wpdb->get_var( "SELECT name FROM $wpdb->terms WHERE term_id = {$made['id']}" );
        wp_delete_term( $made['id'], $made['taxonomy'] );
        return $name;
    """
    return bridge.php(with_given(code, base=base, name=name))


def with_given(code: str, **given: str) -> str:
    hexed = ", ".join(
        f"'{name}' => hex2bin( '{value.encode().hex()}' )" for name, value in given.items()
    )
    return f"$given = array( {hexed} ); {code}"


def names_of(bridge: Bridge, post_id: int, taxonomy: str) -> list[str]:
    found: list[str] = bridge.php(
        "$names = array(); foreach ( wp_get_object_terms( "
        f"{post_id}, '{taxonomy}', array( 'fields' => 'ids' ) ) as $id ) {{"
        ' $names[] = $wpdb->get_var( "SELECT name FROM $wpdb->terms WHERE term_id = $id" ); }'
        " return $names;"
    )
    return found


@pytest.mark.parametrize("taxonomy", BASES)
def test_names_are_stored_as_core_stores_what_is_typed(bridge: Bridge, taxonomy: str):
    core = [typed(bridge, BASES[taxonomy], name) for name in KEPT]
    assert [unescape(name) for name in core] == KEPT, "core keeps every character of these"
    data = bridge.published(**{BASES[taxonomy]: [as_stored(name) for name in KEPT]})
    assert data["warnings"] == []
    assert sorted(names_of(bridge, data["post_id"], taxonomy)) == sorted(core)


@pytest.mark.parametrize("taxonomy", BASES)
def test_a_word_that_core_takes_for_a_tag_is_kept(bridge: Bridge, taxonomy: str):
    """Typed, it vanishes without a word. Ours is what core makes of it where it is spelled out."""
    assert typed(bridge, BASES[taxonomy], WORDS) == 'Tea &amp; "now"'
    spelled = typed(bridge, BASES[taxonomy], as_stored(WORDS))
    assert unescape(spelled) == WORDS
    data = bridge.published(**{BASES[taxonomy]: [as_stored(WORDS)]})
    assert (data["warnings"], data["altered"]) == ([], [])
    assert names_of(bridge, data["post_id"], taxonomy) == [spelled]


def test_names_show_as_they_were_typed(bridge: Bridge):
    names = [WORDS, "R&D"]
    stored = [as_stored(name) for name in names]
    data = bridge.published(categories=stored, tags=stored)
    page = bridge.http.get(data["post_url"]).text
    links = [unescape(re.sub(r"<[^>]*>", "", link)) for link in re.findall(r"<a .*?</a>", page)]
    for shown in ("Tea & <Coffee> “now”", "R&D"):  # with core's quotes
        assert links.count(shown) >= 2, "as a category and as a tag"
    feed = bridge.http.get(f"{bridge.site.url}/?feed=rss2").content
    (item,) = (
        item
        for item in ElementTree.fromstring(feed).iter("item")
        if item.findtext("link") == data["post_url"]
    )
    assert {one.text for one in item.iter("category")} == set(names)


def test_the_same_name_finds_the_same_term_again(bridge: Bridge):
    first = bridge.published(tags=[as_stored(WORDS)])
    counted = bridge.counts()
    second = bridge.published(tags=[as_stored(WORDS)])
    assert bridge.counts().get("terms") == counted.get("terms")
    ids = "return wp_get_object_terms( {}, 'post_tag', array( 'fields' => 'ids' ) );"
    assert bridge.php(ids.format(first["post_id"])) == bridge.php(ids.format(second["post_id"]))


LONG = "Лучшие кофемашины для дома и офиса в этом году"


def test_long_names_in_any_script_are_told_apart(bridge: Bridge):
    data = bridge.published(
        tags=[f"{LONG} 2025", f"{LONG} 2026"],
        categories=[LONG, ["Кофе", LONG], [LONG, LONG]],
        cluster=LONG,
        cluster_id=9_007_199_254_740_001,
        sector=LONG,
        sector_id=9_007_199_254_740_002,
    )
    assert data["warnings"] == []
    assert names_of(bridge, data["post_id"], "post_tag") == [f"{LONG} 2025", f"{LONG} 2026"]
    assert names_of(bridge, data["post_id"], "category") == [LONG] * 3
    again = bridge.published(tags=[f"{LONG} 2026"], cluster=LONG, cluster_id=9_007_199_254_740_003)
    assert names_of(bridge, again["post_id"], "igny8_cluster") == [LONG]
    assert bridge.php(
        "return array_map( 'count', array( get_terms( array( 'taxonomy' => 'igny8_cluster',"
        f" 'name' => '{LONG}', 'hide_empty' => false ) ), get_terms( array( 'taxonomy' =>"
        f" 'post_tag', 'name' => '{LONG} 2026', 'hide_empty' => false ) ) ) );"
    ) == [2, 1]


@pytest.mark.parametrize(("field", "names"), [("tags", ["&lt;" * 150]), ("tags", ["t" * 201])])
def test_a_name_that_wordpress_cannot_keep_is_left_out_and_told(
    bridge: Bridge, field: str, names: list[str]
):
    data = bridge.published(**{field: [*names, "Short enough"]})
    assert [(told["code"], told["field"]) for told in data["warnings"]] == [("term_skipped", field)]
    assert names_of(bridge, data["post_id"], "post_tag") == ["Short enough"]


def test_a_name_that_wordpress_words_otherwise_is_told(bridge: Bridge):
    data = bridge.published(tags=["100%Baumwolle", "R&amp;D"], categories=[["Shop", "50%ab"]])
    told = [(one["code"], one["field"], one["message"]) for one in data["warnings"]]
    assert told == [
        ("term_altered", "categories", "WordPress keeps the name 50%ab as: 50"),
        ("term_altered", "tags", "WordPress keeps the name 100%Baumwolle as: 100umwolle"),
    ]


def test_spaces_make_no_other_name(bridge: Bridge):
    bridge.published(tags=["Two  spaces"])
    data = bridge.published(tags=["Two   spaces"], terms_policy="existing_only")
    assert data["warnings"] == []
    assert names_of(bridge, data["post_id"], "post_tag") == ["Two spaces"]
