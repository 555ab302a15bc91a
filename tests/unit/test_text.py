"""Text fields: as they were sent, and the form that WordPress stores."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from igny8.content.text import as_stored, is_blank, plain_line


@pytest.mark.parametrize(
    "text",
    [
        'Tea & <Coffee> "now"',
        "AT&T <b>says</b>",
        "&amp; typed as it is, &lt;b&gt; too",
        "<script>alert(1)</script>Title",
        "It's 1 < 2 > 0",
        "C:\\new \\u003c $1 %s",
        "two  spaces",
        "🙂 مرحبا 👩‍👩‍👧‍👦",
    ],
)
def test_what_was_sent_is_what_is_kept(text: str) -> None:
    assert plain_line(text) == text
    assert html.unescape(as_stored(text)) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  outer \u00a0", "outer"),
        ("two\r\n\tlines\u2028here", "two lines here"),
        ("a\x00\x1bb", "ab"),
    ],
)
def test_but_for_what_cannot_stand_in_one_line(text: str, kept: str) -> None:
    assert plain_line(text) == kept


@given(st.text(max_size=60))
def test_lines_are_stable_and_their_stored_form_holds_no_markup(text: str) -> None:
    line = plain_line(text)
    assert plain_line(line) == line
    stored = as_stored(line)
    assert "<" not in stored
    assert ">" not in stored
    assert html.unescape(stored) == html.unescape(html.escape(line))


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\u200b\u200d", "\ufeff \u2060"])
def test_what_nobody_can_see_is_blank(blank: str) -> None:
    assert is_blank(blank)
    assert not is_blank(f"{blank}a")
    assert not is_blank(f"{blank}&nbsp;"), "that is what somebody typed"
