"""The DynamoDB tables as PynamoDB models, transactions, and the translation of vendor errors.

Only this module and the features' ``store.py`` files know PynamoDB.
"""

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.attributes import (
    DiscriminatorAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.connection import Connection, TableConnection
from pynamodb.exceptions import PutError, PynamoDBException, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from igny8.core.errors import Unavailable
from igny8.core.settings import Settings
from igny8.core.writes import ConditionLost, Write

if TYPE_CHECKING:
    import botocore.session

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5
CONFLICT_RETRIES = 5
CONFLICT_BASE_SECONDS = 0.05
CONDITION_FAILED = "ConditionalCheckFailed"
TRANSACTION_CONFLICT = "TransactionConflict"


class _Meta:
    table_name = "unbound"
    connect_timeout_seconds = CONNECT_TIMEOUT_SECONDS
    read_timeout_seconds = READ_TIMEOUT_SECONDS
    max_retry_attempts = 2


class Utf8JSONAttribute(JSONAttribute):
    """JSON as UTF-8: PynamoDB's own escapes every letter beyond ASCII, up to six bytes for two."""

    def serialize(self, value: Any) -> str:
        """Render compactly."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class SiteIndex(GlobalSecondaryIndex[Any]):
    """Content of a site, newest first."""

    class Meta:
        index_name = "by_site"
        projection = KeysOnlyProjection()

    site_key = UnicodeAttribute(hash_key=True)
    sort_id = NumberAttribute(range_key=True)


class StatusIndex(GlobalSecondaryIndex[Any]):
    """Content of a site in one editorial status, newest first."""

    class Meta:
        index_name = "by_status"
        projection = KeysOnlyProjection()

    status_key = UnicodeAttribute(hash_key=True)
    sort_id = NumberAttribute(range_key=True)


class DueByShardIndex(GlobalSecondaryIndex[Any]):
    """Publications that a sweep should look at, by the time of the next look."""

    class Meta:
        index_name = "due_by_shard"
        projection = KeysOnlyProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    wake_at = NumberAttribute(range_key=True)


class DueByIntegrationIndex(GlobalSecondaryIndex[Any]):
    """Publications of one integration that can be served, by the time they became due."""

    class Meta:
        index_name = "due_by_integration"
        projection = KeysOnlyProjection()

    due_integration = UnicodeAttribute(hash_key=True)
    due_at = NumberAttribute(range_key=True)


class DataItem(Model):
    """One row of the tenants' table; each feature's store declares its own kinds."""

    class Meta(_Meta):
        pass

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    site_key = UnicodeAttribute(null=True)
    status_key = UnicodeAttribute(null=True)
    sort_id = NumberAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    wake_at = NumberAttribute(null=True)
    due_integration = UnicodeAttribute(null=True)
    due_at = NumberAttribute(null=True)


class IndexedItem(Model):
    """What the indexes of the tenants' table hold: keys alone.

    :class:`DataItem` cannot be asked for them: PynamoDB filters its queries by ``kind``, which no
    index carries, so that DynamoDB would filter every row away.
    """

    class Meta(_Meta):
        pass

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    sort_id = NumberAttribute(null=True)
    wake_at = NumberAttribute(null=True)
    due_at = NumberAttribute(null=True)
    by_site = SiteIndex()
    by_status = StatusIndex()
    due_by_shard = DueByShardIndex()
    due_by_integration = DueByIntegrationIndex()


class KeyItem(Model):
    """Whose site API key is this. The hash key is the key's HMAC."""

    class Meta(_Meta):
        pass

    key_hmac = UnicodeAttribute(hash_key=True)
    account_id = NumberAttribute()
    site_id = NumberAttribute()
    last4 = UnicodeAttribute()
    valid_until = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class GateItem(Model):
    """What keeps an integration from being served, and its slots. Written often, so on its own."""

    class Meta(_Meta):
        pass

    integration_key = UnicodeAttribute(hash_key=True)
    reason = UnicodeAttribute(null=True)
    detail = UnicodeAttribute(null=True)
    since = NumberAttribute(null=True)
    probe_at = NumberAttribute(null=True)
    probe_until = NumberAttribute(null=True)
    failures = NumberAttribute(null=True)
    failing_since = NumberAttribute(null=True)
    refusals = NumberAttribute(null=True)
    openings = NumberAttribute(null=True)
    slot_0_operation = UnicodeAttribute(null=True)
    slot_0_until = NumberAttribute(null=True)
    slot_1_operation = UnicodeAttribute(null=True)
    slot_1_until = NumberAttribute(null=True)
    slot_2_operation = UnicodeAttribute(null=True)
    slot_2_until = NumberAttribute(null=True)
    slot_3_operation = UnicodeAttribute(null=True)
    slot_3_until = NumberAttribute(null=True)


class ContentEventIndex(GlobalSecondaryIndex[Any]):
    """Events of one content, newest first."""

    class Meta:
        index_name = "by_content"
        projection = KeysOnlyProjection()

    content_key = UnicodeAttribute(hash_key=True)
    event_id = NumberAttribute(range_key=True)


class FailureIndex(GlobalSecondaryIndex[Any]):
    """Failed events of one integration, newest first."""

    class Meta:
        index_name = "failures"
        projection = KeysOnlyProjection()

    failure_key = UnicodeAttribute(hash_key=True)
    event_id = NumberAttribute(range_key=True)


class EventItem(Model):
    """One line of history. ``body`` is the event as JSON; the rest are keys."""

    class Meta(_Meta):
        pass

    integration_key = UnicodeAttribute(hash_key=True)
    event_id = NumberAttribute(range_key=True)
    content_key = UnicodeAttribute(null=True)
    failure_key = UnicodeAttribute(null=True)
    body = UnicodeAttribute()
    expires_at = NumberAttribute()
    by_content = ContentEventIndex()
    failures = FailureIndex()


def bind(settings: Settings) -> "botocore.session.Session":
    """Point the models at the tables of this stage, over one connection.

    Answers its botocore session, for the other clients of the process: a second session costs as
    much as the first. PynamoDB would make a session and a client per table.
    """
    names = {
        KeyItem: settings.keys_table,
        GateItem: settings.gates_table,
        EventItem: settings.events_table,
    }
    first = _connect(IndexedItem, settings.data_table)  # knows the indexes of the one table
    DataItem.Meta.table_name = settings.data_table
    DataItem._connection = first  # its kinds find their parent's
    for model, name in names.items():
        if name:
            table = _connect(model, name)
            first.connection.add_meta_table(table.get_meta_table())
            table.connection = first.connection
    _ = first.connection.client  # made here: making a client is not thread-safe
    return first.connection.session


def _connect(model: type[Model], table_name: str) -> TableConnection:
    model.Meta.table_name = table_name
    model._connection = None
    return model._get_connection()


class Transaction:
    """Collects the writes of one ``TransactWriteItems`` and remembers their names in its order."""

    def __init__(self, connection: Connection) -> None:
        self._transaction = TransactWrite(connection=connection)
        self._names: dict[str, list[tuple[str, Callable[[Any], Any] | None]]] = {
            "check": [],
            "delete": [],
            "save": [],
            "update": [],
        }

    def save(
        self,
        name: str,
        item: Model,
        condition: Condition | None = None,
        found: Callable[[Any], Any] | None = None,
    ) -> None:
        """Put ``item``; ``found`` translates the row that made the condition fail."""
        values = "ALL_OLD" if found else None
        self._transaction.save(item, condition=condition, return_values=values)
        self._names["save"].append((name, found))

    def update(
        self,
        name: str,
        item: Model,
        actions: Sequence[Action],
        condition: Condition | None = None,
        found: Callable[[Any], Any] | None = None,
    ) -> None:
        """Update the row with the keys of ``item``."""
        values = "ALL_OLD" if found else None
        self._transaction.update(
            item, actions=list(actions), condition=condition, return_values=values
        )
        self._names["update"].append((name, found))

    def delete(self, name: str, item: Model, condition: Condition | None = None) -> None:
        """Delete the row with the keys of ``item``."""
        self._transaction.delete(item, condition=condition)
        self._names["delete"].append((name, None))

    def check(
        self, name: str, model: type[Model], keys: tuple[Any, Any], condition: Condition
    ) -> None:
        """Require ``condition`` of a row that is not written."""
        self._transaction.condition_check(model, keys[0], keys[1], condition=condition)
        self._names["check"].append((name, None))

    def commit(self) -> None:
        """Send it. Raises PynamoDB's ``TransactWriteError``."""
        with self._transaction:
            pass

    def lost(self, error: TransactWriteError) -> dict[str, Any]:
        """Name the writes whose condition failed, with the rows found where asked for."""
        # PynamoDB sends the kinds in this order; reasons come back one to one.
        names = [
            entry for kind in ("check", "delete", "save", "update") for entry in self._names[kind]
        ]
        rows: dict[str, Any] = {}
        for (name, found), reason in zip(names, error.cancellation_reasons, strict=False):
            if reason is not None and reason.code == CONDITION_FAILED:
                rows[name] = found(reason.raw_item) if found and reason.raw_item else None
        return rows


class Committer:
    """Commits writes together, retrying where DynamoDB saw another transaction on the same rows."""

    def __init__(
        self,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._sleep = sleep
        self._uniform = uniform

    def __call__(self, writes: Sequence[Write]) -> None:
        """Commit all or none.

        Raises :class:`ConditionLost` when a condition failed and :class:`Unavailable` when
        DynamoDB did not answer or the conflicts went on for five retries.
        """
        for attempt in range(CONFLICT_RETRIES + 1):
            transaction = Transaction(DataItem._get_connection().connection)
            for write in writes:
                write.add(transaction)
            try:
                transaction.commit()
            except TransactWriteError as error:
                lost = transaction.lost(error)
                if lost:
                    raise ConditionLost(lost) from error
                codes = {reason.code for reason in error.cancellation_reasons if reason}
                if TRANSACTION_CONFLICT not in codes or attempt == CONFLICT_RETRIES:
                    raise Unavailable("dynamodb") from error
                self._sleep(self._uniform(0, CONFLICT_BASE_SECONDS * 2**attempt))
            except (PynamoDBException, BotoCoreError, ClientError) as error:
                raise Unavailable("dynamodb") from error
            else:
                return


@contextmanager
def storage() -> Iterator[None]:
    """Translate what PynamoDB raises into :class:`Unavailable`."""
    try:
        yield
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        raise Unavailable("dynamodb") from error


@contextmanager
def conditional(name: str) -> Iterator[None]:
    """Translate a failed condition of a single write into :class:`ConditionLost`."""
    try:
        yield
    except (PutError, UpdateError) as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise ConditionLost({name: None}) from error
        raise Unavailable("dynamodb") from error
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        raise Unavailable("dynamodb") from error


def account_partition(account_id: int) -> str:
    """Partition of an account's pointers."""
    return f"A#{account_id}"


def site_partition(account_id: int, site_id: int) -> str:
    """Partition of a site: the site, its keys, its integrations."""
    return f"A#{account_id}#S#{site_id}"


def content_partition(account_id: int, content_id: int) -> str:
    """Partition of a content: its fields, its publications, its earlier revisions."""
    return f"A#{account_id}#C#{content_id}"


def integration_key(integration_id: int) -> str:
    """Key of an integration's gate and of its events."""
    return f"I#{integration_id}"
