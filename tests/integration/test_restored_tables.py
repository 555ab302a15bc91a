"""Our tables are restored to a backup, while sites went on: no post twice, nothing newer lost.

Keys are looked up in a table of their own, which is not restored (docs/restoring.md).
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from igny8.core.http import Reply
from igny8.sites.store import KEYS_TABLE

from tests.support.memory import MemoryTables
from tests.support.outbox import EPOCH
from tests.support.people_site import PeoplesWordPress
from tests.support.steps import edit, publication_row
from tests.support.trouble import Killed, Mode, Trouble
from tests.support.wordpress import lost, refusal
from tests.support.world import ACCOUNT, SITE_URL, World, world_in_memory

NEWER = "<p>The newer text, which our tables have lost.</p>"


@dataclass
class Site(PeoplesWordPress):
    """A WordPress that tells what happens there, and remembers how far it was ordered."""

    revs: dict[int, int] = field(default_factory=dict)

    def tell(self, content_id: int, status: str, **more: Any) -> None:
        told = {"origin": "wordpress", "actor": "Jane", "channel": "admin"} | more
        self.outbox.add(
            action="post_updated", post_id=self.post_ids[content_id], content_id=content_id,
            post_status=status, post_url=f"{SITE_URL}/post/", **told,
        )  # fmt: skip

    @property
    def post_ids(self) -> dict[int, int]:
        return {number: 100 + place for place, number in enumerate(self.revs, 1)}

    def deletes(self, content_id: int) -> None:
        self.delete(content_id)
        self.tell(content_id, "deleted")

    def becomes(self, content_id: int, status: str) -> None:
        self.set_status(content_id, status)
        self.tell(content_id, status)

    def _publish(self, payload: Any, operation_id: str) -> Reply:
        content_id, rev = payload["content_id"], payload["rev"]
        answer = super()._publish(payload, operation_id)
        if content_id in self.posts and self.posts[content_id].rev == rev:
            if self.revs.get(content_id, 0) < rev:
                self.outbox.head_seq += 1  # its echo, which was told and let go
            self.revs[content_id] = rev
        return answer


class Restored:
    """A world whose tables can be set back, and ways to what is there."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wordpress = Site()
        world.wordpress = self.wordpress
        world.services.http = self.wordpress
        world.services.sync_sweep._hints = world.services.sync_hints
        self.site = world.connected_site()
        self._kept: Any = None

    @property
    def tables(self) -> MemoryTables:
        found = self.world.services.tables
        assert isinstance(found, MemoryTables)
        return found

    def published(self, **fields: Any) -> Any:
        content = self.world.content(self.site, **fields)
        self.click(content)
        return content

    def click(self, content: Any, status: int = 202, **body: Any) -> Any:
        answer = self.world.publish(content, body)
        assert answer.status == status, answer.body
        self.world.work()
        return answer

    def update(self, content: Any, html: str = NEWER) -> None:
        edit(self.world, content, content_html=html)
        self.click(content)

    def listen(self) -> None:
        """The daily rounds: everything that waits is heard."""
        for _ in range(3):
            self.world.clock.advance(hours=7)
            self.world.sweep("sync")
            self.world.synchronise()

    def back_up(self) -> None:
        self.listen()
        self._kept = self.tables.back_up()

    def restore(self, *, keys_too: bool = False) -> None:
        """An hour later everything but the keys is as it was; queues and texts are as they are."""
        self.world.clock.advance(hours=1)
        keys = self.tables._rows.get(KEYS_TABLE.name, {})
        self.tables.restore(self._kept)
        if not keys_too:
            self.tables._rows[KEYS_TABLE.name] = keys

    def recall(self) -> None:
        """The next pull finds out that events are missing, and looks at everything."""
        self.world.clock.advance(hours=7)
        self.world.sweep("sync")
        self.world.synchronise()

    def serve(self) -> None:
        for _ in range(6):
            self.world.clock.advance(minutes=5)
            self.world.sweep()
            self.world.work()

    def state(self, content: Any) -> tuple[str, str | None]:
        found = self.world.publication(content)
        return found["publish_state"], found["wordpress_status"]

    def post(self, content: Any) -> Any:
        return self.wordpress.posts[content["id"]]

    def at_rest(self) -> None:
        """Single and quiet: nothing is due, and nobody is called any more."""
        self.listen()
        self.serve()
        assert all(number == 1 for number in self.wordpress.made.values())
        assert self.wordpress.trampled == []
        self.wordpress.calls.clear()
        self.serve()
        assert self.wordpress.calls == []
        assert self.wordpress.outbox.waiting == []


@pytest.fixture
def stage() -> Iterator[Restored]:
    with world_in_memory() as world:
        yield Restored(world)


def test_what_nobody_touched_is_as_it_was(stage: Restored) -> None:
    content = stage.published()
    stage.back_up()
    stage.restore()
    stage.recall()
    assert stage.state(content) == ("published", "publish")
    stage.update(content)
    assert (stage.post(content).rev, stage.post(content).content_html) == (2, NEWER)
    stage.at_rest()


def recalled(stage: Restored) -> None:
    stage.recall()


def at_once(_stage: Restored) -> None:
    """Somebody is faster than the rounds."""


@pytest.mark.parametrize("meanwhile", [recalled, at_once])
@pytest.mark.parametrize("updates", [1, 3])
def test_a_newer_text_is_never_replaced_by_one_that_does_not_know_of_it(
    stage: Restored, meanwhile: Callable[[Restored], None], updates: int
) -> None:
    content = stage.published()
    stage.back_up()
    for number in range(updates):
        stage.update(content, f"{NEWER}{number}")
    there = stage.post(content)
    stage.restore()
    meanwhile(stage)
    edit(stage.world, content, content_html="<p>Written after the restore.</p>")
    stage.click(content)
    assert stage.post(content) is there
    assert stage.state(content) == ("conflict", "publish")
    assert publication_row(stage.world, content).intent > updates, "what is decided next is obeyed"
    stage.at_rest()


@pytest.mark.parametrize(("keep", "text"), [("ours", "<p>Ours.</p>"), ("theirs", f"{NEWER}2")])
def test_what_a_person_decides_then_is_done_at_once(stage: Restored, keep: str, text: str) -> None:
    content = stage.published()
    stage.back_up()
    for number in range(3):
        stage.update(content, f"{NEWER}{number}")
    stage.restore()
    edit(stage.world, content, content_html="<p>Ours.</p>")
    stage.click(content)
    assert stage.state(content)[0] == "conflict"
    path = f"/api/v1/writer/content/{content['id']}/resolve-conflict/"
    answer = stage.world.call("POST", path, {"keep": keep})
    assert answer.status in {200, 202}, answer.body
    stage.world.work()
    assert stage.state(content) == ("published", "publish")
    assert stage.post(content).content_html == text
    stage.at_rest()


@pytest.mark.parametrize("meanwhile", [recalled, at_once])
def test_a_first_publish_that_is_lost_is_neither_doubled_nor_taken_for_this_one(
    stage: Restored, meanwhile: Callable[[Restored], None]
) -> None:
    content = stage.world.content(stage.site)
    stage.published()
    stage.back_up()
    stage.update(content)
    there = stage.post(content)
    stage.restore()
    assert stage.world.call("GET", f"/api/v1/writer/content/{content['id']}/").data[
        "publish_state"
    ] == "not_published"  # fmt: skip
    meanwhile(stage)
    if meanwhile is recalled:
        assert stage.state(content) == ("published", "publish"), "found by asking"
    stage.click(content)
    assert stage.state(content) == ("conflict", "publish")
    assert stage.post(content) is there
    assert stage.world.publication(content)["external_id"] == str(there.post_id)
    # It is known by its post again, too: of whatever happens there the content hears.
    stage.wordpress.becomes(content["id"], "draft")
    del stage.wordpress.outbox.waiting[-1]["content_id"]
    stage.listen()
    assert stage.state(content)[1] == "draft"
    stage.at_rest()


def queued(stage: Restored) -> Any:
    """A click whose hint waits; the backup is made before it is served."""
    content = stage.world.content(stage.site)
    assert stage.world.publish(content).status == 202
    stage._kept = stage.tables.back_up()
    stage.world.work()
    return content


def in_doubt(stage: Restored) -> Any:
    """What was sent without an answer when the backup was made."""
    content = stage.world.content(stage.site)
    stage.wordpress.after.append(lambda _answer: lost())
    stage.click(content)
    assert stage.state(content)[0] == "unknown"
    stage._kept = stage.tables.back_up()
    stage.serve()
    return content


@pytest.mark.parametrize("begun", [queued, in_doubt])
def test_what_was_on_its_way_then_is_what_is_there(
    stage: Restored, begun: Callable[[Restored], Any]
) -> None:
    content = begun(stage)
    assert stage.state(content)[0] == "published"
    stage.restore()
    stage.serve()
    assert stage.state(content) == ("published", "publish"), "the same decision: no question"
    stage.at_rest()


@pytest.mark.parametrize("meanwhile", [recalled, at_once])
@pytest.mark.parametrize("begun", [queued, in_doubt])
def test_what_was_on_its_way_then_does_not_go_over_what_came_after_it(
    stage: Restored, begun: Callable[[Restored], Any], meanwhile: Callable[[Restored], None]
) -> None:
    content = begun(stage)
    stage.update(content)
    there = stage.post(content)
    stage.restore()
    meanwhile(stage)
    stage.serve()
    assert stage.post(content) is there
    assert stage.state(content) == ("conflict", "publish")
    assert stage.world.publication(content)["reason"] == "newer_there"
    stage.at_rest()


def test_what_was_on_its_way_then_is_told_as_people_have_it_now(stage: Restored) -> None:
    content = queued(stage)
    stage.wordpress.set_status(content["id"], "draft")
    stage.restore()
    stage.serve()
    assert stage.state(content) == ("unpublished", "draft")
    stage.at_rest()


@pytest.mark.parametrize(
    ("to", "state"), [("draft", "unpublished"), ("trash", "unpublished"), ("private", "published")]
)
def test_what_people_did_meanwhile_is_found_though_it_is_told_no_more(
    stage: Restored, to: str, state: str
) -> None:
    content = stage.published()
    stage.back_up()
    stage.wordpress.becomes(content["id"], to)
    stage.listen()
    assert stage.wordpress.outbox.waiting == []
    stage.restore()
    assert stage.state(content) == ("published", "publish")
    stage.recall()
    assert stage.state(content) == (state, to)
    stage.at_rest()


@pytest.mark.parametrize("meanwhile", [recalled, at_once])
def test_a_post_that_was_deleted_is_made_again_by_one_click_that_says_so(
    stage: Restored, meanwhile: Callable[[Restored], None]
) -> None:
    content = stage.published()
    stage.back_up()
    for number in range(4):
        stage.update(content, f"{NEWER}{number}")
    stage.wordpress.deletes(content["id"])
    stage.listen()
    stage.restore()
    meanwhile(stage)
    if meanwhile is at_once:
        edit(stage.world, content, title="Another title")
        stage.click(content)
    assert stage.state(content)[0] == "gone"
    stage.click(content, recreate=True)
    assert stage.state(content) == ("published", "publish")
    assert stage.wordpress.made.pop(content["id"]) == 2
    stage.at_rest()


@pytest.mark.parametrize("meanwhile", [recalled, at_once])
@pytest.mark.parametrize("first_is_lost", [False, True])
def test_what_was_taken_down_from_here_meanwhile_stays_down(
    stage: Restored, meanwhile: Callable[[Restored], None], first_is_lost: bool
) -> None:
    content = stage.world.content(stage.site)
    stage.published()
    if not first_is_lost:
        stage.click(content)
    stage.back_up()
    if first_is_lost:
        stage.click(content)
    path = f"/api/v1/writer/content/{content['id']}/unpublish/"
    assert stage.world.call("POST", path, {"to": "draft"}).status == 202
    stage.world.work()
    assert stage.post(content).post_status == "draft"
    stage.restore()
    meanwhile(stage)
    if meanwhile is recalled:
        assert stage.state(content) == ("unpublished", "draft")
    edit(stage.world, content, title="Somebody who does not know")
    stage.click(content)
    if meanwhile is at_once:
        assert stage.state(content)[0] == "conflict"
        assert stage.post(content).post_status == "draft"


def test_what_had_failed_then_and_succeeded_since_is_found(stage: Restored) -> None:
    content = stage.world.content(stage.site)
    other = stage.published()
    stage.wordpress.before.append(refusal(422, "invalid"))
    stage.click(content)
    assert stage.state(content)[0] == "failed"
    stage.back_up()
    stage.update(content)
    stage.wordpress.becomes(other["id"], "private")
    stage.listen()
    stage.restore()
    assert stage.state(content)[0] == "failed"
    stage.recall()
    assert stage.state(content) == ("published", "publish")
    stage.at_rest()


def test_an_unknown_answer_to_what_was_decided_since_is_no_proof(stage: Restored) -> None:
    """Twice of one number: the lost decision's text is not replaced by way of a doubt."""
    content = stage.published()
    stage.back_up()
    stage.update(content)
    there = stage.post(content)
    stage.restore()
    edit(stage.world, content, content_html="<p>Decided anew.</p>")
    stage.wordpress.before.append(lost())
    stage.click(content)
    assert stage.state(content)[0] == "unknown"
    edit(stage.world, content, content_html="<p>And once more.</p>")
    stage.click(content)
    stage.serve()
    assert stage.post(content) is there
    assert stage.state(content)[0] == "conflict"
    stage.at_rest()


@pytest.mark.parametrize(("minutes", "state"), [(-30, "unknown"), (1, "published")])
def test_a_late_echo_of_a_lost_decision_is_no_answer_to_one_of_its_number(
    stage: Restored, minutes: int, state: str
) -> None:
    content = stage.published()
    stage.back_up()
    stage.update(content)
    stage.restore()
    edit(stage.world, content, content_html="<p>Decided anew.</p>")
    stage.wordpress.before.append(lost())
    stage.click(content)
    occurred = stage.world.clock.now() + timedelta(minutes=minutes)
    number = f"{content['id']}-{stage.site['integration_id']}-2"
    stage.wordpress.tell(
        content["id"], "publish", origin="igny8", operation_id=number, rev=2, fingerprint="f2",
        occurred_at=f"{occurred:%Y-%m-%dT%H:%M:%SZ}",
    )  # fmt: skip
    event = stage.wordpress.outbox.waiting[-1] | {"origin": "igny8", "site_url": SITE_URL}
    assert stage.world.told(stage.site, event, kind="").status == 200
    stage.wordpress.outbox.waiting.clear()
    assert stage.state(content)[0] == state


def test_content_that_was_made_since_is_unknown_and_its_post_left_alone(stage: Restored) -> None:
    stage.published()
    stage.back_up()
    made = stage.published(title="Made after the backup")
    stage.restore()
    assert stage.world.call("GET", f"/api/v1/writer/content/{made['id']}/").status == 404
    stage.wordpress.becomes(made["id"], "private")
    stage.recall()
    assert stage.post(made).post_status == "private"
    [line] = [one for one in stage.world.events(stage.site) if one["action"] == "webhook_refused"]
    assert line["details"]["content_ids"] == [made["id"]], "history names what is missing"
    stage.at_rest()


def metadata_runs(stage: Restored) -> int:
    actions = [one["action"] for one in stage.world.events(stage.site)]
    return actions.count("sync_metadata")


def test_the_look_at_everything_comes_once(stage: Restored) -> None:
    content = stage.published()
    stage.back_up()
    stage.wordpress.becomes(content["id"], "draft")
    stage.listen()
    before = metadata_runs(stage)
    stage.restore()
    stage.listen()
    assert metadata_runs(stage) == before + 1
    stage.listen()
    assert metadata_runs(stage) == before + 1
    ids = (ACCOUNT, stage.site["id"], stage.site["integration_id"])
    assert stage.world.services.plan_store.get(*ids).recalls == 0, "it found something"


def test_a_site_that_only_goes_on_is_not_looked_at(stage: Restored) -> None:
    content = stage.published()
    stage.listen()
    before = metadata_runs(stage)
    for number in range(130):  # two pages
        stage.wordpress.becomes(content["id"], "draft" if number % 2 else "publish")
    stage.listen()
    told = stage.wordpress.outbox
    stage.wordpress.becomes(content["id"], "private")
    body = {"site_id": stage.site["id"], "site_url": SITE_URL, "epoch": EPOCH,
            "head_seq": told.head_seq, "events": told.waiting[-1:]}  # fmt: skip
    assert stage.world.told(stage.site, body, kind="").status == 200
    told.waiting.clear()
    stage.wordpress.becomes(content["id"], "publish")
    stage.listen()
    assert metadata_runs(stage) == before


@pytest.mark.parametrize("keys_too", [False, True])
def test_a_revoked_key_lives_again_only_with_the_table_of_keys(
    stage: Restored, keys_too: bool
) -> None:
    stage.published()
    stage.back_up()
    path = "/api/v1/integration/integrations/revoke-api-key/"
    assert stage.world.call("POST", path, {"site_id": stage.site["id"]}).status == 200
    stage.restore(keys_too=keys_too)
    answer = stage.world.told(stage.site, {"events": []}, kind="")
    assert (answer.status == 401) is not keys_too


@pytest.mark.parametrize("mode", Mode)
def test_the_look_at_everything_survives_whatever_ends_in_its_middle(mode: Mode) -> None:
    """AWS fails, or the process dies, at each call of the round that finds out."""
    number, fired = 0, True
    while fired:
        with world_in_memory() as world:
            stage, trouble = Restored(world), Trouble()
            content = stage.published()
            stage.back_up()
            stage.wordpress.becomes(content["id"], "draft")
            stage.listen()
            stage.restore()
            world.clock.advance(hours=7)
            world.sweep("sync")
            # The cursor passes nothing unless somebody is going to look.
            watched = trouble.stand_before(world.services.sync_worker._commit, "__call__")
            pull = world.services.pull
            world.services.sync_worker._commit = watched
            pull._commit = watched
            pull._inbound._commit = watched
            trouble.arm(number, mode)
            with suppress(Killed):
                world.synchronise()
            trouble.disarm()
            fired = trouble.failed is not None
            stage.listen()
            assert stage.state(content) == ("unpublished", "draft"), (number, mode)
        number += 1
    assert number > 4
