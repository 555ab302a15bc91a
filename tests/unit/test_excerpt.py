from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from igny8.content.sanitise import clean_html
from igny8.content.words import make_excerpt, plain_text


def test_a_short_text_is_its_own_excerpt() -> None:
    assert make_excerpt("<p>Hello <b>you</b>.</p>") == "Hello you."


def test_a_long_text_is_cut_at_a_word() -> None:
    excerpt = make_excerpt("<p>" + "word " * 100 + "</p>")
    assert excerpt == " ".join(["word"] * 30)
    assert len(excerpt) == 149
    assert make_excerpt("<p>" + "a" * 150 + " b</p>") == "a" * 150
    assert make_excerpt("<p>" + "a" * 149 + " b</p>") == "a" * 149


def test_blocks_do_not_grow_together() -> None:
    html = ("<h2>One</h2><p>two<br>three</p><ul><li>four</li><li>five</li></ul><table><tbody><tr>"
            "<td>six</td><td>seven</td></tr></tbody></table><figure><figcaption>eight</figcaption>"
            "</figure><blockquote>nine</blockquote>ten")  # fmt: skip
    assert make_excerpt(html) == "One two three four five six seven eight nine ten"


def test_block_comments_are_no_text() -> None:
    assert make_excerpt('<!-- wp:paragraph {"a":"b"} --><p>x</p><!-- /wp:paragraph -->') == "x"


def test_an_entity_counts_as_one_and_is_never_cut() -> None:
    assert make_excerpt("<p>" + "&amp; " * 100 + "</p>") == " ".join(["&amp;"] * 75)
    assert make_excerpt("<p>a" + "&amp;" * 200 + "</p>") == "a" + "&amp;" * 149


@pytest.mark.parametrize("word", ["a" * 400, "文" * 400, "🙂" * 400])
def test_a_word_without_end_is_cut(word: str) -> None:
    assert make_excerpt(f"<p>{word}</p>") == word[:150]


@given(st.lists(st.text(max_size=80), max_size=12).map(" <p>".join))
def test_an_excerpt_is_a_beginning_of_the_text_within_the_limit(html: str) -> None:
    clean = clean_html(html)
    excerpt = make_excerpt(clean)
    assert plain_text(clean).startswith(excerpt)
    assert len(unescape(excerpt)) <= 150
    assert bool(excerpt) == bool(plain_text(clean))
