"""What goes wrong on our side is not charged to the user, and never silent."""

import json
from typing import Any

import boto3
import pytest
from igny8.publishing.dispatch import Dispatcher

from tests.support.aws import REGION, client
from tests.support.steps import (
    bring_to,
    die_before_settling,
    edit,
    publication_row,
    sweep_and_work,
)
from tests.support.wordpress import lost, refusal, reply
from tests.support.world import World

pytestmark = pytest.mark.rows("memory")

CONTENT = "/api/v1/writer/content/"


def die_before_sending(world: World, hints: list[dict[str, Any]]) -> None:
    """Serve the hints with a worker that dies between the lease and the first call."""

    def die(*_: object) -> None:
        raise RuntimeError("killed")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Dispatcher, "attempt", die)
        world.work(hints)


def crash(world: World, content: dict[str, Any], times: int) -> None:
    for _ in range(times):
        world.clock.advance(seconds=world.services.settings.lease_seconds + 1)
        world.sweep()
        die_before_sending(world, world.messages())
        assert publication_row(world, content).state == "sending"


def test_workers_that_die_cost_no_attempt(world: World):
    content = world.content(world.connected_site())
    world.publish(content)
    crash(world, content, 5)
    assert publication_row(world, content).attempt == 0
    sweep_and_work(world)
    assert world.publication(content)["publish_state"] == "published"
    assert world.publication(content)["reason"] is None
    assert world.wordpress.inserts == 1
    assert publication_row(world, content).crashes == 0


def test_a_row_that_kills_every_worker_says_so_and_never_fails(world: World):
    content = world.content(world.connected_site())
    world.publish(content)
    crash(world, content, 9)
    assert world.publication(content)["reason"] is None
    crash(world, content, 3)
    told = world.publication(content)
    assert (told["publish_state"], told["reason"]) == ("sending", "our_fault")
    assert told["last_error"]["message"]
    sweep_and_work(world)
    told = world.publication(content)
    assert (told["publish_state"], told["reason"], told["last_error"]) == ("published", None, None)


def test_workers_that_die_after_wordpress_answered_cost_no_attempt_either(world: World):
    content = world.content(world.connected_site())
    world.publish(content)
    world.wordpress.before += [lost()] * 2
    die_before_settling(world, world.messages())
    assert publication_row(world, content).attempt == 0
    sweep_and_work(world, 3)
    assert world.publication(content)["publish_state"] == "published"


@pytest.mark.rows("dynamodb")
def test_a_key_that_kms_refuses_closes_the_gate_and_names_it(world: World):
    site = world.connected_site()
    content = world.content(site)
    world.publish(content)
    vault = world.services.vault
    vault._plain.clear()
    keep = vault.decrypt
    vault.decrypt = lambda text, account, _site: keep(text, account, 1)
    world.work()
    told = world.publication(content)
    assert (told["publish_state"], told["reason"]) == ("blocked", "auth")
    assert "key" in told["reason_detail"]
    path = f"/api/v1/integration/integrations/{site['integration_id']}/"
    assert world.call("GET", path).data["connection_status"] == "error"
    del vault.decrypt
    assert world.pair(site, site["api_key"]).status == 200
    sweep_and_work(world)
    assert world.publication(content)["publish_state"] == "published"


@pytest.mark.rows("dynamodb")
def test_kms_that_is_away_is_waited_for(world: World):
    content = world.content(world.connected_site())
    world.publish(content)
    vault = world.services.vault
    vault._plain.clear()
    client = vault.client()
    vault.client = lambda: boto3.client(
        "kms", region_name=REGION, endpoint_url="http://127.0.0.1:9"
    )
    world.work()
    assert world.publication(content)["publish_state"] == "queued"
    vault.client = lambda: client
    sweep_and_work(world)
    assert world.publication(content)["publish_state"] == "published"


@pytest.mark.rows("dynamodb")
@pytest.mark.parametrize("what", ["text", "altered text", "revision"])
def test_a_text_that_is_lost_fails_with_a_reason(world: World, what: str):
    site = world.connected_site()
    content = world.content(site)
    world.publish(content)
    hints = world.messages()
    ref = world.services.publication_store.bundle(4242, content["id"]).content.body
    s3 = client("s3")
    bucket = world.services.settings.content_bucket
    if what == "revision":
        edit(world, content, title="Newer")
        table = boto3.resource("dynamodb", region_name=REGION).Table(
            world.services.settings.data_table
        )
        key = {"pk": f"A#4242#C#{content['id']}", "sk": "REV#00000001"}
        assert "Item" in table.get_item(Key=key)
        table.delete_item(Key=key)
    elif what == "text":
        s3.delete_object(Bucket=bucket, Key=ref.key)
    else:
        s3.put_object(Bucket=bucket, Key=ref.key, Body=b"something else")
    assert world.work(hints) == {"batchItemFailures": []}
    told = world.publication(content)
    assert (told["publish_state"], told["reason"]) == ("failed", "text_lost")
    assert "Edit the content" in told["last_error"]["message"]
    assert world.wordpress.calls == []
    newest = world.events(site)[0]
    assert (newest["success"], newest["error_message"]) == (False, told["last_error"]["message"])
    edit(world, content, content_html="<p>Written anew.</p>")
    assert world.publish(content).status == 202
    world.work()
    assert world.publication(content)["publish_state"] == "published"


# --- Attempts belong to an intent ----------------------------------------------------------------


def test_a_newer_intent_does_not_inherit_the_attempts_of_the_older(world: World):
    content = bring_to(world, "unknown")
    world.wordpress.posts.clear()
    for _ in range(2):
        world.wordpress.before += [refusal(404, "not_found"), lost()]
        sweep_and_work(world, minutes=30)
    assert publication_row(world, content).attempt == 3
    edit(world, content, title="Newer")
    assert world.publish(content).status == 202
    assert publication_row(world, content).attempt == 0
    sweep_and_work(world, minutes=30)
    told = world.publication(content)
    assert (told["publish_state"], told["applied_intent"]) == ("published", 2)
    assert [sent["rev"] for sent in world.wordpress.sent()][-1] == 2


def test_a_confirmed_post_of_the_older_intent_is_kept(world: World):
    content = world.content(world.connected_site())
    world.publish(content)
    world.wordpress.after.append(lambda _reply: lost())  # it was applied, the answer was lost
    world.work()
    assert world.publication(content)["publish_state"] == "unknown"
    edit(world, content, title="Newer")
    assert world.publish(content).status == 202
    asked = world.wordpress._content(content["id"])
    world.wordpress.before += [asked, refusal(422, "invalid")]
    sweep_and_work(world, minutes=30)
    told = world.publication(content)
    assert (told["publish_state"], told["applied_intent"]) == ("failed", 1)
    assert told["external_id"] == "101"
    assert told["external_url"]
    assert told["wordpress_status"] == "publish"
    refused = world.call("DELETE", f"{CONTENT}{content['id']}/")
    assert (refused.status, refused.code) == (409, "published")


# --- Live is what WordPress has ------------------------------------------------------------------


def failed_update(world: World) -> dict[str, Any]:
    content = bring_to(world, "published")
    edit(world, content, title="Newer")
    world.publish(content)
    world.wordpress.before.append(refusal(422, "invalid"))
    world.work()
    assert world.publication(content)["publish_state"] == "failed"
    return content


def test_a_live_post_whose_update_failed_is_not_forgotten(world: World):
    content = failed_update(world)
    path = f"{CONTENT}{content['id']}/"
    for refused in (world.call("PATCH", path, {"status": "draft"}), world.call("DELETE", path)):
        assert (refused.status, refused.code) == (409, "published")
    assert world.call("DELETE", f"{path}?unpublish=keep").status == 200


def test_a_failure_that_never_reached_wordpress_is_nobodys_post(world: World):
    content = bring_to(world, "failed")
    path = f"{CONTENT}{content['id']}/"
    assert world.call("PATCH", path, {"status": "draft"}).status == 200
    assert world.call("DELETE", path).status == 200


def test_a_post_that_was_deleted_there_is_not_live(world: World):
    content = bring_to(world, "published")
    edit(world, content, title="Newer")
    world.wordpress.delete(content["id"])
    world.publish(content)
    world.work()
    assert world.publication(content)["publish_state"] == "gone"
    assert world.call("DELETE", f"{CONTENT}{content['id']}/").status == 200


# --- A site that answers, but not as the bridge --------------------------------------------------


CHALLENGE = reply(200, b"<html><body>Checking your browser</body></html>")


def test_a_challenge_page_before_all_but_status_ends_as_misconfigured(long: World):
    site = long.connected_site()
    content = long.content(site)
    answer = long.wordpress._answer

    def challenged(method: str, route: str, payload: Any, headers: Any) -> Any:
        return answer(method, route, payload, headers) if route == "status" else CHALLENGE

    long.wordpress._answer = challenged  # type: ignore[method-assign]
    long.publish(content)
    for _ in range(24 * 12):
        sweep_and_work(long)
    told = long.publication(content)
    assert (told["publish_state"], told["reason"]) == ("blocked", "misconfigured")
    assert "security plugin" in told["reason_detail"]
    assert len(long.wordpress.calls) < 40
    del long.wordpress._answer
    sweep_and_work(long, 13, minutes=30)
    assert long.publication(content)["publish_state"] == "published"
    gate = long.services.gate_store.get(site["integration_id"])
    assert (gate.reason, gate.unreadable) == (None, 0)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//example.com", "http://a b", 7, "x" * 3000]
)
def test_an_address_that_is_none_is_not_stored(world: World, url: Any):
    content = world.content(world.connected_site())
    world.publish(content)

    def lying(answer: Any) -> Any:
        told = json.loads(answer.body)
        told["data"]["post_url"] = url
        return reply(answer.status, told)

    world.wordpress.after.append(lying)
    world.work()
    told = world.publication(content)
    assert (told["publish_state"], told["external_id"]) == ("published", "101")
    assert told["external_url"] is None


def answering(old: str, new: str) -> Any:
    """What changes a site's answer."""

    def change(answer: Any) -> Any:
        text = answer.body.decode()
        assert old in text
        return reply(answer.status, text.replace(old, new).encode())

    return change


@pytest.mark.rows("dynamodb")
@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_a_number_that_json_cannot_say_is_not_answered(world: World, number: str):
    site = world.connected_site()
    content = world.content(site)
    world.publish(content)
    world.wordpress.after.append(answering('"warnings": []', f'"warnings": [{number}, {{"n": 1}}]'))
    world.work()
    assert world.publication(content)["publish_state"] == "unknown"
    refused = {"success": False, "error": {"code": "invalid", "message": "m", "fields": {"a": 7}}}
    body = json.dumps(refused).replace("7", f"[{number}]")
    world.wordpress.before.append(reply(422, body.encode()))
    edit(world, content, title="Another")
    world.publish(content)
    sweep_and_work(world)
    assert "nfinity" not in repr(world.publication(content)) + repr(world.events(site))


def test_addresses_within_remarks_lead_to_the_web_or_nowhere(world: World):
    content = world.content(world.connected_site())
    world.publish(content)
    told = [
        {"code": "image_failed", "url": "javascript:alert(1)", "message": "Note: no image"},
        {"code": "image_failed", "url": "https://example.com/a.png", "more": ["ftp://x.example/"]},
        " java\tscript:alert(1)",
        {"data:text/html,x": {"href": "//evil.example"}},
    ]
    altered = answering('"altered": []', '"altered": ["title", "vbscript:x"]')
    warned = answering('"warnings": []', f'"warnings": {json.dumps(told)}')
    world.wordpress.after.append(lambda answer: altered(warned(answer)))
    world.work()
    publication = world.publication(content)
    assert publication["altered"] == ["title"]
    assert publication["warnings"] == [
        {"code": "image_failed", "message": "Note: no image"},
        {"code": "image_failed", "url": "https://example.com/a.png", "more": []},
        {"data:text/html,x": {}},
    ]


# --- A site that moves ---------------------------------------------------------------------------


def move(world: World, site: dict[str, Any], url: str) -> dict[str, Any]:
    moved = world.call("PATCH", f"/api/v1/sites/{site['id']}/", {"url": url}).data
    assert world.pair(moved, site["api_key"]).status == 200
    return {**site, **moved}


def test_a_post_on_the_former_address_asks_a_person(world: World):
    site = world.connected_site()
    content = world.content(site)
    world.publish(content)
    world.work()
    first = world.publication(content)
    moved = move(world, site, "http://localhost:8081")
    for again in (content, edit(world, content, title="Newer")):
        clicked = world.publish(again)
        assert (clicked.status, clicked.code) == (409, "conflict")
        assert "former address" in clicked.body["error"]["message"]
    assert world.publication(content)["external_url"] == first["external_url"]
    world.wordpress.posts.clear()  # the new site has never heard of it
    assert world.publish(content, {"recreate": True}).status == 202
    world.work()
    told = world.publication(content)
    assert (told["publish_state"], told["intent"]) == ("published", 2)
    sent = world.wordpress.sent()[-1]
    assert (sent["post_id"], sent["base_fingerprint"]) == (None, None)
    assert world.publish(content).status == 200
    move(world, moved, "http://localhost:8081/")  # the same place: nothing has moved
    assert world.publish(content).status == 200


def test_another_path_is_another_wordpress(world: World):
    site = world.connected_site()
    shop = {**site, "url": f"{site['url']}/shop"}
    content = world.content(site)
    world.publish(content)
    world.work()
    move(world, site, shop["url"])
    assert "former address" in world.publish(content).body["error"]["message"]
    move(world, shop, site["url"])
    assert world.publish(content).status == 200, "back where it was"


def test_a_doubtful_first_post_is_not_sent_unasked_where_the_site_has_moved(world: World):
    site = world.connected_site()
    content = world.content(site)
    world.publish(content)
    world.wordpress.after.append(lambda _: lost())
    world.work()
    assert world.publication(content)["publish_state"] == "unknown"
    move(world, site, "http://localhost:8081")
    there, world.wordpress.posts = world.wordpress.posts, {}  # the new site has never heard of it
    sweep_and_work(world, 3)
    told = world.publication(content)
    assert (told["publish_state"], told["reason"]) == ("conflict", "former_address")
    assert told["in_doubt"] is True
    assert (world.wordpress.inserts, len(world.wordpress.sent())) == (1, 1)
    assert world.publish(content).code == "conflict"
    assert world.publish(content, {"recreate": True}).status == 202
    world.work()
    assert world.publication(content)["publish_state"] == "published"
    assert (len(there), len(world.wordpress.posts)) == (1, 1)


def test_a_doubtful_post_of_a_site_that_came_back_is_asked_for(world: World):
    site = world.connected_site()
    content = world.content(site)
    world.publish(content)
    world.wordpress.after.append(lambda _: lost())
    world.work()
    moved = move(world, site, "http://localhost:8081")
    sweep_and_work(world, 2)
    assert world.publication(content)["reason"] == "former_address"
    move(world, moved, site["url"])
    assert world.publish(content).status == 202
    world.work()
    assert world.publication(content)["publish_state"] == "published"
    assert (world.wordpress.inserts, len(world.wordpress.posts)) == (1, 1)


def test_what_was_queued_when_the_site_moved_is_not_sent_to_strangers(world: World):
    site = world.connected_site()
    content = world.content(site)
    world.publish(content)
    world.work()
    edit(world, content, title="Newer")
    world.publish(content)
    hints = world.messages()
    sent = len(world.wordpress.sent())
    move(world, site, "http://localhost:8081")
    world.work(hints)
    told = world.publication(content)
    assert (told["publish_state"], told["reason"]) == ("conflict", "former_address")
    assert len(world.wordpress.sent()) == sent
