"""Use cases of terms: what a site tells of them, what people see, which names are above others."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from igny8.core.errors import NotFound, Unavailable
from igny8.core.ids import MAX_ID
from igny8.core.logging import get_logger
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.integrations.store import IntegrationStore
from igny8.sites.model import KeyOwner
from igny8.terms.model import MOST_LEVELS, Term, TermId, above_all, roots
from igny8.terms.store import TermStore

AT_ONCE = 90
"""Rows in a transaction."""
RACE_RETRIES = 5

Known = Mapping[TermId, Term]
logger = get_logger()


class TermService:
    """Keeps and shows terms of sites."""

    def __init__(self, *, store: TermStore, integrations: IntegrationStore, commit: Commit) -> None:
        self._store = store
        self._integrations = integrations
        self._commit = commit

    def told(
        self,
        owner: KeyOwner,
        taxonomy: str,
        terms: Sequence[Term],
        *,
        listed: Collection[int],
        after: int,
        until: int | None,
    ) -> None:
        """Keep a page of a taxonomy: all terms that are there above ``after``, up to ``until``.

        Those of ours that are not ``listed`` there any more are deleted. One query, and a
        transaction for each ninety that changed. Raises :class:`NotFound`, :class:`Unavailable`.
        """
        there = set(listed)
        by_id = {term.id: term for term in terms}

        def news(known: Known) -> list[Term]:
            gone = [
                one.gone()
                for one in known.values()
                if one.is_live and one.wordpress_id not in there
            ]
            return [*_now(by_id, known), *gone]

        high = MAX_ID if until is None else until
        self._keep(owner, lambda: self._between(owner, taxonomy, after + 1, high), news)

    def rooted(self, owner: KeyOwner, taxonomy: str) -> None:
        """Make roots of terms whose parents are not there, or below them; a query a 2000 terms."""

        def news(known: Known) -> list[Term]:
            live = {one.wordpress_id: one for one in known.values() if one.is_live}
            parents = roots({number: one.told for number, one in live.items()})
            return [
                replace(one, parent=parents[number])
                for number, one in live.items()
                if one.parent != parents[number]
            ]

        self._keep(owner, lambda: self._between(owner, taxonomy, 1, MAX_ID), news, warns=True)

    def heard(
        self,
        owner: KeyOwner,
        saved: Sequence[Term],
        deleted: Sequence[TermId],
        *,
        believed: Sequence[Write] = (),
    ) -> None:
        """Keep what events told, the newest word of each term; of deleted ones only what is known.

        A batch read, and a transaction where something changed. Raises :class:`NotFound`,
        :class:`ConditionLost` where one of the conditions under which the site is ``believed`` was.
        """
        by_id = {term.id: term for term in saved}

        def news(known: Known) -> list[Term]:
            gone = [known[one].gone() for one in deleted if one in known and known[one].is_live]
            return [*_now(by_id, known), *gone]

        self._keep(owner, lambda: self._named(owner, [*by_id, *deleted]), news, present=believed)

    def page(
        self, account_id: int, integration_id: int, taxonomy: str, *, after: int, limit: int
    ) -> tuple[list[Term], int | None]:
        """Terms by ascending id, and where to go on; two reads. Raises :class:`NotFound`."""
        site_id = self._integrations.site_of(account_id, integration_id)
        return self._store.page(account_id, site_id, taxonomy, after=after, limit=limit)

    def with_ancestors(self, owner: KeyOwner, ids: Sequence[TermId]) -> dict[TermId, Term]:
        """Terms that are known, with those above them; a batch read a level, none for none."""
        known: dict[TermId, Term] = {}
        looked_up: set[TermId] = set()
        wanted = list(ids)
        for _ in range(MOST_LEVELS):
            if not wanted:
                break
            found, _ = self._store.get_many(owner.account_id, owner.site_id, wanted)
            looked_up.update(wanted)
            known |= found
            wanted = above_all(found.values(), looked_up)
        return known

    # --- Keeping --------------------------------------------------------------------------------

    def _keep(
        self,
        owner: KeyOwner,
        read: Callable[[], tuple[Known, Collection[TermId]]],
        news: Callable[[Known], Sequence[Term]],
        *,
        warns: bool = False,
        present: Sequence[Write] = (),
    ) -> None:
        """Write what is new; where somebody else wrote meanwhile it is looked at again.

        A row that this version cannot read stays as it is.
        """
        site = (owner.account_id, owner.site_id, owner.integration_id)
        conditions = [self._integrations.exists(*site), *present]
        for _ in range(RACE_RETRIES):
            known, strange = read()
            changed = [term for term in news(known) if term.id not in strange]
            if changed and warns:
                ids = [term.wordpress_id for term in changed[:20]]
                logger.warning("parents of terms", extra={"count": len(changed), "terms": ids})
            try:
                for at in range(0, len(changed), AT_ONCE):
                    writes = [
                        self._store.put(owner.account_id, owner.site_id, term)
                        for term in changed[at : at + AT_ONCE]
                    ]
                    self._commit([*conditions, *writes])
            except ConditionLost as lost:
                if "integration" in lost.rows:
                    raise NotFound from lost
                if lost.rows.keys() & {one.name for one in present}:
                    raise
                continue
            return
        raise Unavailable("contention", retry_after=1)

    def _between(
        self, owner: KeyOwner, taxonomy: str, low: int, high: int
    ) -> tuple[Known, set[TermId]]:
        known: dict[TermId, Term] = {}
        strange: set[TermId] = set()
        for found, unreadable in self._store.between(
            owner.account_id, owner.site_id, taxonomy, low, high
        ):
            known |= found
            strange |= unreadable
        return known, strange

    def _named(self, owner: KeyOwner, ids: Sequence[TermId]) -> tuple[Known, Collection[TermId]]:
        return self._store.get_many(owner.account_id, owner.site_id, ids, consistent=True)


def _now(told: Mapping[TermId, Term], known: Known) -> list[Term]:
    """What differs of terms from what is known of them."""
    now = [known[one].now(term) if one in known else term for one, term in told.items()]
    return [term for term in now if term != known.get(term.id)]
