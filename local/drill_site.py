"""One site of the restore drill: its articles, what becomes of them, and what has to be true."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from local.api import Api
from local.editor import Editor
from local.failure import StageError
from local.wordpress import WordPressSite, wp_eval

PATIENCE_SECONDS = 90
PENDING = {"queued", "sending", "unknown", "waiting", "blocked"}
NEWER = "<p>The newer text, published after the backup.</p>"
AFTERWARDS = "<p>Written after the restore, by somebody who does not know.</p>"
THEIRS = "A title that a person gave it in WordPress"
BEFORE = ("untouched", "updated", "unpublished there", "trashed there", "deleted there",
          "edited there", "taken down here")  # fmt: skip
ON_ITS_WAY = ("on its way", "on its way, then updated")
NEVER_SENT = "published first after it"
CREATED = "created after it"
Posts = dict[int, list[dict[str, Any]]]


@dataclass(frozen=True)
class Check:
    """One line of the table: what had to be true of an article, and what is."""

    site: str
    article: str
    wanted: str
    found: str

    @property
    def holds(self) -> bool:
        """Whether it is true."""
        return self.wanted == self.found


@dataclass
class DrillSite:
    """A connected WordPress and the articles of the drill, by what becomes of them."""

    name: str
    wordpress: WordPressSite
    site_id: int
    integration_id: int
    api: Api
    articles: dict[str, int] = field(default_factory=dict)
    before: Posts = field(default_factory=dict)

    # --- The story --------------------------------------------------------------------------

    def prepare(self) -> None:
        """Publish what is there before the backup, and write what is published later."""
        for name in (*BEFORE, *ON_ITS_WAY, NEVER_SENT):
            self._write(name)
        for name in BEFORE:
            self.click(name)
        self.settle()

    def send_away(self) -> None:
        """Clicks whose hints nobody takes yet."""
        for name in ON_ITS_WAY:
            self.click(name)

    def go_on(self) -> None:
        """What happens between the backup and the restore."""
        self.settle()
        for name in ("updated", "on its way, then updated"):
            self.edit(name, NEWER)
            self.click(name)
        self.click(NEVER_SENT)
        taken_down = f"writer/content/{self.articles['taken down here']}/unpublish/"
        self.api.post(taken_down, {"to": "draft"})
        self._write(CREATED)
        self.click(CREATED)
        facts = {"url": self.wordpress.url, "admin_user": self.wordpress.admin_user,
                 "admin_password": self.wordpress.admin_password}  # fmt: skip
        editor = Editor(facts)
        editor.change(self._post("unpublished there"), status="draft")
        editor.trash(self._post("trashed there"))
        editor.delete(self._post("deleted there"))
        editor.change(self._post("edited there"), title=THEIRS)
        self.settle()
        wanted = {"unpublished there": "draft", "trashed there": "trash",
                  "deleted there": "deleted"}  # fmt: skip
        for name, status in wanted.items():
            self._await(f"{name}: {status}", partial(self._status, name), status)
        self._await("the outbox is heard", self._waiting_there, 0)
        self.before = self.posts()

    def hear(self) -> None:
        """Have the site listened to now, and wait until all of it has been looked at."""
        one = f"integration/integrations/{self.integration_id}"
        self._await("no run", lambda: self._run_over(one), True)
        self.api.post(f"{one}/sync/", {"direction": "changes"})
        self._await("all is looked at", lambda: self._run_over(one), True)

    def click_afterwards(self) -> None:
        """What people do who know nothing of the restore."""
        for name in ("untouched", "updated", "edited there", NEVER_SENT):
            self.edit(name, AFTERWARDS)
            self.click(name)
        self.click("deleted there", recreate=True)
        self.settle()

    def decide(self) -> None:
        """An owner keeps what WordPress has."""
        path = f"writer/content/{self.articles['updated']}/resolve-conflict/"
        self.api.post(path, {"keep": "theirs"})
        self.settle()

    # --- What has to be true ----------------------------------------------------------------

    def found_by_asking(self) -> list[Check]:
        """What is known again before anybody has done anything."""
        wanted = {
            "untouched": "published/publish",
            "updated": "published/publish",
            "unpublished there": "unpublished/draft",
            "trashed there": "unpublished/trash",
            "deleted there": "gone/deleted",
            "edited there": "published/publish",
            "taken down here": "unpublished/draft",
            "on its way": "published/publish",
            "on its way, then updated": "conflict/publish",
            NEVER_SENT: "published/publish",
        }
        checks = [self._check(name, state, self._state(name)) for name, state in wanted.items()]
        gone, _ = self.api.tried("GET", f"writer/content/{self.articles[CREATED]}/")
        return [*checks, self._check(CREATED, "404 here", f"{gone} here")]

    def after_clicks(self) -> list[Check]:
        """What became of the clicks: nothing newer was written over."""
        wanted = {
            "untouched": "published/publish",
            "updated": "conflict/publish",
            "edited there": "published/publish",  # a title there, a text here: both stay
            NEVER_SENT: "conflict/publish",
            "deleted there": "published/publish",
        }
        return [self._check(f"{name}, clicked", state, self._state(name))
                for name, state in wanted.items()]  # fmt: skip

    def true_and_single(self) -> list[Check]:
        """The posts against those that were there before the restore."""
        now = self.posts()
        checks = []
        for name, content_id in self.articles.items():
            posts = now.get(content_id, [])
            checks.append(self._check(f"{name}: posts", "1", str(len(posts))))
            same = posts == self.before.get(content_id)
            changed = name in {"untouched", "deleted there", "edited there"}
            checks.append(
                self._check(
                    f"{name}: text and status",
                    "the new text" if changed else "as it was",
                    "the new text" if changed and _has(posts, AFTERWARDS, name)
                    else "as it was" if same else "another",
                )
            )  # fmt: skip
        lost = set(self.before) - set(now)
        checks.append(self._check("posts that are lost", "0", str(len(lost))))
        decided = self._state("updated")
        checks.append(self._check("updated, decided", "published/publish", decided))
        return checks

    def posts(self) -> Posts:
        """Every post of content of ours, by the content's id."""
        rows = json.loads(wp_eval(self.wordpress, _POSTS))
        found: Posts = {}
        for row in rows:
            found.setdefault(int(row.pop("content_id")), []).append(row)
        return found

    # --- Steps ------------------------------------------------------------------------------

    def edit(self, name: str, html: str) -> None:
        self.api.patch(f"writer/content/{self.articles[name]}/", {"content_html": html})

    def click(self, name: str, *, recreate: bool = False) -> None:
        body = {"recreate": True} if recreate else {}
        path = f"writer/content/{self.articles[name]}/publish/"
        status, code = self.api.tried("POST", path, body)
        if status not in {200, 202}:
            raise StageError(f"{self.name}, {name}: the click is answered {status} {code}")

    def settle(self) -> None:
        """Wait until nothing of it is on its way."""
        self._await("nothing is on its way", self._pending, [])

    def _write(self, name: str) -> None:
        body = {"site_id": self.site_id, "title": f"{self.name}: {name}",
                "content_html": f"<p>The text of before: {name}.</p>"}  # fmt: skip
        self.articles[name] = self.api.post("writer/content/", body)["id"]

    def _pending(self) -> list[str]:
        known = [name for name in self.articles if self._publication(name) is not None]
        return [name for name in known if self._state(name).partition("/")[0] in PENDING]

    def _publication(self, name: str) -> Any:
        path = f"writer/content/{self.articles[name]}/publication/"
        return self.api.get(path) if self.api.tried("GET", path)[0] == 200 else None  # noqa: PLR2004

    def _state(self, name: str) -> str:
        found = self._publication(name)
        return "none" if found is None else f"{found['publish_state']}/{found['wordpress_status']}"

    def _status(self, name: str) -> Any:
        return (self._publication(name) or {}).get("wordpress_status")

    def _post(self, name: str) -> int:
        return int(self._publication(name)["external_id"])

    def _run_over(self, one: str) -> bool:
        found = self.api.get(f"{one}/sync-status/")
        return found["run"] is None or found["run"]["state"] in {"done", "failed"}

    def _waiting_there(self) -> int:
        return int(wp_eval(self.wordpress, _WAITING))

    def _check(self, article: str, wanted: str, found: str) -> Check:
        return Check(self.name, article, wanted, found)

    def _await(self, what: str, look: Callable[[], Any], wanted: Any) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (seen := look()) != wanted:
            if time.monotonic() > deadline:
                raise StageError(f"{self.name}: waited for “{what}”, found {seen}")
            time.sleep(0.3)


def _has(posts: list[dict[str, Any]], text: str, name: str) -> bool:
    """A post that was made again has the text of the time of the backup; theirs stays theirs."""
    wanted = f"The text of before: {name}" if name == "deleted there" else text
    if len(posts) != 1 or wanted not in posts[0]["post_content"]:
        return False
    return name != "edited there" or posts[0]["post_title"] == THEIRS


_POSTS = """
global $wpdb;
echo wp_json_encode( $wpdb->get_results(
    "SELECT m.meta_value AS content_id, p.ID, p.post_title, p.post_content, p.post_status
    FROM $wpdb->posts p JOIN $wpdb->postmeta m ON m.post_id = p.ID
    WHERE m.meta_key = '_igny8_content_id' AND p.post_type <> 'revision' ORDER BY p.ID", ARRAY_A
) );
"""
_WAITING = """
global $wpdb;
echo (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->prefix}igny8_outbox WHERE acked_at = 0" );
"""
