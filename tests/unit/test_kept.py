"""What a site's body looks like here, and how an edit of that goes back."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from igny8.content.kept import MOST_KEPT, taken_in
from igny8.content.markers import marked, marker, pieces
from igny8.content.markup import meaning
from igny8.content.model import Kept, TextIn
from igny8.content.outgoing import KeptPartGoneError, going, outgoing, put_together
from igny8.content.sanitise import clean_html

from tests.support.bodies import BODIES, BUILDERS, CLASSIC, SCRIPTS
from tests.support.poison import cost
from tests.unit.test_parts import BROKEN, POISON, SIZE, TEXT, filled


def taken(name: str) -> TextIn:
    return taken_in(BODIES[name], builder=BUILDERS.get(name))


def sent(raw: str, html_now: str) -> list[dict[str, object]]:
    text = taken_in(raw)
    return outgoing(text.ranges, text.html, html_now, raw)


def after(raw: str, html_now: str) -> str:
    return put_together(raw, sent(raw, html_now))


# --- as it is shown ------------------------------------------------------------------------------


@given(BROKEN | st.text())
def test_what_is_shown_passes_the_sanitiser_as_it_is(raw: str) -> None:
    html = taken_in(raw).html
    assert clean_html(html) == html


@given(BROKEN | st.text())
def test_what_nobody_touched_is_kept_whole(raw: str) -> None:
    text = taken_in(raw)
    size = len(raw.encode())
    assert put_together(raw, outgoing(text.ranges, text.html, text.html, raw)) in {raw, ""}
    assert [at.end for at in text.ranges[-1:]] == [size][: bool(size)]
    assert [at.start for at in text.ranges] == [0, *[at.end for at in text.ranges]][:-1]


@given(BROKEN)
def test_what_is_shown_means_what_is_there(raw: str) -> None:
    text = taken_in(raw)
    data = raw.encode()
    kept = {one.id for one in text.kept}
    for at in text.ranges:
        shown, there = text.html[at.shown_start : at.shown_end], data[at.start : at.end].decode()
        assert marked(shown) in kept or meaning(clean_html(shown)) == meaning(shown)
        words = re.sub(r"<!--.*?-->|<[^>]*>|\s|&\w+;", "", shown)
        assert marked(shown) in kept or all(word in there or word in "<>&" for word in words[:9:8])


@given(BROKEN)
def test_kept_parts_are_the_bytes_of_the_site(raw: str) -> None:
    for one in taken_in(raw).kept:
        there = raw.encode()[one.start : one.end].decode()
        assert there == there.strip(" \t\n\r\f\v") != ""
        assert re.fullmatch(r"[0-9a-f]{12}(-\d+)?", one.id)


SHOWN = {
    "<p>a<br/>b</p>": "<p>a<br>b</p>",
    "<IMG SRC=/a.png alt='x' />": '<p><img src="/a.png" alt="x"></p>',
    "a\nb": "<p>a<br>\nb</p>",
    "a<br />\nb": "<p>a<br>\nb</p>",
    "a\r\n\r\nb": "<p>a</p>\n\n<p>b</p>",
    "<ul><li>a<li>b</ul>": "<ul><li>a</li><li>b</li></ul>",
    "<table><tr><td>a</table>": "<table><tbody><tr><td>a</td></tr></tbody></table>",
    "<p>&hellip;&#8217;": "<p>…’</p>",
    '<p style="color:rgb(1, 2, 3) ;">a</p>': '<p style="color:#010203">a</p>',
    "[gallery ids=1]": "<p>[gallery ids=1]</p>",
    "<!--more-->": "<!--more-->",
    "<!-- mine -->": "<!-- mine -->",
    "<pre>\na\n\nb</pre>": "<pre>a\n\nb</pre>",
    '<a href="/?a=1&copy=2">x</a>': '<p><a href="/?a=1&amp;copy=2">x</a></p>',
    "<!-- wp:paragraph -->\n<p>a\n\nb</p>\n<!-- /wp:paragraph -->\nfree\ntext": (
        "<!-- wp:paragraph -->\n<p>a\n\nb</p>\n<!-- /wp:paragraph -->\n\nfree\ntext"
    ),
}


@pytest.mark.parametrize("raw", SHOWN)
def test_shown_clean(raw: str) -> None:
    assert taken_in(raw).html == SHOWN[raw]
    assert after(raw, taken_in(raw).html) == raw


KEPT = {
    "<script>a</script>": "script",
    "<p>a <script>b</script></p>": "script",
    '<iframe src="https://evil.example/"></iframe>': "iframe",
    "<form><p>a</p></form>": "form",
    "<p><button>a</button></p>": "form",
    "<div><svg></svg></div>": "svg",
    "<style>a{}</style>": "style",
    "<object data=a></object>": "object",
    '[a b="<i c=d>"]': "shortcode",
    "<p onclick=a>b</p>": "markup",
    "<p style='position:fixed'>b</p>": "markup",
    "<a href='javascript:a'>b</a>": "markup",
    "<b>a": "markup",
    "a</div>": "markup",
    "<custom-part>a</custom-part>": "markup",
    "<?php a ?>": "markup",
    "<![CDATA[a]]>": "markup",
    "<!-- a --!>b": "markup",
    "<p>a\x01b</p>": "markup",
    "<p><div>a</div></p>": "markup",
    "<table><tr><td>a</td></tr>b</table>": "markup",
    "<pre>\n\na</pre>": "markup",
    "&#99999999;": "markup",
    "<!-- wp:a -->b": "markup",
    "a<!-- /wp:a -->": "markup",
    '<!-- wp:x {"a":"-->"} --><p>a</p><!-- /wp:x -->': "markup",
    "<!-- igny8:kept 0123456789ab script 7 -->": "markup",
    "<p>a <!--IGNY8:KEPT x--> b</p>": "markup",
}


@pytest.mark.parametrize("raw", KEPT)
def test_kept(raw: str) -> None:
    text = taken_in(f"<p>before</p>\n{raw}\n<p>after</p>")
    if "<!-- wp:a -->" in raw:
        text = taken_in(f"<p>before</p>\n<p>after</p>\n{raw}")
    assert KEPT[raw] in {one.name for one in text.kept}
    assert "<p>before</p>" in text.html
    assert "<p>after</p>" in text.html
    for one in text.kept:
        assert marker(one) in pieces(text.html)
    left = re.sub(
        r"<!-- igny8:kept .*?-->|<p>(before|after)</p>|<!-- /?wp:\w+ -->|\s", "", text.html
    )
    assert left in {"", "<p>a</p>", "<p>b</p>"}


def test_a_kept_part_has_the_same_id_wherever_it_stands() -> None:
    (one, two), (other, again) = (
        taken_in(raw).kept
        for raw in ("<script>a</script>\n<form></form>", "x\n\n<form></form>\n\n<script>a</script>")
    )
    assert {one.id, two.id} == {other.id, again.id}


def test_two_that_are_equal_are_two() -> None:
    text = taken_in("<script>a</script>\n" * 3)
    first, second, third = (one.id for one in text.kept)
    assert (second, third) == (f"{first}-2", f"{first}-3")
    assert len(set(pieces(text.html))) == 3


def test_a_page_builder_keeps_all_of_it() -> None:
    text = taken_in("<p>a</p>", builder="Beaver Builder!")
    assert text.kept == (Kept(text.kept[0].id, "beaver-builder", 0, 8),)
    assert text.html == marker(text.kept[0])


@pytest.mark.parametrize("raw", ["<p>a</p>" * 4_001, "<p>a</p>" + "b" * 2_097_152])
def test_what_is_too_much_is_kept_whole(raw: str) -> None:
    (one,) = taken_in(raw).kept
    assert (one.name, one.bytes) == ("large", len(raw))


@pytest.mark.parametrize("raw", ["<b>" * 1_001 + "a", "<script></script>" * (MOST_KEPT + 1)])
def test_what_the_sanitiser_would_refuse_is_kept_whole(raw: str) -> None:
    (one,) = taken_in(raw).kept
    assert (one.start, one.end) == (0, len(raw))


def test_what_is_larger_when_it_is_shown_is_kept_whole() -> None:
    (one,) = taken_in("<p>a & b</p>" * 3_900 + "<p>" + "& " * 500_000 + "</p>").kept
    assert one.name == "markup"


@pytest.mark.parametrize("raw", ["", "\n \n"])
def test_nothing_is_nothing(raw: str) -> None:
    assert taken_in(raw).html == ""
    assert taken_in(raw).kept == ()
    assert sent(raw, "<p>new</p>") == [{"html": "<p>new</p>"}]


# --- what goes back ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BODIES)
def test_a_body_of_each_kind_comes_back_as_it_was(name: str) -> None:
    raw, text = BODIES[name], taken(name)
    assert clean_html(text.html) == text.html
    assert outgoing(text.ranges, text.html, text.html, raw) == [{"keep": [0, len(raw.encode())]}]


@pytest.mark.parametrize("name", sorted({*BODIES} - {*BUILDERS}))
def test_of_one_changed_part_nothing_else_is_sent(name: str) -> None:
    raw, text = BODIES[name], taken(name)
    data = raw.encode()
    for number, at in enumerate(text.ranges):
        there = pieces(text.html)
        if marked(there[number]):
            continue
        there[number] = "<p>New words</p>"
        parts = outgoing(text.ranges, text.html, "\n".join(there), raw)
        became = put_together(raw, parts).encode()
        assert [part["html"].strip() for part in parts if "html" in part] == ["<p>New words</p>"]
        assert became.startswith(data[: at.start])
        assert became.endswith(data[at.end :])


def test_harmless_spelling_is_no_change() -> None:
    text = taken("classic")
    html = text.html.replace("<br>", "<BR />").replace("\n\n", "\n").replace('"', "'")
    html = html.replace("<li>", "\n  <li>").replace("A first  ", "A  first ")
    assert sent(CLASSIC, html) == [{"keep": [0, len(CLASSIC.encode())]}]


@pytest.mark.parametrize(
    "spelt", ["<p>Number {}</p>", "Number {}", "<p class='a'>Number {}<br/></p>"]
)
@given(order=st.permutations(range(6)))
def test_parts_that_change_places_mean_the_same(spelt: str, order: list[int]) -> None:
    written = [spelt.format(n) for n in range(6)]
    raw = "\n\n".join(written)
    there = pieces(taken_in(raw).html)
    became = pieces(after(raw, "\n\n".join(there[n] for n in order)))
    assert [meaning(piece) for piece in became] == [meaning(written[n]) for n in order]
    kept = [piece for piece in became if piece in written]
    assert len(kept) >= (len(written) if "'" not in spelt else 1)


@given(st.lists(st.sampled_from("abcdx"), max_size=12))
def test_whatever_is_taken_moved_and_put_in_arrives(letters: list[str]) -> None:
    raw = "a\n\n<div>b</div>c\n<b>d</b>"
    shown = {"a": "<p>a</p>", "b": "<div>b</div>", "c": "<p>c<br>\n<b>d</b></p>"}
    html = "\n\n".join(shown.get(letter, f"<p>{letter}</p>") for letter in letters)
    became = after(raw, html)
    assert [meaning(piece) for piece in pieces(taken_in(became).html)] == [
        meaning(piece) for piece in pieces(html)
    ]


@given(BROKEN, st.randoms(use_true_random=False))
def test_what_the_site_has_then_is_known_as_it_was_sent(raw: str, chance: Random) -> None:
    """However a text is edited, and edited again."""
    text = taken_in(raw)
    ranges, shown = text.ranges, text.html
    for _ in range(2):
        there = [piece for piece in pieces(shown) if marked(piece) or chance.random() < 0.8]
        for _ in range(chance.randint(0, 2)):
            there.insert(chance.randint(0, len(there)), chance.choice(["<p>new</p>", "new words"]))
        html_now = "\n\n".join(there)
        sent = going(ranges, shown, html_now, raw)
        raw, ranges, shown = sent.raw, sent.ranges, html_now
        assert put_together(raw, outgoing(ranges, shown, shown, raw)) == raw
        assert len(outgoing(ranges, shown, shown, raw)) <= 1
        assert [at.end for at in ranges[-1:]] == [len(raw.encode())][: len(ranges)]


def test_classic_paragraphs_stay_apart() -> None:
    assert after("a\n\nb\n\nc", "<p>c</p><p>a</p>") == "c\n\na\n\n"
    assert after("a<hr>b", "<p>a</p><p>b</p>") == "a\n\nb"
    assert after("a\n\nb", "<p>a</p><p>b</p><p>c</p>") == "a\n\nb\n\n<p>c</p>"
    assert after("a\n\nb", "<p>c</p><p>a</p><p>b</p>") == "<p>c</p>\n\na\n\nb"


def test_ranges_ascend_and_kept_parts_are_never_sent() -> None:
    text = taken_in(SCRIPTS)
    there = pieces(text.html)
    html = "\n".join([there[5], there[1], there[0], there[3], there[4], there[2]])
    parts = outgoing(text.ranges, text.html, html, SCRIPTS)
    ends = [offset for part in parts for offset in part.get("keep", [])]
    assert ends == sorted(ends)
    assert not any("script" in part.get("html", "") for part in parts)
    for one in text.kept:
        assert SCRIPTS[one.start : one.end] in put_together(SCRIPTS, parts)


def test_kept_parts_out_of_order_or_unknown_or_twice_do_not_go() -> None:
    text = taken_in(SCRIPTS)
    markers = [marker(one) for one in text.kept]
    foreign = "<!-- igny8:kept 0123456789ab script 7 -->"
    for html in (markers[1] + markers[0], markers[0] * 2, foreign):
        with pytest.raises(KeptPartGoneError):
            outgoing(text.ranges, text.html, html, SCRIPTS)


def test_of_equal_parts_the_next_one_is_kept() -> None:
    raw = "<p>a</p><hr><p>b</p><hr><p>c</p><hr><p>d</p>"
    there = pieces(taken_in(raw).html)
    del there[1]
    assert sent(raw, "".join(there)) == [
        {"keep": [0, 8]},
        {"keep": [12, len(raw)]},
    ]


# --- whatever it is, in time ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def honest() -> float:
    """What an ordinary article of that size costs."""
    text = filled(TEXT)
    return cost(lambda: taken_in(text)) * SIZE / len(text)


@pytest.mark.parametrize("name", sorted({*POISON} - {"ampersands"}))
def test_taking_in_is_linear(name: str, honest: float) -> None:
    assert cost(lambda: taken_in(POISON[name])) < 10 * honest


def test_what_is_dear_to_the_sanitiser_is_sanitised_a_few_times() -> None:
    entities = filled("&a")[: SIZE // 4]
    assert cost(lambda: taken_in(entities)) < 8 * cost(lambda: clean_html(entities))


def test_equal_parts_in_another_order_cost_little(honest: float) -> None:
    raw = "<p>a</p><hr>" * 2_000
    text = taken_in(raw)
    html = "".join(reversed(pieces(text.html)))
    assert cost(lambda: outgoing(text.ranges, text.html, html, raw)) < 10 * honest
