"""What an answer to a publish means, as tables: the first rule that matches decides.

Source: docs/architecture.md, "What an answer means". The rules here are about one content; what an
answer says about the whole site is `igny8.admission.answers`. Reading the tables is reading the
behaviour; what each outcome leads to is `igny8.publishing.settling`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from http import HTTPStatus

from igny8.admission.answers import (
    SiteEffect,
    SiteRule,
    ours_with_status,
    site_rule,
    unclear,
    with_status,
)
from igny8.core.http import Fate
from igny8.publishing.model import is_count
from igny8.wordpress.response import BridgeResponse


class Outcome(Enum):
    """What to do next."""

    PUBLISHED = "published"
    ASK = "ask"  # WordPress says it has it: read what is there
    AGAIN = "again"  # more calls are needed for the same intent
    RUNNING = "running"  # somebody else is at work on it: ask before sending again
    WAIT = "wait"  # not applied, try again later
    CONFLICT = "conflict"
    GONE = "gone"
    FAILED = "failed"  # the content itself was refused
    STOPPED = "stopped"  # people have cancelled it, and WordPress does not have it
    SITE = "site"  # not applied, and not this content's doing: the gate decides
    UNANSWERED = "unanswered"  # the site was in the way of the question: ask again
    UNKNOWN = "unknown"  # it may have been applied: ask before sending again


class Pause(Enum):
    """How long to wait before the next try."""

    NONE = "none"
    RETRY_AFTER = "retry_after"  # as the answer says
    THROTTLE = "throttle"  # as the answer says, at least a minute, at most six hours
    LOCKED = "locked"  # somebody is editing
    BACKOFF = "backoff"  # after the n-th used attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row: what is seen, what follows, and what is said to people."""

    reason: str
    seen: Callable[[BridgeResponse], bool]
    outcome: Outcome
    message: str
    uses_attempt: bool = False
    pause: Pause = Pause.NONE
    effect: SiteEffect = SiteEffect.SERVES


def _done(answer: BridgeResponse) -> bool:
    finished = answer.data.get("state") in {None, "done"}
    return finished and _succeeded(answer, 200, 201) and names_post(answer)


def _goes_on(answer: BridgeResponse) -> bool:
    """The bridge is still at work, or has put it off; a status of 200 says no more than that."""
    running = answer.data.get("state") == "running"
    return ours_with_status(202)(answer) or (running and _succeeded(answer, 200, 201))


def _succeeded(answer: BridgeResponse, *statuses: int) -> bool:
    return answer.ours and answer.success and answer.status in statuses


def names_post(answer: BridgeResponse) -> bool:
    """Whether the bridge says which post it is."""
    return is_count(answer.data.get("post_id"))


RULES: tuple[Rule, ...] = (
    Rule(
        reason="published",
        seen=_done,
        outcome=Outcome.PUBLISHED,
        message="Published.",
    ),
    Rule(
        reason="already_exists",
        seen=ours_with_status(409, code="already_exists"),
        outcome=Outcome.ASK,
        message="Already there.",
    ),
    Rule(
        reason="in_progress",
        seen=_goes_on,
        outcome=Outcome.AGAIN,
        message="WordPress is still working on it.",
        pause=Pause.RETRY_AFTER,
    ),
    Rule(
        reason="in_progress",
        seen=ours_with_status(409, code="in_progress"),
        outcome=Outcome.RUNNING,
        message="WordPress is still working on it.",
        pause=Pause.RETRY_AFTER,
    ),
    Rule(
        reason="conflict",
        seen=ours_with_status(409, code="conflict"),
        outcome=Outcome.CONFLICT,
        message="The post was changed in WordPress since it was last published from here.",
    ),
    Rule(
        reason="gone",
        seen=ours_with_status(410, code="gone"),
        outcome=Outcome.GONE,
        message="The post was deleted in WordPress.",
    ),
    Rule(
        reason="locked",
        seen=ours_with_status(423, code="locked"),
        outcome=Outcome.WAIT,
        message="Someone is editing this post in WordPress. It will be sent when they are done.",
        pause=Pause.LOCKED,
    ),
    Rule(
        reason="refused_content",
        seen=ours_with_status(400, 413, 422),
        outcome=Outcome.FAILED,
        message="WordPress did not accept the content.",
    ),
)
"""What the bridge says of the content."""

TOO_LARGE = Rule(
    reason="too_large_for_server",
    seen=with_status(413),
    outcome=Outcome.FAILED,
    message="The site's server refuses requests of this size.",
)
UNCONFIRMED = Rule(
    reason="unconfirmed",
    seen=lambda _answer: True,
    outcome=Outcome.UNKNOWN,
    message="WordPress gave no clear answer. It is asked before anything is sent again.",
    uses_attempt=True,
    pause=Pause.BACKOFF,
    effect=SiteEffect.FAILS,
)
SAID_TO_EXIST = Rule(
    reason="already_exists",
    seen=lambda _answer: True,
    outcome=Outcome.UNKNOWN,
    message="WordPress says that it has this already, and does not show it. It is asked again.",
    uses_attempt=True,
    pause=Pause.BACKOFF,
)

NEWER_THERE = Rule(
    reason="newer_there",
    seen=lambda _answer: True,
    outcome=Outcome.CONFLICT,
    message=(
        "WordPress has a version of this content that was published from here later than anything"
        " that is known here: our data were restored from a backup. Decide which one to keep."
    ),
)


def classify(answer: BridgeResponse) -> Rule:
    """Find the rule for an answer to ``publish``: the content's, the site's, the last ones."""
    own = next((rule for rule in RULES if rule.seen(answer)), None)
    if own is not None:
        return own
    of_site = site_rule(answer)
    if of_site is not None:
        return _for_the_site(of_site, answer)
    return TOO_LARGE if TOO_LARGE.seen(answer) else UNCONFIRMED


def _for_the_site(rule: SiteRule, answer: BridgeResponse) -> Rule:
    """A refusal may have been the content's after all (a firewall): it uses an attempt."""
    refused = rule.effect is SiteEffect.REFUSES
    pause = Pause.BACKOFF if refused else Pause.THROTTLE if rule.throttles else Pause.NONE
    return Rule(
        reason=rule.reason,
        seen=rule.seen,
        outcome=Outcome.WAIT if rule.throttles else Outcome.SITE,
        message=rule.message,
        uses_attempt=refused,
        pause=pause,
        effect=_effect(rule, answer),
    )


class Presence(Enum):
    """What an answer to ``GET content/{id}`` says."""

    DONE = "done"
    RUNNING = "running"
    STALE = "stale"  # somebody was at work on it and died: it may be sent again
    DELETED = "deleted"
    ABSENT = "absent"
    UNREADABLE = "unreadable"


UNFINISHED = {"running": Presence.RUNNING, "stale": Presence.STALE}


def presence(answer: BridgeResponse) -> Presence:
    """Read an answer to the question what is there. Deleted is never mistaken for absent."""
    if answer.ours and answer.status == HTTPStatus.NOT_FOUND and answer.code == "not_found":
        return Presence.ABSENT
    if not (answer.ours and answer.success and answer.status == HTTPStatus.OK):
        return Presence.UNREADABLE
    unfinished = UNFINISHED.get(str(answer.data.get("state")))
    if unfinished is not None:
        return unfinished
    if answer.data.get("post_status") == "deleted":
        return Presence.DELETED
    if names_post(answer) and is_count(answer.data.get("rev")):
        return Presence.DONE
    return Presence.UNREADABLE


CONFIRMED = "confirmed"
ASKED: dict[Presence, Rule] = {
    Presence.DONE: Rule(
        reason=CONFIRMED,
        seen=_done,
        outcome=Outcome.PUBLISHED,
        message="Confirmed by WordPress.",
    ),
    Presence.RUNNING: Rule(
        reason="in_progress",
        seen=lambda answer: presence(answer) is Presence.RUNNING,
        outcome=Outcome.RUNNING,
        message="WordPress is still working on it.",
        pause=Pause.RETRY_AFTER,
    ),
    Presence.DELETED: Rule(
        reason="gone",
        seen=lambda answer: presence(answer) is Presence.DELETED,
        outcome=Outcome.GONE,
        message="The post was deleted in WordPress.",
    ),
}
"""What is made of what is there, where that decides; what is not named here may be sent."""


def unanswered(answer: BridgeResponse) -> Rule:
    """The question was not answered: what the site says of itself explains it, or nothing does.

    Nothing was sent, so no attempt is used.
    """
    rule = site_rule(answer)
    if rule is None or rule.effect is SiteEffect.REFUSES:
        effect = SiteEffect.FAILS if answer.ours else unclear(answer)
        return replace(
            UNCONFIRMED,
            message=UNCONFIRMED.message if rule is None else rule.message,
            uses_attempt=False,
            effect=effect,
        )
    return Rule(
        reason=rule.reason,
        seen=rule.seen,
        outcome=Outcome.UNANSWERED,
        message=rule.message,
        pause=Pause.THROTTLE if rule.throttles else Pause.BACKOFF,
        effect=_effect(rule, answer),
    )


def _effect(rule: SiteRule, answer: BridgeResponse) -> SiteEffect:
    """What follows for the gate: where others than the bridge say that the site fails, it may not.

    Then they may say so for ever, and the bridge all the while that it is well.
    """
    in_front = answer.fate is Fate.ANSWERED and not answer.ours
    fails = rule.effect is SiteEffect.FAILS
    return SiteEffect.UNANSWERED if fails and in_front else rule.effect
