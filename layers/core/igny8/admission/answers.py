"""What an answer says about the site, whatever was asked of it: the first rule that matches.

Source: docs/architecture.md, "What an answer means". What an answer says about one content stands
beside the feature that asked (`igny8.publishing.answers`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from igny8.core.http import Fate
from igny8.wordpress.response import BridgeResponse


class SiteEffect(Enum):
    """What follows for the site's gate; see `igny8.admission.breaker`."""

    SERVES = "serves"  # nothing is held against it any more
    FAILS = "fails"  # the breaker counts
    UNREADABLE = "unreadable"  # it answers, but not as the bridge; the breaker counts, for a while
    UNANSWERED = "unanswered"  # errors or silence where it was asked; counted beyond a probe
    REFUSES = "refuses"  # something in front of the bridge refused; a few in a row close the gate
    AUTH = "auth"  # the key is not accepted
    PAUSED = "paused"  # its owner does not want it to be served
    MISCONFIGURED = "misconfigured"  # somebody has to mend it there


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRule:
    """One row: what is seen, what follows, and what is said to people.

    ``throttles``: the site itself says when to come back.
    """

    reason: str
    seen: Callable[[BridgeResponse], bool]
    effect: SiteEffect
    message: str
    throttles: bool = False


def ours_with_code(*codes: str) -> Callable[[BridgeResponse], bool]:
    """The bridge itself gives one of these error codes."""
    return lambda answer: answer.ours and answer.code in codes


def ours_with_status(*statuses: int, code: str | None = None) -> Callable[[BridgeResponse], bool]:
    """The bridge itself answers one of these statuses, with ``code`` if one is named."""
    return lambda answer: (
        answer.ours and answer.status in statuses and (code is None or answer.code == code)
    )


def with_status(*statuses: int) -> Callable[[BridgeResponse], bool]:
    """Whoever it is answers one of these statuses."""
    return lambda answer: answer.status in statuses


def is_somebody_elses(answer: BridgeResponse) -> bool:
    """A whole answer, and not the bridge's: that is not the weakness of a site that is down."""
    whole = answer.fate is Fate.ANSWERED and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
    return whole and not answer.ours


def unclear(answer: BridgeResponse) -> SiteEffect:
    """What follows from an answer that nothing explains."""
    return SiteEffect.UNREADABLE if is_somebody_elses(answer) else SiteEffect.UNANSWERED


def _maintenance(answer: BridgeResponse) -> bool:
    return answer.status == HTTPStatus.SERVICE_UNAVAILABLE and answer.retry_after is not None


def _redirected(answer: BridgeResponse) -> bool:
    return HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST


def _no_route(answer: BridgeResponse) -> bool:
    return answer.status == HTTPStatus.NOT_FOUND and answer.foreign_code == "rest_no_route"


def _foreign_404(answer: BridgeResponse) -> bool:
    return answer.status == HTTPStatus.NOT_FOUND and not answer.ours


SITE_RULES: tuple[SiteRule, ...] = (
    SiteRule(
        reason="author_unavailable",
        seen=ours_with_status(403, code="author_unavailable"),
        effect=SiteEffect.MISCONFIGURED,
        message="No user of the site may publish. Choose an author in the bridge's settings there.",
    ),
    SiteRule(
        reason="site_is_a_copy",
        seen=ours_with_code("site_url_changed", "read_only"),
        effect=SiteEffect.MISCONFIGURED,
        message="The site has moved or is a copy. Say which in the bridge's settings there.",
    ),
    SiteRule(
        reason="paused",
        seen=ours_with_code("paused"),
        effect=SiteEffect.PAUSED,
        message="Publishing is paused in the bridge's settings there.",
    ),
    SiteRule(
        reason="auth",
        seen=ours_with_status(401, 403),
        effect=SiteEffect.AUTH,
        message="The site does not accept its API key. Connect again in the bridge's settings"
        " there.",
    ),
    SiteRule(
        reason="throttled",
        seen=with_status(408, 425, 429),
        effect=SiteEffect.SERVES,
        message="The site asks for a pause.",
        throttles=True,
    ),
    SiteRule(
        reason="database",
        seen=ours_with_status(503, code="database_unavailable"),
        effect=SiteEffect.FAILS,
        message="The site's database does not answer, or stores nothing. Ask its host to look.",
        throttles=True,
    ),
    SiteRule(
        reason="maintenance",
        seen=_maintenance,
        effect=SiteEffect.FAILS,
        message="The site is under maintenance.",
        throttles=True,
    ),
    SiteRule(
        reason="unreachable",
        seen=lambda answer: answer.fate is Fate.NOT_SENT,
        effect=SiteEffect.FAILS,
        message="The site cannot be reached.",
    ),
    SiteRule(
        reason="redirected",
        seen=_redirected,
        effect=SiteEffect.MISCONFIGURED,
        message="The site's address has changed.",
    ),
    SiteRule(
        reason="bridge_inactive",
        seen=_no_route,
        effect=SiteEffect.MISCONFIGURED,
        message="The IGNY8 bridge is not active on the site. Activate the plugin there.",
    ),
    SiteRule(
        reason="rest_blocked",
        seen=_foreign_404,
        effect=SiteEffect.MISCONFIGURED,
        message="The site's REST API does not answer. Save the permalink settings there, or allow"
        " it.",
    ),
    SiteRule(
        reason="refused_by_site",
        seen=lambda answer: not answer.ours and answer.status in {401, 403, 405, 406},
        effect=SiteEffect.REFUSES,
        message="A security plugin or CDN answers instead of the bridge. Allow IGNY8 there.",
    ),
)
UNREADABLE = SiteRule(
    reason="unconfirmed",
    seen=lambda _answer: True,
    effect=SiteEffect.FAILS,
    message="The site gave no clear answer.",
)


def site_rule(answer: BridgeResponse) -> SiteRule | None:
    """What an answer says about the site; ``None`` if nothing."""
    return next((rule for rule in SITE_RULES if rule.seen(answer)), None)


def worded(message: str, answer: BridgeResponse) -> str:
    """A message with where the site points to now, if it says so."""
    host = answer.location_host
    return f"{message} It now points to {host}." if host else message


def readiness(answer: BridgeResponse) -> SiteRule | None:
    """What a ``status`` answer has against serving the site; ``None``: it is there, and willing."""
    if not (answer.ours and answer.success):
        return site_rule(answer) or UNREADABLE
    reason = None
    if answer.data.get("site_url_changed") is True:
        reason = "site_is_a_copy"
    elif answer.data.get("paused") is True:
        reason = "paused"
    return next((rule for rule in SITE_RULES if rule.reason == reason), None)
