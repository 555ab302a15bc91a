"""Whatever becomes of a ZIP's bytes: it is refused, or read as every other reader reads it."""

import io
import zipfile

from hypothesis import given
from hypothesis import strategies as st
from igny8.distribution import zips

from tests.support.packages import sources, zipped

WHOLE = [
    zipped(more={"igny8-wp-bridge/src/": b""}, method=method)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
]
CHANGES = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4
)
MARKS = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06")


def others(archive: bytes) -> dict[str, bytes]:
    """What Python's own reader finds, which follows the directory."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {info.filename: opened.read(info) for info in opened.infolist()}


def judge(archive: bytes) -> bool:
    """Read it, or refuse it; whether it was read."""
    try:
        found = zips.read(archive)
    except zips.BadZip:
        return False
    assert found == others(archive)
    return True


def test_what_is_whole_is_read_as_others_read_it() -> None:
    for archive in WHOLE:
        assert judge(archive)
        assert len(others(archive)) == len(sources()) + 1


@given(st.sampled_from(WHOLE), CHANGES)
def test_any_bytes_changed(whole: bytes, changes: list[tuple[float, int]]) -> None:
    raw = bytearray(whole)
    for place, value in changes:
        raw[int(place * len(raw))] = value
    judge(bytes(raw))


@given(
    st.sampled_from(WHOLE), st.sampled_from(MARKS), st.integers(0, 5), st.integers(4, 45),
    st.integers(0, 255), st.booleans(),
)  # fmt: skip
def test_headers_changed(
    whole: bytes, mark: bytes, nth: int, place: int, value: int, everywhere: bool
) -> None:
    """One header's field, or the same of each of its kind."""
    raw, at, found = bytearray(whole), -1, 0
    while (at := whole.find(mark, at + 1)) >= 0:
        if (everywhere or found == nth) and at + place < len(raw):
            raw[at + place] = value
        found += 1
    judge(bytes(raw))


@given(st.sampled_from(WHOLE), st.integers(0, 2_000), st.binary(max_size=40), st.integers(0, 60))
def test_bytes_put_in_or_taken_out(whole: bytes, place: int, more: bytes, less: int) -> None:
    place %= len(whole)
    judge(whole[:place] + more + whole[place + less :])


@given(st.binary(max_size=300))
def test_any_bytes_at_all(archive: bytes) -> None:
    assert not judge(archive)
    judge(b"PK\x03\x04" + archive + b"PK\x05\x06" + archive[:18].ljust(18, b"\0"))
