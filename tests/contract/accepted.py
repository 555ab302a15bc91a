"""For each route a request that it accepts, made of what it needs in a world."""

import hashlib
from collections.abc import Callable
from itertools import count
from typing import Any

from igny8.core.keys import generate_key
from igny8.distribution.model import SLUG
from igny8.entrypoint.rows import Caller, Route

from local import openapi
from tests.contract.shape import example
from tests.support.packages import sources, zipped
from tests.support.posts_on_site import PostsOnSite, post_on_site
from tests.support.releases import released
from tests.support.releasing import uploaded
from tests.support.site_events import Bridge, published, seed_status
from tests.support.steps import bring_to
from tests.support.world import HTML, Response, World

ROWS = {openapi.operation_id(row): row for row in openapi.rows()}
STRANGER = generate_key("prod", lambda letters: letters[3])
ABSENT = 457
SETTINGS = {
    "auto_publish_enabled": True,
    "publish_time_slots": [
        {"start": "08:30", "end": "12:00"},
        {"start": "22:00", "end": "01:00"},
    ],
}
STRUCTURE = example("update_structure_request")

Body = dict[str, Any] | None
Sent = tuple[dict[str, Any], Body]  # parts of the path, and the body


def a_site(world: World) -> Sent:
    return {"site_id": world.site()["id"]}, None


def a_connected_site(world: World) -> dict[str, Any]:
    return world.connected_site()


def named_site(world: World) -> Sent:
    return {}, {"site_id": world.connected_site()["id"]}


def a_content(world: World) -> Sent:
    return {"content_id": world.content(world.connected_site())["id"]}, None


def a_revised_content(world: World) -> Sent:
    parts, _ = a_content(world)
    changed = {"content_html": "<p>Another text.</p>"}
    assert send(world, ROWS["change_content"], (parts, changed)).status == 200
    return parts, None


def a_publication(world: World) -> Sent:
    return {"content_id": bring_to(world, "published")["id"]}, None


def some_contents(world: World) -> Sent:
    return {}, {"ids": [world.content(world.connected_site())["id"], ABSENT]}


def a_batch_at_work(world: World) -> Sent:
    """A batch of two, of which one is decided about and one is not there."""
    taken = send(world, ROWS["bulk_publish"], some_contents(world))
    world.carry_on()
    return {"batch_id": taken.data["batch_id"]}, None


def a_cancelled_batch(world: World) -> Sent:
    accepted = a_batch_at_work(world)
    assert send(world, ROWS["cancel_batch"], accepted).status == 202
    return accepted


def deleting(world: World) -> Sent:
    """With its post, which has to be taken down first."""
    parts, _ = in_state(world, "published", None)
    return {**parts, "?": "unpublish=trash"}, None


def in_state(world: World, state: str, body: Body) -> Sent:
    world.messages()  # nothing that another request has left is served with it
    return {"content_id": bring_to(world, state)["id"]}, body


def an_integration(world: World) -> Sent:
    return {"integration_id": world.connected_site()["integration_id"]}, None


IMPORT = {"direction": "pull", "types": ["post"], "limit": 100}


def an_import_wanted(world: World) -> Sent:
    """A site with one post, whose bridge can tell of it."""
    world.wordpress.existing = PostsOnSite()
    world.wordpress.existing.add(1, title="Tea &amp; Cake")
    site = world.connected_site(bridge="2.1.0")
    world.last_key = site["api_key"]  # type: ignore[attr-defined]
    parts = {"integration_id": site["integration_id"]}
    assert send(world, ROWS["update_structure"], (parts, STRUCTURE)).status == 200
    return parts, IMPORT


def a_run(world: World) -> Sent:
    """One that somebody has just begun."""
    parts, body = an_import_wanted(world)
    begun = send(world, ROWS["start_sync"], (parts, body))
    return {**parts, "run_id": begun.data["run"]["id"]}, None


def to_its_end(world: World) -> None:
    """All of a run is done, a page a message."""
    while records := world.messages("sync"):
        world.synchronise(records)


def an_import(world: World) -> Sent:
    """One that has done its work."""
    accepted = a_run(world)
    to_its_end(world)
    return accepted


def some_terms(world: World) -> Sent:
    """The terms of a taxonomy, one of which has been renamed."""
    accepted = an_import_wanted(world)
    term = {"id": 3, "name": "Tea", "slug": "tea-cake", "parent": 0, "count": 12}
    for name in ("Tea", "Tea &amp; Cake"):
        world.wordpress.existing.terms["category"] = [{**term, "name": name}]
        assert send(world, ROWS["start_sync"], accepted).status == 202
        to_its_end(world)
    return {**accepted[0], "?": "taxonomy=category"}, None


def a_held_twin(world: World) -> Sent:
    """A run that has held two posts, because they look like contents."""
    parts, body = an_import_wanted(world)
    site = world.call("GET", f"/api/v1/integration/integrations/{parts['integration_id']}/").data
    choices = {"21": "link", "22": "import"}
    for post_id in choices:
        world.content({"id": site["site_id"]}, title=f"Tea {post_id}")
        post = post_on_site(int(post_id), title=f"Tea {post_id}")
        world.wordpress.existing.written[int(post_id)] = post
    begun = send(world, ROWS["start_sync"], (parts, body))
    to_its_end(world)
    return {**parts, "run_id": begun.data["run"]["id"]}, choices


def a_cancelled_run(world: World) -> Sent:
    accepted = a_run(world)
    assert send(world, ROWS["cancel_run"], accepted).status == 202
    return accepted


def a_new_content(world: World) -> Sent:
    body = {"site_id": world.site()["id"], "title": "Tea & <Coffee>", "content_html": HTML}
    return {}, body


def pairing(world: World) -> Sent:
    site = world.site()
    url = site["url"]
    world.last_key = world.key(site)["api_key"]  # type: ignore[attr-defined]
    return {}, {
        "site_id": site["id"],
        "api_key": world.last_key,  # type: ignore[attr-defined]
        "site_url": url,
        "rest_url": f"{url}/wp-json/",
        "plugin_version": "2.0.0",
        "wp_version": "6.9",
        "php_version": "8.2",
    }


def a_telling_site(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """A site with a post that it may tell of; its key is shown from now on."""
    site, content = published(world)
    world.last_key = site["api_key"]  # type: ignore[attr-defined]
    return site, content


def a_status(world: World) -> Sent:
    site, content = a_telling_site(world)
    return {}, seed_status(content, post_of(world, content), "draft", site["url"])


def some_metadata(world: World) -> Sent:
    site, content = a_telling_site(world)
    return {}, {
        "post_id": post_of(world, content),
        "content_id": content["id"],
        "site_url": site["url"],
        "metadata": {"categories": ["Tech", "News"], "tags": ["AI"]},
    }


def a_batch(world: World) -> Sent:
    site, content = a_telling_site(world)
    bridge = Bridge(world, site)
    events = [bridge.event(content, "draft"), bridge.event(content, "publish")]
    return {}, {
        "site_id": site["id"],
        "site_url": site["url"],
        "epoch": bridge.epoch,
        "head_seq": bridge.head_seq,
        "events": events,
    }


def post_of(world: World, content: dict[str, Any]) -> int:
    return int(world.publication(content)["external_id"])


def a_structure(world: World) -> Sent:
    site = world.connected_site()
    world.last_key = site["api_key"]  # type: ignore[attr-defined]
    return {"integration_id": site["integration_id"]}, STRUCTURE


def a_known_structure(world: World) -> Sent:
    parts, body = a_structure(world)
    assert send(world, ROWS["update_structure"], (parts, body)).status == 200
    return parts, None


PLUGIN = {"slug": SLUG}


def an_update(world: World) -> Sent:
    """A question that an update answers."""
    if not world.services.release_store.catalogue(SLUG).entries:
        released(world, "2.0.0", "2.0.1")
    return PLUGIN, {"installed_version": "2.0.0", "wp_version": "6.5", "php_version": "8.2"}


def a_release_there(world: World) -> Sent:
    an_update(world)
    return PLUGIN, None


def something_counted(world: World) -> Sent:
    """One site that has a version, and fetched it; and one that was refused."""
    sent = an_installation(world)
    assert send(world, ROWS["health_check"], sent).status == 200
    address = f"2001:db8:0:{world.services.ids.next() % 65_536:x}::1"  # with its whole share
    edge = {"CloudFront-Viewer-Country": "DE"}
    for query in ("version=2.0.1", "version=9.9.9"):
        send(world, ROWS["download"], (PLUGIN, None), query=query, headers=edge, address=address)
    return PLUGIN, None


def an_installation(world: World) -> Sent:
    an_update(world)
    site = world.connected_site()
    world.last_key = site["api_key"]  # type: ignore[attr-defined]
    return PLUGIN, {
        "plugin_version": "2.0.0",
        "wp_version": "6.9",
        "php_version": "8.2.12",
        "status": "active",
        "errors": [{"code": "http_error", "message": "IGNY8 could not be reached.", "count": 2}],
        "auto_update_enabled": True,
    }


def a_new_version(_: World) -> Sent:
    return PLUGIN, {"version": f"3.0.{next(_patches)}"}


def an_upload(world: World) -> Sent:
    """A ZIP that lies where an upload was begun, and that becomes a version."""
    version = f"4.0.{next(_patches)}"
    archive = zipped(sources(version))
    body = {
        "upload_id": uploaded(world, archive, version),
        "sha256": hashlib.sha256(archive).hexdigest(),
        "linted_with": ["8.2.12"],
    }
    return {**PLUGIN, "version": version}, body


def an_accepted_upload(world: World) -> Sent:
    accepted = an_upload(world)
    assert send(world, ROWS["accept_upload"], accepted).status == 200
    return accepted


def a_version(world: World) -> Sent:
    return an_accepted_upload(world)[0], {"state": "released", "rollout_percent": 5}


def a_released_version(world: World) -> Sent:
    accepted = a_version(world)
    assert send(world, ROWS["change_release"], accepted).status == 200
    return accepted


_patches = count(1)

ACCEPTED: dict[str, Callable[[World], Sent]] = {
    "health": lambda _: ({}, None),
    "list_releases": lambda world: (a_released_version(world)[0], None),
    "begin_upload": a_new_version,
    "accept_upload": an_upload,
    "change_release": a_version,
    "create_site": lambda _: ({}, {"name": "Tea & <Coffee>", "url": "https://example.com"}),
    "list_sites": lambda world: ({}, a_site(world)[1]),
    "read_site": a_site,
    "change_site": lambda world: (a_site(world)[0], {"timezone": "Europe/Berlin"}),
    "delete_site": a_site,
    "read_publishing_settings": a_site,
    "replace_publishing_settings": lambda world: (a_site(world)[0], SETTINGS),
    "list_integrations": lambda world: ({}, an_integration(world)[1]),
    "generate_api_key": lambda world: ({}, {"site_id": world.site()["id"]}),
    "revoke_api_key": named_site,
    "test_connection": pairing,
    "create_integration": lambda world: ({}, {"site_id": world.site()["id"]}),
    "read_integration": an_integration,
    "change_integration": lambda world: (an_integration(world)[0], {"sync_enabled": False}),
    "replace_integration": lambda world: (
        an_integration(world)[0],
        {"sync_enabled": True, "is_active": True},
    ),
    "delete_integration": an_integration,
    "resume": an_integration,
    "debug_status": an_integration,
    "create_content": a_new_content,
    "list_content": lambda world: (
        {"?": f"site={world.content(world.connected_site())['site_id']}"},
        None,
    ),
    "read_content": a_content,
    "change_content": lambda world: (a_content(world)[0], {"excerpt": "Short & <sweet>"}),
    "delete_content": a_content,
    "publish_content": lambda world: (a_content(world)[0], {}),
    "cancel_publication": lambda world: in_state(world, "queued", {}),
    "retry_publication": lambda world: in_state(world, "failed", {}),
    "unpublish_content": lambda world: in_state(world, "published", {"to": "draft"}),
    "resolve_conflict": lambda world: in_state(world, "conflict", {"keep": "ours"}),
    "link_content": lambda world: (
        {"content_id": world.content(world.connected_site())["id"]},
        {"external_id": 7},
    ),
    "read_publication": a_publication,
    "list_revisions": a_revised_content,
    "read_revision": lambda world: ({**a_revised_content(world)[0], "rev": 1}, None),
    "bulk_publish": some_contents,
    "read_batch": a_batch_at_work,
    "cancel_batch": a_batch_at_work,
    "start_sync": an_import_wanted,
    "start_site_sync": named_site,
    "sync_status": an_integration,
    "list_runs": lambda world: ({"integration_id": a_run(world)[0]["integration_id"]}, None),
    "read_run": a_run,
    "list_items": an_import,
    "list_terms": some_terms,
    "cancel_run": a_run,
    "decide_twins": a_held_twin,
    "sync_health": an_integration,
    "content_types": a_known_structure,
    "choose_content_types": lambda world: (
        a_known_structure(world)[0],
        {"post_types": {"page": {"enabled": False}}},
    ),
    "list_events": an_integration,
    "examine": lambda world: (an_integration(world)[0], None),
    "examine_collection": lambda world: (an_integration(world)[0], {"post_type": "post"}),
    "update_structure": a_structure,
    "told_status": a_status,
    "told_metadata": some_metadata,
    "told_events": a_batch,
    "check_update": an_update,
    "look_for_update": a_release_there,
    "plugin_info": a_release_there,
    "download": a_release_there,
    "look_at_download": a_release_there,
    "install_link": lambda world: (a_release_there(world)[0], named_site(world)[1]),
    "plugin_analytics": something_counted,
    "register_installation": an_installation,
    "health_check": an_installation,
}


def a_linked_content(world: World) -> Sent:
    accepted = ACCEPTED["link_content"](world)
    assert send(world, ROWS["link_content"], accepted).status == 202
    return accepted


AGAIN: dict[str, Callable[[World], Sent]] = {
    "publish_content": a_publication,
    "delete_content": deleting,
    "cancel_publication": lambda world: in_state(world, "sending", {}),
    "retry_publication": lambda world: in_state(world, "queued", {}),
    "unpublish_content": lambda world: in_state(world, "gone", {"to": "draft"}),
    "resolve_conflict": lambda world: in_state(world, "conflict", {"keep": "theirs"}),
    "link_content": a_linked_content,
    "cancel_batch": a_cancelled_batch,
    "cancel_run": a_cancelled_run,
}
"""What is answered by the second status, where there is one."""


PARTS = (
    "site_id", "integration_id", "run_id", "content_id", "batch_id", "slug", "version", "rev",
)  # fmt: skip


def send(world: World, row: Route, sent: Sent, **how: Any) -> Response:
    """Send a request as the row's kind of caller does."""
    parts, body = sent
    path = row.path.format(**{name: parts.get(name, 1) for name in PARTS})
    query = "&".join(filter(None, [parts.get("?"), how.pop("query", None)]))
    headers = how.pop("headers", {})
    if row.caller is Caller.BRIDGE:
        how.setdefault("account", None)
        headers = {"X-IGNY8-API-KEY": getattr(world, "last_key", STRANGER), **headers}
    if row.caller is Caller.ADMIN:
        how.setdefault("admin", True)
    if row.caller is Caller.OPEN:
        how.setdefault("account", None)
    return world.call(
        row.method, f"{path}/{'?' if query else ''}{query}", body, headers=headers, **how
    )
