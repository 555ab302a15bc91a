"""Records of what was created, in DynamoDB: written with it, kept for a day."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.core.clock import Clock, epoch
from igny8.core.reading import stored, translation
from igny8.core.rows import Row, Tables, Write
from igny8.core.table import DATA, account_partition, put
from igny8.idempotency.model import IdempotencyKey, KeyReused, Record

WRITE = "idempotency"


class RecordItem(Model):
    """One request that created something."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    request_sha256 = UnicodeAttribute()
    snapshot = UnicodeAttribute()
    expires_at = NumberAttribute()


class IdempotencyStore:
    """Finds and writes records; each account's keys are its own."""

    def __init__(self, tables: Tables, clock: Clock, *, seconds: int) -> None:
        self._tables = tables
        self._clock = clock
        self._seconds = seconds

    def find(self, account_id: int, key: IdempotencyKey | None) -> str | None:
        """The snapshot of what this request made before; no read without a key.

        Raises :class:`KeyReused` if the key names another request.
        """
        if key is None:
            return None
        row = self._tables.get(DATA, _key(account_id, key))
        record = None if row is None else self._to_record(row)
        if record is None:
            return None
        if record.request_sha256 != key.request_sha256:
            raise KeyReused
        return record.snapshot

    def recording(self, account_id: int, key: IdempotencyKey | None, snapshot: str) -> list[Write]:
        """The write that belongs into the transaction that creates; loses ``idempotency``."""
        if key is None:
            return []
        now = epoch(self._clock.now())
        keys = _key(account_id, key)
        item = RecordItem(
            keys["pk"]["S"],
            keys["sk"]["S"],
            request_sha256=key.request_sha256,
            snapshot=snapshot,
            expires_at=now + self._seconds,
        )
        free = RecordItem.pk.does_not_exist() | (RecordItem.expires_at <= now)
        return [put(WRITE, DATA, item, free)]

    def _to_record(self, row: Row) -> Record | None:
        record, expires_at = _to_record(row)
        # DynamoDB removes what expired within days, not at once.
        return None if expires_at <= epoch(self._clock.now()) else record


@translation
def _to_record(row: Row) -> tuple[Record, int]:
    item = stored(RecordItem, row)
    return Record(item.request_sha256, item.snapshot), int(item.expires_at)


def _key(account_id: int, key: IdempotencyKey) -> Row:
    return DATA.key(account_partition(account_id), f"IDEMPOTENCY#{key.key_sha256}")
