"""AWS or the site fails at each call of an import, or we die there: the same end, exact counts."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from igny8.syncing import listing

from tests.support.importing import links_of
from tests.support.pulling import Importing, importing
from tests.support.trouble import Mode
from tests.support.world import ACCOUNT

pytestmark = pytest.mark.rows("memory")
MOST_CALLS = 150
SMALL_PAGE = 3
POSTS = 5
KINDS = {
    "tables.get", "tables.get_many", "tables.query", "tables.commit", "bodies.put", "http.request",
    "sync_hints.send",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", SMALL_PAGE)


@pytest.mark.parametrize("mode", Mode)
def test_each_call_of_an_import(mode: Mode) -> None:
    failed = []
    for number in range(MOST_CALLS):
        with importing(plain=False) as here:
            here.posts.add(POSTS)
            run = here.begin()
            here.trouble.arm(number, mode)
            here.serve()
            name = here.trouble.failed
            here.trouble.disarm()
            for _ in range(8):
                here.settle()
            check(here, run)
            if name is None:
                break
            failed.append(name)
    assert len(failed) > 40
    assert len(failed) < MOST_CALLS - 1
    assert set(failed) >= KINDS


def check(here: Importing, run: dict[str, int]) -> None:
    """Every post is in once, told of once and counted once."""
    run = here.run(run)
    told = (run["state"], run["done"], run["total"], run["counts"], run["failed"])
    assert told == ("done", POSTS, POSTS, {"created": POSTS}, 0)
    links = links_of(here.world, here.site)
    assert sorted(links) == sorted(here.posts.written)
    assert here.posts.links == {post_id: link.content_id for post_id, link in links.items()}
    path = f"/api/v1/writer/content/?site={here.site['id']}"
    assert {one["id"] for one in here.world.call("GET", path).data} == set(
        here.posts.links.values()
    )
    items = here.items(run)
    assert [(int(one["external_id"]), one["outcome"]) for one in items] == [
        (post_id, "created") for post_id in sorted(here.posts.written)
    ]
    counted: Counter[str] = Counter()
    for event in here.imported():
        counted.update(event["details"].get("counts", {}))
    assert counted == {"created": POSTS}
    plan = here.plan()
    assert not plan.is_leased
    assert plan.account_id == ACCOUNT


def test_five_messages_at_once_are_one_page_at_a_time() -> None:
    with importing(plain=False) as here:
        here.posts.add(POSTS)
        run = here.begin()
        [record] = here.world.messages("sync")
        with ThreadPoolExecutor(5) as pool:
            list(pool.map(here.world.synchronise, [[record]] * 5))
        here.settle()
        check(here, run)
        assert here.posts.calls == {"posts": 5, "links": 2}, (
            "two pages of posts, none of the other type"
        )
