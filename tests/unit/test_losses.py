"""Whatever sanitising takes out of an article is named, and nothing else is."""

import re
from collections import Counter
from collections.abc import Iterable
from html import escape
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from igny8.content.allowed import ATTRIBUTES as KEPT
from igny8.content.allowed import TAGS
from igny8.content.losses import MOST_NOTES
from igny8.content.sanitise import clean_html, sanitised

KEPT_TAGS = ["section", "blockquote", "b", "span", "figure", "img", "details", "ruby", "picture"]
LOST_TAGS = ["coffee", "form", "object", "input", "button", "nobr", "html", "x-y"]
ONLY_IN_TABLES = ["td", "tr", "thead", "caption"]
VOID = {"img", "input", "source"}
ATTRIBUTES = [
    ("class", "a b"), ("id", "<b>"), ("title", "<td onclick=1> href=x"), ("onclick", "x()"),
    ("href", "/a"), ("href", "javascript:1"), ("href", "http://["), ("src", "data:x"),
    ("src", "https://a.example/"), ("cite", "vbscript:x"), ("srcset", "javascript:1 2x"),
    ("data-a-b", "1"), ("data-a.b", "1"), ("aria-label", "x"), ("aria-checked", "true"),
    ("hidden", ""), ("open", ""), ("style", "color: red"), ("style", "position:fixed;top:0"),
    ("style", "color:red;position:fixed;color:url(x)"), ("style", ""), ("style", "nonsense"),
    ("srcdoc", "<script>"), ("xmlns", "x"), ("usemap", "#m"),
]  # fmt: skip
TEXTS = ["text", " ", "a < b & c", "<!-- <form> onclick=1 -->", "&lt;form&gt;", "href=1"]
FRAMES = [
    '<iframe src="https://www.youtube-nocookie.com/embed/x" allow="a"></iframe>',
    '<iframe src="https://evil.example/" title="x"></iframe>',
    "<iframe></iframe>",
]


@st.composite
def elements(draw: st.DrawFn, inside: st.SearchStrategy[str]) -> str:
    tag = draw(st.sampled_from([*KEPT_TAGS, *LOST_TAGS, *ONLY_IN_TABLES]))
    chosen = draw(st.lists(st.sampled_from(ATTRIBUTES), max_size=4, unique_by=lambda one: one[0]))
    start = "".join([tag, *(f' {name}="{escape(value)}"' for name, value in chosen)])
    if tag in VOID:
        return f"<{start}>"
    return f"<{start}>{''.join(draw(st.lists(inside, max_size=3)))}</{tag}>"


LEAVES = st.sampled_from([*TEXTS, *FRAMES])
TREES = st.lists(st.recursive(LEAVES, elements, max_leaves=8), max_size=4).map("".join)


class Parts(HTMLParser):
    """Tags, attributes and declarations of an article that closes what it opens."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[tuple[str, str]] = Counter()
        self.styles: Counter[str] = Counter()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            declared = [one.partition(":")[0].strip() for one in (value or "").split(";")]
            if name == "style" and any(declared) and "style" in KEPT.get(tag, {"style"}):
                if tag in TAGS - set(ONLY_IN_TABLES):
                    self.styles.update(name for name in declared if name)
            else:
                self.attributes[name, tag] += 1


def times_of(notes: Iterable[str], pattern: str) -> Counter[Any]:
    """What notes of one kind name, and how often."""
    named: Counter[Any] = Counter()
    for note in notes:
        found = re.fullmatch(
            rf"{pattern}(?:, where it has no place,)? was taken out(?: \((\d+) times\))?\.", note
        )
        if found:
            *what, times = found.groups()
            named[what[0] if len(what) == 1 else tuple(what)] += int(times or 1)
    return named


@given(TREES)
def test_what_is_gone_is_named_and_what_is_named_is_gone(html: str) -> None:
    article = sanitised(f"<div>{html}</div>")
    before, after = Parts(html), Parts(article.html.removeprefix("<div>"))
    notes = article.taken_out
    assert times_of(notes, "<([^>]+)>") == before.tags - after.tags
    # Attributes go with their tag, unmentioned.
    gone_with_it = {tag for tag in before.tags if tag not in TAGS or tag in ONLY_IN_TABLES}
    lost = {
        one: number
        for one, number in (before.attributes - after.attributes).items()
        if one[1] not in gone_with_it | {"iframe"}
    }
    named = times_of(notes, r"(?:“[^”]*” (?:as|in) )?(\S+) of <([^>]+)>")
    assert {one: number for one, number in named.items() if one[1] != "iframe"} == lost
    assert times_of(notes, "“([^”]*)” in a style") == before.styles - after.styles


@given(TREES)
def test_what_was_sanitised_has_nothing_more_to_lose(html: str) -> None:
    clean = clean_html(html)
    again = sanitised(clean)
    assert (again.html, again.taken_out) == (clean, [])
    assert sanitised(html).html == clean


SAID = {
    "<p>a</p><script>x</script><Coffee>b<form><INPUT><input></form>": [
        "<coffee> was taken out.",
        "<form> was taken out.",
        "<input> was taken out (2 times).",
        "<script> with its content was taken out.",
    ],
    "<p>1 < 2 & 3</p>": [],
    "<svg><path/><text>x</text></svg><p>y": [
        "<path> was taken out.",
        "<svg> with its content was taken out.",
        "<text> was taken out.",
    ],
    "<!doctype html><html><head><title>T</title></head><body><p>x</p></body></html>": [
        "<title> was taken out.",
        "<!doctype>, where it has no place, was taken out.",
        "<body>, where it has no place, was taken out.",
        "<head>, where it has no place, was taken out.",
        "<html>, where it has no place, was taken out.",
    ],
    "<a href='JavaScript:x'>a</a><a href=' java\nscript:x'>b</a><a href='http://['>c</a>": [
        "“http://[” as href of <a> was taken out.",
        "“javascript:” in href of <a> was taken out (2 times).",
    ],
    "<img src='data:image/png;base64,AAAA' alt=x>": [
        "“data:” in src of <img> was taken out.",
    ],
    "<iframe src='https://evil.example/x'>y</iframe>": [
        "<iframe> was taken out.",
        "“https://evil.example/x” as src of <iframe> was taken out.",
    ],
    "<iframe src='https://www.youtube.com/x'>Your browser is old.</iframe>": [
        "The text inside <iframe> was taken out.",
    ],
    "<p style='--x:1;filter:blur(2px)'>x\x01\x02</p>": [
        "“--x” in a style was taken out.",
        "“filter” in a style was taken out.",
        "A control character was taken out (2 times).",
    ],
    # What a script or a comment says is no markup, and the parser makes cells of their own.
    "<script>'<b>'</script><!-- <form> --><table><td title='<tr>'>x</table>": [
        "<script> with its content was taken out.",
    ],
    "<p title='&#1;href=&#2;=1 '>x</p><img src=/a.png>": [],
}


@pytest.mark.parametrize("html", SAID)
def test_it_is_said_in_words(html: str) -> None:
    assert sanitised(html).taken_out == SAID[html]


def test_notes_are_bounded() -> None:
    names = [f"x{number:04}" for number in range(MOST_NOTES + 7)]
    notes = sanitised("<p>a</p>" + "".join(f"<{name}></{name}>" for name in names)).taken_out
    assert notes[:MOST_NOTES] == [f"<{name}> was taken out." for name in names[:MOST_NOTES]]
    assert notes[MOST_NOTES:] == ["And 7 more kinds of things were taken out."]


def test_a_note_is_short_and_holds_nothing_that_cannot_be_seen() -> None:
    name = "x" * 100_000
    long, hidden = sanitised(f"<p>a</p><{name}></{name}><a\u202eb></a\u202eb>").taken_out
    assert "\u202e" not in long + hidden
    assert max(len(long), len(hidden)) < 100
