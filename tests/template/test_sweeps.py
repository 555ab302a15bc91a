"""Each kind of sweep is a function of its own: scheduled, watched, and allowed what it does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from igny8.bootstrap.sweeps import SWEEPS
from igny8.core.metrics import Metric

from tests.support.aws_calls import intercepted
from tests.support.batches import begun
from tests.support.pacing import automatic_site
from tests.support.releases import a_release, asked, released
from tests.support.steps import edit
from tests.support.wordpress import refusal
from tests.support.world import World

HANDLER = "sweeps.handler.lambda_handler"


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def sweeps_of(functions) -> dict[str, tuple[str, dict[str, Any]]]:
    """Logical id and properties of the function of each kind that a schedule names."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for name, properties in functions.items():
        if properties["Handler"] != HANDLER:
            continue
        (event,) = properties["Events"].values()
        assert event["Type"] == "ScheduleV2", name
        sent = json.loads(event["Properties"]["Input"])
        assert sent.keys() == {"sweep"}, name
        assert sent["sweep"] not in found, f"{sent['sweep']} has two schedules"
        found[sent["sweep"]] = name, properties
    return found


def test_every_kind_of_the_table_has_a_function_and_a_schedule_and_no_other_has(functions):
    assert sweeps_of(functions).keys() == SWEEPS.keys()


def test_a_kind_goes_by_one_name(functions):
    for kind, (name, properties) in sweeps_of(functions).items():
        stem = f"{kind.capitalize()}Sweep"
        assert name == f"{stem}Function"
        assert properties["FunctionName"] == {"Fn::Sub": f"${{AWS::StackName}}-{stem}"}
        assert properties["Role"] == {"Fn::GetAtt": [f"{stem}Role", "Arn"]}
        assert properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == f"{kind}_sweep"


def test_nobody_waits_in_vain_for_a_sweep_that_does_not_run(functions, resources):
    watched = {
        alarm["Properties"]["Dimensions"][0]["Value"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for alarm in resources.values()
        if alarm["Type"] == "AWS::CloudWatch::Alarm"
        and alarm["Properties"]["MetricName"] == Metric.SWEEP_RUNS
        and alarm["Properties"]["ComparisonOperator"] == "LessThanOrEqualToThreshold"
        and alarm["Properties"]["TreatMissingData"] == "breaching"
    }
    sweeps = {name for name, _ in sweeps_of(functions).values()}
    assert {f"{name}Function" for name in watched} == sweeps


def due_work(world: World) -> None:
    world.publish(world.content(world.connected_site()))


def clean_work(world: World) -> None:
    site = world.connected_site()
    content = world.content(site)
    edit(world, content, title="Another")
    world.publish(content)
    world.work()
    world.call("DELETE", f"/api/v1/sites/{site['id']}/?content=delete")
    world.clock.advance(minutes=6)


def sync_work(world: World) -> None:
    world.connected_site()


def blocked_work(world: World) -> None:
    content = world.content(world.connected_site())
    world.publish(content)
    world.wordpress.before.append(refusal(403, "paused"))
    world.work()
    world.clock.advance(minutes=31)


def batch_work(world: World) -> None:
    begun(world, [world.content(world.connected_site())])
    world.clock.advance(minutes=2)


def automatic_work(world: World) -> None:
    site = automatic_site(world, auto_approval_enabled=True)
    world.content(site, status="review")
    world.content(site, status="approved")


def rollout_work(world: World) -> None:
    released(world, a_release("2.0.1", rollout_percent=50))
    for _ in range(3):
        site = world.connected_site()
        told = {"plugin_version": "2.0.1", "errors": ["It broke."]}
        asked(world, "health-check", told, key=site["api_key"])


WORK = {
    "due": due_work, "blocked": blocked_work, "batch": batch_work, "clean": clean_work,
    "automatic": automatic_work, "sync": sync_work, "rollout": rollout_work,
}  # fmt: skip
# What the names of calls and of permissions differ in.
ACTIONS = {
    "SendMessageBatch": "SendMessage",
    "ListObjectsV2": "ListBucket",
    "DeleteObjects": "DeleteObject",
}
OF_A_TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


@pytest.mark.parametrize("kind", SWEEPS)
def test_a_sweep_uses_just_what_its_role_allows(world: World, statements, kind: str) -> None:
    WORK[kind](world)
    used = set()

    def note(operation: str, parameters: Any, proceed: Callable[[], Any]) -> Any:
        items = parameters.get("TransactItems", []) if parameters else []
        used.update(OF_A_TRANSACTION[part] for item in items for part in item)
        if not items:
            used.add(ACTIONS.get(operation, operation))
        return proceed()

    with intercepted(note):
        assert world.sweep(kind)["found"] == 1
    allowed = {
        action
        for role, statement in statements
        if role == f"{kind.capitalize()}SweepRole" and statement["Effect"] == "Allow"
        for action in as_list(statement["Action"])
    }
    ours = {action.split(":")[1] for action in allowed if action[:5] not in {"logs:", "xray:"}}
    assert used == ours
