"""A WordPress in which people work, too: it refuses what would trample them, and counts posts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from igny8.core.http import Reply
from igny8.publishing.states import DOWN_AS

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
    rewritten: Counter[int] = field(default_factory=Counter)
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

    def theirs(self, content_id: int) -> set[str]:
        """What of a post is a person's work since our last order: its text, its status."""
        return self._theirs.get(content_id, set())

    def rewrite(self, content_id: int) -> None:
        self.posts[content_id].title = THEIRS
        self.rewritten[content_id] += 1
        self._theirs.setdefault(content_id, set()).add("text")

    def set_status(self, content_id: int, status: str) -> None:
        self.trashed.discard(content_id)
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
        if post is not None and self._is_thrown_away(post, payload):
            return gone("trash", content_id=content_id, rev=post.rev)
        if post is not None and post.rev < payload["rev"]:
            refused = self._refused(post, payload)
            if refused is not None:
                return refused
        answer = super()._publish(payload, operation_id)
        if post is None and content_id in self.posts:
            self.made[content_id] += 1
        elif post is not None and self.posts.get(content_id) is not post:
            cleared = {"status"} if payload.get("take_down") else {"status", "text"}
            self._theirs[content_id] = self._theirs.get(content_id, set()) - cleared
        return answer

    def _refused(self, post: Post, payload: Any) -> Reply | None:
        """Compare with what the clicker saw: status and text (`Publish/EditGuard.php`)."""
        theirs = self._theirs.get(post.content_id, set())
        takes_down = payload.get("take_down", False)
        if post.post_status == "trash":
            return self._refused_of_trash(post, payload)
        if takes_down and post.post_status in DOWN_AS[payload["post_status"]]:
            return None
        status, text = payload["base_post_status"], payload["base_fingerprint"]
        if status not in {None, post.post_status}:
            return _conflict(post)
        if text not in {None, self.current_fingerprint(post)}:
            return _conflict(post)
        seen = ("status" if status else None, "text" if text else None)
        self.trampled += [f"{what} of {post.content_id}" for what in sorted(theirs - set(seen))]
        return None

    def _is_thrown_away(self, post: Post, payload: Any) -> bool:
        """What people put into the trash stays there, also for an order that comes twice."""
        by_people = post.post_status == "trash" and post.content_id not in self.trashed
        again = payload.get("recreate") and payload["rev"] > post.rev
        return by_people and payload["post_status"] != "trash" and not again

    def _refused_of_trash(self, post: Post, payload: Any) -> Reply | None:
        """Of what we threw away the text is looked at."""
        if post.content_id not in self.trashed:
            return None
        takes_down = payload.get("take_down", False)
        same = payload["base_fingerprint"] in {None, self.current_fingerprint(post)}
        return None if takes_down or same else _conflict(post)

    def current_fingerprint(self, post: Post) -> str:
        """Of the text that is there now, whoever wrote it."""
        theirs = "text" in self._theirs.get(post.content_id, set())
        return f"theirs{self.rewritten[post.content_id]}" if theirs else post.fingerprint


def _conflict(post: Post) -> Reply:
    return refusal(409, "conflict", f"post {post.post_id} is not as it was seen")
