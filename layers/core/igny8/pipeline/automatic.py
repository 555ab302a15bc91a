"""Automatic approval and publishing of one site: what may go on now, and nothing that people hold.

Two of these at once do no harm: an approval is conditional on the content's version, and what goes
out is counted in the transaction that decides it, under the counter's version.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from igny8.content.model import EditorialStatus, Waiting
from igny8.content.store import ContentStore
from igny8.core.clock import Clock, epoch
from igny8.core.errors import Conflict, DomainError, NotFound, Unavailable, Unreadable
from igny8.core.logging import correlated, get_logger
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.journal.model import Actor
from igny8.pacing.days import Opening
from igny8.pacing.model import PublishingSettings
from igny8.pacing.pace import allowance
from igny8.pacing.store import Pace, PacingStore
from igny8.publishing.decisions import DecisionService, Overruled, Taken

ACTOR = Actor.schedule("automatic")
AGAIN_SECONDS = 3_600
"""When content that could not be published is looked at again: it keeps back no other."""
logger = get_logger()
HasTime = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, as the site sees it."""

    today: date
    opening: Opening | None


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of a site's content, and at least how many wait for the next run.

    ``searched`` counts the lists that were read, ``found`` what was on them. ``unreadable`` names
    what this version cannot read.
    """

    approved: int = 0
    published: int = 0
    left_over: int = 0
    unreadable: tuple[str, ...] = ()
    searched: int = 0
    found: int = 0

    def plus(self, other: "Progress") -> "Progress":
        """Both together."""
        return Progress(
            self.approved + other.approved,
            self.published + other.published,
            self.left_over + other.left_over,
            self.unreadable + other.unreadable,
            self.searched + other.searched,
            self.found + other.found,
        )

    def beside(self, strange: Unreadable) -> "Progress":
        """With one that this version cannot read."""
        return replace(self, unreadable=(*self.unreadable, strange.what.removeprefix("row ")))

    def later(self) -> "Progress":
        """With something that is left to the next run."""
        return replace(self, left_over=self.left_over + 1)


class AutomaticPublishing:
    """Moves a site's content on, at most ``limit`` contents a kind and run.

    What automation cannot do to one content keeps back no other: it is looked at an hour later.
    """

    def __init__(
        self,
        *,
        contents: ContentStore,
        decisions: DecisionService,
        pacing: PacingStore,
        commit: Commit,
        clock: Clock,
        limit: int,
    ) -> None:
        self._contents = contents
        self._decisions = decisions
        self._pacing = pacing
        self._commit = commit
        self._clock = clock
        self._limit = limit

    def approve(self, settings: PublishingSettings, has_time: HasTime) -> Progress:
        """Approve what waits for it; two calls a content. Raises :class:`Unavailable`."""
        found = self._waiting(settings, Waiting.APPROVAL, self._limit + 1)
        left_over = max(0, len(found) - self._limit)
        progress = Progress(left_over=left_over, searched=1, found=len(found))
        for content_id in found[: self._limit]:
            if not has_time():
                return progress.later()
            try:
                done = self._tried(settings, content_id, self._approved)
            except Unreadable as strange:
                progress = progress.beside(strange)
                continue
            except Unavailable:
                progress = progress.later()
                continue
            progress = replace(progress, approved=progress.approved + done)
        return progress

    def publish(self, pace: Pace, moment: Moment, has_time: HasTime) -> Progress:
        """Publish as much as may go out now; four calls a content. Raises :class:`Unavailable`.

        The first that finds the counter moved by another sweep ends it: that one goes on.
        """
        settings, spent, progress = pace.settings, pace.spent, Progress()
        most = allowance(settings, spent, moment.today, moment.opening)
        if not most or moment.opening is None:
            return progress
        found = self._waiting(settings, Waiting.PUBLISHING, min(most, self._limit) + 1)
        progress = replace(progress, searched=1, found=len(found))
        if most > self._limit and len(found) > self._limit:
            progress = progress.later()
        for content_id in found[: min(most, self._limit)]:
            if not has_time():
                return progress.later()
            after = spent.one_more(moment.today, moment.opening.day)
            count = self._pacing.spending(settings, spent, after)
            try:
                done = self._tried(settings, content_id, partial(self._published, count))
            except Unreadable as strange:
                progress = progress.beside(strange)
                continue
            except (Unavailable, Overruled):
                return progress.later()  # whether it was counted will be read, not guessed
            if done:
                spent = after
                progress = replace(progress, published=progress.published + 1)
        return progress

    def _waiting(self, settings: PublishingSettings, waiting: Waiting, limit: int) -> list[int]:
        now = epoch(self._clock.now())
        return self._contents.waiting(settings.account_id, settings.site_id, waiting, now, limit)

    def _approved(self, account_id: int, content_id: int) -> bool:
        content = self._contents.get(account_id, content_id)
        if content.waits_for is not Waiting.APPROVAL:
            return False  # the index is behind
        now = self._clock.now()
        after = replace(content, status=EditorialStatus.APPROVED, updated_at=now)
        self._commit(self._contents.revision(content, after))
        return True

    def _published(self, count: Write, account_id: int, content_id: int) -> bool:
        try:
            self._decisions.publish(
                account_id,
                content_id,
                actor=ACTOR,
                alongside=lambda _decision: [count],
                unattended=True,
            )
        except Taken:
            self._let_be(account_id, content_id)
            return False
        return True

    def _let_be(self, account_id: int, content_id: int) -> None:
        """Take a content that has a publication off the list, should it still be there."""
        content = self._contents.get(account_id, content_id)
        if content.waits_for is Waiting.PUBLISHING:
            self._commit(self._contents.revision(content, replace(content, was_sent=True)))

    def _tried(
        self, settings: PublishingSettings, content_id: int, act: Callable[[int, int], bool]
    ) -> bool:
        """Whether it was done. Raises :class:`Unavailable` and :class:`Overruled`."""
        account_id = settings.account_id
        about = {"content_id": content_id, "site_id": settings.site_id}
        try:
            with correlated():
                return act(account_id, content_id)
        except Unreadable:
            self._put_off(account_id, content_id)
            raise
        except (Unavailable, Overruled):
            raise
        except (ConditionLost, NotFound, Conflict):
            return False  # a person was at it, or the site is not connected any more
        except DomainError as refusal:
            logger.warning("refused", extra={**about, "reason": refusal.message})
        except Exception:  # one that we crash at keeps back no other
            logger.exception("crashed", extra=about)
        self._put_off(account_id, content_id)
        return False

    def _put_off(self, account_id: int, content_id: int) -> None:
        now = epoch(self._clock.now())
        self._contents.put_off(account_id, content_id, now + AGAIN_SECONDS, now)
