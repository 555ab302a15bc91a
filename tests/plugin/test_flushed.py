"""Another plugin prints before us and flushes: every answer goes out as 200, and is understood."""

from typing import Any

import pytest
from igny8.core.http import OutboundClient
from igny8.publishing.answers import Outcome, classify
from igny8.wordpress.client import BridgeClient, Target
from igny8.wordpress.doors import Door
from igny8.wordpress.response import BridgeResponse

from .conftest import Bridge, article, new_id
from .pictures import Gallery
from .test_seam import Now

MOMENTS = ["load", "init", "rest_api_init"]


@pytest.fixture(params=["rest", "front"])
def door(request: pytest.FixtureRequest) -> Door:
    return Door(request.param)


def send(bridge: Bridge, door: Door, flush: str | None, **fields: Any) -> BridgeResponse:
    """Publish as the backend does, while a plugin prints at ``flush``."""
    bridge.option(test_flush="wp_loaded" if (flush, door) == ("rest_api_init", "front") else flush)
    target = Target(f"{bridge.site.url}/wp-json/", bridge.site.url, bridge.key, door)
    client = BridgeClient(
        OutboundClient(allow_local=True), Now(), ask_timeout_seconds=60, send_timeout_seconds=60
    )
    answer = client.publish(target, article(**fields), operation_id="o", request_id="r")
    bridge.option(test_flush=None)
    return answer


@pytest.mark.parametrize("flush", MOMENTS)
def test_an_article_and_its_refusals(bridge: Bridge, door: Door, flush: str):
    content_id = new_id()
    made = send(bridge, door, flush, content_id=content_id)
    assert (made.status, classify(made).outcome) == (201, Outcome.PUBLISHED)
    post_id = made.data["post_id"]
    bridge.php(f"wp_update_post( array( 'ID' => {post_id}, 'post_title' => 'Mine' ) ); return 1;")
    update = {"content_id": content_id, "rev": 2, "post_id": post_id}
    base = made.data["fingerprint"]
    changed = send(bridge, door, flush, **update, base_fingerprint=base)
    assert (changed.status, changed.code) == (409, "conflict")
    assert classify(changed).outcome is Outcome.CONFLICT
    bridge.php(f"update_post_meta( {post_id}, '_edit_lock', time() . ':1' ); return 1;")
    locked = send(bridge, door, flush, **update)
    assert (locked.status, locked.code, locked.retry_after) == (423, "locked", 300)
    assert classify(locked).reason == "locked"
    bridge.php(f"wp_delete_post( {post_id}, true ); return 1;")
    gone = send(bridge, door, flush, **update)
    assert (gone.status, classify(gone).outcome) == (410, Outcome.GONE)


def test_what_is_half_done_does_not_count_as_published(
    bridge: Bridge, door: Door, gallery: Gallery
):
    bridge.option(test_image_seconds=[0.3, 2])
    pictures = [{"url": gallery.put(f"{n}.png", delay=0.4)} for n in range(3)]
    answer = send(bridge, door, "load", gallery_images=pictures)
    assert answer.data["state"] == "running"
    assert answer.data["post_id"]
    assert (answer.status, answer.retry_after) == (202, 5)
    assert classify(answer).outcome is Outcome.AGAIN
