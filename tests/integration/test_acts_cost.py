"""The exact AWS calls of what people do with a publication, and of what follows."""

from typing import Any

import pytest

from tests.integration.test_acts import act
from tests.support.aws_calls import recorded_calls
from tests.support.steps import bring_to
from tests.support.world import World

DECIDED = ["Query", "Query", "TransactWriteItems", "SendMessage"]  # content, site; then a hint
CASES: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("queued", "cancel", {}, ["Query", "TransactWriteItems"]),
    ("unknown", "cancel", {}, ["Query", "TransactWriteItems", "SendMessage"]),
    ("cancelled", "cancel", {}, ["Query"]),
    ("failed", "retry", {}, DECIDED),
    ("waiting", "retry", {}, DECIDED),
    ("published", "retry", {}, ["Query", "Query"]),
    ("published", "unpublish", {"to": "trash"}, DECIDED),
    ("queued", "unpublish", {"to": "trash"}, ["Query", "TransactWriteItems"]),
    ("gone", "unpublish", {"to": "trash"}, ["Query"]),
    ("conflict", "resolve-conflict", {"keep": "ours"}, DECIDED),
    ("conflict", "resolve-conflict", {"keep": "theirs"}, DECIDED[:3]),
    ("published", "resolve-conflict", {"keep": "ours"}, ["Query"]),
]


@pytest.mark.parametrize(("state", "what", "body", "expected"), CASES)
def test_an_act(
    shared: World, state: str, what: str, body: dict[str, Any], expected: list[str]
) -> None:
    content = bring_to(shared, state)
    with recorded_calls() as calls:
        act(shared, content, what, **body)
    assert calls == expected


def test_deleting_with_the_post(shared: World) -> None:
    content = bring_to(shared, "published")
    shared.messages()
    path = f"/api/v1/writer/content/{content['id']}/?unpublish=trash"
    with recorded_calls() as calls:
        assert shared.call("DELETE", path).status == 202
    assert calls == DECIDED
    hints = shared.messages()
    with recorded_calls() as calls:
        shared.work(hints)
    assert calls == [
        "BatchGetItem",  # the content with its publication
        "GetItem",  # the gate
        "Query",  # the site with its keys and integrations; no text is read
        "TransactWriteItems",  # lease, slot, doubt, event
        "TransactWriteItems",  # result, slot, event
        "SendMessage",  # what is to be deleted now
        "Query",  # what else is due
    ]
    hints = shared.messages()
    with recorded_calls() as calls:
        shared.work(hints)
    # The content, whole; it with its publications and links; what else is due.
    assert calls == ["BatchGetItem", "Query", "TransactWriteItems", "Query"]
    assert shared.call("GET", path.partition("?")[0]).status == 404
