"""Plans in DynamoDB: one row an integration, on the sparse due index of the sweep."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.core.due import came_first, keys_in_shard, postpone, read_due
from igny8.core.reading import stored, translation
from igny8.core.rows import Row, Tables, Write
from igny8.core.table import DATA, Utf8JSONAttribute, delete, integration_partition, put, update
from igny8.imports.shares import Position
from igny8.inbound.model import Inbox
from igny8.inbound.store import INBOX, inbox_key, to_inbox
from igny8.syncing.check import Checked
from igny8.syncing.model import Farewell, Plan
from igny8.syncing.run_store import run_as_json, to_run

SYNC = "SYNC"
WRITE = "sync"
NUMBERS = (
    "account_id", "site_id", "integration_id", "handover_tries", "refusals", "wakes", "starts",
    "recalls", "hints", "version",
)  # fmt: skip
MAYBE_NUMBERS = (
    "check_at", "pull_at", "structure_at", "handover_at", "repair_at", "retry_at", "lease_until",
    "repair_after", "compare_at", "drift_at", "recall_after",
    "look_at", "seen_at", "lag_since",
)  # fmt: skip


class PlanItem(Model):
    """What is to be done for an integration. ``due_shard`` and ``wake_at`` put it on the index."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    due_shard = UnicodeAttribute(null=True)
    wake_at = NumberAttribute(null=True)
    account_id = NumberAttribute()
    site_id = NumberAttribute()
    integration_id = NumberAttribute()
    check_at = NumberAttribute(null=True)
    pull_at = NumberAttribute(null=True)
    structure_at = NumberAttribute(null=True)
    handover_at = NumberAttribute(null=True)
    handover_tries = NumberAttribute(default=0)
    repair_at = NumberAttribute(null=True)
    repair_after = NumberAttribute(null=True)
    compare_at = NumberAttribute(null=True)
    drift_at = NumberAttribute(null=True)
    recall_after = NumberAttribute(null=True)
    retry_at = NumberAttribute(null=True)
    refusals = NumberAttribute(default=0)
    wakes = NumberAttribute(default=0)
    recalls = NumberAttribute(default=0)
    look_at = NumberAttribute(null=True)
    starts = NumberAttribute(default=0)
    asks = JSONAttribute()
    reads = JSONAttribute(null=True)
    run = Utf8JSONAttribute(null=True)
    positions = Utf8JSONAttribute(null=True)
    checked = JSONAttribute(null=True)
    farewell = JSONAttribute(null=True)
    lease_owner = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    seen_at = NumberAttribute(null=True)
    lag_since = NumberAttribute(null=True)
    hints = NumberAttribute(default=0)
    version = NumberAttribute()


class PlanStore:
    """Reads and writes plans."""

    def __init__(self, tables: Tables, shards: int) -> None:
        self._tables = tables
        self._shards = shards

    def get(self, account_id: int, site_id: int, integration_id: int) -> Plan:
        """Read a plan, consistently; one that was never written has nothing to do."""
        row = self._tables.get(DATA, plan_key(account_id, integration_id))
        if row is None:
            return Plan(account_id=account_id, site_id=site_id, integration_id=integration_id)
        return to_plan(row)

    def get_with_inbox(
        self, account_id: int, site_id: int, integration_id: int
    ) -> tuple[Plan, Inbox]:
        """A plan and its integration's inbox, consistently, in one batch."""
        keys = [plan_key(account_id, integration_id), inbox_key(account_id, integration_id)]
        rows = self._tables.get_many(DATA, keys, consistent=True)
        by_kind = {row["sk"]["S"]: row for row in rows}
        plan = Plan(account_id=account_id, site_id=site_id, integration_id=integration_id)
        inbox = Inbox(account_id=account_id, integration_id=integration_id)
        return (
            to_plan(by_kind[SYNC]) if SYNC in by_kind else plan,
            to_inbox(by_kind[INBOX]) if INBOX in by_kind else inbox,
        )

    def write(self, before: Plan, after: Plan) -> Write:
        """Store ``after`` if nobody changed the plan since ``before`` was read. Loses ``sync``."""
        item = self._to_item(replace(after, version=before.version + 1))
        unchanged = (
            PlanItem.pk.does_not_exist()
            if before.version == 0
            else PlanItem.version == before.version
        )
        return put(WRITE, DATA, item, unchanged, found=to_plan)

    def deletion(self, plan: Plan) -> Write:
        """Nothing is left to do, ever."""
        key = plan_key(plan.account_id, plan.integration_id)
        return delete(WRITE, DATA, key, PlanItem.version == plan.version)

    def due_in_shard(self, shard: int, now: int, limit: int) -> list[Row]:
        """Keys of plans that the sweep should look at, longest waiting first; one query."""
        return keys_in_shard(
            self._tables, DATA, _shard(shard), until=PlanItem.wake_at <= now, limit=limit
        )

    def get_all(self, keys: Sequence[Row]) -> tuple[list[Plan], list[Row]]:
        """Read plans consistently, in one batch; absent ones left out.

        Also answers the keys of those that this version cannot read.
        """
        return read_due(self._tables, keys, DATA, to_plan)

    def postpone(self, key: Row, wake_at: int, now: int) -> None:
        """Move the next look at a row on that cannot be read."""
        postpone(self._tables, DATA, key, PlanItem.wake_at, wake_at, now)

    def postpone_hint(self, plan: Plan, wake_at: int, now: int) -> bool:
        """Move the next look on; false if the plan has changed or another sweep was first."""
        changes = [PlanItem.wake_at.set(wake_at), PlanItem.hints.set(plan.hints + 1)]
        return self._swept(plan, changes, now)

    def postpone_look(self, plan: Plan, wake_at: int, now: int) -> bool:
        """The same for one that is held back; nobody was hinted."""
        return self._swept(plan, [PlanItem.wake_at.set(wake_at)], now)

    def wake(self, plan: Plan, wake_at: int, now: int) -> bool:
        """Hold a plan back no longer: its site is back. Else as :meth:`postpone_hint`.

        What it was refused is remembered until it is not any more.
        """
        changes = [
            PlanItem.retry_at.remove(),
            PlanItem.look_at.remove(),
            PlanItem.wakes.set(plan.wakes + 1),
            PlanItem.hints.set(1),
            PlanItem.wake_at.set(wake_at),
            PlanItem.version.add(1),
        ]
        return self._swept(plan, changes, now)

    def _swept(self, plan: Plan, changes: list[Any], now: int) -> bool:
        still = (PlanItem.version == plan.version) & (PlanItem.wake_at <= now)
        key = plan_key(plan.account_id, plan.integration_id)
        return came_first(self._tables, update("hint", DATA, key, changes, still))

    def _to_item(self, plan: Plan) -> PlanItem:
        key = plan_key(plan.account_id, plan.integration_id)
        item = PlanItem(key["pk"]["S"], key["sk"]["S"])
        for name in (*NUMBERS, *MAYBE_NUMBERS, "lease_owner"):
            setattr(item, name, getattr(plan, name))
        item.asks = list(plan.asks)
        item.run = run_as_json(plan.run) if plan.run else None
        item.positions = {
            name: [one.after, one.filters] for name, one in plan.positions.items()
        } or None
        item.reads = list(plan.reads) or None
        item.checked = asdict(plan.checked) if plan.checked else None
        item.farewell = asdict(plan.farewell) if plan.farewell else None
        item.wake_at = plan.wake_at()
        if item.wake_at is not None:
            item.due_shard = _shard(plan.integration_id % self._shards)
        return item


def plan_key(account_id: int, integration_id: int) -> Row:
    """Key of a plan."""
    return DATA.key(integration_partition(account_id, integration_id), SYNC)


def _shard(number: int) -> str:
    return f"Y#{number}"


@translation
def to_plan(row: Row) -> Plan:
    """Translate a stored plan."""
    item = stored(PlanItem, row)
    values: dict[str, Any] = {name: int(getattr(item, name)) for name in NUMBERS}
    for name in MAYBE_NUMBERS:
        value = getattr(item, name)
        values[name] = None if value is None else int(value)
    return Plan(
        asks=tuple(item.asks),
        run=to_run(item.run) if item.run else None,
        positions={
            name: Position(after=after, filters=filters)
            for name, (after, filters) in (item.positions or {}).items()
        },
        reads=tuple(item.reads or ()),
        checked=Checked(**item.checked) if item.checked else None,
        farewell=Farewell(**item.farewell) if item.farewell else None,
        lease_owner=item.lease_owner,
        **values,
    )
