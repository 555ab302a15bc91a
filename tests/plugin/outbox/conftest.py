"""A paired bridge, its outbox, and an inbox that the outbox is sent to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.plugin.conftest import SITE_ID, Bridge
from tests.plugin.inbox import Inbox, running_inbox, set_options

# Only what a test asks for is sent.
QUIET = "add_filter( 'igny8_send_after_response', '__return_false' );"


@dataclass
class Outbox:
    """A paired bridge and its inbox, with a clock that a test moves."""

    bridge: Bridge
    inbox: Inbox
    now: int = 2_000_000_000

    def do(self, code: str) -> Any:
        """Run PHP in one request; whatever it records stays in the table."""
        return self.bridge.php(f"{QUIET} {self.clock} {code}")

    def run(self) -> None:
        """Do what cron does."""
        self.do("do_action( 'igny8_jobs' ); return 1;")

    @property
    def clock(self) -> str:
        return f"add_filter( 'igny8_now', static function () {{ return {self.now}; }} );"

    def waiting(self) -> list[dict[str, Any]]:
        """Return what waits of posts, as the backend would pull it; not what tells of terms."""
        found: list[dict[str, Any]] = self.do(
            "return ( new Igny8\\Bridge\\Outbox\\Store() )->events_after( 0, 5000 );"
        )
        return [event for event in found if event["action"] not in {"term_saved", "term_deleted"}]

    def post(self, **fields: Any) -> dict[str, Any]:
        """Publish an article and forget the event that tells of it."""
        data = self.bridge.published(**fields)
        self.run()
        self.inbox.calls.clear()
        assert self.waiting() == []
        return data


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    with running_inbox() as running:
        yield running


@pytest.fixture
def outbox(bridge: Bridge, inbox: Inbox) -> Outbox:
    inbox.reset()
    set_options(
        bridge,
        igny8_api_key=bridge.key,
        igny8_connection={
            "api_url": inbox.url,
            "site_id": SITE_ID,
            "integration_id": 9,
            "connected_at": 1,
        },
        igny8_switches=None,
        igny8_outbox_state=None,
        igny8_refused_key=None,
        igny8_previous_key=None,
        igny8_unconfirmed_key=None,
        igny8_structure_state=None,
        igny8_home=None,
    )
    box = Outbox(bridge, inbox)
    box.do("( new Igny8\\Bridge\\Outbox\\Store() )->start_over(); return 1;")
    return box


def update(post_id: int, title: str = "Edited") -> str:
    return f"wp_update_post( array( 'ID' => {post_id}, 'post_title' => '{title}' ) );"
