"""What a service hands to a store to be committed in one transaction, without knowing storage."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Write:
    """One conditional write, made by the store that owns the row.

    ``name`` says in a lost transaction which condition was lost. ``add`` puts the write into the
    store's own kind of transaction.
    """

    name: str
    add: Callable[[Any], None]


class ConditionLost(Exception):
    """A transaction was cancelled because rows were not as expected.

    ``rows`` holds, by the name of the write, the row that was found instead, already translated
    by the write's owner where it asked for it, else ``None``.
    """

    def __init__(self, rows: Mapping[str, Any]) -> None:
        super().__init__(f"condition lost: {', '.join(sorted(rows))}")
        self.rows = dict(rows)


Commit = Callable[[Sequence[Write]], None]
"""Commits writes together; see `igny8.core.table.Committer`."""
