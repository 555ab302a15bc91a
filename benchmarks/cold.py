"""Cold starts: from a fresh process to the first answer, beside one that makes a boto3 client.

All are started in turns, and each is held against the client of its own round: what else the
machine does then falls on both. CPU is the process's own (user and system); wall-clock time also
waits for AWS in its own process, and for whoever else wants the processor. Each leaves as soon as
it is done: taking an interpreter down costs a third of a client, and Lambda never does.

What was tried and left alone is in docs/adr/0010-cold-starts.md.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields

from benchmarks.rig import Rig, running_rig, site_process
from tests.support.world import api_event

ROUNDS = 15
SERVED = """
import json, sys
from {module}.handler import lambda_handler
class Context:
    aws_request_id = "cold"
    def get_remaining_time_in_millis(self): return 120_000
answer = lambda_handler(json.loads(sys.argv[1]), Context())
assert answer{expected}, answer
"""


@dataclass(frozen=True)
class Start:
    """A program, and what each of its processes is given."""

    name: str
    code: str
    arguments: Sequence[str] = ("",) * (ROUNDS + 1)


@dataclass(frozen=True)
class Took:
    """What one process took, in seconds."""

    wall: float
    cpu: float


LEAVE = "\nimport os; os._exit(0)"
BARE = Start("bare Python", "pass")
BASE = Start('boto3.client("dynamodb")', 'import boto3; boto3.client("dynamodb")')
IMPORTS = [
    Start("import content_api", "import content_api.handler"),
    Start("import integrations_api", "import integrations_api.handler"),
    Start("import publish_worker", "import publish_worker.handler, igny8.publishing.worker"),
    Start("import sweeps", "import sweeps.handler"),
]


def measure() -> None:
    """Print the medians, and how many times as long as the client each takes."""
    with running_rig() as rig, site_process(0) as port:
        os.environ.update(_environment(rig))
        starts = [BARE, BASE, *IMPORTS, *_first_calls(rig, port)]
        rounds = [
            {start.name: _run(start.code, start.arguments[number]) for start in starts}
            for number in range(ROUNDS + 1)
        ][1:]  # the first one compiles
    print(f"\nCold start over bare Python, median of {ROUNDS} rounds")
    print(f"  {'':32} {'wall':>10} {'':>9} {'CPU':>10}")
    for start in starts[1:]:
        columns = (_column(rounds, start.name, clock) for clock in ("wall", "cpu"))
        print(f"  {start.name:32} {'  '.join(columns)}")


def _column(rounds: list[dict[str, Took]], name: str, clock: str) -> str:
    over = [
        [getattr(took[which], clock) - getattr(took[BARE.name], clock) for took in rounds]
        for which in (name, BASE.name)
    ]
    ratio = statistics.median(one / base for one, base in zip(*over, strict=True))
    return f"{statistics.median(over[0]) * 1000:7.0f} ms {ratio:6.2f} x"


def _first_calls(rig: Rig, port: int) -> list[Start]:
    clicks, jobs, statuses = [], [], []
    for _ in range(ROUNDS + 1):
        site = rig.connected_site(port)
        to_click, to_send = rig.articles(site, 1)[0], rig.articles(rig.connected_site(port), 1)[0]
        path = f"/api/v1/writer/content/{to_click['id']}/publish/"
        clicks.append(json.dumps(api_event("POST", path, {})))
        rig.world.publish(to_send)
        jobs.append(json.dumps({"Records": rig.world.messages()}))
        path = f"/api/v1/integration/integrations/{site['integration_id']}/debug-status/"
        statuses.append(json.dumps(api_event("GET", path)))
    sweeps = [json.dumps({"sweep": "due"})] * (ROUNDS + 1)
    return [
        _served("the first click", "content_api", '["statusCode"] == 202', clicks),
        _served("the first job", "publish_worker", ' == {"batchItemFailures": []}', jobs),
        _served("the first debug-status", "integrations_api", '["statusCode"] == 200', statuses),
        _served("the first sweep", "sweeps", "", sweeps),
    ]


def _served(name: str, module: str, expected: str, events: list[str]) -> Start:
    return Start(f"{name}, served", SERVED.format(module=module, expected=expected), events)


def _environment(rig: Rig) -> dict[str, str]:
    """The settings of the rig, as a function finds them."""
    settings = rig.world.services.settings
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return {
        name.upper(): ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        for name, value in values.items()
    }


def _run(code: str, argument: str) -> Took:
    # Bytecode as in the layer: without it every start compiles, and that is all one would see.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code + LEAVE, argument], env=environment, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"exit code {process.returncode}:\n{code}")
    return Took(wall, usage.ru_utime + usage.ru_stime)
