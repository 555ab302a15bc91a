"""A body is cut into parts, and joined again it is the very same, whatever it was."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from igny8.content.parts import DEEPEST, MOST_BYTES, MOST_PARTS, PartKind, cut, parts_of

from tests.support.bodies import BODIES
from tests.support.poison import cost

PIECES = st.sampled_from([
    "<!-- wp:paragraph -->", "<!-- /wp:paragraph -->", '<!-- wp:group {"a":{"b":1}} -->',
    "<!-- /wp:group -->", "<!-- wp:latest-posts /-->", '<!-- wp:x {"a":"-->"} -->', "<!-- wp:",
    "<!--", "-->", "<!--more-->", "<!-- igny8:kept a script 7 -->", "<p>", "</p>", "<div>",
    "</div>", "<b>", "</b>", "<br/>", "<hr>", "<script>", "</script>", "<table><tr><td>",
    "</td></tr></table>", "<li>", '<a title="', "'>", '">', "<", ">", "\n", "\n\n", "\r\n\r\n",
    "\r", " ", "\t", "Grüße", "世界", "\U0001f469\u200d", "مرحبا", "\u00a0", "&amp;",
    "[gallery ids=1]", "}", "{",
])  # fmt: skip
BROKEN = st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join)


def pieces(raw: str) -> list[str]:
    return [raw[part.start : part.end] for part in cut(raw)]


@given(BROKEN | st.text())
@example("<!-- wp:a {" + "}" * 10)
@example("\n\n")
def test_cut_and_joined_it_is_the_same(raw: str) -> None:
    data = raw.encode()
    parts = parts_of(raw)
    assert b"".join(data[part.start : part.end] for part in parts) == data
    assert all(part.start < part.end for part in parts)
    assert ["".join(pieces(raw))] == [raw]


@given(BROKEN)
def test_bytes_are_of_the_same_parts_as_characters(raw: str) -> None:
    data = raw.encode()
    assert [data[part.start : part.end].decode() for part in parts_of(raw)] == pieces(raw)


@given(BROKEN)
def test_a_part_begins_with_something_to_see(raw: str) -> None:
    assert all(piece.strip(" \t\n\r\f\v") for piece in pieces(raw)[1:])


def test_blocks() -> None:
    one = "<!-- wp:paragraph -->\n<p>a</p>\n<!-- /wp:paragraph -->\n\n"
    two = '<!-- wp:group {"a":{"b":"}"}} -->\n<div><!-- wp:list -->x<!-- /wp:list --></div>'
    two += "<!-- /wp:group -->\r\n"
    three = "<!-- wp:my/latest-posts /-->"
    assert pieces(one + two + three) == [one, two, three]
    assert {part.kind for part in cut(one + two + three)} == {PartKind.BLOCK}


def test_the_end_of_a_comment_in_attributes_ends_no_block() -> None:
    raw = '<!-- wp:x {"a":"--> b"} --><p>a</p><!-- /wp:x -->'
    assert pieces(raw + "<p>b</p>") == [raw, "<p>b</p>"]


def test_a_block_that_nothing_closes_goes_to_the_end() -> None:
    raw = "<p>a</p><!-- wp:group --><p>b</p><!-- wp:x /--><p>c</p>"
    assert [part.kind for part in cut(raw)] == [PartKind.ELEMENT, PartKind.UNCLOSED]


@pytest.mark.parametrize(
    "parts",
    [
        ["one <b>two</b>\nthree\n\n", "four"],
        ["one\r\n\r\n", "two\r\r", "three\n \t\n", "four"],
        ["one <b>two\n\nthree</b> four\n\n", "five"],
        ["one\n", "<h2>two</h2>", "three", "<hr />", "four"],
        ["<p>one", "<p>two</p>\n", "<p>three\n\n", "four"],
        ["<blockquote>one\n\n<p>two</p></blockquote>", "three"],
        ["one", "<!--more-->\n", "two <!-- three --> four\n\n", "<!--nextpage-->", "five"],
        ["<script>\n\n'<p>' </b>\n</script>\n", "one"],
        ['<a title="\n\n<p>">one</a> two\n\n', "<pre>a\n\nb</pre>\n\n", "three"],
        ["one <b>two\n\n", "three\n\n", "<div>four\n\n", "five"],
        ["one</p>", "two</div>", "three", "<p>four</p>", "</div>\n", "five"],
        ["<!-- igny8:kept a script 7 -->", "one"],
        ["\n\n one\n\n", "two \n"],
        ["<ul>\n<li>one\n<li>two\n\n</ul>", "[gallery]\n\n", "[a]<b>c</b>[/a]"],
    ],
)
def test_classic_text(parts: list[str]) -> None:
    assert pieces("".join(parts)) == parts


@pytest.mark.parametrize(
    ("most", "more"),
    [
        ("<p>a</p>" * MOST_PARTS, "<p>a</p>" * (MOST_PARTS + 1)),
        ("<p></p>" + "a" * (MOST_BYTES - 7), "<p></p>" + "a" * (MOST_BYTES - 6)),
        ("<p></p>" + "ä" * (MOST_BYTES // 2 - 4), "<p></p>" + "ä" * (MOST_BYTES // 2 - 3)),
        *[
            tuple(f"{'<div>' * deep}a{'</div>' * deep}b" for deep in (DEEPEST, DEEPEST + 1)),
            tuple(
                "<!-- wp:a -->" * deep + "<!-- /wp:a -->" * deep + "b"
                for deep in (DEEPEST, DEEPEST + 1)
            ),
        ],
    ],
)
def test_too_much_is_one_part(most: str, more: str) -> None:
    assert len(cut(most)) > 1
    assert [part.kind for part in cut(more)] == [PartKind.WHOLE]


SIZE = 262_144


def filled(unit: str) -> str:
    return unit * (SIZE // len(unit))


POISON = {
    "blocks": filled("<!-- wp:a {"),
    "names": filled("<!-- wp:a/b"),
    "spaces": "<!--" + filled(" "),
    "braces": "<!-- wp:a {" + filled("} "),
    "ends": filled("} -->"),
    "comments": filled("<!--"),
    "tags": filled("<a "),
    "ends of tags": filled("</a"),
    "quotes": filled('<a b="'),
    "both quotes": filled("<a b=\"'"),
    "attributes": "<a " + filled("b=c "),
    "scripts": filled("<script>"),
    "ends of scripts": "<script>" + filled("</script"),
    "unclosed": filled("<b>"),
    "lines": filled("\n "),
    "line ends": filled("\r"),
    "paragraphs": filled("a\n\n"),
    "wrong order": filled("<a><b>")[: SIZE // 2] + filled("</a></b>")[: SIZE // 2],
    "doctypes": filled("<!a"),
    "ampersands": filled("&a"),
}
TEXT = "<p>The quick brown <b>fox</b> jumps over the lazy dog, again and again.</p>\n\n"


@pytest.fixture(scope="module")
def honest() -> float:
    """What an ordinary article of that size costs."""
    text = filled(TEXT)
    return cost(lambda: parts_of(text)) * SIZE / len(text)


@pytest.mark.parametrize("name", POISON)
def test_cutting_is_linear(name: str, honest: float) -> None:
    assert cost(lambda: parts_of(POISON[name])) < 10 * honest


@pytest.mark.parametrize("name", BODIES)
def test_bodies_of_each_kind_have_several_parts(name: str) -> None:
    assert len(cut(BODIES[name])) > 2
