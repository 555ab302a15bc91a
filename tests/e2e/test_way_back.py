"""What people and WordPress itself do to a post arrives here, on the deployed template."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.editor import Editor
from tests.e2e.conftest import Stage
from tests.support.waiting import wait_until

ARRIVES_SECONDS = 60


@pytest.fixture(scope="module")
def editor(stage: Stage) -> Editor:
    return Editor(stage.facts["wordpress"])


def published(stage: Stage, title: str, **fields: Any) -> tuple[dict[str, Any], int]:
    content = stage.content(title=title, **fields)
    stage.publish(content)
    return content, int(stage.delivered(content)["external_id"])


def known(stage: Stage, content: dict[str, Any]) -> dict[str, Any]:
    return stage.ok("GET", f"/api/v1/writer/content/{content['id']}/")


def heard(stage: Stage, content: dict[str, Any]) -> list[dict[str, Any]]:
    """What is told of a content, newest first; our own operations' echoes aside."""
    path = f"/api/v1/integration/integrations/{stage.facts['integration_id']}/events/"
    events = stage.ok("GET", f"{path}?content_id={content['id']}&type=webhook&limit=100")
    return [event for event in events if event["operation_id"] is None]


def arrives(stage: Stage, content: dict[str, Any], status: str, number: int) -> dict[str, Any]:
    """Wait for the number-th change; answers its event, and checks what is known by then."""
    events = wait_until(
        lambda: heard(stage, content), lambda found: len(found) >= number, seconds=ARRIVES_SECONDS
    )
    assert len(events) == number, [event["description"] for event in events]
    found = known(stage, content)
    assert found["metadata"]["wordpress_status"] == status
    return events[0] | {"content_status": found["status"], "state": found["publish_state"]}


def test_edit_draft_private_trash_restore_and_delete_are_told_apart(
    stage: Stage, editor: Editor
) -> None:
    content, post_id = published(stage, "Worked on in WordPress")
    steps: list[tuple[dict[str, Any], str, str, str]] = [
        ({"title": "A better title"}, "publish", "published", "published"),
        ({"status": "draft"}, "draft", "draft", "unpublished"),
        ({"status": "private"}, "private", "published", "published"),
        ({"status": "pending"}, "pending", "review", "unpublished"),
        ({"status": "publish", "password": "open sesame"}, "publish", "published", "published"),
    ]
    for number, (fields, status, editorial, state) in enumerate(steps, 1):
        editor.change(post_id, **fields)
        event = arrives(stage, content, status, number)
        assert (event["content_status"], event["state"]) == (editorial, state), fields
        assert event["actor"] == f"wordpress:{stage.facts['wordpress']['admin_user']}"
        assert event["channel"] == "wp_rest"
        assert event["details"]["password_protected"] is ("password" in fields)
    editor.trash(post_id)
    assert arrives(stage, content, "trash", 6)["state"] == "unpublished"
    stage.in_wordpress(f"wp_untrash_post( {post_id} ); echo 1;")
    restored = arrives(stage, content, "draft", 7)
    assert restored["details"]["action"] == "post_untrashed"
    editor.delete(post_id)
    assert arrives(stage, content, "deleted", 8)["state"] == "gone"
    click = stage.call("POST", f"/api/v1/writer/content/{content['id']}/publish/", {})
    assert (click.status_code, click.json()["error"]["code"]) == (409, "gone")


def test_a_scheduled_post_that_goes_live_by_itself_is_told(stage: Stage, editor: Editor) -> None:
    content, post_id = published(stage, "Scheduled over there")
    later = datetime.now(UTC) + timedelta(days=3)
    editor.change(post_id, status="future", date_gmt=f"{later:%Y-%m-%dT%H:%M:%S}")
    assert arrives(stage, content, "future", 1)["content_status"] == "review"
    # Its time comes: WordPress's own job publishes it, with nobody signed in.
    stage.in_wordpress(
        f"global $wpdb; $wpdb->update( $wpdb->posts, array( 'post_date' => '2020-01-01 00:00:00',"
        f" 'post_date_gmt' => '2020-01-01 00:00:00' ), array( 'ID' => {post_id} ) );"
        f" clean_post_cache( {post_id} ); check_and_publish_future_post( {post_id} ); echo 1;"
    )
    event = arrives(stage, content, "publish", 2)
    assert (event["content_status"], event["state"]) == ("published", "published")
    assert event["actor"] == "wordpress:system"


def test_a_post_edited_backwards_in_time_is_told(stage: Stage, editor: Editor) -> None:
    content, post_id = published(stage, "From long ago")
    editor.change(post_id, date_gmt="2001-01-01T00:00:00")
    editor.change(post_id, status="draft")
    wait_until(
        lambda: known(stage, content)["metadata"]["wordpress_status"],
        lambda status: status == "draft",
        seconds=ARRIVES_SECONDS,
    )


def test_a_site_that_cannot_call_out_converges_by_the_pull(stage: Stage, editor: Editor) -> None:
    content, post_id = published(stage, "Behind a wall")
    stage.in_wordpress(
        "update_option( 'igny8_outbox_state',"
        " array( 'failures' => 9, 'retry_at' => time() + 9999 ), false ); echo 1;"
    )
    editor.change(post_id, status="private")
    assert known(stage, content)["metadata"]["wordpress_status"] == "publish"
    path = f"/api/v1/integration/integrations/{stage.facts['integration_id']}"
    answer = stage.call("POST", f"{path}/sync/", {"direction": "changes"})
    assert answer.status_code == 202, answer.text
    arrives(stage, content, "private", 1)
    done = wait_until(
        lambda: stage.ok("GET", f"{path}/sync-status/"),
        lambda status: status["status"] == "idle",
        seconds=ARRIVES_SECONDS,
    )
    assert done["run"]["state"] == "done"
    stage.in_wordpress("delete_option( 'igny8_outbox_state' ); echo 1;")


def test_a_new_key_is_handed_over_while_the_site_is_in_use(stage: Stage) -> None:
    before = stage.in_wordpress(
        "echo wp_json_encode( substr( Igny8\\Bridge\\Core\\Options::api_key(), -4 ) );"
    )
    made = stage.ok(
        "POST",
        "/api/v1/integration/integrations/generate-api-key/",
        {"site_id": stage.facts["site_id"]},
    )
    assert made["last4"] != before
    wait_until(
        lambda: stage.in_wordpress(
            "echo wp_json_encode( substr( Igny8\\Bridge\\Core\\Options::api_key(), -4 ) );"
        ),
        lambda last4: last4 == made["last4"],
        seconds=ARRIVES_SECONDS,
    )
    published(stage, "Sent with the new key")


def test_content_types_are_what_wordpress_has(stage: Stage) -> None:
    path = f"/api/v1/integration/integrations/{stage.facts['integration_id']}/content-types/"
    types = stage.ok("GET", path)
    assert {"post", "page"} <= set(types["post_types"])
    assert {"category", "post_tag"} <= set(types["taxonomies"])
    assert types["last_structure_fetch"]
