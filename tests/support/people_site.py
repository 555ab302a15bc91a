"""A WordPress in which people work, too: it refuses what would trample them, and counts posts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from igny8.core.http import Reply

from tests.support.wordpress import FakeWordPress, Post, gone, refusal

ELSEWHERE = "http://localhost:8081"
THEIRS = "A person's words"


@dataclass
class PeoplesWordPress(FakeWordPress):
    """Guards as the bridge does, by what the order says that the clicker saw.

    An order that names no such thing is obeyed: then ``trampled`` says what it wrote over.
    ``elsewhere`` is the WordPress at the site's other address.
    """

    trampled: list[str] = field(default_factory=list)
    made: Counter[int] = field(default_factory=Counter)
    elsewhere: "PeoplesWordPress | None" = None
    _theirs: dict[int, set[str]] = field(default_factory=dict)

    def request(
        self, method: str, url: str, *, timeout: float, headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:  # fmt: skip
        moved = urlsplit(url).netloc == urlsplit(ELSEWHERE).netloc
        if moved and self.elsewhere is not None:
            return self.elsewhere.request(method, url, timeout=timeout, headers=headers, body=body)
        return super().request(method, url, timeout=timeout, headers=headers, body=body)

    def heal(self) -> None:
        """From here on the site does what it is asked."""
        self.before.clear()
        self.after.clear()
        self.accepted_key, self.paused, self.up = None, False, True

    # --- people -----------------------------------------------------------------------------

    def rewrite(self, content_id: int) -> None:
        self.posts[content_id].title = THEIRS
        self._theirs.setdefault(content_id, set()).add("text")

    def set_status(self, content_id: int, status: str) -> None:
        if self.posts[content_id].post_status != status:
            self.posts[content_id].post_status = status
            self._theirs.setdefault(content_id, set()).add("status")

    def delete(self, content_id: int) -> None:
        super().delete(content_id)
        self._theirs.pop(content_id, None)

    # --- orders -----------------------------------------------------------------------------

    def _publish(self, payload: Any, operation_id: str) -> Reply:
        content_id = payload["content_id"]
        post = self.posts.get(content_id)
        if post is not None and post.rev < payload["rev"]:
            refused = self._refused(post, payload)
            if refused is not None:
                return refused
        answer = super()._publish(payload, operation_id)
        if post is None and content_id in self.posts:
            self.made[content_id] += 1
        elif post is not None and self.posts[content_id] is not post:
            self._theirs.pop(content_id, None)
        return answer

    def _refused(self, post: Post, payload: Any) -> Reply | None:
        """Compare with what the clicker saw: status and text (`Publish/EditGuard.php`)."""
        theirs = self._theirs.get(post.content_id, set())
        if post.post_status == "trash":
            return None if payload["recreate"] else gone("trash")
        status, text = payload["base_post_status"], payload["base_fingerprint"]
        if status not in {None, post.post_status}:
            return _conflict(post)
        if text not in {None, "theirs" if "text" in theirs else f"f{post.rev}"}:
            return _conflict(post)
        seen = ("status" if status else None, "text" if text else None)
        self.trampled += [f"{what} of {post.content_id}" for what in sorted(theirs - set(seen))]
        return None


def _conflict(post: Post) -> Reply:
    return refusal(409, "conflict", f"post {post.post_id} is not as it was seen")
