"""One delivery: ask if in doubt, send, and say what the answer means. Writes nothing down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from igny8.core.http import Fate
from igny8.integrations.model import Gate, Integration
from igny8.publishing.answers import Outcome, Pause, Presence, classify, presence
from igny8.publishing.model import Publication
from igny8.wordpress.answer import Answer
from igny8.wordpress.client import BridgeClient, Target

MOST_CALLS_OF_ONE_SEND = 3
# A call whose images take time lasts 20 s and more. Another one is begun only while it ends, with a
# question after it, within what the worker has left (SERVE_MARGIN_SECONDS).
NO_MORE_CALLS_AFTER_MS = 30_000


@dataclass(frozen=True, slots=True)
class Work:
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


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of it, ready to be written down. ``in_doubt`` keeps the operation in doubt."""

    outcome: Outcome
    kind: str
    message: str
    answer: Answer
    duration_ms: int
    in_doubt: bool = False
    uses_attempt: bool = False
    pause: Pause = Pause.NONE
    counts_against_site: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)


class Deliverer:
    """Carries out one taken publication."""

    def __init__(self, client: BridgeClient, retry_attempts: int) -> None:
        self._client = client
        self._retry_attempts = retry_attempts

    def deliver(self, work: Work) -> Delivered:
        """Never sends while an earlier operation is in doubt and WordPress has not said."""
        spent = 0
        answer = None
        if work.was_in_doubt:
            answer = self._client.ask(work.target, work.publication.content_id)
            spent = answer.duration_ms
            settled = self._settled_by_asking(work, answer)
            if settled is not None:
                return settled
        if work.publication.attempt >= self._retry_attempts:
            return Delivered(
                Outcome.FAILED, "attempts_used_up",
                f"WordPress did not confirm this in {self._retry_attempts} attempts, and does not"
                " have it. Check the site, then try again.",
                answer or Answer(Fate.NOT_SENT), spent,
            )  # fmt: skip
        return self._send(work, spent)

    def _send(self, work: Work, spent: int) -> Delivered:
        for _ in range(MOST_CALLS_OF_ONE_SEND):
            answer = self._client.publish(
                work.target,
                work.payload,
                operation_id=work.publication.operation_id,
                request_id=work.owner,
            )
            spent += answer.duration_ms
            rule = classify(answer)
            if rule.outcome is not Outcome.AGAIN or spent > NO_MORE_CALLS_AFTER_MS:
                break
        outcome = Outcome.WAIT if rule.outcome is Outcome.AGAIN else rule.outcome
        if outcome is Outcome.ASK:
            answer = self._client.ask(work.target, work.publication.content_id)
            outcome = Outcome.UNKNOWN
            if presence(answer) is Presence.DONE:
                outcome = Outcome.PUBLISHED
        running = rule.kind == "in_progress" and rule.outcome is Outcome.WAIT
        return Delivered(
            outcome, rule.kind, _explain(rule.message, answer), answer, spent,
            in_doubt=outcome is Outcome.UNKNOWN or running,
            uses_attempt=rule.uses_attempt or outcome is Outcome.UNKNOWN,
            pause=Pause.BACKOFF if outcome is Outcome.UNKNOWN else rule.pause,
            counts_against_site=rule.counts_against_site, data=answer.data,
        )  # fmt: skip

    def _settled_by_asking(self, work: Work, answer: Answer) -> Delivered | None:
        """What the answer to "what is there" decides; ``None`` means: it may be sent."""
        seen = presence(answer)
        common: dict[str, Any] = {"answer": answer, "duration_ms": answer.duration_ms}
        if seen is Presence.DONE and answer.data["rev"] >= work.publication.intent:
            return Delivered(Outcome.PUBLISHED, "confirmed", "Confirmed by WordPress.",
                             data=answer.data, **common)  # fmt: skip
        if seen is Presence.DELETED and not work.publication.recreate:
            return Delivered(Outcome.GONE, "gone", "The post was deleted in WordPress.",
                             data=answer.data, **common)  # fmt: skip
        if seen is Presence.RUNNING:
            return Delivered(Outcome.WAIT, "in_progress", "WordPress is still working on it.",
                             in_doubt=True, pause=Pause.RETRY_AFTER, **common)  # fmt: skip
        if seen is Presence.UNREADABLE:
            return self._unreadable(answer, common)
        return None

    def _unreadable(self, answer: Answer, common: dict[str, Any]) -> Delivered:
        """The question was not answered: stay in doubt; a closed gate says why, if one can."""
        rule = classify(answer)
        gates = {Outcome.GATE_AUTH, Outcome.GATE_MISCONFIGURED, Outcome.SITE_DOWN}
        outcome = rule.outcome if rule.outcome in gates else Outcome.UNKNOWN
        return Delivered(
            outcome, rule.kind if outcome in gates else "unconfirmed",
            _explain(rule.message, answer), in_doubt=True, pause=Pause.BACKOFF,
            counts_against_site=outcome not in {Outcome.GATE_AUTH, Outcome.GATE_MISCONFIGURED},
            **common,
        )  # fmt: skip


def _explain(message: str, answer: Answer) -> str:
    if answer.location_host:
        return f"{message} It now points to {answer.location_host}."
    if answer.code in {"invalid", "too_large", "not_supported", "malformed"} and answer.message:
        return f"{message} {answer.message}"
    return message
