"""Whatever people send as an article costs no more than honest text of its size, or is refused."""

import time
from contextlib import suppress
from typing import Any

import pytest
from igny8.content.nesting import outline
from igny8.content.sanitise import clean_html
from igny8.content.service import ContentService
from igny8.core.errors import Invalid, TooLarge

MOST = 2_097_152
FORMATS = "".join(f"<b id={number}>" for number in range(250))


def filled(unit: str, size: int = MOST) -> str:
    return unit * (size // len(unit))


POISON = {
    "frames": filled("<iframe>"),
    "frames in a comment": f"<!-- {filled('<iframe>', MOST - 20)} -->",
    "frames in a comment, not closed": f"<!-- {filled('<iframe ', MOST - 20)} -->",
    "frames in comments": filled("<!-- <iframe> -->"),
    "frames of known hosts": filled('<iframe src="https://www.youtube.com/x"></iframe>'),
    "attributes": f"<p {' '.join(f'a{number}' for number in range(150_000))}>x",
    "data attributes": f"<p {' '.join(f'data-{number}' for number in range(150_000))}>x",
    "many attributes often": filled(f"<p {' '.join(f'data-{n}' for n in range(990))}>x"),
    "hidden attributes": f'<textarea><a title="</textarea><x {filled("b ", MOST - 60)}">',
    "formats across paragraphs": f"<p>{FORMATS}</p>{'<p>x' * 4_000}",
    "a few formats across paragraphs": f"<p>{FORMATS[:320]}</p>{filled('<p>x', MOST - 400)}",
    "elements": filled("<div>"),
    "elements, other ends": filled("<div></b>"),
    "elements, ends that are ignored": filled("<span><div></span></div>"),
    "elements, ends in comments": filled("<div><!--</div>-->"),
    "elements, ends in other comments": filled("<div><!x</div>"),
    "elements, ends in instructions": filled("<div><?</div>"),
    "elements, ends in quotes": filled('<div><p title="</div>">'),
    "elements in such quotes": f'<textarea><a title="</textarea>{filled("<i>", MOST - 60)}">',
    "elements, ends in sections": filled("<svg><![CDATA[x></svg>]]>"),
    "elements with control characters": filled("<\x00div>"),
    "ruby texts": filled("<rt>"),
    "groups of options": filled("<optgroup>"),
    "items in descriptions": filled("<li><dd>"),
    "lists that are text": filled("<textarea><ul></textarea><li></ul></textarea><dd>"),
    "lists in a choice": filled("<select><ul></select><li></ul></select><dd>"),
    "tables": filled("<table><td>"),
    "long values behind names": f"<a {'<a ' * 990}b='{filled('x', MOST - 5_000)}'>",
    "long values behind quotes": f"<a t=\"{'<x ' * 990}y='{filled('x', MOST - 5_000)}'\">",
    "quotes": filled('<a b="'),
    "ends": filled("</b>"),
    "ampersands": filled("&", MOST // 5),
    "entities without end": filled("&amp", MOST // 2 - 9),
    "unknown entities": filled("&a;"),
    "entities": filled("&amp;"),
    "entities with ends": filled("&a;</b>"),
    "entities before a long text": f"{filled('&a;', 300_000)}{filled('a', 1_700_000)}",
    "comments": filled("<!--"),
    "sections": filled("<![CDATA["),
    "colours": f'<p style="{filled("rgb(", MOST - 20)}">x',
    "spaces in a colour": f'<p style="color:rgb({filled(" ", MOST - 40)}">x',
    "declarations": f'<p style="{filled("color:red;", MOST - 20)}">x',
    "less than": filled("<", MOST // 4),
    "lost attributes": filled("<p onclick=1>x</p>"),
    "attributes of many names": "".join(f"<p x{n}=1>x</p>" for n in range(130_000)),
    "tags of many names": "".join(f"<x{n}></x{n}>" for n in range(120_000)),
    "schemes of many names": "".join(f"<a href=x{n}:1>x</a>" for n in range(90_000)),
    "lost styles": filled('<p style="position:fixed">x</p>'),
    "properties of many names": f'<p style="{"".join(f"x{n}:1;" for n in range(200_000))}">x',
    "cells without tables": filled("<td>x</td>"),
    "addresses in text": filled("href="),
    "names of addresses": f"<p title='{filled('<td >', MOST - 99)}'>x",
    "calculations": f'<p style="width:{filled("calc(", MOST - 60)}">x',
    "calculations in calculations": f'<p style="width:calc({filled("(1)", MOST - 60)}">x',
    "addresses in a style": f'<p style="background:{filled("url(", MOST - 60)}">x',
    "a long address in a style": f'<p style="background:url({filled("a", MOST - 60)}">x',
    "variables": f'<p style="width:{filled("var(--", MOST - 60)}">x',
    "gradients": f'<p style="background:{filled("linear-gradient(", MOST - 60)}">x',
}  # fmt: skip
TEXT = filled("<p>The quick brown fox jumps over the lazy dog.</p>\n")


def accepted(html: str) -> str:
    unused: Any = None
    service = ContentService(
        store=unused, bodies=unused, sites=unused, requests=unused, leftovers=unused,
        automation=unused, commit=unused, ids=unused, clock=unused, html_max_bytes=MOST,
    )  # fmt: skip
    return service.accept(html).html


def cost(html: str) -> float:
    """CPU seconds to accept or refuse an article."""
    begun = time.process_time()
    with suppress(Invalid, TooLarge):
        accepted(html)
    return time.process_time() - begun


@pytest.fixture(scope="module")
def honest() -> float:
    return min(cost(TEXT) for _ in range(3))


@pytest.mark.parametrize("name", POISON)
def test_accepting_costs_as_much_as_honest_text_or_is_refused(name: str, honest: float) -> None:
    # Honest text of two megabytes takes about 0.4 s.
    assert min(cost(POISON[name]) for _ in range(2)) < 5 * honest


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ("<div>" * 257, "nested over 256 deep"),
        ("<x></y>" * 1001, "closed in the wrong order"),
        (f"<p {'a ' * 1001}>x", "over 1,000 attributes"),
        (f"<p>{FORMATS}</p>{'<p>x' * 4_000}", "format text"),
    ],
)
def test_what_is_too_much_is_said(html: str, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        accepted(html)
    assert why in refused.value.fields["content_html"][0]


@pytest.mark.parametrize(
    "html",
    [
        "<ul><li>a<li>b</ul>" * 2_000,
        "<dl><dt>a<dd>b</dl>" * 2_000,
        "<p>a<p>b<br>" * 2_000,
        "<ruby>a<rp>(</rp><rt>b</rt></ruby><ruby>a<rt>b</ruby>" * 2_000,
        "<table><tr><td>a<td><b>b</b><tr><td>c</table>" * 2_000,
        "<b><i>x</b></i>" * 300,
        "<!-- <div> --><p>x</p>" * 900,
        '<p title="<b>x</b>">x</p>' * 2_000,
        "<font size=1>" + "<p>x</p>" * 20_000 + "</font>",
        f"<p {'a ' * 1000}>x</p>",
        "<div>" * 256 + "x" + "</div>" * 256,
        "<p>a &amp; b</p>" * 100_000,
        f"<pre>{'a &lt; b' * 20_000}</pre>",
    ],
)
def test_what_people_and_their_tools_write_is_not_refused(html: str) -> None:
    assert accepted(html)


@pytest.mark.parametrize(
    "html",
    [
        '<!-- <iframe src="https://www.youtube.com/x">y</iframe> --><p>x</p>',
        '<p title="<iframe>">x</p><p>y</p><iframe src="https://www.youtube.com/x"></iframe>',
    ],
)
def test_frames_are_looked_for_where_they_are_frames(html: str) -> None:
    clean = clean_html(html)
    assert clean == html.replace('"<iframe>"', '"&lt;iframe&gt;"')
    assert clean_html(clean) == clean


def test_an_outline_counts_no_more_than_it_needs_to() -> None:
    assert outline("<div>" * 100_000).deepest == 257
