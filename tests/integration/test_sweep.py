"""The sweep finds what should have happened, hints ever more rarely, and is safe twice."""

from typing import Any

import pytest

from tests.support.aws_calls import FaultAt, intercepted, recorded_calls
from tests.support.steps import bring_to
from tests.support.world import World


def test_lost_hint_is_found_by_the_sweep(shared: World) -> None:
    content = shared.content(shared.connected_site())
    with recorded_calls() as calls, intercepted(FaultAt(3)):
        assert shared.publish(content).status == 202
    assert calls[-1] == "TransactWriteItems"  # the fault stood before the recorder
    assert shared.messages() == []
    shared.work()
    assert shared.wordpress.calls == []
    assert shared.sweep() == {"found": 1, "hinted": 1, "left_over": False}
    shared.work()
    assert shared.publication(content)["publish_state"] == "published"
    assert shared.wordpress.inserts == 1


def test_sweep_hints_ever_more_rarely(shared: World) -> None:
    content = shared.content(shared.connected_site())
    shared.publish(content)
    hinted = []
    for minute in range(32):
        if shared.sweep()["hinted"]:
            hinted.append(minute)
        assert shared.sweep()["hinted"] == 0  # safe twice
        shared.clock.advance(minutes=1)
    assert hinted == [0, 1, 3, 7, 15, 31]
    assert len(shared.messages()) == 7  # the click's own, and one a look


def test_two_sweeps_at_once_send_one_hint(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    shared.publish(shared.content(shared.connected_site()))
    shared.messages()
    store = shared.services.publication_store
    get = store.get

    def overtaken(keys: tuple[str, str]) -> Any:
        monkeypatch.setattr(store, "get", get)
        row = get(keys)
        assert shared.sweep()["hinted"] == 1
        return row

    monkeypatch.setattr(store, "get", overtaken)
    assert shared.sweep()["hinted"] == 0
    assert len(shared.messages()) == 1


def test_sweep_leaves_what_is_at_rest(shared: World) -> None:
    for state in ("published", "failed", "conflict", "gone", "cancelled", "unpublished"):
        bring_to(shared, state)
    shared.clock.advance(days=30)
    assert shared.sweep() == {"found": 0, "hinted": 0, "left_over": False}
