"""What is left of something that was deleted."""

from dataclasses import dataclass

LATE_SECONDS = 300
"""Requests that began before the deletion have ended by then, and write nothing any more."""
LONGEST_DOUBLING = 6  # 5, 10, 20 minutes … 5 hours


@dataclass(frozen=True, slots=True)
class Leftover:
    """A deleted content whose texts and rows may not all be gone. Times are epoch seconds.

    Or one that may never have been made: whose creation did not answer. Or, with a ``site_id`` and
    no ``content_id``, a deleted site whose content goes with it.

    ``looks`` counts the sweeps that began on it, ``wake_at`` is when the next one may.
    """

    account_id: int
    content_id: int
    deleted_at: int
    wake_at: int
    looks: int = 0
    site_id: int = 0

    @classmethod
    def of(cls, account_id: int, content_id: int, now: int) -> "Leftover":
        """What a deletion leaves; looked at when nobody can add to it any more."""
        return cls(account_id, content_id, now, now + LATE_SECONDS)

    @classmethod
    def of_site(cls, account_id: int, site_id: int, now: int) -> "Leftover":
        """The content of a deleted site; looked for when nobody can add to it any more."""
        return cls(account_id, 0, now, now + LATE_SECONDS, site_id=site_id)

    def next_look(self, now: int) -> int:
        """When another sweep may begin on it, if this one does not finish."""
        return now + (LATE_SECONDS << min(self.looks, LONGEST_DOUBLING))
