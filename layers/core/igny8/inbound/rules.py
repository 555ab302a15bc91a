"""What an event makes of a publication and of its content's status. Nothing here is written down.

Source: docs/architecture.md, "Hearing from WordPress".
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from igny8.content.model import Content, EditorialStatus
from igny8.inbound.model import PostEvent, Result
from igny8.publishing.fingerprints import agreed, there
from igny8.publishing.model import (
    DELETED,
    FORMER_ADDRESS,
    LastError,
    Publication,
    PublishState,
)
from igny8.publishing.seen import EDITORIAL, VISIBLE, editorial_status, state_by
from igny8.wordpress.remarks import is_web_address

SETTLED = frozenset({PublishState.PUBLISHED, PublishState.UNPUBLISHED, PublishState.GONE})
ENDED = SETTLED | {PublishState.FAILED, PublishState.CANCELLED}
TEXT_NOT_THERE = LastError(
    "text_not_there",
    "The post is live in WordPress, but this text is not known to have reached it."
    " Publish again to send it.",
)
LOST_TEXT = "lost"
"""As fingerprint: no text has it, so that none is replaced without a question."""
STATUS_MAX = 40
FINGERPRINT_MAX = 200


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an event leads to; ``publication`` and ``status`` as they were where nothing changes.

    ``note`` is for history: why an event that was heard changed nothing.
    """

    result: Result
    publication: Publication
    status: EditorialStatus
    note: str | None = None


def judged(
    event: PostEvent,
    content: Content,
    publication: Publication,
    *,
    life: int,
    as_of: int | None,
    now: int,
    now_text: str,
    home: str | None,
) -> Judgement:
    """Judge one event of a content's post, in the life that the site's database is in.

    ``publication`` may be one that was never decided (:func:`unheard_of`). ``home`` is the address
    that the site has now; ``now`` is in epoch seconds. ``as_of``: the number up to which the site
    had counted when it was asked, for an event without one.
    """
    order = _order(event, publication, life, as_of)
    if order is not None:
        return Judgement(order, publication, content.status)
    if publication.external_id not in {None, event.post_id}:
        note = f"names post {event.post_id}, but this content is post {publication.external_id}"
        return Judgement(Result.IGNORED, publication, content.status, note)
    if (
        publication.external_id is None
        and event.post_status == DELETED
        and not _awaits(event, publication)
    ):
        note = f"post {event.post_id} was deleted, and was never known here"
        return Judgement(Result.IGNORED, publication, content.status, note)
    before = publication
    publication = _with_facts(event, publication.seen_ahead(event.rev), life, now_text, home)
    status = content.status
    if is_echo(event, before):
        if _is_past(event, before):
            publication = _heard(event, before, life, now_text)
        else:
            publication = _acknowledged(event, before, publication, now)
            left = there(publication.site_fingerprint, _known(before), before.site_fingerprint)
            publication = replace(publication, site_fingerprint=left)
        if event.operation_id == before.operation_id and event.rev == before.intent:
            publication, status = _restated(publication, before), _status_decided(before, status)
        return Judgement(Result.APPLIED, publication, status)
    if event.post_status is not None and event.post_status != before.wordpress_status:
        status = EDITORIAL.get(event.post_status, status)
    if publication.intent > before.intent:  # what became of the last one known here is past
        return Judgement(Result.APPLIED, _caught_up(publication), status)
    if not (publication.deletes_content and _is_past(event, before)):
        publication = _followed(publication)
    # An answer can have told of the same status before, when that was not yet the end of it.
    status = editorial_status(replace(content, status=status), publication)
    return Judgement(Result.APPLIED, publication, status)


def _awaits(event: PostEvent, publication: Publication) -> bool:
    """Whether what was deleted can be the post that we are making: our answer may still come."""
    return publication.doubt is not None and not event.is_ours


def unheard_of(content: Content, integration_id: int) -> Publication:
    """A content that we never sent, of which the site now names a post: nothing was decided yet."""
    return Publication(
        account_id=content.account_id,
        site_id=content.site_id,
        integration_id=integration_id,
        content_id=content.id,
        intent=0,
        content_rev=0,
        post_status=content.editorial.post_status,
        state=PublishState.UNPUBLISHED,
    )


def _order(
    event: PostEvent, publication: Publication, life: int, as_of: int | None
) -> Result | None:
    """Whether an event comes too late; one without any number is taken as it comes."""
    if publication.heard_life != life:
        return None
    if event.seq is None:
        return Result.STALE if as_of is not None and as_of < publication.heard_seq else None
    if event.seq == publication.heard_seq:
        return Result.DUPLICATE
    return Result.STALE if event.seq < publication.heard_seq else None


def _heard(event: PostEvent, publication: Publication, life: int, now_text: str) -> Publication:
    """The publication, as one that was told of."""
    if event.seq is None:
        return replace(publication, last_wp_sync=now_text)
    return replace(publication, last_wp_sync=now_text, heard_life=life, heard_seq=event.seq)


def _with_facts(
    event: PostEvent, publication: Publication, life: int, now_text: str, home: str | None
) -> Publication:
    """The publication, with what the site says of its post."""
    publication = _heard(event, publication, life, now_text)
    changes: dict[str, Any] = {}
    if event.post_status is not None:
        changes["wordpress_status"] = event.post_status[:STATUS_MAX]
    if event.fingerprint is not None:
        changes["site_fingerprint"] = event.fingerprint[:FINGERPRINT_MAX]
    if event.metadata is not None:
        changes["wp_metadata"] = event.metadata
    if publication.external_id is None:
        changes |= {"external_id": event.post_id, "home": home}
    # In the trash and as a draft a post has no address that anybody should be led to.
    leads_there = publication.external_url is None or event.post_status in VISIBLE
    if leads_there and is_web_address(event.post_url):
        changes["external_url"] = event.post_url
    return replace(publication, **changes)


def is_echo(event: PostEvent, publication: Publication) -> bool:
    """Whether it is the echo of an operation that there was; else somebody did it there."""
    begin, _, intent = (event.operation_id or "").rpartition("-")
    ours, _, newest = publication.operation_id.rpartition("-")
    known = intent.isascii() and intent.isdigit() and len(intent) <= len(newest)
    return event.is_ours and begin == ours and known and 0 < int(intent) <= publication.intent


def _is_past(event: PostEvent, publication: Publication) -> bool:
    """Whether it happened before an operation of ours of which WordPress has answered since."""
    return event.rev is not None and event.rev < publication.applied_intent


def _restated(publication: Publication, before: Publication) -> Publication:
    """By the echo of what was done last: something older may have been told after our answer."""
    seen = publication.wordpress_status
    at_rest = before.state in SETTLED and before.applied_intent == before.intent
    if not at_rest or seen is None or seen == before.wordpress_status:
        return publication
    return replace(publication, state=state_by(publication, seen) or publication.state)


def _status_decided(publication: Publication, status: EditorialStatus) -> EditorialStatus:
    """The content's status once WordPress has what was decided, whatever was told meanwhile."""
    if not publication.takes_down:
        return EditorialStatus.PUBLISHED
    return EditorialStatus.DRAFT if status is EditorialStatus.PUBLISHED else status


def _followed(publication: Publication) -> Publication:
    """What people did there is true here, unless something of ours is under way or undecided."""
    seen = publication.wordpress_status
    conflict = publication.state is PublishState.CONFLICT
    over = conflict and seen == DELETED and publication.reason != FORMER_ADDRESS
    if over:  # there is nothing left to decide about
        return replace(
            publication, state=PublishState.GONE, reason=None, clash=None, deletes_content=False
        )
    if publication.state not in SETTLED or seen is None:
        return publication
    state = state_by(publication, seen)
    if state is None:
        return publication
    if publication.deletes_content and state is PublishState.PUBLISHED:
        # It was taken down to be deleted, and somebody wants it again.
        return replace(publication, state=state, deletes_content=False, due_at=None, wake_at=None)
    if state is PublishState.PUBLISHED and publication.misses_its_text:
        return replace(
            publication, state=PublishState.FAILED, reason=None, last_error=TEXT_NOT_THERE
        )
    return replace(publication, state=state)


def _caught_up(publication: Publication) -> Publication:
    """Where it stands by an intent that was lost with our tables, unless something is under way.

    What it wanted is lost, too: what is there is not what is wanted here, nor is it to be replaced
    by that without a question, since its fingerprint is not the one that is known here.
    """
    publication = replace(
        publication,
        applied_intent=publication.intent,
        fingerprint=publication.fingerprint or LOST_TEXT,
    )
    if publication.state not in ENDED or publication.wordpress_status is None:
        return _followed(publication)
    state = state_by(publication, publication.wordpress_status) or publication.state
    return replace(publication, state=state, reason=None, last_error=None)


def _is_older(event: PostEvent, decided_at: int | None) -> bool:
    """Whether it happened before that was decided: so a lost decision had its number.

    A site whose clock is slow is asked, as if it had told of nothing.
    """
    try:
        occurred = datetime.fromisoformat(event.occurred_at or "")
    except ValueError:
        return False
    known = occurred.tzinfo is not None and decided_at is not None
    return known and occurred.timestamp() < (decided_at or 0)


def _agreed(before: Publication, publication: Publication) -> str | None:
    """What both sides know of the post now; what others changed there before stays theirs."""
    return agreed(publication.site_fingerprint, _known(before), before.site_fingerprint, None)


def _known(publication: Publication) -> str | None:
    """The post that an order of ours goes over."""
    return publication.overwrites or publication.fingerprint


def _came_through(event: PostEvent, before: Publication, publication: Publication) -> Publication:
    """The echo of an operation that nobody waited for any more: it was given up, or cancelled.

    What became of the decision stays as it was told; but what the post is now is our own work, and
    the next order goes on top of it.
    """
    rev, intent = event.rev, publication.intent
    if rev is None or not publication.applied_intent < rev <= intent:
        return publication
    is_half_made = event.post_status != publication.post_status
    if rev == intent and (is_half_made or _is_older(event, publication.decided_at)):
        return publication  # or a lost decision had the number
    return replace(
        publication,
        applied_intent=rev,
        base_status=publication.wordpress_status,
        fingerprint=_agreed(before, publication),
    )


def _acknowledged(
    event: PostEvent, before: Publication, publication: Publication, now: int
) -> Publication:
    """The echo of an operation whose answer was lost stands for the answer.

    Where a worker is at it, the worker says what came of it. A half-made post is no answer: its
    status is not yet the wanted one.
    """
    doubt = publication.doubt
    if publication.is_leased(now):
        return publication
    if doubt is None:
        return _came_through(event, before, publication)
    newest = doubt.intent == publication.intent
    is_half_made = newest and event.post_status != publication.post_status
    is_its_own = (event.operation_id, event.rev) == (doubt.operation_id, doubt.intent)
    if not is_its_own or is_half_made or _is_older(event, doubt.decided_at):
        return publication  # whatever is there, it is not what this operation sent
    facts: dict[str, Any] = {
        "applied_intent": doubt.intent,
        "base_status": publication.wordpress_status,
        "fingerprint": _agreed(before, publication),
        "attempt": 0,
        "reason": None,
        "last_error": None,
    }
    if newest:
        state = publication.delivered_state
        return publication.delivered(state, now, intent=doubt.intent, recreate=False, **facts)
    if publication.cancel_requested:  # the newest was not sent; what is there is an older one
        return replace(publication, doubt=None, **facts).called_off()
    return publication.later(PublishState.QUEUED, now, doubt=None, **facts)
