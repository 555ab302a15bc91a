"""Which door of a site is tried, in which order, after which answers, and what is remembered."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from igny8.admission.model import Gate
from igny8.core.http import Reply
from igny8.core.settings import Settings
from igny8.publishing.dispatch import NO_MORE_CALLS_AFTER_MS
from igny8.wordpress.client import LOOK_AROUND_MS, BridgeClient, Target
from igny8.wordpress.doors import Door
from igny8.wordpress.response import BridgeResponse

from tests.support.clock import FrozenClock
from tests.support.wordpress import FRONT_PAGE, _door, lost, not_sent, refusal, reply

SITE = Target("https://e.example/wp-json", "https://e.example", "k")
PLAIN_SITE = Target("https://e.example/?rest_route=/", "https://e.example", "k")
PAYLOAD = {"content_id": 4, "rev": 1}
DONE = reply(201, {"success": True, "data": {"content_id": 4, "post_id": 5, "rev": 1}})
THERE = reply(200, {"success": True, "data": {"content_id": 4, "post_id": 5, "rev": 1}})
STATUS = reply(200, {"success": True, "data": {"bridge": {"version": "2"}}})
PAGE = reply(200, FRONT_PAGE)
NO_ROUTE = reply(404, {"code": "rest_no_route", "message": "m"})
LOGIN = reply(401, {"code": "rest_not_logged_in", "message": "m"})
HTML_404 = reply(404, b"<html>")
HTML_403 = reply(403, b"<html>")
ALL = {"rest": DONE, "plain": DONE, "front": DONE}


@dataclass
class Site:
    """Answers by door; a list answers one after the other. ``status`` is asked at the front."""

    answers: dict[str, Any]
    status: Reply = STATUS
    knocks: list[str] = field(default_factory=list)

    def request(self, method: str, url: str, **_: Any) -> Reply:
        door, route = _door(url)
        self.knocks.append(f"{method} {door}" if route != "status" else f"look {door}")
        if route == "status":
            return self.status
        found = self.answers[door]
        return found.pop(0) if isinstance(found, list) else found

    def kept_alive(self) -> Any:
        raise AssertionError("a door is tried by single requests")


def publish(site: Site, target: Target = SITE) -> BridgeResponse:
    client = BridgeClient(site, FrozenClock(), ask_timeout_seconds=10, send_timeout_seconds=30)
    return client.publish(target, PAYLOAD, operation_id="o", request_id="r")


def ask(site: Site, target: Target = SITE) -> BridgeResponse:
    return BridgeClient(site, FrozenClock(), ask_timeout_seconds=10, send_timeout_seconds=30).ask(
        target, 4
    )


def test_what_answers_is_the_end_of_it() -> None:
    site = Site(dict(ALL))
    assert publish(site).door is Door.REST
    assert site.knocks == ["POST rest"]


REFUSALS = [
    # what REST answers, and whether its other address is worth a try
    (HTML_404, True),
    (HTML_403, True),
    (reply(401, b""), True),
    (reply(405, b"<html>"), True),
    (reply(406, b"<html>"), True),
    (reply(302, b"", location="https://e.example/"), True),
    (reply(302, b"", location="/login"), True),
    (NO_ROUTE, False),
    (LOGIN, False),
    (reply(403, {"code": "rest_forbidden", "message": "m"}), False),
]


@pytest.mark.parametrize(("answer", "plain"), REFUSALS)
def test_what_rest_is_kept_from_goes_through_the_front(answer: Reply, plain: bool) -> None:
    site = Site({"rest": answer, "plain": answer, "front": DONE})
    sent = publish(site)
    assert (sent.ours, sent.status, sent.door) == (True, 201, Door.FRONT)
    between = ["POST plain"] if plain else []
    assert site.knocks == ["POST rest", *between, "look front", "POST front"]
    asked = Site({"rest": answer, "plain": answer, "front": THERE})
    assert ask(asked).door is Door.FRONT
    assert asked.knocks == ["GET rest", *(["GET plain"] if plain else []), "POST front"]


@pytest.mark.parametrize(
    "answer",
    [
        lost(), not_sent(), PAGE, reply(200, b""), reply(500, b"<html>"), reply(502, b""),
        reply(500, {"code": "wp_die", "message": "m"}), reply(503, b"", **{"retry-after": "9"}),
        reply(503, b"<html>"),
        reply(429, b""), reply(413, b""), reply(418, b""), refusal(401, "invalid_api_key"),
        refusal(403, "paused"), refusal(404, "not_found"), refusal(500, "internal_error"),
        reply(301, b"", location="https://elsewhere.example/"), replace(PAGE, truncated=True),
    ],
)  # fmt: skip
def test_what_may_have_been_carried_out_is_never_sent_again(answer: Reply) -> None:
    site = Site({**ALL, "rest": answer})
    publish(site)
    assert site.knocks == ["POST rest"]


@pytest.mark.parametrize("answer", [PAGE, reply(200, b""), reply(500, b"<html>"),
                                    reply(503, b"<html>"), reply(503, b""),
                                    reply(500, {"code": "wp_die", "message": "m"})])  # fmt: skip
def test_a_question_goes_on_where_nobody_can_tell(answer: Reply) -> None:
    site = Site({"rest": answer, "plain": answer, "front": THERE})
    asked = ask(site)
    assert (asked.ours, asked.door) == (True, Door.FRONT)
    assert site.knocks == ["GET rest", "GET plain", "POST front"]


DOWN = [
    lost(), not_sent(), reply(502, b""), reply(429, b""), reply(503, b"", **{"retry-after": "9"}),
    refusal(503, "database_unavailable"),
]  # fmt: skip


@pytest.mark.parametrize("answer", DOWN)
def test_a_site_that_is_down_is_asked_once(answer: Reply) -> None:
    site = Site({**ALL, "rest": answer})
    ask(site)
    assert site.knocks == ["GET rest"]


@pytest.mark.parametrize("look", [PAGE, HTML_404, HTML_403, lost(), reply(500, b"")])
def test_nothing_is_sent_to_a_page(look: Reply) -> None:
    site = Site({"rest": HTML_403, "plain": HTML_403, "front": DONE}, status=look)
    sent = publish(site)
    assert (sent.status, sent.ours, sent.door) == (403, False, None)
    assert site.knocks == ["POST rest", "POST plain", "look front"]


def test_what_rest_says_explains_a_site_without_a_door() -> None:
    site = Site({"rest": HTML_404, "plain": NO_ROUTE, "front": PAGE}, status=PAGE)
    for answer in (publish(site), ask(site)):
        assert (answer.status, answer.foreign_code) == (404, "rest_no_route")


@pytest.mark.parametrize("door", list(Door))
def test_the_door_that_worked_last_is_tried_first(door: Door) -> None:
    site = Site(dict(ALL))
    assert publish(site, SITE.through(door)).door is door
    assert site.knocks == [f"POST {door}"]


def test_a_remembered_door_that_is_shut_is_left_for_the_order() -> None:
    site = Site({"rest": DONE, "plain": DONE, "front": HTML_403})
    assert publish(site, SITE.through(Door.FRONT)).door is Door.REST
    assert site.knocks == ["POST front", "POST rest"]
    # A page may be a door that is shut, or one that opened and broke: ask before sending again.
    site = Site({"rest": THERE, "plain": THERE, "front": PAGE})
    assert publish(site, SITE.through(Door.FRONT)).ours is False
    assert ask(site, SITE.through(Door.FRONT)).door is Door.REST
    assert site.knocks == ["POST front", "POST front", "GET rest"]


def test_a_page_cache_has_no_say_at_the_second_door() -> None:
    """One that ignores queries answers every GET of the front page with the page."""

    class Cached(Site):
        def request(self, method: str, url: str, **more: Any) -> Reply:
            reply = super().request(method, url, **more)
            return PAGE if method == "GET" and _door(url)[0] == "front" else reply

    site = Cached({"rest": HTML_403, "plain": HTML_403, "front": DONE})
    assert publish(site).ours
    asked = Cached({"rest": HTML_403, "plain": HTML_403, "front": THERE})
    assert ask(asked).door is Door.FRONT


def test_a_root_without_pretty_permalinks_is_asked_once() -> None:
    site = Site({"plain": HTML_404, "front": THERE})
    assert ask(site, PLAIN_SITE).door is Door.FRONT
    assert site.knocks == ["GET plain", "POST front"]
    site = Site({"plain": THERE})
    assert ask(site, PLAIN_SITE.through(Door.PLAIN)).door is Door.REST


def test_every_try_is_counted() -> None:
    site = Site({"rest": HTML_404, "plain": HTML_404, "front": DONE})
    assert publish(site).duration_ms == 4 * 12
    nowhere = Site({"rest": HTML_404, "plain": HTML_404, "front": DONE}, status=PAGE)
    assert publish(nowhere).duration_ms == 3 * 12


def test_a_slow_site_is_not_asked_everywhere_in_one_call() -> None:
    slow = replace(HTML_403, duration_ms=LOOK_AROUND_MS + 1)
    site = Site({**ALL, "rest": slow})
    assert publish(site).status == 403
    assert site.knocks == ["POST rest"]
    # A door that was found too late for this call is remembered for the next one.
    late = replace(STATUS, duration_ms=LOOK_AROUND_MS + 1)
    site = Site({"rest": HTML_403, "plain": HTML_403, "front": DONE}, status=late)
    sent = publish(site)
    assert (sent.status, sent.ours, sent.door) == (403, False, Door.FRONT)
    assert site.knocks == ["POST rest", "POST plain", "look front"]


def test_the_worst_delivery_ends_within_what_the_worker_keeps_back() -> None:
    """Ask, send for as long as calls are begun, send once more, ask; each as late as it can."""
    settings = Settings()
    look_around = LOOK_AROUND_MS / 1000
    send = settings.send_timeout_seconds + look_around
    ask_again = settings.ask_timeout_seconds + look_around
    worst = NO_MORE_CALLS_AFTER_MS / 1000 + send + ask_again
    assert worst <= settings.serve_margin_seconds


def test_a_gate_keeps_the_door_and_knows_no_better_from_nothing() -> None:
    gate = Gate(1)
    assert gate.found(None) is gate
    assert gate.found(Door.REST) is gate
    front = gate.found(Door.FRONT)
    assert (front.door, front.found(None).door, front.opened().door) == (Door.FRONT,) * 3
    assert front.found(Door.REST).door is Door.REST
