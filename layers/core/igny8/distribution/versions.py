"""Version numbers: those that releases may have, and how PHP compares whatever sites tell.

The grammar is where SemVer and PHP's ``version_compare`` agree. Outside it they do not: to PHP
``1.4`` is less than ``1.4.0``, ``v1.4.0`` less than everything, and a hotfix less than an alpha.
"""

import re
from dataclasses import dataclass
from functools import total_ordering

# Nine digits: PHP's comparison ends with a long's, and nobody counts so far.
NUMBER = r"(0|[1-9][0-9]{0,8})"
GRAMMAR = re.compile(rf"{NUMBER}\.{NUMBER}\.{NUMBER}(?:-(alpha|beta|rc)\.{NUMBER})?")
STAGES = {"alpha": 0, "beta": 1, "rc": 2, None: 3}
LONG_MAX = 2**63 - 1
LONG_DIGITS = 20
"""One more than it has: what has as many is more than it."""
DIGITS = frozenset("0123456789")
# How PHP orders words in a version, by how they begin; what begins like none of them is least.
FORMS = (
    ("dev", 0), ("alpha", 1), ("a", 1), ("beta", 2), ("b", 2), ("RC", 3), ("rc", 3), ("#", 4),
    ("pl", 5), ("p", 5),
)  # fmt: skip
NUMERAL = "#N#"
"""What PHP puts for a number that is compared with a word."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A version that a release may have.

    >>> Version.parse("1.3.9") < Version.parse("1.3.10-beta.2") < Version.parse("1.3.10")
    True
    """

    major: int
    minor: int
    patch: int
    stage: str | None = None
    number: int = 0

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read ``x.y.z`` or ``x.y.z-(alpha|beta|rc).n``. Raises ``ValueError`` for others."""
        found = GRAMMAR.fullmatch(text)
        if found is None:
            raise ValueError("must be x.y.z or x.y.z-(alpha|beta|rc).n, without leading zeros")
        major, minor, patch, stage, number = found.groups()
        return cls(int(major), int(minor), int(patch), stage, int(number or 0))

    @property
    def is_prerelease(self) -> bool:
        """Whether it comes before the version that it is named after."""
        return self.stage is not None

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        return text if self.stage is None else f"{text}-{self.stage}.{self.number}"

    def __lt__(self, other: "Version") -> bool:
        return self._order < other._order

    @property
    def _order(self) -> tuple[int, int, int, int, int]:
        return self.major, self.minor, self.patch, STAGES[self.stage], self.number


def compare_loosely(first: str, second: str) -> int:
    """What PHP's ``version_compare`` says: -1, 0 or 1 (php-src, ext/standard/versioning.c).

    >>> compare_loosely("8.2.12-1+deb12", "8.2"), compare_loosely("1.4", "1.4.0")
    (1, -1)
    """
    first, second = first.partition("\0")[0], second.partition("\0")[0]
    if not first or not second:
        return _sign(len(first) - len(second))
    ours, theirs = _parts(first), _parts(second)
    at = 0
    while at < min(len(ours), len(theirs)) and [""] not in (ours[at:], theirs[at:]):
        difference = _compare_parts(ours[at], theirs[at])
        if difference:
            return difference
        at += 1
    return _rest(ours[at:]) if len(ours) > at else -_rest(theirs[at:])


def _rest(parts: list[str]) -> int:
    """How what goes on compares with what ends: numbers and patches are more, other words less."""
    for part in parts:
        difference = 1 if _is_number(part) else _sign(_form(part) - _form(NUMERAL))
        if difference:
            return difference
    return 0


def _compare_parts(one: str, other: str) -> int:
    if _is_number(one) and _is_number(other):
        return _sign(_long(one) - _long(other))
    return _sign(
        _form(NUMERAL if _is_number(one) else one) - _form(NUMERAL if _is_number(other) else other)
    )


def _is_number(part: str) -> bool:
    return part[:1] in DIGITS


def _form(word: str) -> int:
    return next((order for form, order in FORMS if word.startswith(form)), -1)


def _long(part: str) -> int:
    """The number that a part begins with, as strtol reads it."""
    digits = part[: len(part) - len(part.lstrip("0123456789"))].lstrip("0")
    return min(int(digits[:LONG_DIGITS] or 0), LONG_MAX)


def _parts(text: str) -> list[str]:
    """A version's numbers and words; whatever is neither divides them. PHP reads bytes."""
    text = text.encode(errors="replace").decode("latin-1")
    if text.startswith("#"):
        return text.split(".")
    made = last = text[0]
    for letter in text[1:]:
        turns = (letter in DIGITS) != (last in DIGITS) and "." not in (last, letter)
        is_kept = letter.isascii() and letter.isalnum()
        if (turns or not is_kept) and not made.endswith("."):
            made += "."
        if (turns and letter not in "-_+") or is_kept:
            made += letter
        last = letter
    return made.split(".")


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
