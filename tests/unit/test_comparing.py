"""Both sides are compared by sums; what differs is found, and nothing else is asked about."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from igny8.imports.comparing import Comparison, Suspects
from igny8.imports.reading import SiteRepeatsItself
from igny8.links.digest import digest_of
from igny8.links.model import Link
from igny8.sites.model import KeyOwner
from igny8.wordpress.client import Target

from tests.support.posts_on_site import PostsOnSite
from tests.support.world import SITE_URL, World, world_in_memory

OWNER = KeyOwner(1, 2, 3, "")
TARGET = Target(f"{SITE_URL}/wp-json/", SITE_URL, "k")


class Links:
    """Links as they are stored; see `igny8.links.store.LinkStore`."""

    def __init__(self, site: PostsOnSite) -> None:
        self.known = {post_id: _link(site, post_id) for post_id in site.links}

    def between(self, _account_id: int, _site_id: int) -> Iterator[dict[int, Link]]:
        yield {post_id: self.known[post_id] for post_id in sorted(self.known)}


def _link(site: PostsOnSite, post_id: int) -> Link:
    post = site.post(post_id)
    digest = digest_of(post_id, post["status"], site.fingerprint(post_id))
    return Link(site.links[post_id], OWNER.integration_id, post["type"], digest)


@pytest.fixture
def world() -> Iterator[World]:
    with world_in_memory() as made:
        yield made


@pytest.fixture
def site(world: World) -> PostsOnSite:
    """A site of whose 600 posts every second one is linked, and some pages."""
    existing = world.wordpress.existing
    existing.links |= {post_id: 10_000 + post_id for post_id in existing.add(600)[::2]}
    existing.links |= {post_id: 10_000 + post_id for post_id in existing.add(7, type="page")}
    return existing


def compared(world: World, links: Links, **more: Any) -> Suspects:
    world.wordpress.existing.calls.clear()
    comparison = Comparison(links=links)  # type: ignore[arg-type]
    return comparison.suspects(OWNER, TARGET, world.services.bridge, ["post", "page"], **more)


def test_equal_sides_are_one_question(world: World, site: PostsOnSite) -> None:
    found = compared(world, Links(site))
    assert (found.there, found.missing, found.is_all) == ([], {}, True)
    assert site.calls == {"digests": 1}


def test_one_post_that_differs_is_found_alone(world: World, site: PostsOnSite) -> None:
    links = Links(site)
    site.edit(301, title="Another")
    found = compared(world, links)
    assert [post.id for post in found.there] == [301]
    assert (found.missing, found.is_all) == ({}, True)
    assert site.calls.total() <= 3


def test_a_large_range_is_narrowed_before_it_is_listed(world: World) -> None:
    site = world.wordpress.existing
    site.links |= {post_id: 10_000 + post_id for post_id in site.add(3_000)}
    links = Links(site)
    site.edit(1_234, status="draft")
    found = compared(world, links)
    assert [post.id for post in found.there] == [1_234]
    assert site.calls == {"digests": 2, "posts": 1}
    (_, listed) = site.asked[-1]
    assert int(listed["limit"]) < 20


def test_what_only_one_side_has_is_found(world: World, site: PostsOnSite) -> None:
    links = Links(site)
    of_another_backup = links.known.pop(11)
    site.delete(21)
    trashed = site.post(31) | {"status": "trash"}
    site.written[31] = trashed
    site.links[2] = 999  # linked there, and unknown here
    found = compared(world, links)
    assert [(post.id, post.content_id) for post in found.there] == [
        (2, 999), (11, of_another_backup.content_id),
    ]  # fmt: skip
    assert set(found.missing) >= {21, 31}
    assert set(found.missing) <= {21, 31}


def test_a_link_of_which_nothing_is_known_is_a_difference(world: World, site: PostsOnSite) -> None:
    links = Links(site)
    links.known[41] = Link(10_041, OWNER.integration_id, "post")
    assert [post.id for post in compared(world, links).there] == [41]


def test_where_all_differs_all_is_listed_once(world: World, site: PostsOnSite) -> None:
    links = Links(site)
    for post_id in list(site.links)[:250]:
        site.edit(post_id, title="Another")
    found = compared(world, links)
    assert len(found.there) == 250
    assert site.calls["digests"] == 1
    assert site.calls["posts"] <= 3


def test_it_stops_when_the_time_is_up_and_says_so(world: World, site: PostsOnSite) -> None:
    links = Links(site)
    site.edit(301, title="Another")
    found = compared(world, links, may_go_on=lambda: False)
    assert (found.there, found.is_all) == ([], False)


@pytest.mark.parametrize(
    "lie",
    [
        {"ranges": {}}, {"ranges": {"post": []}}, {"ranges": {"post": [[1, 2]], "page": []}},
        {"ranges": {"post": [["1", 2, 3]] * 300, "page": [[0, 0, 0]] * 8}},
    ],
)  # fmt: skip
def test_sums_that_answer_another_question_are_a_lie(
    world: World, site: PostsOnSite, lie: dict[str, Any]
) -> None:
    site.always = lambda data: {"bridge": data["bridge"], **lie}
    with pytest.raises(SiteRepeatsItself):
        compared(world, Links(site))


def test_an_answer_of_somebody_else_ends_it(world: World, site: PostsOnSite) -> None:
    site.always = lambda _data: b"<html>Please log in</html>"
    found = compared(world, Links(site))
    assert found.refused is not None
    assert (found.there, found.is_all) == ([], False)


@settings(max_examples=25)
@given(st.data())
def test_whatever_differs_is_found_and_nothing_else(data: st.DataObject) -> None:
    """Posts edited, deleted, forgotten here or there, in any mixture."""
    with world_in_memory() as made:
        site = made.wordpress.existing
        ids = site.add(40)
        site.links |= {post_id: 10_000 + post_id for post_id in ids if post_id % 3}
        links = Links(site)
        linked = sorted(site.links)
        some = st.sets(st.sampled_from(linked), max_size=6)
        edited, deleted, forgotten = data.draw(some), data.draw(some), data.draw(some)
        for post_id in edited - deleted:
            site.edit(post_id, title="Another")
        for post_id in deleted:
            site.delete(post_id)
        for post_id in forgotten:
            links.known.pop(post_id)
        found = compared(made, links)
        assert {post.id for post in found.there} == (edited | forgotten) - deleted
        assert set(found.missing) == deleted - forgotten
        assert found.is_all
