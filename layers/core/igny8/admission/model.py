"""The gate of an integration: what keeps a whole site from being served, and its slots."""

from dataclasses import dataclass, replace
from enum import StrEnum

from igny8.wordpress.doors import Door


class GateReason(StrEnum):
    """Why a whole integration is not served."""

    UNREACHABLE = "unreachable"
    AUTH = "auth"
    MISCONFIGURED = "misconfigured"
    PAUSED = "paused"
    INACTIVE = "inactive"  # people have switched the integration off here
    DISABLED = "disabled_after_failures"


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the places in which a site is served. Times are epoch seconds."""

    number: int
    owner: str | None
    until: int | None

    def is_free(self, now: int) -> bool:
        """A slot is free when empty or past its time: a worker that dies leaks nothing."""
        return self.until is None or self.until <= now


@dataclass(frozen=True, slots=True)
class Gate:
    """What keeps an integration from being served. All times are epoch seconds.

    ``failures`` are consecutive failures of the site, ``refusals`` consecutive refusals by
    something in front of it, ``openings`` how often the breaker has opened in a row (its step),
    ``unreadable`` consecutive questions that the bridge did not answer; the last of any of them was
    at ``failed_at``. An open gate that is on trial keeps since when, and in which words
    (``detail``), it was closed before. A run of nothing but failures began at ``failing_since``.
    ``door`` is the one that led to the bridge last; it stays when the gate opens or closes.
    ``version`` is raised by every change of these: while it stands, a worker may trust what it read
    of the site. ``fence`` is raised with it by what changes how the site is served at all (pairing,
    another key, revoking, deleting): what was asked before says nothing of the site as it is now.
    Slots come and go under conditions of their own.
    """

    integration_id: int
    reason: GateReason | None = None
    detail: str | None = None
    since: int | None = None
    probe_at: int | None = None
    probe_until: int | None = None
    failures: int = 0
    failing_since: int | None = None
    refusals: int = 0
    openings: int = 0
    unreadable: int = 0
    failed_at: int | None = None
    door: Door | None = None
    version: int = 0
    fence: int = 0
    slots: tuple[Slot, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether the site is not to be served now."""
        return self.reason is not None

    @property
    def is_on_trial(self) -> bool:
        """Whether a probe opened it, and nothing has come through since."""
        return self.reason is None and self.since is not None

    @property
    def is_switched_off(self) -> bool:
        """Whether people do not want the site to be served; they alone change that."""
        return self.reason is GateReason.INACTIVE

    def may_probe(self, now: int, spoke_at: int | None = None) -> bool:
        """Whether it is time to ask the site again, and nobody else is asking.

        It is before its time where the site has called since the gate closed, at ``spoke_at``.
        """
        speaks = spoke_at is not None and self.since is not None and spoke_at > self.since
        due = self.probe_at is not None and (self.probe_at <= now or speaks)
        return due and (self.probe_until is None or self.probe_until <= now)

    def free_slot(self, now: int) -> Slot | None:
        """A slot that can be taken, if any."""
        return next((slot for slot in self.slots if slot.is_free(now)), None)

    def opened(self) -> "Gate":
        """The site serves: nothing is held against it any more."""
        return Gate(
            self.integration_id,
            door=self.door,
            version=self.version,
            fence=self.fence,
            slots=self.slots,
        )

    def found(self, door: Door | None) -> "Gate":
        """The site was reached by this door; ``None``: nobody knows better than before."""
        return self if door in {None, self.door or Door.REST} else replace(self, door=door)


@dataclass(frozen=True, slots=True)
class Look:
    """That work may wait behind a gate: the sweep looks at the epoch second ``at``.

    ``looks`` counts how often it has since the gate was last written.
    """

    gate: Gate
    at: int
    looks: int
