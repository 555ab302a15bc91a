"""The link between one content and one post: what we want there, what is there, and between.

Every transition is a method that answers the next state; stores write it conditionally.
All times are epoch seconds.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeGuard

from igny8.core.ids import MAX_ID
from igny8.core.urls import same_place


class PublishState(StrEnum):
    """Where a delivery is. ``blocked`` and ``not_published`` are views, never stored."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    CONFLICT = "conflict"
    GONE = "gone"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    FAILED = "failed"
    CANCELLED = "cancelled"


PATIENT_CRASHES = 10
LONGEST_DOUBLING = 6
DELETED = "deleted"  # as `wordpress_status`: WordPress is known to have no such post any more
TRASH = "trash"
FORMER_ADDRESS = "former_address"  # as reason: the post did not move with its site
NOT_PUBLISHED = "not_published"
BLOCKED = "blocked"
PENDING_STATES = frozenset({
    PublishState.QUEUED, PublishState.SENDING, PublishState.UNKNOWN, PublishState.WAITING,
})  # fmt: skip
IN_FLIGHT_STATES = frozenset({PublishState.SENDING, PublishState.UNKNOWN})
BLOCKABLE_STATES = frozenset({PublishState.QUEUED, PublishState.WAITING, PublishState.UNKNOWN})


DELIVERED_AS = {
    "publish": PublishState.PUBLISHED,
    "future": PublishState.PUBLISHED,
    "private": PublishState.PUBLISHED,
    "pending": PublishState.PUBLISHED,
    "draft": PublishState.PUBLISHED,
    "trash": PublishState.UNPUBLISHED,
}
"""What success means, by the status that the post is to have."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """The operation that was sent without a readable answer so far, and the status it wanted."""

    operation_id: str
    intent: int
    since: int
    post_status: str | None = None


@dataclass(frozen=True, slots=True)
class LastError:
    """Why the last attempt did not succeed. ``reason`` is a stable name (docs, error classes)."""

    reason: str
    message: str
    http_status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """State of one content on one integration.

    ``intent`` is the newest decision and pins ``content_rev`` and ``post_status``;
    ``applied_intent`` is the newest that WordPress is known to have. ``due_at`` is when it can be
    served, ``wake_at`` when the sweep looks next; both are empty at rest. ``attempt`` counts the
    sends of this intent that WordPress may have seen, ``crashes`` the workers that died over it or
    could not take it, the latter since ``faulty_since``. ``home`` is the address of the
    site that the post is on. ``base_status`` is the post's status as whoever decided saw it;
    ``heard_life`` and ``heard_seq`` say which event of the site was heard last (`igny8.inbound`),
    ``site_fingerprint`` what the site's text was then. ``request_id`` is the request by which the
    newest decision came; ``unanswered`` counts questions in a row that WordPress did not answer.
    """

    account_id: int
    site_id: int
    integration_id: int
    content_id: int
    intent: int
    content_rev: int
    post_status: str
    state: PublishState
    recreate: bool = False
    applied_intent: int = 0
    reason: str | None = None
    attempt: int = 0
    crashes: int = 0
    faulty_since: int | None = None
    hints: int = 0
    unanswered: int = 0
    due_at: int | None = None
    wake_at: int | None = None
    lease_owner: str | None = None
    lease_until: int | None = None
    doubt: Doubt | None = None
    external_id: int | None = None
    external_url: str | None = None
    home: str | None = None
    wordpress_status: str | None = None
    last_wp_sync: str | None = None
    fingerprint: str | None = None
    base_status: str | None = None
    heard_life: int = 0
    heard_seq: int = 0
    site_fingerprint: str | None = None
    wp_metadata: dict[str, Any] | None = None
    warnings: list[Any] = field(default_factory=list)
    altered: list[Any] = field(default_factory=list)
    last_error: LastError | None = None
    request_id: str | None = None
    version: int = 0

    @property
    def operation_id(self) -> str:
        """One per intent; all its attempts share it. Also the ``Idempotency-Key``."""
        return operation_id(self.content_id, self.integration_id, self.intent)

    @property
    def correlation_id(self) -> str:
        """What every line in the logs about this intent carries, here and on the way back.

        The request that decided it: its own lines carry nothing else before there is an intent.
        Where no request did, the operation.
        """
        return self.request_id or self.operation_id

    @property
    def is_update(self) -> bool:
        """Whether WordPress has had an earlier intent of this content."""
        return self.applied_intent > 0

    @property
    def delivered_state(self) -> PublishState:
        """Where it is once WordPress has what is wanted."""
        return DELIVERED_AS[self.post_status]

    @property
    def is_live(self) -> bool:
        """Whether there may be a post, or will be: what WordPress has, not what became of a try."""
        post = self.external_id is not None and self.wordpress_status != DELETED
        on_its_way = self.state in PENDING_STATES or self.state is PublishState.CONFLICT
        return post or self.doubt is not None or on_its_way

    def is_elsewhere(self, site_url: str) -> bool:
        """Whether its post is, or may be, where the site was before it moved.

        Another path is another WordPress: what one of them has, the other has never heard of.
        """
        there = self.external_id is not None or self.doubt is not None
        return there and self.home is not None and not same_place(self.home, site_url)

    def sent_to(self, site_url: str) -> "Publication":
        """What comes of it will be there; a post that is known stays where it is."""
        return self if self.external_id is not None else replace(self, home=site_url)

    @property
    def can_be_made_again(self) -> bool:
        """Whether there is nothing that making it again could double or overwrite."""
        is_gone = self.wordpress_status == DELETED or self.external_id is None
        return self.state is PublishState.GONE or is_gone

    def left_behind(self) -> "Publication":
        """As if it had never been sent: its post stays where it is, and is no longer ours."""
        return replace(
            self,
            state=PublishState.CANCELLED,
            applied_intent=0,
            doubt=None,
            external_id=None,
            external_url=None,
            home=None,
            wordpress_status=None,
            base_status=None,
            fingerprint=None,
            site_fingerprint=None,
            wp_metadata=None,
        )

    def taken_over(self, integration_id: int) -> "Publication":
        """As the site's next integration finds it: its post and its doubt, nothing on its way.

        The bridge counts on: intents have to be above those of the former integration.
        """
        ended = PENDING_STATES | {PublishState.CANCELLED}
        return replace(
            self,
            integration_id=integration_id,
            state=PublishState.UNPUBLISHED if self.state in ended else self.state,
            attempt=0,
            crashes=0,
            faulty_since=None,
            hints=0,
            due_at=None,
            wake_at=None,
            lease_owner=None,
            lease_until=None,
            heard_life=0,
            heard_seq=0,
            version=0,
        )

    def wants(self, content_rev: int) -> bool:
        """Whether this very text is on its way, or there."""
        settled = PENDING_STATES | {self.delivered_state}
        return self.content_rev == content_rev and self.state in settled

    def is_leased(self, now: int) -> bool:
        """Whether a worker is at it; one that died is not, once its lease has ended."""
        return self.lease_until is not None and self.lease_until > now

    def is_due(self, now: int) -> bool:
        """Whether a worker may take it now."""
        return self.due_at is not None and self.due_at <= now and not self.is_leased(now)

    def can_be_blocked(self, now: int) -> bool:
        """Whether a closed gate keeps it: it would go on now, and nobody is at it."""
        died = self.state is PublishState.SENDING and not self.is_leased(now)
        return died or self.state in BLOCKABLE_STATES

    def decided(
        self,
        content_rev: int,
        post_status: str,
        now: int,
        *,
        recreate: bool = False,
        request_id: str | None = None,
    ) -> "Publication":
        """A new intent. One that is in flight stays in flight; this follows it.

        Attempts belong to an intent: the new one has not been tried yet.
        """
        follows = self.state in IN_FLIGHT_STATES
        return replace(
            self,
            intent=self.intent + 1,
            content_rev=content_rev,
            post_status=post_status,
            recreate=recreate,
            request_id=request_id,
            base_status=None if recreate and self.can_be_made_again else self.wordpress_status,
            state=self.state if follows else PublishState.QUEUED,
            reason=self.reason if follows else None,
            attempt=0,
            crashes=0,
            faulty_since=None,
            due_at=self._after_lease(self.due_at, now) if follows else now,
            wake_at=self._after_lease(self.wake_at, now) if follows else now,
            hints=0,
            unanswered=0,
            last_error=self.last_error if follows else None,
            version=self.version + 1,
        )

    def taken(self, owner: str, now: int, lease_seconds: int) -> "Publication":
        """A worker serves it: leased, in doubt from this moment on.

        Should this one die as well, where many have, the next comes later and later.
        """
        until = now + lease_seconds
        doublings = min(max(self.crashes - PATIENT_CRASHES, 0), LONGEST_DOUBLING)
        due_at = now + lease_seconds * 2**doublings
        return replace(
            self,
            state=PublishState.SENDING,
            lease_owner=owner,
            lease_until=until,
            doubt=Doubt(self.operation_id, self.intent, now, self.post_status),
            due_at=due_at,
            wake_at=due_at,
            hints=0,
            version=self.version + 1,
        )

    def hurried(self, now: int) -> "Publication":
        """Asked again now, where WordPress did not answer and hours would go by; else as it is."""
        waits = self.state is PublishState.UNKNOWN and self.unanswered and (self.due_at or 0) > now
        if not waits:
            return self
        return replace(
            self, due_at=now, wake_at=now, hints=0, unanswered=0, version=self.version + 1
        )

    def _after_lease(self, at: int | None, now: int) -> int | None:
        """Where workers died often, or WordPress does not answer, it is due much later.

        Who decides anew waits for the lease, and for nothing else.
        """
        return None if at is None else min(at, max(now, self.lease_until or 0))

    def put_off(self, now: int, until: int) -> "Publication":
        """We could not serve it: nothing was sent, and it costs no attempt.

        Of a worker that died over it before nothing is known: that is asked first.
        """
        died = self.state is PublishState.SENDING
        return replace(
            self,
            state=PublishState.UNKNOWN if died else self.state,
            lease_owner=None,
            lease_until=None,
            crashes=self.crashes + 1,
            faulty_since=now if self.faulty_since is None else self.faulty_since,
            due_at=until,
            wake_at=until,
            hints=0,
            version=self.version + 1,
        )

    def told(self, why: LastError) -> "Publication":
        """With a reason for people; it is tried all the same."""
        return replace(self, reason=why.reason, last_error=why)

    def returned(self, **changes: Any) -> "Publication":
        """The worker is done with it: the lease ends, ``changes`` say how."""
        return replace(
            self,
            lease_owner=None,
            lease_until=None,
            crashes=0,
            faulty_since=None,
            version=self.version + 1,
            **changes,
        )

    def at_rest(self, state: PublishState, **changes: Any) -> "Publication":
        """Nothing more to do until someone decides: off the due indexes."""
        return self.returned(state=state, due_at=None, wake_at=None, hints=0, **changes)

    def parked(self) -> "Publication":
        """Still due, and on no sweep's list: only its site's pairing can help, and wakes it."""
        return replace(self, wake_at=None, hints=0, version=self.version + 1)

    def later(self, state: PublishState, at: int, **changes: Any) -> "Publication":
        """Served again at ``at``."""
        return self.returned(state=state, due_at=at, wake_at=at, hints=0, **changes)


def is_count(value: object) -> TypeGuard[int]:
    """Whether a site's answer gave a number that can be an id or an intent."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_ID


def operation_id(content_id: int, integration_id: int, intent: int) -> str:
    """Name the operation of one intent."""
    return f"{content_id}-{integration_id}-{intent}"


def new_publication(
    *,
    account_id: int,
    site_id: int,
    integration_id: int,
    content_id: int,
    content_rev: int,
    post_status: str,
    now: int,
    request_id: str | None = None,
) -> Publication:
    """The first intent of a content on an integration."""
    return Publication(
        account_id=account_id,
        site_id=site_id,
        integration_id=integration_id,
        content_id=content_id,
        intent=1,
        content_rev=content_rev,
        post_status=post_status,
        state=PublishState.QUEUED,
        due_at=now,
        wake_at=now,
        request_id=request_id,
        version=1,
    )
