"""Two calls in two threads, of which one alone goes on at a time: every order of what they ask."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.support.aws_calls import intercepted

PATIENCE_SECONDS = 30
Act = Callable[[], Any]


@dataclass
class Turns:
    """Lets threads pass one at a time, each up to what it asks of DynamoDB next.

    ``choices`` says who goes first wherever several could; behind their end it is the first of
    them. ``taken`` are all choices that came up, each with its alternatives.
    """

    choices: Sequence[int] = ()
    taken: list[tuple[int, list[int]]] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    _threads: dict[int, int] = field(default_factory=dict)
    _waiting: set[int] = field(default_factory=set)
    _over: set[int] = field(default_factory=set)
    _moves: int | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def together(self, acts: Sequence[Act]) -> list[Any]:
        """What each of the acts answers."""
        with intercepted(self._ask), ThreadPoolExecutor(len(acts)) as pool:
            running = [pool.submit(self._run, number, act) for number, act in enumerate(acts)]
            while len(self._over) < len(acts):
                self._let_one_go(len(acts))
            return [answer.result() for answer in running]

    def _let_one_go(self, threads: int) -> None:
        """Wait until everybody stands before a call or is done; then let one of them go on."""
        with self._changed:
            everybody = self._changed.wait_for(
                lambda: self._moves is None and len(self._waiting | self._over) == threads,
                timeout=PATIENCE_SECONDS,
            )
            assert everybody, f"somebody hangs: {self.order}"
            options = sorted(self._waiting)
            if not options:
                return
            here = len(self.taken)
            chosen = options[0]
            if len(options) > 1:
                chosen = self.choices[here] if here < len(self.choices) else chosen
                self.taken.append((chosen, options))
            self._moves = chosen
            self._changed.notify_all()

    def _run(self, number: int, act: Act) -> Any:
        self._threads[threading.get_ident()] = number
        try:
            return act()
        finally:
            with self._changed:
                self._over.add(number)
                self._moves = None if self._moves == number else self._moves
                self._changed.notify_all()

    def _ask(self, operation: str, parameters: Any, proceed: Act) -> Any:
        """Stand before a call of DynamoDB until it is one's turn; queue and texts are nobody's."""
        me = self._threads.get(threading.get_ident())
        if me is None or not ({"TableName", "TransactItems", "RequestItems"} & parameters.keys()):
            return proceed()
        with self._changed:
            self._waiting.add(me)
            self._moves = None if self._moves == me else self._moves
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._moves == me, timeout=PATIENCE_SECONDS)
            self._waiting.discard(me)
        self.order.append(f"{me}:{operation}")
        return proceed()


def every_order() -> Iterator[Turns]:
    """Turns for each order in which two calls can go, one after the other."""
    choices: list[int] | None = []
    while choices is not None:
        turns = Turns(choices)
        yield turns
        choices = _next(turns.taken)


def _next(taken: Sequence[tuple[int, list[int]]]) -> list[int] | None:
    for here in reversed(range(len(taken))):
        chosen, options = taken[here]
        later = [one for one in options if one > chosen]
        if later:
            return [choice for choice, _ in taken[:here]] + later[:1]
    return None
