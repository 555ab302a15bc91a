"""Statuses and metadata that sites tell: order, whose they are, what they change here."""

import json
from typing import Any

import pytest

from tests.support.aws_calls import everything_stored, recorded_calls
from tests.support.site_events import Bridge, published, read, seed_status, seen
from tests.support.world import ACCOUNT, OTHER_ACCOUNT, SITE_URL, World

pytestmark = pytest.mark.rows("memory")


def test_the_body_of_seed_000_is_enough(shared: World) -> None:
    site, content = published(shared)
    post_id = int(shared.publication(content)["external_id"])
    answer = shared.told(site, seed_status(content, post_id, "draft", SITE_URL))
    assert answer.data == {
        "content_id": content["id"],
        "status": "draft",
        "wordpress_status": "draft",
        "external_id": str(post_id),
        "external_url": f"{SITE_URL}/post-{post_id}/",
        "result": "applied",
    }
    assert seen(shared, content) == ("draft", "draft", "unpublished")
    event = shared.events(site)[0]
    assert (event["type"], event["action"], event["direction"]) == (
        "webhook", "status_update", "wp_to_igny8",
    )  # fmt: skip
    assert event["details"]["previous_status"] == "publish"


@pytest.mark.parametrize(
    ("told", "status", "state"),
    [
        ("publish", "published", "published"),
        ("private", "published", "published"),
        ("draft", "draft", "unpublished"),
        ("trash", "draft", "unpublished"),
        ("pending", "review", "unpublished"),
        ("future", "review", "unpublished"),
        ("deleted", "draft", "gone"),
        ("archived", "published", "published"),
    ],
)
def test_what_each_status_means(shared: World, told: str, status: str, state: str) -> None:
    site, content = published(shared)
    bridge = Bridge(shared, site)
    assert bridge.results(bridge.event(content, told)) == ["applied"]
    assert seen(shared, content) == (status, told, state)


def test_the_highest_number_wins_whatever_the_order(shared: World) -> None:
    site, content = published(shared)
    bridge = Bridge(shared, site, head_seq=3)
    four = bridge.event(content, "draft")
    five = bridge.event(content, "pending")
    six = bridge.event(content, "private")
    assert bridge.results(five) == ["applied"]
    assert bridge.results(four) == ["stale"]
    assert bridge.results(six) == ["applied"]
    assert bridge.results(six) == ["duplicate"]
    assert bridge.results(four, five, six) == ["stale", "stale", "duplicate"]
    assert seen(shared, content) == ("published", "private", "published")
    actions = [event["action"] for event in shared.events(site)]
    assert actions.count("status_update") == 2


def test_a_batch_is_heard_in_its_order(shared: World) -> None:
    site, one = published(shared)
    _, two = published(shared, site)
    bridge = Bridge(shared, site)
    events = [
        bridge.event(one, "draft"),
        bridge.event(two, "trash"),
        bridge.event(one, "publish"),
        bridge.event(two, "draft"),
    ]
    assert bridge.results(*events) == ["applied"] * 4
    assert seen(shared, one) == ("published", "publish", "published")
    assert seen(shared, two) == ("draft", "draft", "unpublished")
    assert bridge.results(*events) == ["stale", "stale", "duplicate", "duplicate"]


def test_a_call_without_a_number_moves_none(shared: World) -> None:
    site, content = published(shared)
    bridge = Bridge(shared, site, head_seq=7)
    eight = bridge.event(content, "draft")
    bridge.send(eight)
    post_id = int(shared.publication(content)["external_id"])
    shared.told(site, seed_status(content, post_id, "publish", SITE_URL))
    assert seen(shared, content) == ("published", "publish", "published")
    assert bridge.results(eight) == ["duplicate"]


def test_who_did_it_and_by_which_way_is_told(shared: World) -> None:
    site, content = published(shared)
    bridge = Bridge(shared, site)
    bridge.send(bridge.event(content, "trash", actor="Jürgen <b>", channel="cli"))
    event = shared.events(site)[0]
    assert (event["actor"], event["channel"]) == ("wordpress:Jürgen <b>", "wp_cli")
    assert event["content_id"] == content["id"]


def test_a_password_is_told_apart(shared: World) -> None:
    site, content = published(shared)
    bridge = Bridge(shared, site)
    for told, kept in ((True, True), (False, False), ("sesame", None)):
        assert bridge.results(bridge.event(content, "publish", password_protected=told)) == [
            "applied"
        ]
        event = shared.events(site)[0]
        assert event["details"]["password_protected"] is kept
        assert ("behind a password" in event["description"]) is (kept is True)
        assert "sesame" not in str(event)


@pytest.mark.rows("dynamodb")
@pytest.mark.parametrize("account", [None, OTHER_ACCOUNT])
def test_another_sites_content_is_not_found_and_noted(shared: World, account: int | None) -> None:
    _, theirs = published(shared)
    mine = shared.connected_site(account=account) if account else shared.connected_site()
    before = everything_stored()
    bridge = Bridge(shared, mine)
    told = bridge.event(theirs, "trash", post_id=101)
    answer = shared.told(mine, told | {"site_url": SITE_URL})
    assert (answer.status, answer.code) == (404, "not_found")
    absent = told | {"content_id": 123_456_789, "site_url": SITE_URL}
    assert shared.told(mine, absent).body["error"]["code"] == "not_found"
    assert bridge.results(told) == ["ignored"]
    after = everything_stored()
    changed = [
        row for row in after[0]["igny8-test-data"] if row not in before[0]["igny8-test-data"]
    ]
    assert {row["sk"]["S"] for row in changed} == {"INBOX"}
    assert seen(shared, theirs) == ("published", "publish", "published")
    path = f"/api/v1/integration/integrations/{mine['integration_id']}/debug-status/"
    events = shared.call("GET", path, **({"account": account} if account else {})).data["events"]
    assert [event["action"] for event in events[:3]] == ["webhook_refused"] * 3


def test_a_single_event_that_names_anothers_content_is_not_found(shared: World) -> None:
    """Of a batch each event is answered for; a call with one alone as by the other webhooks."""
    _, theirs = published(shared)
    mine = shared.connected_site()
    named = Bridge(shared, mine).event(theirs, "trash", post_id=101) | {"site_url": SITE_URL}
    for content_id in (theirs["id"], 123_456_789):
        answer = shared.told(mine, named | {"content_id": content_id}, kind="")
        assert (answer.status, answer.code) == (404, "not_found")
    assert [event["action"] for event in shared.events(mine)[:2]] == ["webhook_refused"] * 2
    assert seen(shared, theirs) == ("published", "publish", "published")
    nobodys = {"action": "post_updated", "post_id": 999, "site_url": SITE_URL}
    answer = shared.told(mine, nobodys, kind="")
    assert answer.data["results"][0]["result"] == "ignored"


@pytest.mark.rows("dynamodb")
@pytest.mark.parametrize("account", [ACCOUNT, OTHER_ACCOUNT])
def test_a_batch_that_names_another_site_is_not_found_and_noted(
    shared: World, account: int
) -> None:
    theirs, content = published(shared)
    mine = shared.connected_site(account=account)
    bridge = Bridge(shared, mine)
    before = everything_stored()
    event = bridge.event(content, "trash", post_id=101)
    with recorded_calls() as calls:
        answer = bridge.send(event, site_id=theirs["id"])
    assert (answer.status, answer.code) == (404, "not_found")
    assert calls == ["GetItem", "BatchGetItem", "TransactWriteItems"]
    assert bridge.send(event, site_id=123_456_789).body["error"]["code"] == "not_found"
    rows = everything_stored()[0]["igny8-test-data"]
    changed = [row for row in rows if row not in before[0]["igny8-test-data"]]
    assert {row["sk"]["S"] for row in changed} == {"INBOX"}
    path = f"/api/v1/integration/integrations/{mine['integration_id']}/debug-status/"
    events = shared.call("GET", path, account=account).data["events"][:2]
    assert [event["action"] for event in events] == ["webhook_refused"] * 2
    assert events[1]["details"] == {"named_site_id": theirs["id"]}


def test_an_event_that_names_another_post_changes_nothing(shared: World) -> None:
    site, content = published(shared)
    bridge = Bridge(shared, site)
    assert bridge.results(bridge.event(content, "trash", post_id=999)) == ["ignored"]
    assert seen(shared, content) == ("published", "publish", "published")
    assert shared.events(site)[0]["error_message"].startswith("The site names post 999")


def test_a_post_belongs_to_one_content(shared: World) -> None:
    site, content = published(shared)
    post_id = int(shared.publication(content)["external_id"])
    other = shared.content(site, title="Never sent")
    answer = shared.told(site, seed_status(other, post_id, "publish", SITE_URL))
    assert answer.data["result"] == "ignored"
    assert read(shared, other)["external_id"] is None


def test_content_that_we_never_sent_learns_of_its_post(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site, status="review")
    answer = shared.told(site, seed_status(content, 123, "publish", SITE_URL))
    assert (answer.data["status"], answer.data["external_id"]) == ("published", "123")
    assert seen(shared, content) == ("published", "publish", "published")
    assert shared.publish(content).status == 202  # what WordPress has is not our text
    shared.work()
    assert shared.wordpress.sent()[-1]["post_id"] == 123


def test_a_click_that_saw_another_status_is_told_to_wordpress(shared: World) -> None:
    site, content = published(shared)
    shared.call("PATCH", f"/api/v1/writer/content/{content['id']}/", {"title": "Newer"})
    shared.publish(content)
    bridge = Bridge(shared, site)
    bridge.send(bridge.event(content, "draft"))
    shared.work()
    sent = shared.wordpress.sent()[-1]
    assert (sent["post_status"], sent["base_post_status"]) == ("publish", "publish")


def test_an_echo_never_changes_the_editorial_status(shared: World) -> None:
    site, content = published(shared)
    bridge = Bridge(shared, site)
    operation = shared.publication(content)["operation_id"]
    echo = bridge.event(content, "draft", origin="igny8", operation_id=operation, rev=1)
    assert bridge.results(echo) == ["applied"]
    status, raw, _ = seen(shared, content)
    assert (status, raw) == ("published", "draft")


def test_an_echo_stands_for_an_answer_that_was_lost(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    shared.wordpress.after.append(
        lambda _answer: __import__("tests.support.wordpress", fromlist=["lost"]).lost()
    )
    shared.work()
    assert shared.publication(content)["in_doubt"]
    bridge = Bridge(shared, site)
    operation = shared.publication(content)["operation_id"]
    half = bridge.event(
        content, "draft", post_id=101, origin="igny8", operation_id=operation, rev=1
    )
    bridge.send(half)
    assert shared.publication(content)["in_doubt"]  # a half-made post is no answer
    echo = bridge.event(
        content, "publish", post_id=101, origin="igny8", operation_id=operation, rev=1,
        fingerprint="f1",
    )  # fmt: skip
    assert bridge.results(echo) == ["applied"]
    publication = shared.publication(content)
    assert (publication["publish_state"], publication["in_doubt"]) == ("published", False)
    assert (publication["external_id"], publication["applied_intent"]) == ("101", 1)
    sent = len(shared.wordpress.calls)
    shared.work([shared.hint(content, site["integration_id"])])
    assert len(shared.wordpress.calls) == sent  # nothing is asked any more


def test_metadata_is_kept_bounded(shared: World) -> None:
    site, content = published(shared)
    post_id = int(shared.publication(content)["external_id"])
    metadata = {
        "categories": ["Tech", "News"],
        "tags": ["AI"] * 500,
        "author": {"id": 1, "name": "A" * 5000},
        "modified_date": "2025-11-30T12:00:00Z",
        "unknown": {"deep": []},
    }
    body = {
        "post_id": post_id, "content_id": content["id"], "site_url": SITE_URL, "metadata": metadata,
    }  # fmt: skip
    answer = shared.told(site, body, kind="metadata")
    assert answer.data["result"] == "applied"
    kept = read(shared, content)["metadata"]["wp_metadata"]
    assert kept["categories"] == ["Tech", "News"]
    assert (len(kept["tags"]), len(kept["author"]["name"])) == (100, 200)
    assert set(kept) == {"categories", "tags", "author", "modified_date"}
    assert shared.events(site)[0]["type"] == "metadata_sync"
    assert seen(shared, content) == ("published", "publish", "published")


TERMS: dict[str, Any] = {
    "categories": ["Tech"], "tags": ["AI"], "author": {"id": 1, "name": "Jane"},
    "modified_date": "2026-01-10T12:00:00Z",
}  # fmt: skip


def test_our_bridge_tells_terms_and_author_with_what_happened(shared: World) -> None:
    site, content = published(shared)
    bridge = Bridge(shared, site)
    assert bridge.results(bridge.event(content, "publish", metadata=TERMS)) == ["applied"]
    assert read(shared, content)["metadata"]["wp_metadata"] == TERMS
    assert shared.events(site)[0]["action"] == "status_update"
    gone = bridge.event(content, "deleted", metadata=None)
    assert bridge.results(gone) == ["applied"]
    assert read(shared, content)["metadata"]["wp_metadata"] == TERMS


@pytest.mark.parametrize("odd", [[], "x", 7, {"tags": "AI"}, {"author": [1]}, {"tags": [{}]}])
def test_metadata_that_cannot_be_read_holds_no_event_up(shared: World, odd: Any) -> None:
    site, content = published(shared)
    bridge = Bridge(shared, site)
    assert bridge.results(bridge.event(content, "private", metadata=odd)) == ["applied"]
    kept = read(shared, content)["metadata"]
    assert (kept["wordpress_status"], kept["wp_metadata"]) == ("private", None)


@pytest.mark.parametrize("number", [10**400, 2**53, -1])
def test_an_author_beyond_numbers_is_nobody(shared: World, number: int) -> None:
    site, content = published(shared)
    body = {
        "post_id": 101, "content_id": content["id"], "site_url": SITE_URL,
        "metadata": {"author": {"id": number, "name": "Jane"}},
    }  # fmt: skip
    assert shared.told(site, body, kind="metadata").data["result"] == "applied"
    kept = read(shared, content)["metadata"]["wp_metadata"]
    assert kept == {"author": {"id": None, "name": "Jane"}}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example"])
def test_an_address_that_leads_nowhere_is_not_told(shared: World, url: str) -> None:
    site, content = published(shared)
    shared.told(site, seed_status(content, 101, "publish", SITE_URL) | {"post_url": url})
    assert url not in json.dumps(shared.events(site))
    assert read(shared, content)["external_url"] == f"{SITE_URL}/post-101/"


def test_another_host_than_the_sites_is_refused(shared: World) -> None:
    site, content = published(shared)
    body = seed_status(content, 101, "draft", "https://elsewhere.example")
    answer = shared.told(site, body)
    assert (answer.status, answer.code) == (409, "site_url_mismatch")
    assert seen(shared, content) == ("published", "publish", "published")
