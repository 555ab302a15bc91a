"""The way back: somebody edits the published article in WordPress, and every change arrives."""

import time
from collections.abc import Callable
from typing import Any

from local.api import Api
from local.editor import Editor
from local.failure import StageError
from local.progress import say, step

ARRIVES_SECONDS = 60
NEW_TITLE = "How to read a kettle, by somebody who listens"


class WayBack:
    """Works on a post as the site's owner, and watches what arrives here."""

    def __init__(self, api: Api, facts: dict[str, Any], content_id: int, post_id: int) -> None:
        self._api = api
        self._events = f"integration/integrations/{facts['integration_id']}/events/"
        self._content = f"writer/content/{content_id}/"
        self._content_id = content_id
        self._post_id = post_id
        self._site = facts["wordpress"]

    def show(self) -> None:
        """Edit, unpublish, trash and restore the post there; say what is known here after each.

        Raises StageError when a change does not arrive, or not as it was made.
        """
        say("And the way back: the site's owner works on the post in WordPress.")
        editor, post = Editor(self._site), self._post_id
        self._do("editing the title", "publish", lambda: editor.change(post, title=NEW_TITLE))
        self._do("unpublishing it", "draft", lambda: editor.change(post, status="draft"))
        self._do("putting it into the trash", "trash", lambda: editor.trash(post))
        self._do("publishing it again", "publish", lambda: editor.change(post, status="publish"))

    def _do(self, what: str, status: str, act: Callable[[], None]) -> None:
        known = {event["id"] for event in self._heard()}
        begun = time.monotonic()
        with step(what):
            act()
            event = self._arrived(known, begun)
        content = self._api.get(self._content)
        found = content["metadata"]["wordpress_status"]
        say(
            f"    by {event['actor'].removeprefix('wordpress:')}, {event['channel']};"
            f" here: {content['status']}, WordPress has it as {found}"
        )
        if found != status:
            raise StageError(f"WordPress has it as {status}, and here it is {found}")

    def _arrived(self, known: set[int], begun: float) -> dict[str, Any]:
        while time.monotonic() - begun < ARRIVES_SECONDS:
            fresh = [event for event in self._heard() if event["id"] not in known]
            if fresh:
                return fresh[0]
            time.sleep(0.2)
        raise StageError("The change did not arrive; see the bridge's settings in WordPress.")

    def _heard(self) -> list[dict[str, Any]]:
        """What people did there, newest first."""
        found = self._api.get(self._events, content_id=self._content_id, type="webhook")
        return [event for event in found if event["operation_id"] is None]
