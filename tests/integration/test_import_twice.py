"""Nothing comes in twice: two runs at once, a death anywhere, people who go on working."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from igny8.content.store import META, to_content
from igny8.core.errors import Unavailable
from igny8.core.table import DATA
from igny8.imports.model import Outcome
from igny8.links.digest import digest_of
from igny8.publishing.items import to_publication

from tests.support.importing import Import, existing, links_of
from tests.support.posts_on_site import PostsOnSite
from tests.support.trouble import Killed, Mode, Trouble
from tests.support.world import World, world_in_memory

pytestmark = pytest.mark.rows("memory")


@dataclass
class Between(Trouble):
    """Has something done before each call."""

    before: Callable[[str], None] = lambda _name: None

    def call(self, name: str, proceed: Callable[..., Any], *args: Any, **named: Any) -> Any:
        self.before(name)
        return super().call(name, proceed, *args, **named)


@dataclass
class Stage:
    """A site in memory, where each call to AWS or to the site can be the last one."""

    world: World
    trouble: Between = field(default_factory=Between)

    def __post_init__(self) -> None:
        services, stand = self.world.services, self.trouble.stand_before
        self.tables: Any = services.tables
        services.tables = stand(services.tables, "get", "get_many", "query", "commit")
        self.texts: Any = services.bodies
        services.bodies = stand(services.bodies, "put", "put_raw", "delete")
        services.http = stand(services.http, "request")
        self.site = self.world.connected_site()
        self.posts: PostsOnSite = existing(self.world)

    def ids(self) -> list[int]:
        return sorted(self.posts.written)

    def check_whole(self, *, of_texts: bool = True) -> None:
        """Each post of the site is one content, which both sides name, as the site tells of it."""
        rows = self.tables.rows(DATA)
        contents = {one.id for one in (to_content(row) for row in rows if row["sk"]["S"] == META)}
        known = [to_publication(row) for row in rows if row["sk"]["S"].startswith("PUB#")]
        links = links_of(self.world, self.site)
        assert sorted(links) == self.ids()
        assert self.posts.links == {post_id: link.content_id for post_id, link in links.items()}
        assert Counter(one.external_id for one in known) == Counter(self.ids())
        assert contents == {link.content_id for link in links.values()} == {
            one.content_id for one in known
        }  # fmt: skip
        for post_id, link in links.items():
            status, fingerprint = (
                self.posts.post(post_id)["status"],
                self.posts.fingerprint(post_id),
            )
            assert link.digest == digest_of(post_id, status, fingerprint)
        counts = [row for row in rows if row["sk"]["S"].startswith("TYPES#COUNT#")]
        assert sum(int(row["posts"]["N"]) for row in counts) == len(links)
        if of_texts:
            assert {int(key.split("/")[2]) for key in self.texts._texts} == contents


@pytest.fixture
def stage() -> Iterator[Stage]:
    with world_in_memory() as world:
        yield Stage(world)


def test_two_runs_at_once_over_2000_posts_make_each_once(stage: Stage) -> None:
    ids = stage.posts.add(2000)
    first, second = (Import(stage.world, stage.site) for _ in range(2))

    def overtaking(inner: Import, at: int) -> Callable[[str], None]:
        """In the middle of a page, before a call to AWS, another process does the whole of it."""
        left = [at]

        def before(_name: str) -> None:
            left[0] -= 1
            if left[0] == 0:
                inner.step()

        return before

    more, page = True, 0
    while more:
        outer, inner = (first, second) if page % 2 else (second, first)
        stage.trouble.before = overtaking(inner, at=2 + 13 * page)
        more, page = outer.step(), page + 1
        stage.trouble.before = lambda _name: None
    assert page == 20
    stage.check_whole()
    assert len(first.items) == len(second.items) == 2000
    by_post = {one.external_id: {one.outcome} for one in first.items}
    for one in second.items:
        by_post[one.external_id].add(one.outcome)
    assert list(by_post.values()) == [{Outcome.CREATED, Outcome.UNCHANGED}] * len(ids)


ACTS = {
    "make": lambda posts: posts.add(title="New"),
    "edit": lambda posts: posts.edit(2, title="Edited", text="<p>Edited.</p>"),
    "draft": lambda posts: posts.edit(2, status="draft"),
    "delete": lambda posts: posts.delete(2),
    "slug": lambda posts: posts.edit(3, slug="another"),
}


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("act", ACTS)
def test_people_go_on_meanwhile_and_it_is_right_in_the_end(stage: Stage, act: str, at: int) -> None:
    """Between any two calls to the site; what comes later than that the next run sees."""
    stage.posts.add(3)

    def between(_route: str, number: int) -> None:
        if number == at:
            ACTS[act](stage.posts)

    stage.posts.before_call = between
    everything = {"status": "publish,draft"}
    for _ in range(3):
        Import(stage.world, stage.site, filters=everything).run()
    links = links_of(stage.world, stage.site)
    assert set(stage.ids()) <= set(links)
    for post_id in stage.ids():
        status, fingerprint = stage.posts.post(post_id)["status"], stage.posts.fingerprint(post_id)
        assert links[post_id].digest == digest_of(post_id, status, fingerprint)
    contents = [row for row in stage.tables.rows(DATA) if row["sk"]["S"] == META]
    assert len(contents) == len(links) <= len(stage.ids()) + 1


def ended_at_each_call(mode: Mode, begin: Callable[[Stage], None]) -> Iterator[tuple[Stage, Any]]:
    """Runs that end in a mode at their first call, at their second, and so on, and then go on."""
    number = 0
    while True:
        with world_in_memory() as world:
            stage = Stage(world)
            begin(stage)
            run = Import(world, stage.site)
            stage.trouble.arm(number, mode)
            with suppress(Killed, Unavailable):
                run.run()
            if stage.trouble.failed is None:
                return
            stage.trouble.disarm()
            yield stage, run.run()
        number += 1


@pytest.mark.parametrize("mode", Mode)
def test_whoever_dies_between_two_calls_makes_none_twice_and_counts_right(mode: Mode) -> None:
    met: Counter[str] = Counter()
    for stage, run in ended_at_each_call(mode, lambda stage: stage.posts.add(3)):
        met[str(stage.trouble.failed)] += 1
        assert run.outcomes() == dict.fromkeys(stage.ids(), "created"), stage.trouble.failed
        assert len(run.items) == 3
        for _ in range(2):
            stage.world.clock.advance(hours=2)
            stage.world.sweep("clean")
        # Whoever dies without a word leaves a text that no row names: it harms nobody.
        stage.check_whole(of_texts=mode in {Mode.REFUSED, Mode.ANSWER_LOST})
    assert met["commit"] >= 3
    assert met["request"] == 3
    assert met["put"] == 3


@pytest.mark.parametrize("mode", Mode)
def test_whoever_dies_over_posts_that_are_ours_links_them_once(mode: Mode) -> None:
    def begin(stage: Stage) -> None:
        stage.posts.add(2)
        for post_id in stage.ids():
            stage.posts.links[post_id] = stage.world.content(stage.site, title=f"C{post_id}")["id"]

    for stage, run in ended_at_each_call(mode, begin):
        assert set(run.outcomes().values()) <= {"linked"}, stage.trouble.failed
        stage.check_whole(of_texts=False)
