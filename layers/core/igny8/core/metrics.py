"""What operators are alarmed by, as lines in the log that CloudWatch makes metrics of (EMF).

No call to AWS is made for it. Powertools' Logger has loaded its Metrics already, so that these cost
a cold start nothing. Each line stands alone, because threads of a function run side by side.
"""

import os
from enum import StrEnum

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from igny8.core.logging import get_logger

NAMESPACE = "POWERTOOLS_METRICS_NAMESPACE"
"""The variable that names the stack; without it nothing is measured."""

logger = get_logger()


class Metric(StrEnum):
    """Every metric that we make. Each has its alarm, and says in docs/operations.md what to do."""

    SERVER_ERRORS = "ServerErrors"
    DELIVERIES = "Deliveries"
    SWEEP_RUNS = "SweepRuns"
    SWEEP_LEFT_OVER = "SweepLeftOver"
    UNREADABLE_ROWS = "UnreadableRows"
    OLDEST_DUE_SECONDS = "OldestDueSeconds"
    LONG_IN_DOUBT = "LongInDoubt"
    CLOSED_GATES = "ClosedGates"
    HALTED_ROLLOUTS = "HaltedRollouts"


UNITS = {Metric.OLDEST_DUE_SECONDS: MetricUnit.Seconds}
"""All others are counts."""


def measure(metric: Metric, value: float = 1, **words: str) -> None:
    """Say a number of this function; ``words`` tell apart what it counts (``reason="auth"``).

    Each is one of a few, never anybody's id. Nothing fails because it could not be said.
    """
    namespace = os.environ.get(NAMESPACE)
    if not namespace:
        return
    dimensions = {"service": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local"), **words}
    try:
        with single_metric(
            name=str(metric),
            unit=UNITS.get(metric, MetricUnit.Count),
            value=value,
            namespace=namespace,
            default_dimensions=dimensions,
        ):
            pass
    except Exception:
        logger.warning("not measured", extra={"metric": str(metric)}, exc_info=True)
