"""A creation that fails leaves no text behind, and one that was done after all loses none."""

from typing import Any

import pytest

from tests.support.aws_calls import Conflicts, FaultAt, intercepted, recorded_calls, stored_texts
from tests.support.steps import sweep_and_work
from tests.support.world import HTML, Response, World

CALLS = ["GetItem", "PutObject", "PutItem"]
NAMED = ["GetItem", "GetItem", "PutObject", "TransactWriteItems"]


def create(world: World, site: dict[str, Any], **headers: str) -> Response:
    body = {"site_id": site["id"], "title": "T", "content_html": HTML}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return world.call("POST", "/api/v1/writer/content/", body, headers=named)


def texts_of(world: World, site: dict[str, Any]) -> int:
    """How many texts there are, each of which has to be a content's that can be read."""
    listed = world.call("GET", f"/api/v1/writer/content/?site={site['id']}").data
    for content in listed:
        path = f"/api/v1/writer/content/{content['id']}/"
        assert world.call("GET", path).data["content_html"] == HTML
        assert any(f"/{content['id']}/" in text for text in stored_texts())
    return len(listed)


def test_creating_costs_no_call_more(shared: World) -> None:
    site = shared.site()
    with recorded_calls() as calls:
        assert create(shared, site).status == 201
    assert calls == CALLS
    with recorded_calls() as calls:
        assert create(shared, site, Idempotency_Key="one").status == 201
    assert calls == NAMED


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("number", range(len(NAMED)))
@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "once"}])
def test_every_text_is_a_contents_in_the_end(
    shared: World, headers: dict[str, str], number: int, after_effect: bool
) -> None:
    calls = NAMED if headers else CALLS
    if number >= len(calls):
        return
    site = shared.site()
    before = len(stored_texts())
    with intercepted(FaultAt(number, after_effect=after_effect)):
        assert create(shared, site, **headers).status == 503
    assert create(shared, site, **headers).status == 201
    for _ in range(2):
        sweep_and_work(shared, 2, minutes=6)
        assert len(stored_texts()) - before == texts_of(shared, site)


def test_what_was_certainly_not_made_goes_at_once(shared: World) -> None:
    site = shared.site()
    before = len(stored_texts())
    with intercepted(Conflicts(1_000)):
        assert create(shared, site).status == 503
    assert len(stored_texts()) == before


def test_a_content_that_was_made_and_deleted_meanwhile_is_cleaned(shared: World) -> None:
    site = shared.site()
    with intercepted(FaultAt(2, after_effect=True)):
        assert create(shared, site).status == 503
    (made,) = shared.call("GET", f"/api/v1/writer/content/?site={site['id']}").data
    cleaner = shared.services.cleaner
    is_alive = cleaner._store.is_alive

    def deleted_now(leftover: Any) -> bool:
        alive = is_alive(leftover)
        cleaner.step = lambda *_: False
        assert shared.call("DELETE", f"/api/v1/writer/content/{made['id']}/").status == 200
        del cleaner.step
        return alive

    shared.clock.advance(minutes=6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(cleaner._store), "is_alive", lambda _self, one: deleted_now(one))
        shared.sweep("clean")
    assert any(f"/{made['id']}/" in text for text in stored_texts())
    sweep_and_work(shared, 2, minutes=6)
    assert not any(f"/{made['id']}/" in text for text in stored_texts())
