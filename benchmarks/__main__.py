"""`make bench`: tables, not tests. Ratios of one run; absolute times only say how large things are.

`make bench PARTS="cpu throughput"` prints some of them; `profile` says where a job's CPU goes.

Cold start is the time to import a handler in a fresh process, beside a hello-world that imports the
same base libraries; warm calls are CPU per request with AWS in process.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks import articles, bridge
from benchmarks.calls import operations

RUNS = 11
WARM_CALLS = 50
HELLO = "import boto3, aws_lambda_powertools.event_handler, pydantic, pynamodb.models"
# Bytecode as in the layer: without it every start compiles, and that is all one would see.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
IMPORTS = {
    "hello-world, same libraries": HELLO,
    "content_api": "import content_api.handler",
    "integrations_api": "import integrations_api.handler",
    "publish_worker": "import publish_worker.handler, igny8.publishing.worker, igny8.core.http",
    "sweeps": "import sweeps.handler",
}


def main() -> None:
    """Print the tables that are named, or all."""
    for name in sys.argv[1:] or TABLES:
        PARTS[name]()


def _cold_starts() -> None:
    bare = _median("pass")
    print(f"Cold start: import time over bare Python, median of {RUNS} processes")
    base = None
    for name, statement in IMPORTS.items():
        milliseconds = (_median(statement) - bare) * 1000
        base = base or milliseconds
        print(f"  {name:32} {milliseconds:7.0f} ms   {milliseconds / base:5.2f} x")


def _median(statement: str) -> float:
    times = []
    for _ in range(RUNS + 1):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True, env=ENVIRONMENT)
        times.append(time.perf_counter() - begun)
    return statistics.median(times[1:])  # the first one compiles


def _operations() -> None:
    print("\nOperation, its AWS calls, CPU a call")
    for name, calls, run in operations():
        cpu = _cpu(run) * 1000
        print(f"  {name:32} {calls:46} {cpu:6.1f} ms")


def _cpu(run: Callable[[], object]) -> float:
    begun = time.process_time()
    for _ in range(WARM_CALLS):
        run()
    return (time.process_time() - begun) / WARM_CALLS


PARTS: dict[str, Callable[[], None]] = {
    "cold": _cold_starts,
    "operations": _operations,
    "cpu": articles.cpu,
    "throughput": articles.throughput,
    "bridge": bridge.measure,
    "profile": articles.profile,
}
TABLES = [name for name in PARTS if name != "profile"]

main()
