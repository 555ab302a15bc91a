"""What must hold after every step, and what must be true once all is well and quiet."""

from collections import Counter
from typing import Any

from igny8.content.model import EditorialStatus
from igny8.core.clock import epoch
from igny8.publishing.model import PENDING_STATES, Publication, PublishState

from tests.property.rig import Rig

DOCUMENTED = {
    "not_published", "queued", "sending", "unknown", "waiting", "blocked", "conflict", "gone",
    "published", "unpublished", "failed", "cancelled",
}  # fmt: skip
LONGEST_WAIT_SECONDS = 21_600
ATTEMPTS = 3
DOWN = {"draft", "pending", "trash"}
THEIRS = ("resolve-conflict", {"keep": "theirs"})
DECIDED = ("Queued ", "Trying again: ", "Taking down ", "Keeping what is ")
DELIVERED = ("Published ", "Updated ", "Took down ")
ROUNDS = 5
EVERYTHING = 100_000


def hold(rig: Rig) -> None:
    nothing_crashed_and_nothing_was_sent_blindly(rig)
    g1_one_post(rig)
    g2_nothing_is_lost(rig)
    attempts_are_sends(rig)
    g6_published_means_published(rig)


def nothing_crashed_and_nothing_was_sent_blindly(rig: Rig) -> None:
    assert rig.crashes == []
    assert rig.wordpress.violations == []
    assert rig.wordpress.trampled == [], "people's work was written over unseen"


def g1_one_post(rig: Rig) -> None:
    for content_id, inserted in rig.wordpress.inserted.items():
        assert inserted <= 1 + rig.recreations.get(content_id, 0)


def g2_nothing_is_lost(rig: Rig) -> None:
    now = epoch(rig.world.clock.now())
    rows = rig.rows()
    assert set(rig.accepted) <= set(rows)
    for row in rows.values():
        shown = rig.services.views.shown(row)
        assert shown.publish_state in DOCUMENTED
        if shown.publish_state == "blocked":
            assert shown.reason
            assert shown.detail
        if row.state in PENDING_STATES:
            assert row.due_at is not None
            assert row.due_at <= now + LONGEST_WAIT_SECONDS
            if row.wake_at is None:
                assert rig.is_found_by_the_sweep(row)
            else:
                assert row.wake_at <= now + LONGEST_WAIT_SECONDS
        else:
            assert (row.due_at, row.wake_at, row.lease_owner) == (None, None, None)
        if row.state is PublishState.FAILED:
            assert row.last_error is not None
            assert row.last_error.message


def attempts_are_sends(rig: Rig) -> None:
    """Neither an outage nor a death of ours uses up what a content has."""
    counting = rig.wordpress.counting
    for row in rig.rows().values():
        assert row.attempt <= counting[row.content_id, row.intent], row
        if row.reason == "attempts_used_up" and row.state is PublishState.FAILED:
            assert counting[row.content_id, row.intent] >= ATTEMPTS, row


def g6_published_means_published(rig: Rig) -> None:
    for row in rig.rows().values():
        if row.state is PublishState.PUBLISHED:
            is_there(rig, row)
        elif row.state is PublishState.UNPUBLISHED and row.takes_down:
            is_down(rig, row)


def is_there(rig: Rig, row: Publication) -> None:
    wordpress, content_id = rig.wordpress, row.content_id
    assert row.doubt is None
    if rig.acts.get(content_id) == THEIRS:
        return  # decided, and nothing was sent
    if row.takes_down and row.applied_intent < row.intent:
        # Somebody had thrown it away before we took it down, and put it live again.
        assert content_id in rig.touched
        assert row.wordpress_status not in DOWN
        return
    assert row.applied_intent == row.intent
    assert wordpress.applied[content_id] == row.intent
    post = wordpress.posts.get(content_id)
    if post is None:
        assert content_id in rig.deletions
        return
    assert post.rev == row.applied_intent
    assert str(post.post_id) == str(row.external_id)
    if "text" not in wordpress.theirs(content_id):
        text = rig.texts[content_id][row.content_rev]
        assert (post.title, post.content_html) == text


def is_down(rig: Rig, row: Publication) -> None:
    assert row.doubt is None
    post = rig.wordpress.posts.get(row.content_id)
    if row.content_id not in rig.touched:
        assert post is not None
        assert post.post_status in DOWN


# --- in the end -----------------------------------------------------------------------------


def end_well(rig: Rig) -> None:
    """Heal everything and drain: what is left is true and quiet; and everything can go on."""
    for row in rig.rows().values():
        assert row.state not in PENDING_STATES or rig.is_found_by_the_sweep(row)
    rig.heal()
    rig.drain()
    hold(rig)
    is_quiet(rig)
    for content_id in rig.accepted:
        has_ended(rig, rig.rows()[content_id])
    for content in rig.contents:
        rig.edit(content)
    for _ in range(ROUNDS):
        unfinished = [one for one in rig.contents if not is_newest(rig, one)]
        for content in unfinished:
            insist(rig, content)
        rig.drain()
        hold(rig)
        is_quiet(rig)
    assert not unfinished
    knows_what_is_there(rig)
    tells_each_thing_once(rig)


def insist(rig: Rig, content: Any) -> None:
    """Whatever became of it, there is a way for people to have the newest text out."""
    row = rig.rows().get(content["id"])
    if row is not None and row.state is PublishState.CONFLICT:
        assert content["id"] in rig.touched
        assert rig.act(content, "resolve-conflict", keep="ours") == 202
    else:
        gone = row is not None and row.state is PublishState.GONE
        assert rig.click(content, recreate=gone) == 202


def is_quiet(rig: Rig) -> None:
    """Nothing is due, in doubt, leased, closed or on its way."""
    for row in rig.rows().values():
        assert row.state not in PENDING_STATES, row
        assert row.doubt is None, row
    assert not rig.gate().is_closed
    slots = rig.services.gate_store.get(rig.site["integration_id"]).slots
    now = epoch(rig.world.clock.now())
    assert all(slot.until is None or slot.until <= now for slot in slots)
    assert rig.mailbox.take() == []
    for row in rig.rows().values():
        content = rig.services.content_store.get(row.account_id, row.content_id)
        is_down = row.state in {PublishState.GONE, PublishState.UNPUBLISHED}
        assert not (is_down and content.status is EditorialStatus.PUBLISHED), (content.status, row)


def has_ended(rig: Rig, row: Publication) -> None:
    """Where the last decision leads, unless people or the site had another word."""
    touched = row.content_id in rig.touched
    act = rig.acts.get(row.content_id, ("publish", {}))[0]
    ends = {PublishState.PUBLISHED, PublishState.FAILED}
    if touched:
        ends |= {PublishState.CONFLICT, PublishState.GONE, PublishState.UNPUBLISHED}
    if act in {"cancel", "unpublish"} or row.takes_down:  # which may be tried again, too
        ends |= {PublishState.CANCELLED, PublishState.UNPUBLISHED}
    assert row.state in ends, (act, row)
    if act == "publish":
        assert row.content_rev >= rig.accepted[row.content_id]


def is_newest(rig: Rig, content: Any) -> bool:
    """Whether WordPress has, live and once, what was written last."""
    row = rig.rows().get(content["id"])
    newest = max(rig.texts[content["id"]])
    if row is None or row.state is not PublishState.PUBLISHED or row.content_rev != newest:
        return False
    post = rig.wordpress.posts.get(content["id"])
    if post is None or rig.wordpress.theirs(content["id"]):
        return True  # somebody was there after us
    assert (post.title, post.content_html) == rig.texts[content["id"]][newest], row
    assert post.post_status == "publish", (row, post)
    return True


def knows_what_is_there(rig: Rig) -> None:
    """After one cycle of reconciliation we say of each post what WordPress says (G3)."""
    rig.pull()
    for row in rig.rows().values():
        post = rig.wordpress.posts.get(row.content_id)
        there = "deleted" if post is None else post.post_status
        assert row.wordpress_status == there, row


def tells_each_thing_once(rig: Rig) -> None:
    """History has each decision once, and no delivery twice."""
    events = rig.services.event_store.newest(rig.site["integration_id"], EVERYTHING)
    ours = [event for event in events if event.operation_id is not None]
    by_people = [one for one in ours if one.actor.startswith("user:")]
    decided = Counter(one.operation_id for one in by_people if one.description.startswith(DECIDED))
    intents = [
        row.operation_id.rsplit("-", 1)[0] + f"-{intent}"
        for row in rig.rows().values()
        for intent in range(1, row.intent + 1)
    ]
    assert decided == Counter(intents), [
        (one.operation_id, one.description) for one in reversed(ours)
    ]
    delivered = Counter(one.operation_id for one in ours if one.description.startswith(DELIVERED))
    assert set(delivered.values()) <= {1}, delivered
    for row in rig.rows().values():
        if row.state is PublishState.PUBLISHED and rig.acts.get(row.content_id) != THEIRS:
            assert delivered[row.operation_id] == 1, row
