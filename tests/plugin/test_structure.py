"""Structure: seed form, sent when it changed; and pages of posts for import."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import SITE_ID, Bridge
from .inbox import Inbox, failing, running_inbox, set_options

PATH = "/api/v1/integration/integrations/9/update-structure/"
QUIET = "add_filter( 'igny8_send_after_response', '__return_false' );"
KIND = {"label", "count", "enabled", "fetch_limit"}


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    with running_inbox() as running:
        yield running


@pytest.fixture
def paired(bridge: Bridge, inbox: Inbox) -> Bridge:
    inbox.reset()
    set_options(
        bridge,
        igny8_api_key=bridge.key,
        igny8_connection={"api_url": inbox.url, "site_id": SITE_ID, "integration_id": 9},
        igny8_switches=None,
        igny8_structure_state=None,
        igny8_outbox_state=None,
        igny8_home=None,
        igny8_unconfirmed_key=None,
        igny8_previous_key=None,
        igny8_refused_key=None,
    )
    bridge.php(f"{QUIET} ( new Igny8\\Bridge\\Outbox\\Store() )->start_over(); return 1;")
    return bridge


def daily(bridge: Bridge, now: int = 2_000_000_000) -> None:
    """Do what the daily job does, at a time."""
    bridge.php(
        f"{QUIET} add_filter( 'igny8_now', static function () {{ return {now}; }} );"
        " do_action( 'igny8_daily' ); return 1;"
    )


def test_structure_has_the_documented_form(paired: Bridge, inbox: Inbox):
    daily(paired)
    [sent] = inbox.to(PATH)
    assert set(sent) == {
        "post_types",
        "taxonomies",
        "plugin_connection_enabled",
        "two_way_sync_enabled",
        "timestamp",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", sent["timestamp"])
    assert (sent["plugin_connection_enabled"], sent["two_way_sync_enabled"]) == (True, False)
    assert {"post", "page"} <= set(sent["post_types"])
    assert {"category", "post_tag"} <= set(sent["taxonomies"])
    assert not {"attachment", "revision"} & set(sent["post_types"])
    assert not {"igny8_cluster", "post_format"} & set(sent["taxonomies"])
    for kind in [*sent["post_types"].values(), *sent["taxonomies"].values()]:
        assert set(kind) == KIND
        assert isinstance(kind["count"], int)
    assert sent["post_types"]["post"] | {"count": 0} == {
        "label": "Posts",
        "count": 0,
        "enabled": True,
        "fetch_limit": 100,
    }
    answer = paired.call("GET", "structure").json()["data"]
    assert answer["post_types"] == sent["post_types"]


def test_structure_is_sent_only_when_it_changed(paired: Bridge, inbox: Inbox):
    daily(paired)
    daily(paired)
    assert len(inbox.to(PATH)) == 1
    set_options(
        paired,
        igny8_switches={"two_way": True, "types": {"page": {"enabled": False, "fetch_limit": 7}}},
    )
    daily(paired)
    assert len(inbox.to(PATH)) == 2
    changed = inbox.to(PATH)[-1]
    assert changed["two_way_sync_enabled"] is True
    page = changed["post_types"]["page"]
    assert (page["enabled"], page["fetch_limit"]) == (False, 7)
    # A person asks: sent although nothing changed.
    paired.php(
        f"{QUIET} Igny8\\Bridge\\Structure\\Push::want( true );"
        " Igny8\\Bridge\\Jobs\\Runner::run(); return 1;"
    )
    assert len(inbox.to(PATH)) == 3


def test_last_digits_of_counts_do_not_matter(paired: Bridge):
    def hashed(count: int) -> str:
        kind = f"array( 'label' => 'P', 'count' => {count}, 'enabled' => true, 'fetch_limit' => 1 )"
        result: str = paired.php(
            f"return Igny8\\Bridge\\Structure\\Structure::hash( array( 'post_types' => (object)"
            f" array( 'post' => {kind} ), 'taxonomies' => (object) array(),"
            f" 'timestamp' => '{count}' ) );"
        )
        return result

    for same in ((0, 9), (40, 49), (120, 129), (1200, 1299), (56000, 56999)):
        assert hashed(same[0]) == hashed(same[1]), same
    for other in ((9, 10), (49, 50), (129, 130), (1299, 1300)):
        assert hashed(other[0]) != hashed(other[1]), other


def test_failure_is_silent_and_waits(paired: Bridge, inbox: Inbox):
    now = 2_000_000_000
    inbox.answer = failing(404)
    daily(paired, now)
    daily(paired, now + 59)
    assert len(inbox.to(PATH)) == 1
    daily(paired, now + 61)
    assert len(inbox.to(PATH)) == 2
    inbox.reset()
    daily(paired, now + 61 + 299)
    assert inbox.to(PATH) == []
    daily(paired, now + 61 + 301)
    assert len(inbox.to(PATH)) == 1


def test_connecting_sends_structure_and_plans_the_days(paired: Bridge, inbox: Inbox):
    paired.php(
        f"{QUIET} wp_clear_scheduled_hook( 'igny8_daily' );"
        " return Igny8\\Bridge\\Connection\\Pairing::connect("
        f" '{inbox.url}', '{paired.key}', {SITE_ID} );"
    )
    paired.php(f"{QUIET} do_action( 'igny8_jobs' ); return 1;")
    assert len(inbox.to(PATH)) == 1
    planned = paired.php(
        "foreach ( _get_cron_array() as $at => $jobs ) { if ( isset( $jobs['igny8_daily'] ) )"
        " { return array( $at - time(), current( $jobs['igny8_daily'] )['schedule'] ); } }"
        " return 0;"
    )
    assert planned[1] == "daily"
    assert 0 < planned[0] <= 86400
    paired.php(f"{QUIET} Igny8\\Bridge\\Connection\\Pairing::disconnect(); return 1;")
    assert paired.php("return wp_next_scheduled( 'igny8_daily' );") is False


def pages(bridge: Bridge, query: str) -> Iterator[dict[str, Any]]:
    after = 0
    while True:
        page = bridge.call("GET", f"posts?{query}&after={after}").json()["data"]
        yield page
        if not page["more"]:
            assert page["next_after"] is None
            return
        after = page["next_after"]


def test_posts_come_in_pages(paired: Bridge):
    made = paired.php(
        f"{QUIET} for ( $i = 0; $i < 7; $i++ ) {{ $ids[] = wp_insert_post( array("
        " 'post_title' => \"T $i\", 'post_type' => 'page', 'post_content' => str_repeat( 'ü', 10 ),"
        " 'post_status' => $i % 2 ? 'publish' : 'draft' ) ); } wp_trash_post( $ids[6] );"
        " wp_insert_post( array( 'post_type' => 'page', 'post_status' => 'auto-draft' ) );"
        " return $ids;"
    )
    seen = [item for page in pages(paired, "type=page&limit=3") for item in page["items"]]
    assert [i["id"] for i in seen if i["id"] in made] == made[:6]
    assert sorted(i["id"] for i in seen) == [i["id"] for i in seen]
    assert not {i["status"] for i in seen} & {"trash", "auto-draft"}
    assert set(seen[0]) == {"id", "type", "status", "content_id", "fingerprint"}
    full = paired.call(
        "GET",
        f"posts?type=page&after={made[0] - 1}&limit=1&fields=id,title,content,terms,"
        "featured_image,author,date_gmt,url,slug,excerpt",
    ).json()["data"]
    item = full["items"][0]
    assert (item["id"], item["title"], item["content"]) == (made[0], "T 0", "ü" * 10)
    assert (item["terms"], item["featured_image"]) == ({}, None)
    for bad in (
        "type=revision",
        "type=shop_order",
        "fields=user_pass",
        "limit=0",
        "after=x",
        "limit=1.5",
    ):
        answer = paired.call("GET", f"posts?{bad}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid"), bad


def test_pages_stay_below_what_the_backend_reads(paired: Bridge):
    made = paired.php(
        f"{QUIET} foreach ( array( 300000, 300000, 300000, 900000, 5 ) as $size ) {{ $ids[] ="
        " wp_insert_post( array( 'post_title' => 'Big', 'post_type' => 'page',"
        " 'post_status' => 'draft', 'post_content' => str_repeat( 'x', $size ) ) ); } return $ids;"
    )
    seen = {}
    for page in pages(paired, "type=page&limit=100&fields=id,content"):
        assert sum(len(i["content"] or "") for i in page["items"]) <= 786432
        seen.update({i["id"]: i for i in page["items"]})
    assert [len(seen[i]["content"] or "") for i in made] == [300000, 300000, 300000, 0, 5]
    assert seen[made[3]]["oversize"] is True
    paired.php(f"{QUIET} foreach ( {made} as $id ) {{ wp_delete_post( $id, true ); }} return 1;")
