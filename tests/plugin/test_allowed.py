"""What the backend lets pass in an article is what the bridge keeps, and little is kept back."""

import base64
import json
from typing import Any

import pytest
from igny8.content.allowed import (
    ATTRIBUTES,
    FRAME_HOSTS,
    STYLE_PROPERTIES,
    STYLES_WITH_ADDRESS,
    STYLES_WITH_GRADIENT,
    URL_SCHEMES,
    WITH_DATA,
)
from igny8.content.sanitise import clean_html

from .conftest import Bridge

HTML = r"Igny8\Bridge\Core\Html"
# What WordPress keeps and the backend takes out, each with its reason.
NOT_TAKEN_OVER = {
    # Whatever stands in it is text to a browser: it belongs into the head.
    "title": {"*"},
    # Of media on the site itself, which an article cannot know yet.
    "object": {"*"},
    # Newer than WordPress 5.8.
    "*": {"hidden", "xml:lang"},
    "bdo": {"xml:lang"},
    "tfoot": {"rowspan"},
}
STYLES_NOT_TAKEN_OVER = {
    # They lay an article over the page around it.
    "position", "top", "right", "bottom", "left", "z-index",
    # Newer than WordPress 5.8.
    "--*", "box-shadow", "container-type", "display", "grid-area", "grid-column", "grid-row",
    "isolation", "opacity", "writing-mode", "white-space", "transform", "visibility",
}  # fmt: skip


@pytest.fixture
def kept(bridge: Bridge) -> dict[str, set[str]]:
    """Attributes by tag, as the bridge gives them to kses."""
    lists: dict[str, list[str]] = bridge.php(
        f"$m = new ReflectionMethod( '{HTML}', 'allowed' ); $m->setAccessible( true );"
        " foreach ( $m->invoke( null ) as $tag => $names ) {"
        " $all[ $tag ] = array_keys( array_filter( $names ) ); } return $all;"
    )
    return {tag: set(names) for tag, names in lists.items()}


def cleaned(bridge: Bridge, articles: list[str]) -> list[str]:
    packed = base64.b64encode(json.dumps(articles).encode()).decode()
    answers: list[str] = bridge.php(
        f"foreach ( json_decode( base64_decode( '{packed}' ) ) as $html ) {{"
        f" $all[] = {HTML}::clean_body( $html ); }} return $all;"
    )
    return answers


def test_what_may_pass_here_may_pass_there(kept: dict[str, set[str]]) -> None:
    assert {tag: names - kept.get(tag, set()) for tag, names in ATTRIBUTES.items()} == {
        tag: set() for tag in ATTRIBUTES
    }
    assert all("data-*" in kept[tag] for tag in WITH_DATA)


def test_what_may_pass_there_and_not_here_is_known(kept: dict[str, set[str]]) -> None:
    unknown = {}
    for tag, names in kept.items():
        known = NOT_TAKEN_OVER["*"] | NOT_TAKEN_OVER.get(tag, set()) | {"data-*"}
        rest = {"the tag"} if tag not in ATTRIBUTES else names - ATTRIBUTES[tag] - known
        if rest and "*" not in known:
            unknown[tag] = rest
    assert unknown == {}


def test_hosts_and_schemes_are_the_same(bridge: Bridge) -> None:
    assert set(bridge.php(f"return {HTML}::FRAME_HOSTS;")) == FRAME_HOSTS
    assert set(bridge.php("return wp_allowed_protocols();")) - {"feed"} == URL_SCHEMES


def test_styles_are_the_same(bridge: Bridge) -> None:
    there = set(
        bridge.php(
            "add_filter( 'safe_style_css', static function ( $names ) use ( &$all ) {"
            f" $all = {HTML}::with_newer_styles( $names ); return $all; }} );"
            " safecss_filter_attr( 'color:red' ); return $all;"
        )
    )
    assert STYLE_PROPERTIES - there == set()
    assert there - STYLE_PROPERTIES - STYLES_NOT_TAKEN_OVER == set()


def every_attribute() -> list[str]:
    values = {"style": "color: red", "href": "/x", "src": "https://www.youtube.com/x"}
    tags = [
        f'<{tag} {name}="{values.get(name, "a")}">x</{tag}>'
        for tag, names in ATTRIBUTES.items()
        for name in sorted(names)
    ]
    tags += [f'<{tag} data-a-b_c="1">x</{tag}>' for tag in WITH_DATA]
    tags += [f'<a href="{scheme}:a">x</a>' for scheme in sorted(URL_SCHEMES)]
    tags += [f'<iframe src="https://{host}/x"></iframe>' for host in sorted(FRAME_HOSTS)]
    table = (
        "<table><caption>x</caption><colgroup><col></colgroup><tbody><tr><td>x</td></tr></table>"
    )
    return [*tags, table]


VALUES = [
    "red", "rgb(1, 2, 3)", "rgba(0,0,0,.5)", "hsl(1, 2%, 3%)", "1px / 2px", "0 auto!important",
    "var(--wp--preset--color--a)", "calc(100% - (2 * 3px))", "calc(1px + var(--a))", "'A B', serif",
    '"A B"', "16 / 9", "1px\n2px", "url(x)", "\u00a0red", "a\\62", "rgb(var(--a))", "grün",
    "(1)", "red/*x*/", "expression(1)", "url(/a.png", "1=2", "{1}", "a:b",
]  # fmt: skip
ADDRESSES = [
    "url(/a.png)", "url( 'https://a.example:8080/b/c.png?d=1#e' ) no-repeat", "url(//a.example/b)",
    "url('/a.png'), url(b.png)", "url(javascript:1)", "url(data:x)", "url()", "url(0)", "url('')",
    "url(https://a.example/?a&b)", "url( a b )", "url('a)", "url(HTTPS://a.example/)",
    "linear-gradient(90deg, rgb(6,147,227) 0%, rgba(0,0,0,.5) 100%)",
    "repeating-radial-gradient(circle, red, #fff 20px)", "conic-gradient(red, blue) no-repeat",
    "linear-gradient(red, var(--a))",
]  # fmt: skip


def every_style() -> list[str]:
    styles = [
        f"{name}: {value}" for name in sorted(STYLE_PROPERTIES) for value in ["1", "var(--a)"]
    ]
    styles += [f"color:{value};WIDTH : 1px" for value in VALUES]
    addressed = sorted(STYLES_WITH_ADDRESS | STYLES_WITH_GRADIENT | {"color"})
    styles += [f"{name}:{value}" for name in addressed for value in ADDRESSES]
    return [f"<p style='{style.replace(chr(39), '&#39;')}'>x</p>" for style in styles]


@pytest.mark.parametrize("articles", [every_attribute(), every_style()], ids=["tags", "styles"])
def test_the_bridge_changes_nothing_of_what_has_passed(bridge: Bridge, articles: list[str]) -> None:
    sent = [clean_html(article) for article in articles]
    altered: dict[str, Any] = {
        before: after
        for before, after in zip(sent, cleaned(bridge, sent), strict=True)
        if before != after
    }
    assert altered == {}


def test_what_everybody_keeps_has_passed() -> None:
    lost = [
        article
        for article in every_attribute()
        if " " in article.partition(">")[0] and "=" not in clean_html(article)
        and not article.startswith(("<caption", "<col", "<t", "<iframe"))
    ]  # fmt: skip
    assert lost == []


# What is no address, and no value.
STYLES_KEPT_BACK = {
    *(f"<p style='{name}:url( a b )'>x</p>" for name in STYLES_WITH_ADDRESS),
    "<p style='color:a:b;WIDTH : 1px'>x</p>",
}


def test_no_style_is_lost_that_the_bridge_keeps(bridge: Bridge) -> None:
    articles = every_style()
    kept = cleaned(bridge, articles)
    lost = {
        article
        for article, there in zip(articles, kept, strict=True)
        if there.count(":") > clean_html(article).count(":")
    }
    assert lost - STYLES_KEPT_BACK == set()
