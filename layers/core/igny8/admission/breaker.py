"""How what is seen of a site moves its gate: the breaker, refusals, and reasons for people."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from igny8.admission.answers import SiteEffect
from igny8.admission.model import Gate, GateReason
from igny8.core import jitter
from igny8.core.settings import Settings

CLOSES = {
    SiteEffect.AUTH: GateReason.AUTH,
    SiteEffect.PAUSED: GateReason.PAUSED,
    SiteEffect.MISCONFIGURED: GateReason.MISCONFIGURED,
}
LONGEST_DOUBLING = 10
QUIET_SECONDS = 86_400
"""Failures that are further apart than this are no run: nothing was tried between them."""
NOT_THE_BRIDGE = (
    "A security plugin or CDN answers instead of the bridge, or a page is put in front of it. Allow"
    " IGNY8 there."
)
SILENT = (
    "The site says that it is there, and answers what it is asked with errors or not at all. Look"
    " at its error log, or ask its host to."
)
GIVEN_UP = "The site has not answered for days. Press Connect in the bridge's settings."


@dataclass(frozen=True, slots=True)
class Breaker:
    """Computes the next gate from the policy numbers. ``uniform`` draws the jitter."""

    settings: Settings
    uniform: Callable[[float, float], float] = jitter.uniform

    def after(self, gate: Gate, effect: SiteEffect, now: int, detail: str) -> Gate:
        """The gate after one more answer of the site; the same one if nothing changes."""
        if effect is SiteEffect.SERVES:
            return gate.opened()
        if effect is SiteEffect.FAILS:
            return self._after_failure(gate, now, detail)
        if effect is SiteEffect.UNREADABLE:
            return self._after_unreadable(gate, now, detail)
        if effect is SiteEffect.UNANSWERED:
            return self._after_unanswered(gate, now, detail)
        if effect is SiteEffect.REFUSES:
            # Of a run of failures a refusal is no part: something there is up, and says no.
            gate = replace(
                _not_failing(gate), refusals=_awake(gate, now).refusals + 1, failed_at=now
            )
            if gate.refusals < self.settings.retry_attempts:
                return gate
        return self.closed(gate, CLOSES.get(effect, GateReason.MISCONFIGURED), now, detail)

    def probed(self, gate: Gate, now: int) -> Gate:
        """The gate after a probe that found the bridge there, and willing.

        That it says how it is does not show that it can be asked about a content: where that was
        not answered before, the gate is open on trial, and closes for longer each time.
        """
        opened = self.after(gate, SiteEffect.SERVES, now, "")
        again = _awake(gate, now).unreadable
        if not again:
            return opened
        return replace(
            opened,
            unreadable=again,
            failed_at=gate.failed_at,
            since=gate.since,
            detail=gate.detail,
        )

    def _after_unreadable(self, gate: Gate, now: int, detail: str) -> Gate:
        """Count an answer that was not the bridge's; a few in a row are no passing weakness."""
        counted = replace(gate, unreadable=_awake(gate, now).unreadable + 1)
        if counted.unreadable < self.settings.unreadable_answers:
            return self._after_failure(counted, now, detail)
        relapses = counted.unreadable - self.settings.unreadable_answers
        return self._closed_longer(counted, now, NOT_THE_BRIDGE, relapses)

    def _after_unanswered(self, gate: Gate, now: int, detail: str) -> Gate:
        """Count a question that was not answered, also beyond probes that find the bridge there.

        Only as many in a row as open the breaker close the gate: one content on which the site
        breaks keeps back no other.
        """
        counted = replace(gate, unreadable=_awake(gate, now).unreadable + 1)
        failed = self._after_failure(counted, now, detail)
        most = self.settings.unreadable_answers
        if gate.is_closed or not failed.is_closed or counted.unreadable < most:
            return failed
        relapses = (counted.unreadable - most) // self.settings.breaker_failures
        return self._closed_longer(counted, now, SILENT, relapses)

    def _closed_longer(self, gate: Gate, now: int, detail: str, relapses: int) -> Gate:
        """Close what closed before as often as ``relapses``: each time twice as long, up to 6 h."""
        closed = self.closed(gate, GateReason.MISCONFIGURED, now, detail)
        longest = self.settings.auth_probe_seconds
        wait = min(self.settings.probe_seconds << min(relapses, LONGEST_DOUBLING), longest)
        return replace(closed, failed_at=now, probe_at=now + wait)

    def closed(self, gate: Gate, reason: GateReason, now: int, detail: str) -> Gate:
        """Close the gate for a reason that a person has to mend; it is probed now and then.

        A site that says what is wrong is there: that ends a run of failures.
        """
        return replace(
            _not_failing(gate),
            reason=reason,
            detail=detail,
            since=gate.since if gate.reason is reason or gate.is_on_trial else now,
            probe_at=now + self._probe_interval(reason),
            probe_until=None,
        )

    def given_up(self, gate: Gate, now: int) -> Gate:
        """After days of nothing but failures the site is no longer tried; pairing resumes it.

        Asked after each probe that did not find the site willing; acts only if it just failed.
        """
        since = gate.failing_since
        if (
            since is None
            or gate.failed_at != now
            or now - since < self.settings.disable_after_seconds
        ):
            return gate
        return replace(
            gate, reason=GateReason.DISABLED, probe_at=None, probe_until=None, detail=GIVEN_UP
        )

    def _after_failure(self, gate: Gate, now: int, detail: str) -> Gate:
        """Count a failure; the third in a row opens the breaker, longer each time."""
        gate = _awake(gate, now)
        failures = gate.failures + 1
        since = now if gate.failing_since is None else gate.failing_since
        counted = replace(
            gate, failures=failures, failing_since=since, failed_at=now, probe_until=None
        )
        if failures < self.settings.breaker_failures and gate.reason is None:
            return counted
        if gate.reason not in {None, GateReason.UNREACHABLE}:
            return replace(counted, probe_at=now + self._probe_interval(gate.reason))
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

    def _probe_interval(self, reason: GateReason | None) -> int:
        if reason is GateReason.AUTH:
            return self.settings.auth_probe_seconds
        return self.settings.probe_seconds

    def _jitter(self, seconds: int) -> int:
        share = self.settings.retry_jitter_percent / 100
        return max(1, round(seconds * self.uniform(1 - share, 1 + share)))


def _awake(gate: Gate, now: int) -> Gate:
    """The gate without the counts that a quiet day has ended: what is so far apart is no run."""
    if gate.failed_at is None or now - gate.failed_at < QUIET_SECONDS:
        return gate
    return replace(gate, failures=0, failing_since=None, refusals=0, unreadable=0)


def _not_failing(gate: Gate) -> Gate:
    return replace(gate, failures=0, failing_since=None)
