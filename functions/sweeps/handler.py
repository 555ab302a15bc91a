"""Entry point of the scheduled sweeps, one Lambda function a kind."""

from typing import Any

from igny8.bootstrap.sweeps import SWEEPS, services
from igny8.core.logging import begin, get_logger

logger = get_logger()


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
    level = logger.error if report.get("unreadable") else logger.info
    level("swept", extra={"sweep": kind, **report})
    return report
