"""The automatic sweep: finds sites whose content may go on by itself."""

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from igny8.core.clock import Clock, epoch
from igny8.core.errors import NotFound, Unavailable, Unreadable
from igny8.core.logging import get_logger
from igny8.integrations.model import SiteBundle
from igny8.integrations.store import IntegrationStore
from igny8.pacing.days import next_opening, opening, wall, zone_of
from igny8.pacing.model import PublishingSettings
from igny8.pacing.store import PacingStore
from igny8.pipeline.automatic import AGAIN_SECONDS, AutomaticPublishing, Moment, Progress

MARGIN_SECONDS = 20.0
LOOK_SECONDS = 240
"""Below the sweep's five minutes, so that a look that is due is in its next run."""
IDLE_SECONDS = 3_600
"""Where nothing waits: whoever makes something wait wakes the site, unless it dies before that."""
LONGEST_SECONDS = 21_600
"""Nothing that people choose is seen later than this, whatever they changed it by."""
MOST_NAMED = 10
logger = get_logger()


@dataclass(frozen=True, slots=True)
class AutomaticReport:
    """How many sites were looked at, what went on, and at least how much is left to the next run.

    What waits for its slot, its turn within one, or a limit is not left over. ``unreadable`` names
    what this version cannot read, such as rows of a newer one.
    """

    found: int = 0
    approved: int = 0
    published: int = 0
    left_over: int = 0
    unreadable: tuple[str, ...] = ()

    def plus(self, progress: Progress) -> "AutomaticReport":
        """With what was done at one more site."""
        return replace(
            self,
            approved=self.approved + progress.approved,
            published=self.published + progress.published,
            left_over=self.left_over + progress.left_over,
            unreadable=(*self.unreadable, *progress.unreadable)[:MOST_NAMED],
        )


class AutomaticSweep:
    """Looks at every shard of the due index."""

    def __init__(
        self,
        *,
        pacing: PacingStore,
        integrations: IntegrationStore,
        publishing: AutomaticPublishing,
        clock: Clock,
        shards: int,
        limit: int,
    ) -> None:
        self._pacing = pacing
        self._integrations = integrations
        self._publishing = publishing
        self._clock = clock
        self._shards = shards
        self._limit = limit

    def run(self, remaining_seconds: Callable[[], float] = lambda: math.inf) -> AutomaticReport:
        """Look at every site that is due; each run begins at another shard."""
        now = epoch(self._clock.now())
        report = AutomaticReport()
        for number in range(self._shards):
            if remaining_seconds() < MARGIN_SECONDS:
                return replace(report, left_over=report.left_over + self._shards - number)
            shard = (now // 300 + number) % self._shards
            try:
                sites = self._pacing.due_in_shard(shard, now, self._limit)
            except Unavailable:
                report = replace(report, left_over=report.left_over + 1)
                continue
            more = int(len(sites) >= self._limit)
            report = replace(
                report, found=report.found + len(sites), left_over=report.left_over + more
            )
            for account_id, site_id in sites:
                report = report.plus(self._tried(account_id, site_id, remaining_seconds))
        return report

    def _tried(
        self, account_id: int, site_id: int, remaining_seconds: Callable[[], float]
    ) -> Progress:
        """What became of a site; a fault, of ours or AWS's, keeps back no other."""
        now = epoch(self._clock.now())
        try:
            return self._look(account_id, site_id, lambda: remaining_seconds() >= MARGIN_SECONDS)
        except Unreadable as strange:
            with suppress(Unavailable):
                self._pacing.postpone(account_id, site_id, now + AGAIN_SECONDS, now)
            return Progress().beside(strange)
        except Unavailable:
            return Progress(left_over=1)
        except Exception:
            logger.exception("crashed", extra={"site_id": site_id})
            return Progress(left_over=1)

    def _look(self, account_id: int, site_id: int, has_time: Callable[[], bool]) -> Progress:
        if not has_time():
            return Progress(left_over=1)
        try:
            site = self._integrations.bundle(account_id, site_id)
        except NotFound:
            return Progress()  # deleted, and its settings with it: the index is behind
        now, zone = self._clock.now(), zone_of(site.site.timezone)
        today = wall(now, zone).date()
        pace = self._pacing.pace(account_id, site_id, today)
        settings = pace.settings
        moment = Moment(today, opening(now, zone, settings))
        due = settings.wake_at is not None and settings.wake_at <= epoch(now)
        next_look = self._next_look(settings, site, moment)
        if not due or not self._pacing.begin(settings, next_look):
            return Progress()  # another sweep is at it
        progress = Progress()
        if settings.auto_approval_enabled:
            progress = self._publishing.approve(settings, has_time)
        if is_connected(site):
            progress = progress.plus(self._publishing.publish(pace, moment, has_time))
        if _found_nothing(settings, progress):
            self._rest(settings, next_look)
        return progress

    def _rest(self, settings: PublishingSettings, next_look: int) -> None:
        """Look again soon, as the list may be behind; then hardly ever, until something waits."""
        now = epoch(self._clock.now())
        begun = replace(settings, wake_at=next_look)
        later = next_look if settings.idle_since is None else now + IDLE_SECONDS
        with suppress(Unavailable):  # it is looked at as if it were not idle
            self._pacing.rest(begun, later, settings.idle_since or now)

    def _next_look(self, settings: PublishingSettings, site: SiteBundle, moment: Moment) -> int:
        now = self._clock.now()
        if settings.auto_approval_enabled or moment.opening is not None:
            return epoch(now) + LOOK_SECONDS
        begins = next_opening(now, zone_of(site.site.timezone), settings)
        latest = epoch(now) + LONGEST_SECONDS
        return latest if begins is None else min(latest, epoch(begins))


def _found_nothing(settings: PublishingSettings, progress: Progress) -> bool:
    """Whether every list was read that anything can wait on, and nothing was there."""
    lists = settings.auto_approval_enabled + settings.auto_publish_enabled
    return progress.searched == lists and not progress.found


def is_connected(site: SiteBundle) -> bool:
    """Whether it is plain where a content of the site goes."""
    return sum(one.is_connected for one in site.integrations) == 1
