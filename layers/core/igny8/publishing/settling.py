"""What an attempt's result makes of its publication, as a table and the rules around it.

Nothing here is written down; `igny8.publishing.settlement` does that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from igny8.content.model import RawRef
from igny8.core.clock import rfc3339
from igny8.publishing.answers import CONFIRMED, NEWER_THERE, Outcome
from igny8.publishing.backoff import Waits
from igny8.publishing.bases import Base, fields_of
from igny8.publishing.dispatch import AttemptResult, Job
from igny8.publishing.facts import applied, found_post, status_seen
from igny8.publishing.model import (
    DELETED,
    TRASH,
    Clash,
    LastError,
    Publication,
    PublishState,
    is_count,
)
from igny8.publishing.partial import TEXT
from igny8.publishing.seen import TAKEN_DOWN, VISIBLE, is_overtaken, state_by
from igny8.wordpress.remarks import remarks

SHA256_DIGITS = 64
SETTLED_FOR_GOOD = frozenset({
    "charset_limited", "featured_image_not_shown", "not_supported", "seo_altered", "seo_unusable",
    "term_altered", "trash_disabled",
})  # fmt: skip
"""Codes of warnings that would be the same another time: the site has it in its own way."""
IN_VAIN = frozenset({Outcome.UNKNOWN, Outcome.UNANSWERED})
OVERTAKEN = frozenset({
    PublishState.PUBLISHED, PublishState.UNPUBLISHED, PublishState.FAILED, PublishState.CANCELLED,
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """One row: ``rests`` in a state, ``delivered`` in the one that was wanted, or it goes on.

    What goes on is ``waiting``, or ``behind`` a gate that is closed now: there it is ready the
    moment the gate opens, and ``forgets_attempts``. Where the outcome is unknown they stay used: a
    site that is alive but never confirms must end as failed. What ``keeps_doubt`` is asked about
    before it is sent again.
    """

    rests: PublishState | None = None
    delivered: bool = False
    waiting: PublishState = PublishState.WAITING
    behind: PublishState = PublishState.QUEUED
    forgets_attempts: bool = True
    keeps_doubt: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether it is tried again without anybody's doing."""
        return self.rests is None and not self.delivered


_ASKS: dict[str, Any] = {"keeps_doubt": True, "behind": PublishState.UNKNOWN}
SETTLINGS: dict[Outcome, Settling] = {
    Outcome.PUBLISHED: Settling(delivered=True),
    Outcome.CONFLICT: Settling(rests=PublishState.CONFLICT),
    Outcome.GONE: Settling(rests=PublishState.GONE),
    Outcome.FAILED: Settling(rests=PublishState.FAILED),
    Outcome.STOPPED: Settling(rests=PublishState.CANCELLED),
    Outcome.WAIT: Settling(),
    Outcome.AGAIN: Settling(),
    Outcome.SITE: Settling(),
    Outcome.RUNNING: Settling(**_ASKS),
    Outcome.UNANSWERED: Settling(waiting=PublishState.UNKNOWN, **_ASKS),
    Outcome.UNKNOWN: Settling(waiting=PublishState.UNKNOWN, forgets_attempts=False, **_ASKS),
}
"""By outcome. ``ASK`` is none to settle: the answer to the question is."""


def settled(
    before: Publication, job: Job, result: AttemptResult, *, blocked: bool, waits: Waits, now: int
) -> Publication:
    """The publication after the attempt. ``blocked``: its site's gate is closed now.

    A higher intent that arrived while this one was under way is queued next.
    """
    after = _after(before, job, result, blocked, waits, now)
    delivered = SETTLINGS[result.outcome].delivered
    if before.cancel_requested:
        return _cancelled(before, job, after, delivered=delivered)
    return _followed(before, job, after, now)


def agreed(job: Job, after: Publication, result: AttemptResult, now: int) -> Base | None:
    """What both sides have from now on, where WordPress has this very order, and has said so."""
    sent, fingerprint = job.publication, after.fingerprint
    if not SETTLINGS[result.outcome].delivered or sent.takes_down or fingerprint is None:
        return None
    told = result.data.get("text_sha256")
    text_sha256 = told if isinstance(told, str) and len(told) == SHA256_DIGITS else None
    raw = _text_there(job, text_sha256)
    return Base(
        account_id=sent.account_id,
        content_id=sent.content_id,
        integration_id=sent.integration_id,
        rev=sent.content_rev,
        fingerprint=fingerprint,
        fields=fields_of(job.everything, _refused(result.data)),
        raw=raw,
        text_sha256=text_sha256 or (raw.sha256 if raw is not None else None),
        revised_at=now,
    )


def _text_there(job: Job, told: str | None) -> RawRef | None:
    """The text that the site has now, where that is known here: by its word, or by what it took.

    Should it have another one, it refuses whatever names parts of this one.
    """
    was = job.base.raw if job.base is not None else None
    if told is not None:
        return next((one for one in (job.raw, was) if one and one.sha256 == told), None)
    return job.raw or (None if TEXT in job.payload else was)


def _refused(data: Mapping[str, Any]) -> set[str]:
    """The fields that the site could not take, by its warnings; what it never will is settled."""
    told = [one for one in remarks(data.get("warnings")) if isinstance(one, Mapping)]
    return {str(one.get("field", "")) for one in told if one.get("code") not in SETTLED_FOR_GOOD}


def _after(
    before: Publication, job: Job, result: AttemptResult, blocked: bool, waits: Waits, now: int
) -> Publication:
    now_text = rfc3339(datetime.fromtimestamp(now, UTC))
    before = before.seen_ahead(result.data.get("rev"))
    overtaken = is_overtaken(job.publication, before, result.answer.head_seq)
    if _names_another(before, result.found or result.data):
        overtaken = False  # what was heard was of a post that came to nothing
    heard = _as_heard(before) if overtaken else {}
    if result.found:
        # Its post is ours, whatever becomes of what was wanted now.
        found = found_post(before, result.found, now_text) | heard
        before = replace(before, home=job.integration.external_site_url, **found)
    settling = SETTLINGS[result.outcome]
    if settling.delivered:
        facts = applied(before, result.data, job.publication.intent, now_text)
        facts["warnings"] = [*job.warnings, *facts["warnings"]]
        facts["home"] = job.integration.external_site_url
        state = job.publication.delivered_state
        if result.reason == CONFIRMED:  # what is there now, whoever made it so
            facts["base_status"] = status_seen(before, result.data)
            state = _as_it_is_now(job, facts["wordpress_status"])
        if overtaken and before.wordpress_status is not None:
            state = state_by(before, before.wordpress_status) or state
        return before.delivered(state, now, intent=job.publication.intent, **(facts | heard))
    if result.outcome is Outcome.GONE and job.publication.takes_down:
        return _down_already(before, job, result.data, now)
    attempt = before.attempt + int(result.uses_attempt and before.intent == job.publication.intent)
    changes: dict[str, Any] = {
        "doubt": before.doubt if settling.keeps_doubt else None,
        "last_error": LastError(result.reason, result.message, result.answer.status or None),
        "reason": result.reason,
        "unanswered": asked_in_vain(before, result),
        "attempt": 0 if blocked and settling.goes_on and settling.forgets_attempts else attempt,
        **(_gone(result.data) if result.outcome is Outcome.GONE else {}),
        **(_clash(result.data, heard) if result.outcome is Outcome.CONFLICT else {}),
    }
    if settling.rests is not None:
        return before.at_rest(settling.rests, **changes)
    if blocked:
        return before.later(settling.behind, now, **changes)
    wait = waits.pause(result.pause, result.answer, max(attempt, 1)) or waits.backoff(1)
    if changes["unanswered"]:
        wait = max(wait, waits.backoff(changes["unanswered"]))
    return before.later(settling.waiting, now + wait, **changes)


def _names_another(known: Publication, told: Mapping[str, Any]) -> bool:
    """Whether an answer is about another post than that which is known."""
    post_id = told.get("post_id")
    return is_count(post_id) and known.external_id not in {None, post_id}


def _as_heard(publication: Publication) -> dict[str, Any]:
    """What a later event has told of the post: an answer that comes after it is older."""
    names = ("external_url", "wordpress_status", "site_fingerprint")
    told = {name: getattr(publication, name) for name in names}
    return {name: value for name, value in told.items() if value is not None}


def asked_in_vain(before: Publication, result: AttemptResult) -> int:
    """How often in a row WordPress did not say what is there, this answer included."""
    in_vain = result.outcome in IN_VAIN and not result.uses_attempt
    return before.unanswered + 1 if in_vain else 0


def _gone(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the post then: from the trash somebody may bring it back."""
    status = data.get("post_status")
    return {"wordpress_status": status} if status in {DELETED, TRASH} else {}


def _as_it_is_now(job: Job, post_status: str | None) -> PublishState:
    """Where a delivery is that WordPress confirms later: people may have been there since."""
    if post_status in TAKEN_DOWN - {job.publication.post_status}:
        return PublishState.UNPUBLISHED
    if post_status in VISIBLE:
        return PublishState.PUBLISHED
    return job.publication.delivered_state


def _down_already(before: Publication, job: Job, data: Mapping[str, Any], now: int) -> Publication:
    """Somebody was quicker, or there never was a post: what was wanted is so."""
    facts: dict[str, Any] = {"reason": None, "last_error": None, "attempt": 0, "unanswered": 0}
    state = PublishState.CANCELLED
    if before.external_id is not None or is_count(data.get("post_id")):
        facts |= _gone(data)
        in_trash = facts.get("wordpress_status", before.wordpress_status) == TRASH
        state = PublishState.UNPUBLISHED if in_trash else PublishState.GONE
    return before.delivered(state, now, intent=job.publication.intent, **facts)


def _clash(data: Mapping[str, Any], heard: Mapping[str, Any]) -> dict[str, Any]:
    """What a conflict told of the post, which is what whoever decides it has seen."""
    fingerprint, status = data.get("current_fingerprint"), data.get("post_status")
    seen = Clash(
        fingerprint[:200] if isinstance(fingerprint, str) else None,
        status[:40] if isinstance(status, str) else None,
    )
    known = {"site_fingerprint": seen.fingerprint, "wordpress_status": seen.post_status}
    told = {name: value for name, value in known.items() if value is not None}
    return {"clash": seen, **told, **heard}


def _cancelled(
    before: Publication, job: Job, after: Publication, *, delivered: bool
) -> Publication:
    """People have cancelled it: what was not applied ends here, what may have been is asked about.

    An older text that turns out to be there stays, and is not what was cancelled.
    """
    if after.doubt is not None:
        return after
    newest = job.publication.intent == before.intent
    unknown_text = after.state is PublishState.CONFLICT and after.reason == NEWER_THERE.reason
    if (delivered and newest) or unknown_text or after.state is PublishState.GONE:
        return replace(after, cancel_requested=False)
    return replace(after.called_off(), version=after.version)


def _followed(before: Publication, job: Job, after: Publication, now: int) -> Publication:
    """Queue a higher intent that arrived meanwhile, unless this one is still in doubt."""
    overtaken = before.intent > job.publication.intent
    if not overtaken or after.state not in OVERTAKEN:
        return after
    return replace(
        after, state=PublishState.QUEUED, due_at=now, wake_at=now, attempt=0, reason=None
    )
