"""What a click answers, for each state of the publication and the same or an older text there."""

from typing import Any

import pytest
from igny8.core.queue import Hint

from tests.support.steps import bring_to, edit, publication_row
from tests.support.wordpress import reply
from tests.support.world import World

pytestmark = pytest.mark.rows("memory")

SAME, OLDER = "same", "older"
TABLE = [
    # state of the publication, its text, status, publish_state afterwards, new intent?
    ("none", SAME, 202, "queued", True),
    ("failed", SAME, 202, "queued", True),
    ("failed", OLDER, 202, "queued", True),
    ("cancelled", SAME, 202, "queued", True),
    ("cancelled", OLDER, 202, "queued", True),
    ("unpublished", SAME, 202, "queued", True),
    ("unpublished", OLDER, 202, "queued", True),
    ("published", SAME, 200, "published", False),
    ("published", OLDER, 202, "queued", True),
    ("queued", SAME, 200, "queued", False),
    ("queued", OLDER, 202, "queued", True),
    ("waiting", SAME, 200, "waiting", False),
    ("waiting", OLDER, 202, "queued", True),
    ("sending", SAME, 200, "sending", False),
    ("sending", OLDER, 202, "sending", True),
    ("unknown", SAME, 200, "unknown", False),
    ("unknown", OLDER, 202, "unknown", True),
    ("conflict", SAME, 409, "conflict", False),
    ("conflict", OLDER, 409, "conflict", False),
    ("gone", SAME, 409, "gone", False),
    ("gone", OLDER, 409, "gone", False),
]


@pytest.mark.parametrize(("state", "text", "status", "after", "new_intent"), TABLE)
def test_click(
    shared: World, state: str, text: str, status: int, after: str, new_intent: bool
) -> None:
    content = bring_to(shared, state)
    intent = 0 if state == "none" else publication_row(shared, content).intent
    if text == OLDER:
        edit(shared, content, title="A newer title")
    shared.messages()
    answer = shared.publish(content)
    assert answer.status == status
    if status == 409:
        assert answer.code == state
    else:
        assert answer.data["publish_state"] == after
        assert answer.data["status"] == "published"
    now = shared.publication(content)
    assert now["publish_state"] == after
    assert now["intent"] == intent + int(new_intent)
    assert len(shared.messages()) == int(new_intent)


@pytest.mark.parametrize("text", [SAME, OLDER])
def test_gone_is_made_again_only_when_a_person_says_so(shared: World, text: str) -> None:
    content = bring_to(shared, "published")
    shared.wordpress.delete(content["id"])
    edit(shared, content, title="Second")
    assert shared.publish(content).status == 202
    shared.work()
    assert shared.publication(content)["publish_state"] == "gone"
    assert shared.publication(content)["wordpress_status"] == "deleted"
    if text == OLDER:
        edit(shared, content, title="Third")
    inserts = shared.wordpress.inserts
    assert shared.publish(content).code == "gone"
    shared.work()
    assert shared.wordpress.inserts == inserts
    assert shared.publish(content, {"recreate": True}).status == 202
    assert shared.publish(content, {"recreate": True}).status == 200
    shared.work()
    assert shared.publication(content)["publish_state"] == "published"
    assert shared.wordpress.inserts == inserts + 1
    assert shared.wordpress.sent()[-1]["recreate"] is True
    assert publication_row(shared, content).recreate is False  # once


def test_asking_for_it_to_be_made_again_counts_while_the_same_text_is_on_its_way(
    shared: World,
) -> None:
    content = bring_to(shared, "published")
    edit(shared, content, title="Second")
    shared.wordpress.delete(content["id"])
    assert shared.publish(content).status == 202
    assert shared.publish(content, {"recreate": True}).status == 202
    assert shared.publish(content, {"recreate": True}).status == 200
    inserts = shared.wordpress.inserts
    shared.work()
    assert shared.publication(content)["publish_state"] == "published"
    assert shared.wordpress.inserts == inserts + 1


def test_twenty_clicks_are_one_intent(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    answers = [shared.publish(content) for _ in range(20)]
    assert [answer.status for answer in answers] == [202] + [200] * 19
    assert {answer.data["operation_id"] for answer in answers} == {answers[0].data["operation_id"]}
    queued = [event for event in shared.events(site) if event["channel"] == "api"]
    assert len([event for event in queued if event["content_id"] == content["id"]]) == 1
    shared.work()
    assert len(shared.wordpress.sent()) == 1


def test_click_that_loses_the_race_answers_like_a_double_click(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = shared.content(shared.connected_site())
    decisions = shared.services.decisions
    commit = decisions._commit
    inner: list[Any] = []

    def overtaken(writes: Any) -> None:
        monkeypatch.setattr(decisions, "_commit", commit)
        inner.append(shared.publish(content))  # another click between our reads and our write
        commit(writes)

    monkeypatch.setattr(decisions, "_commit", overtaken)
    outer = shared.publish(content)
    assert [inner[0].status, outer.status] == [202, 200]
    assert outer.data["intent"] == 1
    assert len(shared.messages()) == 1


def test_patch_status_published_is_publishing(shared: World) -> None:
    content = shared.content(shared.connected_site())
    changed = edit(shared, content, status="published", title="By patch")
    assert (changed["status"], changed["publish_state"]) == ("published", "queued")
    shared.work()
    assert shared.wordpress.sent()[-1]["title"] == "By patch"
    again = edit(shared, content, status="published")
    assert again["publish_state"] == "published"
    assert shared.messages() == []


def test_patch_published_on_a_conflict_stores_nothing(shared: World) -> None:
    content = bring_to(shared, "conflict")
    path = f"/api/v1/writer/content/{content['id']}/"
    answer = shared.call("PATCH", path, {"status": "published", "title": "New"})
    assert answer.code == "conflict"
    assert shared.call("GET", path).data["title"] == "A title"


def test_published_content_keeps_its_status_while_it_is_out(shared: World) -> None:
    content = bring_to(shared, "published")
    path = f"/api/v1/writer/content/{content['id']}/"
    assert shared.call("PATCH", path, {"status": "draft"}).code == "published"
    assert shared.call("DELETE", path).code == "published"
    assert shared.call("DELETE", f"{path}?unpublish=burn").code == "invalid"
    assert shared.call("DELETE", f"{path}?unpublish=keep").status == 200
    assert shared.call("GET", path).status == 404


def test_no_integration(shared: World) -> None:
    site = shared.site()
    content = shared.content(site)
    assert shared.publish(content).code == "no_integration"
    key = shared.key(site)
    assert shared.publish(content).code == "no_integration"  # made, but never paired
    named = {"site_integration_id": key["integration_id"]}
    assert shared.publish(content, named).code == "no_integration"
    assert shared.pair(site, key["api_key"]).status == 200
    assert shared.publish(content, named).status == 202


def test_edit_in_flight_follows(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)

    def edited_meanwhile(answer: Any) -> Any:
        edit(shared, content, title="Changed in flight")
        assert shared.publish(content).data["publish_state"] == "sending"
        return answer

    shared.wordpress.after.append(edited_meanwhile)
    shared.work()
    shared.work()
    now = shared.publication(content)
    assert (now["publish_state"], now["intent"], now["applied_intent"]) == ("published", 2, 2)
    assert [sent["title"] for sent in shared.wordpress.sent()] == ["A title", "Changed in flight"]
    assert [sent["rev"] for sent in shared.wordpress.sent()] == [1, 2]
    assert shared.wordpress.posts[content["id"]].title == "Changed in flight"


def test_queued_older_text_sends_only_the_newest(shared: World) -> None:
    content = bring_to(shared, "queued")
    edit(shared, content, title="Second")
    shared.publish(content)
    shared.work()
    assert [(sent["rev"], sent["title"]) for sent in shared.wordpress.sent()] == [(2, "Second")]


def test_text_is_pinned_by_the_click(shared: World) -> None:
    content = bring_to(shared, "queued")
    edit(shared, content, title="Not yet published")
    shared.work([shared.hint(content, publication_row(shared, content).integration_id)])
    assert shared.wordpress.sent()[-1]["title"] == "A title"


def test_hint_says_ids_and_no_more(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site, title="Private words")
    shared.publish(content)
    (message,) = shared.messages()
    assert Hint.parse(message["body"]).content_id == content["id"]
    assert "Private" not in message["body"]


def test_late_answer_of_an_older_intent_does_not_undo(shared: World) -> None:
    content = bring_to(shared, "published")
    shared.wordpress.before.append(reply(500, b""))
    edit(shared, content, title="Second")
    shared.publish(content)
    shared.work()
    assert shared.publication(content)["publish_state"] == "unknown"
    assert shared.publication(content)["applied_intent"] == 1
