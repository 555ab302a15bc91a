"""A WordPress in which people edit what we publish, and a bridge that knows what of a post changed.

What an order names is written and compared; what it does not name is left alone, and told (`moved`)
where others have changed it (`Publish/Fingerprint.php`).
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from igny8.content.outgoing import put_together
from igny8.core.http import Reply
from igny8.core.queue import Hint
from igny8.publishing.fingerprints import differing

from tests.support.outbox import structure
from tests.support.posts_on_site import fingerprint_of, post_on_site
from tests.support.wordpress import FakeWordPress, Post, reply
from tests.support.world import ACCOUNT, World

BRIDGE = "2.1.0"
WRITES = {
    "title": "title", "content_html": "body", "content_parts": "body",
    "excerpt": "excerpt", "slug": "slug", "categories": "terms", "tags": "terms",
    "featured_image_url": "thumbnail",
    "seo_title": "seo", "seo_description": "seo", "canonical_url": "seo", "primary_keyword": "seo",
}  # fmt: skip


@dataclass
class SharedWordPress(FakeWordPress):
    """``two_way`` is what its owner has ticked in the bridge's settings."""

    two_way: bool = False
    _terms: dict[str, int] = field(default_factory=dict)

    # --- people -----------------------------------------------------------------------------

    def edit(self, content_id: int, **fields: Any) -> None:
        """Somebody changes a post in wp-admin."""
        self.existing.edit(self.posts[content_id].post_id, **fields)

    def there(self, content_id: int) -> dict[str, Any]:
        return self.existing.post(self.posts[content_id].post_id)

    def terms_there(self, content_id: int, taxonomy: str = "post_tag") -> list[str]:
        return [term["name"] for term in self.there(content_id)["terms"][taxonomy]]

    def term(self, name: str | list[str] | dict[str, Any]) -> dict[str, Any]:
        """By name or path, or by the id that it has."""
        if isinstance(name, dict):
            name, number = name["path"][-1], name["wordpress_id"]
            return {"id": number, "name": name, "slug": name.lower(), "parent": 0}
        if isinstance(name, list):
            name = name[-1]
        number = self._terms.setdefault(name, len(self._terms) + 1)
        return {"id": number, "name": name, "slug": name.lower(), "parent": 0}

    # --- the bridge -------------------------------------------------------------------------

    def structure(self) -> dict[str, Any]:
        return structure() | {"two_way_sync_enabled": self.two_way}

    def _told(self, route: str, payload: Any, url: str) -> Reply | None:
        if route == "structure":
            return self._done(self.structure())
        return super()._told(route, payload, url)

    def current_fingerprint(self, post: Post) -> str:
        return fingerprint_of(self.existing.post(post.post_id))

    def _publish(self, payload: Any, operation_id: str) -> Reply:
        content_id = payload["content_id"]
        post = self.posts.get(content_id)
        is_update = post is not None and post.rev < payload["rev"]
        moved: frozenset[str] = frozenset()
        named = {WRITES[name] for name in payload if name in WRITES}
        if post is not None and is_update and not payload.get("take_down"):
            now = self.current_fingerprint(post)
            moved = differing(payload["base_fingerprint"], now)
            if moved & named:
                return self._conflict(post, now, sorted(moved & named))
            known = self._told_of(post)["text_sha256"]
            if payload.get("text_sha256", known) != known:
                return self._conflict(post, now, ["body"])
        answer = super()._publish(payload, operation_id)
        if not is_update and post is not None:
            return answer
        kept = self.posts.get(content_id)
        if kept is None:
            return answer
        self._write(kept, payload)
        self.results[content_id] = self._answered(kept, sorted(moved - named))
        return self._done(self.results[content_id], answer.status or 200)

    def _conflict(self, post: Post, now: str, groups: list[str]) -> Reply:
        error = {"code": "conflict", "message": "no", "fields": {}}
        seen = {
            "content_id": post.content_id, "current_fingerprint": now, "groups": groups,
            "post_status": post.post_status,
        }  # fmt: skip
        return reply(409, {"success": False, "error": error, "data": seen})

    def _content(self, content_id: int) -> Reply:
        if content_id in self.deleted or content_id not in self.posts:
            return super()._content(content_id)
        now = self.current_fingerprint(self.posts[content_id])
        told = self.results[content_id] | {"post_status": self.there(content_id)["status"]}
        return self._done(told | {"current_fingerprint": now, "metadata": None})

    def _told_of(self, post: Post) -> dict[str, Any]:
        text = self.existing.post(post.post_id)["text"]
        return {
            "fingerprint": self.current_fingerprint(post),
            "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        }

    def _answered(self, post: Post, moved: list[str]) -> dict[str, Any]:
        return self._data(post, False) | self._told_of(post) | {"moved": moved}

    def _write(self, post: Post, order: dict[str, Any]) -> None:
        known = self.existing.written.get(post.post_id) or post_on_site(post.post_id, text="")
        after = dict(known) | {"status": order["post_status"]}
        for name, stored in (("title", "title"), ("content_html", "text"), ("excerpt", "excerpt")):
            if name in order:
                after[stored] = order[name]
        if "content_parts" in order:
            after["text"] = put_together(known["text"], order["content_parts"])
        if order.get("slug"):
            after["slug"] = order["slug"]
        terms = dict(after["terms"])
        for name, taxonomy in (("categories", "category"), ("tags", "post_tag")):
            if name in order:
                terms[taxonomy] = [self.term(one) for one in order[name]]
        after["terms"] = terms
        if "featured_image_url" in order:
            url = order["featured_image_url"]
            after["featured_image"] = (
                {"id": len(url), "url": f"http://e/{len(url)}"} if url else None
            )
        seo = dict(after["seo"])
        for name, stored in (("seo_title", "title"), ("seo_description", "description")):
            if name in order:
                seo[stored] = order[name] or ""
        after["seo"] = seo
        self.existing.written[post.post_id] = after
        self.existing.links[post.post_id] = post.content_id


def edited(world: World, site: dict[str, Any], content: dict[str, Any], **fields: Any) -> None:
    """Somebody changes a post, and the bridge tells of it."""
    wordpress = world.wordpress
    assert isinstance(wordpress, SharedWordPress)
    wordpress.edit(content["id"], **fields)
    tell(world, site, content)


def tell(world: World, site: dict[str, Any], content: dict[str, Any]) -> None:
    """The bridge tells what a post is now."""
    wordpress = world.wordpress
    assert isinstance(wordpress, SharedWordPress)
    post = wordpress.posts[content["id"]]
    there = wordpress.there(content["id"])
    event = {
        "post_id": post.post_id, "content_id": content["id"], "post_status": there["status"],
        "site_url": site["url"], "fingerprint": wordpress.current_fingerprint(post),
        "actor": "jane", "channel": "admin",
    }  # fmt: skip
    answer = world.told(site, event)
    assert answer.status == 200, answer.body


def switch(world: World, site: dict[str, Any], *, two_way: bool) -> None:
    """The owner ticks, or unticks, two-way sync in the bridge's settings; the bridge says so."""
    path = f"/api/v1/integration/integrations/{site['integration_id']}/update-structure/"
    there(world).two_way = two_way
    headers = {"X-IGNY8-API-KEY": site["api_key"]}
    answer = world.call("POST", path, there(world).structure(), account=None, headers=headers)
    assert answer.status == 200, answer.body


def there(world: World) -> SharedWordPress:
    assert isinstance(world.wordpress, SharedWordPress)
    return world.wordpress


def here(world: World, content: dict[str, Any]) -> Any:
    return world.call("GET", f"/api/v1/writer/content/{content['id']}/").data


def edit(world: World, content: dict[str, Any], **fields: Any) -> None:
    """Somebody who has just read it changes it."""
    fields["base_rev"] = here(world, content)["rev"]
    answer = world.call("PATCH", f"/api/v1/writer/content/{content['id']}/", fields)
    assert answer.status == 200, answer.body


def click(world: World, content: dict[str, Any]) -> Any:
    answer = world.publish(content)
    world.work()
    return answer


def wake(world: World, site: dict[str, Any], **later: int) -> None:
    """The sweep's hint, some time later."""
    world.clock.advance(**later)
    hint = Hint(ACCOUNT, site["id"], site["integration_id"])
    world.synchronise([{"messageId": "m", "body": hint.body()}])


def state(world: World, content: dict[str, Any]) -> str:
    return str(world.publication(content)["publish_state"])


def decide(world: World, content: dict[str, Any], keep: str) -> Any:
    path = f"/api/v1/writer/content/{content['id']}/resolve-conflict/"
    return world.call("POST", path, {"keep": keep})


def revisions(world: World, content: dict[str, Any]) -> dict[int, tuple[str, str, str]]:
    """By number: who made it, its title and its text."""
    content_store, bodies = world.services.content_store, world.services.bodies
    newest = content_store.get(ACCOUNT, content["id"])
    found = [content_store.get_revision(newest, rev) for rev in range(1, newest.rev + 1)]
    return {one.rev: (str(one.made_by), one.editorial.title, bodies.get(one.body)) for one in found}
