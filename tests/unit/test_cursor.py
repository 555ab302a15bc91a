import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from igny8.core.cursor import PageRequest, decode_cursor, encode_cursor, page_request
from igny8.core.errors import Invalid, Malformed
from igny8.core.ids import MAX_ID


def opaque(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@given(st.integers(0, MAX_ID))
def test_a_cursor_comes_back_as_its_id(last_id: int) -> None:
    cursor = encode_cursor(last_id)
    assert decode_cursor(cursor) == last_id
    assert cursor.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "%%%%", "é", "🙂", opaque("v1:"), opaque("v1:x"), opaque("v1:-1"), opaque("7"),
        opaque("v2:7"), opaque(f"v1:{MAX_ID + 1}"), opaque("v1:" + "9" * 5000), opaque("v1:1.5"),
        opaque("v1:é"), "=" * 5,
    ],
)  # fmt: skip
def test_what_was_never_given_out_is_malformed(cursor: str) -> None:
    with pytest.raises(Malformed) as refused:
        decode_cursor(cursor)
    assert refused.value.code == "bad_cursor"


@given(st.text(max_size=40))
def test_any_text_is_a_cursor_or_malformed(text: str) -> None:
    try:
        assert 0 <= decode_cursor(text) <= MAX_ID
    except Malformed:
        return


def test_pages_have_a_default_and_a_limit() -> None:
    assert page_request(None, None, default=25, most=100) == PageRequest(25)
    assert page_request("1", None, default=25, most=100) == PageRequest(1)
    assert page_request("100", encode_cursor(7), default=25, most=100) == PageRequest(100, 7)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "", "x", "1.5", "٣", "²", "9" * 5000, " 5"])
def test_a_limit_outside_of_it_is_refused(limit: str) -> None:
    with pytest.raises(Invalid) as refused:
        page_request(limit, None, default=25, most=100)
    assert list(refused.value.fields) == ["limit"]
