"""Counters of a minute or an hour in DynamoDB, gone by themselves."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.core.rows import ConditionLost, Tables
from igny8.core.table import DATA, update

KEPT_SECONDS = 3_600


class CounterItem(Model):
    """What one caller has taken of a time, as far as the processes have told."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    taken = NumberAttribute()
    expires_at = NumberAttribute()


class CounterStore:
    """Counts what callers take."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def take(
        self, partition: str, what: str, window: int, number: int, limit: int, seconds: int = 60
    ) -> bool:
        """Count ``number`` more in the ``window``-th time of so many ``seconds``.

        False if that is more than ``limit``. One call. Raises :class:`Unavailable`.
        """
        changes = [
            CounterItem.taken.add(number),
            CounterItem.expires_at.set((window + 1) * seconds + KEPT_SECONDS),
        ]
        fits = CounterItem.taken.does_not_exist() | (CounterItem.taken <= limit - number)
        key = DATA.key(partition, f"{what}#{window}")
        try:
            self._tables.commit([update("counter", DATA, key, changes, fits)])
        except ConditionLost:
            return False
        return True
