"""Cold starts: from a fresh process to the first answer, beside one that makes a boto3 client."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import fields

from benchmarks.rig import Rig, running_rig, site_process
from tests.support.world import api_event

RUNS = 11
BASE = 'import boto3; boto3.client("dynamodb")'
IMPORTS = {
    "import content_api": "import content_api.handler",
    "import integrations_api": "import integrations_api.handler",
    "import publish_worker": "import publish_worker.handler, igny8.publishing.worker",
    "import sweeps": "import sweeps.handler",
}
SERVED = """
import json, sys
from {module}.handler import lambda_handler
class Context:
    def get_remaining_time_in_millis(self): return 120_000
answer = lambda_handler(json.loads(sys.argv[1]), Context())
assert answer{expected}, answer
"""


def measure() -> None:
    """Print the medians and how many times as long as the client each takes."""
    with running_rig() as rig, site_process(0) as port:
        os.environ.update(_environment(rig))
        bare = _median("pass", [""] * (RUNS + 1))
        base = _median(BASE, [""] * (RUNS + 1)) - bare
        print(f"Cold start over bare Python, median of {RUNS} processes")
        _print('boto3.client("dynamodb")', base, base)
        for name, statement in IMPORTS.items():
            _print(name, _median(statement, [""] * (RUNS + 1)) - bare, base)
        for name, module, expected, events in _first_calls(rig, port):
            code = SERVED.format(module=module, expected=expected)
            _print(name, _median(code, events) - bare, base)


def _first_calls(rig: Rig, port: int) -> list[tuple[str, str, str, list[str]]]:
    clicks, jobs, statuses = [], [], []
    for _ in range(RUNS + 1):
        site = rig.connected_site(port)
        to_click, to_send = rig.articles(site, 1)[0], rig.articles(rig.connected_site(port), 1)[0]
        path = f"/api/v1/writer/content/{to_click['id']}/publish/"
        clicks.append(json.dumps(api_event("POST", path, {})))
        rig.world.publish(to_send)
        jobs.append(json.dumps({"Records": rig.world.messages()}))
        path = f"/api/v1/integration/integrations/{site['integration_id']}/debug-status/"
        statuses.append(json.dumps(api_event("GET", path)))
    return [
        ("the first click, served", "content_api", '["statusCode"] == 202', clicks),
        ("the first job, served", "publish_worker", ' == {"batchItemFailures": []}', jobs),
        ("the first debug-status", "integrations_api", '["statusCode"] == 200', statuses),
        ("the first sweep", "sweeps", "", [json.dumps({"sweep": "due"})] * (RUNS + 1)),
    ]


def _environment(rig: Rig) -> dict[str, str]:
    """The settings of the rig, as a function finds them."""
    settings = rig.world.services.settings
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return {
        name.upper(): ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        for name, value in values.items()
    }


def _median(code: str, arguments: Sequence[str]) -> float:
    # Bytecode as in the layer: without it every start compiles, and that is all one would see.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    times = []
    for argument in arguments:
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", code, argument], check=True, env=environment,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        times.append(time.perf_counter() - begun)
    return statistics.median(times[1:])  # the first one compiles


def _print(name: str, seconds: float, base: float) -> None:
    print(f"  {name:32} {seconds * 1000:7.0f} ms   {seconds / base:5.2f} x")
