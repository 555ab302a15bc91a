"""Waiting times between the attempts of one publication."""

from collections.abc import Callable
from dataclasses import dataclass

from igny8.core import jitter
from igny8.core.settings import Settings
from igny8.publishing.answers import Pause
from igny8.wordpress.response import BridgeResponse

IN_PROGRESS_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Waits:
    """Computes waits in seconds from the policy numbers."""

    settings: Settings
    uniform: Callable[[float, float], float] = jitter.uniform

    def pause(self, pause: Pause, answer: BridgeResponse, attempt: int) -> int:
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

    def _clamp(self, seconds: int, least: int) -> int:
        return min(max(seconds, least), self.settings.retry_after_max_seconds)

    def _jitter(self, seconds: int) -> int:
        share = self.settings.retry_jitter_percent / 100
        return max(1, round(seconds * self.uniform(1 - share, 1 + share)))
