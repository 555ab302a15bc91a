"""The guarantees of docs/architecture.md under any mix of clicks, faults, crashes and time.

G1: one post. G2: nothing lost. G6: honest status. And: never sent again without asking.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.property import truths
from tests.property.chaos import FAULTS, STEPS
from tests.property.rig import Rig
from tests.support.case import Backend
from tests.support.trouble import Mode
from tests.support.world import running_world, world_in_memory

NUMBERS = st.integers(0, 2)
WAITS = st.sampled_from([1, 70, 160, 900, 3700, 22_000, 90_000])
CLICK_TROUBLE = st.sampled_from([None, "before lease", "after lease", "hint"])
MEANWHILE = st.sampled_from([
    "duplicate", "click", "frozen", "delete", "edited", "draft", "cancel", "to draft",
])  # fmt: skip
BY_PEOPLE = st.sampled_from(["edited", "draft", "trash", "publish", "deleted"])
BY_PEOPLE_HERE: dict[str, tuple[str, dict[str, str]]] = {
    "cancel": ("cancel", {}),
    "retry": ("retry", {}),
    "to draft": ("unpublish", {"to": "draft"}),
    "to trash": ("unpublish", {"to": "trash"}),
    "ours": ("resolve-conflict", {"keep": "ours"}),
    "theirs": ("resolve-conflict", {"keep": "theirs"}),
}
CALLS = st.integers(0, 24)  # a delivery makes twelve, a click six
ACTS = st.sampled_from(["deliver", "click", "edit", "sweep", "pair", "told", *BY_PEOPLE_HERE])


class Publishing(RuleBasedStateMachine):
    backend: Backend = staticmethod(world_in_memory)
    rig: Rig

    @initialize()
    def connected_site_with_content(self) -> None:
        self.rig = Rig(self.backend)
        self.rig.create(0)

    def teardown(self) -> None:
        if not hasattr(self, "rig"):
            return
        try:
            truths.end_well(self.rig)
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

    @rule(number=NUMBERS, act=st.sampled_from(sorted(BY_PEOPLE_HERE)))
    def people_decide(self, number: int, act: str) -> None:
        what, body = BY_PEOPLE_HERE[act]
        self.rig.act(self.content(number), what, **body)

    @rule(number=NUMBERS, what=BY_PEOPLE, told=st.booleans())
    def people_work_there(self, number: int, what: str, told: bool) -> None:
        self.rig.person(self.content(number), what, told=told)

    @rule(what=st.sampled_from(["rotate", "pair", "revoke"]))
    def the_key(self, what: str) -> None:
        getattr(self.rig, what)()

    # --- messages, time, trouble ------------------------------------------------------------

    @rule(what=st.sampled_from(["deliver", "lose", "repeat", "reorder", "sweep", "late"]))
    def the_machinery(self, what: str) -> None:
        waiting = self.rig.mailbox.waiting
        if what == "lose":
            waiting.clear()
        elif what == "repeat":
            waiting += waiting
        elif what == "reorder":
            waiting.reverse()
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

    @rule(number=NUMBERS, after=WAITS, act=ACTS, call=CALLS, mode=st.sampled_from(Mode),
          fault=st.none() | st.sampled_from(sorted(FAULTS)))  # fmt: skip
    def any_call_ends(
        self, number: int, after: int, act: str, call: int, mode: Mode, fault: str | None
    ) -> None:
        content = self.news(number, after)
        self.rig.wordpress.faults += [FAULTS[fault]] if fault and act == "deliver" else []
        acts: dict[str, Callable[[], object]] = {
            "deliver": lambda: self.rig.duplicate(content),
            "click": lambda: self.rig.click(content),
            "edit": lambda: self.rig.edit(content),
            "sweep": self.rig.sweep,
            "pair": self.rig.pair,
            "told": lambda: self.rig.person(content, "draft", told=True),
        }
        if act in BY_PEOPLE_HERE:
            what, body = BY_PEOPLE_HERE[act]
            acts[act] = lambda: self.rig.act(content, what, **body)
        if act == "click":
            self.rig.edit(content)
        self.rig.breaks(call, mode, acts[act])

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
        elif what in BY_PEOPLE_HERE:
            act, body = BY_PEOPLE_HERE[what]
            self.rig.act(content, act, **body)
        elif what != "delete":
            self.rig.person(content, what, told=True)
        else:
            self.rig.delete_post(content)

    # --- what must hold ---------------------------------------------------------------------

    @invariant()
    def holds(self) -> None:
        truths.hold(self.rig)


class OnDynamoDB(Publishing):
    """The same on simulated tables of the real kind: every condition and index is the real one."""

    backend = staticmethod(running_world)


TestPublishing = Publishing.TestCase
TestPublishingOnDynamoDB = OnDynamoDB.TestCase
# `make stories` takes the night's 50,000.
STORIES = 500 if settings().derandomize else max(settings().max_examples, 20_000)
TestPublishing.settings = settings(max_examples=STORIES, stateful_step_count=25)
TestPublishingOnDynamoDB.settings = settings(max_examples=3, stateful_step_count=8)
