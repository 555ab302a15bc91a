"""A term of a site as it was told last, and what becomes of it when it is told again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

MOST_FORMER = 10
"""Names that a term had: the newest of them."""
MOST_LEVELS = 10
"""Of a path, as people may write it: what is above that is left out."""


class TermState(StrEnum):
    """Whether a term is there. One that was deleted is kept: contents still name it."""

    LIVE = "live"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class TermId:
    """What tells a term from all others of its site."""

    taxonomy: str
    wordpress_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A term; ``parent`` is another term's id, 0 for a root.

    It is a root too where the one that was ``told`` as its parent is not there, or is below it.
    ``former`` are names that it had, the newest first. ``version`` 0 is a term without a row.
    """

    taxonomy: str
    wordpress_id: int
    name: str
    slug: str = ""
    parent: int = 0
    told: int = 0
    count: int = 0
    state: TermState = TermState.LIVE
    former: tuple[str, ...] = ()
    version: int = 0

    @property
    def id(self) -> TermId:
        """What it is found by."""
        return TermId(self.taxonomy, self.wordpress_id)

    @property
    def is_live(self) -> bool:
        """Whether it is there."""
        return self.state is TermState.LIVE

    @property
    def above(self) -> TermId | None:
        """The term that it is below."""
        return TermId(self.taxonomy, self.parent) if self.parent else None

    def now(self, told: "Term") -> "Term":
        """What it is by what was just told of it."""
        former = self.former
        if self.name != told.name:
            former = tuple(name for name in (self.name, *former) if name != told.name)
            former = former[:MOST_FORMER]
        parent = self.parent if self.told == told.told and self.is_live else told.parent
        return replace(told, parent=parent, former=former, version=self.version)

    def gone(self) -> "Term":
        """The same, deleted."""
        return replace(self, state=TermState.DELETED, count=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermNews:
    """What one event tells: terms as they are now, and one that was deleted."""

    taxonomy: str
    saved: tuple[Term, ...] = ()
    deleted: TermId | None = None


def roots(told: Mapping[int, int]) -> dict[int, int]:
    """Parents by id. A term below itself, or below one that is not there, has none: 0.

    >>> roots({1: 2, 2: 1, 3: 1, 4: 99})
    {1: 0, 2: 0, 3: 1, 4: 0}
    """
    parents = {one: parent if parent in told else 0 for one, parent in told.items()}
    settled: set[int] = set()
    for start in parents:
        way: list[int] = []
        on_it: set[int] = set()
        at = start
        while at in parents and at not in settled and at not in on_it:
            way.append(at)
            on_it.add(at)
            at = parents[at]
        if at in on_it:  # a circle: all of it are roots
            for one in way[way.index(at) :]:
                parents[one] = 0
        settled |= on_it
    return parents


def path_of(term: Term, known: Mapping[TermId, Term]) -> list[str]:
    """Names from the root to a term, as far as they are ``known``."""
    names = [term.name]
    passed = {term.id}
    while len(names) < MOST_LEVELS and term.above is not None and term.above not in passed:
        above = known.get(term.above)
        if above is None or not above.is_live:
            break
        term = above
        passed.add(term.id)
        names.insert(0, term.name)
    return names


def above_all(terms: Iterable[Term], looked_up: set[TermId]) -> list[TermId]:
    """The terms that these are below and that nobody has ``looked_up``, each once."""
    found = {term.above for term in terms if term.above is not None}
    return sorted(found - looked_up, key=lambda one: (one.taxonomy, one.wordpress_id))
