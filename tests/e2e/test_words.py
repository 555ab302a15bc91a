"""Titles and names show as they were typed, wherever WordPress shows them."""

import re
from collections.abc import Callable
from html import unescape
from xml.etree import ElementTree

import requests

from tests.e2e.conftest import Stage

WORDS = 'Tea & <Coffee> "now"'
# What the block editor sends to core for these words, which it escapes itself.
TYPED = 'Tea &amp; &lt;Coffee&gt; "now"'
SHOWN = "Tea & <Coffee> “now”"  # core's texturize


def test_words_of_every_place(stage: Stage, visitor: Callable[[str], requests.Response]) -> None:
    content = stage.content(
        title=WORDS, categories=[WORDS], tags=[WORDS, "R&D"], seo_title=WORDS, excerpt=WORDS
    )
    assert (content["title"], content["categories"], content["tags"]) == (
        WORDS, [WORDS], [WORDS, "R&D"],
    )  # fmt: skip
    stage.publish(content)
    publication = stage.delivered(content)
    assert (publication["warnings"], publication["altered"]) == ([], [])

    post_id = publication["external_id"]
    there = stage.in_wordpress(
        f"""wp_set_current_user( 1 );
        $request = new WP_REST_Request( 'POST', '/wp/v2/posts' );
        $request->set_body_params( array( 'title' => '{TYPED}', 'status' => 'draft' ) );
        $core = rest_do_request( $request )->get_data();
        $ours = new WP_REST_Request( 'GET', '/wp/v2/posts/{post_id}' );
        $ours->set_query_params( array( 'context' => 'edit' ) );
        $ours = rest_do_request( $ours )->get_data();
        wp_delete_post( $core['id'], true );
        echo wp_json_encode( array( 'core' => $core['title'], 'ours' => $ours['title'],
            'excerpt' => $ours['excerpt']['raw'],
            'tags' => wp_list_pluck( get_the_tags( {post_id} ), 'name' ),
            'categories' => wp_list_pluck( get_the_category( {post_id} ), 'name' ),
        ) );"""
    )
    assert there["ours"] == there["core"], "stored as core stores what an editor types"
    assert unescape(there["ours"]["raw"]) == WORDS
    assert unescape(there["excerpt"]) == WORDS
    assert sorted(map(unescape, there["tags"])) == sorted([WORDS, "R&D"])
    assert list(map(unescape, there["categories"])) == [WORDS]

    page = visitor(publication["external_url"]).text
    links = [unescape(re.sub(r"<[^>]*>", "", one)) for one in re.findall(r"<a .*?</a>", page)]
    assert links.count(SHOWN) >= 2, "as its category and as its tag"
    assert "R&D" in links
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    assert heading
    assert title
    assert unescape(re.sub(r"<[^>]*>", "", heading[1])).strip() == SHOWN
    assert WORDS in unescape(title[1]) or SHOWN in unescape(title[1])
    feed = ElementTree.fromstring(visitor(f"{stage.facts['wordpress']['url']}/?feed=rss2").content)
    items = {item.findtext("title"): item for item in feed.iter("item")}
    assert SHOWN in items
    names = {one.text for one in items[SHOWN].iter("category")}
    assert names == {WORDS, "R&D"}, "names of terms, as they were typed"
