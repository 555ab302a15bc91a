"""How often a site is asked that is down, or at which our own code fails; when it is back."""

from collections.abc import Callable
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest

from tests.support.sync_stage import INTEGRATIONS, Stage, stage
from tests.support.trouble import Killed
from tests.support.wordpress import reply
from tests.support.world import SITE_URL

FIVE_MINUTES = 300
NO_ROUTE = {"code": "rest_no_route", "message": "No route", "data": {"status": 404}}


def sync(here: Stage, direction: str = "changes") -> Any:
    path = f"{INTEGRATIONS}/{here.site['integration_id']}/sync/"
    answer = here.world.call("POST", path, {"direction": direction})
    assert answer.status == 202, answer.body
    return answer.data


def run(here: Stage) -> Any:
    path = f"{INTEGRATIONS}/{here.site['integration_id']}/sync-status/"
    return here.world.call("GET", path).data["run"]


def pass_time(here: Stage, *, hours: float) -> list[int]:
    """The sweep runs every five minutes; answers the seconds at which the site was called."""
    called = []
    for _ in range(round(hours * 12)):
        here.world.clock.advance(seconds=FIVE_MINUTES)
        here.world.sweep("sync")
        before = len(here.world.wordpress.calls)
        here.serve()
        if len(here.world.wordpress.calls) > before:
            called.append(int(here.world.clock.now().timestamp()))
    return called


def waits(called: list[int]) -> list[int]:
    return [after - before for before, after in pairwise(called)]


def test_a_site_that_is_down_is_asked_less_and_less() -> None:
    with stage() as here:
        here.world.wordpress.up = False
        sync(here)
        here.serve()
        called = pass_time(here, hours=5 * 24)
        assert len(called) <= 5 * 4 + 7
        assert max(waits(called)) <= 6 * 3600 + FIVE_MINUTES
        grown = waits(called)[:6]
        assert grown == sorted(grown)
        assert run(here)["state"] == "waiting"


def test_what_waits_goes_on_within_minutes_of_the_first_call_that_comes_through() -> None:
    with stage() as here:
        here.world.wordpress.up = False
        sync(here)
        here.serve()
        pass_time(here, hours=30)
        here.world.wordpress.up = True
        here.change(0, "draft")
        content = here.world.content(here.site, title="New")
        assert here.world.publish(content).status == 202
        here.world.work(here.publishing.records())  # a probe, and the article
        assert here.world.publication(content)["publish_state"] == "published"
        assert pass_time(here, hours=0.2)
        assert here.seen(0) == "draft"
        assert run(here)["state"] == "done"


def test_a_person_who_asks_is_served_at_once() -> None:
    with stage() as here:
        here.world.wordpress.up = False
        first = sync(here)
        here.serve()
        pass_time(here, hours=30)
        here.world.wordpress.up = True
        here.world.clock.advance(minutes=10)
        assert sync(here)["run"]["id"] == first["run"]["id"], "it only waited"
        here.serve()
        assert run(here)["state"] == "done"


def a_day_later(here: Stage) -> None:
    here.world.clock.advance(hours=27)


def a_week_later(here: Stage) -> None:
    here.world.clock.advance(days=8)


def events_were_lost(here: Stage) -> None:
    here.outbox.add(action="data_loss", post_id=None, content_id=None)
    here.world.clock.advance(hours=27)


@pytest.mark.parametrize("direction", ["changes", "metadata"])
@pytest.mark.parametrize("due", [a_day_later, a_week_later, events_were_lost])
def test_what_a_person_starts_is_done_though_a_worker_begins_the_same_moment(
    due: Callable[[Stage], None], direction: str
) -> None:
    accepted = 0
    for number in range(30):
        with stage() as here:
            due(here)
            here.world.sweep("sync")
            answers = before_call(here, number, direction)
            here.serve()
            here.heal()
            if not answers:
                break
            if answers[0].status == 202:
                accepted += 1
                done = [one["details"]["run_id"] for one in here.events(f"sync_{direction}")]
                assert done.count(answers[0].data["run"]["id"]) == 1
    assert accepted > 2


def before_call(here: Stage, number: int, direction: str) -> list[Any]:
    """Somebody starts a run before a call that the worker makes of AWS; its answer, once it was."""
    path = f"{INTEGRATIONS}/{here.site['integration_id']}/sync/"
    proceed, answers, numbers = here.trouble.call, list[Any](), iter(range(1000))

    def call(*args: Any, **named: Any) -> Any:
        if not answers and next(numbers) == number:
            here.trouble.call = proceed  # type: ignore[method-assign]
            answers.append(here.world.call("POST", path, {"direction": direction}))
        return proceed(*args, **named)

    here.trouble.call = call  # type: ignore[method-assign]
    return answers


def test_a_site_that_asks_for_a_pause_gets_it() -> None:
    with stage() as here:
        here.world.wordpress.before = [reply(429, b"", **{"retry-after": "7200"})]
        sync(here)
        here.serve()
        called = pass_time(here, hours=3)
        assert len(called) == 1
        assert run(here)["state"] == "done"
        assert pass_time(here, hours=1.9) == []


def test_a_key_that_ends_tomorrow_is_not_held_back_for_hours() -> None:
    with stage() as here:
        here.world.key(here.site)
        here.world.wordpress.up = False
        here.serve()
        called = pass_time(here, hours=24)
        assert max(waits(called)) <= 80 * 60 + FIVE_MINUTES


@pytest.mark.parametrize("how", ["switch", "resume"])
def test_an_integration_that_is_switched_on_again_is_listened_to_at_once(how: str) -> None:
    with stage() as here:
        path = f"{INTEGRATIONS}/{here.site['integration_id']}/"
        assert here.world.call("PATCH", path, {"is_active": False}).status == 200
        here.change(0, "draft")
        pass_time(here, hours=20)
        assert here.seen(0) == "publish"
        if how == "switch":
            answer = here.world.call("PATCH", path, {"is_active": True})
        else:
            answer = here.world.call("POST", f"{path}resume/")
        assert answer.status == 200, answer.body
        here.serve()
        assert here.seen(0) == "draft"


def test_a_site_that_speaks_again_is_asked_at_once_whether_it_is_back() -> None:
    """Whoever activates the bridge again does not wait half an hour for the next article."""
    with stage() as here:
        here.world.wordpress.before += [reply(404, NO_ROUTE)] * 100
        here.world.wordpress.posts[here.contents[0]["id"]].post_status = "private"
        sync(here, "metadata")
        here.serve()
        assert run(here)["reason"] == "bridge_inactive"
        here.world.clock.advance(seconds=60)
        del here.world.wordpress.before[:]
        here.outbox.add(action="data_loss", reason="not_listening")
        body = {"site_id": here.site["id"], "site_url": SITE_URL, **here.outbox.position,
                "events": here.outbox.waiting}  # fmt: skip
        assert here.world.told(here.site, body, kind="").status == 200
        here.outbox.waiting = []
        here.serve()
        assert here.seen(0) == "private"
        opened = [one["action"] for one in here.events("gate_closed", "gate_opened")]
        assert opened == ["gate_opened", "gate_closed"]


def test_a_site_that_only_says_that_it_is_back_is_asked_no_more_often() -> None:
    with stage() as here:
        here.world.wordpress.before += [reply(404, NO_ROUTE)] * 1000
        sync(here, "metadata")
        here.serve()
        here.world.clock.advance(seconds=60)
        called = []
        for number in range(1, 24 * 12):
            body = {"site_id": here.site["id"], "site_url": SITE_URL, "events": [
                {"event_id": f"e-{number}", "seq": number, "action": "data_loss"}]}  # fmt: skip
            assert here.world.told(here.site, body, kind="").status == 200
            called += pass_time(here, hours=1 / 12)
        assert len(called) <= 24 * 2


# --- Our own code crashes ------------------------------------------------------------------------


@contextmanager
def crashing(target: Any, name: str, error: BaseException, *, only: Callable[..., bool]) -> Any:
    """Let one method raise wherever ``only`` says so; answers how often it has."""
    proceed, raised = getattr(target, name), []

    def crash(*args: Any, **named: Any) -> Any:
        if only(*args, **named):
            raised.append(error)
            raise error
        return proceed(*args, **named)

    setattr(target, name, crash)
    try:
        yield raised
    finally:
        setattr(target, name, proceed)


def always(*_args: Any, **_named: Any) -> bool:
    return True


@pytest.mark.parametrize("error", [RuntimeError("a bug"), Killed()])
def test_a_step_that_crashes_again_and_again_is_given_up_loudly(error: BaseException) -> None:
    with stage() as here:
        facts = here.world.services.facts
        here.change(0, "draft")
        sync(here, "metadata")
        with crashing(facts, "page", error, only=always) as raised:
            here.serve()
            pass_time(here, hours=5)
            assert len(raised) == 5
            assert (run(here)["state"], run(here)["reason"]) == ("failed", "our_fault")
            assert [one["success"] for one in here.events("sync_metadata")] == [False]
            pass_time(here, hours=6)
            assert here.seen(0) == "draft", "the pull goes on"
        sync(here, "metadata")
        here.serve()
        assert run(here)["state"] == "done"


def test_a_comparison_that_was_given_up_is_made_once_we_have_mended_it() -> None:
    """What no event told of would else be known a week later."""
    with stage() as here:
        here.world.wordpress.posts[here.contents[0]["id"]].post_status = "private"
        sync(here, "metadata")
        with crashing(here.world.services.facts, "page", RuntimeError("a bug"), only=always):
            here.serve()
            pass_time(here, hours=5)
            assert run(here)["reason"] == "our_fault"
            assert here.seen(0) == "publish"
        pass_time(here, hours=27)
        assert here.seen(0) == "private"
        done = [one["success"] for one in here.events("sync_metadata")]
        assert sorted(done) == [False, True]


@pytest.mark.parametrize("error", [RuntimeError("a bug"), Killed()])
def test_a_post_that_cannot_be_asked_about_is_let_go(error: BaseException) -> None:
    with stage() as here:
        body = {"action": "post_updated", "post_id": here.posts[0], "site_url": SITE_URL}
        assert here.world.told(here.site, body, kind="").status == 200
        with crashing(here.world.services.facts, "posts", error, only=always) as raised:
            here.serve()
            pass_time(here, hours=24)
            assert len(raised) == 5
        assert here.plan().asks == ()
        assert [one["details"]["step"] for one in here.events("sync_changes")
                if one["details"].get("step")] == ["ask"]  # fmt: skip


@pytest.mark.parametrize("error", [RuntimeError("a bug"), Killed()])
def test_a_farewell_that_crashes_again_and_again_is_let_go(error: BaseException) -> None:
    with stage() as here:
        assert here.world.call("DELETE", f"/api/v1/sites/{here.site['id']}/").status == 200
        here.is_deleted = True
        farewells = here.world.services.sync_worker._farewells
        with crashing(farewells, "say", error, only=always) as raised:
            here.serve()
            pass_time(here, hours=24)
            assert len(raised) == 5
        assert here.plan().version == 0


@pytest.mark.parametrize("error", [RuntimeError("a bug"), Killed()])
def test_a_site_at_which_we_crash_at_once_is_begun_less_and_less(error: BaseException) -> None:
    with stage() as here:
        sync(here)
        visits = here.world.services.visits
        with crashing(visits, "begin", error, only=always) as raised:
            here.serve()
            pass_time(here, hours=48)
            assert 5 < len(raised) < 25
        pass_time(here, hours=6)
        assert run(here)["state"] == "done"


def test_aws_that_is_away_is_no_crash() -> None:
    from igny8.core.errors import Unavailable

    with stage() as here:
        here.change(0, "draft")
        sync(here, "metadata")
        away = Unavailable("dynamodb")
        with crashing(here.world.services.facts, "page", away, only=always) as raised:
            here.serve()
            pass_time(here, hours=3)
            assert len(raised) > 10
        pass_time(here, hours=0.5)
        assert run(here)["state"] == "done"


def poison(_owner: Any, telling: Any, *_args: Any, **_named: Any) -> bool:
    return any(event.post_title == "poison" for event in telling.events)


def test_one_event_at_which_we_crash_holds_back_no_other() -> None:
    for pulled in (True, False):
        with stage() as here:
            here.change(0, "draft")
            here.outbox.add(post_id=here.posts[1], content_id=here.contents[1]["id"],
                            post_status="draft", post_title="poison")  # fmt: skip
            here.change(1, "private")
            planner, bug = here.world.services.planner, RuntimeError("a bug")
            with crashing(planner, "plans", bug, only=poison):
                if pulled:
                    sync(here)
                    here.serve()
                    assert here.outbox.waiting == []
                    assert run(here)["state"] == "done"
                else:
                    body = {"site_id": here.site["id"], "site_url": SITE_URL,
                            **here.outbox.position, "events": here.outbox.made}  # fmt: skip
                    told = here.world.told(here.site, body, kind="").data["results"]
                    assert [one["result"] for one in told] == ["applied", "ignored", "applied"]
            assert [here.seen(0), here.seen(1)] == ["draft", "private"]
            lost = here.events("webhook_refused")
            assert [one["details"]["event_id"] for one in lost] == ["event-2"]


# --- A run has bounds ----------------------------------------------------------------------------


def test_a_site_that_always_has_more_ends_its_turn() -> None:
    with stage() as here:
        endless = {"made": 0}

        def page(_url: str) -> dict[str, Any]:
            endless["made"] += 1
            event = {"seq": endless["made"], "event_id": f"e{endless['made']}", "post_id": 1}
            here.outbox.head_seq = endless["made"]
            return {**here.outbox.position, "events": [event], "more": True}

        here.outbox.page = page  # type: ignore[method-assign]
        here.outbox.acknowledge = lambda _payload: {"acknowledged": 1, **here.outbox.position}  # type: ignore[method-assign]
        sync(here)
        here.serve()
        assert endless["made"] == 50
        assert len(here.queue.waiting) == 1, "it goes on when the others had their turn"
        here.serve()
        assert endless["made"] == 100
        assert run(here)["done"] == 100


# --- One content in the way ----------------------------------------------------------------------


def answering_nothing_for(here: Stage, content_ids: list[int]) -> None:
    answer = here.world.wordpress._answer

    def blocked(method: str, route: str, payload: Any, headers: Any) -> Any:
        if any(route == f"content/{number}" for number in content_ids):
            return reply(200, b"<html>challenge</html>")
        return answer(method, route, payload, headers)

    here.world.wordpress._answer = blocked  # type: ignore[method-assign]


def more_contents(here: Stage, number: int) -> list[Any]:
    made = [here.world.content(here.site, title=f"More {n}") for n in range(number)]
    for content in made:
        assert here.world.publish(content).status == 202
    here.world.work(here.publishing.records())
    return [*here.contents, *made]


@pytest.mark.parametrize("poisoned", [[0], [3], [0, 1], [0, 2, 4]])
def test_a_content_whose_answer_is_never_ours_holds_no_run(poisoned: list[int]) -> None:
    with stage() as here:
        contents = more_contents(here, 3)
        for content in contents:
            here.world.wordpress.posts[content["id"]].post_status = "private"
        bad = [contents[number]["id"] for number in poisoned]
        answering_nothing_for(here, bad)
        sync(here, "metadata")
        here.serve()
        found = run(here)
        assert (found["state"], found["done"], found["failed"]) == ("done", 5, len(bad))
        for content in contents:
            path = f"/api/v1/writer/content/{content['id']}/"
            metadata = here.world.call("GET", path).data["metadata"]
            seen = "publish" if content["id"] in bad else "private"
            assert metadata["wordpress_status"] == seen
        told = [one for one in here.events("sync_metadata") if not one["success"]]
        assert sorted(told[0]["details"]["content_ids"]) == sorted(bad)


def test_many_in_a_row_wait_for_the_site_and_go_on_in_the_end() -> None:
    with stage() as here:
        contents = more_contents(here, 4)
        for content in contents:
            here.world.wordpress.posts[content["id"]].post_status = "private"
        answering_nothing_for(here, [one["id"] for one in contents[1:5]])
        sync(here, "metadata")
        here.serve()
        assert run(here)["state"] == "waiting"
        pass_time(here, hours=2)
        found = run(here)
        assert (found["state"], found["done"], found["failed"]) == ("done", 6, 4)
        assert here.seen(0) == "private"


def test_a_site_that_goes_away_in_the_middle_goes_on_where_it_was() -> None:
    with stage() as here:
        more_contents(here, 3)
        ask, left = here.world.wordpress._answer, [2]

        def leaving(method: str, route: str, payload: Any, headers: Any) -> Any:
            if route.startswith("content/"):
                left[0] -= 1
                if left[0] < 0:
                    here.world.wordpress.up = False
                    return reply(500, b"")
            return ask(method, route, payload, headers)

        here.world.wordpress._answer = leaving  # type: ignore[method-assign]
        sync(here, "metadata")
        here.serve()
        assert (run(here)["state"], run(here)["done"], run(here)["failed"]) == ("waiting", 2, 0)
        del here.world.wordpress._answer
        here.world.wordpress.up = True
        pass_time(here, hours=1)
        assert (run(here)["state"], run(here)["done"], run(here)["failed"]) == ("done", 5, 0)


# --- A site that lets articles through, and no question of ours -----------------------------------


@contextmanager
def refusing_questions(here: Stage) -> Any:
    """A firewall that takes offence at some addresses; answers how often it was asked."""
    site = here.world.wordpress
    proceed, refused = site.request, []

    def request(method: str, url: str, **more: Any) -> Any:
        if "changes" in url or "structure" in url:
            refused.append(here.world.clock.now())
            return reply(403, b"<html>blocked</html>")
        return proceed(method, url, **more)

    site.request = request  # type: ignore[method-assign]
    try:
        yield refused
    finally:
        site.request = proceed  # type: ignore[method-assign]


def publish_something(here: Stage) -> None:
    content = here.world.content(here.site, title="New")
    assert here.world.publish(content).status == 202
    here.world.work(here.publishing.records())
    assert here.world.publication(content)["publish_state"] == "published"


def test_a_site_that_refuses_our_questions_alone_is_asked_less_and_less() -> None:
    """However often an article gets through; and articles never wait for it."""
    with stage() as here, refusing_questions(here) as refused:
        sync(here)
        here.serve()
        for _ in range(2 * 24 * 2):
            publish_something(here)
            pass_time(here, hours=0.5)
        tries = len(set(refused))
        assert tries <= 2 * 8 + 2 * 4 + 4, tries
        assert (run(here)["state"], run(here)["reason"]) == ("waiting", "refused_by_site")


def test_it_is_heard_again_once_it_lets_us() -> None:
    with stage() as here:
        with refusing_questions(here):
            sync(here)
            here.serve()
            for _ in range(24):
                publish_something(here)
                pass_time(here, hours=0.5)
        here.change(0, "draft")
        pass_time(here, hours=7)
        assert here.seen(0) == "draft"
        assert run(here)["state"] == "done"
        # And the next trouble is met afresh.
        assert (here.plan().wakes, here.plan().refusals) == (0, 0)
