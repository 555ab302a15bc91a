"""Admission serves any worker: here one that reads what a site is made of, and knows no article."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import igny8.admission
import pytest
from igny8.admission.answers import SiteEffect, is_somebody_elses, site_rule
from igny8.admission.slots import HeldSlot, Lesson, SlotService
from igny8.admission.visits import NotServable, SiteDeleted, VisitService
from igny8.core.clock import Clock, epoch
from igny8.core.queue import Hint
from igny8.core.rows import Commit, ConditionLost
from igny8.journal.model import Actor
from igny8.wordpress.client import BridgeClient
from igny8.wordpress.response import BridgeResponse

from tests.support.steps import bring_to, gate_of, publication_row, with_slots_free
from tests.support.wordpress import not_sent, refusal, reply
from tests.support.world import ACCOUNT, World

pytestmark = pytest.mark.rows("memory")

ACTOR = Actor.schedule("structure")
THERE = {"success": True, "data": {"post_types": {}, "taxonomies": {}}}
REVOKE = "/api/v1/integration/integrations/revoke-api-key/"


def lesson_of(answer: BridgeResponse) -> Lesson:
    rule = site_rule(answer)
    if rule is not None:
        return Lesson(effect=rule.effect, message=rule.message, door=answer.door)
    if answer.ours:
        return Lesson(effect=SiteEffect.SERVES, message="", door=answer.door)
    others = is_somebody_elses(answer)
    return Lesson(
        effect=SiteEffect.UNREADABLE if others else SiteEffect.FAILS, message="No clear answer."
    )


@dataclass(frozen=True)
class Reader:
    """Asks a site for its structure, one place at a time, as any worker does."""

    visits: VisitService
    slots: SlotService
    client: BridgeClient
    commit: Commit
    clock: Clock

    def read(self, hint: Hint) -> BridgeResponse:
        visit = self.visits.begin(hint, actor=ACTOR)
        until = epoch(self.clock.now()) + 60
        held, taking = self.slots.take(visit, owner="reader", until=until)
        self.commit([taking])
        answer = self.client.structure(visit.target.through(visit.gate.door))
        self._leave(held, lesson_of(answer))
        return answer

    def _leave(self, held: HeldSlot, lesson: Lesson) -> None:
        leaving = self.slots.leave(held, lesson, actor=ACTOR)
        try:
            self.commit(leaving.writes)
        except ConditionLost as lost:
            self._leave(held.looked_at(lost.rows), lesson)


@pytest.fixture
def site(shared: World) -> dict[str, Any]:
    return shared.connected_site()


@pytest.fixture
def hint(site: dict[str, Any]) -> Hint:
    return Hint(ACCOUNT, site["id"], site["integration_id"])


@pytest.fixture
def reader(shared: World) -> Reader:
    parts = shared.services
    return Reader(parts.visits, parts.slots, parts.bridge, parts.commit, parts.clock)


@pytest.fixture
def during(shared: World) -> Iterator[list[Any]]:
    """What happens while the next call is under way."""
    acts: list[Any] = []
    request = shared.wordpress.request

    def busy(*arguments: Any, **named: Any) -> Any:
        if acts:
            acts.pop(0)()
        return request(*arguments, **named)

    shared.wordpress.request = busy  # type: ignore[method-assign]
    yield acts
    del shared.wordpress.request


def test_it_takes_a_place_asks_and_leaves(
    shared: World, reader: Reader, site: dict[str, Any], hint: Hint, during: list[Any]
) -> None:
    places: list[bool] = []
    during.append(lambda: places.append(with_slots_free(shared, site["integration_id"])))
    shared.wordpress.before.append(reply(200, THERE))
    assert reader.read(hint).data == THERE["data"]
    assert [route for _, route, _ in shared.wordpress.calls] == ["structure"]
    assert places == [False]
    assert with_slots_free(shared, site["integration_id"])


def test_a_site_that_is_down_for_it_is_down_for_everybody(
    shared: World, reader: Reader, site: dict[str, Any], hint: Hint
) -> None:
    shared.wordpress.before += [not_sent()] * 3
    for _ in range(3):
        reader.read(hint)
    assert gate_of(shared, site).reason == "unreachable"
    with pytest.raises(NotServable):
        reader.read(hint)
    content = shared.content(site)
    shared.publish(content)
    shared.work()
    assert shared.publication(content)["publish_state"] == "blocked"
    assert shared.wordpress.sent() == []
    event = next(one for one in shared.events(site) if one["action"] == "breaker_open")
    assert (event["actor"], event["channel"]) == ("schedule:structure", "sweep")


def test_its_probe_opens_what_a_delivery_closed(
    shared: World, reader: Reader, site: dict[str, Any], hint: Hint
) -> None:
    content = shared.content(site)
    shared.publish(content)
    shared.wordpress.before.append(refusal(401, "invalid_api_key"))
    shared.work()
    assert gate_of(shared, site).reason == "auth"
    shared.clock.advance(hours=7)
    shared.wordpress.before += [
        reply(200, {"success": True, "data": {"bridge": {"version": "2.0.0"}}}),
        reply(200, THERE),
    ]
    assert reader.read(hint).data == THERE["data"]
    assert gate_of(shared, site).reason is None
    opened = next(one for one in shared.events(site) if one["action"] == "gate_opened")
    assert opened["actor"] == "schedule:structure"


def test_a_full_site_has_no_place_for_it(
    shared: World, reader: Reader, site: dict[str, Any], hint: Hint
) -> None:
    refused: list[bool] = []
    contents = [shared.content(site), shared.content(site)]
    for content in contents:
        shared.publish(content)
    shared.messages()

    def second(answer: Any) -> Any:
        shared.work([shared.hint(contents[1], site["integration_id"])])
        return answer

    def full(answer: Any) -> Any:
        with pytest.raises(NotServable):
            reader.read(hint)
        refused.append(True)
        return answer

    shared.wordpress.after += [second, full]
    shared.work([shared.hint(contents[0], site["integration_id"])])
    assert refused == [True]
    assert [publication_row(shared, one).state for one in contents] == ["published"] * 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(reply(200, THERE), "auth"), (refusal(401, "invalid_api_key"), "auth")],
    ids=["serves", "refuses"],
)
def test_what_it_learnt_with_a_key_that_was_revoked_meanwhile_counts_no_more(
    shared: World, reader: Reader, site: dict[str, Any], hint: Hint, during: list[Any],
    answer: Any, reason: str,
) -> None:  # fmt: skip
    shared.wordpress.before.append(not_sent())
    reader.read(hint)  # so that a success has something to forget
    during.append(lambda: shared.call("POST", REVOKE, {"site_id": site["id"]}))
    shared.wordpress.before.append(answer)
    assert reader.read(hint).ours
    assert (gate_of(shared, site).reason, gate_of(shared, site).detail) == (
        reason, "The API key was revoked.",
    )  # fmt: skip
    assert with_slots_free(shared, site["integration_id"])


def test_a_deleted_site_is_nobodys(shared: World, reader: Reader, site: dict[str, Any]) -> None:
    bring_to(shared, "none", site)
    assert shared.call("DELETE", f"/api/v1/sites/{site['id']}/").status == 200
    with pytest.raises(SiteDeleted):
        reader.read(Hint(ACCOUNT, site["id"], site["integration_id"]))


def test_neither_it_nor_admission_knows_of_publishing() -> None:
    sources = [Path(__file__), *Path(igny8.admission.__path__[0]).glob("*.py")]
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not [name for name in names if name.startswith("igny8.publishing")], path
