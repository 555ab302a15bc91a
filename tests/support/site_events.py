"""What a site's bridge tells, as its outbox numbers it."""

from dataclasses import dataclass, field
from typing import Any

from tests.support.world import Response, World

EPOCH = "0123456789abcdef0123456789abcdef"


@dataclass
class Bridge:
    """One site's outbox: makes events in their order, and calls."""

    world: World
    site: dict[str, Any]
    epoch: str = EPOCH
    head_seq: int = 0
    waiting: list[dict[str, Any]] = field(default_factory=list)

    def event(
        self, content: dict[str, Any], status: str, *, post_id: int | None = None, **fields: Any
    ) -> dict[str, Any]:
        """A person's change of a content's post, numbered; it waits until it is sent."""
        self.head_seq += 1
        if post_id is None:
            post_id = int(self.world.publication(content)["external_id"])
        event = {
            "event_id": f"event-{self.head_seq}",
            "epoch": self.epoch,
            "seq": self.head_seq,
            "action": "post_updated",
            "post_id": post_id,
            "content_id": content["id"],
            "post_status": status,
            "post_url": f"{self.site['url']}/post-{post_id}/",
            "post_title": content["title"],
            "post_type": "post",
            "origin": "wordpress",
            "operation_id": None,
            "actor": "Jane Doe",
            "channel": "admin",
            **fields,
        }
        self.waiting.append(event)
        return event

    def send(self, *events: dict[str, Any], **fields: Any) -> Response:
        """One batch, of these events or of all that wait."""
        sent = list(events) or list(self.waiting)
        body = {
            "site_id": self.site["id"],
            "site_url": self.site["url"],
            "epoch": self.epoch,
            "head_seq": self.head_seq,
            "events": sent,
            **fields,
        }
        return self.world.told(self.site, body, kind="")

    def results(self, *events: dict[str, Any]) -> list[str]:
        """What became of each event of a batch."""
        return [result["result"] for result in self.send(*events).data["results"]]


def seed_status(content: dict[str, Any], post_id: int, status: str, url: str) -> dict[str, Any]:
    """The status webhook as seed 000 has it."""
    return {
        "post_id": post_id,
        "content_id": content["id"],
        "post_status": status,
        "post_url": f"{url}/post-title/",
        "post_title": "Post Title",
        "site_url": url,
    }


def published(world: World, site: dict[str, Any] | None = None, **fields: Any) -> Any:
    site = site or world.connected_site()
    content = world.content(site, **fields)
    world.publish(content)
    world.work()
    return site, content


def read(world: World, content: dict[str, Any]) -> Any:
    return world.call("GET", f"/api/v1/writer/content/{content['id']}/").data


def seen(world: World, content: dict[str, Any]) -> tuple[str, str, str]:
    """Editorial status, raw status in WordPress, state of the delivery."""
    found = read(world, content)
    return found["status"], found["metadata"]["wordpress_status"], found["publish_state"]
