"""A site that takes orders for the posts that stood there, as `Publish/ContentParts.php` does."""

import hashlib
from typing import Any

from igny8.content.outgoing import put_together
from igny8.core.http import Reply

from tests.support.wordpress import refusal, reply
from tests.support.world import World


class TextOnSite:
    """Behind a world's WordPress; ``orders`` are what it was sent of posts that stood there.

    ``spells`` is what the site makes of a text that it stores; ``tells``: whether it says which one
    it has then.
    """

    def __init__(self, world: World) -> None:
        self._wordpress: Any = world.wordpress
        self._posts = self._wordpress.existing
        self._as_before = self._wordpress._publish
        self._wordpress._publish = self._publish
        self.orders: list[dict[str, Any]] = []
        self.spells: Any = lambda text: text
        self.tells = True

    def _publish(self, payload: Any, operation_id: str) -> Reply:
        post_id = payload.get("post_id")
        if post_id not in self._posts.written:
            answer: Reply = self._as_before(payload, operation_id)
            return answer
        self.orders.append(payload)
        post = self._posts.post(post_id)
        changes: dict[str, Any] = {name: payload[name] for name in ("title",) if name in payload}
        if payload["base_fingerprint"] != self._posts.fingerprint(post_id):
            return refusal(409, "conflict")
        if "content_html" in payload:
            changes["text"] = payload["content_html"]
        if "content_parts" in payload:
            data = post["text"].encode()
            if payload["text_sha256"] != hashlib.sha256(data).hexdigest():
                return refusal(409, "conflict")
            at = 0
            for start, end in (part["keep"] for part in payload["content_parts"] if "keep" in part):
                if not at <= start <= end <= len(data):
                    return refusal(422, "kept_part_unknown")
                at = end
            changes["text"] = put_together(post["text"], payload["content_parts"])
        if "igny8:kept" in changes.get("text", ""):
            return refusal(422, "invalid")
        if "text" in changes:
            changes["text"] = self.spells(changes["text"])
        self._posts.edit(post_id, **changes)
        return self._done(post_id, payload, operation_id)

    def _done(self, post_id: int, payload: Any, operation_id: str) -> Reply:
        post = self._posts.post(post_id)
        data = {
            "content_id": payload["content_id"],
            "operation_id": operation_id,
            "rev": payload["rev"],
            "decided_at": payload.get("decided_at"),
            "state": "done",
            "post_id": post_id,
            "post_url": post["url"],
            "post_status": payload["post_status"],
            "modified_gmt": "2026-01-10T12:00:00Z",
            "fingerprint": self._posts.fingerprint(post_id),
            "text_sha256": hashlib.sha256(post["text"].encode()).hexdigest(),
            "replayed": False,
            "warnings": [],
            "altered": [],
        }
        if not self.tells:
            del data["text_sha256"]
        return reply(200, {"success": True, "data": data, "meta": self._wordpress.outbox.position})
