"""What is asked of AWS, one call after the other, where the rows are in memory: each can fail."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any

from igny8.core.errors import Unavailable


class Killed(BaseException):
    """The process died here; nothing after this line ran."""


class Mode(Enum):
    """How a call ends: AWS refuses it, or its answer is lost, or the process dies around it."""

    REFUSED = "refused"
    ANSWER_LOST = "answer lost"
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"


@dataclass
class Trouble:
    """Ends the ``number``-th call (from 0) in its mode; later calls pass, so that time can heal.

    ``seen`` counts the calls by the names of their parts and methods.
    """

    number: int | None = None
    mode: Mode = Mode.REFUSED
    failed: str | None = None
    made: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    fired: Callable[[str, bool], None] = lambda _name, _applied: None

    def arm(self, number: int, mode: Mode) -> None:
        self.number, self.mode, self.failed, self.made = number, mode, None, 0

    def disarm(self) -> None:
        self.number = None

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What a test looks up itself is none of the calls."""
        number, made, seen = self.number, self.made, self.seen.copy()
        self.number = None
        try:
            yield
        finally:
            self.number, self.made, self.seen = number, made, seen

    def stand_before(self, inner: Any, *methods: str, name: str = "") -> Any:
        """The collaborator, whose ``methods`` are calls to AWS."""
        return _Watched(inner, frozenset(methods), self, f"{name}." if name else "")

    def call(self, name: str, proceed: Callable[..., Any], *args: Any, **named: Any) -> Any:
        number, self.made = self.made, self.made + 1
        self.seen[name] += 1
        if number != self.number:
            return proceed(*args, **named)
        self.failed = name
        applied = self.mode in {Mode.ANSWER_LOST, Mode.KILLED_AFTER}
        if applied:
            proceed(*args, **named)
        self.fired(name, applied)
        if self.mode in {Mode.KILLED_BEFORE, Mode.KILLED_AFTER}:
            raise Killed
        raise Unavailable(name)


class _Watched:
    def __init__(self, inner: Any, methods: frozenset[str], trouble: Trouble, name: str) -> None:
        self._inner, self._methods, self._trouble, self._name = inner, methods, trouble, name

    def __call__(self, *args: Any, **named: Any) -> Any:
        assert "__call__" in self._methods
        return self._trouble.call(f"{self._name}__call__", self._inner, *args, **named)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self._methods:
            return found
        return partial(self._trouble.call, f"{self._name}{name}", found)
