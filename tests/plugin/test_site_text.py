"""What a post says without our layout is what was sent, byte for byte."""

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Bridge
from .pictures import Gallery, png

WORDS = "Words that fill the space beside an image, one after the other, line by line. " * 4
# By number: the image of the library that an address leads to; two lead to the same.
ADDRESSES = {f"https://cdn.example/{name}.png?a=1&b=2": name for name in ("one", "two", "twin")}
ONE, TWO, TWIN = ADDRESSES

# A library of five images, made once a site: where they come from, and the shapes of three more.
LIBRARY = """
    $made = get_option( 'test_library' );
    if ( ! $made ) {
        foreach ( array( 'one' => array( 9, 6 ), 'two' => array( 6, 6 ), 'wide' => array( 9, 6 ),
            'square' => array( 6, 6 ), 'tall' => array( 4, 6 ) ) as $name => $size ) {
            $id = wp_insert_attachment( array( 'post_mime_type' => 'image/png' ), "$name.png" );
            wp_update_attachment_metadata( $id, array( 'width' => $size[0] * 100,
                'height' => $size[1] * 100, 'file' => "$name.png", 'sizes' => array() ) );
            $made[ $name ] = $id;
        }
        $made['twin'] = $made['one'];
        update_option( 'test_library', $made );
    }
"""
SENT = [f'<img src="{url.replace("&", "&amp;")}" alt="An image"/>' for url in ADDRESSES]
IMAGES = [
    *SENT,
    f"<img src='{ONE}'>",
    f'<IMG  class="big  wp-image-3"   src="{ONE}" srcset="x.png 2x" sizes="9px" />',
    f'<img alt="a > b" src="{TWO}" data-x="-->">',
    '<img src="https://elsewhere.example/x.png" class="wp-image-7">',
    "<img>",
    f'<!-- wp:image -->\n<figure class="wp-block-image">{SENT[0]}</figure>\n<!-- /wp:image -->',
    f'<!-- wp:image {{"id":77,"url":"{TWO}"}} -->{SENT[1]}<!-- /wp:image -->',
    f'<!-- wp:core/cover {{ "url" : "{ONE}" }} --><div>{SENT[0]}</div><!-- /wp:core/cover -->',
    f"<!-- wp:gallery --><figure>{SENT[0]}{SENT[2]}</figure><!-- /wp:gallery -->",
]
TEXTS = [
    f"<p>{WORDS}</p>",
    "<p>Short.</p>",
    f"<!-- wp:paragraph -->\n<p>{WORDS}</p>\n<!-- /wp:paragraph -->",
    "<!-- wp:paragraph -->\n<p>Short.</p>\n<!-- /wp:paragraph -->",
    "<h2>Über</h2>",
    "<!-- wp:heading -->\n<h2>Head</h2>\n<!-- /wp:heading -->",
    "<ul><li>item</li></ul>",
    "<div><p>in</p></div>",
    '<!-- wp:group --><div class="wp-block-group"><p>in</p></div><!-- /wp:group -->',
    "<script>if (a --> b) { }</script>",
    "日本語 and words alone.",
]
BROKEN = [
    "</div>", "<div>", "</figure>", "<figure>", "<!-- wp:group -->", "<!-- /wp:columns -->",
    '<p title="a --> b">x</p>', '<!-- wp:paragraph {"a":"-->"} -->', "<!--", "-->", "<p>open",
    "<!-- wp:image {", "\r\n", "<", '<div class="', "\n\n\n\n", "<!-- wp:spacer /-->", "\0",
]  # fmt: skip
# Looks as if we had put it in.
ALIKE = [
    '\n\n<figure class="wp-block-image size-large igny8-image"><img class="wp-image-1"/></figure>',
    '<div class="igny8-beside">', '<div class="wp-block-columns igny8-pair">',
    '<div class="wp-block-column">',
    '<!-- wp:group {"className":"igny8-beside"} -->\n<div class="wp-block-group igny8-beside">',
    "</div>\n<!-- /wp:group -->",
    '\n\n<!-- wp:image {"id":{square},"className":"igny8-image"} -->'
    '<figure class="igny8-image"><img class="wp-image-{square}"/></figure><!-- /wp:image -->',
    '<!-- wp:columns {"className":"igny8-pair"} -->', "<!-- wp:column -->",
    '<img src="{here}" class="wp-image-{one}"/>', "<!-- /wp:column -->",
]  # fmt: skip

bodies = st.lists(st.sampled_from(IMAGES + TEXTS + BROKEN + ALIKE), min_size=1, max_size=9)
plain_bodies = st.lists(st.sampled_from(IMAGES + TEXTS), max_size=9).map(lambda parts: [
    "<!-- wp:paragraph -->\n<p>Of TODAY.</p>\n<!-- /wp:paragraph -->", *parts])  # fmt: skip
galleries = st.lists(st.sampled_from(["wide", "square", "tall"]), max_size=4)
kinds = st.sampled_from(["", "\n\n", " "])


def laid_out_and_back(bridge: Bridge, given_bodies: list[Any], edit: str = "") -> list[Any]:
    """What becomes of bodies that are laid out, stored, edited and led back."""
    packed = base64.b64encode(json.dumps(given_bodies).encode()).decode()
    code = f"""{LIBRARY}
        $ns = 'Igny8\\\\Bridge\\\\Media\\\\';
        foreach ( json_decode( '{json.dumps(ADDRESSES)}', true ) as $url => $name ) {{
            $stored[ $url ] = $made[ $name ]; }}
        foreach ( json_decode( base64_decode( '{packed}' ), true ) as list( $body, $names ) ) {{
            $body = str_replace( array( '{{square}}', '{{one}}', '{{here}}' ), array(
                $made['square'], $made['one'], wp_get_attachment_url( $made['one'] ) ), $body );
            $traces  = new ( $ns . 'Traces' )();
            $laid    = ( new ( $ns . 'ImageTags' )( $body ) )->pointing_to( $stored, $traces );
            $gallery = array();
            foreach ( $names as $name ) {{
                $picture   = new ( $ns . 'Picture' )( 'g', 'u', 'alt', '' );
                $gallery[] = array( $made[ $name ], $picture );
                $traces->gallery[] = $made[ $name ];
            }}
            if ( $gallery ) {{
                $laid = ( new ( $ns . 'Layout\\\\Layout' )( $laid ) )->with( $gallery ); }}
            $undo   = $ns . 'Layout\\\\Undoing';
            $record = unserialize( serialize( $undo::record( $body, $laid, $traces ) ) );
            {edit}
            $back   = null === $record ? $laid
                : $undo::edited( $laid, $undo::edits( $laid, $record ) );
            $told[] = array( 'same' => $back === $body, 'changed' => $laid !== $body,
                'whole' => isset( $record['whole'] ),
                'body' => $back === $body ? '' : array( $body, $laid, $back ) );
        }} return $told;"""
    told: list[Any] = bridge.php(code)
    return told


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.tuples(bodies, kinds), galleries), min_size=8, max_size=12))
def test_layout_undone_is_the_body(bridge: Bridge, articles: list[Any]):
    joined = [(glue.join(parts), names) for (parts, glue), names in articles]
    for article, told in zip(joined, laid_out_and_back(bridge, joined), strict=True):
        assert told["same"], (article, told)
        assert told["changed"] or not article[1], article


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(plain_bodies, galleries), min_size=8, max_size=12))
def test_what_nobody_touched_comes_back_though_something_was_edited(
    bridge: Bridge, articles: list[Any]
):
    """One word is another one: no way back but the rules."""
    joined = [("\n\n".join(parts), names) for parts, names in articles]
    edit = "$laid = str_replace( 'TODAY', 'now', $laid );"
    edit += " $body = str_replace( 'TODAY', 'now', $body );"
    for article, told in zip(joined, laid_out_and_back(bridge, joined, edit), strict=True):
        assert told["same"], (article, told)
        assert not told["whole"], article


def text_of(bridge: Bridge, post_id: int) -> str:
    packed: str = bridge.php(
        f"return base64_encode( Igny8\\Bridge\\Publish\\SiteText::of( get_post( {post_id} ) ) );"
    )
    return base64.b64decode(packed).decode()


def stored(bridge: Bridge, post_id: int) -> str:
    post = bridge.post(post_id)
    assert post
    return str(post["post_content"])


def edited(bridge: Bridge, post_id: int, old: str, new: str) -> None:
    """A person changes words in the editor."""
    content = base64.b64encode(stored(bridge, post_id).replace(old, new).encode()).decode()
    bridge.php(
        f"wp_update_post( array( 'ID' => {post_id}, 'post_content' => wp_slash("
        f" base64_decode( '{content}' ) ) ) ); return 1;"
    )
    assert new in stored(bridge, post_id)


@pytest.fixture
def images(gallery: Gallery) -> list[dict[str, str]]:
    shapes = [(600, 600), (900, 600), (400, 600)]
    return [
        {"url": gallery.put(f"g{number}", png(*shape)), "alt": f"No {number}", "caption": "Seen"}
        for number, shape in enumerate(shapes)
    ]


def with_image(url: str) -> str:
    """A body with one image, as an editor writes it."""
    return (
        "<!-- wp:paragraph -->\n<p>First words.</p>\n<!-- /wp:paragraph -->\n\n"
        '<!-- wp:image {"sizeSlug":"large"} -->\n<figure class="wp-block-image size-large">'
        f'<img src="{url}" alt="Here" /></figure>\n<!-- /wp:image -->\n\n'
        f"<!-- wp:paragraph -->\n<p>{WORDS}</p>\n<!-- /wp:paragraph -->"
    )


def test_an_article_reads_as_it_was_sent(
    bridge: Bridge, gallery: Gallery, images: list[dict[str, str]]
):
    body = with_image(gallery.put("inside"))
    data = bridge.published(content_html=body, gallery_images=images)
    post_id = data["post_id"]
    assert stored(bridge, post_id).count("igny8-image") > 3
    assert gallery.url not in stored(bridge, post_id)
    assert text_of(bridge, post_id) == body
    edited(bridge, post_id, "First words.", "Other words.")
    assert text_of(bridge, post_id) == body.replace("First words.", "Other words.")
    # The next version has neither images nor a gallery; the one after that looks as if.
    for rev, plain in ((2, "<p>Plain.</p>"), (3, '<div class="igny8-beside"><p>Words</p></div>')):
        bridge.published_over(content_id=data["content_id"], rev=rev, content_html=plain)
        assert text_of(bridge, post_id) == stored(bridge, post_id) == plain


def test_line_breaks_alone_read_as_they_were_sent(bridge: Bridge, images: list[dict[str, str]]):
    body = "One.\n\nTwo.\nThree."
    data = bridge.published(content_html=body, gallery_images=images)
    assert "<p>One.</p>" in stored(bridge, data["post_id"])
    assert text_of(bridge, data["post_id"]) == body


def test_articles_of_the_first_bridge_lose_their_gallery(
    bridge: Bridge, gallery: Gallery, images: list[dict[str, str]]
):
    """It left no record: where an image came from nobody knows, what stood around it everybody."""
    url = gallery.put("inside")
    body = with_image(url)
    data = bridge.published(content_html=body, gallery_images=images)
    bridge.php(f"return delete_post_meta( {data['post_id']}, '_igny8_layout' );")
    text = text_of(bridge, data["post_id"])
    assert "igny8-" not in text
    assert text.count("<img") == 1
    assert text.replace("\n", "").startswith(body[:60].replace("\n", ""))
    assert text.endswith(body[-200:])
    # Without images of its own it is what was sent.
    plain = f"<p>First.</p>\n<h2>Head</h2>\n<p>{WORDS}</p>"
    other = bridge.published(content_html=plain, gallery_images=images)
    bridge.php(f"return delete_post_meta( {other['post_id']}, '_igny8_layout' );")
    assert text_of(bridge, other["post_id"]) == plain


def test_what_is_not_ours_stays_as_it_is(bridge: Bridge, images: list[dict[str, str]]):
    """A person's own post, into which they copied some of an article of ours."""
    data = bridge.published(content_html=with_image("https://x.invalid/"), gallery_images=images)
    theirs = bridge.php(
        f"return wp_insert_post( array( 'post_title' => 'Theirs', 'post_content' => wp_slash("
        f" get_post( {data['post_id']} )->post_content ) ) );"
    )
    assert "igny8-image" in stored(bridge, theirs)
    assert text_of(bridge, theirs) == stored(bridge, theirs)


@pytest.mark.parametrize(
    "piece", ["<div>", "<!-- wp:group {", '<figure class="igny8-image">', "<!-- wp:image ",
              '<!-- wp:columns {"className":"igny8-pair"} -->', "words --> "]
)  # fmt: skip
def test_two_mebibytes_of_anything_come_back_soon(bridge: Bridge, piece: str):
    seconds, same = bridge.php(
        f"""$body = str_repeat( '{piece}', intdiv( 2097152, {len(piece)} ) );
        $traces = new Igny8\\Bridge\\Media\\Traces();
        $traces->gallery = array( 1 );
        $began = microtime( true );
        $undo = 'Igny8\\Bridge\\Media\\Layout\\Undoing';
        $record = $undo::record( $body, "$body\n\n<!-- wp:image -->", $traces );
        $laid = "$body\n\n<!-- wp:image -->";
        $same = $undo::edited( $laid, $undo::edits( $laid, $record ) ) === $body;
        return array( microtime( true ) - $began, $same );"""
    )
    assert same
    assert seconds < 10, piece
