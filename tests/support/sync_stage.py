"""A site with two articles and a bridge that waits, in memory; AWS can fail at each call."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from igny8.core.queue import Hint

from tests.support.outbox import Outbox
from tests.support.trouble import Killed, Trouble
from tests.support.world import ACCOUNT, SITE_URL, World, world_in_memory

INTEGRATIONS = "/api/v1/integration/integrations"


@dataclass
class Mailbox:
    """A queue: keeps hints until they are taken; whoever dies gives them back."""

    waiting: list[Hint] = field(default_factory=list)

    def send(self, hint: Hint, *, delay_seconds: int = 0) -> None:
        self.waiting.append(hint)

    def send_all(self, hints: list[Hint]) -> int:
        self.waiting += hints
        return len(hints)

    def records(self) -> list[dict[str, Any]]:
        taken, self.waiting[:] = list(self.waiting), []
        return [{"messageId": str(n), "body": hint.body()} for n, hint in enumerate(taken)]


class Stage:
    """A site with two articles, of which everything was heard, and AWS that can fail."""

    def __init__(self, world: World) -> None:
        self.world, self.trouble = world, Trouble()
        services = world.services
        stand = self.trouble.stand_before
        services.tables = stand(services.tables, "get", "get_many", "query", "commit")
        services.vault = stand(services.vault, "decrypt")
        self.queue, self.publishing = Mailbox(), Mailbox()
        services.sync_hints = stand(self.queue, "send")
        services.sync_sweep._hints = self.queue
        services.hints = self.publishing  # type: ignore[assignment]
        world.wordpress.outbox = self.outbox = Forgetful(self)
        self.site = world.connected_site()
        self.contents = [world.content(self.site, title=f"Article {n}") for n in range(2)]
        for content in self.contents:
            assert world.publish(content).status == 202
        world.work(self.publishing.records())
        self.posts = [int(world.publication(one)["external_id"]) for one in self.contents]
        self.is_deleted = False
        self.heal()

    def change(self, which: int, to: str) -> None:
        """Somebody changes a post; the event waits there."""
        content, post_id = self.contents[which], self.posts[which]
        self.world.wordpress.posts[content["id"]].post_status = to
        self.outbox.add(
            action="post_updated", post_id=post_id, content_id=content["id"], post_status=to,
            post_url=f"{SITE_URL}/post-{post_id}/", origin="wordpress", actor="Jane Doe",
            channel="admin",
        )  # fmt: skip

    def serve(self) -> None:
        """Deliver what waits; the hints of a process that died come back."""
        hints = list(self.queue.waiting)
        try:
            self.world.synchronise(self.queue.records())
        except Killed:
            self.queue.waiting += hints

    def heal(self) -> None:
        """Time goes by: leases end, sweeps wake whatever is due."""
        self.trouble.disarm()
        self.check_cursor()
        for _ in range(3):
            self.serve()
            self.world.clock.advance(minutes=6)
            self.world.sweep("sync")
        self.serve()
        self.check_cursor()

    def check_cursor(self) -> None:
        """Nothing that the cursors have passed is unknown here."""
        if self.is_deleted:
            return
        inbox = self.world.services.inbox_store.get(ACCOUNT, self.site["integration_id"])
        plan = self.plan()
        passed = inbox.seq
        if plan.run is not None and plan.run.direction == "changes" and not plan.run.is_over:
            passed = max(passed, int(plan.run.cursor or 0))
        heard = self.heard()
        for event in (one for one in self.outbox.made if one["post_id"]):
            assert event["seq"] > passed or heard[event["event_id"]], event

    def heard(self) -> Counter[str]:
        """How often each event is told of in history."""
        return Counter(
            one["details"]["event_id"]
            for one in self.events("status_update", "webhook_refused")
            if one["details"].get("event_id")
        )

    def events(self, *actions: str) -> list[Any]:
        path = f"{INTEGRATIONS}/{self.site['integration_id']}/events/?limit=100"
        told, cursor = [], ""
        while True:
            answer = self.world.call("GET", f"{path}{cursor}")
            told += answer.data
            if answer.body["meta"]["next"] is None:
                return [one for one in told if not actions or one["action"] in actions]
            cursor = f"&cursor={answer.body['meta']['next']}"

    def plan(self) -> Any:
        ids = (ACCOUNT, self.site["id"], self.site["integration_id"])
        return self.world.services.plan_store.get(*ids)

    def seen(self, which: int) -> str:
        path = f"/api/v1/writer/content/{self.contents[which]['id']}/"
        return str(self.world.call("GET", path).data["metadata"]["wordpress_status"])

    def at_rest(self) -> None:
        """Every event is told once, and nobody is at the plan, or will be for a while."""
        plan, now = self.plan(), int(self.world.clock.now().timestamp())
        assert plan.run is None or plan.run.is_over
        assert plan.lease_until is None or plan.lease_until <= now
        assert not plan.is_due(now)
        heard = self.heard()
        assert set(heard.values()) <= {1}, heard
        assert all(heard[one["event_id"]] for one in self.outbox.made if one["post_id"])
        assert self.outbox.waiting == []


@dataclass
class Forgetful(Outbox):
    """A site's outbox; what it is told to forget must be known here."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.made: list[dict[str, Any]] = []

    def add(self, **event: Any) -> dict[str, Any]:
        self.made.append(made := super().add(**event))
        return made

    def acknowledge(self, payload: Any) -> dict[str, Any]:
        armed, self.stage.trouble.number = self.stage.trouble.number, None
        made = self.stage.trouble.made
        heard = self.stage.heard()
        posts = {one["event_id"] for one in self.made if one["post_id"]}
        assert all(heard[name] for name in payload["event_ids"] if name in posts)
        self.stage.trouble.number, self.stage.trouble.made = armed, made
        return super().acknowledge(payload)


@contextmanager
def stage() -> Iterator[Stage]:
    with world_in_memory() as world:
        yield Stage(world)
