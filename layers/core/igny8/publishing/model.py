"""The link between one content and one post: what we want there, what is there, and between.

Every transition is a method that answers the next state; stores write it conditionally.
All times are epoch seconds.
"""

from dataclasses import dataclass, replace
from typing import Any

from igny8.publishing.standing import Standing, is_count, operation_id
from igny8.publishing.states import (
    BLOCKABLE_STATES,
    BLOCKED,
    DELETED,
    DELIVERED_AS,
    DOWN_STATES,
    FORMER_ADDRESS,
    IN_FLIGHT_STATES,
    NONE_OF_OURS,
    NOT_PUBLISHED,
    PENDING_STATES,
    TRASH,
    Clash,
    Doubt,
    LastError,
    PublishState,
)

__all__ = [
    "BLOCKABLE_STATES",
    "BLOCKED",
    "DELETED",
    "DELIVERED_AS",
    "DOWN_STATES",
    "FORMER_ADDRESS",
    "IN_FLIGHT_STATES",
    "NONE_OF_OURS",
    "NOT_PUBLISHED",
    "PENDING_STATES",
    "TRASH",
    "Clash",
    "Doubt",
    "LastError",
    "Publication",
    "PublishState",
    "is_count",
    "new_publication",
    "operation_id",
]

TOO_LATE = "too_late_to_cancel"  # as reason of what was applied
PATIENT_CRASHES = 10
MOST_AHEAD = 1_000_000
"""Decisions that a backup can lack of one content; a site that tells of more is not believed."""
LONGEST_DOUBLING = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication(Standing):
    """State of one content on one integration, and the ways from one state to the next."""

    def sent_to(self, site_url: str) -> "Publication":
        """What comes of it will be there; a post that is known stays where it is."""
        return self if self.external_id is not None else replace(self, home=site_url)

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
            cancel_requested=False,
            deletes_content=False,
            heard_life=0,
            heard_seq=0,
            version=0,
        )

    def decided(
        self,
        content_rev: int,
        post_status: str,
        now: int,
        *,
        recreate: bool = False,
        takes_down: bool = False,
        deletes_content: bool = False,
        over: Clash | None = None,
        request_id: str | None = None,
    ) -> "Publication":
        """A new intent. One that is in flight stays in flight; this follows it.

        Attempts belong to an intent: the new one has not been tried yet. It goes ``over`` what a
        conflict has shown, and over nothing else that people have done.
        """
        follows = self.state in IN_FLIGHT_STATES
        seen = (over.post_status if over else None) or self.wordpress_status
        made_again = recreate and self.can_be_made_again and seen != TRASH
        return replace(
            self,
            intent=self.intent + 1,
            content_rev=content_rev,
            post_status=post_status,
            recreate=recreate,
            takes_down=takes_down,
            deletes_content=deletes_content,
            cancel_requested=False,
            overwrites=over.fingerprint if over else None,
            clash=None,
            request_id=request_id,
            decided_at=now,
            base_status=None if made_again else seen,
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
            doubt=Doubt(self.operation_id, self.intent, now, self.post_status, self.decided_at),
            due_at=due_at,
            wake_at=due_at,
            hints=0,
            version=self.version + 1,
        )

    def seen_ahead(self, rev: object) -> "Publication":
        """WordPress has had an intent of this number, which is not known here any more.

        So it is after our tables were restored from a backup. It obeys nothing below: whatever is
        decided next stands above it.
        """
        if not is_count(rev) or not self.intent < rev <= self.intent + MOST_AHEAD:
            return self
        return replace(self, intent=rev)

    def hurried(self, now: int) -> "Publication":
        """Asked again now, where WordPress did not answer and hours would go by; else as it is."""
        waits = self.state is PublishState.UNKNOWN and self.unanswered and (self.due_at or 0) > now
        if not waits:
            return self
        return replace(
            self, due_at=now, wake_at=now, hints=0, unanswered=0, version=self.version + 1
        )

    def hastened(self, now: int) -> "Publication":
        """Tried now instead of later; as it is where it waits for nothing, or a worker is at it."""
        if self.is_leased(now) or (self.due_at or 0) <= now:
            return self
        return replace(
            self, due_at=now, wake_at=now, hints=0, unanswered=0, version=self.version + 1
        )

    def cancelled(self, now: int) -> "Publication":
        """Ended, if WordPress cannot have it. What is in doubt is asked about first."""
        if self.waits_for_deletion:
            return self.at_rest(self.state, deletes_content=False)
        if self.doubt is None and not self.is_leased(now):
            return self.called_off()
        return replace(
            self,
            cancel_requested=True,
            deletes_content=False,
            due_at=self._after_lease(self.due_at, now),
            wake_at=self._after_lease(self.wake_at, now),
            hints=0,
            version=self.version + 1,
        )

    def called_off(self) -> "Publication":
        """Ended by people; whatever older text WordPress has stays there."""
        return self.at_rest(
            PublishState.CANCELLED,
            cancel_requested=False,
            deletes_content=False,
            overwrites=None,
            recreate=False,
            attempt=0,
            unanswered=0,
            reason=None,
            last_error=None,
        )

    def delivered(
        self, state: PublishState, now: int, *, intent: int, **changes: Any
    ) -> "Publication":
        """WordPress has what ``intent`` wanted; content that goes with its post is deleted next."""
        if intent < self.intent:
            return self.at_rest(state, doubt=None, **changes)
        goes = self.deletes_content and state in DOWN_STATES
        ended: dict[str, Any] = {
            "doubt": None,
            "cancel_requested": False,
            "deletes_content": goes,
            "overwrites": None,
            "clash": None,
        }
        if self.cancel_requested:
            ended["reason"] = TOO_LATE
        if goes:
            return self.later(state, now, **(changes | ended))
        return self.at_rest(state, **(changes | ended))

    def kept_theirs(
        self, state: PublishState, post_status: str, content_rev: int = NONE_OF_OURS
    ) -> "Publication":
        """What a conflict has shown is what is wanted there; our own text differs from it.

        Unless ``content_rev`` is a revision that was made of it. An intent, though nothing is sent:
        it stands above the one that was in conflict.
        """
        clash = self.clash or Clash()
        seen = clash.post_status or self.wordpress_status
        kept = self.at_rest(
            state,
            intent=self.intent + 1,
            content_rev=content_rev,
            post_status=post_status,
            takes_down=False,
            deletes_content=False,
            recreate=False,
            clash=None,
            overwrites=None,
            fingerprint=clash.fingerprint,
            wordpress_status=seen,
            base_status=seen,
            attempt=0,
            reason=None,
            last_error=None,
        )
        known = clash.fingerprint or self.site_fingerprint
        return replace(kept, site_fingerprint=known)

    def agreed_upon(self, fingerprint: str, content_rev: int) -> "Publication":
        """What somebody has made of the post is known here now; nothing is sent because of it."""
        return replace(
            self,
            fingerprint=fingerprint,
            site_fingerprint=fingerprint,
            content_rev=content_rev,
            version=self.version + 1,
        )

    def disputed(self, clash: Clash, why: LastError) -> "Publication":
        """Both sides have changed it since they last agreed: a person decides, nothing is sent."""
        return self.at_rest(
            PublishState.CONFLICT,
            clash=clash,
            site_fingerprint=clash.fingerprint,
            reason=why.reason,
            last_error=why,
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
        decided_at=now,
        version=1,
    )
