"""What sites and the sync worker do, and who history says it was: cases of an action each."""

from collections.abc import Callable
from typing import Any

from igny8.journal.model import Action

from tests.support.outbox import Outbox
from tests.support.site_events import Bridge, published, seed_status
from tests.support.world import SITE_URL, World

Act = Callable[[World, dict[str, Any]], None]
SYNC = ("system", "sync")
ONE = "/api/v1/integration/integrations/{}"


def tell(channel: str) -> Act:
    def act(world: World, site: dict[str, Any]) -> None:
        _, content = published(world, site)
        bridge = Bridge(world, site)
        bridge.send(bridge.event(content, "draft", channel=channel))

    return act


def tell_as_the_seeds_do(world: World, site: dict[str, Any]) -> None:
    _, content = published(world, site)
    post_id = int(world.publication(content)["external_id"])
    world.told(site, seed_status(content, post_id, "draft", SITE_URL))


def tell_metadata(world: World, site: dict[str, Any]) -> None:
    _, content = published(world, site)
    post_id = int(world.publication(content)["external_id"])
    body = {"post_id": post_id, "content_id": content["id"], "metadata": {"tags": ["a"]}}
    assert world.told(site, body, kind="metadata").status == 200


def tell_of_others(world: World, site: dict[str, Any]) -> None:
    body = {"post_id": 1, "content_id": 2, "post_status": "draft"}
    assert world.told(site, body).status == 404


def push_structure(world: World, site: dict[str, Any]) -> None:
    path = f"{ONE.format(site['integration_id'])}/update-structure/"
    body: dict[str, Any] = {"post_types": {}, "taxonomies": {}}
    headers = {"X-IGNY8-API-KEY": site["api_key"]}
    assert world.call("POST", path, body, account=None, headers=headers).status == 200


def run(direction: str) -> Act:
    def act(world: World, site: dict[str, Any]) -> None:
        path = f"{ONE.format(site['integration_id'])}/sync/"
        assert world.call("POST", path, {"direction": direction}).status == 202
        world.synchronise()

    return act


def freeze(world: World, site: dict[str, Any]) -> None:
    run("changes")(world, site)
    world.wordpress.outbox = Outbox(epoch="f" * 32)
    run("changes")(world, site)


def rotate(world: World, site: dict[str, Any]) -> None:
    path = f"{ONE.format('generate-api-key')}/"
    assert world.call("POST", path, {"site_id": site["id"]}).status == 201
    world.synchronise()


def make(world: World, site: dict[str, Any]) -> None:
    other = world.site()
    path = ONE.format("")[:-1]
    made = world.call("POST", path, {"site_id": other["id"]})
    site.update(id=other["id"], integration_id=made.data["id"])


def switch(world: World, site: dict[str, Any]) -> None:
    path = f"{ONE.format(site['integration_id'])}/"
    assert world.call("PATCH", path, {"sync_enabled": False}).status == 200


def test(world: World, site: dict[str, Any]) -> None:
    path = f"{ONE.format(site['integration_id'])}/test-connection/"
    assert world.call("POST", path).status == 200


CASES: list[tuple[str, Act, Action, tuple[str, str]]] = [
    ("told in wp-admin", tell("admin"), Action.STATUS_UPDATE, ("wordpress:Jane Doe", "wp_admin")),
    ("told by REST", tell("rest"), Action.STATUS_UPDATE, ("wordpress:Jane Doe", "wp_rest")),
    ("told by cron", tell("cron"), Action.STATUS_UPDATE, ("wordpress:Jane Doe", "wp_cron")),
    ("told by WP-CLI", tell("cli"), Action.STATUS_UPDATE, ("wordpress:Jane Doe", "wp_cli")),
    ("seeds", tell_as_the_seeds_do, Action.STATUS_UPDATE, ("wordpress:unknown", "webhook")),
    ("metadata", tell_metadata, Action.METADATA_UPDATE, ("wordpress:unknown", "webhook")),
    ("not its own", tell_of_others, Action.WEBHOOK_REFUSED, ("site:{id}", "bridge")),
    ("structure", push_structure, Action.STRUCTURE_UPDATE, ("site:{id}", "bridge")),
    ("run of facts", run("metadata"), Action.SYNC_METADATA, SYNC),
    ("run of changes", run("changes"), Action.SYNC_CHANGES, SYNC),
    ("frozen", freeze, Action.SYNC_FROZEN, SYNC),
    ("handed over", rotate, Action.KEY_HANDOVER, SYNC),
    ("made", make, Action.INTEGRATION_CREATED, ("user:u1", "api")),
    ("changed", switch, Action.INTEGRATION_UPDATED, ("user:u1", "api")),
    ("tested", test, Action.CONNECTION_CHECK, ("user:u1", "api")),
]
