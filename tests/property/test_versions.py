"""Versions are ordered as PHP's ``version_compare`` orders them; asked of PHP, in one process."""

import json
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from igny8.distribution.versions import Version, compare_loosely

PHP = """
while ( ( $line = fgets( STDIN ) ) !== false ) {
	list( $one, $other ) = json_decode( $line );
	echo version_compare( $one, $other ), "\\n";
	fflush( STDOUT );
}
"""


class Php:
    """Compares pairs of versions, one a line."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def compare(self, one: str, other: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([one, other]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@pytest.fixture(scope="module")
def php() -> Iterator[Php]:
    if shutil.which("php") is None:
        pytest.skip("php is not installed")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(["php", "-n", "-r", PHP], **pipes) as process:
        yield Php(process)
        assert process.stdin is not None
        process.stdin.close()


NUMBERS = st.one_of(st.integers(0, 12), st.integers(0, 999_999_999))
RELEASES = st.builds(
    lambda numbers, stage: Version(*numbers, *stage),
    st.tuples(NUMBERS, NUMBERS, NUMBERS),
    st.one_of(st.just((None, 0)), st.tuples(st.sampled_from(["alpha", "beta", "rc"]), NUMBERS)),
)
# Near one another, so that pairs often begin alike.
PIECES = st.sampled_from([
    "0", "1", "4", "10", "04", "9223372036854775807", "9223372036854775808", ".", ".", "-", "+",
    "_", "~", " ", "#", "alpha", "a", "beta", "b", "rc", "RC", "dev", "pl", "p", "patch", "hotfix",
    "v", "deb12", "ubuntu", "é", "\N{ROCKET}", "src", "é1",
])  # fmt: skip
LOOSE = st.lists(PIECES, min_size=0, max_size=7).map("".join)


@given(RELEASES, RELEASES)
def test_releases_are_ordered_as_php_orders_them(php: Php, one: Version, other: Version) -> None:
    said = php.compare(str(one), str(other))
    assert (one > other) - (one < other) == said
    assert compare_loosely(str(one), str(other)) == said
    assert Version.parse(str(one)) == one


@given(LOOSE, LOOSE)
def test_whatever_sites_tell_is_compared_as_php_compares_it(php: Php, one: str, other: str) -> None:
    assert compare_loosely(one, other) == php.compare(one, other)


@given(st.text(max_size=12), st.text(max_size=12))
def test_any_text_is_compared_as_php_compares_it(php: Php, one: str, other: str) -> None:
    assert compare_loosely(one, other) == php.compare(one, other)


NUMERALS = st.text(alphabet="#.1N-", max_size=9)


@given(NUMERALS, NUMERALS)
def test_what_php_puts_for_numbers_is_compared_as_php_compares_it(
    php: Php, one: str, other: str
) -> None:
    assert compare_loosely(one, other) == php.compare(one, other)


def test_however_long_it_is(php: Php) -> None:
    for one, other in (("#" + ".#" * 5_000, "#"), ("1" * 10_000, "1.0"), ("1.a" * 5_000, "1.a")):
        assert compare_loosely(one, other) == php.compare(one, other)
        assert compare_loosely(other, one) == php.compare(other, one)
