"""Waiting times: retries of one publication, and the breaker of a whole site."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from igny8.core.settings import Settings
from igny8.integrations.model import Gate, GateReason
from igny8.publishing.answers import Pause
from igny8.wordpress.answer import Answer

IN_PROGRESS_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Waits:
    """Computes waits in seconds from the policy numbers."""

    settings: Settings
    uniform: Callable[[float, float], float] = random.uniform

    def pause(self, pause: Pause, answer: Answer, attempt: int) -> int:
        """How long a publication waits; ``attempt`` counts the attempts used, this one included."""
        policy = self.settings
        asked = answer.retry_after
        if pause is Pause.RETRY_AFTER:
            return self._clamp(asked if asked is not None else IN_PROGRESS_SECONDS, 1)
        if pause is Pause.THROTTLE:
            return self._clamp(asked or 0, policy.throttle_min_seconds)
        if pause is Pause.LOCKED:
            return policy.locked_wait_seconds
        if pause is Pause.BACKOFF:
            return self.backoff(attempt)
        return 0

    def backoff(self, attempt: int) -> int:
        """60 s after the first used attempt, then doubling, each with jitter."""
        base = self.settings.retry_base_seconds * 2 ** max(attempt - 1, 0)
        return self._jitter(min(base, self.settings.retry_after_max_seconds))

    def after_site_failure(self, gate: Gate, now: int, detail: str) -> Gate:
        """Count a failure of the site; the third in a row opens the breaker, longer each time."""
        failures = gate.failures + 1
        counted = replace(
            gate, failures=failures, failing_since=gate.failing_since or now, probe_until=None
        )
        if failures < self.settings.breaker_failures and gate.reason is None:
            return counted
        if gate.reason not in {None, GateReason.UNREACHABLE}:
            return replace(counted, probe_at=now + self.probe_interval(gate.reason))
        steps = self.settings.breaker_steps_minutes
        step = steps[min(gate.openings, len(steps) - 1)] * 60
        return replace(
            counted,
            reason=GateReason.UNREACHABLE,
            detail=detail,
            since=gate.since or now,
            probe_at=now + self._jitter(step),
            openings=gate.openings + 1,
        )

    def closed(self, gate: Gate, reason: GateReason, now: int, detail: str) -> Gate:
        """Close the gate for a reason that a person has to mend; it is probed now and then."""
        return replace(
            gate,
            reason=reason,
            detail=detail,
            since=now if gate.reason is not reason else gate.since,
            probe_at=now + self.probe_interval(reason),
            probe_until=None,
        )

    def probe_interval(self, reason: GateReason | None) -> int:
        """How often a closed gate is tried."""
        if reason is GateReason.AUTH:
            return self.settings.auth_probe_seconds
        return self.settings.breaker_steps_minutes[-1] * 60

    def _clamp(self, seconds: int, least: int) -> int:
        return min(max(seconds, least), self.settings.retry_after_max_seconds)

    def _jitter(self, seconds: int) -> int:
        share = self.settings.retry_jitter_percent / 100
        return max(1, round(seconds * self.uniform(1 - share, 1 + share)))
