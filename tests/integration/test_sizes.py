"""What is large passes whole, or is refused or paged before AWS refuses it in words of its own."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from content_api.handler import lambda_handler as content_api
from igny8.entrypoint import answering
from igny8.journal.model import Action, Actor, Status
from integrations_api.handler import lambda_handler as integrations_api

from tests.support.world import ACCOUNT, Context, World, api_event

CONTENT = "/api/v1/writer/content/"
INTEGRATIONS = "/api/v1/integration/integrations/"
TWO_MEGABYTES = 2 * 1024 * 1024
LAMBDA_BYTES = 6 * 1024 * 1024
LETTER = "م"


@pytest.fixture(autouse=True)
def _runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the template's does: letters stay letters."""
    monkeypatch.setattr(answering, "ESCAPES_LETTERS", False)


def in_lambda(value: dict[str, Any]) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())


def handled(
    event: dict[str, Any], handler: Callable[..., dict[str, Any]] = content_api
) -> dict[str, Any]:
    """One call as Lambda makes it: neither side may be larger than it takes."""
    assert in_lambda(event) < LAMBDA_BYTES
    answer = handler(event, Context())
    assert in_lambda(answer) < LAMBDA_BYTES
    return answer


def arabic(size: int) -> str:
    """A paragraph of so many bytes."""
    letters, rest = divmod(size - len("<p></p>"), len(LETTER.encode()))
    return f"<p>{LETTER * letters}{'x' * rest}</p>"


def test_two_mebibytes_of_arabic_come_back_as_sent(shared: World) -> None:
    html = arabic(TWO_MEGABYTES)
    body = {"site_id": shared.site()["id"], "title": "T", "content_html": html}
    raw = json.dumps(body, ensure_ascii=False)
    made = handled(api_event("POST", CONTENT, raw=raw))
    assert made["statusCode"] == 201
    content_id = json.loads(made["body"])["data"]["id"]
    read = handled(api_event("GET", f"{CONTENT}{content_id}/"))
    assert json.loads(read["body"])["data"]["content_html"] == html


def test_a_client_that_escapes_each_letter_is_let_in_up_to_the_limit_and_told_what_to_do(
    shared: World,
) -> None:
    site = shared.site()
    body = {"site_id": site["id"], "title": "T", "content_html": ""}
    most = shared.services.settings.request_max_bytes
    letters = (most - len(json.dumps(body)) - len("<p></p>")) // len("\\u0645")
    assert letters > 870_000
    body["content_html"] = f"<p>{LETTER * letters}</p>"
    assert handled(api_event("POST", CONTENT, raw=json.dumps(body)))["statusCode"] == 201
    body["content_html"] = arabic(TWO_MEGABYTES)
    refused = shared.call("POST", CONTENT, raw=json.dumps(body))
    assert (refused.status, refused.code) == (413, "too_large")
    assert "UTF-8" in refused.body["error"]["message"]


@pytest.mark.parametrize("name", ["é" * 200, '"' * 200, "x" * 200])
def test_a_hundred_contents_of_150_kb_are_listed_by_the_page(shared: World, name: str) -> None:
    site = shared.connected_site()
    tags = [f"{number:03}{name}"[:200] for number in range(100)]
    paths = [[f"{number:02}{place}{name}"[:200] for place in range(10)] for number in range(50)]
    body = {"site_id": site["id"], "title": "T", "content_html": "<p>x</p>", "tags": tags}
    fields = len(json.dumps([tags, paths], ensure_ascii=False).encode())
    while fields > 148_000:
        fields -= len(json.dumps(paths.pop(), ensure_ascii=False).encode()) + 2
    made = [shared.content(site, **{**body, "categories": paths})["id"] for _ in range(100)]
    assert fields > 100_000

    seen: list[int] = []
    cursor, pages = "", 0
    while True:
        query = f"site={site['id']}&limit=100{cursor and f'&cursor={cursor}'}"
        answer = handled(api_event("GET", CONTENT, query=query))
        page = json.loads(answer["body"])
        assert all(one["tags"] == tags and one["categories"] == paths for one in page["data"])
        seen += [one["id"] for one in page["data"]]
        cursor, pages = page["meta"]["next"], pages + 1
        if cursor is None:
            break
        assert in_lambda(answer) > 5_500_000, "as many as fit"
    assert seen == made[::-1]
    assert 2 <= pages <= 6


def test_the_newest_events_that_fit_are_shown(shared: World) -> None:
    """History repeats what was sent: a hundred publishes of many terms are more than an answer."""
    site = shared.connected_site()
    services = shared.services
    for number in range(100):
        event = services.journal.record(
            ACCOUNT, site["integration_id"], Action.CONTENT_PUBLISH, Status.PENDING,
            f"Number {number}", actor=Actor.user("u1"), details={"tags": ["é" * 200] * 250},
        )  # fmt: skip
        services.commit([event])
    path = f"{INTEGRATIONS}{site['integration_id']}/debug-status/"
    answer = handled(api_event("GET", path, query="event_limit=100"), integrations_api)
    data = json.loads(answer["body"])["data"]
    told = [event["description"] for event in data["events"]]
    assert 40 < len(told) < 100
    assert told == [f"Number {99 - place}" for place in range(len(told))]
    assert data["events_count"] == len(told)
