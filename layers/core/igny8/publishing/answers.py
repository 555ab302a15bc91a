"""What an answer to a publish means, as one table: the first rule that matches decides.

Source: docs/architecture.md, "What an answer means". Reading the table is reading the behaviour.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from igny8.core.http import Fate
from igny8.publishing.model import is_count
from igny8.wordpress.answer import Answer


class Outcome(Enum):
    """What to do next."""

    PUBLISHED = "published"
    ASK = "ask"  # WordPress says it has it: read what is there
    AGAIN = "again"  # more calls are needed for the same intent
    WAIT = "wait"  # not applied, try again later
    CONFLICT = "conflict"
    GONE = "gone"
    FAILED = "failed"  # the content itself was refused
    GATE_AUTH = "gate_auth"
    GATE_MISCONFIGURED = "gate_misconfigured"
    REFUSED = "refused"  # something in front of the bridge refused
    SITE_DOWN = "site_down"  # not sent, the site's fault
    UNKNOWN = "unknown"  # it may have been applied: ask before sending again


class Pause(Enum):
    """How long to wait before the next try."""

    NONE = "none"
    RETRY_AFTER = "retry_after"  # as the answer says
    THROTTLE = "throttle"  # as the answer says, at least a minute, at most six hours
    LOCKED = "locked"  # somebody is editing
    BACKOFF = "backoff"  # after the n-th used attempt


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: what is seen, what follows, and what is said to people."""

    kind: str
    seen: Callable[[Answer], bool]
    outcome: Outcome
    message: str
    uses_attempt: bool = False
    pause: Pause = Pause.NONE
    counts_against_site: bool = False


def _ours(*statuses: int, code: str | None = None) -> Callable[[Answer], bool]:
    return lambda a: a.ours and a.status in statuses and (code is None or a.code == code)


def _ours_code(*codes: str) -> Callable[[Answer], bool]:
    return lambda a: a.ours and a.code in codes


def _ours_done(answer: Answer) -> bool:
    return answer.ours and answer.success and answer.status in {200, 201} and _names_post(answer)


def _names_post(answer: Answer) -> bool:
    return is_count(answer.data.get("post_id"))


def _status(*statuses: int) -> Callable[[Answer], bool]:
    return lambda a: a.status in statuses


def _maintenance(answer: Answer) -> bool:
    return answer.status == HTTPStatus.SERVICE_UNAVAILABLE and answer.retry_after is not None


def _redirected(answer: Answer) -> bool:
    return HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST


def _no_route(answer: Answer) -> bool:
    return answer.status == HTTPStatus.NOT_FOUND and answer.foreign_code == "rest_no_route"


def _foreign_404(answer: Answer) -> bool:
    return answer.status == HTTPStatus.NOT_FOUND and not answer.ours


RULES: tuple[Rule, ...] = (
    Rule("published", _ours_done, Outcome.PUBLISHED, "Published."),
    Rule("already_exists", _ours(409, code="already_exists"), Outcome.ASK, "Already there."),
    Rule("in_progress", _ours(202), Outcome.AGAIN, "WordPress is still working on it.",
         pause=Pause.RETRY_AFTER),
    Rule("in_progress", _ours(409, code="in_progress"), Outcome.WAIT,
         "WordPress is still working on it.", pause=Pause.RETRY_AFTER),
    Rule("conflict", _ours(409, code="conflict"), Outcome.CONFLICT,
         "The post was changed in WordPress since it was last published from here."),
    Rule("gone", _ours(410, code="gone"), Outcome.GONE, "The post was deleted in WordPress."),
    Rule("locked", _ours(423, code="locked"), Outcome.WAIT,
         "Someone is editing this post in WordPress. It will be sent when they are done.",
         pause=Pause.LOCKED),
    Rule("refused_content", _ours(400, 413, 422), Outcome.FAILED,
         "WordPress did not accept the content."),
    Rule("author_unavailable", _ours(403, code="author_unavailable"), Outcome.GATE_MISCONFIGURED,
         "No user of the site may publish. Choose an author in the bridge's settings there."),
    Rule("site_is_a_copy", _ours_code("site_url_changed", "read_only"), Outcome.GATE_MISCONFIGURED,
         "The site has moved or is a copy. Say which in the bridge's settings there."),
    Rule("switched_off", _ours_code("paused"), Outcome.GATE_MISCONFIGURED,
         "Publishing is switched off in the bridge's settings there."),
    Rule("auth", _ours(401, 403), Outcome.GATE_AUTH,
         "The site does not accept its API key. Connect again in the bridge's settings there."),
    Rule("throttled", _status(408, 425, 429), Outcome.WAIT,
         "The site asks for a pause.", pause=Pause.THROTTLE),
    Rule("maintenance", _maintenance, Outcome.WAIT,
         "The site is under maintenance.", pause=Pause.THROTTLE, counts_against_site=True),
    Rule("unreachable", lambda a: a.fate is Fate.NOT_SENT, Outcome.SITE_DOWN,
         "The site cannot be reached.", counts_against_site=True),
    Rule("redirected", _redirected, Outcome.GATE_MISCONFIGURED,
         "The site's address has changed."),
    Rule("bridge_inactive", _no_route,
         Outcome.GATE_MISCONFIGURED,
         "The IGNY8 bridge is not active on the site. Activate the plugin there."),
    Rule("rest_blocked", _foreign_404, Outcome.GATE_MISCONFIGURED,
         "The site's REST API does not answer. Save the permalink settings there, or allow it."),
    Rule("too_large_for_server", _status(413), Outcome.FAILED,
         "The site's server refuses requests of this size."),
    Rule("refused_by_site", _status(401, 403, 405, 406), Outcome.REFUSED,
         "A security plugin or CDN answers instead of the bridge. Allow IGNY8 there.",
         uses_attempt=True, pause=Pause.BACKOFF),
    Rule("unconfirmed", lambda _a: True, Outcome.UNKNOWN,
         "WordPress gave no clear answer. It is asked before anything is sent again.",
         uses_attempt=True, pause=Pause.BACKOFF, counts_against_site=True),
)  # fmt: skip


def classify(answer: Answer) -> Rule:
    """Find the rule for an answer to ``publish``."""
    return next(rule for rule in RULES if rule.seen(answer))


class Presence(Enum):
    """What an answer to ``GET content/{id}`` says."""

    DONE = "done"
    RUNNING = "running"
    STALE = "stale"  # somebody was at work on it and died: it may be sent again
    DELETED = "deleted"
    ABSENT = "absent"
    UNREADABLE = "unreadable"


UNFINISHED = {"running": Presence.RUNNING, "stale": Presence.STALE}


def presence(answer: Answer) -> Presence:
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
    if _names_post(answer) and is_count(answer.data.get("rev")):
        return Presence.DONE
    return Presence.UNREADABLE


def is_ready(answer: Answer) -> bool:
    """Whether the bridge's status says that the site can be served: it is there, and willing."""
    willing = (
        answer.data.get("publishing_enabled") is not False
        and answer.data.get("site_url_changed") is not True
    )
    return answer.ours and answer.success and willing
