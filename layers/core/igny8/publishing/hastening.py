"""What waits because of its site goes on at once when somebody says that the site is back."""

from collections.abc import Callable
from contextlib import suppress

from igny8.core.clock import Clock, epoch
from igny8.core.queue import Hint
from igny8.core.rows import Commit, ConditionLost
from igny8.publishing.model import Publication, PublishState
from igny8.publishing.setbacks import OUR_FAULT
from igny8.publishing.store import PublicationStore

PAGE = 25
MOST = 250
"""In one go; whoever says it sends one more message for the rest."""
WAITS = frozenset({PublishState.WAITING, PublishState.UNKNOWN})
NOT_THE_SITES = frozenset({"locked", "in_progress", OUR_FAULT})
"""Why something waits that has nothing to do with whether its site is well."""


class HasteService:
    """Brings forward what would be tried later."""

    def __init__(self, *, store: PublicationStore, commit: Commit, clock: Clock) -> None:
        self._store = store
        self._commit = commit
        self._clock = clock

    def hasten(self, site: Hint, has_time: Callable[[], bool]) -> bool:
        """Make due now what waits for its site; false if there may be more of it.

        A query, and a batch read and its writes for each 25. Raises :class:`Unavailable`.
        """
        now = epoch(self._clock.now())
        keys = self._store.waiting_on(site.integration_id, now, MOST)
        hastened = 0
        for start in range(0, len(keys), PAGE):
            if not has_time():
                return False
            for one in self._store.get_all(keys[start : start + PAGE])[0]:
                hastened += self._is_hastened(one, now)
        return len(keys) < MOST or not hastened

    def _is_hastened(self, publication: Publication, now: int) -> bool:
        if publication.state not in WAITS or publication.reason in NOT_THE_SITES:
            return False
        after = publication.hastened(now)
        if after is publication:
            return False
        with suppress(ConditionLost):  # somebody has it, or has decided anew
            self._commit([self._store.write(publication, after)])
        return True
