"""One content of one site, and all that can be done to it: by people, by the site and by time."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.property.chaos import Mailbox, Sabotage
from tests.support.people_site import ELSEWHERE, THEIRS, PeoplesWordPress
from tests.support.site_events import Bridge
from tests.support.steps import Died, die_before_settling, edit
from tests.support.wordpress import lost
from tests.support.world import SITE_URL, Response, World, world_in_memory

INTEGRATIONS = "/api/v1/integration/integrations/"
EVERYTHING = 10_000

Backend = Callable[[], AbstractContextManager[World]]


class MemoryWorld(World):
    """A world without AWS, whose queues are lists."""

    def messages(self, queue: str = "publish") -> list[dict[str, Any]]:
        services: Any = self.services
        mailbox = services.hints if queue == "publish" else services.sync_hints
        hints = mailbox.take(EVERYTHING)
        return [{"messageId": f"m{n}", "body": hint.body()} for n, hint in enumerate(hints)]


@dataclass
class Case:
    """One content of one site, and all that can be done to it."""

    world: MemoryWorld
    wordpress: PeoplesWordPress
    site: dict[str, Any]
    content: dict[str, Any]
    titles: int = 1
    asked_again: int = 0
    bridge: Bridge = field(init=False)

    def __post_init__(self) -> None:
        self.bridge = Bridge(self.world, self.site)

    # --- what is there ----------------------------------------------------------------------

    @property
    def id(self) -> int:
        return int(self.content["id"])

    @property
    def path(self) -> str:
        return f"/api/v1/writer/content/{self.id}/"

    @property
    def integration(self) -> str:
        return f"{INTEGRATIONS}{self.site['integration_id']}/"

    @property
    def title(self) -> str:
        return f"Title {self.titles}"

    @property
    def state(self) -> str:
        """As people are told: of the delivery, or that the content is no more."""
        answer = self.world.call("GET", self.path)
        return answer.data["publish_state"] if answer.status == 200 else "no content"

    @property
    def places(self) -> list[PeoplesWordPress]:
        """Wherever a post of it can be."""
        return [one for one in (self.wordpress, self.wordpress.elsewhere) if one is not None]

    @property
    def holds(self) -> str:
        """What WordPress has of it, wherever the site is or was."""
        found = []
        for place, name in zip(self.places, ("", " elsewhere"), strict=False):
            post = place.posts.get(self.id)
            if post is None:
                continue
            text = {self.title: "this", THEIRS: "theirs"}.get(post.title, "older")
            put = "" if post.post_status == "publish" else f" in {post.post_status}"
            found.append(f"{text}{put}{name}")
        return " and ".join(found) or "none"

    # --- what leads to states ---------------------------------------------------------------

    def work(self, *, rounds: int = 1, minutes: int = 31) -> None:
        self.world.work()
        for _ in range(rounds):
            self.world.clock.advance(minutes=minutes)
            self.sweep()

    def sweep(self) -> None:
        for kind in ("due", "blocked"):
            self.world.sweep(kind)
        self.world.work()

    def click(self, **body: Any) -> Response:
        answer = self.world.publish(self.content, body)
        self.asked_again += bool(body.get("recreate")) and answer.status == 202
        return answer

    def act(self, what: str, **body: Any) -> Response:
        return self.world.call("POST", f"{self.path}{what}/", body)

    def edit(self) -> None:
        self.titles += 1
        edit(self.world, self.content, title=self.title)

    def publish(self) -> None:
        assert self.click().status == 202
        self.world.work()
        assert self.state == "published"

    def update(self) -> None:
        self.edit()
        assert self.click().status == 202

    def dies_before_sending(self) -> None:
        def die(*_: object, **__: object) -> None:
            raise Died

        self.wordpress.request = die  # type: ignore[assignment]
        try:
            self.world.work()
        except Died:
            return
        finally:
            del self.wordpress.request  # type: ignore[misc]

    def dies_after_sending(self) -> None:
        die_before_settling(self.world, self.world.messages())

    def loses(self, *, applied: bool) -> None:
        if applied:
            self.wordpress.after.append(lambda _answer: lost())
        else:
            self.wordpress.before.append(lost())
        self.world.work()

    def meets(self, answer: Any) -> None:
        self.wordpress.before.append(answer)
        self.world.work()
        assert self.wordpress.before == []

    def person(self, status: str) -> Response:
        """Somebody does something to the post in WordPress, and the bridge there tells of it."""
        post_id = self.wordpress.posts[self.id].post_id
        post = self.wordpress.posts[self.id]
        if status == "deleted":
            self.wordpress.delete(self.id)
        elif status == "edited":
            self.wordpress.rewrite(self.id)
            status = post.post_status
        else:
            self.wordpress.set_status(self.id, status)
        fields: dict[str, Any] = {"fingerprint": self.wordpress.current_fingerprint(post)}
        event = self.bridge.event(self.content, status, post_id=post_id, **fields)
        return self.bridge.send(event, site_url=SITE_URL)

    def delete_integration(self) -> Response:
        return self.world.call("DELETE", self.integration)

    def connect_anew(self) -> Response:
        """Another key, and with it another integration where there is none."""
        key = self.world.key(self.site)
        self.site |= {"integration_id": key["integration_id"], "api_key": key["api_key"]}
        return self.world.pair(self.site, key["api_key"])

    def move(self) -> Response:
        """The site goes to another host, where nobody has heard of its posts."""
        self.wordpress.elsewhere = PeoplesWordPress()
        path = f"/api/v1/sites/{self.site['id']}/"
        moved = self.world.call("PATCH", path, {"url": ELSEWHERE})
        self.site["url"] = moved.data["url"]
        return self.world.pair(self.site, self.site["api_key"])


@contextmanager
def wired(wordpress: PeoplesWordPress, backend: Backend = world_in_memory) -> Iterator[MemoryWorld]:
    """A world around this WordPress, with nothing in it."""
    with backend() as made:
        services: Any = made.services
        services.hints = Mailbox(made.clock, Sabotage())
        services.sync_hints = Mailbox(made.clock, Sabotage())
        services.http = wordpress
        yield MemoryWorld(made.services, made.clock, wordpress)


@contextmanager
def case(
    backend: Backend = world_in_memory,
) -> Iterator[Case]:
    """A connected site with a content that nobody has decided about."""
    wordpress = PeoplesWordPress()
    with wired(wordpress, backend) as world:
        site = world.connected_site()
        yield Case(world, wordpress, site, world.content(site, title="Title 1", status="draft"))
