"""Entry point of the scheduled sweeps, one Lambda function a kind."""

from typing import Any

from igny8.bootstrap.sweeps import SWEEPS, services
from igny8.core.logging import begin, get_logger
from igny8.core.metrics import Metric, measure

logger = get_logger()
NUMBERS = {
    "oldest_due_seconds": Metric.OLDEST_DUE_SECONDS,
    "long_in_doubt": Metric.LONG_IN_DOUBT,
    "halted_rollouts": Metric.HALTED_ROLLOUTS,
}
"""What the reports of some sweeps say."""


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run the sweep that the schedule names; say what it found and what was left over.

    Raises ValueError, which is an error of the function and raises its alarm, where no sweep has
    that name: a schedule that runs another's sweep would hide that its own never ran.
    """
    begin(context.aws_request_id)
    kind = event.get("sweep", "")
    if kind not in SWEEPS:
        raise ValueError(f"There is no sweep {kind!r}; there are {', '.join(sorted(SWEEPS))}.")
    report = SWEEPS[kind](services(), lambda: context.get_remaining_time_in_millis() / 1000)
    level = logger.error if report["unreadable"] else logger.info
    level("swept", extra={"sweep": kind, **report})
    _measure(report)
    return report


def _measure(report: dict[str, Any]) -> None:
    """What operators are alarmed by. The run itself comes last: one that died has not been."""
    measure(Metric.SWEEP_LEFT_OVER, int(report["left_over"]))
    measure(Metric.UNREADABLE_ROWS, len(report["unreadable"]))
    for name, metric in NUMBERS.items():
        if name in report:
            measure(metric, report[name])
    for reason, gates in report.get("closed_gates", {}).items():
        measure(Metric.CLOSED_GATES, gates, reason=reason)
    measure(Metric.SWEEP_RUNS)
