"""Images of a gallery stand where they belong, in markup that WordPress takes for its own."""

import re
from typing import Any

import pytest
import requests

from .conftest import Bridge
from .pictures import Gallery, png

LONG = "Words that fill the space beside an image, one after the other, line by line. " * 4
SQUARE, WIDE, TALL = (600, 600), (900, 600), (400, 600)


def paragraph(text: str) -> str:
    return f"<!-- wp:paragraph -->\n<p>{text}</p>\n<!-- /wp:paragraph -->"


def heading(text: str) -> str:
    return f"<!-- wp:heading -->\n<h2>{text}</h2>\n<!-- /wp:heading -->"


def blocks(*parts: str) -> str:
    return "\n\n".join(parts)


def outline(markup: str) -> list[str]:
    """The order of things: texts, and images with their classes."""
    found = re.findall(
        r'<(?:p|h\d|li)[^>]*>([^<]{1,12})|<figure class="wp-block-image size-large igny8-image'
        r' ([^"]*)"|(igny8-pair|igny8-beside)">|(</div>)',
        re.sub(r"<!--.*?-->", "", markup),
    )
    return ["".join(groups).strip().replace("igny8-", "") for groups in found]


class Press:
    """Publishes articles with galleries of given shapes."""

    def __init__(self, bridge: Bridge, gallery: Gallery) -> None:
        self.bridge = bridge
        self.gallery = gallery

    def data(self, html: str, *shapes: tuple[int, int], **texts: str) -> dict[str, Any]:
        images = [
            {"url": self.gallery.put(f"i{number}", png(*shape)), "alt": f"No {number}", **texts}
            for number, shape in enumerate(shapes)
        ]
        data = self.bridge.published(content_html=html, gallery_images=images)
        assert (data["warnings"], data["altered"]) == ([], [])
        return data

    def body(self, html: str, *shapes: tuple[int, int], **texts: str) -> str:
        post = self.bridge.post(self.data(html, *shapes, **texts)["post_id"])
        assert post
        return str(post["post_content"])

    def outline(self, html: str, *shapes: tuple[int, int]) -> list[str]:
        return outline(self.body(html, *shapes))


@pytest.fixture
def press(bridge: Bridge, gallery: Gallery) -> Press:
    return Press(bridge, gallery)


def test_each_after_the_first_paragraph_of_its_section(press: Press):
    text = blocks(paragraph("intro"), paragraph("more"), heading("one"), paragraph("first"),
                  heading("two"), "<!-- wp:list -->\n<ul><li>item</li></ul>\n<!-- /wp:list -->",
                  paragraph("second"), paragraph("third"))  # fmt: skip
    assert press.outline(text, WIDE, WIDE, WIDE) == [
        "intro", "landscape", "more", "one", "first", "landscape", "two", "item", "second",
        "landscape", "third",
    ]  # fmt: skip
    # The text itself keeps its very bytes.
    stored = press.body(text, WIDE, SQUARE, TALL)
    added = r"\n\n<!-- wp:(image|group).*?<!-- /wp:\1 -->"
    assert re.sub(added, "", stored, flags=re.S) == text


@pytest.mark.parametrize(
    ("shape", "name"),
    [((900, 1000), "square"), ((1100, 1000), "square"), ((899, 1000), "portrait"),
     ((1101, 1000), "landscape"), ((1000, 1000), "square")],
)  # fmt: skip
def test_shapes(press: Press, shape: tuple[int, int], name: str):
    text = blocks(paragraph("a"), heading("b"), paragraph("c"))
    assert name in " ".join(press.outline(text, shape))


def test_squares_of_a_section_stand_side_by_side(press: Press):
    text = blocks(paragraph("intro"), heading("one"), paragraph("first"))
    assert press.outline(text, SQUARE, TALL, SQUARE, SQUARE) == [
        "intro", "pair", "square", "</div>", "portrait", "</div>", "</div>", "one", "first",
        "pair", "square", "</div>", "square", "</div>", "</div>",
    ]  # fmt: skip


TOWER = (300, 900)


def widths(markup: str) -> list[str]:
    return re.findall(r'<div class="wp-block-column"(?: style="flex-basis:([\d.]+%)")?>', markup)


def test_pairs_are_equally_tall(press: Press):
    """A square beside a portrait gets more of the width, so that no hole is left below it."""
    text = blocks(paragraph("intro"), heading("one"), paragraph("first"))
    stored = press.body(text, SQUARE, TALL, SQUARE, SQUARE)
    assert widths(stored) == ["60%", "40%", "", ""]
    assert '<!-- wp:column {"width":"60%"} -->' in stored


def test_those_alike_are_paired(press: Press):
    text = blocks(paragraph("only"), paragraph(LONG))
    stored = press.body(text, SQUARE, TALL, SQUARE, TALL)
    order = re.findall(r"No (\d)", stored)
    assert order == ["0", "2", "1", "3"]
    assert widths(stored) == [""] * 4


def test_a_square_does_not_stand_beside_a_tower(press: Press):
    text = blocks(paragraph("a1"), paragraph(LONG * 3))
    assert press.outline(text, SQUARE, TOWER) == [
        "a1", "beside", "square center", "</div>", "beside", "portrait left", LONG[:12].strip(),
        "</div>",
    ]  # fmt: skip


def test_the_taller_the_image_the_more_text_it_takes_beside_it(press: Press):
    text = blocks(paragraph("a1"), paragraph(LONG))
    assert "square left" in press.outline(text, SQUARE)
    assert "portrait left" in press.outline(text, TALL)
    assert "portrait center" in press.outline(text, TOWER)


def test_squares_alone_take_turns_left_and_right_beside_the_text(press: Press):
    text = blocks(*(
        part
        for n in "abc"
        for part in (heading(n), paragraph(f"{n}1"), paragraph(LONG), paragraph(f"{n}3"))
    ))  # fmt: skip
    words = LONG[:12].strip()
    assert press.outline(text, SQUARE, TALL, SQUARE) == [
        "a", "a1", "beside", "square left", words, "a3", "</div>",
        "b", "b1", "beside", "portrait right", words, "b3", "</div>",
        "c", "c1", "beside", "square left", words, "c3", "</div>",
    ]  # fmt: skip


def test_square_without_text_to_stand_beside_is_in_the_middle(press: Press):
    text = blocks(paragraph("a1"), paragraph("short"), heading("b"), paragraph("b1"))
    assert press.outline(text, SQUARE, SQUARE) == [
        "a1", "beside", "square center", "</div>", "short", "b", "b1", "beside", "square center",
        "</div>",
    ]  # fmt: skip


def test_without_headings_they_are_spread_evenly(press: Press):
    text = blocks(*(paragraph(f"p{n}") for n in range(6)))
    assert press.outline(text, WIDE, WIDE) == [
        "p0", "p1", "landscape", "p2", "p3", "landscape", "p4", "p5",
    ]  # fmt: skip
    assert press.outline(paragraph("only"), WIDE, WIDE) == ["only", "landscape", "landscape"]


def test_more_images_than_sections_are_shared_out(press: Press):
    text = blocks(paragraph("a"), heading("h"), paragraph("b"))
    assert press.outline(text, *[WIDE] * 5) == [
        "a", *["landscape"] * 3, "h", "b", *["landscape"] * 2,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "html",
    ["<h2>only</h2>", "words alone", "<ul><li>item</li></ul>", "<table><tr><td>x</td></tr></table>",
     "<!-- wp:spacer /-->\n<p>x</p>", "<!-- wp:group --><div class=\"wp-block-group\">"
     "<!-- wp:paragraph --><p>in</p><!-- /wp:paragraph --></div><!-- /wp:group -->",
     "<!-- wp:paragraph --><p>never closed</p>", "<p>one<p>two", "<div><p>x</p></div></div>",
     "<!-- /wp:group -->x", "<blockquote><p>quoted</p></blockquote>"],
)  # fmt: skip
def test_every_image_is_there_whatever_the_text(press: Press, html: str):
    assert press.body(html, WIDE, SQUARE, TALL).count("<img") == 3


def test_plain_html_stays_free_of_blocks(press: Press):
    html = f"<p>intro</p>\n<h2>a</h2>\n<div><p>a1</p>\n<p>{LONG}</p></div>\n<h2>b</h2><p>b1</p>"
    stored = press.body(html, WIDE, SQUARE, TALL)
    assert "<!--" not in stored
    words = LONG[:12].strip()
    assert outline(stored) == [
        "intro", "landscape", "a", "a1", "beside", "square left", words, "</div>", "</div>", "b",
        "b1", "beside", "portrait center", "</div>",
    ]  # fmt: skip


def test_line_breaks_alone_are_paragraphs(press: Press):
    stored = press.body("One.\n\nTwo.\n\nThree.", WIDE)
    assert outline(stored) == ["One.", "landscape", "Two.", "Three."] or outline(stored) == [
        "One.", "Two.", "landscape", "Three.",
    ]  # fmt: skip


def test_markup_is_that_of_wordpress(press: Press):
    data = press.data(blocks(paragraph("a"), paragraph(LONG)), SQUARE, caption="See <em>here</em>")
    code = f"""$b = parse_blocks( get_post( {data["post_id"]} )->post_content );
        return array( array_values( array_filter( wp_list_pluck( $b, 'blockName' ) ) ),
        serialize_blocks( $b ) === get_post( {data["post_id"]} )->post_content ); """
    names, same = press.bridge.php(code)
    assert names == ["core/paragraph", "core/group"]
    assert same is True
    post = press.bridge.post(data["post_id"])
    assert post
    one_image = r"<!-- wp:image (\{.*?\}) -->\n(.*?)\n<!-- /wp:image -->"
    image = re.search(one_image, post["post_content"])
    assert image
    attrs = press.bridge.php(f"return json_decode( {image[1]!r}, true );")
    assert attrs["className"] == "igny8-image igny8-square igny8-left igny8-captioned"
    assert f'class="wp-image-{attrs["id"]}"/>' in image[2]
    assert '<figcaption class="wp-element-caption">See <em>here</em></figcaption>' in image[2]
    page = press.bridge.http.get(data["post_url"], timeout=60).text
    tag = re.search(rf"<img[^>]*wp-image-{attrs['id']}[^>]*>", page)
    assert tag
    assert " srcset=" in tag[0]


def test_stylesheet_comes_with_our_articles_alone(press: Press):
    bridge = press.bridge
    data = press.data("<p>a</p>", WIDE)
    theirs = bridge.php("return get_permalink( wp_insert_post( array( 'post_title' => 'Theirs',"
                        " 'post_content' => 'x', 'post_status' => 'publish' ) ) );")  # fmt: skip
    get = bridge.http.get
    assert "igny8-bridge-layout" in get(data["post_url"], timeout=60).text
    assert ".igny8-pair" in get(data["post_url"], timeout=60).text
    assert "igny8-bridge-layout" not in get(theirs, timeout=60).text
    assert "igny8-bridge-layout" not in get(f"{bridge.site.url}/", timeout=60).text
    form = {"log": bridge.site.admin_user, "pwd": bridge.site.admin_password}
    with requests.Session() as person:
        person.trust_env = False
        person.post(f"{bridge.site.url}/wp-login.php", data=form, timeout=60)
        editor = person.get(f"{bridge.site.url}/wp-admin/post-new.php", timeout=60)
        assert "igny8-bridge-layout" in editor.text
