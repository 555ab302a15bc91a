"""Gates and slots in DynamoDB: one item an integration, written with the deliveries it admits."""

from collections.abc import Sequence
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from igny8.core.table import GateItem, conditional, integration_key, storage
from igny8.core.writes import Write
from igny8.integrations.model import Gate, GateReason, Slot

MOST_SLOTS = 4
FIELDS = (
    "reason", "detail", "since", "probe_at", "probe_until", "failures", "failing_since",
    "refusals", "openings",
)  # fmt: skip


class GateStore:
    """Reads gates; takes and frees slots; opens and closes."""

    def __init__(self, slots_per_site: int) -> None:
        self._slots = min(max(slots_per_site, 1), MOST_SLOTS)

    def get(self, integration_id: int, *, consistent: bool = True) -> Gate:
        """Read a gate; one that was never written is open and empty."""
        with storage():
            try:
                item = GateItem.get(integration_key(integration_id), consistent_read=consistent)
            except DoesNotExist:
                item = GateItem(integration_key(integration_id))
        return self._to_gate(item)

    def get_many(self, integration_ids: Sequence[int]) -> dict[int, Gate]:
        """Read the gates of a page in one batch."""
        if not integration_ids:
            return {}
        keys = [integration_key(number) for number in dict.fromkeys(integration_ids)]
        with storage():
            gates = [self._to_gate(item) for item in GateItem.batch_get(keys)]
        return {gate.integration_id: gate for gate in gates}

    def take(self, gate: Gate, slot: Slot, operation_id: str, now: int, until: int) -> Write:
        """Take a slot that is free now, if the gate has not closed meanwhile."""
        operation, deadline = _slot_attributes(slot.number)
        free = deadline.does_not_exist() | (deadline <= now)
        still = (
            GateItem.reason.does_not_exist()
            if gate.reason is None
            else GateItem.reason == str(gate.reason)
        )
        return self._update(
            gate.integration_id, [operation.set(operation_id), deadline.set(until)], free & still
        )

    def release(
        self, integration_id: int, operation_id: str, slot: int, after: Gate | None
    ) -> Write:
        """Free our slot; with ``after`` also store what the delivery taught about the site."""
        operation, deadline = _slot_attributes(slot)
        actions: list[Action] = [operation.remove(), deadline.remove()]
        if after is not None:
            actions += _field_actions(after)
        return self._update(integration_id, actions, operation == operation_id)

    def store(self, after: Gate) -> Write:
        """Store a gate's state, slots aside."""
        return self._update(after.integration_id, _field_actions(after))

    def begin_probe(self, gate: Gate, now: int, until: int) -> None:
        """Be the one who asks the site. Raises :class:`ConditionLost` if another is."""
        condition = GateItem.probe_until.does_not_exist() | (GateItem.probe_until <= now)
        with conditional("gate"):
            GateItem(integration_key(gate.integration_id)).update(
                actions=[GateItem.probe_until.set(until)],
                condition=condition & (GateItem.reason == str(gate.reason)),
            )

    def deletion(self, integration_id: int) -> Write:
        """Delete the gate with its integration."""
        item = GateItem(integration_key(integration_id))
        name = f"gate {integration_id}"
        return Write(name, lambda tx: tx.delete(name, item))

    def _update(
        self, integration_id: int, actions: Sequence[Action], condition: Condition | None = None
    ) -> Write:
        item = GateItem(integration_key(integration_id))
        return Write("gate", lambda tx: tx.update("gate", item, actions, condition))

    def _to_gate(self, item: GateItem) -> Gate:
        slots = []
        for number in range(self._slots):
            until = getattr(item, f"slot_{number}_until")
            operation_id = getattr(item, f"slot_{number}_operation")
            slots.append(Slot(number, operation_id, None if until is None else int(until)))
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
            slots=tuple(slots),
        )


def _slot_attributes(number: int) -> tuple[Any, Any]:
    return getattr(GateItem, f"slot_{number}_operation"), getattr(GateItem, f"slot_{number}_until")


def _field_actions(gate: Gate) -> list[Action]:
    actions: list[Action] = []
    for name in FIELDS:
        attribute, value = getattr(GateItem, name), getattr(gate, name)
        actions.append(attribute.set(str(value) if name == "reason" else value)
                       if value else attribute.remove())  # fmt: skip
    return actions


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
