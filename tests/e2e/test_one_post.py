"""One post, whatever is doubled, lost or killed (G1, G2), on real concurrency."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.e2e.conftest import Stage
from tests.support.waiting import wait_until

HERE = Path(__file__).parent


def test_twenty_clicks_at_once(stage: Stage) -> None:
    content = stage.content(title="Twenty clicks")
    path = f"/api/v1/writer/content/{content['id']}/publish/"
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: stage.call("POST", path, {}), range(20)))

    statuses = sorted(answer.status_code for answer in answers)
    assert set(statuses) <= {200, 202}, [answer.text for answer in answers]
    assert statuses.count(202) == 1
    assert stage.delivered(content)["intent"] == 1
    assert len(stage.posts_of(content)) == 1


def test_one_message_delivered_five_times_in_parallel(stage: Stage) -> None:
    content = stage.content(title="Five deliveries")
    stage.publish(content)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: stage.invoke_worker(content), range(5)))

    assert all(answer == {"batchItemFailures": []} for answer in answers), answers
    publication = stage.delivered(content)
    assert (publication["intent"], publication["attempt"]) == (1, 0)
    assert len(stage.posts_of(content)) == 1


def test_worker_killed_after_wordpress_answered(stage: Stage) -> None:
    """A real process, really killed, between the answer and the write; then delivered again."""
    content = _queued_without_hint(stage, "Killed worker")
    killed = _run("killed_worker.py", stage, content)
    assert killed.returncode == -9, killed.stderr
    assert len(stage.posts_of(content)) == 1
    assert stage.publication(content)["publish_state"] == "sending"
    assert stage.publication(content)["in_doubt"] is True

    again = _run("later_worker.py", stage, content)
    assert again.returncode == 0, again.stderr
    publication = stage.publication(content)
    assert publication["publish_state"] == "published"
    assert publication["in_doubt"] is False
    (post,) = stage.posts_of(content)
    assert str(post["ID"]) == publication["external_id"]


def test_hint_that_was_never_sent_is_picked_up_by_the_sweep(stage: Stage) -> None:
    content = _queued_without_hint(stage, "No hint")
    assert stage.publication(content)["publish_state"] == "queued"
    name = stage.facts["outputs"]["DueSweepFunctionName"]
    stage.client("lambda").invoke(FunctionName=name, Payload=b'{"sweep": "due"}')
    stage.delivered(content)
    assert len(stage.posts_of(content)) == 1


def test_schedule_runs_the_sweep_by_itself(stage: Stage) -> None:
    content = _queued_without_hint(stage, "Left to the schedule")
    publication = wait_until(
        lambda: stage.publication(content),
        lambda found: found["publish_state"] == "published",
        seconds=150,
    )
    assert publication["publish_state"] == "published"


def _queued_without_hint(stage: Stage, title: str) -> dict[str, object]:
    content = stage.content(title=title)
    clicked = _run("click_without_queue.py", stage, content)
    assert clicked.returncode == 0, clicked.stderr
    return dict(content)


def _run(script: str, stage: Stage, content: dict[str, object]) -> subprocess.CompletedProcess[str]:
    """Run one of the programs beside this file with the stage's environment."""
    outputs, aws = stage.facts["outputs"], stage.facts["aws"]
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": aws["endpoint_url"],
        "AWS_DEFAULT_REGION": aws["region"],
        "AWS_REGION": aws["region"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "STAGE": "local",
        "ALLOW_LOCAL_SITES": "true",
        "DATA_TABLE": outputs["DataTableName"],
        "KEYS_TABLE": outputs["KeysTableName"],
        "GATES_TABLE": outputs["GatesTableName"],
        "EVENTS_TABLE": outputs["EventsTableName"],
        "CONTENT_BUCKET": outputs["ContentBucketName"],
        "PUBLISH_QUEUE_URL": outputs["PublishQueueUrl"],
        "SITE_KEYS_KMS_KEY_ID": outputs["SiteKeysKeyId"],
        "KEY_PEPPER_SECRET_ID": outputs["KeyPepperSecretId"],
        "HINT": stage.hint(content),
    }
    return subprocess.run(
        [sys.executable, str(HERE / "programs" / script)],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
