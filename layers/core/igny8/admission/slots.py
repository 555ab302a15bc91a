"""A place at a site: taken for one piece of work, and left with what the work taught of the site.

Both are writes for the worker's own transactions, so that what it does and what it learnt are one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from igny8.admission.answers import SiteEffect
from igny8.admission.model import Gate, Slot
from igny8.admission.service import AdmissionService
from igny8.admission.visits import NotServable, Visit
from igny8.core.clock import Clock, epoch
from igny8.core.rows import Write
from igny8.integrations.model import Integration
from igny8.journal.model import Actor
from igny8.sites.model import SiteKeys
from igny8.wordpress.doors import Door


class Gates(Protocol):
    """Where gates are kept; see `igny8.admission.store.GateStore`."""

    def take(self, gate: Gate, slot: Slot, owner: str, now: int, until: int) -> Write: ...
    def release(self, before: Gate, slot: int, owner: str, after: Gate) -> Write: ...
    def change(self, before: Gate, after: Gate) -> Write: ...


SITE_ROWS = frozenset({"keys", "integration"})
"""What is lost where the site is no longer as it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSlot:
    """A slot that ``owner`` took when the gate was ``gate``, and the site as it was read.

    ``seen`` is the gate as it was last looked at; by then the slot may be another's, and the site
    another (``is_outdated``).
    """

    integration: Integration
    keys: SiteKeys
    gate: Gate
    seen: Gate
    number: int
    owner: str
    is_ours: bool = True
    is_outdated: bool = False

    def looked_at(self, rows: Mapping[str, Any]) -> "HeldSlot":
        """With what a lost transaction found, if it is the site or its gate that was in the way."""
        held = self
        if not rows.keys().isdisjoint(SITE_ROWS):
            held = replace(held, is_outdated=True)
        if "gate" not in rows:
            return held
        gate = rows["gate"] or Gate(self.integration.id)
        ours = any(slot.owner == self.owner for slot in gate.slots)
        return replace(held, seen=gate, is_ours=ours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one answer taught of a site: the effect, what is said of it, and the door, if known."""

    effect: SiteEffect
    message: str
    door: Door | None = None


@dataclass(frozen=True, slots=True)
class Leaving:
    """The gate as the writes will leave it; ``is_outdated``: the site is to be read anew."""

    gate: Gate
    writes: Sequence[Write]
    is_outdated: bool


class SlotService:
    """Takes and leaves slots."""

    def __init__(self, *, gates: Gates, admission: AdmissionService, clock: Clock) -> None:
        self._gates = gates
        self._admission = admission
        self._clock = clock

    def free(self, visit: Visit) -> Slot:
        """A slot that can be taken now. Raises :class:`NotServable`."""
        slot = visit.gate.free_slot(epoch(self._clock.now()))
        if slot is None:
            raise NotServable
        return slot

    def take(self, visit: Visit, *, owner: str, until: int) -> tuple[HeldSlot, Write]:
        """A free slot, and the write that takes it until an epoch second.

        Raises :class:`NotServable` if none is free. The write loses ``gate`` if the site is no
        longer as it was read, or the slot another's.
        """
        slot = self.free(visit)
        held = HeldSlot(
            integration=visit.integration,
            keys=visit.bundle.keys,
            gate=visit.gate,
            seen=visit.gate,
            number=slot.number,
            owner=owner,
        )
        now = epoch(self._clock.now())
        return held, self._gates.take(visit.gate, slot, owner, now, until)

    def leave(self, held: HeldSlot, lesson: Lesson, *, actor: Actor) -> Leaving:
        """Free the slot, and store what was learnt, with its news.

        What was learnt before the site was paired anew, or its key revoked, says nothing of it now.
        Loses ``gate``: then :meth:`HeldSlot.looked_at` and again.
        """
        before = held.seen
        if held.is_outdated or is_stale(lesson.effect, held.gate, before):
            after = before
        else:
            after = self._admission.after(before, lesson.effect, lesson.message, lesson.door)
        writes = self._admission.news(held.integration, held.keys, before, after, actor=actor)
        if held.is_ours:
            writes.append(self._gates.release(before, held.number, held.owner, after))
        elif after != before:
            writes.append(self._gates.change(before, after))
        gate = _as_stored(before, after, held.number)
        return Leaving(gate, writes, is_outdated=held.is_outdated or gate.fence != held.gate.fence)


def is_stale(effect: SiteEffect, then: Gate, now: Gate) -> bool:
    """Whether what was asked when the gate was ``then`` says nothing of the site ``now``.

    It is of another key or life of the site, or forgives what was seen after it was asked.

    A key that is refused is refused, whatever else was counted meanwhile.
    """
    if now.fence != then.fence:
        return True
    return effect is SiteEffect.SERVES and now.version != then.version


def _as_stored(before: Gate, after: Gate, number: int) -> Gate:
    """The gate after the transaction: our slot is free."""
    free = Slot(number, None, None)
    slots = tuple(free if one.number == number else one for one in after.slots)
    return replace(after, version=before.version + int(after != before), slots=slots)
