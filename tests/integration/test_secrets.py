"""No secret in any response, log line, event or row that people can read."""

import io
import json
import logging
import re

import pytest

from tests.support.aws import PEPPER
from tests.support.aws_calls import stored_rows
from tests.support.steps import sweep_and_work
from tests.support.wordpress import lost, refusal, reply
from tests.support.world import World

KEY = re.compile(r"igny8_(live|test)_[0-9A-Za-z]+")
LOGGER = "service_undefined"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Everything the functions write, exactly as CloudWatch would get it."""
    import content_api.handler
    import integrations_api.handler
    import publish_worker.handler
    import sweeps.handler

    assert all((content_api.handler, integrations_api.handler, publish_worker.handler,
                sweeps.handler))  # fmt: skip
    stream = io.StringIO()
    handlers = logging.getLogger(LOGGER).handlers
    assert handlers
    for handler in handlers:
        monkeypatch.setattr(handler, "stream", stream)
    return stream


def run_everything(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """A long life of a site; answers all response bodies and the keys that were given out."""
    answers: list[str] = []
    call = world.call

    def remembered(*arguments: object, **named: object) -> object:
        answer = call(*arguments, **named)  # type: ignore[arg-type]
        answers.append(json.dumps([answer.body, answer.headers]))
        return answer

    monkeypatch.setattr(world, "call", remembered)
    site = world.connected_site()
    old = site["api_key"]
    integration = f"/api/v1/integration/integrations/{site['integration_id']}/"
    content = world.content(site, title="First", tags=["AI"], categories=["News"])
    replies = [
        lost(),
        reply(500, f"Authorization: Bearer {old}".encode()),
        refusal(422, "invalid", f"your key {old} is nice"),
        refusal(401, "invalid_api_key"),
    ]
    world.publish(content)
    world.work()
    for answer in replies:
        world.call("PATCH", f"/api/v1/writer/content/{content['id']}/", {"title": answer.error})
        leaking = world.content(site, title=f"Bearer {old}", excerpt="x")
        world.wordpress.before.append(answer)
        world.publish(leaking)
        world.work()
        world.publication(leaking)
    sweep_and_work(world, 2, minutes=400)
    new = world.key(site)["api_key"]
    world.pair(site, new)
    world.pair(site, old[:-1] + "x")
    world.pair(site, "igny8_test_" + "a" * 49)
    world.call("GET", f"/api/v1/{old}/")
    world.call("POST", "/api/v1/sites/", raw=f'{{"name": "{old}", ')
    world.call("POST", "/api/v1/sites/", {"name": "n", "url": f"https://u:{old}@example.com"})
    for path in ("/api/v1/sites/", "/api/v1/integration/integrations/", integration,
                 f"{integration}debug-status/?event_limit=100", "/api/v1/health/"):  # fmt: skip
        world.call("GET", path)
    world.call("POST", "/api/v1/integration/integrations/revoke-api-key/", {"site_id": site["id"]})
    monkeypatch.undo()
    return answers, [old, new]


def test_no_secret_anywhere(world: World, log: io.StringIO) -> None:
    with pytest.MonkeyPatch.context() as patch:
        answers, keys = run_everything(world, patch)
    written = log.getvalue()
    assert written.count("\n") > 30
    assert '"message":"served"' in written
    rows = json.dumps(stored_rows(), default=str)
    events = json.dumps(stored_rows()["igny8-test-events"], default=str)
    assert len(stored_rows()["igny8-test-events"]) > 10

    for name, text in {"log": written, "events": events}.items():
        assert not KEY.search(text), name
        assert not re.search(r"(?i)bearer\s+\S", text), name
        assert "X-IGNY8-API-KEY" not in text, name
    for line in written.splitlines():
        json.loads(line)  # redacting leaves lines that can be read
    for key in keys:
        holding = [row for row in stored_rows()["igny8-test-data"] if key in str(row)]
        assert {row["sk"]["S"] for row in holding} <= {"META"}  # a title: a person's own words
        giving = [answer for answer in answers if f'"api_key": "{key}"' in answer]
        assert len(giving) == 1  # shown once
    for text in (written, rows, *answers):
        assert PEPPER not in text


def test_only_the_generate_answer_has_a_key(world: World) -> None:
    site = world.connected_site()
    content = world.content(site)
    world.publish(content)
    world.work()
    for path in (f"/api/v1/sites/{site['id']}/", "/api/v1/sites/",
                 "/api/v1/integration/integrations/",
                 f"/api/v1/integration/integrations/{site['integration_id']}/",
                 f"/api/v1/integration/integrations/{site['integration_id']}/debug-status/",
                 f"/api/v1/writer/content/{content['id']}/",
                 f"/api/v1/writer/content/{content['id']}/publication/"):  # fmt: skip
        answer = json.dumps(world.call("GET", path).body)
        assert not KEY.search(answer), path
        assert "ciphertext" not in answer
        assert "hmac" not in answer
    assert not KEY.search(json.dumps(world.pair(site, site["api_key"]).body))
    assert not KEY.search(json.dumps(stored_rows(), default=str))


def test_words_of_a_title_do_not_break_the_history(world: World) -> None:
    site = world.connected_site()
    for title in ('See X-Amz-Signature=abc" here', 'Bearer abc"', "eyJhbGciOi.eyJzdWIi.c2ln\\"):
        world.publish(world.content(site, title=title))
    world.work()
    assert len(world.events(site)) >= 9
