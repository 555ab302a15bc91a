"""One attempt: ask if in doubt, send, and say what the answer means. Writes nothing down."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from igny8.admission.answers import SiteEffect
from igny8.admission.model import Gate
from igny8.core.http import Fate
from igny8.integrations.model import Integration
from igny8.publishing.answers import (
    UNCONFIRMED,
    Outcome,
    Pause,
    Presence,
    classify,
    presence,
)
from igny8.publishing.model import Publication, is_count
from igny8.wordpress.client import BridgeClient, Target
from igny8.wordpress.response import BridgeResponse

MOST_CALLS_OF_ONE_SEND = 3
# A call whose images take time lasts 20 s and more. Another one is begun only while it ends, with a
# question after it, within what the worker has left (SERVE_MARGIN_SECONDS).
NO_MORE_CALLS_AFTER_MS = 30_000
SERVER_ERROR = 500
EXPLAINED_CODES = frozenset({"invalid", "too_large", "not_supported", "malformed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker has taken: the publication as leased, and everything needed to send it."""

    publication: Publication
    was_in_doubt: bool
    title: str
    payload: Mapping[str, Any]
    integration: Integration
    gate: Gate
    slot: int
    target: Target
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptResult:
    """What came of it, ready to be written down. ``in_doubt`` keeps the operation in doubt.

    ``found`` is what WordPress had of an older intent before anything was sent.
    """

    outcome: Outcome
    reason: str
    message: str
    answer: BridgeResponse
    duration_ms: int
    in_doubt: bool = False
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
            answer = client.ask(job.target, job.publication.content_id)
            spent = answer.duration_ms
            settled = _settled_by_asking(job, answer)
            if settled is not None:
                return settled
            if presence(answer) is Presence.DONE:
                found = answer.data
        if job.publication.attempt >= self._retry_attempts:
            return AttemptResult(
                outcome=Outcome.FAILED,
                reason="attempts_used_up",
                message=f"WordPress did not confirm this in {self._retry_attempts} attempts, and"
                " does not have it. Check the site, then try again.",
                answer=answer or BridgeResponse(Fate.NOT_SENT),
                duration_ms=spent,
                found=found,
            )
        return replace(_send(job, client, spent), found=found)


def _send(job: Job, client: BridgeClient, spent: int) -> AttemptResult:
    for _ in range(MOST_CALLS_OF_ONE_SEND):
        answer = client.publish(
            job.target,
            job.payload,
            operation_id=job.publication.operation_id,
            request_id=job.owner,
        )
        spent += answer.duration_ms
        rule = classify(answer)
        if rule.outcome is not Outcome.AGAIN or spent > NO_MORE_CALLS_AFTER_MS:
            break
    outcome = Outcome.WAIT if rule.outcome is Outcome.AGAIN else rule.outcome
    if outcome is Outcome.ASK:
        answer = client.ask(job.target, job.publication.content_id)
        done = presence(answer) is Presence.DONE
        outcome = Outcome.PUBLISHED if done else Outcome.UNKNOWN
    if outcome is Outcome.PUBLISHED and not _has(job.publication, answer):
        rule, outcome = UNCONFIRMED, Outcome.UNKNOWN
    running = rule.reason == "in_progress" and rule.outcome is Outcome.WAIT
    unknown = outcome is Outcome.UNKNOWN
    return AttemptResult(
        outcome=outcome,
        reason=rule.reason,
        message=_explain(rule.message, answer),
        answer=answer,
        duration_ms=spent,
        in_doubt=unknown or running,
        uses_attempt=rule.uses_attempt or unknown,
        pause=Pause.BACKOFF if unknown else rule.pause,
        effect=rule.effect,
        data=answer.data,
    )


def _has(publication: Publication, answer: BridgeResponse) -> bool:
    """Whether WordPress names this intent, or a higher one; an older text is not this one."""
    rev = answer.data.get("rev")
    return is_count(rev) and rev >= publication.intent


def _settled_by_asking(job: Job, answer: BridgeResponse) -> AttemptResult | None:
    """What the answer to "what is there" decides; ``None`` means: it may be sent."""
    seen = presence(answer)
    common: dict[str, Any] = {"answer": answer, "duration_ms": answer.duration_ms}
    if seen is Presence.DONE and _has(job.publication, answer):
        return AttemptResult(
            outcome=Outcome.PUBLISHED,
            reason="confirmed",
            message="Confirmed by WordPress.",
            data=answer.data,
            **common,
        )
    if seen is Presence.DELETED and not job.publication.recreate:
        return AttemptResult(
            outcome=Outcome.GONE,
            reason="gone",
            message="The post was deleted in WordPress.",
            data=answer.data,
            **common,
        )
    if seen is Presence.RUNNING:
        return AttemptResult(
            outcome=Outcome.WAIT,
            reason="in_progress",
            message="WordPress is still working on it.",
            in_doubt=True,
            pause=Pause.RETRY_AFTER,
            **common,
        )
    return _unanswered(answer, common) if seen is Presence.UNREADABLE else None


def _unanswered(answer: BridgeResponse, common: dict[str, Any]) -> AttemptResult:
    """The question was not answered: stay in doubt; what the site says of itself explains it."""
    rule = classify(answer)
    of_site = rule.outcome is Outcome.SITE and rule.effect is not SiteEffect.REFUSES
    return AttemptResult(
        outcome=Outcome.SITE if of_site else Outcome.UNKNOWN,
        reason=rule.reason if of_site else "unconfirmed",
        message=_explain(rule.message, answer),
        in_doubt=True,
        pause=Pause.BACKOFF,
        effect=rule.effect if of_site else _of_no_answer(answer),
        **common,
    )


def _of_no_answer(answer: BridgeResponse) -> SiteEffect:
    """A whole answer of somebody else's is not the weakness of a site that is down."""
    whole = answer.fate is Fate.ANSWERED and not answer.ours and answer.status < SERVER_ERROR
    return SiteEffect.UNREADABLE if whole else SiteEffect.FAILS


def _explain(message: str, answer: BridgeResponse) -> str:
    if answer.location_host:
        return f"{message} It now points to {answer.location_host}."
    if answer.code in EXPLAINED_CODES and answer.message:
        return f"{message} {answer.message}"
    return message
