"""What fails on our side, by a crash or a fault of AWS: put off, counted, and named when it stays.

It costs no attempt, and keeps back nobody else.
"""

from contextlib import suppress

from igny8.core.clock import Clock, epoch
from igny8.core.errors import Unavailable
from igny8.core.logging import get_logger
from igny8.core.rows import Commit, ConditionLost
from igny8.publishing.backoff import Waits
from igny8.publishing.model import LastError, Publication
from igny8.publishing.store import PublicationStore, hint_for

OUR_FAULT = "our_fault"
CRASHED = "crashed"
WHY = LastError(
    OUR_FAULT,
    "This could not be finished on our side several times. We have been told, and go on.",
)
VISIBLE_CRASHES = 10
VISIBLE_AFTER_SECONDS = 900
LONGEST_SECONDS = 1_800
"""What is mended on our side is tried again within half an hour."""

logger = get_logger()


class Setbacks:
    """Puts publications off."""

    def __init__(
        self, *, store: PublicationStore, commit: Commit, waits: Waits, clock: Clock
    ) -> None:
        self._store = store
        self._commit = commit
        self._waits = waits
        self._clock = clock

    def after(self, error: Exception, publication: Publication, *, leased: bool) -> str:
        """Say what went wrong with a publication, and put it off; answers the reason.

        One that is ``leased`` waits for the end of its lease: WordPress may have been asked.
        Elsewhere is nothing done about a row that has changed meanwhile.
        """
        if not leased:
            publication = self._put_off(publication)
        about = {**hint_for(publication).about(), "crashes": publication.crashes}
        if not isinstance(error, Unavailable):
            logger.error(CRASHED, extra=about, exc_info=error)
            return CRASHED
        if publication.reason == OUR_FAULT:
            logger.error("our fault", extra={"what": error.what, **about})
            return OUR_FAULT
        # Nothing is lost: the row stays due, and the sweep sends its hint again.
        logger.warning("unavailable", extra={"what": error.what, **about})
        return "unavailable"

    def _put_off(self, publication: Publication) -> Publication:
        now = epoch(self._clock.now())
        wait = min(self._waits.backoff(publication.crashes + 1), LONGEST_SECONDS)
        after = publication.put_off(now, now + wait)
        since = after.faulty_since or now
        if after.crashes >= VISIBLE_CRASHES or now - since >= VISIBLE_AFTER_SECONDS:
            after = after.told(WHY)
        with suppress(ConditionLost, Unavailable):
            self._commit([self._store.write(publication, after)])
            return after
        return publication
