"""What only the worker's log says becomes a metric, and an alarm."""

import re
from pathlib import Path
from typing import Any

LAYER = Path(__file__).parents[2] / "layers/core/igny8"
SAID_BY = ("publishing/setbacks.py", "admission/visits.py", "core/reading.py")


def test_every_word_that_is_counted_is_said_and_raises_the_alarm(
    resources: dict[str, dict[str, Any]],
) -> None:
    counted = resources["OurFaultsMetric"]["Properties"]
    words = re.findall(r'\$\.message = "([^"]+)"', counted["FilterPattern"])
    assert len(words) == 4
    source = "".join((LAYER / name).read_text() for name in SAID_BY)
    assert [word for word in words if f'"{word}"' not in source] == []
    alarm = resources["OurFaultsAlarm"]["Properties"]
    (metric,) = counted["MetricTransformations"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (
        metric["MetricNamespace"], metric["MetricName"],
    )  # fmt: skip
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert alarm["AlarmActions"] == [{"Ref": "OperatorsTopic"}]


def test_the_sync_worker_is_counted_with_it(resources: dict[str, dict[str, Any]]) -> None:
    of_publishing, of_syncing = (
        resources[name]["Properties"] for name in ("OurFaultsMetric", "OurSyncFaultsMetric")
    )
    assert of_syncing["FilterPattern"] == of_publishing["FilterPattern"]
    assert of_syncing["MetricTransformations"] == of_publishing["MetricTransformations"]
    assert of_syncing["LogGroupName"] == {"Ref": "SyncWorkerLogGroup"}


def test_the_worker_of_batches_is_counted_with_it(resources: dict[str, dict[str, Any]]) -> None:
    of_publishing, of_batches = (
        resources[name]["Properties"] for name in ("OurFaultsMetric", "OurBatchFaultsMetric")
    )
    words = re.findall(r'\$\.message = "([^"]+)"', of_batches["FilterPattern"])
    source = (LAYER / "batches/worker.py").read_text()
    assert words == ["crashed", "our fault", "a row cannot be read"]
    assert [word for word in words[:2] if f'"{word}"' not in source] == []
    assert of_batches["MetricTransformations"] == of_publishing["MetricTransformations"]
    assert of_batches["LogGroupName"] == {"Ref": "BatchWorkerLogGroup"}


def test_the_clean_sweep_is_counted_with_it(resources: dict[str, dict[str, Any]]) -> None:
    of_publishing, of_cleaning = (
        resources[name]["Properties"] for name in ("OurFaultsMetric", "OurCleaningFaultsMetric")
    )
    words = re.findall(r'\$\.message = "([^"]+)"', of_cleaning["FilterPattern"])
    assert words == ["crashed", "a row cannot be read"]
    for name in ("cleaning/service.py", "publishing/clearing.py"):
        assert '"crashed"' in (LAYER / name).read_text()
    assert of_cleaning["MetricTransformations"] == of_publishing["MetricTransformations"]
    assert of_cleaning["LogGroupName"] == {"Ref": "CleanSweepLogGroup"}


def test_the_automatic_sweep_is_counted_with_it(resources: dict[str, dict[str, Any]]) -> None:
    of_publishing, of_automatic = (
        resources[name]["Properties"] for name in ("OurFaultsMetric", "OurAutomaticFaultsMetric")
    )
    (word,) = re.findall(r'\$\.message = "([^"]+)"', of_automatic["FilterPattern"])
    for name in ("pipeline/automatic.py", "pipeline/sweep.py"):
        assert f'"{word}"' in (LAYER / name).read_text()
    assert of_automatic["MetricTransformations"] == of_publishing["MetricTransformations"]
    assert of_automatic["LogGroupName"] == {"Ref": "AutomaticSweepLogGroup"}


def test_the_worker_is_told_that_a_text_is_missing(resources: dict[str, dict[str, Any]]) -> None:
    """To who may not list it, S3 answers 403 for an object that is not there."""
    (policy,) = resources["PublishWorkerRole"]["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    (listing,) = [one for one in statements if one["Action"] == "s3:ListBucket"]
    assert listing["Condition"] == {"StringLikeIfExists": {"s3:prefix": "content/*"}}
