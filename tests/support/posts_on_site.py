"""The posts of a site, as the bridge's reads tell of them (`posts`, `terms`, `links`, `digests`).

Few are written down; a hundred thousand are made on the fly, each when somebody asks for it. What
was asked is counted, and ``before_call`` is where a site dies, or a person edits, in the middle.
"""

import base64
import gzip
import hashlib
import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

BRIDGE = {"version": "2.1.0"}
STATUSES = ("publish", "future", "draft", "pending", "private")
LIGHT = ("id", "type", "status", "content_id", "fingerprint")
PAGE_BYTES = 786_432
LOOKED_AT = 20_000
"""Of so many posts at most one page is made, so that it may be empty although there is more."""
URL = "http://127.0.0.1:8080"


def fingerprint_of(post: dict[str, Any]) -> str:
    """Seven groups and SEO, which differ wherever the post does (`Publish/Fingerprint.php`)."""
    groups = (
        post["title"], post["text"], post["excerpt"], post["slug"], post["terms"],
        post["featured_image"], "",
    )  # fmt: skip
    spelled = [json.dumps(group, sort_keys=True).encode() for group in (*groups, post["seo"])]
    *hashes, seo = [hashlib.sha256(one).hexdigest()[:16] for one in spelled]
    return f"v2:{''.join(hashes)}:{seo[:8]}"


def digest_of(post_id: int, status: str, fingerprint: str) -> tuple[int, int]:
    """As the ledger keeps it: two numbers of 31 bits."""
    found = hashlib.sha256(f"{post_id}:{status}:{fingerprint}".encode()).digest()
    first, second = (int.from_bytes(found[at : at + 4], "big") & 0x7FFFFFFF for at in (0, 4))
    return first, second


def post_on_site(post_id: int, **fields: Any) -> dict[str, Any]:
    """A post as WordPress stores it, with whatever is said of it."""
    return {
        "id": post_id,
        "type": "post",
        "status": "publish",
        "title": f"Post {post_id}",
        "excerpt": "",
        "slug": f"post-{post_id}",
        "url": f"{URL}/post-{post_id}/",
        "text": f"<!-- wp:paragraph -->\n<p>Words of {post_id}.</p>\n<!-- /wp:paragraph -->",
        "author": "Jane Doe",
        "author_id": 1,
        "date_gmt": "2025-06-01T12:00:00Z",
        "modified_gmt": "2025-06-02T12:00:00Z",
        "password_protected": False,
        "parent": 0,
        "page_template": "",
        "builder": None,
        "terms": {"category": [], "post_tag": []},
        "featured_image": None,
        "images": [],
        "gallery": [],
        "seo": {},
        **fields,
    }


@dataclass
class Endless:
    """Posts 1 to ``count``, none of which is written down; each takes some ``text_bytes``."""

    count: int
    text_bytes: int = 0

    def made(self, post_id: int) -> dict[str, Any]:
        body = f"<p>{'Words. ' * (self.text_bytes // 7)}</p>" if self.text_bytes else None
        return post_on_site(post_id, **({"text": body} if body else {}))


@dataclass
class PostsOnSite:
    """What stands on a site. ``endless`` posts come first; those written down have higher ids.

    ``links`` is which content a post is, by what the bridge was told; ``refuses`` what it answers
    of others. ``lies`` turn the data of an answer into other data, or into a whole body (bytes), by
    the number of the call (from 0, all routes together); ``always`` each one.
    """

    written: dict[int, dict[str, Any]] = field(default_factory=dict)
    endless: Endless | None = None
    terms: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    links: dict[int, int] = field(default_factory=dict)
    refuses: dict[int, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    served: int = 0
    lies: dict[int, Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    always: Callable[[dict[str, Any]], Any] | None = None
    before_call: Callable[[str, int], None] = lambda _route, _number: None

    def add(self, count: int = 1, **fields: Any) -> list[int]:
        """Write so many more posts."""
        first = max([self.endless.count if self.endless else 0, *self.written]) + 1
        made = range(first, first + count)
        self.written |= {post_id: post_on_site(post_id, **fields) for post_id in made}
        return list(made)

    def edit(self, post_id: int, **fields: Any) -> None:
        """A person changes a post; the ledger hears of it."""
        self.written[post_id] = {**self.post(post_id), **fields}

    def delete(self, post_id: int) -> None:
        self.written.pop(post_id, None)
        self.links.pop(post_id, None)

    def post(self, post_id: int) -> dict[str, Any]:
        found = self._found(post_id)
        assert found is not None, post_id
        return found

    def fingerprint(self, post_id: int) -> str:
        return fingerprint_of(self.post(post_id))

    # --- The bridge's routes --------------------------------------------------------------------

    def answer(self, route: str, url: str, payload: Any) -> Any:
        """The data of an answer, or its whole body as bytes; ``None`` for other routes."""
        if route not in {"posts", "terms", "links", "digests"}:
            return None
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        told = payload if payload is not None else query
        number, self.served = self.served, self.served + 1
        self.before_call(route, number)
        self.calls[route] += 1
        self.asked.append((route, told))
        data = {"bridge": BRIDGE, **getattr(self, f"_{route}")(told)}
        lie = self.lies.get(number, self.always)
        return data if lie is None else lie(data)

    def _posts(self, query: dict[str, str]) -> dict[str, Any]:
        fields = query["fields"].split(",") if "fields" in query else list(LIGHT)
        if "ids" in query:
            ids = [int(one) for one in query["ids"].split(",")]
            assert 1 <= len(ids) <= 100, ids
            there = [one for one in sorted(set(ids)) if self._found(one) is not None]
            items, _ = self._fitting(there, fields)
            gone = sorted(set(ids) - set(there))
            return {"items": items, "gone": gone, "next_after": None, "more": False, "total": None}
        after, limit = int(query["after"]), int(query["limit"])
        assert 1 <= limit <= (1_000 if set(fields) <= set(LIGHT) else 100), limit
        ids, looked_to = [], after
        for looked, post_id in enumerate(self._above(after)):
            if len(ids) > limit or looked >= LOOKED_AT:
                break
            looked_to = post_id
            if self._is_meant(self.post(post_id), query):
                ids.append(post_id)
        else:
            looked_to = -1  # there is nothing behind
        items, last = self._fitting(ids[:limit], fields)
        more = looked_to >= 0 or len(items) < len(ids)
        if len(items) < len(ids):
            looked_to = last
        total = self._total(query) if after == 0 else None
        told = {"next_after": looked_to if more else None, "more": more, "total": total}
        return {"items": items, "gone": [], **told}

    def _terms(self, query: dict[str, str]) -> dict[str, Any]:
        after, limit = int(query["after"]), int(query["limit"])
        assert 1 <= limit <= 500, limit
        found = sorted(self.terms.get(query["taxonomy"], []), key=lambda term: term["id"])
        above = [term for term in found if term["id"] > after]
        more = len(above) > limit
        last = above[limit - 1]["id"] if more else None
        return {"items": above[:limit], "next_after": last, "more": more}

    def _links(self, payload: dict[str, Any]) -> dict[str, Any]:
        assert 1 <= len(payload["items"]) <= 100, payload
        return {"items": [self._linked(**item) for item in payload["items"]]}

    def _linked(
        self, post_id: int, content_id: int, instead_of: int | None = None
    ) -> dict[str, Any]:
        known = self.links.get(post_id)
        outcome = self.refuses.get(post_id, "linked")
        if self._found(post_id) is None:
            outcome = "gone"
        elif known not in {None, content_id, instead_of}:
            outcome = "taken"
        if outcome == "linked":
            self.links[post_id] = content_id
        return {"post_id": post_id, "outcome": outcome}

    def _digests(self, payload: dict[str, Any]) -> dict[str, Any]:
        """By type, and between the bounds: how many linked posts, and two sums."""
        told: dict[str, list[list[int]]] = {}
        for kind, bounds in payload["bounds"].items():
            sums = [[0, 0, 0] for _ in range(len(bounds) + 1)]
            for post_id in sorted(self.links):
                post = self._found(post_id)
                if post is None or post["type"] != kind:
                    continue
                a, b = digest_of(post_id, post["status"], fingerprint_of(post))
                into = sums[bisect_right(bounds, post_id)]
                into[:] = [into[0] + 1, into[1] + a, into[2] + b]
            told[kind] = sums
        scrub = {"at": 1_768_046_400, "checked": len(self.links), "moved": 0, "more": False}
        return {"ranges": told, "scrub": scrub}

    # --- What stands there ----------------------------------------------------------------------

    def _found(self, post_id: int) -> dict[str, Any] | None:
        if post_id in self.written:
            return self.written[post_id]
        is_made = self.endless is not None and 0 < post_id <= self.endless.count
        return self.endless.made(post_id) if self.endless and is_made else None

    def _above(self, after: int) -> Iterator[int]:
        made = self.endless.count if self.endless else 0
        yield from range(after + 1, made + 1)
        yield from sorted(one for one in self.written if one > max(after, made))

    def _is_meant(self, post: dict[str, Any], query: dict[str, str]) -> bool:
        statuses = query["status"].split(",") if "status" in query else STATUSES
        taxonomy, _, term = query.get("term", "").partition(":")
        has_term = not term or int(term) in {one["id"] for one in post["terms"].get(taxonomy, [])}
        return (
            post["type"] == query["type"]
            and post["status"] in statuses
            and query.get("author") in {None, str(post["author_id"])}
            and has_term
            and post["date_gmt"] > query.get("date_after", "")
            and post["date_gmt"] < query.get("date_before", "9")
            and post["modified_gmt"] > query.get("modified_after", "")
        )

    def _total(self, query: dict[str, str]) -> int:
        written = sum(self._is_meant(post, query) for post in self.written.values())
        return written + (self.endless.count if self.endless and query["type"] == "post" else 0)

    def _fitting(self, ids: list[int], fields: list[str]) -> tuple[list[dict[str, Any]], int]:
        """Items as far as they fit one answer, and the last of them."""
        items: list[dict[str, Any]] = []
        size, last = 0, 0
        for post_id in ids:
            item = self._item(post_id, fields)
            size += len(json.dumps(item, ensure_ascii=False).encode(errors="replace"))
            if items and size > PAGE_BYTES:
                break
            items.append(item)
            last = post_id
        return items, last

    def _item(self, post_id: int, fields: list[str]) -> dict[str, Any]:
        post = self.post(post_id)
        is_linked = post_id in self.links
        known = {
            **post,
            "content_id": self.links.get(post_id),
            "fingerprint": fingerprint_of(post) if is_linked or "text" in fields else None,
            "text_sha256": hashlib.sha256(str(post["text"]).encode(errors="replace")).hexdigest(),
            "text_gz": None,
        }
        if len(str(post["text"])) > PAGE_BYTES:
            packed = gzip.compress(post["text"].encode(), mtime=0)
            known |= {"text": None, "text_gz": base64.b64encode(packed).decode()}
        return {name: known[name] for name in fields if name in known}
