"""SEO fields reach the page through whichever SEO plugin is active, or through the bridge."""

import html
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.wordpress import WordPressSite

from .conftest import HERE, Bridge, article
from .test_takeover import killed, let_time_pass

PLUGINS = ["yoast", "rank_math", "seopress", "aioseo"]
EVERYWHERE = [*PLUGINS, None]
TITLE = 'Tea &amp; &lt;Coffee&gt; "now": 50% – Zoë\'s 日本 \U0001f375'
DESCRIPTION = "What a &lt; b means &amp; why it's 100% worth it"
CANONICAL = "https://example.com/original?a=1&b=2"
SENT = {"seo_title": TITLE, "seo_description": DESCRIPTION, "canonical_url": CANONICAL}


@dataclass
class Head:
    """What a page says about itself, unescaped; lists, because nothing may be said twice."""

    titles: list[str]
    descriptions: list[str]
    canonicals: list[str]


@pytest.fixture(scope="module", autouse=True)
def doubles(site: WordPressSite) -> None:
    mu_plugins = site.path / "wp-content" / "mu-plugins"
    shutil.copytree(HERE / "site" / "seo", mu_plugins / "seo", dirs_exist_ok=True)
    shutil.copy(HERE / "site" / "seo-doubles.php", mu_plugins)


@pytest.fixture
def seo(bridge: Bridge) -> Iterator[Bridge]:
    """The bridge among SEO plugins that the test chooses by `active`."""
    yield bridge
    bridge.option(
        test_seo=None, test_aioseo_broken=None, test_rank_math_unregistered=None,
        igny8_seo_output=None,
    )  # fmt: skip


def active(bridge: Bridge, *names: str | None) -> None:
    bridge.option(test_seo=[name for name in names if name])


def head(bridge: Bridge, url: str) -> Head:
    page = bridge.http.get(url, timeout=60)
    assert page.status_code == 200, page.text[:500]
    found = (
        re.findall(pattern, page.text, re.DOTALL)
        for pattern in (
            r"<title>(.*?)</title>",
            r'<meta name="description" content="(.*?)"',
            r'<link rel="canonical" href="(.*?)"',
        )
    )
    return Head(*([html.unescape(text) for text in texts] for texts in found))


def read(bridge: Bridge, post_id: int) -> dict[str, Any]:
    """What each adapter in charge reads."""
    values: dict[str, Any] = bridge.php(
        "foreach ( Igny8\\Bridge\\Seo\\Plugins::in_charge() as $name => $adapter ) {"
        f" $read[ $name ] = $adapter->read( {post_id} ); }} return $read;"
    )
    return values


def fields(warnings: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(warning["code"], warning["field"]) for warning in warnings]


@pytest.mark.parametrize("name", EVERYWHERE)
def test_page_says_what_was_sent_through_every_change(seo: Bridge, name: str | None):
    active(seo, name)
    first = seo.published(title="Own title", slug=f"own-{name}".lower(), **SENT)
    assert first["warnings"] == []
    expected = Head([html.unescape(TITLE)], [html.unescape(DESCRIPTION)], [CANONICAL])
    assert head(seo, first["post_url"]) == expected
    seen = seo.php("return get_option( 'test_seo_going_live' );")
    assert html.unescape(TITLE) in {html.unescape(value) for value in seen.values()}

    content = {"content_id": first["content_id"]}
    changed = {
        "seo_title": "Second",
        "seo_description": "Again",
        "canonical_url": "https://b.example/",
    }
    second = seo.published(**content, rev=2, base_fingerprint=first["fingerprint"], **changed)
    second_head = Head(["Second"], ["Again"], ["https://b.example/"])
    assert head(seo, first["post_url"]) == second_head
    assert second["fingerprint"] != first["fingerprint"]

    # Null leaves what is there.
    third = seo.published(**content, rev=3, title="Other", base_fingerprint=second["fingerprint"])
    assert head(seo, first["post_url"]) == second_head
    assert third["warnings"] == []

    # An empty text takes it away: the template, here WordPress's own title, counts again.
    nothing = dict.fromkeys(changed, "")
    last = seo.published(
        **content, rev=4, title="Other", base_fingerprint=third["fingerprint"], **nothing
    )
    assert last["warnings"] == []
    plain = head(seo, first["post_url"])
    assert plain.titles[0].startswith("Other")
    assert (plain.descriptions, plain.canonicals) == ([], [first["post_url"]])
    there = seo.content(first["content_id"]).json()["data"]
    assert there["current_fingerprint"] == last["fingerprint"]


@pytest.mark.parametrize("name", PLUGINS)
def test_keywords_and_primary_category(seo: Bridge, name: str):
    active(seo, name)
    data = seo.published(
        primary_keyword="tea &amp; toast",
        secondary_keywords=["green tea", "Tea, white", "green tea"],
        categories=[["Drinks", "Hot"], "News"],
    )  # fmt: skip
    stored = read(seo, data["post_id"])[name]
    assert stored["keyword"] == "tea & toast"
    assert stored["primary_category"] == seo.php(
        "return get_term_by( 'name', 'Hot', 'category' )->term_id;"
    )
    if name == "yoast":
        assert fields(data["warnings"]) == [("not_supported", "secondary_keywords")]
    else:
        assert data["warnings"] == []
        assert stored["more_keywords"] == ["green tea", "Tea white"]
    # Without a focus keyword an empty list of others says nothing.
    seo.published(content_id=data["content_id"], rev=2, title="T")
    assert read(seo, data["post_id"])[name] == stored
    seo.published(content_id=data["content_id"], rev=3, primary_keyword="coffee")
    stored = read(seo, data["post_id"])[name]
    assert (stored["keyword"], stored.get("more_keywords", [])) == ("coffee", [])


def test_each_plugin_keeps_the_keys_that_it_reads(seo: Bridge):
    active(seo, *PLUGINS)
    data = seo.published(
        seo_title="T", seo_description="D", canonical_url="https://c.example/",
        primary_keyword="k", secondary_keywords=["l"], categories=["News"],
    )  # fmt: skip
    assert data["warnings"] == []
    news = str(seo.php("return get_term_by( 'name', 'News', 'category' )->term_id;"))
    meta = seo.php(
        f"return array_map( static function ( $v ) {{ return $v[0]; }},"
        f" get_post_meta( {data['post_id']} ) );"
    )
    expected = {
        "_yoast_wpseo_title": "T", "_yoast_wpseo_metadesc": "D", "_yoast_wpseo_focuskw": "k",
        "_yoast_wpseo_canonical": "https://c.example/", "_yoast_wpseo_primary_category": news,
        "rank_math_title": "T", "rank_math_description": "D", "rank_math_focus_keyword": "k,l",
        "rank_math_canonical_url": "https://c.example/", "rank_math_primary_category": news,
        "_seopress_titles_title": "T", "_seopress_titles_desc": "D",
        "_seopress_analysis_target_kw": "k,l", "_seopress_robots_primary_cat": news,
        "_seopress_robots_canonical": "https://c.example/",
        "_aioseo_title": "T", "_aioseo_description": "D",
    }  # fmt: skip
    assert {key: meta.get(key) for key in expected} == expected
    assert "_igny8_seo_title" not in meta
    row = seo.php(
        'return $wpdb->get_row( "SELECT * FROM {$wpdb->prefix}aioseo_posts'
        f' WHERE post_id = {data["post_id"]}" );'
    )
    assert (row["title"], row["description"], row["canonical_url"]) == (
        "T", "D", "https://c.example/",
    )  # fmt: skip
    phrases = json.loads(row["keyphrases"])
    assert phrases["focus"]["keyphrase"] == "k"
    assert [phrase["keyphrase"] for phrase in phrases["additional"]] == ["l"]
    assert json.loads(row["primary_term"]) == {"category": int(news)}
    assert seo.call("GET", "status").json()["data"]["seo_plugins"] == PLUGINS


def test_all_in_one_keeps_columns_and_scores_that_are_not_ours(seo: Bridge):
    active(seo, "aioseo")
    data = seo.published(seo_title="T", primary_keyword="k", secondary_keywords=["l", "m"])
    seo.php(
        "$post = AIOSEO\\Plugin\\Common\\Models\\Post::getPost( " + str(data["post_id"]) + " );"
        " $post->og_title = 'By hand'; $post->keyphrases->additional[0]->score = 77;"
        " $post->primary_term = array( 'genre' => 5 ); $post->save(); return true;"
    )
    seo.published(
        content_id=data["content_id"], rev=2, seo_title="T2", primary_keyword="k2",
        secondary_keywords=["l"], categories=["News"],
    )  # fmt: skip
    row = seo.php(
        'return $wpdb->get_row( "SELECT * FROM {$wpdb->prefix}aioseo_posts'
        f' WHERE post_id = {data["post_id"]}" );'
    )
    assert (row["title"], row["og_title"]) == ("T2", "By hand")
    phrases = json.loads(row["keyphrases"])
    assert phrases["focus"]["keyphrase"] == "k2"
    assert [(p["keyphrase"], p["score"]) for p in phrases["additional"]] == [("l", 77)]
    assert json.loads(row["primary_term"])["genre"] == 5


def test_what_did_not_stick_is_a_warning(seo: Bridge):
    active(seo, "yoast", "aioseo")
    data = seo.published(seo_title="Tea &lt;b> on #site_title", seo_description="Save 50%de coût")
    assert ("seo_altered", "seo_description") in fields(data["warnings"])  # Yoast strips octets.
    assert ("seo_altered", "seo_title") in fields(data["warnings"])  # All in One SEO strips tags.
    active(seo, "aioseo")
    for lost in ({"seo_title": "&lt;Coffee&gt;"}, {"seo_description": "Tea &lt;b> or not"}):
        data = seo.published(**lost)
        assert fields(data["warnings"]) == [("seo_altered", *lost)]


def test_all_in_one_shows_a_title_as_it_was_typed(seo: Bridge):
    """It decodes entities before it strips markup: the word in angle brackets would be gone."""
    active(seo, "aioseo")
    typed = 'Tea & <Coffee> "now"'
    data = seo.published(seo_title=html.escape(typed))
    assert data["warnings"] == []
    assert head(seo, data["post_url"]).titles == [typed]
    page = seo.http.get(data["post_url"], timeout=60).text
    assert "<title>Tea &amp; &lt;Coffee&gt; &quot;now&quot;</title>" in page
    # Another title than the one that was sent is the plugin's own affair.
    table = "AIOSEO\\Plugin\\Common\\Models\\Post"
    seo.php(f"$row = {table}::getPost( {data['post_id']} ); $row->title = 'By <i>hand</i>';"
            " $row->save(); return true;")  # fmt: skip
    assert head(seo, data["post_url"]).titles == ["By hand"]
    # Also when it is ours without those words.
    again = seo.published_over(content_id=data["content_id"], rev=2, seo_title=html.escape(typed))
    assert head(seo, data["post_url"]).titles == [typed]
    assert again["warnings"] == []
    seo.php(f"$row = {table}::getPost( {data['post_id']} ); $row->title = 'Tea & \"now\"';"
            f" $row->save(); update_post_meta( {data['post_id']}, '_aioseo_title', $row->title );"
            " return true;")  # fmt: skip
    assert head(seo, data["post_url"]).titles == ['Tea & "now"']
    # So is what somebody else's post says.
    theirs = seo.php(
        "$id = wp_insert_post( array( 'post_title' => 'x', 'post_content' => 'x',"
        f" 'post_status' => 'publish' ) ); $row = {table}::getPost( $id );"
        " $row->title = 'Their &lt;b&gt; word'; $row->save();"
        " update_post_meta( $id, '_aioseo_title', $row->title ); return get_permalink( $id );"
    )
    assert head(seo, theirs).titles == ["Their word"]


@pytest.mark.parametrize("name", EVERYWHERE)
def test_own_titles_stay_as_typed_beside_every_plugin(seo: Bridge, name: str | None):
    active(seo, name)
    typed = 'Tea & <Coffee> "now"'
    data = seo.published(
        title=html.escape(typed, quote=False),
        seo_title=html.escape(typed),
        slug=f"tea-{name}".lower(),
    )
    assert (data["warnings"], data["altered"]) == ([], [])
    page = seo.http.get(data["post_url"], timeout=60).text
    assert head(seo, data["post_url"]).titles == [typed]
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert heading
    assert "Tea &amp; &lt;Coffee&gt;" in heading[1].replace("&#038;", "&amp;")


def test_a_broken_plugin_is_a_warning_and_the_others_are_written(seo: Bridge):
    active(seo, "aioseo", "rank_math")
    seo.option(test_aioseo_broken=1)
    data = seo.published(seo_title="T")
    assert data["post_status"] == "publish"
    assert fields(data["warnings"]) == [("seo_failed", "seo_title")]
    assert read(seo, data["post_id"])["rank_math"]["title"] == "T"


@pytest.mark.parametrize("name", EVERYWHERE)
def test_markup_and_script_addresses_do_nothing(seo: Bridge, name: str | None):
    active(seo, name)
    data = seo.published(
        seo_title="<script>alert(1)</script>Safe\"><img src=x onerror=alert(1)>",
        seo_description="\"><svg onload=alert(1)> &lt;script&gt;x",
        canonical_url="javascript:alert(1)",
    )  # fmt: skip
    assert ("seo_unusable", "canonical_url") in fields(data["warnings"])
    again = seo.published(
        content_id=data["content_id"], rev=2, canonical_url="data:text/html,<script>x</script>"
    )
    assert fields(again["warnings"]) == [("seo_unusable", "canonical_url")]
    page = seo.http.get(data["post_url"], timeout=60).text
    assert "alert(1)" not in page
    assert "onload=" not in re.findall(r"<head.*?</head>", page, re.DOTALL)[0]
    assert "<script>x" not in page
    assert 'rel="canonical" href="http://127.0.0.1' in page


def test_fields_of_the_wrong_type_are_refused(seo: Bridge):
    answer = seo.publish(
        seo_title=7, seo_description=["x"], canonical_url={}, secondary_keywords="a"
    )
    assert answer.status_code == 422
    assert set(answer.json()["error"]["fields"]) == {
        "seo_title", "seo_description", "canonical_url", "secondary_keywords",
    }  # fmt: skip


EDITS = {
    "yoast": "update_post_meta( $id, '_yoast_wpseo_title', 'Mine' );",
    "rank_math": "update_post_meta( $id, 'rank_math_focus_keyword', 'mine' );",
    "seopress": "update_post_meta( $id, '_seopress_titles_desc', 'Mine' );",
    "aioseo": "$post = AIOSEO\\Plugin\\Common\\Models\\Post::getPost( $id );"
    " $post->title = 'Mine'; $post->save();",
    None: "update_post_meta( $id, '_igny8_canonical_url', 'https://mine.example/' );",
}


EDITED = {
    "yoast": "seo_title", "rank_math": "primary_keyword", "seopress": "seo_description",
    "aioseo": "seo_title", None: "canonical_url",
}  # fmt: skip


@pytest.mark.parametrize("name", EVERYWHERE)
def test_a_persons_edit_of_a_seo_field_is_a_conflict_where_it_is_written(
    seo: Bridge, name: str | None
):
    active(seo, name)
    first = seo.published(**SENT)
    seo.php(f"$id = {first['post_id']}; {EDITS[name]} return true;")
    update = {"content_id": first["content_id"], "rev": 2, "base_fingerprint": first["fingerprint"]}
    answer = seo.publish(**update, **{**SENT, EDITED[name]: "https://ours.example/"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert answer.json()["data"]["groups"] == ["seo"]
    other = "seo_title" if EDITED[name] != "seo_title" else "seo_description"
    left = seo.published(**update, **{other: "Ours"})
    assert left["moved"] == ["seo"]


@pytest.mark.parametrize("names", [["aioseo"], ["yoast", "aioseo"]])
def test_what_a_dead_run_gave_to_plugins_is_nobodys_edit(seo: Bridge, names: list[str]):
    """All in One SEO's row is looked at once more, under its lock, after others are written."""
    active(seo, *names)
    first = seo.published(**SENT)
    update = article(
        content_id=first["content_id"], rev=2, post_id=first["post_id"], tags=["new"],
        base_fingerprint=first["fingerprint"], title="Second", **{**SENT, "seo_title": "Second"},
    )  # fmt: skip
    assert killed(seo, update, "step", "flipped")
    let_time_pass(seo)
    answer = seo.publish(**update)
    assert answer.status_code == 200, answer.text


def test_another_seo_plugin_is_nobodys_edit(seo: Bridge):
    active(seo, "yoast")
    first = seo.published(**SENT)
    active(seo, "seopress", "rank_math")
    content = {"content_id": first["content_id"]}
    second = seo.published(**content, rev=2, base_fingerprint=first["fingerprint"], **SENT)
    assert head(seo, second["post_url"]).descriptions[0] == html.unescape(DESCRIPTION)
    # An edit of the text is one all the same.
    active(seo)
    seo.php(f"return wp_update_post( array( 'ID' => {first['post_id']}, 'post_title' => 'M' ) );")
    answer = seo.publish(**content, rev=3, base_fingerprint=second["fingerprint"])
    assert answer.status_code == 409


def test_rank_math_that_prints_nothing_yet_leaves_printing_to_the_bridge(seo: Bridge):
    active(seo, "rank_math")
    seo.option(test_rank_math_unregistered=1)
    data = seo.published(**SENT)
    expected = Head([html.unescape(TITLE)], [html.unescape(DESCRIPTION)], [CANONICAL])
    assert head(seo, data["post_url"]) == expected
    seo.option(test_rank_math_unregistered=None)
    assert head(seo, data["post_url"]) == expected


def test_own_output_is_for_own_pages_alone_and_can_be_switched_off(seo: Bridge):
    data = seo.published(**SENT, categories=["News"], primary_keyword="k")
    assert fields(data["warnings"]) == [("not_supported", "primary_keyword")]
    other = seo.php(
        "return get_permalink( wp_insert_post( array( 'post_title' => 'Not ours',"
        " 'post_content' => 'x', 'post_status' => 'publish' ) ) );"
    )
    for url in (other, f"{seo.site.url}/", f"{seo.site.url}/?s=Article"):
        found = head(seo, url)
        assert html.unescape(TITLE) not in found.titles
        assert found.descriptions == []
        assert CANONICAL not in found.canonicals
    page = seo.http.get(data["post_url"], timeout=60).text
    assert "<title>Tea &amp; &lt;Coffee&gt; &quot;now&quot;" in page
    assert 'content="What a &lt; b' in page
    seo.option(igny8_seo_output="0")
    off = head(seo, data["post_url"])
    assert (off.descriptions, off.canonicals) == ([], [data["post_url"]])
    seo.option(igny8_seo_output="1")
    assert head(seo, data["post_url"]).descriptions == [html.unescape(DESCRIPTION)]
    seo.php(f"return wp_update_post( array( 'ID' => {data['post_id']}, 'post_password' => 'p' ) );")
    assert head(seo, data["post_url"]).descriptions == []


def test_own_output_costs_no_query(seo: Bridge):
    data = seo.published(**SENT)
    counts = []
    for off in ("0", "1"):
        seo.option(test_count_queries=1, test_bridge_off=off)
        pages = [seo.http.get(data["post_url"], timeout=60) for _ in range(2)]
        assert (html.unescape(DESCRIPTION) in html.unescape(pages[1].text)) is (off == "0")
        counts.append(pages[1].headers["X-Test-Queries"])
    seo.option(test_count_queries=None, test_bridge_off=None)
    assert counts[0] == counts[1]
