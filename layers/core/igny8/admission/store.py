"""Gates and slots in DynamoDB: one item an integration, written with the deliveries it admits."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from igny8.admission.model import Gate, GateReason, Look, Slot
from igny8.core.due import came_first, due_keys, postpone
from igny8.core.reading import readable, stored, translation
from igny8.core.rows import Row, Table, Tables, Write
from igny8.core.table import check, integration_key, update
from igny8.wordpress.doors import Door

GATES_TABLE = Table("gates", ("integration_key", "S"))
MOST_SLOTS = 4
LOOK_SHARDS = 4
"""Of the index of sites behind which work may wait."""
NUMBERS = (
    "since", "probe_at", "probe_until", "failures", "failing_since", "refusals", "openings",
    "unreadable", "failed_at",
)  # fmt: skip
WORDS = ("reason", "door")
FIELDS = (*WORDS, "detail", *NUMBERS)
SLOT_FIELDS = [(f"slot_{number}_owner", f"slot_{number}_until") for number in range(MOST_SLOTS)]


class GateItem(Model):
    """What keeps an integration from being served, and its slots. Written often, so on its own.

    ``look_shard`` and ``look_at`` put it on the sparse index of sites behind which work may wait.
    """

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
    unreadable = NumberAttribute(null=True)
    failed_at = NumberAttribute(null=True)
    door = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    fence = NumberAttribute(null=True)
    look_shard = UnicodeAttribute(null=True)
    look_at = NumberAttribute(null=True)
    looks = NumberAttribute(null=True)
    slot_0_owner = UnicodeAttribute(null=True)
    slot_0_until = NumberAttribute(null=True)
    slot_1_owner = UnicodeAttribute(null=True)
    slot_1_until = NumberAttribute(null=True)
    slot_2_owner = UnicodeAttribute(null=True)
    slot_2_until = NumberAttribute(null=True)
    slot_3_owner = UnicodeAttribute(null=True)
    slot_3_until = NumberAttribute(null=True)


RAISED = (GateItem.version.add(1), GateItem.fence.add(1))
LOOK = (GateItem.look_shard, GateItem.look_at, GateItem.looks)


class GateStore:
    """Reads gates; takes and frees slots; opens and closes."""

    def __init__(self, tables: Tables, *, slots_per_site: int) -> None:
        self._tables = tables
        self._slots = min(max(slots_per_site, 1), MOST_SLOTS)

    def get(self, integration_id: int, *, consistent: bool = True) -> Gate:
        """Read a gate; one that was never written is open and empty."""
        row = self._tables.get(GATES_TABLE, _key(integration_id), consistent=consistent)
        return self._to_gate(row or _key(integration_id))

    def get_many(self, integration_ids: Sequence[int]) -> dict[int, Gate]:
        """Read the gates of a page in one batch; those never written are open and empty.

        Left out are those that this version cannot read.
        """
        if not integration_ids:
            return {}
        keys = {number: _key(number) for number in integration_ids}
        rows = self._tables.get_many(GATES_TABLE, list(keys.values()))
        gates, unreadable = readable(self._to_gate, rows)
        found = {gate.integration_id: gate for gate in gates}
        strange = [GATES_TABLE.key_of(row) for row in unreadable]
        return {
            number: found.get(number) or self._to_gate(key)
            for number, key in keys.items()
            if key not in strange
        }

    def take(self, gate: Gate, slot: Slot, owner: str, now: int, until: int) -> Write:
        """Take a slot that is free now, if the gate is still as it was read."""
        holder, deadline = _slot_attributes(slot.number)
        free = deadline.does_not_exist() | (deadline <= now)
        changes = [holder.set(owner), deadline.set(until)]
        return self._update(gate.integration_id, changes, free & _unchanged(gate))

    def release(self, before: Gate, slot: int, owner: str, after: Gate) -> Write:
        """Free our slot, and store what the delivery taught about the site, if anything."""
        holder, deadline = _slot_attributes(slot)
        changes = [holder.remove(), deadline.remove()]
        condition = holder == owner
        if after != before:
            changes += _changes(after)
            condition &= _unchanged(before)
        return self._update(before.integration_id, changes, condition)

    def change(self, before: Gate, after: Gate) -> Write:
        """Store a gate's state, slots aside, if it is still as it was read."""
        return self._update(before.integration_id, _changes(after), _unchanged(before))

    def begin_probe(self, gate: Gate, now: int, until: int) -> None:
        """Be the one who asks the site. Raises :class:`ConditionLost` if another is."""
        nobody = GateItem.probe_until.does_not_exist() | (GateItem.probe_until <= now)
        changes = [GateItem.probe_until.set(until)]
        begun = self._update(gate.integration_id, changes, nobody & _unchanged(gate))
        self._tables.commit([begun])

    def reopened(self, gate: Gate, now: int) -> Write:
        """Hold nothing against the site any more: it has just proved itself, maybe with a new key.

        Nobody's answer to what was asked before counts from now on. What waited for this is looked
        for until nothing waits, should its hint be lost.
        """
        looks = _look(gate.integration_id, now) if gate.is_closed else []
        return self._fenced(gate, gate.opened(), looks)

    def rekeyed(self, gate: Gate) -> Write:
        """Another key is sent from now on: whoever holds the old one looks again."""
        return self._fenced(gate, gate, [])

    def _fenced(self, before: Gate, after: Gate, looks: list[Any]) -> Write:
        changes = [*_changes(after), GateItem.fence.add(1), *looks]
        return self._update(before.integration_id, changes, _unchanged(before))

    def still(self, gate: Gate) -> Write:
        """Require that a gate is as it was read, without writing it."""
        key = _key(gate.integration_id)
        return check("gate", GATES_TABLE, key, _unchanged(gate), found=self._to_gate)

    def looks_in_shard(self, shard: int, now: int, limit: int) -> tuple[list[Look], list[Row]]:
        """Sites behind which something may wait, longest first; a query and a batch read.

        Also answers the keys of those that this version cannot read.
        """
        keys = due_keys(
            self._tables,
            GATES_TABLE,
            index="waiting_by_shard",
            partition=("look_shard", _shard(shard)),
            until=GateItem.look_at <= now,
            limit=limit,
        )
        found = self._tables.get_many(GATES_TABLE, keys, consistent=True)
        looks, unreadable = readable(self._to_look, [row for row in found if "look_at" in row])
        return looks, [GATES_TABLE.key_of(row) for row in unreadable]

    def postpone(self, key: Row, look_at: int, now: int) -> None:
        """Move the next look at a row on that cannot be read."""
        postpone(self._tables, GATES_TABLE, key, GateItem.look_at, look_at, now)

    def look_again(self, look: Look, at: int | None) -> bool:
        """Look at it again then, or no more; false if somebody came first. No fence is raised."""
        changes: list[Any] = (
            [attribute.remove() for attribute in LOOK]
            if at is None
            else [GateItem.look_at.set(at), GateItem.looks.set(look.looks + 1)]
        )
        unchanged = (GateItem.look_at == look.at) & _unchanged(look.gate)
        moved = self._update(look.gate.integration_id, changes, unchanged)
        return came_first(self._tables, moved)

    def _to_look(self, row: Row) -> Look:
        return Look(self._to_gate(row), *_to_times(row))

    def switched_off(self, gate: Gate, detail: str, now: int) -> Write:
        """Close the gate because people want it so; no answer that is under way opens it."""
        closed = replace(gate.opened(), reason=GateReason.INACTIVE, detail=detail, since=now)
        return self._fenced(gate, closed, [])

    def revoked(self, integration_id: int, detail: str, now: int) -> Write:
        """Close the gate for want of a key, whatever it was before; pairing opens it."""
        closed = Gate(integration_id, GateReason.AUTH, detail, now)
        return self._update(integration_id, [*_fields(closed), *RAISED])

    def deleted(self, integration_id: int, detail: str, now: int) -> Write:
        """Close the gate for good: an absent one would count as open.

        What waits behind it is looked for until all of it is cancelled.
        """
        closed = Gate(integration_id, GateReason.AUTH, detail, now)
        looks = _look(integration_id, now)
        return self._update(integration_id, [*_state(closed), *RAISED, *looks])

    def _update(
        self, integration_id: int, changes: Sequence[Any], condition: Condition | None = None
    ) -> Write:
        key = _key(integration_id)
        return update("gate", GATES_TABLE, key, changes, condition, found=self._to_gate)

    def _to_gate(self, row: Row) -> Gate:
        gate = _to_gate(row)
        return replace(gate, slots=gate.slots[: self._slots])


def _key(integration_id: int) -> Row:
    return GATES_TABLE.key(integration_key(integration_id))


def _unchanged(gate: Gate) -> Condition:
    if gate.version == 0:
        return GateItem.version.does_not_exist()
    return GateItem.version == gate.version


def _slot_attributes(number: int) -> tuple[Any, Any]:
    owner, until = SLOT_FIELDS[number]
    return getattr(GateItem, owner), getattr(GateItem, until)


def _look(integration_id: int, at: int) -> list[Any]:
    return [
        GateItem.look_shard.set(_shard(integration_id % LOOK_SHARDS)),
        GateItem.look_at.set(at),
        GateItem.looks.remove(),
    ]


def _shard(number: int) -> str:
    return f"W#{number}"


def _changes(after: Gate) -> list[Any]:
    return [*_fields(after), GateItem.version.set(after.version + 1)]


def _fields(gate: Gate) -> list[Any]:
    changes = _state(gate)
    if not gate.is_closed:
        return changes  # what was looked for behind it still is
    if gate.probe_at is not None:
        return changes + _look(gate.integration_id, gate.probe_at)
    return changes + [attribute.remove() for attribute in LOOK]


def _state(gate: Gate) -> list[Any]:
    changes: list[Any] = []
    for name in FIELDS:
        attribute, value = getattr(GateItem, name), getattr(gate, name)
        changes.append(
            attribute.set(str(value) if name in WORDS else value) if value else attribute.remove()
        )
    return changes


@translation
def _to_times(row: Row) -> tuple[int, int]:
    """When to look, and how often that was done."""
    item = stored(GateItem, row)
    return int(item.look_at), int(item.looks or 0)


@translation
def _to_gate(row: Row) -> Gate:
    item = stored(GateItem, row)
    return Gate(
        integration_id=int(item.integration_key.removeprefix("I#")),
        reason=GateReason(item.reason) if item.reason else None,
        detail=item.detail,
        since=_whole(item.since),
        probe_at=_whole(item.probe_at),
        probe_until=_whole(item.probe_until),
        failures=_whole(item.failures) or 0,
        failing_since=_whole(item.failing_since),
        refusals=_whole(item.refusals) or 0,
        openings=_whole(item.openings) or 0,
        unreadable=_whole(item.unreadable) or 0,
        failed_at=_whole(item.failed_at),
        door=Door(item.door) if item.door else None,
        version=_whole(item.version) or 0,
        fence=_whole(item.fence) or 0,
        slots=tuple(
            Slot(number, getattr(item, owner), _whole(getattr(item, until)))
            for number, (owner, until) in enumerate(SLOT_FIELDS)
        ),
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
