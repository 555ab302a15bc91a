"""Every metric that the code makes has its alarm, and every alarm a page that says what to do."""

import re
from pathlib import Path
from typing import Any

import pytest
from igny8.admission.model import GateReason
from igny8.core.metrics import NAMESPACE, Metric

from local.template import read_template
from tests.support.template import LOOP

Resources = dict[str, dict[str, Any]]
RUNBOOK = (Path(__file__).parents[2] / "docs/operations.md").read_text()
STACK = {"Ref": "AWS::StackName"}
APIS = {"ContentApi", "IntegrationsApi", "WebhooksApi", "PluginsApi", "ReleasesApi"}
SWEEPS = {
    "DueSweep", "BlockedSweep", "BatchSweep", "AutomaticSweep", "CleanSweep", "SyncSweep",
    "RolloutSweep",
}  # fmt: skip
SAID_BY = {
    Metric.SERVER_ERRORS: APIS,
    Metric.DELIVERIES: {"PublishWorker"},
    Metric.SWEEP_RUNS: SWEEPS,
    Metric.SWEEP_LEFT_OVER: SWEEPS,
    Metric.UNREADABLE_ROWS: SWEEPS,
    Metric.OLDEST_DUE_SECONDS: {"DueSweep", "BatchSweep", "SyncSweep"},
    Metric.LONG_IN_DOUBT: {"DueSweep"},
    Metric.CLOSED_GATES: {"BlockedSweep"},
    Metric.HALTED_ROLLOUTS: {"RolloutSweep"},
}
FROM_LOGS = {"OurFaults"}  # see test_our_faults.py
# A gate closed so is opened by pairing or by people alone, and is on no sweep's list.
ON_NO_LIST = {GateReason.INACTIVE, GateReason.DISABLED}


def alarms(resources: Resources) -> dict[str, dict[str, Any]]:
    return {
        name: one["Properties"]
        for name, one in resources.items()
        if one["Type"] == "AWS::CloudWatch::Alarm"
    }


def ours(resources: Resources) -> list[dict[str, Any]]:
    return [one for one in alarms(resources).values() if one["Namespace"] == STACK]


def dimensions(alarm: dict[str, Any]) -> dict[str, str]:
    return {one["Name"]: _text(one["Value"]) for one in alarm["Dimensions"]}


def _text(value: Any) -> str:
    return str(value["Fn::Sub"] if isinstance(value, dict) else value)


@pytest.mark.parametrize("metric", Metric)
def test_a_metric_has_an_alarm_for_each_function_that_says_it(
    resources: Resources, metric: Metric
) -> None:
    watched = [dimensions(one) for one in ours(resources) if one["MetricName"] == metric]
    functions = {one["service"].removeprefix("${AWS::StackName}-") for one in watched}
    assert functions == SAID_BY[metric]


def test_no_alarm_waits_for_what_nobody_says(resources: Resources) -> None:
    assert {one["MetricName"] for one in ours(resources)} == set(Metric) | FROM_LOGS


def test_a_function_names_itself_as_its_alarms_do(
    resources: Resources, functions: dict[str, dict[str, Any]], template: dict[str, Any]
) -> None:
    """Lambda tells a function its name; the metrics lie where the template says."""
    names = {properties["FunctionName"]["Fn::Sub"] for properties in functions.values()}
    said = [dimensions(one) for one in ours(resources) if one["MetricName"] not in FROM_LOGS]
    assert {one["service"] for one in said} <= names
    assert set().union(*said) == {"service", "reason", "state"}
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    assert variables[NAMESPACE] == STACK


def test_gates_are_watched_by_every_reason_that_a_sweep_can_find(resources: Resources) -> None:
    gates = [one for one in ours(resources) if one["MetricName"] == Metric.CLOSED_GATES]
    assert sorted(dimensions(one)["reason"] for one in gates) == sorted(
        set(GateReason) - ON_NO_LIST
    )


def test_every_alarm_rings_and_says_when_it_is_over(resources: Resources) -> None:
    for name, alarm in alarms(resources).items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "OperatorsTopic"}], name


def test_silence_is_an_alarm_for_what_has_to_be_said_and_for_nothing_else(
    resources: Resources,
) -> None:
    silent = {
        one["MetricName"] for one in alarms(resources).values()
        if one["TreatMissingData"] == "breaching"
    }  # fmt: skip
    assert silent == {Metric.SWEEP_RUNS}


def families() -> set[str]:
    """Names of the alarms as the template writes them, what a loop puts into them left out."""
    found = set()
    for name, resource in read_template()["Resources"].items():
        written = resource[2] if name.startswith(LOOP) else {name: resource}
        found |= {
            re.sub(r"\$\{\w+\}", "", one)
            for one, what in written.items()
            if what["Type"] == "AWS::CloudWatch::Alarm"
        }
    return found


def test_the_runbook_has_a_section_for_each_alarm_and_for_no_other() -> None:
    sections = re.split(r"^### ", RUNBOOK, flags=re.MULTILINE)[1:]
    named = [re.match(r"`(\w+)`\n", section) for section in sections]
    assert sorted(found[1] for found in named if found) == sorted(families())
    for section in sections:
        said = re.findall(r"^- (Means|Look at|Do): \S", section, re.MULTILINE)
        assert said == ["Means", "Look at", "Do"], section[:40]


def test_parameters_and_outputs_that_the_runbook_names_are_the_templates(
    template: dict[str, Any],
) -> None:
    named = set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", RUNBOOK)) - families()
    named -= set(Metric) | FROM_LOGS
    known = set(template["Parameters"]) | set(template["Outputs"])
    assert named <= known, named - known


def test_the_runbook_names_every_metric() -> None:
    assert [name for name in [*Metric, *FROM_LOGS] if f"`{name}`" not in RUNBOOK] == []
