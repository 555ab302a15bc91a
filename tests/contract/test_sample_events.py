"""The sample events, each fed to the handler that gets it in AWS."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.releases import released
from tests.support.releasing import bring_in
from tests.support.template import load
from tests.support.world import Context, World, running_world

ROOT = Path(__file__).parents[2]
ACCOUNT = 1001
IDS = {
    "site": 262058803200000,
    "integration": 262058803200001,
    "content": 262058803204096,
    "batch": 262058803208192,
}


def sample(name: str) -> Any:
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


class GivenIds:
    """Draws the ids that the samples name, then others."""

    def __init__(self) -> None:
        self._given = [IDS["site"], IDS["integration"]]
        self._next = IDS["content"] - 10

    def next(self) -> int:
        if self._given:
            return self._given.pop(0)
        self._next += 1
        return self._next


@pytest.fixture
def stage() -> Iterator[World]:
    """A stage with the site and the content that the samples are about."""
    with running_world() as world:
        ids = GivenIds()
        world.services.ids = ids  # type: ignore[assignment]
        site = world.connected_site(account=ACCOUNT)
        assert (site["id"], site["integration_id"]) == (IDS["site"], IDS["integration"])
        world.api_key = site["api_key"]  # type: ignore[attr-defined]
        ids._given = [IDS["content"]]
        assert world.content(site, account=ACCOUNT)["id"] == IDS["content"]
        yield world


def test_content_api(stage: World) -> None:
    from content_api.handler import lambda_handler

    answer = lambda_handler(sample("content_api"), Context())
    assert answer["statusCode"] == 202
    assert json.loads(answer["body"])["data"]["publish_state"] == "queued"
    assert len(stage.messages()) == 1


def test_integrations_api(stage: World) -> None:
    from integrations_api.handler import lambda_handler

    answer = lambda_handler(sample("integrations_api"), Context())
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["data"]["events_count"] == 2
    assert stage.wordpress.calls == []


def test_publish_worker(stage: World) -> None:
    from content_api.handler import lambda_handler as click
    from publish_worker.handler import lambda_handler

    click(sample("content_api"), Context())
    (sent,) = stage.messages()
    event = sample("publish_worker")
    assert sent["body"] == event["Records"][0]["body"]  # as the click writes it
    assert lambda_handler(event, Context()) == {"batchItemFailures": []}
    assert stage.wordpress.inserts == 1
    assert stage.wordpress.sent()[0]["content_id"] == IDS["content"]
    for record in event["Records"]:
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode()).hexdigest()


def test_webhooks_api(stage: World) -> None:
    from webhooks_api.handler import lambda_handler

    event = sample("webhooks_api")
    refused = lambda_handler(event, Context())
    assert refused["statusCode"] == 401  # the sample holds no key
    event["headers"]["X-IGNY8-API-KEY"] = stage.api_key  # type: ignore[attr-defined]
    answer = lambda_handler(event, Context())
    assert answer["statusCode"] == 200
    heard = json.loads(answer["body"])["data"]
    assert (heard["result"], heard["wordpress_status"]) == ("applied", "publish")


def test_plugins_api(stage: World) -> None:
    from plugins_api.handler import lambda_handler

    released(stage, "2.0.0", "2.0.1")
    answer = lambda_handler(sample("plugins_api"), Context())
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["data"]["version"] == "2.0.1"


def test_releases_api(stage: World) -> None:
    from releases_api.handler import lambda_handler

    assert bring_in(stage).status == 200
    answer = lambda_handler(sample("releases_api"), Context())
    assert answer["statusCode"] == 200
    told = json.loads(answer["body"])["data"]
    assert (told["state"], told["rollout_percent"]) == ("released", 5)


def test_sync_worker(stage: World) -> None:
    from sync_worker.handler import lambda_handler

    start = {"direction": "metadata"}
    path = f"/api/v1/integration/integrations/{IDS['integration']}/sync/"
    named = sample("integrations_api")["requestContext"]["requestId"]
    assert stage.call("POST", path, start, account=ACCOUNT, request_id=named).status == 202
    event = sample("sync_worker")
    assert event["Records"][0]["body"] in [one["body"] for one in stage.messages("sync")]
    assert lambda_handler(event, Context()) == {"batchItemFailures": []}
    assert "structure" in [call[1] for call in stage.wordpress.calls]
    for record in event["Records"]:
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode()).hexdigest()


def test_batch_worker(stage: World) -> None:
    from batch_worker.handler import lambda_handler

    stage.services.ids._given = [IDS["batch"]]  # type: ignore[attr-defined]
    path = "/api/v1/writer/content/bulk-publish/"
    named = sample("content_api")["requestContext"]["requestId"]
    body = {"ids": [IDS["content"]]}
    assert stage.call("POST", path, body, account=ACCOUNT, request_id=named).status == 202
    event = sample("batch_worker")
    assert [event["Records"][0]["body"]] == [one["body"] for one in stage.messages("batch")]
    assert lambda_handler(event, Context()) == {"batchItemFailures": []}
    assert len(stage.messages()) == 1
    for record in event["Records"]:
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode()).hexdigest()


def test_sweeps(stage: World) -> None:
    from content_api.handler import lambda_handler as click
    from sweeps.handler import lambda_handler

    click(sample("content_api"), Context())
    stage.messages()
    assert lambda_handler(sample("sweeps"), Context()) == {
        "found": 1, "hinted": 1, "left_over": 0, "unreadable": (),
        "oldest_due_seconds": 0, "long_in_doubt": 0,
    }  # fmt: skip
    assert len(stage.messages()) == 1


def test_a_schedule_sends_the_sample() -> None:
    inputs = [
        json.loads(event["Properties"]["Input"])
        for resource in load()["Resources"].values()
        for event in resource.get("Properties", {}).get("Events", {}).values()
        if event["Type"] == "ScheduleV2"
    ]
    assert sample("sweeps") in inputs


def test_one_sample_a_function_and_nothing_secret() -> None:
    functions = {path.parent.name for path in ROOT.glob("functions/*/handler.py")}
    samples = {path.stem: path.read_text() for path in ROOT.glob("events/*.json")}
    assert samples.keys() == functions
    for text in samples.values():
        assert "igny8_live_" not in text
        assert "igny8_test_" not in text
        assert "eyJ" not in text
