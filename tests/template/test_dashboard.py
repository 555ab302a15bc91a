"""The dashboard: nothing on it that nobody says, and every alarm, function and queue is there."""

from typing import Any

import pytest
from igny8.core.metrics import Metric
from igny8.publishing.model import BLOCKED, PublishState

from tests.template.test_alarms import FROM_LOGS, SAID_BY, STACK, alarms

Resources = dict[str, dict[str, Any]]
BY_AWS = {
    "AWS/SQS": (
        "QueueName", {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"},
    ),
    "AWS/Lambda": ("FunctionName", {"Errors", "Throttles", "ConcurrentExecutions", "Duration"}),
    "AWS/ApiGateway": ("ApiName", {"5XXError", "4XXError", "Count", "Latency"}),
    "AWS/DynamoDB": (
        "TableName",
        {
            "ReadThrottleEvents", "WriteThrottleEvents",
            "ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits",
        },
    ),
}  # fmt: skip
"""What AWS documents, by namespace, and the dimension by which it says it."""
WORDS = {
    Metric.DELIVERIES: {"state": {str(state) for state in PublishState} | {BLOCKED}},
    Metric.CLOSED_GATES: {"reason": {"unreachable", "auth", "misconfigured", "paused"}},
}
ASKED_FOR = {"published", "failed", "unknown", BLOCKED}


def widgets(resources: Resources, kind: str) -> list[dict[str, Any]]:
    body = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::ToJsonString"]
    return [one for one in body["widgets"] if one["type"] == kind]


def lines(resources: Resources) -> list[tuple[Any, str, dict[str, Any]]]:
    """Namespace, name and dimensions of all that is drawn."""
    found = []
    for widget in widgets(resources, "metric"):
        for namespace, name, *rest in widget["properties"]["metrics"]:
            pairs = rest[:-1] if isinstance(rest[-1], dict) and "label" in rest[-1] else rest
            dimensions = dict(zip(pairs[::2], pairs[1::2], strict=True))
            found.append((namespace, name, dimensions))
    return found


def of(resources: Resources, *names: str) -> list[dict[str, Any]]:
    return [dimensions for _, name, dimensions in lines(resources) if name in names]


def test_what_is_ours_is_said_by_the_function_that_is_named(resources: Resources) -> None:
    ours = [(name, dimensions) for namespace, name, dimensions in lines(resources)
            if namespace == STACK]  # fmt: skip
    assert {name for name, _ in ours} == set(Metric) | FROM_LOGS
    for name, dimensions in ours:
        if name in FROM_LOGS:
            assert dimensions == {}  # a filter of log lines: see test_our_faults.py
            continue
        metric = Metric(name)
        service = dimensions.pop("service")["Fn::Sub"].removeprefix("${AWS::StackName}-")
        assert service in SAID_BY[metric], name
        words = WORDS.get(metric, {})
        assert dimensions.keys() == words.keys(), name
        assert all(dimensions[word] in allowed for word, allowed in words.items()), name


def test_what_is_the_clouds_is_documented_and_of_a_thing_that_is_there(
    resources: Resources, functions: dict[str, Any]
) -> None:
    for namespace, name, dimensions in lines(resources):
        if namespace == STACK:
            continue
        dimension, names = BY_AWS[namespace]
        assert name in names, name
        named = dimensions.pop(dimension)
        if namespace == "AWS/Lambda":
            assert named in [one["FunctionName"] for one in functions.values()], name
        elif namespace == "AWS/SQS":
            queue, attribute = named["Fn::GetAtt"]
            assert (resources[queue]["Type"], attribute) == ("AWS::SQS::Queue", "QueueName")
        elif namespace == "AWS/DynamoDB":
            assert resources[named["Ref"]]["Type"] == "AWS::DynamoDB::Table"
        else:
            assert (named, dimensions.pop("Stage")) == (STACK, {"Ref": "Stage"})
        assert dimensions == {}, name


def test_every_alarm_is_on_it_once(resources: Resources) -> None:
    [widget] = widgets(resources, "alarm")
    shown = [one["Fn::GetAtt"] for one in widget["properties"]["alarms"]]
    assert sorted(shown) == sorted([name, "Arn"] for name in alarms(resources))


@pytest.mark.parametrize("metric", ["Errors", "Throttles", "Duration", "ConcurrentExecutions"])
def test_every_function_is_on_it(
    resources: Resources, functions: dict[str, Any], metric: str
) -> None:
    shown = [one["FunctionName"]["Fn::Sub"] for one in of(resources, metric)]
    assert sorted(shown) == sorted(one["FunctionName"]["Fn::Sub"] for one in functions.values())


def test_every_queue_is_on_it_with_its_length_and_those_that_are_served_with_their_age(
    resources: Resources,
) -> None:
    queues = {name for name, one in resources.items() if one["Type"] == "AWS::SQS::Queue"}
    served = {name for name in queues if "RedrivePolicy" in resources[name]["Properties"]}
    for metric, wanted in (
        ("ApproximateNumberOfMessagesVisible", queues),
        ("ApproximateAgeOfOldestMessage", served),
    ):
        shown = [one["QueueName"]["Fn::GetAtt"][0] for one in of(resources, metric)]
        assert sorted(shown) == sorted(wanted), metric


def test_every_sweep_and_every_reason_is_on_it(resources: Resources) -> None:
    for metric in (Metric.SWEEP_RUNS, Metric.SWEEP_LEFT_OVER, Metric.OLDEST_DUE_SECONDS):
        shown = {one["service"]["Fn::Sub"].partition("-")[2] for one in of(resources, metric)}
        assert shown == SAID_BY[metric]
    reasons = {one["reason"] for one in of(resources, Metric.CLOSED_GATES)}
    assert reasons == WORDS[Metric.CLOSED_GATES]["reason"]
    assert {one["state"] for one in of(resources, Metric.DELIVERIES)} >= ASKED_FOR


def test_no_widget_lies_on_another(resources: Resources) -> None:
    taken: set[tuple[int, int]] = set()
    for one in widgets(resources, "metric") + widgets(resources, "alarm"):
        cells = {
            (x, y)
            for x in range(one["x"], one["x"] + one["width"])
            for y in range(one["y"], one["y"] + one["height"])
        }
        assert not cells & taken, one["properties"]["title"]
        assert one["x"] + one["width"] <= 24
        taken |= cells
