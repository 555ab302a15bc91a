"""How far a comparison of both sides is, and what the last one has found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Phase(StrEnum):
    """What a check does next.

    It takes the events that wait, has the site look at its own posts for what no event told of,
    takes the events of that, and compares both sides.
    """

    CHANGES = "changes"
    SCRUB = "scrub"
    FOUND = "found"
    COMPARE = "compare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A comparison. ``deep``: of every post that stands there, not of a thirtieth of them.

    ``since`` is when the site began to look, by its own clock; ``scrubbed`` is how many posts it
    has looked at, ``moved`` how many of them had changed without its knowing; ``rounds`` how often
    both sides were compared.
    """

    deep: bool = False
    dry_run: bool = False
    since: int | None = None
    phase: Phase = Phase.CHANGES
    scrubs: int = 0
    scrubbed: int = 0
    moved: int = 0
    rounds: int = 0
    page: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the last check found: how many posts differed, and how many of them do still."""

    at: int
    found: int = 0
    left: int = 0
    scrubbed: int = 0
    deep: bool = False
