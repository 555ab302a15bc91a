"""Several articles at once, through the batches' own queue and worker to a real WordPress."""

from typing import Any

from tests.e2e.conftest import CALL_SECONDS, PUBLISH_SECONDS, Stage
from tests.support.waiting import wait_until

BATCHES = "/api/v1/writer/batches"


def begun(stage: Stage, contents: list[Any]) -> str:
    body = {"ids": [one["id"] for one in contents]}
    taken = stage.ok("POST", "/api/v1/writer/content/bulk-publish/", body)
    assert [one["result"] for one in taken["results"]] == ["accepted"] * len(contents)
    return f"{BATCHES}/{taken['batch_id']}/"


def test_a_batch_is_published_by_its_worker_and_cancelled_as_a_whole(stage: Stage) -> None:
    contents = [stage.content(title=f"Of a batch, {number}") for number in range(3)]
    path = begun(stage, contents)
    seen = wait_until(
        lambda: stage.ok("GET", path),
        lambda batch: batch["counts"] == {"published": 3},
        seconds=CALL_SECONDS + PUBLISH_SECONDS,
    )
    assert (seen["state"], seen["counts"]) == ("done", {"published": 3})
    assert [len(stage.posts_of(one)) for one in contents] == [1, 1, 1]

    again = begun(stage, contents)
    assert stage.ok("POST", f"{again}cancel/")["state"] == "cancelling"
    ended = wait_until(
        lambda: stage.ok("GET", again),
        lambda batch: batch["state"] == "cancelled",
        seconds=CALL_SECONDS,
    )
    assert ended["state"] == "cancelled"
    assert stage.ok("GET", path)["counts"] == {"published": 3}
    assert [len(stage.posts_of(one)) for one in contents] == [1, 1, 1]
