"""Importing a site's posts page by page, without the run around it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from igny8.imports.model import Item, LightPost
from igny8.imports.reading import LIGHT_FIELDS, Asked, read_page
from igny8.imports.runs import PageContext, Twins
from igny8.links.model import Link
from igny8.links.store import LinkStore
from igny8.sites.model import KeyOwner
from igny8.wordpress.client import Target

from tests.support.posts_on_site import PostsOnSite
from tests.support.world import ACCOUNT, World

PAGE = 100


@dataclass
class Import:
    """A run over one type of a site. What it told of each post is in ``items``, as it came."""

    world: World
    site: dict[str, Any]
    post_type: str = "post"
    dry_run: bool = False
    twins: Twins = Twins.HOLD
    may_go_on: Callable[[], bool] = lambda: True
    after: int = 0
    items: list[Item] = field(default_factory=list)
    filters: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        services = self.world.services
        owner = KeyOwner(ACCOUNT, self.site["id"], self.site["integration_id"], "")
        self.context = PageContext(
            owner=owner,
            run_id=services.ids.next(),
            actor="user:1",
            channel="api",
            target=Target(f"{self.site['url']}/wp-json/", self.site["url"], self.site["api_key"]),
            client=services.bridge,
            dry_run=self.dry_run,
            twins=self.twins,
            may_go_on=self._may_go_on,
        )

    def _may_go_on(self) -> bool:
        return self.may_go_on()  # as it is by then

    def listed(self) -> tuple[list[LightPost], int | None]:
        """The next page, as little as says whether its posts changed."""
        answer = self.context.client.posts(
            self.context.target, post_type=self.post_type, after=self.after, limit=PAGE,
            fields=LIGHT_FIELDS, filters=self.filters,
        )  # fmt: skip
        assert answer.ours, answer
        page = read_page(answer, Asked(type=self.post_type, after=self.after, limit=PAGE))
        return list(page.posts), page.next_after

    def step(self) -> bool:
        """Take one page over, or its first posts; whether there is more."""
        posts, following = self.listed()
        taken = self.world.services.importer.page(self.context, posts)
        items = list(taken.items)
        assert [one.external_id for one in items] == [one.id for one in posts[: len(items)]]
        self.items += items
        if len(items) < len(posts):
            self.after = items[-1].external_id if items else self.after
            return True
        self.after = following or 0
        return following is not None

    def run(self) -> "Import":
        while self.step():
            pass
        return self

    def outcomes(self) -> dict[int, str]:
        return {one.external_id: str(one.outcome) for one in self.items}

    def of(self, post_id: int) -> Item:
        (item,) = [one for one in self.items if one.external_id == post_id]
        return item


def existing(world: World) -> PostsOnSite:
    return world.wordpress.existing


def links_of(world: World, site: dict[str, Any]) -> dict[int, Link]:
    store = LinkStore(world.services.tables)
    return {
        number: link for page in store.between(ACCOUNT, site["id"]) for number, link in page.items()
    }
