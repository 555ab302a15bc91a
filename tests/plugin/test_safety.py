"""What somebody evil sends does nothing; what other plugins print or hook does no harm."""

import json
from datetime import UTC, datetime

import pytest
from igny8.core.http import Fate, Reply
from igny8.wordpress.response import BridgeResponse, read_answer
from igny8.wordpress.routes import content

from .conftest import Bridge, article

# Each must leave nothing that a browser would run, in whatever field it comes.
EVIL = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    '<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" jav&#x09;ascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x">x</a>',
    "<svg/onload=alert(1)>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<iframe src="javascript:alert(1)"></iframe>',
    '<iframe src="https://www.youtube.com.evil.example/embed"></iframe>',
    '<iframe src="https://www.youtube.com@evil.example/embed"></iframe>',
    '<object data="data:text/html,x"></object><embed src="javascript:x">',
    '<form action="javascript:x"><button formaction="javascript:x">y</button></form>',
    '<div style="background:url(javascript:alert(1));behavior:url(x)">x</div>',
    '<img srcset="javascript:alert(1) 1x, data:text/html,x 2x" src="https://example.com/a.png">',
    '<video src="javascript:x" poster="javascript:x" onplay="x()"></video>',
    '<meta http-equiv="refresh" content="0;url=javascript:x"><base href="javascript:x">',
    "<style>*{background:url(javascript:x)}</style><link rel=stylesheet href=data:text/css,x>",
    "<!-- wp:html --><script>alert(1)</script><!-- /wp:html -->",
    '<!-- wp:paragraph {"content":"\\u003cscript\\u003ealert(1)\\u003c/script\\u003e"} /-->',
    "<!--><script>alert(1)</script>-->",
    "<<script>script>alert(1)</script>",
    "<math><mtext></mtext><mglyph><style></math><img src onerror=alert(1)></style></mglyph>",
    '"><script>alert(1)</script>',
    "';alert(1)//",
    "<p onclick='x()' ONMOUSEOVER=x()>x</p>",
]  # fmt: skip
ALLOWED = (
    '<h2 id="a">Head</h2><p class="lead" style="text-align:center">A <strong>b</strong> <em>c</em>'
    ' <a href="https://example.com/?a=1&amp;b=2" rel="nofollow" target="_blank">link</a>'
    ' <a href="mailto:a@example.com">mail</a> <code>x</code></p><ul><li>1</li></ul>'
    '<table><thead><tr><th scope="col">h</th></tr></thead>'
    "<tbody><tr><td>d</td></tr></tbody></table>"
    '<figure class="wp-block-image"><img src="https://example.com/a.png" alt="A" />'
    '<figcaption>C</figcaption></figure><blockquote><p>q</p></blockquote>'
    '<iframe src="https://www.youtube.com/embed/x" title="v" allowfullscreen></iframe>'
    "<details><summary>s</summary>t</details><hr /><sup>1</sup><abbr title=\"x\">y</abbr>"
)  # fmt: skip
SUSPECT = """
    $html = strtolower( $text );
    $tags = array();
    foreach ( array( 'script', 'svg', 'object', 'embed', 'form', 'base', 'meta', 'link', 'style',
        'math' ) as $tag ) { if ( preg_match( "#<$tag\\b#", $html ) ) { $tags[] = $tag; } }
    $doc = new DOMDocument(); @$doc->loadHTML( '<?xml encoding="utf-8"?><div>' . $text . '</div>' );
    foreach ( $doc->getElementsByTagName( '*' ) as $node ) { foreach ( $node->attributes as $at ) {
        $value = preg_replace( '/[\\s\\x00-\\x1f]+/', '', strtolower( $at->value ) );
        if ( 0 === strpos( strtolower( $at->name ), 'on' ) || 'srcdoc' === $at->name
            || preg_match( '#^(javascript|data|vbscript):#', $value )
            || preg_match( '#(javascript|vbscript|data):#', 'srcset' === $at->name
                || 'style' === $at->name ? $value : '' ) ) { $tags[] = $at->name . '=' . $value; }
        if ( 'iframe' === $node->nodeName && 'src' === $at->name
            && 0 !== strpos( $value, 'https://www.youtube.com/' ) ) { $tags[] = $value; } } }
"""


def suspects(bridge: Bridge, ids: list[int]) -> dict:
    """What a browser would run in everything that is stored about these posts."""
    listed = ",".join(map(str, ids))
    return bridge.php(
        f"""$look = static function ( $text ) {{ {SUSPECT} return $tags; }};
        $found = array( 0 );
        foreach ( array( $listed ) as $id ) {{
            $post  = get_post( $id );
            $texts = array( $post->post_title, $post->post_content, $post->post_excerpt,
                $post->post_name, $post->guid );
            foreach ( get_post_meta( $id ) as $values ) {{
                $texts = array_merge( $texts, $values ); }}
            foreach ( wp_get_object_terms( $id, get_object_taxonomies( $post ) ) as $term ) {{
                $texts[] = $term->name; $texts[] = $term->slug; $texts[] = $term->description; }}
            foreach ( $texts as $text ) {{ $tags = $look( (string) $text );
                if ( $tags ) {{ $found[ $id ][] = array( $tags, $text ); }} }} }}
        return $found;""".replace("$listed", listed)
    )


def evil_article(evil: str) -> dict:
    return article(
        title=f"T {evil} t", content_html=f"<p>before</p>{evil}<p>after</p>", excerpt=f"e {evil}",
        slug=f"s-{evil}"[:200], tags=[f"t {evil}"],
        categories=[f"c {evil}", ["p" + evil, "l" + evil]],
        cluster=f"k {evil}", cluster_id=900 + EVIL.index(evil), sector=f"s {evil}", author=evil,
        seo_title=f"st {evil}", seo_description=f"sd {evil}", canonical_url=f"https://x/{evil}",
        primary_keyword=f"pk {evil}", secondary_keywords=[f"sk {evil}"],
        featured_image_alt=f"alt {evil}",
    )  # fmt: skip


def test_evil_in_every_field_does_nothing(bridge: Bridge):
    """The author is an administrator, for whom WordPress itself would let all of it through."""
    assert bridge.php("return user_can( 1, 'unfiltered_html' );") is True
    answers = bridge.dispatch([json.dumps(evil_article(evil)) for evil in EVIL])
    ids = []
    for evil, (status, answer) in zip(EVIL, answers, strict=True):
        assert status in {201, 422}, (evil, answer)
        if status == 201:
            ids.append(answer["data"]["post_id"])
            assert bridge.post(ids[-1])["post_author"] == "1"
    assert len(ids) > len(EVIL) // 2
    found = suspects(bridge, ids)
    assert found == [0], json.dumps(found, indent=1)
    for post_id in ids[:3]:
        page = bridge.http.get(f"{bridge.site.url}/?p={post_id}", timeout=60).text
        assert "alert(1)</script>" not in page
        assert " onerror=" not in page


def test_evil_in_an_update_and_in_the_operation_does_nothing(bridge: Bridge):
    first = bridge.published()
    payload = {**evil_article(EVIL[0]), "content_id": first["content_id"], "rev": 2}
    headers = {**bridge.headers, "X-IGNY8-Operation": "<script>alert(1)</script>"}
    answer = bridge.call("POST", "publish", json=payload, headers=headers)
    assert answer.status_code == 200
    assert "<script" not in answer.json()["data"]["operation_id"]
    assert suspects(bridge, [first["post_id"]]) == [0]


def test_allowed_markup_survives_byte_for_byte(bridge: Bridge):
    data = bridge.published(content_html=ALLOWED)
    assert data["altered"] == []
    assert bridge.post(data["post_id"])["post_content"] == ALLOWED


def test_what_is_not_in_the_protocol_does_nothing(bridge: Bridge):
    first = bridge.published()
    data = bridge.published(
        meta={"_wp_page_template": "evil.php", "own": "x"}, meta_input={"own": "x"}, ID=1, id=1,
        post_author=99, post_parent=1, menu_order=9, post_password="pw", sticky=True, guid="x",
        tax_input={"category": [1]}, comment_status="closed", page_template="evil.php",
        post_date="2001-01-01 00:00:00", _igny8_content_id=5, import_id=first["post_id"],
    )  # fmt: skip
    stored = bridge.post(data["post_id"])
    assert (stored["post_author"], stored["post_parent"], stored["menu_order"]) == ("1", "0", "0")
    assert (stored["post_password"], stored["comment_status"]) == ("", "open")
    assert stored["post_date"] > "2001-01-02"
    meta = bridge.php(f"return array_keys( get_post_meta( {data['post_id']} ) );")
    assert [key for key in meta if key in {"own", "_wp_page_template"}] == []
    assert bridge.php(f"return is_sticky( {data['post_id']} );") is False
    assert bridge.posts_of(data["content_id"]) == [data["post_id"]]


NOISE = {
    "notices before and after": """
        echo "<br />\\n<b>Notice</b>: Undefined index: x in /a/b.php on line 3<br />\\n";
        add_action( 'shutdown', static function () { echo '<!-- 27 queries -->'; }, 99 );""",
    "a byte order mark that went out at once": """
        echo "\\xEF\\xBB\\xBF"; while ( ob_get_level() ) { ob_end_flush(); } flush();""",
    "debug output of objects": """
        foreach ( array( 'init', 'save_post', 'set_object_terms', 'rest_api_init' ) as $hook ) {
            add_action( $hook, static function () {
                echo '{"debug":{"success":true,"data":{"content_id":1}}}'; var_dump( array( 1 ) );
            } ); }""",
    "buffers closed by others": """
        add_action( 'save_post', static function () {
            while ( ob_get_level() ) { ob_end_flush(); } echo '{"a":'; } );""",
    "an object in front and one behind": """
        echo '{"code":"x","message":"y","success":false}';
        add_action( 'shutdown', static function () { echo '{"success":true,"data":[]}'; }, 99 );""",
    "a minifier and a footer around all output": """
        ob_start( static function ( $page ) {
            return "\\n<!-- cached -->" . $page . '<i></i>'; } );""",
}  # fmt: skip


@pytest.fixture
def noisy(bridge: Bridge):
    """Puts a plugin in front of all others that prints."""
    plugin = bridge.site.path / "wp-content" / "mu-plugins" / "a-noise.php"

    def write(code: str) -> None:
        plugin.write_text(
            "<?php if ( false !== strpos( $_SERVER['REQUEST_URI'], 'igny8/v1' ) ) {" + code + "}"
        )

    yield write
    plugin.unlink(missing_ok=True)


def read(answer, content_id: int) -> BridgeResponse:
    """As the backend reads it."""
    reply = Reply(Fate.ANSWERED, 1, answer.status_code, answer.headers, answer.content)
    return read_answer(reply, is_ours=content(content_id).marks, now=datetime.now(UTC))


@pytest.mark.parametrize("kind", NOISE)
def test_what_others_print_does_not_break_the_reading(bridge: Bridge, noisy, kind: str):
    noisy(NOISE[kind])
    payload = article(tags=["noise"])
    for rev in (1, 2):
        got = read(bridge.call("POST", "publish", json={**payload, "rev": rev}),
                   payload["content_id"])  # fmt: skip
        assert (got.ours, got.success) == (True, True)
        assert got.data["rev"] == rev
    asked = read(bridge.content(payload["content_id"]), payload["content_id"])
    assert (asked.ours, asked.data["state"]) == (True, "done")
    refused = read(bridge.publish(content_id=payload["content_id"], rev=3, title=""), 1)
    assert (refused.ours, refused.code, list(refused.fields)) == (True, "invalid", ["title"])


def test_who_listens_to_posts_going_live_sees_a_whole_post(bridge: Bridge):
    bridge.option(test_seen_going_live=None)
    data = bridge.published(categories=[["A", "B"]], tags=["t"], cluster="C", cluster_id=77)
    [seen] = bridge.php("return get_option( 'test_seen_going_live' );")
    assert seen["post_id"] == data["post_id"]
    assert (seen["categories"], seen["tags"], seen["cluster"]) == (["B"], ["t"], ["C"])
    assert (seen["content_id"], seen["rev"]) == (str(data["content_id"]), "1")
