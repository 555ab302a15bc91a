"""What stands between us and the bridge, told from the answer to ``status``: a table.

The first rule that matches decides. Where none does, the bridge itself has said how it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from igny8.core.http import NO_SUCH_NAME, TLS_FAILED, Fate
from igny8.diagnosis.model import Check
from igny8.wordpress.response import BridgeResponse

WALLS = frozenset({401, 403, 405, 406})


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One row: what is seen, which check it fails, and what to do."""

    code: str
    check: Check
    seen: Callable[[BridgeResponse], bool]
    message: str
    action: str


def _redirects(answer: BridgeResponse) -> bool:
    return HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST


def _ours(*codes: str) -> Callable[[BridgeResponse], bool]:
    return lambda answer: answer.ours and answer.code in codes


def _blocked(answer: BridgeResponse) -> bool:
    refused = answer.foreign_code is not None or answer.status in WALLS
    return not answer.ours and refused


OBSTACLES: tuple[Obstacle, ...] = (
    Obstacle(
        code="dns",
        check=Check.DNS,
        seen=lambda answer: answer.error == NO_SUCH_NAME,
        message="The site's name cannot be found.",
        action="Check the spelling of the site's address, and that its domain is registered and"
        " points to the host.",
    ),
    Obstacle(
        code="tls",
        check=Check.TLS,
        seen=lambda answer: answer.error == TLS_FAILED,
        message="The site's certificate is not valid for its address.",
        action="Renew the site's certificate, with its intermediate certificates, or ask the host"
        " to.",
    ),
    Obstacle(
        code="unreachable",
        check=Check.REACHABLE,
        seen=lambda answer: answer.fate is not Fate.ANSWERED,
        message="The site does not answer.",
        action="Open the site in a browser. If it opens there, ask the host whether it turns IGNY8"
        " away.",
    ),
    Obstacle(
        code="redirect",
        check=Check.ADDRESS,
        seen=_redirects,
        message="The site sends callers to another address.",
        action="Change the site's address in IGNY8 to the one that its visitors see, and press"
        " Connect again.",
    ),
    Obstacle(
        code="key_mismatch",
        check=Check.KEY_OUT,
        seen=_ours("invalid_api_key", "unauthorized"),
        message="The site does not accept the key that it was given.",
        action="Generate a new key in IGNY8, paste it under Settings, IGNY8 on the site, and press"
        " Connect.",
    ),
    Obstacle(
        code="not_paired",
        check=Check.KEY_OUT,
        seen=_ours("not_paired"),
        message="The bridge on the site has no key.",
        action="Paste the site's key under Settings, IGNY8 on the site, and press Connect.",
    ),
    Obstacle(
        code="bridge_failed",
        check=Check.REST,
        seen=lambda answer: answer.ours and not answer.success,
        message="The bridge could not say how it is.",
        action="Look into the site's error log for what the bridge wrote, and update it.",
    ),
    Obstacle(
        code="maintenance",
        check=Check.REACHABLE,
        seen=lambda answer: answer.status == HTTPStatus.SERVICE_UNAVAILABLE and not answer.ours,
        message="The site is under maintenance, or overloaded.",
        action="Try again in a few minutes.",
    ),
    Obstacle(
        code="plugin_missing",
        check=Check.BRIDGE,
        seen=lambda answer: not answer.ours and answer.foreign_code == "rest_no_route",
        message="WordPress answers, but the bridge is not active there.",
        action="Install the IGNY8 bridge on the site, or activate it.",
    ),
    Obstacle(
        code="rest_blocked",
        check=Check.REST,
        seen=_blocked,
        message="Something on the site keeps callers away from its REST API.",
        action="Allow IGNY8 in the site's security plugin, firewall or CDN: everything below"
        " /wp-json/igny8/v1/.",
    ),
    Obstacle(
        code="permalinks",
        check=Check.PERMALINKS,
        seen=lambda answer: not answer.ours and answer.status == HTTPStatus.NOT_FOUND,
        message="The site's REST API is not where it should be.",
        action="Save Settings, Permalinks on the site once, without changing anything.",
    ),
    Obstacle(
        code="html_instead_of_json",
        check=Check.REST,
        seen=lambda answer: not answer.ours and answer.status == HTTPStatus.OK,
        message="The site answers with a page instead of the bridge's answer.",
        action="Switch off what puts a page in front of the REST API: a challenge of the CDN, a"
        " coming-soon plugin, or a cache.",
    ),
    Obstacle(
        code="server_error",
        check=Check.REST,
        seen=lambda answer: not (answer.ours and answer.success),
        message="The site's server answers with an error.",
        action="Look into the site's error log, or ask the host.",
    ),
)


def obstacle(answer: BridgeResponse) -> Obstacle | None:
    """What stands in the way; ``None`` if the bridge has said how it is."""
    return next((one for one in OBSTACLES if one.seen(answer)), None)
