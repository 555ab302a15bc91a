"""An event of a site, the inbox that it comes to, and what became of it."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from igny8.terms.model import TermNews

WORDPRESS = "wordpress"
IGNY8 = "igny8"
DATA_LOSS = "data_loss"
NO_POST = 0
"""As post id: the event is about the site (the bridge had to drop events: ``data_loss``)."""


class Result(StrEnum):
    """What became of an event. All of them mean that it need not be sent again.

    ``queued``: it did not say what is there now; the site will be asked.
    """

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    STALE = "stale"
    IGNORED = "ignored"
    QUEUED = "queued"


class Trust(StrEnum):
    """Whether the numbers of a site's events can be believed.

    ``suspect``: a call did not fit what was counted before, the site is asked. ``frozen``: it has
    confirmed that its database is another one, or an older one; only pairing anew ends that.
    """

    TRUSTED = "trusted"
    SUSPECT = "suspect"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Position:
    """How far a site has counted (``head_seq``, if it says so), in which life of its database."""

    epoch: str
    head_seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostEvent:
    """What happened to one post. ``seq`` orders the events of one life of the site's database.

    ``origin`` is ``igny8`` for what our own operation did; ``actor`` and ``channel`` say who did it
    and by which way (admin, rest, cron, cli). ``metadata`` replaces what was known, if given.
    ``terms``: it is about a term, and no post.
    """

    post_id: int
    content_id: int | None = None
    action: str = "post_updated"
    post_status: str | None = None
    post_url: str | None = None
    post_title: str | None = None
    post_type: str | None = None
    previous_status: str | None = None
    password_protected: bool | None = None
    event_id: str | None = None
    seq: int | None = None
    origin: str = WORDPRESS
    operation_id: str | None = None
    rev: int | None = None
    fingerprint: str | None = None
    actor: str | None = None
    channel: str | None = None
    occurred_at: str | None = None
    metadata: dict[str, Any] | None = None
    terms: TermNews | None = None

    @property
    def says_nothing(self) -> bool:
        """Whether it only says that something happened to the post (seed 004)."""
        return self.post_status is None and self.metadata is None

    @property
    def is_ours(self) -> bool:
        """Whether it says that it is the echo of our own operation."""
        return self.origin == IGNY8 and self.operation_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """How far an integration was listened to. ``seq`` is the cursor, moved by the pull alone.

    ``head`` is the number to which the site says, in its own calls, that it has counted; what it
    tells is heard at once, so numbers above the cursor are known here already. ``life`` counts the
    lives of the site's database: numbers of different lives do not compare. It is suspect since the
    epoch second ``suspect_since``. ``calls`` were made in ``window``, the number of a minute.
    """

    account_id: int
    integration_id: int
    epoch: str | None = None
    seq: int = 0
    head: int = 0
    life: int = 1
    trust: Trust = Trust.TRUSTED
    suspect_since: int | None = None
    window: int = 0
    calls: int = 0
    version: int = 0

    def fits(self, position: Position | None) -> bool:
        """Whether an answer can be of the database whose events were counted so far.

        It may be older than what the site has told meanwhile.
        """
        return self._reaches(position, self.seq)

    def fits_now(self, position: Position | None) -> bool:
        """Whether what a site says of itself now can be of that database."""
        return self._reaches(position, max(self.seq, self.head))

    def suspected(self, now: int) -> "Inbox":
        """What the site tells does not fit: it is asked, and asked again."""
        return replace(self, trust=Trust.SUSPECT, suspect_since=now)

    def is_confirmed(self, position: Position, now: int, after: int) -> bool:
        """Whether an answer that does not fit settles it, ``after`` seconds of suspicion.

        Another epoch does. A number that is too low can come from a replica of the site's database
        that lags behind for a minute.
        """
        return position.epoch != self.epoch or now - (self.suspect_since or now) >= after

    def raised_by(self, position: Position | None) -> int | None:
        """The number that a call tells, if none so high was told before in this life."""
        if position is None or position.head_seq is None or position.epoch != self.epoch:
            return None
        return position.head_seq if position.head_seq > self.head else None

    def _reaches(self, position: Position | None, number: int) -> bool:
        if position is None or self.epoch is None:
            return True
        counted = number if position.head_seq is None else position.head_seq
        return position.epoch == self.epoch and counted >= number

    def paired(self, position: Position | None) -> "Inbox":
        """After pairing: what the site says of itself now is the truth, in a new life if it moved.

        Events from before the very first pairing are nobody's.
        """
        trusted = self.trust is Trust.TRUSTED
        if trusted and self.fits_now(position) and (position is None or self.epoch is not None):
            return self
        return replace(
            self,
            epoch=position.epoch if position else None,
            seq=0,
            head=0,
            life=self.life if self.epoch is None else self.life + 1,
            trust=Trust.TRUSTED,
            suspect_since=None,
        )


@dataclass(frozen=True, slots=True)
class Heard:
    """What one event led to, for the answer: the state that is stored now."""

    result: Result
    event_id: str | None = None
    content_id: int | None = None
    status: str | None = None
    wordpress_status: str | None = None
    external_id: int | None = None
    external_url: str | None = None
