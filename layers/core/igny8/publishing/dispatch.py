"""One attempt: ask if in doubt, send, and say what the answer means. Writes nothing down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from igny8.admission.answers import SiteEffect, worded
from igny8.admission.slots import HeldSlot
from igny8.content.model import Content, RawRef
from igny8.core.http import Fate
from igny8.integrations.model import Integration
from igny8.publishing.answers import (
    ASKED,
    NEWER_THERE,
    SAID_TO_EXIST,
    UNCONFIRMED,
    Outcome,
    Pause,
    Presence,
    Rule,
    classify,
    names_post,
    presence,
    unanswered,
)
from igny8.publishing.bases import Base
from igny8.publishing.facts import agreed_with, status_seen
from igny8.publishing.model import LastError, Publication, is_count
from igny8.wordpress.client import BridgeClient, Target
from igny8.wordpress.response import BridgeResponse

MOST_CALLS_OF_ONE_SEND = 3
# A call whose images take time lasts 20 s and more. Another one is begun only while it ends, with a
# question after it, within what the worker has left (SERVE_MARGIN_SECONDS).
NO_MORE_CALLS_AFTER_MS = 25_000
STOPPED = LastError("cancelled", "WordPress does not have it.")
EXPLAINED_CODES = frozenset({"invalid", "too_large", "not_supported", "malformed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker has taken: the publication as leased, and everything needed to send it.

    ``content`` is as it was when it was taken, not as the intent pinned it. ``payload`` is what is
    sent, ``whole`` the same with what has not changed since the ``base``, where there is one.
    ``raw`` is the text that the site has then, where that is known before.
    ``lost`` says why it can only be asked about, ``warnings`` what the text had lost before.
    """

    publication: Publication
    content: Content
    was_in_doubt: bool
    title: str
    payload: Mapping[str, Any]
    held: HeldSlot
    target: Target
    whole: Mapping[str, Any] = field(default_factory=dict)
    base: Base | None = None
    raw: RawRef | None = None
    lost: LastError | None = None
    warnings: Sequence[Mapping[str, str]] = ()

    @property
    def everything(self) -> Mapping[str, Any]:
        """The order with every field, whatever of it is sent."""
        return self.whole or self.payload

    @property
    def integration(self) -> Integration:
        """Where it goes."""
        return self.held.integration

    @property
    def owner(self) -> str:
        """Who holds the lease and the slot."""
        return self.held.owner


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptResult:
    """What came of it, ready to be written down.

    ``found`` is what WordPress said last of a post that is there, whatever it said of the rest.
    """

    outcome: Outcome
    reason: str
    message: str
    answer: BridgeResponse
    duration_ms: int
    uses_attempt: bool = False
    pause: Pause = Pause.NONE
    effect: SiteEffect = SiteEffect.SERVES
    data: Mapping[str, Any] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)


class Dispatcher:
    """Carries out one attempt of a publication that was taken."""

    def __init__(self, *, retry_attempts: int) -> None:
        self._retry_attempts = retry_attempts

    def attempt(self, job: Job, client: BridgeClient) -> AttemptResult:
        """Never sends while an earlier operation is in doubt and WordPress has not said."""
        spent = 0
        answer = None
        found: Mapping[str, Any] = {}
        if job.was_in_doubt:
            answer = _ask(job, client, job.target)
            job = replace(job, target=job.target.through(answer.door))
            spent = answer.duration_ms
            found = _post_in(answer)
            settled = _settled_by_asking(job, answer)
            if settled is not None:
                return replace(settled, found=found)
            job = replace(job, payload=_on_top_of(found, job))
        if job.publication.cancel_requested:
            return _ended(Outcome.STOPPED, STOPPED, answer, spent, found)
        if job.lost is not None:
            return _ended(Outcome.FAILED, job.lost, answer, spent, found)
        if job.publication.attempt >= self._retry_attempts:
            return _ended(Outcome.FAILED, self._used_up(job, found), answer, spent, found)
        sent = _send(job, client, spent)
        return replace(sent, found=sent.found or found)

    def _used_up(self, job: Job, found: Mapping[str, Any]) -> LastError:
        older = bool(found) or job.publication.external_id is not None
        there = "still has an older text" if older else "does not have it"
        if job.publication.takes_down:
            there = "still has the post"
        message = (
            f"WordPress did not confirm this in {self._retry_attempts} attempts, and {there}."
            " Check the site, then try again."
        )
        return LastError("attempts_used_up", message)


def _post_in(answer: BridgeResponse) -> Mapping[str, Any]:
    """What an answer says of a post, if it names one."""
    return answer.data if answer.ours and answer.success and names_post(answer) else {}


def _on_top_of(found: Mapping[str, Any], job: Job) -> Mapping[str, Any]:
    """The order, if it turns out that the operation in doubt was carried out: it comes after that.

    Whoever decided could not know. What people have changed since is not theirs to overwrite. It is
    the whole order then: what has changed since the base says nothing of a text between the two.
    """
    rev, doubt = found.get("rev"), job.publication.doubt
    if not is_count(rev) or rev <= job.publication.applied_intent:
        return job.payload
    if doubt is not None and _is_anothers(found, doubt.intent, doubt.decided_at):
        return job.payload  # it was another: then this one may not replace it
    return {
        **job.everything,
        "post_id": found["post_id"],
        "base_fingerprint": agreed_with(job.publication, found),
        "base_post_status": status_seen(job.publication, found),
    }


def _ended(
    outcome: Outcome,
    why: LastError,
    answer: BridgeResponse | None,
    spent: int,
    found: Mapping[str, Any],
) -> AttemptResult:
    """What ends without anything being sent."""
    return AttemptResult(
        outcome=outcome,
        reason=why.reason,
        message=why.message,
        answer=answer or BridgeResponse(Fate.NOT_SENT),
        duration_ms=spent,
        found=found,
    )


def _send(job: Job, client: BridgeClient, spent: int) -> AttemptResult:
    target = job.target
    found: Mapping[str, Any] = {}
    for _ in range(MOST_CALLS_OF_ONE_SEND):
        answer = client.publish(
            target,
            job.payload,
            operation_id=job.publication.operation_id,
            request_id=job.owner,
            correlation_id=job.publication.correlation_id,
        )
        target = target.through(answer.door)
        spent += answer.duration_ms
        rule = classify(answer)
        found = _post_in(answer) or found
        if rule.outcome is not Outcome.AGAIN or spent > NO_MORE_CALLS_AFTER_MS:
            break
    if rule.outcome is Outcome.ASK:
        answer = _ask(job, client, target)
        found = _post_in(answer) or found
        there = presence(answer) is Presence.DONE
        rule = ASKED[Presence.DONE] if there else SAID_TO_EXIST
    elif rule.outcome is Outcome.PUBLISHED and answer.data.get("replayed") is True:
        # The answer of then. People may have done something there since.
        now = _ask(job, client, target)
        spent += now.duration_ms
        if presence(now) in ASKED:
            answer, rule = now, ASKED[presence(now)]
            found = _post_in(answer) or found
    if rule.outcome is Outcome.PUBLISHED:
        rule = _checked(rule, job.publication, answer)
    result = replace(_result(rule, answer, spent), found=found)
    return _with_what_is_there(result, job, client, target)


def _with_what_is_there(
    result: AttemptResult, job: Job, client: BridgeClient, target: Target
) -> AttemptResult:
    """A conflict, with everything that somebody has to know who decides it: one question more."""
    if result.outcome is not Outcome.CONFLICT:
        return result
    if {"current_fingerprint", "post_status"} <= result.data.keys():
        return result
    answer = _ask(job, client, target)
    there = answer.data if presence(answer) is not Presence.UNREADABLE else {}
    spent = result.duration_ms + answer.duration_ms
    return replace(result, data={**there, **result.data}, duration_ms=spent)


def _checked(rule: Rule, publication: Publication, answer: BridgeResponse) -> Rule:
    """The rule, if what WordPress has is this decision: an older text, or a lost one, is not."""
    if _is_newer(publication, answer):
        return NEWER_THERE
    return rule if _has(publication, answer) else UNCONFIRMED


def _ask(job: Job, client: BridgeClient, target: Target) -> BridgeResponse:
    publication = job.publication
    return client.ask(target, publication.content_id, correlation_id=publication.correlation_id)


def _settled_by_asking(job: Job, answer: BridgeResponse) -> AttemptResult | None:
    """What the answer to "what is there" decides; ``None`` means: it may be sent."""
    seen = presence(answer)
    if seen is Presence.UNREADABLE:
        return _result(unanswered(answer), answer, answer.duration_ms)
    older = seen is Presence.DONE and not _has(job.publication, answer)
    made_again = seen is Presence.DELETED and job.publication.recreate
    if seen not in ASKED or older or made_again:
        return None
    newer = seen is Presence.DONE and _is_newer(job.publication, answer)
    return _result(NEWER_THERE if newer else ASKED[seen], answer, answer.duration_ms)


def _has(publication: Publication, answer: BridgeResponse) -> bool:
    """Whether WordPress names this intent, or a higher one; an older text is not this one."""
    rev = answer.data.get("rev")
    return is_count(rev) and rev >= publication.intent


def _is_newer(publication: Publication, answer: BridgeResponse) -> bool:
    """Whether WordPress names a decision that is not known here: our tables were restored."""
    rev = answer.data.get("rev")
    if is_count(rev) and rev > publication.intent:
        return True
    return _is_anothers(answer.data, publication.intent, publication.decided_at)


def _is_anothers(data: Mapping[str, Any], intent: int, decided_at: int | None) -> bool:
    """Whether another decision than ours had this number; bridges that do not say so had ours."""
    told = data.get("decided_at")
    return data.get("rev") == intent and is_count(told) and told != (decided_at or told)


def _result(rule: Rule, answer: BridgeResponse, spent: int) -> AttemptResult:
    return AttemptResult(
        outcome=rule.outcome,
        reason=rule.reason,
        message=_explain(rule.message, answer),
        answer=answer,
        duration_ms=spent,
        uses_attempt=rule.uses_attempt,
        pause=rule.pause,
        effect=rule.effect,
        data=answer.data,
    )


def _explain(message: str, answer: BridgeResponse) -> str:
    if answer.code in EXPLAINED_CODES and answer.message:
        return f"{message} {answer.message}"
    return worded(message, answer)
