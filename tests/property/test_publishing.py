"""The guarantees of docs/architecture.md under any mix of clicks, faults, crashes and time.

G1: one post. G2: nothing lost. G6: honest status. And: never sent again without asking.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from igny8.core.clock import epoch
from igny8.publishing.model import PENDING_STATES, PublishState

from tests.property.chaos import FAULTS, STEPS
from tests.property.rig import Rig

DOCUMENTED = {
    "not_published", "queued", "sending", "unknown", "waiting", "blocked", "conflict", "gone",
    "published", "unpublished", "failed", "cancelled",
}  # fmt: skip
LONGEST_WAIT_SECONDS = 21_600
NUMBERS = st.integers(0, 2)
WAITS = st.sampled_from([1, 70, 160, 900, 3700, 22_000, 90_000])
CLICK_TROUBLE = st.sampled_from([None, "before lease", "after lease", "hint"])
MEANWHILE = st.sampled_from(["duplicate", "click", "frozen", "delete"])


class Publishing(RuleBasedStateMachine):
    rig: Rig

    @initialize()
    def connected_site_with_content(self) -> None:
        self.rig = Rig()
        self.rig.create(0)

    def teardown(self) -> None:
        if not hasattr(self, "rig"):
            return
        try:
            self.ends_well()
        finally:
            self.rig.close()

    def content(self, number: int) -> Any:
        return self.rig.contents[number % len(self.rig.contents)]

    # --- people -----------------------------------------------------------------------------

    @precondition(lambda self: len(self.rig.contents) < 3)
    @rule()
    def create(self) -> None:
        self.rig.create(len(self.rig.contents))

    @rule(number=NUMBERS, clicks=st.integers(0, 2), recreate=st.booleans(), trouble=CLICK_TROUBLE)
    def edit_and_click(self, number: int, clicks: int, recreate: bool, trouble: str | None) -> None:
        content = self.content(number)
        self.rig.edit(content)
        for _ in range(clicks):
            status = self.rig.click(content, recreate=recreate, trouble=trouble)
            if status == 202:
                assert self.rig.click(content) == 200, "a double click is harmless"

    @rule(number=NUMBERS, recreate=st.booleans())
    def someone_deletes_the_post(self, number: int, recreate: bool) -> None:
        self.rig.delete_post(self.content(number))
        if recreate:
            self.rig.duplicate(self.content(number))
            self.rig.click(self.content(number), recreate=True)

    @rule(what=st.sampled_from(["rotate", "pair", "revoke"]))
    def the_key(self, what: str) -> None:
        getattr(self.rig, what)()

    # --- messages, time, trouble ------------------------------------------------------------

    @rule(what=st.sampled_from(["deliver", "lose", "sweep", "late"]))
    def the_machinery(self, what: str) -> None:
        if what == "lose":
            self.rig.mailbox.waiting.clear()
        elif what == "late":
            self.rig.wordpress.late_arrives()
        else:
            if what == "sweep":
                self.rig.sweep()
            self.rig.serve(self.rig.mailbox.take())

    @rule(seconds=WAITS)
    def time_passes(self, seconds: int) -> None:
        self.rig.world.clock.advance(seconds=seconds)

    @rule(number=NUMBERS, after=WAITS, faults=st.lists(st.sampled_from(sorted(FAULTS)), min_size=1,
                                                       max_size=4))  # fmt: skip
    def site_misbehaves(self, number: int, after: int, faults: list[str]) -> None:
        content = self.news(number, after)
        self.rig.wordpress.faults += [FAULTS[name] for name in faults]
        self.rig.duplicate(content)

    @rule(number=NUMBERS, after=WAITS, step=st.sampled_from(STEPS), killing=st.booleans(),
          fault=st.none() | st.sampled_from(sorted(FAULTS)))  # fmt: skip
    def worker_breaks(
        self, number: int, after: int, step: str, killing: bool, fault: str | None
    ) -> None:
        content = self.news(number, after)
        self.rig.wordpress.faults += [FAULTS[fault]] if fault else []
        self.rig.sabotage.arm(step, killing=killing)
        self.rig.duplicate(content)

    @rule(number=NUMBERS, after=WAITS, what=MEANWHILE,
          fault=st.none() | st.sampled_from(sorted(FAULTS)))  # fmt: skip
    def something_happens_meanwhile(
        self, number: int, after: int, what: str, fault: str | None
    ) -> None:
        content = self.news(number, after)
        self.rig.wordpress.faults += [FAULTS[fault]] if fault else []
        self.rig.wordpress.meanwhile.append(lambda: self.meanwhile(content, what))
        self.rig.duplicate(content)

    def news(self, number: int, after: int) -> Any:
        """Content with something new to send, on a site that can be served."""
        content = self.content(number)
        if self.rig.gate().is_closed:
            self.rig.pair()
        self.rig.edit(content)
        self.rig.click(content)
        self.rig.world.clock.advance(seconds=after)
        return content

    def meanwhile(self, content: Any, what: str) -> None:
        """Something happens between WordPress's work and our reading of its answer."""
        if what == "click":
            self.rig.edit(content)
            self.rig.click(content)
        elif what == "duplicate":
            self.rig.duplicate(content)
        elif what == "frozen":
            self.rig.frozen()
        else:
            self.rig.delete_post(content)

    # --- what must hold ---------------------------------------------------------------------

    @invariant()
    def nothing_crashed_and_nothing_was_sent_blindly(self) -> None:
        assert self.rig.crashes == []
        assert self.rig.wordpress.violations == []

    @invariant()
    def g1_one_post(self) -> None:
        for content_id, inserted in self.rig.wordpress.inserted.items():
            assert inserted <= 1 + self.rig.recreations.get(content_id, 0)

    @invariant()
    def g2_nothing_is_lost(self) -> None:
        now = epoch(self.rig.world.clock.now())
        rows = self.rig.rows()
        assert set(self.rig.accepted) <= set(rows)
        for row in rows.values():
            shown = self.rig.services.views.shown(row)
            assert shown.publish_state in DOCUMENTED
            if shown.publish_state == "blocked":
                assert shown.reason
                assert shown.detail
            if row.state in PENDING_STATES:
                assert row.due_at is not None
                assert row.due_at <= now + LONGEST_WAIT_SECONDS
                if row.wake_at is None:
                    assert self.rig.is_found_by_the_sweep(row)
                else:
                    assert row.wake_at <= now + LONGEST_WAIT_SECONDS
            else:
                assert (row.due_at, row.wake_at, row.lease_owner) == (None, None, None)
            if row.state is PublishState.FAILED:
                assert row.last_error is not None
                assert row.last_error.message

    @invariant()
    def g6_published_means_published(self) -> None:
        wordpress = self.rig.wordpress
        for row in self.rig.rows().values():
            if row.state is not PublishState.PUBLISHED:
                continue
            assert row.doubt is None
            assert row.applied_intent == row.intent
            assert wordpress.applied[row.content_id] == row.intent
            post = wordpress.posts.get(row.content_id)
            if post is None:
                assert row.content_id in self.rig.deletions
                continue
            assert post.rev == row.applied_intent
            assert str(post.post_id) == str(row.external_id)
            text = self.rig.texts[row.content_id][row.content_rev]
            assert (post.title, post.content_html) == text

    def ends_well(self) -> None:
        for row in self.rig.rows().values():
            assert row.state not in PENDING_STATES or self.rig.is_found_by_the_sweep(row)
        self.rig.heal()
        self.rig.drain()
        for content_id in self.rig.accepted:
            row = self.rig.rows()[content_id]
            assert row.state in {PublishState.PUBLISHED, PublishState.GONE, PublishState.FAILED}, (
                row
            )
            assert row.content_rev >= self.rig.accepted[content_id]
            if row.state is PublishState.GONE:
                assert content_id in self.rig.deletions
        self.holds()
        for content in self.rig.contents:
            self.rig.edit(content)
            self.rig.click(content, recreate=content["id"] in self.rig.wordpress.deleted)
            self.rig.click(content, recreate=True)
        self.rig.drain()
        self.holds()
        for content in self.rig.contents:
            post = self.rig.wordpress.posts[content["id"]]
            newest = max(self.rig.texts[content["id"]])
            assert (post.title, post.content_html) == self.rig.texts[content["id"]][newest]
            row = self.rig.rows()[content["id"]]
            assert row.state is PublishState.PUBLISHED, row

    def holds(self) -> None:
        self.nothing_crashed_and_nothing_was_sent_blindly()
        self.g1_one_post()
        self.g2_nothing_is_lost()
        self.g6_published_means_published()


TestPublishing = Publishing.TestCase
EXAMPLES = 400 if settings().derandomize else 20_000  # ten thousand steps in a minute, or more
TestPublishing.settings = settings(max_examples=EXAMPLES, stateful_step_count=25)
