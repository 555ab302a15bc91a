"""What a release may be called."""

import pytest
from igny8.distribution.versions import Version, compare_loosely

REFUSED = [
    "v1.5.0", "1.5", "1.5.0-hotfix", "1.5.0+1", "1.05.0", "1.5.0-rc", "1.5.0-rc.01", "1.5.0-RC.1",
    "1.5.0-beta.1.2", "1.5.0.1", " 1.5.0", "1.5.0\n", "", "1.5.x", "١.5.0", "1.5.0-", "-1.5.0",
    "1.5.9999999999",
]  # fmt: skip
# As measured with PHP, so that the rule is held where there is no PHP as well.
AS_PHP_SAYS = [
    ("1.10.0", "1.9.0", 1), ("1.4", "1.4.0", -1), ("v1.4.0", "1.3.0", -1),
    ("1.4.0-beta.2", "1.4.0-beta.10", -1), ("1.4.0-rc.1", "1.4.0", -1), ("1.4.0-1", "1.4.0", 1),
    ("1.4.0-hotfix", "1.4.0-alpha", -1), ("1.4.0+build.5", "1.4.0", -1), ("1.4.0pl1", "1.4.0", 1),
    ("1.04.0", "1.4.0", 0), ("1.4.0-RC1", "1.4.0-rc.1", 0), ("8.2.12-1+deb12", "8.2", 1),
    ("", "1", -1), ("1", "", 1), ("", "", 0), ("0.", "0.", -1), ("1.0.99999999999999999999",
    "1.0.9223372036854775807", 0), ("1.0\0.5", "1.0", 0),
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"x\.y\.z"):
        Version.parse(text)


@pytest.mark.parametrize(("one", "other", "said"), AS_PHP_SAYS)
def test_loose_ones_are_compared_as_php_does(one: str, other: str, said: int) -> None:
    assert compare_loosely(one, other) == said


def test_their_order() -> None:
    texts = ["0.0.1", "1.3.9", "1.3.10-alpha.9", "1.3.10-beta.2", "1.3.10-beta.10", "1.3.10-rc.0",
             "1.3.10", "1.10.0"]  # fmt: skip
    parsed = [Version.parse(text) for text in texts]
    assert sorted([*parsed[4:], *parsed[:4]]) == parsed
    assert [str(one) for one in parsed] == texts
    assert [one.is_prerelease for one in parsed] == [text.count("-") > 0 for text in texts]
