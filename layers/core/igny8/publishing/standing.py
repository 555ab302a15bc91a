"""What is known of a publication, and what follows; how it changes is `igny8.publishing.model`."""

from dataclasses import dataclass, field
from typing import Any, TypeGuard

from igny8.core.ids import MAX_ID
from igny8.core.urls import same_place
from igny8.publishing.fingerprints import differing
from igny8.publishing.states import (
    BLOCKABLE_STATES,
    DELETED,
    DELIVERED_AS,
    DOWN_AS,
    DOWN_STATES,
    NONE_OF_OURS,
    PENDING_STATES,
    Clash,
    Doubt,
    LastError,
    PublishState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """State of one content on one integration.

    ``intent`` is the newest decision and pins ``content_rev`` and ``post_status``;
    ``applied_intent`` is the newest that WordPress is known to have. ``due_at`` is when it can be
    served, ``wake_at`` when the sweep looks next; both are empty at rest. ``attempt`` counts the
    sends of this intent that WordPress may have seen, ``crashes`` the workers that died over it or
    could not take it, the latter since ``faulty_since``. ``home`` is the address of the
    site that the post is on. ``base_status`` is the post's status as whoever decided saw it;
    ``heard_life`` and ``heard_seq`` say which event of the site was heard last (`igny8.inbound`),
    ``site_fingerprint`` what the site's text was then. ``request_id`` is the request by which the
    newest decision came, ``decided_at`` when: after our tables were restored from a backup another
    decision may have had its number; ``unanswered`` counts questions in a row that WordPress did
    not answer.

    What the newest decision is beside a text: ``takes_down`` wants the post to be a draft or in the
    trash, and ``deletes_content`` the content deleted after that; ``overwrites`` is the fingerprint
    of a person's text that a person wants to be written over. ``cancel_requested``: the next
    verified answer ends it. ``clash`` is what a conflict found there.
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
    takes_down: bool = False
    deletes_content: bool = False
    cancel_requested: bool = False
    overwrites: str | None = None
    clash: Clash | None = None
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
    decided_at: int | None = None
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
        """Whether there was a post before: of an earlier intent, or one that has become content."""
        return self.applied_intent > 0 or self.external_id is not None

    @property
    def delivered_state(self) -> PublishState:
        """Where it is once WordPress has what is wanted."""
        if self.takes_down:
            return PublishState.UNPUBLISHED
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

    @property
    def can_be_made_again(self) -> bool:
        """Whether there is nothing that making it again could double or overwrite."""
        is_gone = self.wordpress_status == DELETED or self.external_id is None
        return self.state is PublishState.GONE or is_gone

    @property
    def site_changed(self) -> bool:
        """Whether the text there is another one than both sides have agreed on."""
        known, there = self.fingerprint, self.site_fingerprint
        is_theirs = known is not None and there is not None and bool(differing(known, there))
        return self.content_rev == NONE_OF_OURS or is_theirs

    @property
    def misses_its_text(self) -> bool:
        """Whether the text that is wanted there has not got there, as far as WordPress has said."""
        is_ours = self.content_rev != NONE_OF_OURS
        return not self.takes_down and is_ours and self.applied_intent < self.intent

    @property
    def is_nowhere(self) -> bool:
        """Whether there is no post of it for certain, whatever is on its way."""
        post = self.external_id is not None and self.wordpress_status != DELETED
        return not post and self.doubt is None

    @property
    def waits_for_deletion(self) -> bool:
        """Whether its post is down, and its content is to be deleted now."""
        return self.deletes_content and self.doubt is None and self.state in DOWN_STATES

    def wants(self, content_rev: int, *, recreate: bool = False) -> bool:
        """Whether this very text is on its way, or there.

        One that is to be made again, should its post be gone, is another wish than one that is not.
        """
        if self.takes_down or self.cancel_requested:
            return False
        known = self.external_id is not None
        if recreate and not self.recreate and known and self.state in PENDING_STATES:
            return False
        settled = PENDING_STATES | {self.delivered_state}
        return self.content_rev == content_rev and self.state in settled

    def wants_down(self, post_status: str) -> bool:
        """Whether the post is on its way to be taken down like that."""
        same = self.takes_down and self.post_status == post_status
        return same and not self.cancel_requested and self.state in PENDING_STATES

    def is_down(self, post_status: str) -> bool:
        """Whether the post is taken down like that, or was deleted by somebody."""
        if self.state is PublishState.GONE:
            return True
        rests = self.state is PublishState.UNPUBLISHED
        return rests and self.wordpress_status in DOWN_AS[post_status]

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


def is_count(value: object) -> TypeGuard[int]:
    """Whether a site's answer gave a number that can be an id or an intent."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_ID


def operation_id(content_id: int, integration_id: int, intent: int) -> str:
    """Name the operation of one intent."""
    return f"{content_id}-{integration_id}-{intent}"
