"""A restored or copied site: nothing newer is overwritten, by whichever way it is told."""

from typing import Any

import pytest
from igny8.core.rows import ConditionLost
from igny8.core.table import DATA, site_partition, update
from igny8.inbound.model import Position
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


def confirm(world: World, site: dict[str, Any]) -> None:
    """The worker asks the site; and once more, for a replica of its database may lag behind."""
    world.synchronise()
    assert actions(world, site).count("sync_frozen") == 0
    assert "was restored or copied" in integration(world, site)["sync_error"]
    sweep_and_sync(world, minutes=5)


def freeze(world: World, site: dict[str, Any]) -> None:
    sync(world, site, "changes")
    confirm(world, site)
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
    if epoch is None:
        confirm(world, site)
    else:
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


@pytest.fixture
def told(shared: World) -> Synced:
    """A site with an article, that has told of five events itself since the last was taken."""
    site, content = published(shared)
    pair(shared, site)
    sweep_and_sync(shared)
    for _ in range(5):
        assert tell(shared, site, content, "private").status == 200
    assert seen(shared, content)[1] == "private"
    return shared, site, content


def tell(world: World, site: dict[str, Any], content: dict[str, Any], to: str) -> Any:
    """Somebody changes the post, and the site tells of all that waits."""
    change(world, content, to)
    outbox = world.wordpress.outbox
    body = {"site_id": site["id"], "site_url": SITE_URL, **outbox.position,
            "events": outbox.waiting}  # fmt: skip
    answer = world.told(site, body, kind="")
    if answer.status == 200:
        outbox.waiting = []
    return answer


def test_a_backup_of_a_few_minutes_ago_is_seen_though_nothing_was_taken_since(
    told: Synced,
) -> None:
    """What the restored site says of posts bears numbers that were heard: none may count as old."""
    world, site, content = told
    restore(world, content)
    answer = tell(world, site, content, "trash")
    assert (answer.status, answer.code) == (409, "sync_frozen")
    confirm(world, site)
    assert actions(world, site).count("sync_frozen") == 1
    assert seen(world, content)[1] == "private"
    pair(world, site)
    sweep_and_sync(world, minutes=5)
    assert seen(world, content)[1] == "trash"
    assert tell(world, site, content, "publish").status == 200
    assert seen(world, content)[1] == "publish"


def test_a_backup_of_a_few_minutes_ago_is_seen_when_the_site_is_asked(told: Synced) -> None:
    world, site, content = told
    restore(world, content)
    freeze(world, site)


def test_pairing_after_such_a_backup_begins_a_new_life(told: Synced) -> None:
    world, site, content = told
    restore(world, content)
    pair(world, site)
    sweep_and_sync(world, minutes=5)
    assert seen(world, content)[1] == "draft"
    assert tell(world, site, content, "publish").status == 200
    assert seen(world, content)[1] == "publish"


def test_a_call_that_comes_late_after_another_is_heard_once_the_site_was_asked(
    told: Synced,
) -> None:
    world, site, content = told
    late = {**world.wordpress.outbox.position, "head_seq": 3, "seq": 3}
    body = seed_status(content, 101, "draft", SITE_URL) | late
    assert world.told(site, body).status == 409
    world.synchronise()
    assert tell(world, site, content, "draft").status == 200
    assert seen(world, content)[1] == "draft"


# --- A replica of the site's database that lags behind --------------------------------------------


def lag(world: World, by: int) -> Any:
    """From now on the site reads an older state of its own; answers how it is in truth."""
    truth = world.wordpress.outbox
    world.wordpress.outbox = Outbox(head_seq=truth.head_seq - by, epoch=truth.epoch)
    return truth


@pytest.mark.parametrize("by", [1, 3])
@pytest.mark.parametrize("what", ["pull", "all posts", "call", "ask"])
def test_a_replica_that_lags_for_a_minute_freezes_nothing(told: Synced, what: str, by: int) -> None:
    world, site, content = told
    truth = lag(world, by)
    if what == "pull":
        sync(world, site, "changes")
    elif what == "all posts":
        sync(world, site)
    elif what == "ask":
        body = {"action": "post_updated", "post_id": 101, "site_url": SITE_URL}
        assert world.told(site, body, kind="").status == 200
    else:
        late = seed_status(content, 101, "draft", SITE_URL) | world.wordpress.outbox.position
        assert world.told(site, late).status == 409
    world.synchronise()
    if what in {"pull", "call"}:
        assert "restored" in integration(world, site)["sync_error"], "it is said, and found out"
    world.clock.advance(minutes=1)
    world.wordpress.outbox = truth
    world.wordpress.posts[content["id"]].post_status = "trash"
    change(world, content, "trash")
    for _ in range(3):
        sweep_and_sync(world, minutes=5)
    assert actions(world, site).count("sync_frozen") == 0
    assert seen(world, content)[1] == "trash"
    assert integration(world, site)["sync_error"] is None
    assert tell(world, site, content, "publish").status == 200
    assert seen(world, content)[1] == "publish"


def test_a_replica_that_lags_now_and_then_freezes_nothing(told: Synced) -> None:
    world, site, content = told
    for _ in range(10):
        truth = lag(world, 2)
        sync(world, site, "changes")
        world.synchronise()
        world.clock.advance(minutes=2)
        world.wordpress.outbox = truth
        for _ in range(3):
            sweep_and_sync(world, minutes=5)
        assert tell(world, site, content, "draft").status == 200
    assert actions(world, site).count("sync_frozen") == 0


def test_a_restored_site_that_counts_on_quickly_is_looked_at_whole(told: Synced) -> None:
    """It looks like a replica that has caught up; its events bear numbers that were heard."""
    world, site, content = told
    restore(world, content)
    sync(world, site, "changes")
    world.synchronise()
    world.wordpress.posts[content["id"]].post_status = "trash"
    for _ in range(4):
        change(world, content, "trash")
    world.wordpress.outbox.waiting = world.wordpress.outbox.waiting[:2]  # numbers that were heard
    for _ in range(2):
        sweep_and_sync(world, minutes=5)
    assert seen(world, content)[1] == "trash"


def lose_the_post(world: World, content: dict[str, Any]) -> None:
    """The backup is older than the post."""
    restore(world, content)
    del world.wordpress.posts[content["id"]]


def test_a_post_that_the_backup_does_not_have_is_gone_once_the_site_has_paired(
    ahead: Synced,
) -> None:
    world, site, content = ahead
    lose_the_post(world, content)
    freeze(world, site)
    assert seen(world, content) == ("published", "private", "published")
    pair(world, site)
    sweep_and_sync(world, minutes=6)
    assert seen(world, content)[1:] == ("deleted", "gone")
    assert world.publish(content).code == "gone"
    assert world.publish(content, {"recreate": True}).status == 202
    world.work()
    assert seen(world, content)[2] == "published"


def test_a_replica_that_does_not_have_the_post_yet_says_nothing_of_it(told: Synced) -> None:
    """Its answer is older than what was heard of the post."""
    world, site, content = told
    post = world.wordpress.posts.pop(content["id"])
    world.wordpress.outbox.head_seq -= 1
    sync(world, site)
    world.synchronise()
    assert seen(world, content)[1] == "private"
    world.wordpress.posts[content["id"]] = post


def test_a_post_on_the_former_address_is_not_gone(ahead: Synced) -> None:
    """What another WordPress has never heard of may still be where the site was."""
    world, site, content = ahead
    del world.wordpress.posts[content["id"]]
    moved = {**site, "url": f"{site['url']}/blog"}
    assert world.call("PATCH", f"/api/v1/sites/{site['id']}/", {"url": moved["url"]}).status == 200
    pair(world, moved)
    sync(world, site)
    world.synchronise()
    assert seen(world, content)[1] == "private"


def test_a_site_that_is_not_believed_is_not_healthy(ahead: Synced) -> None:
    world, site, content = ahead
    restore(world, content)
    freeze(world, site)
    path = f"/api/v1/integration/integrations/{site['integration_id']}"
    other = world.content(site, title="Sent meanwhile")
    world.publish(other)
    world.work()
    assert world.publication(other)["publish_state"] == "published"
    health = world.call("GET", f"{path}/debug-status/").data["health"]
    assert (health["api_status"], health["sync_healthy"]) == ("healthy", False)
    minutes = world.call("GET", f"{path}/sync-health/").data["outbox_lag_seconds"] // 60
    assert minutes >= 5
    pair(world, site)
    sweep_and_sync(world, minutes=6)
    assert world.call("GET", f"{path}/debug-status/").data["health"]["sync_healthy"] is True
    assert world.call("GET", f"{path}/sync-health/").data["outbox_lag_seconds"] == 0


def test_of_two_calls_at_once_the_higher_number_is_kept(told: Synced) -> None:
    """Nor is the earlier one strange: it came when it was right, and lost to the other."""
    world, site, content = told
    outbox, inboxes = world.wordpress.outbox, world.services.inbox_store
    change(world, content, "draft")
    late = {"site_id": site["id"], "site_url": SITE_URL, **outbox.position,
            "events": list(outbox.waiting)}  # fmt: skip
    outbox.waiting = []
    read, overtaken = inboxes.read, []

    def read_and_wait(*named: Any) -> Any:
        found = read(*named)
        if not overtaken:
            overtaken.append(found.inbox.head)
            assert tell(world, site, content, "publish").status == 200
        return found

    inboxes.read = read_and_wait
    try:
        answer = world.told(site, late, kind="")
    finally:
        inboxes.read = read
    assert [one["result"] for one in answer.data["results"]] == ["stale"]
    inbox = inboxes.get(ACCOUNT, site["integration_id"])
    assert (inbox.head, overtaken) == (outbox.head_seq, [outbox.head_seq - 2])
    assert seen(world, content)[1] == "publish"


def test_a_number_is_not_forgotten_for_a_lower_one_of_another_post(told: Synced) -> None:
    """Else a pull would take numbers that were heard for lost ones, and ask about everything."""
    world, site, _ = told
    inboxes, position = world.services.inbox_store, world.wordpress.outbox.position
    before = inboxes.get(ACCOUNT, site["integration_id"])
    named = [Position(position["epoch"], position["head_seq"] + more) for more in (2, 1)]
    writes = [inboxes.counted(before, one, before.window, 100) for one in named]
    world.services.commit([writes[0]])
    with pytest.raises(ConditionLost) as lost:
        world.services.commit([writes[1]])
    found = lost.value.rows["inbox"]
    assert (found.head, found.raised_by(named[1])) == (named[0].head_seq, None)
    world.services.commit([inboxes.counted(found, named[1], found.window, 100)])
    assert inboxes.get(ACCOUNT, site["integration_id"]).head == named[0].head_seq


def test_pairing_heals_though_all_posts_were_compared_a_moment_ago(told: Synced) -> None:
    world, site, content = told
    world.wordpress.outbox.add(action="data_loss", reason="too_many")
    body = {"site_id": site["id"], "site_url": SITE_URL, **world.wordpress.outbox.position,
            "events": world.wordpress.outbox.waiting}  # fmt: skip
    assert world.told(site, body, kind="").status == 200
    world.synchronise()
    assert "sync_metadata" in actions(world, site)
    lose_the_post(world, content)
    freeze(world, site)
    pair(world, site)
    sweep_and_sync(world, minutes=6)
    sweep_and_sync(world, minutes=6)
    assert seen(world, content)[1:] == ("deleted", "gone")
