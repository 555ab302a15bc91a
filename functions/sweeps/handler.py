"""Entry point of the scheduled sweeps."""

from dataclasses import asdict
from typing import Any

from igny8.bootstrap.sweeps import services
from igny8.core.logging import get_logger

logger = get_logger()


def lambda_handler(_event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run the due sweep and say what it found and what was left over."""
    report = asdict(services().due_sweep.run(lambda: context.get_remaining_time_in_millis() / 1000))
    logger.info("due sweep", extra=report)
    return report
