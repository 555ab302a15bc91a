"""Which answers lead on to the next door of a site, as a table.

A POST goes on only after answers that say that nothing was carried out; a question, which changes
nothing, also after answers from which nobody can tell. Whatever else an answer says is said of the
site as a whole: another door would not help.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from igny8.core.http import Fate
from igny8.wordpress.response import BridgeResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """One row: an answer after which the next door is tried.

    ``nothing_done``: it says that nothing was carried out. ``by_wordpress``: WordPress's REST API
    itself said so, and would say the same to its other address.
    """

    seen: Callable[[BridgeResponse, str], bool]
    nothing_done: bool
    by_wordpress: bool = False


def _refused(answer: BridgeResponse, _host: str) -> bool:
    return answer.status in {401, 403, 404, 405, 406}


def _refused_by_rest(answer: BridgeResponse, host: str) -> bool:
    return _refused(answer, host) and answer.foreign_code is not None


def _sent_elsewhere_on_the_site(answer: BridgeResponse, host: str) -> bool:
    redirected = HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST
    return redirected and answer.location_host in {None, host}


def _said_nothing_to_the_point(answer: BridgeResponse, _host: str) -> bool:
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return answer.retry_after is None  # else the whole site says when to come back
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES or (
        answer.status == HTTPStatus.INTERNAL_SERVER_ERROR
    )


ONWARD: tuple[Onward, ...] = (
    Onward(seen=_refused_by_rest, nothing_done=True, by_wordpress=True),
    Onward(seen=_refused, nothing_done=True),
    Onward(seen=_sent_elsewhere_on_the_site, nothing_done=True),
    Onward(seen=_said_nothing_to_the_point, nothing_done=False),
)
"""The first row that matches; where none does, the answer is about the site as a whole."""


def onward(answer: BridgeResponse, host: str) -> Onward | None:
    """Whether another door is worth trying after an answer to a call of ``host``."""
    if answer.ours or answer.fate is not Fate.ANSWERED:
        return None
    return next((row for row in ONWARD if row.seen(answer, host)), None)
