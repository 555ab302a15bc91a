"""A restored or copied site: nothing newer is overwritten, by whichever way it is told."""

from typing import Any

import pytest
from igny8.core.table import DATA, site_partition, update
from igny8.integrations.store import INTEGRATION
from igny8.sites.store import pointer_sk
from pynamodb.expressions.operand import Path

from tests.integration.test_sync_worker import (
    actions,
    change,
    integration,
    pair,
    status,
    sweep_and_sync,
    sync,
)
from tests.support.outbox import Outbox
from tests.support.site_events import published, seed_status, seen
from tests.support.world import ACCOUNT, SITE_URL, World

Synced = tuple[World, Any, Any]


@pytest.fixture
def ahead(shared: World) -> Synced:
    """A site with an article, of whose events five were taken."""
    site, content = published(shared)
    for _ in range(5):
        change(shared, content, "private")
    sweep_and_sync(shared)
    assert seen(shared, content)[1] == "private"
    return shared, site, content


def restore(world: World, content: dict[str, Any], epoch: str | None = None) -> None:
    """The site's database is an older one; the post is a draft again."""
    world.wordpress.outbox = Outbox(head_seq=2, **({"epoch": epoch} if epoch else {}))
    world.wordpress.posts[content["id"]].post_status = "draft"


def freeze(world: World, site: dict[str, Any]) -> None:
    sync(world, site, "changes")
    world.synchronise()
    assert actions(world, site).count("sync_frozen") == 1


def test_a_run_over_a_frozen_site_overwrites_nothing(ahead: Synced) -> None:
    world, site, content = ahead
    restore(world, content)
    freeze(world, site)
    sync(world, site)
    world.synchronise()
    assert status(world, site)["run"]["state"] == "failed"
    assert seen(world, content) == ("published", "private", "published")
    assert "restored from a backup" in integration(world, site)["sync_error"]
    pair(world, site)
    sweep_and_sync(world, minutes=6)
    assert seen(world, content)[1] == "draft"


@pytest.mark.parametrize("epoch", [None, "f" * 32])
def test_a_run_over_a_site_that_was_just_restored_overwrites_nothing(
    ahead: Synced, epoch: str | None
) -> None:
    world, site, content = ahead
    restore(world, content, epoch)
    sync(world, site)
    world.synchronise()
    assert seen(world, content) == ("published", "private", "published")
    assert actions(world, site).count("sync_frozen") == 1
    assert status(world, site)["run"]["state"] == "failed"


def test_a_post_that_was_to_be_asked_about_is_not_believed(ahead: Synced) -> None:
    world, site, content = ahead
    body = {"action": "post_updated", "post_id": 101, "site_url": SITE_URL}
    assert world.told(site, body, kind="").data["results"][0]["result"] == "queued"
    restore(world, content)
    world.synchronise()
    assert seen(world, content)[1] == "private"
    sweep_and_sync(world, minutes=6)
    assert actions(world, site).count("sync_frozen") == 1
    pair(world, site)
    sweep_and_sync(world, minutes=6)
    assert seen(world, content)[1] == "draft"


@pytest.mark.parametrize("kind", ["status", "metadata", ""])
@pytest.mark.parametrize("named", [{}, {"seq": 99}, {"epoch": "f" * 32}, {"head_seq": 99}])
def test_a_frozen_site_is_not_heard_by_any_way(
    ahead: Synced, kind: str, named: dict[str, Any]
) -> None:
    world, site, content = ahead
    restore(world, content)
    freeze(world, site)
    body = seed_status(content, 101, "draft", SITE_URL) | {"metadata": {"tags": ["old"]}} | named
    answer = world.told(site, body, kind=kind)
    assert (answer.status, answer.code) == (409, "sync_frozen")
    assert seen(world, content)[1] == "private"
    sweep_and_sync(world, hours=7)
    assert seen(world, content)[1] == "private"


@pytest.mark.parametrize("kind", ["status", "metadata", ""])
def test_another_life_is_strange_though_the_call_does_not_count(ahead: Synced, kind: str) -> None:
    world, site, content = ahead
    body = seed_status(content, 101, "draft", SITE_URL) | {"metadata": {}, "epoch": "f" * 32}
    answer = world.told(site, body, kind=kind)
    assert (answer.status, answer.code) == (409, "sync_frozen")
    assert seen(world, content)[1] == "private"


def switch_off(world: World, site: dict[str, Any]) -> None:
    partition = site_partition(ACCOUNT, site["id"])
    key = DATA.key(partition, pointer_sk(INTEGRATION, site["integration_id"]))
    world.services.commit([update("off", DATA, key, [Path("sync_enabled").set(value=False)])])


def test_a_suspicion_is_cleared_where_nothing_is_synchronised_by_itself(ahead: Synced) -> None:
    """Status facts go on with the switch off, so a late call must not end them."""
    world, site, content = ahead
    switch_off(world, site)
    late = seed_status(content, 101, "draft", SITE_URL) | {
        "epoch": world.wordpress.outbox.epoch, "head_seq": 3, "seq": 3,
    }  # fmt: skip
    assert world.told(site, late).status == 409
    world.synchronise()
    assert world.told(site, late | {"head_seq": 6, "seq": 6}).status == 200
    assert seen(world, content)[1] == "draft"
    assert integration(world, site)["sync_error"] is None
