"""One content becomes one post: at once, again, after a crash, after a deletion, after an edit."""

import time
from typing import Any

import pytest

from .conftest import Bridge, article, new_id


def test_new_post_is_there_complete_and_visible(bridge: Bridge):
    answer = bridge.call(
        "POST", "publish",
        json=article(title="Hello", slug="hello-igny8", categories=["News", ["Root", "Leaf"]],
                     tags=["Oolong, green", "Oolong"]),
        headers={**bridge.headers, "X-IGNY8-Operation": "op-1"},
    )  # fmt: skip
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert data["operation_id"] == "op-1"
    assert data["rev"] == 1
    assert data["post_status"] == "publish"
    assert data["post_url"] == f"{bridge.site.url}/hello-igny8/"
    assert data["modified_gmt"].endswith("Z")
    assert data["fingerprint"].startswith("v2:")
    assert (data["replayed"], data["warnings"], data["altered"]) == (False, [], [])
    page = bridge.http.get(data["post_url"], timeout=60)
    assert page.status_code == 200
    assert "Text of the article." in page.text
    *_, seen = bridge.php("return get_option( 'test_seen_going_live' );")
    assert sorted(seen["categories"]) == ["Leaf", "News"]
    assert sorted(seen["tags"]) == ["Oolong", "Oolong, green"]
    assert seen["content_id"] == str(data["content_id"])
    assert seen["rev"] == "1"
    assert seen["user"] == 1
    root = bridge.php("return get_term( get_term_by( 'name', 'Leaf', 'category' )->parent )->name;")
    assert root == "Root"
    assert bridge.post(data["post_id"])["post_author"] == "1"


def test_twenty_at_once_make_one_post(bridge: Bridge, parallel):
    payload = article(categories=["Rush"], tags=["hour"])
    answers = list(parallel.map(lambda _: bridge.call("POST", "publish", json=payload), range(20)))
    kinds = [
        (a.status_code, a.json()["data"]["replayed"])
        if a.status_code < 300
        else (a.status_code, a.json()["error"]["code"], a.headers["Retry-After"])
        for a in answers
    ]
    assert kinds.count((201, False)) == 1, kinds
    assert set(kinds) <= {(201, False), (200, True), (409, "in_progress", "30")}
    assert len(bridge.posts_of(payload["content_id"])) == 1
    assert bridge.content(payload["content_id"]).json()["data"]["state"] == "done"


def test_higher_rev_updates_the_same_post_and_keeps_a_revision(bridge: Bridge):
    first = bridge.published(title="One", content_html="<p>first</p>", categories=["A"])
    again = article(
        content_id=first["content_id"], rev=2, title="Two", content_html="<p>second</p>",
        categories=["B"], tags=["t"], post_id=first["post_id"],
        base_fingerprint=first["fingerprint"],
    )  # fmt: skip
    answer = bridge.call("POST", "publish", json=again)
    assert answer.status_code == 200
    second = answer.json()["data"]
    assert second["post_id"] == first["post_id"]
    assert (second["rev"], second["replayed"]) == (2, False)
    assert second["fingerprint"] != first["fingerprint"]
    assert bridge.post(first["post_id"])["post_content"] == "<p>second</p>"
    kept = bridge.php(
        f"return wp_list_pluck( array_values( wp_get_post_revisions( {first['post_id']} ) ),"
        " 'post_content' );"
    )
    assert "<p>first</p>" in kept
    names = (
        f"return wp_get_object_terms( {first['post_id']}, 'category', array('fields'=>'names') );"
    )
    assert bridge.php(names) == ["B"]
    # A late message of the first intent changes nothing.
    late = bridge.publish(content_id=first["content_id"], rev=1, title="One")
    assert late.status_code == 200
    assert late.json()["data"]["replayed"] is True
    assert late.json()["data"]["rev"] == 2
    assert bridge.post(first["post_id"])["post_title"] == "Two"


def test_wanted_statuses(bridge: Bridge):
    for number, status in enumerate(["draft", "pending", "private", "publish", "draft"]):
        data = bridge.published(content_id=900, rev=number + 1, post_status=status, slug="nine")
        assert data["post_status"] == status
    assert bridge.posts_of(900) == [data["post_id"]]
    assert bridge.post(data["post_id"])["post_status"] == "draft"


def test_future_post_waits_and_can_be_sent_live(bridge: Bridge):
    data = bridge.published(post_status="future", publish_at="2099-01-31T12:00:00+02:00")
    stored = bridge.post(data["post_id"])
    assert (stored["post_status"], stored["post_date_gmt"]) == ("future", "2099-01-31 10:00:00")
    live = bridge.published(content_id=data["content_id"], rev=2)
    assert live["post_status"] == "publish"
    assert live["altered"] == []


def test_pages_have_no_categories_and_say_so(bridge: Bridge):
    data = bridge.published(post_type="page", categories=["News"])
    assert bridge.post(data["post_id"])["post_type"] == "page"
    assert [w["field"] for w in data["warnings"]] == ["categories"]


def test_terms_policy(bridge: Bridge):
    before = bridge.counts()["terms"]
    data = bridge.published(terms_policy="existing_only", categories=["Nowhere"], tags=["No & one"])
    assert [w["code"] for w in data["warnings"]] == ["term_skipped", "term_skipped"]
    bridge.published(terms_policy="none", categories=["Nowhere"], tags=["No & one"])
    assert bridge.counts()["terms"] == before
    for _ in range(2):
        bridge.published(tags=["No & one", r"back\slash", "日本"])
    assert bridge.counts()["terms"] == before + 3


def test_deleted_post_is_gone_until_recreated_once(bridge: Bridge):
    first = bridge.published()
    content_id = first["content_id"]
    bridge.php(f"return (bool) wp_delete_post( {first['post_id']}, true );")
    there = bridge.content(content_id)
    assert there.status_code == 200
    assert there.json()["data"]["post_status"] == "deleted"
    for rev in (1, 2):
        gone = bridge.publish(content_id=content_id, rev=rev, post_id=first["post_id"])
        assert (gone.status_code, gone.json()["error"]["code"]) == (410, "gone")
    answer = bridge.publish(content_id=content_id, rev=3, recreate=True)
    assert answer.status_code == 201
    assert answer.json()["data"]["post_id"] != first["post_id"]
    assert len(bridge.posts_of(content_id)) == 1


def test_a_backend_that_was_restored_is_told_what_it_has_forgotten(bridge: Bridge):
    """Which decision was carried out, and above which number the next has to be."""
    first = bridge.published(rev=4, decided_at=1_700_000_000)
    content_id = first["content_id"]
    assert first["decided_at"] == 1_700_000_000
    for rev in (2, 4):
        replay = bridge.published(content_id=content_id, rev=rev, decided_at=1_800_000_000)
        assert (replay["rev"], replay["decided_at"]) == (4, 1_700_000_000)
        assert replay["replayed"] is True
    assert bridge.content(content_id).json()["data"]["decided_at"] == 1_700_000_000
    bridge.php(f"return (bool) wp_delete_post( {first['post_id']}, true );")
    gone = bridge.publish(content_id=content_id, rev=3, recreate=True)
    assert (gone.status_code, gone.json()["data"]["rev"]) == (410, 4)
    assert bridge.publish(content_id=content_id, rev=5, recreate=True).status_code == 201
    bridge.php(
        'return $wpdb->query( "UPDATE {$wpdb->prefix}igny8_publications'
        f" SET state = 'running', rev = 9, heartbeat = 0 WHERE content_id = {content_id}\" );"
    )
    died = bridge.publish(content_id=content_id, rev=6)
    assert (died.status_code, died.json()["error"]["code"]) == (409, "in_progress")
    assert died.json()["data"]["rev"] == 9, "nobody below can go on with it"
    assert bridge.publish(content_id=content_id, rev=9).status_code == 200


def test_an_order_need_not_say_when_it_was_decided(bridge: Bridge):
    assert bridge.published()["decided_at"] is None


def test_trashed_post_stays_down_until_recreated(bridge: Bridge):
    first = bridge.published(slug="down")
    bridge.php(f"return (bool) wp_trash_post( {first['post_id']} );")
    assert bridge.publish(content_id=first["content_id"], rev=2).status_code == 410
    back = bridge.published(content_id=first["content_id"], rev=3, recreate=True, slug="down")
    assert (back["post_id"], back["post_status"]) == (first["post_id"], "publish")
    assert back["post_url"].endswith("/down/")


def test_never_published_is_not_found(bridge: Bridge):
    answer = bridge.content(new_id())
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_content_tells_what_publish_told(bridge: Bridge):
    data = bridge.published()
    there = bridge.content(data["content_id"]).json()["data"]
    assert there["state"] == "done"
    assert {name: there[name] for name in data} == data
    assert there["current_fingerprint"] == data["fingerprint"]


def test_edit_by_a_person_is_a_conflict_and_nothing_changes(bridge: Bridge):
    first = bridge.published()
    edit = f"wp_update_post( array( 'ID' => {first['post_id']}, 'post_title' => 'Mine' ) )"
    bridge.php(f"return {edit};")
    change = {"content_id": first["content_id"], "rev": 2, "title": "Theirs"}
    answer = bridge.publish(**change, base_fingerprint=first["fingerprint"])
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    facts = answer.json()["data"]
    assert facts["base_fingerprint"] == first["fingerprint"]
    there = bridge.content(first["content_id"]).json()["data"]
    assert (there["state"], there["rev"]) == ("done", 1)
    assert there["current_fingerprint"] == facts["current_fingerprint"]
    assert bridge.post(first["post_id"])["post_title"] == "Mine"
    assert bridge.published(**change, base_fingerprint=facts["current_fingerprint"])["rev"] == 2


def test_post_that_is_open_in_the_editor_is_left_alone(bridge: Bridge):
    first = bridge.published()
    lock = f"return update_post_meta( {first['post_id']}, '_edit_lock', time() . ':1' );"
    bridge.php(lock)
    answer = bridge.publish(content_id=first["content_id"], rev=2, title="Later")
    assert (answer.status_code, answer.json()["error"]["code"]) == (423, "locked")
    bridge.php(f"return delete_post_meta( {first['post_id']}, '_edit_lock' );")
    assert bridge.published(content_id=first["content_id"], rev=2, title="Later")["rev"] == 2


def test_php_that_ends_in_the_middle_is_followed_by_the_next_request(bridge: Bridge):
    for way in ("exit", "throw"):
        payload = article(title=f"Ended by {way}", categories=["Cut short"])
        bridge.option(test_die=way)
        broken = bridge.call("POST", "publish", json=payload)
        assert broken.status_code == (200 if way == "exit" else 500)
        there = bridge.content(payload["content_id"]).json()["data"]
        assert (there["state"], there["rev"]) == ("stale", 0)
        [draft] = bridge.posts_of(payload["content_id"])
        assert bridge.post(draft)["post_status"] == "draft"
        # The backend knows no fingerprint of this half-made work, but it may know an older one.
        done = bridge.call("POST", "publish", json={**payload, "base_fingerprint": "v1:older"})
        assert done.status_code == 200
        assert done.json()["data"]["post_id"] == draft
        assert done.json()["data"]["post_status"] == "publish"
        assert bridge.posts_of(payload["content_id"]) == [draft]


def claim(bridge: Bridge, content_id: int, *, age: int, rev: int = 1) -> None:
    bridge.php(
        f"""return $wpdb->insert( $wpdb->prefix . 'igny8_publications', array(
        'content_id' => {content_id}, 'rev' => {rev}, 'state' => 'running', 'token' => 'theirs',
        'result' => '', 'heartbeat' => {int(time.time()) - age} ) );"""
    )


def test_live_claim_is_left_alone_and_a_dead_one_taken_over(bridge: Bridge):
    alive, dead, newer = new_id(), new_id(), new_id()
    claim(bridge, alive, age=100)
    claim(bridge, dead, age=125)
    claim(bridge, newer, age=125, rev=5)
    busy = bridge.publish(content_id=alive)
    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "in_progress")
    assert busy.headers["Retry-After"] == "30"
    assert bridge.content(alive).json()["data"]["state"] == "running"
    assert bridge.posts_of(alive) == []
    assert bridge.publish(content_id=dead).status_code == 201
    # A late message never undoes a newer intent, not even a half-made one.
    assert bridge.publish(content_id=newer, rev=4).status_code == 409
    assert bridge.publish(content_id=newer, rev=5).status_code == 201


def test_take_over_adopts_the_draft_that_was_made_before_php_died(bridge: Bridge):
    content_id = new_id()
    claim(bridge, content_id, age=125)
    draft = bridge.php(
        f"return wp_insert_post( array( 'post_title' => 'half', 'post_content' => 'half',"
        f" 'guid' => 'urn:igny8:content:{content_id}' ) );"
    )
    data = bridge.published(content_id=content_id)
    assert data["post_id"] == draft
    assert bridge.posts_of(content_id) == [draft]


def test_who_loses_the_claim_deletes_its_draft_and_stops(bridge: Bridge):
    payload = article(categories=["Lost"])
    bridge.option(test_die="overtaken")
    answer = bridge.call("POST", "publish", json=payload)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "in_progress")
    assert bridge.posts_of(payload["content_id"]) == []


def test_reinstalled_bridge_finds_its_posts_again(bridge: Bridge):
    first = bridge.published()
    content_id, post_id = first["content_id"], first["post_id"]
    lose = '$wpdb->query( "DROP TABLE {$wpdb->prefix}igny8_publications" );'
    bridge.php(f"{lose} Igny8\\Bridge\\Jobs\\Installer::activate(); return 1;")
    bridge.touched = True
    there = bridge.content(content_id).json()["data"]
    assert (there["state"], there["rev"], there["post_id"]) == ("done", 1, post_id)
    again = bridge.published(content_id=content_id, rev=2, title="Found")
    assert again["post_id"] == post_id
    # A post that the backend knows and nobody finds was deleted here: it is not made again unasked.
    gone = bridge.publish(post_id=987654)
    assert gone.status_code == 410
    # Nor does one content write on another's post.
    assert bridge.publish(post_id=post_id).status_code == 422


@pytest.mark.parametrize("slug", [None, "An Address of Its Own"])
def test_an_article_at_the_address_of_another_of_ours_is_told_of(bridge: Bridge, slug: str | None):
    """As after a restored backup, where its first content is not known any more."""
    title = f"One article, twice {slug}"
    fields = {"title": title} if slug is None else {"title": title, "slug": slug}
    first = bridge.published(**fields)
    assert told_of_twins(first) == []
    second = bridge.published(**fields)
    (message,) = told_of_twins(second)
    assert f"Post {first['post_id']} " in message
    assert f"(as content {first['content_id']})" in message
    assert second["post_id"] != first["post_id"]
    again = bridge.published(
        **fields, content_id=second["content_id"], rev=2, post_id=second["post_id"],
        base_fingerprint=second["fingerprint"],
    )  # fmt: skip
    assert told_of_twins(again) == [], "once, when it was made"


def test_the_address_of_a_post_of_theirs_is_no_twin(bridge: Bridge):
    bridge.php(
        "wp_insert_post( array( 'post_title' => 'Theirs alone', 'post_status' => 'publish' ) );"
        " return 1;"
    )
    assert told_of_twins(bridge.published(title="Theirs alone")) == []


def told_of_twins(data: dict[str, Any]) -> list[str]:
    return [one["message"] for one in data["warnings"] if one["code"] == "same_address"]
