"""A text that was read ahead is used for what it was read for, and for nothing else."""

from types import SimpleNamespace
from typing import Any

import pytest
from igny8.core.errors import Unavailable
from igny8.publishing.ahead import ReadAhead


class Reader:
    """Reads what it is asked for, and counts."""

    def __init__(self) -> None:
        self.read: list[tuple[str, int]] = []

    def __call__(self, bundle: Any, publication: Any) -> Any:
        self.read.append((bundle.name, publication.content_rev))
        if bundle.name == "lost":
            raise Unavailable("s3")
        return bundle.name, f"text {publication.content_rev}"


def bundle(name: str) -> Any:
    return SimpleNamespace(name=name)


def revision(number: int) -> Any:
    return SimpleNamespace(content_rev=number)


A, B = bundle("a"), bundle("b")


def test_what_was_begun_is_not_read_again() -> None:
    reader = Reader()
    with ReadAhead(reader) as texts:
        texts.begin(A, revision(1))
        assert texts(A, revision(1)) == ("a", "text 1")
        assert reader.read == [("a", 1)]
        assert texts(A, revision(1)) == ("a", "text 1")
    assert reader.read == [("a", 1)] * 2, "and it is kept for one use"


@pytest.mark.parametrize(
    ("wanted", "number"), [(B, 1), (A, 2), (bundle("a"), 1)], ids=["other", "newer", "read anew"]
)
def test_what_was_begun_for_another_is_not_used(wanted: Any, number: int) -> None:
    reader = Reader()
    with ReadAhead(reader) as texts:
        texts.begin(A, revision(1))
        assert texts(wanted, revision(number)) == (wanted.name, f"text {number}")
    assert sorted(reader.read) == sorted([("a", 1), (wanted.name, number)])


def test_trouble_is_raised_where_the_text_is_wanted() -> None:
    lost = bundle("lost")
    with ReadAhead(Reader()) as texts:
        texts.begin(lost, revision(1))
        assert texts(A, revision(1)) == ("a", "text 1")
        texts.begin(lost, revision(1))
        with pytest.raises(Unavailable):
            texts(lost, revision(1))


def test_it_ends_with_its_worker() -> None:
    reader = Reader()
    with ReadAhead(reader) as texts:
        texts.begin(A, revision(1))
    with pytest.raises(RuntimeError, match="shutdown"):
        texts.begin(B, revision(1))
    assert reader.read == [("a", 1)]
