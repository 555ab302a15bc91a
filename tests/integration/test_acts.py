"""What people do with a publication: what each act answers in each state, and what holds then."""

from functools import partial
from typing import Any

import pytest

from tests.support.aws_calls import recorded_calls
from tests.support.case import Case, case
from tests.support.site_events import Bridge
from tests.support.steps import bring_to, edit, publication_row
from tests.support.wordpress import lost, refusal, reply
from tests.support.world import ACCOUNT, OTHER_ACCOUNT, Response, World

TABLE = [
    # state of the publication, act, status, code or publish_state afterwards, new intent?
    ("none", "cancel", 409, "nothing_to_cancel", False),
    ("queued", "cancel", 200, "cancelled", False),
    ("waiting", "cancel", 200, "cancelled", False),
    ("sending", "cancel", 202, "sending", False),
    ("unknown", "cancel", 202, "unknown", False),
    ("cancelled", "cancel", 200, "cancelled", False),
    ("failed", "cancel", 409, "nothing_to_cancel", False),
    ("published", "cancel", 409, "nothing_to_cancel", False),
    ("none", "retry", 409, "nothing_to_retry", False),
    ("failed", "retry", 202, "queued", True),
    ("cancelled", "retry", 202, "queued", True),
    ("waiting", "retry", 202, "waiting", False),
    ("unknown", "retry", 202, "unknown", False),
    ("queued", "retry", 200, "queued", False),
    ("sending", "retry", 200, "sending", False),
    ("published", "retry", 409, "nothing_to_retry", False),
    ("conflict", "retry", 409, "conflict", False),
    ("gone", "retry", 409, "gone", False),
    ("none", "unpublish", 409, "not_published", False),
    ("queued", "unpublish", 200, "cancelled", False),
    ("sending", "unpublish", 202, "sending", True),
    ("unknown", "unpublish", 202, "unknown", True),
    ("published", "unpublish", 202, "queued", True),
    ("failed", "unpublish", 200, "failed", False),
    ("conflict", "unpublish", 409, "conflict", False),
    ("gone", "unpublish", 200, "gone", False),
    ("none", "resolve-conflict", 409, "not_in_conflict", False),
    ("published", "resolve-conflict", 409, "not_in_conflict", False),
    ("conflict", "resolve-conflict", 202, "queued", True),
]
BODIES: dict[str, dict[str, Any]] = {
    "unpublish": {"to": "draft"},
    "resolve-conflict": {"keep": "ours"},
}


def act(world: World, content: dict[str, Any], what: str, **body: Any) -> Response:
    path = f"/api/v1/writer/content/{content['id']}/{what}/"
    return world.call("POST", path, {**BODIES.get(what, {}), **body})


@pytest.mark.parametrize(("state", "what", "status", "after", "new_intent"), TABLE)
def test_act(
    shared: World, state: str, what: str, status: int, after: str, new_intent: bool
) -> None:
    content = bring_to(shared, state)
    intent = 0 if state == "none" else publication_row(shared, content).intent
    shared.messages()
    answer = act(shared, content, what)
    assert answer.status == status, answer.body
    if status == 409:
        assert answer.code == after
        assert shared.messages() == []
        return
    assert answer.data["publish_state"] == after
    now = shared.publication(content)
    assert (now["publish_state"], now["intent"]) == (after, intent + int(new_intent))
    assert len(shared.messages()) == int(status == 202)
    again = act(shared, content, what)
    assert again.status == (409 if what == "resolve-conflict" else 200)
    assert shared.publication(content)["intent"] == intent + int(new_intent)


@pytest.mark.parametrize("what", ["cancel", "retry", "unpublish", "resolve-conflict"])
def test_acts_are_nobody_elses(shared: World, what: str) -> None:
    content = bring_to(shared, "published")
    path = f"/api/v1/writer/content/{content['id']}/{what}/"
    stranger = shared.call("POST", path, BODIES.get(what, {}), account=OTHER_ACCOUNT)
    assert stranger.code == "not_found"
    named = act(shared, content, what, site_integration_id=1)
    assert named.code == "not_found"


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("unpublish", {"to": "burn"}),
        ("unpublish", {"to": None}),
        ("resolve-conflict", {"keep": "both"}),
        ("resolve-conflict", {"keep": 7}),
        ("cancel", {"force": True}),
        ("retry", {"site_integration_id": "7"}),
    ],
)
def test_bodies_that_say_something_else(shared: World, what: str, body: dict[str, Any]) -> None:
    content = shared.content(shared.connected_site())
    assert act(shared, content, what, **body).code == "invalid"


def test_one_field_at_a_time_is_for_later(shared: World) -> None:
    content = bring_to(shared, "conflict")
    assert act(shared, content, "resolve-conflict", keep={"title": "ours"}).code == "not_supported"


@pytest.mark.parametrize(
    ("state", "what"),
    [("queued", "cancel"), ("failed", "retry"), ("published", "unpublish"),
     ("conflict", "resolve-conflict")],
)  # fmt: skip
def test_of_many_at_once_one_writes(
    shared: World, state: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the others comes between the reads and the write of the one before."""
    content = bring_to(shared, state)
    shared.messages()
    service = shared.services.resolving if what == "resolve-conflict" else shared.services.acts
    commit, begun = service._commit, [1]
    answers: list[Response] = []

    def overtaken(writes: Any) -> None:
        if begun[0] < 4:
            begun[0] += 1
            answers.append(act(shared, content, what))
        commit(writes)

    monkeypatch.setattr(service, "_commit", overtaken)
    answers.append(act(shared, content, what))
    monkeypatch.undo()
    row = publication_row(shared, content)
    assert row.intent == 1 + int(what != "cancel")
    statuses = [answer.status for answer in answers]
    assert len(statuses) == 4
    once = 200 if what == "cancel" else 202
    assert statuses.count(202) == int(once == 202)
    assert set(statuses) <= ({200, 202} if what != "resolve-conflict" else {202, 409})
    assert len(shared.messages()) == int(once == 202)


# --- Cancel ------------------------------------------------------------------------------------


@pytest.mark.parametrize("applied", [True, False])
def test_cancelled_in_doubt_is_resolved_by_asking(applied: bool) -> None:
    with case() as one:
        one.click()
        one.loses(applied=applied)
        answer = one.act("cancel")
        assert (answer.status, answer.data["cancel_requested"]) == (202, True)
        sent = len(one.wordpress.sent())
        one.work()
        told = one.world.publication(one.content)
        assert told["publish_state"] == ("published" if applied else "cancelled")
        assert told["reason"] == ("too_late_to_cancel" if applied else None)
        assert told["cancel_requested"] is False
        assert len(one.wordpress.sent()) == sent, "nothing is sent for something cancelled"
        assert one.holds == ("this" if applied else "none")


def test_cancelled_while_it_is_sent(shared: World) -> None:
    content = bring_to(shared, "queued")
    late = shared.content({"id": content["site_id"]})
    shared.wordpress.after.append(lambda answer: (act(shared, content, "cancel"), answer)[1])
    shared.work([shared.hint(content, publication_row(shared, content).integration_id)])
    told = shared.publication(content)
    assert (told["publish_state"], told["reason"]) == ("published", "too_late_to_cancel")
    assert shared.publish(late).status == 202
    shared.wordpress.after.append(
        lambda _answer: (act(shared, late, "cancel"), reply(429, b"", **{"retry-after": "90"}))[1]
    )
    shared.work()
    assert shared.publication(late)["publish_state"] == "cancelled"


def test_a_cancelled_update_leaves_the_older_text_live() -> None:
    with case() as one:
        one.publish()
        one.update()
        assert one.act("cancel").data["publish_state"] == "cancelled"
        told = one.world.publication(one.content)
        assert (told["wordpress_status"], told["applied_intent"], told["intent"]) == (
            "publish",
            1,
            2,
        )
        assert one.world.call("PATCH", one.path, {"status": "draft"}).code == "published"
        one.work(rounds=3)
        assert one.holds == "older"


def last_line(one: Case) -> str:
    return str(one.world.events(one.site)[0]["description"])


def test_history_says_what_was_cancelled_and_what_is_there() -> None:
    with case() as one:
        one.click()
        one.act("cancel")
        assert last_line(one) == "Cancelled 'Title 1': WordPress does not have it"
        one.act("retry")
        one.world.work()
        one.update()
        one.act("cancel")
        assert last_line(one) == "Cancelled updating 'Title 2': WordPress keeps what it has"
        one.act("unpublish", to="draft")
        one.act("cancel")
        assert last_line(one) == "Cancelled taking down 'Title 2': its post stays as it is"
        deleting(one)
        one.world.work()
        one.act("cancel")
        assert last_line(one) == "Cancelled deleting 'Title 2', whose post is taken down"


def test_history_says_what_was_cancelled_once_wordpress_was_asked() -> None:
    with case() as one:
        one.publish()
        one.act("unpublish", to="draft")
        one.loses(applied=False)
        one.act("cancel")
        assert last_line(one) == "Cancelling to take down 'Title 1', unless that is done"
        one.work()
        assert last_line(one) == "Cancelled taking down 'Title 1': its post stays as it is"


# --- Unpublish ---------------------------------------------------------------------------------


def test_the_last_decision_wins() -> None:
    with case() as one:
        one.publish()
        first = one.world.hint(one.content, one.site["integration_id"])
        intents = [one.act("unpublish", to="trash").data["intent"], one.click().data["intent"]]
        assert intents == [2, 3]
        one.work()
        assert (one.state, one.holds) == ("published", "this")
        intents = [one.click().data["intent"], one.act("unpublish", to="draft").data["intent"]]
        assert intents == [3, 4]
        one.work()
        one.world.work([first, first])
        assert (one.state, one.holds) == ("unpublished", "this in draft")
        assert one.world.call("GET", one.path).data["status"] == "draft"
        assert one.click().status == 202
        one.work()
        assert (one.state, one.holds, one.wordpress.made[one.id]) == ("published", "this", 1)


def test_taking_down_sends_no_text(shared: World) -> None:
    content = bring_to(shared, "published")
    edit(shared, content, content_html="<p>Never to be sent.</p>")
    assert act(shared, content, "unpublish").data["takes_down"] is True
    with recorded_calls() as calls:
        shared.work()
    order = shared.wordpress.sent()[-1]
    assert "content_html" not in order
    assert (order["post_status"], order["take_down"]) == ("draft", True)
    assert (order["base_post_status"], order["base_fingerprint"]) == ("publish", "f1")
    assert "GetObject" not in calls
    told = shared.publication(content)
    assert (told["publish_state"], told["wordpress_status"]) == ("unpublished", "draft")


@pytest.mark.parametrize("told", [True, False], ids=["told", "unseen"])
@pytest.mark.parametrize(("theirs", "state"), [("trash", "unpublished"), ("deleted", "gone")])
def test_what_people_took_away_first_is_a_quiet_end(told: bool, theirs: str, state: str) -> None:
    with case() as one:
        one.publish()
        if told:
            one.person(theirs)
        elif theirs == "deleted":
            one.wordpress.delete(one.id)
        else:
            one.wordpress.set_status(one.id, theirs)
        assert one.act("unpublish", to="trash").status in {200, 202}
        one.work()
        row = one.world.publication(one.content)
        assert (row["publish_state"], row["reason"], row["last_error"]) == (state, None, None)
        assert one.click().status in {202, 409}
        one.work()
        assert one.state == "gone", "what people took away does not come back by itself"


# --- Conflicts ---------------------------------------------------------------------------------


def in_conflict(one: Case) -> Any:
    one.publish()
    one.wordpress.rewrite(one.id)
    one.update()
    one.work()
    return one.world.publication(one.content)


def test_a_conflict_tells_what_is_there() -> None:
    with case() as one:
        told = in_conflict(one)
        assert told["publish_state"] == "conflict"
        assert told["conflict"] == {
            "base_fingerprint": "f1", "current_fingerprint": "theirs1",
            "base_post_status": "publish", "post_status": "publish",
        }  # fmt: skip


def test_ours_overwrites_what_was_shown_and_nothing_else() -> None:
    with case() as one:
        in_conflict(one)
        one.wordpress.rewrite(one.id)  # once more, which nobody here has seen
        one.person("edited")  # and once more, of which we hear
        assert one.act("resolve-conflict", keep="ours").status == 202
        one.work()
        told = one.world.publication(one.content)
        assert (told["publish_state"], one.holds) == ("conflict", "theirs")
        assert told["conflict"]["current_fingerprint"] == "theirs3"
        assert one.act("resolve-conflict", keep="ours").status == 202
        one.work()
        assert (one.state, one.holds, one.wordpress.trampled) == ("published", "this", [])


def test_ours_that_is_cancelled_lets_nothing_be_overwritten_later() -> None:
    with case() as one:
        in_conflict(one)
        assert one.act("resolve-conflict", keep="ours").status == 202
        assert one.act("cancel").data["publish_state"] == "cancelled"
        assert one.click().status == 202
        one.work()
        assert (one.state, one.holds) == ("conflict", "theirs")


def test_theirs_is_kept_and_ours_differs() -> None:
    with case() as one:
        in_conflict(one)
        answer = one.act("resolve-conflict", keep="theirs")
        assert (answer.status, answer.data["publish_state"]) == (200, "published")
        assert answer.data["site_changed"] is True
        assert answer.data["conflict"] is None
        one.work(rounds=3)
        assert one.holds == "theirs"
        assert one.click().status == 202, "the text here is not the one there"
        one.work()
        assert (one.state, one.holds, one.wordpress.trampled) == ("published", "this", [])


@pytest.mark.parametrize("keep", ["ours", "theirs"])
def test_history_keeps_what_was_known_of_both(keep: str) -> None:
    with case() as one:
        in_conflict(one)
        one.act("resolve-conflict", keep=keep)
        line = one.world.events(one.site)[0]
        assert (line["action"], line["actor"]) == ("conflict_resolved", "user:u1")
        details = line["details"]
        assert (details["keep"], details["base_fingerprint"]) == (keep, "f1")
        assert details["seen"] == {"fingerprint": "theirs1", "post_status": "publish"}


# --- Deleting with the post --------------------------------------------------------------------


def deleting(one: Case, to: str = "trash") -> Response:
    return one.world.call("DELETE", f"{one.path}?unpublish={to}")


def test_the_content_goes_once_its_post_is_down() -> None:
    with case() as one:
        one.publish()
        answer = deleting(one)
        assert (answer.status, answer.data["deleted"]) == (202, False)
        assert one.world.publication(one.content)["deletes_content"] is True
        assert deleting(one).status == 202
        one.world.work()
        assert (one.state, one.holds) == ("unpublished", "this in trash")
        one.world.work()
        assert (one.state, one.holds) == ("no content", "this in trash")
        assert len([sent for sent in one.wordpress.sent() if sent.get("take_down")]) == 1


@pytest.mark.parametrize(("first", "last"), [("draft", "trash"), ("trash", "draft")])
def test_the_last_word_of_where_the_post_goes_holds_until_the_content_is_gone(
    first: str, last: str
) -> None:
    with case() as one:
        one.publish()
        deleting(one, first)
        one.world.work()
        assert (one.state, one.holds) == ("unpublished", f"this in {first}")
        assert deleting(one, last).status == 202
        assert deleting(one, last).status == 202
        one.work(rounds=3)
        assert (one.state, one.holds) == ("no content", f"this in {last}")
        assert len([sent for sent in one.wordpress.sent() if sent.get("take_down")]) == 2


def test_the_same_word_again_changes_nothing_where_the_trash_is_switched_off() -> None:
    """The post is a draft instead, and not taken down for ever anew."""
    with case() as one:
        one.publish()
        deleting(one)
        one.world.work()
        one.person("draft")
        assert deleting(one).status == 202
        one.work(rounds=2)
        assert (one.state, one.holds) == ("no content", "this in draft")
        assert len([sent for sent in one.wordpress.sent() if sent.get("take_down")]) == 1


def test_the_deletion_outlives_a_worker_and_its_hint() -> None:
    with case() as one:
        one.publish()
        deleting(one)
        one.dies_after_sending()
        one.work()
        one.world.messages()  # lost
        one.work(rounds=2)
        assert one.state == "no content"


def test_two_workers_delete_once_and_quietly() -> None:
    with case() as one:
        one.publish()
        deleting(one)
        one.world.work()
        hints = one.world.messages()
        assert one.world.work(hints) == {"batchItemFailures": []}
        services: Any = one.world.services
        services.deleting.finish(ACCOUNT, one.id)
        gone = [line for line in one.world.events(one.site) if line["action"] == "content_delete"]
        assert [line["status"] for line in gone] == ["success"]


def test_a_post_that_goes_during_a_conflict_is_no_conflict_any_more() -> None:
    with case() as one:
        in_conflict(one)
        one.person("deleted")
        told = one.world.publication(one.content)
        assert (told["publish_state"], told["conflict"]) == ("gone", None)


@pytest.mark.parametrize("status", ["publish", "private"])
def test_a_post_that_somebody_made_live_as_its_content_went_is_told_of(status: str) -> None:
    with case() as one:
        one.publish()
        bridge, post_id = Bridge(one.world, one.site), one.wordpress.posts[one.id].post_id
        deleting(one)
        one.work(rounds=2)
        assert one.state == "no content"
        live = bridge.event(one.content, status, post_id=post_id)
        assert bridge.send(live).status == 200
        told = one.world.events(one.site)[0]
        assert (told["action"], told["status"], told["external_id"]) == (
            "webhook_refused",
            "failed",
            str(post_id),
        )
        assert told["description"] == (
            "A post is live in WordPress whose content is not here any more"
        )
        assert told["actor"] == "wordpress:Jane Doe"
        assert told["details"]["live"] == [
            {
                "content_id": one.id,
                "post_id": post_id,
                "post_title": live["post_title"],
                "post_url": live["post_url"],
                "wordpress_status": status,
            }
        ]


def test_the_echo_of_taking_down_comes_after_the_content_went_and_is_no_failure() -> None:
    with case() as one:
        one.publish()
        bridge, post_id = Bridge(one.world, one.site), one.wordpress.posts[one.id].post_id
        operation = f"{one.id}-{one.site['integration_id']}-2"
        deleting(one)
        one.work(rounds=2)
        before = one.world.events(one.site)
        echo = bridge.event(one.content, "trash", post_id=post_id, origin="igny8",
                            operation_id=operation, rev=2)  # fmt: skip
        assert bridge.send(echo).status == 200
        assert one.world.events(one.site) == before
        bridge.send(bridge.event(one.content, "draft", post_id=post_id))
        assert one.world.events(one.site)[0]["description"] == (
            "The site told of content that is not its own"
        )


def test_a_click_in_between_keeps_the_content() -> None:
    with case() as one:
        one.publish()
        deleting(one)
        one.world.work()
        assert one.click().status == 202
        one.work(rounds=2)
        assert (one.state, one.holds) == ("published", "this")


@pytest.mark.parametrize("state", ["none", "queued"])
def test_a_post_that_is_made_meanwhile_is_taken_down_before_its_content_goes(state: str) -> None:
    with case() as one:
        if state == "queued":
            one.click()
        acts: Any = one.world.services.acts
        decide = acts._settled

        def and_a_click(*args: Any) -> Any:
            del acts._settled
            try:
                return decide(*args)
            finally:
                one.click()
                one.world.work()

        acts._settled = and_a_click
        answer = deleting(one)
        assert (answer.status, answer.data["deleted"], one.holds) == (202, False, "this")
        one.work(rounds=2)
        assert (one.state, one.holds) == ("no content", "this in trash")


def test_what_came_out_of_the_trash_unseen_is_a_question_for_whoever_makes_it_again() -> None:
    with case() as one:
        one.publish()
        one.wordpress.set_status(one.id, "trash")
        one.update()
        one.world.work()
        assert (one.state, one.holds) == ("gone", "older in trash")
        one.wordpress.set_status(one.id, "draft")
        assert one.click(recreate=True).status == 202
        one.world.work()
        assert (one.state, one.holds) == ("conflict", "older in draft")
        assert one.wordpress.trampled == []


@pytest.mark.parametrize("deletes", [True, False])
def test_what_a_deleted_integration_was_to_take_down_its_successor_does(deletes: bool) -> None:
    with case() as one:
        one.publish()
        ask: Any = partial(deleting, one) if deletes else partial(one.act, "unpublish", to="trash")
        assert ask().status == 202
        one.delete_integration()
        assert ask().status in {200, 202, 409}, "nobody can do it"
        one.connect_anew()
        assert ask().status == 202
        assert ask().status == (202 if deletes else 200)
        one.work(rounds=4)
        assert (one.state, one.holds) == (
            "no content" if deletes else "unpublished",
            "this in trash",
        )


def test_while_the_site_is_down_nothing_is_deleted() -> None:
    with case() as one:
        one.publish()
        one.wordpress.up = False
        deleting(one)
        one.work(rounds=4)
        assert (one.state, one.holds) == ("blocked", "this")
        one.wordpress.heal()
        one.work(rounds=4)
        assert (one.state, one.holds) == ("no content", "this in trash")


def test_a_refused_order_keeps_the_content() -> None:
    with case() as one:
        one.publish()
        deleting(one)
        one.meets(refusal(422, "invalid"))
        one.work(rounds=2)
        assert (one.state, one.holds) == ("failed", "this")
        assert one.act("retry").status == 202
        one.work(rounds=2)
        assert (one.state, one.holds) == ("no content", "this in trash")


def test_retry_asks_before_it_sends() -> None:
    with case() as one:
        one.click()
        one.wordpress.after += [lambda _answer: lost()]
        one.world.work()
        assert one.state == "unknown"
        sent = len(one.wordpress.sent())
        assert one.act("retry").status == 202
        one.world.work()
        assert (one.state, one.holds, len(one.wordpress.sent())) == ("published", "this", sent)


def test_retry_starts_from_no_attempts_and_sends_what_failed(shared: World) -> None:
    content = bring_to(shared, "failed")
    edit(shared, content, title="Newer")
    assert act(shared, content, "retry").data["attempt"] == 0
    shared.work()
    assert shared.wordpress.posts[content["id"]].title == "A title"
    assert shared.publish(content).status == 202
    shared.work()
    assert shared.wordpress.posts[content["id"]].title == "Newer"
