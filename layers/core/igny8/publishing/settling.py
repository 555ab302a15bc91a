"""What an attempt's result makes of its publication, as a table and the rules around it.

Nothing here is written down; `igny8.publishing.settlement` does that.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from igny8.core.clock import rfc3339
from igny8.publishing.answers import Outcome
from igny8.publishing.backoff import Waits
from igny8.publishing.dispatch import AttemptResult, Job
from igny8.publishing.model import (
    DELETED,
    LastError,
    Publication,
    PublishState,
    applied,
    known_post,
)

OVERTAKEN = frozenset({PublishState.PUBLISHED, PublishState.UNPUBLISHED, PublishState.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """One row: ``rests`` in this state; or goes on, ``waiting`` in this one.

    ``forgets_attempts``: behind a closed gate the attempts start anew. Where the outcome is
    unknown they stay used: a site that is alive but never confirms must end as failed.
    """

    rests: PublishState | None = None
    waiting: PublishState = PublishState.WAITING
    forgets_attempts: bool = True


SETTLINGS: dict[Outcome, Settling] = {
    Outcome.CONFLICT: Settling(rests=PublishState.CONFLICT),
    Outcome.GONE: Settling(rests=PublishState.GONE),
    Outcome.FAILED: Settling(rests=PublishState.FAILED),
    Outcome.WAIT: Settling(),
    Outcome.SITE: Settling(),
    Outcome.UNKNOWN: Settling(waiting=PublishState.UNKNOWN, forgets_attempts=False),
}
"""By outcome; what success means is the publication's to say (``delivered_state``)."""


def settled(
    before: Publication, job: Job, result: AttemptResult, *, blocked: bool, waits: Waits, now: int
) -> Publication:
    """The publication after the attempt. ``blocked``: its site's gate is closed now.

    A higher intent that arrived while this one was under way is queued next.
    """
    return _followed(before, job, _after(before, job, result, blocked, waits, now), now)


def _after(
    before: Publication, job: Job, result: AttemptResult, blocked: bool, waits: Waits, now: int
) -> Publication:
    now_text = rfc3339(datetime.fromtimestamp(now, UTC))
    if result.found:
        # An older intent is there: its post is ours, whatever becomes of this one.
        found = known_post(before, result.found, 0, now_text)
        before = replace(before, home=job.integration.external_site_url, **found)
    if result.outcome is Outcome.PUBLISHED:
        facts = applied(before, result.data, job.publication.intent, now_text)
        facts["home"] = job.integration.external_site_url
        return before.at_rest(job.publication.delivered_state, doubt=None, **facts)
    settling = SETTLINGS[result.outcome]
    of_this_intent = before.intent == job.publication.intent
    attempt = before.attempt + int(result.uses_attempt and of_this_intent)
    changes: dict[str, Any] = {
        "doubt": before.doubt if result.in_doubt else None,
        "last_error": LastError(result.reason, result.message, result.answer.status or None),
        "reason": result.reason,
        "attempt": attempt,
    }
    if settling.rests is not None:
        if settling.rests is PublishState.GONE:
            changes["wordpress_status"] = DELETED
        return before.at_rest(settling.rests, **changes)
    if blocked:
        # The gate says why; the row itself is ready the moment the gate opens.
        if settling.forgets_attempts:
            changes["attempt"] = 0
        state = PublishState.UNKNOWN if result.in_doubt else PublishState.QUEUED
        return before.later(state, now, **changes)
    # WordPress at work on it is a clear answer: it waits, though its end is still in doubt.
    clear = result.outcome is Outcome.WAIT or not result.in_doubt
    state = settling.waiting if clear else PublishState.UNKNOWN
    wait = waits.pause(result.pause, result.answer, max(attempt, 1))
    return before.later(state, now + (wait or waits.backoff(1)), **changes)


def _followed(before: Publication, job: Job, after: Publication, now: int) -> Publication:
    """Queue a higher intent that arrived meanwhile, unless this one is still in doubt.

    WordPress can also be ahead of us, after our tables were restored from a backup: then it
    answered with an older text of ours, and our intent goes out again above its number.
    """
    delivered = after.state is job.publication.delivered_state
    if delivered and after.applied_intent > before.intent:
        ahead = replace(after, intent=after.applied_intent)
        return ahead.decided(before.content_rev, before.post_status, now)
    overtaken = before.intent > job.publication.intent
    if not overtaken or after.doubt is not None or after.state not in OVERTAKEN:
        return after
    return replace(
        after, state=PublishState.QUEUED, due_at=now, wake_at=now, attempt=0, reason=None
    )
