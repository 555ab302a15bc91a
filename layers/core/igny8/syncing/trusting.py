"""Finding out whether a site is the one that was listened to, where something did not fit."""

from dataclasses import replace

from igny8.core.settings import Settings
from igny8.syncing.model import Plan, anew
from igny8.syncing.outcomes import Outcome, Outcomes
from igny8.syncing.pull import FROZEN, ChangePull
from igny8.syncing.run import Run, RunState
from igny8.syncing.work import Work


class Trusting:
    """Asks a site who it is."""

    def __init__(self, *, pull: ChangePull, outcomes: Outcomes, settings: Settings) -> None:
        self._pull = pull
        self._outcomes = outcomes
        self._settings = settings

    def check(self, work: Work) -> Outcome:
        """A call did not fit what was counted."""
        came = self._pull.check(work.owner, work.target, work.client)
        if came.refused is not None:
            return self._outcomes.refused(work.visit, came.refused)
        if came.doubtful:
            return self.asked_again()
        if came.frozen:
            return Outcome(lambda plan: given_up(self._outcomes.seen(plan)))
        return Outcome(lambda plan: self._outcomes.seen(replace(plan, check_at=None)))

    def asked_again(self) -> Outcome:
        """It may be a replica of its database that lags behind: that passes.

        A restored site that has counted on by then looks the same: so every post is looked at.
        """
        now = self._outcomes.now()
        at = now + self._settings.sync_retry_seconds

        def waits(plan: Plan) -> Plan:
            repair_at = anew(now, plan.repair_at)
            plan = replace(self._outcomes.seen(plan), repair_at=repair_at)
            return replace(plan, check_at=at, retry_at=at)

        return Outcome(waits)

    def looked_closer(self, work: Work, run: Run | None) -> Outcome:
        """An answer did not fit: either the site is frozen now, or it was a late one."""
        came = self._pull.check(work.owner, work.target, work.client)
        if came.refused is not None:
            return self._outcomes.refused(work.visit, came.refused)
        if came.doubtful:
            return self.asked_again()
        if not came.frozen:
            at = self._outcomes.now() + self._settings.sync_retry_seconds
            return Outcome(lambda plan: replace(plan, check_at=None, retry_at=at))
        ended = Outcome(self._outcomes.seen)
        if run is not None:
            ended = self._outcomes.ended(work.owner, run, RunState.FAILED, FROZEN)
        return ended.then(given_up)


def given_up(plan: Plan) -> Plan:
    """The site is frozen. When it has paired anew every post is looked at."""
    return replace(plan, check_at=None, repair_at=None, asks=(), reads=())
