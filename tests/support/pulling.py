"""Imports as people begin and follow them, in memory; what takes posts over is a plain stand-in."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from igny8.core.rows import Tables
from igny8.core.table import DATA, put
from igny8.imports.asking import whole_posts
from igny8.imports.model import Item, LightPost, Outcome
from igny8.imports.reading import read_links
from igny8.imports.runs import PageContext, Taken
from igny8.sites.model import KeyOwner
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from tests.support.fail_points import watch
from tests.support.outbox import KIND, structure
from tests.support.posts_on_site import PostsOnSite
from tests.support.trouble import Killed, Trouble
from tests.support.world import ACCOUNT, Response, World, world_in_memory

INTEGRATIONS = "/api/v1/integration/integrations"


class TakenItem(Model):
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    run_id = NumberAttribute()


@dataclass
class PlainImporter:
    """Takes posts over as the real one does, as far as runs are concerned: a row for each post.

    ``pages`` are the posts that it was given, page by page; ``stops_after`` so many of them time
    is up.
    """

    tables: Tables
    pages: list[list[int]] = field(default_factory=list)
    contexts: list[PageContext] = field(default_factory=list)
    stops_after: int | None = None
    crashes: bool = False

    @property
    def posts(self) -> list[int]:
        return [post_id for page in self.pages for post_id in page]

    def page(self, context: PageContext, posts: Sequence[LightPost]) -> Taken:
        self.pages.append([post.id for post in posts])
        self.contexts.append(context)
        if self.crashes:
            raise RuntimeError("no page for you")
        posts = posts[: self.stops_after]
        pk = f"TAKEN#{context.owner.site_id}"
        rows = self.tables.get_many(DATA, [DATA.key(pk, str(post.id)) for post in posts])
        known = {int(row["sk"]["S"]): int(row["run_id"]["N"]) for row in rows}
        linked = {post.id for post in posts if post.content_id == post.id and post.id in known}
        new = [post.id for post in posts if post.id not in linked]
        came = whole_posts(context.client, context.target, new, may_go_on=context.may_go_on)
        if not context.dry_run:
            for post in came.posts:
                if post.id not in known:
                    row = put("taken", DATA, TakenItem(pk, str(post.id), run_id=context.run_id))
                    self.tables.commit([row])
        if came.posts and not context.dry_run:
            told = [{"post_id": post.id, "content_id": post.id} for post in came.posts]
            answer = context.client.links(context.target, told)
            if not (answer.ours and answer.success):
                return Taken(refused=answer)
            assert set(read_links(answer, came.done)) == {one["post_id"] for one in told}
        failed = {item.external_id: item for item in came.failed}
        done = set(came.done) | linked
        items: list[Item] = []
        for post in posts:
            if post.id not in done:
                break
            ours = known.get(post.id, context.run_id) == context.run_id
            outcome = Outcome.CREATED if ours else Outcome.UNCHANGED
            item = Item(external_id=post.id, type=post.type, title="", url="", outcome=outcome)
            items.append(failed.get(post.id, item))
        return Taken(items=items, refused=came.refused)


class Importing:
    """A site with posts, and somebody who imports them.

    ``plain``: a stand-in takes posts over, else the real importer. Every call that leaves the
    process passes ``trouble``.
    """

    def __init__(self, world: World, *, plain: bool = True, account: int = ACCOUNT) -> None:
        self.world, self.account = world, account
        self.lost: list[Any] = []
        self.trouble = Trouble()
        watch(world.services, self.trouble)
        self.posts: PostsOnSite = world.wordpress.existing
        self.importer = PlainImporter(world.services.tables)
        if plain:
            world.services.importer = self.importer  # type: ignore[assignment]
        world.services.sync_sweep._hints = world.services.sync_hints
        self.site = world.connected_site(account=account, bridge="2.1.0")
        self.settle()
        self.tell_structure()
        world.messages("sync")

    @property
    def path(self) -> str:
        return f"{INTEGRATIONS}/{self.site['integration_id']}"

    @property
    def owner(self) -> KeyOwner:
        return KeyOwner(self.account, self.site["id"], self.site["integration_id"], "")

    def tell_structure(self, taxonomies: Sequence[str] = (), **kinds: Any) -> None:
        """What the site consists of; ``post`` and ``page`` are enabled, with a high limit.

        Of taxonomies those that are named are enabled.
        """
        told = structure()
        known = {"category": {**KIND, "enabled": False}}
        told["taxonomies"] = known | dict.fromkeys(taxonomies, KIND)
        for name in told["post_types"]:
            told["post_types"][name] = {**told["post_types"][name], "fetch_limit": 10_000}
        for name, kind in kinds.items():
            told["post_types"][name] = {**told["post_types"].get(name, {}), **kind}
        headers = {"X-IGNY8-API-KEY": self.site["api_key"]}
        answer = self.world.call(
            "POST", f"{self.path}/update-structure/", told, account=None, headers=headers
        )
        assert answer.status == 200, answer.body

    def call(self, method: str, path: str, body: Any = None) -> Response:
        return self.world.call(method, f"{self.path}/{path}", body, account=self.account)

    def begin(self, **body: Any) -> Any:
        answer = self.call("POST", "sync/", {"direction": "pull", **body})
        assert answer.status == 202, answer.body
        return answer.data["run"]

    def serve(self, *, most: int = 1_000) -> int:
        """Deliver what waits until nothing does; answers how many messages it took."""
        for number in range(most):
            records = self.world.messages("sync")
            if not records:
                return number
            try:
                self.world.synchronise(records)
            except Killed:  # the message comes again, when it is visible
                self.lost += records
        return most

    def settle(self) -> None:
        """Whatever else is due is done; messages of who died are delivered once more."""
        self.serve()
        self.world.clock.advance(minutes=6)
        again, self.lost = self.lost, []
        self.world.synchronise(again)
        self.world.sweep("sync")
        self.serve()

    def run(self, run: Any = None) -> Any:
        if run is None:
            return self.call("GET", "sync-status/").data["run"]
        return self.call("GET", f"runs/{run['id']}/").data

    def items(self, run: Any, query: str = "") -> list[Any]:
        """All of them, page by page."""
        told, cursor = [], ""
        while True:
            answer = self.call("GET", f"runs/{run['id']}/items/?limit=100{query}{cursor}")
            told += answer.data
            if answer.body["meta"]["next"] is None:
                return told
            cursor = f"&cursor={answer.body['meta']['next']}"

    def imported(self) -> list[Any]:
        """Lines of history about what came in, oldest first."""
        path = "events/?type=sync&limit=100"
        events = self.call("GET", path).data
        return [one for one in reversed(events) if one["action"] == "content_import"]

    def jump(self, after: int) -> None:
        """Go on above a post as if all below had been looked at."""
        plan = self.plan()
        share = replace(plan.run.pull.shares[0], after=after)
        run = replace(plan.run, pull=replace(plan.run.pull, shares=(share,)))
        store = self.world.services.plan_store
        self.world.services.commit([store.write(plan, replace(plan, run=run))])

    def plan(self) -> Any:
        ids = (self.account, self.site["id"], self.site["integration_id"])
        return self.world.services.plan_store.get(*ids)


@contextmanager
def importing(
    *, plain: bool = True, prepare: Callable[[World], None] = lambda _world: None
) -> Iterator[Importing]:
    with world_in_memory() as world:
        prepare(world)
        yield Importing(world, plain=plain)
