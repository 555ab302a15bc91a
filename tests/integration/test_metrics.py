"""What operators are alarmed by leaves the functions as lines, and costs nobody an answer."""

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from igny8.core import metrics
from igny8.core.errors import Unavailable
from igny8.core.metrics import NAMESPACE, Metric, measure

from tests.support.aws_calls import recorded_calls
from tests.support.loglines import Lines, logged
from tests.support.steps import sweep_and_work
from tests.support.wordpress import lost, refusal
from tests.support.world import World

pytestmark = pytest.mark.rows("memory")


@pytest.fixture(autouse=True)
def _on_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAMESPACE, "stack")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "stack-Function")


@pytest.fixture
def lines() -> Iterator[Lines]:
    with logged() as heard:
        yield heard


def said(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, float, dict[str, str]]]:
    """Name, value and dimensions of every metric, as CloudWatch reads them."""
    found = []
    for line in capsys.readouterr().out.splitlines():
        told = json.loads(line)
        if "_aws" not in told:
            continue
        [one] = told["_aws"]["CloudWatchMetrics"]
        assert one["Namespace"] == "stack"
        [names] = one["Dimensions"]
        [metric] = one["Metrics"]
        [value] = told[metric["Name"]]
        found.append((metric["Name"], value, {name: told[name] for name in names}))
    return found


def values(capsys: pytest.CaptureFixture[str], metric: Metric) -> list[float]:
    return [value for name, value, _ in said(capsys) if name == metric]


def failing(error: Exception) -> Any:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status"), [(Unavailable("dynamodb"), 503), (TypeError("no"), 500)]
)
def test_what_we_could_not_answer_is_counted_by_function(
    world: World, capsys: pytest.CaptureFixture[str], error: Exception, status: int
) -> None:
    content = world.content(world.connected_site())
    world.services.publication_store.bundle = failing(error)  # type: ignore[method-assign]
    capsys.readouterr()
    assert world.publish(content).status == status
    assert said(capsys) == [("ServerErrors", 1, {"service": "stack-Function"})]


def test_what_a_client_did_wrong_and_what_succeeds_is_not(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.publish(world.content(world.connected_site()))
    assert world.call("GET", "/api/v1/writer/content/1/").status == 404
    assert world.call("POST", "/api/v1/writer/content/", raw="{").status == 400
    assert world.call("GET", "/api/v1/sites/", account=None).status == 401
    assert said(capsys) == []


def test_a_request_is_answered_though_nothing_can_be_measured(
    world: World, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "single_metric", failing(OSError("no")))
    content = world.content(world.connected_site())
    world.services.publication_store.bundle = failing(TypeError("no"))  # type: ignore[method-assign]
    answer = world.publish(content)
    assert (answer.status, answer.code) == (500, "internal_error")
    assert world.sweep()["found"] == 0
    assert {"not measured", "swept"} <= {line["message"] for line in lines.read()}


def test_where_no_stack_is_named_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(NAMESPACE)
    measure(Metric.SWEEP_RUNS)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("value", [math.nan, None, "many"])
def test_what_is_no_number_breaks_nothing(value: Any) -> None:
    measure(Metric.SWEEP_RUNS, value)


@pytest.mark.parametrize("kind", ["due", "blocked", "clean", "sync"])
def test_a_sweep_says_that_it_ran_and_what_it_left(
    world: World, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    capsys.readouterr()
    world.sweep(kind)
    told = said(capsys)
    assert ("SweepLeftOver", 0, {"service": "stack-Function"}) in told
    assert told[-1] == ("SweepRuns", 1, {"service": "stack-Function"})


def test_a_sweep_that_dies_has_not_run(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.services.due_sweep.run = failing(TypeError("no"))  # type: ignore[method-assign]
    with pytest.raises(TypeError):
        world.sweep()
    assert said(capsys) == []


def test_a_sweep_that_can_read_nothing_says_that_everything_is_left(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    store = world.services.due_sweep._store
    store.due_in_shard = failing(Unavailable("dynamodb"))  # type: ignore[method-assign]
    capsys.readouterr()
    world.sweep()
    assert values(capsys, Metric.SWEEP_LEFT_OVER) == [8]


def test_the_row_that_waited_longest_says_how_long(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    site = world.connected_site()
    for minutes in (12, 8):
        world.publish(world.content(site))
        world.clock.advance(minutes=minutes)
    capsys.readouterr()
    world.sweep()
    assert values(capsys, Metric.OLDEST_DUE_SECONDS) == [20 * 60]
    world.sweep()
    assert values(capsys, Metric.OLDEST_DUE_SECONDS) == [0]
    # A site that is down for a day keeps its rows due; that the sweep is late it does not say.
    world.wordpress.up = False
    world.messages()
    ages = []
    for _ in range(24 * 60 // 4):
        world.clock.advance(minutes=4)
        world.sweep()
        world.work()
        ages += values(capsys, Metric.OLDEST_DUE_SECONDS)
    assert 0 < max(ages) <= 5 * 60


def test_rows_in_doubt_count_after_an_hour(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    site = world.connected_site()
    content = world.content(site)
    world.publish(content)
    world.wordpress.before.append(lost())
    world.work()
    assert world.publication(content)["in_doubt"] is True
    world.wordpress.up = False
    seen = []
    for minutes in (59, 2, 30):
        world.clock.advance(minutes=minutes)
        capsys.readouterr()
        world.sweep()
        seen += values(capsys, Metric.LONG_IN_DOUBT)
    assert seen == [0, 1, 1]
    world.wordpress.up = True
    world.clock.advance(minutes=60)
    sweep_and_work(world)
    assert world.publication(content)["in_doubt"] is False
    world.clock.advance(minutes=60)
    capsys.readouterr()
    world.sweep()
    assert values(capsys, Metric.LONG_IN_DOUBT) == [0]


@pytest.mark.rows("dynamodb")
def test_closed_gates_are_counted_by_reason_where_they_are_read_anyway(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for answer in (refusal(403, "paused"), refusal(403, "paused"), refusal(401, "invalid_api_key")):
        world.publish(world.content(world.connected_site()))
        world.wordpress.before.append(answer)
        world.work()
    world.clock.advance(hours=7)
    capsys.readouterr()
    with recorded_calls() as calls:
        world.sweep("blocked")
    assert set(calls) <= {"Query", "BatchGetItem", "UpdateItem", "SendMessageBatch"}
    told = [(value, names) for name, value, names in said(capsys) if name == Metric.CLOSED_GATES]
    service = {"service": "stack-Function"}
    assert sorted(told, key=str) == [
        (1, {**service, "reason": "auth"}),
        (2, {**service, "reason": "paused"}),
    ]


@pytest.mark.rows("dynamodb")
def test_a_site_that_is_not_listened_to_says_since_when(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.connected_site()
    world.clock.advance(minutes=20)
    capsys.readouterr()
    world.sweep("sync")
    assert values(capsys, Metric.OLDEST_DUE_SECONDS) == [20 * 60]
    world.clock.advance(minutes=10)
    capsys.readouterr()
    world.sweep("sync")
    assert values(capsys, Metric.OLDEST_DUE_SECONDS) == [30 * 60], "whatever was hinted"
    world.synchronise()
    world.clock.advance(minutes=10)
    capsys.readouterr()
    world.sweep("sync")
    assert values(capsys, Metric.OLDEST_DUE_SECONDS) == [0]


def deliveries(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    told = [(value, names) for name, value, names in said(capsys) if name == Metric.DELIVERIES]
    assert all(names["service"] == "stack-Function" for _, names in told)
    return {names["state"]: value for value, names in told}


@pytest.mark.rows("dynamodb")
def test_deliveries_are_counted_by_what_came_of_them(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for answer in (None, None, lost(), refusal(422, "invalid"), refusal(409, "conflict")):
        world.publish(world.content(world.connected_site()))
        world.wordpress.before += [] if answer is None else [answer]
        hints = world.messages()
        capsys.readouterr()
        with recorded_calls() as calls:
            world.work(hints)
        assert "PutMetricData" not in calls
        [(state, number)] = deliveries(capsys).items()
        assert number == 1
        assert state == {
            None: "published", 422: "failed", 409: "conflict", 0: "unknown",
        }[None if answer is None else answer.status]  # fmt: skip


def test_several_at_once_are_one_line_a_state(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        world.publish(world.content(world.connected_site()))
    hints = world.messages()
    capsys.readouterr()
    world.work(hints)
    assert deliveries(capsys) == {"published": 3}
    world.work(hints)
    assert deliveries(capsys) == {}, "nothing was served"


def test_what_a_gate_closes_over_is_blocked(
    world: World, capsys: pytest.CaptureFixture[str], lines: Lines
) -> None:
    site = world.connected_site()
    for _ in range(2):
        world.publish(world.content(site))
    world.wordpress.before.append(refusal(401, "invalid_api_key"))
    hints = world.messages()
    capsys.readouterr()
    world.work(hints)
    assert deliveries(capsys) == {"blocked": 1}, "the other was not tried"
    [line] = [one for one in lines.read() if one["message"] == "served"]
    assert (line["publish_state"], line["blocked"]) == ("queued", True)
