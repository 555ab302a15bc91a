"""Comparing with a real WordPress: what nobody told of is found, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest
from igny8.links.model import NOTHING_SEEN
from igny8.sites.model import KeyOwner

from tests.support.world import ACCOUNT

from .test_import import Joined, joined

__all__ = ["joined"]
BY_HAND = """
$wpdb->query( "UPDATE $wpdb->posts SET post_content = CONCAT( post_content, ' By hand.' )
    WHERE ID IN ( %s )" );
$wpdb->query( "DELETE FROM $wpdb->posts WHERE ID = %d" );
return 1;
"""
A_MINUTE_AGO = """
$wpdb->query( "UPDATE {$wpdb->prefix}igny8_ledger SET checked_at = checked_at - 60" );
"""
WANTED = {"direction": "pull", "types": ["post", "page"], "limit": 1_000}


@pytest.fixture
def imported(joined: Joined) -> dict[str, int]:
    """Posts of every kind, by name, that are content here."""
    ids = joined.make()
    assert joined.sync()["state"] == "done"
    items = joined.items(joined.sync(**WANTED))
    return {name: post_id for name, post_id in ids.items() if post_id in items}


def found(run: Any) -> dict[str, int]:
    """What differed, but for posts of other tests: they are nobody's here."""
    return {name: count for name, count in run["counts"].items() if name != "skipped"}


def content_of(joined: Joined, post_id: int) -> Any:
    path = f"/api/v1/writer/content/?site={joined.site['id']}&limit=100"
    listed = joined.world.call("GET", path).data
    return next(one for one in listed if one["external_id"] == str(post_id))


def spoil(joined: Joined, post_id: int) -> None:
    """Our side loses what it knew of a post."""
    services = joined.world.services
    owner = KeyOwner(ACCOUNT, joined.site["id"], joined.site["integration_id"], "")
    links, _ = services.link_store.get_many(owner.account_id, owner.site_id, [post_id])
    change = services.links.kept(
        owner.account_id, owner.site_id, post_id,
        replace(links[post_id], digest=(1, 1)), NOTHING_SEEN,
    )  # fmt: skip
    services.commit(change.writes)


def test_what_nobody_told_of_is_found_and_nothing_else(
    joined: Joined, imported: dict[str, int]
) -> None:
    assert found(joined.sync(direction="check", deep=True)) == {}
    changed = [imported[f"block {number}"] for number in range(1, 6)]
    deleted = imported["block 7"]
    joined.bridge.php(A_MINUTE_AGO + BY_HAND % (", ".join(map(str, changed)), deleted))
    before = joined.fingerprint()
    run = joined.sync(direction="check", deep=True)
    assert (run["state"], run["reason"]) == ("done", None), joined.world.events(joined.site)[:3]
    assert joined.call("GET", "sync-health/")["drift"]["found"] == len(changed) + 1
    for post_id in changed:
        content = content_of(joined, post_id)
        assert joined.world.publication(content)["site_changed"], content
    assert joined.world.publication(content_of(joined, deleted))["publish_state"] == "gone"
    joined.bridge.php(A_MINUTE_AGO + "return 1;")
    again = joined.sync(direction="check", deep=True)
    assert (again["state"], found(again)) == ("done", {})
    assert joined.fingerprint() == before, "it looks, and leaves what is there"
    # One row that is altered on either side.
    there, here = imported["block 8"], imported["block 9"]
    joined.bridge.php(
        'return $wpdb->query( "UPDATE {$wpdb->prefix}igny8_ledger'
        f" SET fingerprint = 'x', a = 1, b = 1 WHERE post_id = {there}\" );"
    )
    spoil(joined, here)
    run = joined.sync(direction="check")
    assert run["state"] == "done"
    assert here in joined.items(run)
    assert found(joined.sync(direction="check")) == {}
