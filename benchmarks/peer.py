"""CPU per article beside the architecture that this one replaces, pair by pair.

The peer (Django and Celery with PostgreSQL and Redis) is no part of this project: `PEER` names its
folder and `PEER_PYTHON` an interpreter that has what it needs. Its `measure.py` counts the CPU of
its web and worker processes over click and task; ours is this process over click and job. Stores
and queues are processes of their own on either side, and are not counted.
"""

import os
import re
import statistics
import subprocess
from collections.abc import Mapping
from pathlib import Path

from benchmarks.articles import ARTICLES, cpu_of
from benchmarks.rig import running_rig, site_process

PAIRS = 5
RUNS = 3  # as many as the peer takes its median of
MOST = 1.4
FIGURE = re.compile(r"takes 0 s: CPU per article, web \+ worker.*?: ([\d.]+) ms")


def measure() -> None:
    """Print each pair and the median of their ratios; say so where there is no peer."""
    folder, python = os.environ.get("PEER"), os.environ.get("PEER_PYTHON")
    if not folder or not python:
        print("\nBeside the peer: skipped, PEER and PEER_PYTHON do not name one")
        return
    environment = dict(os.environ)  # as it is now: the rig makes one for AWS
    print(f"\nCPU per article, {ARTICLES} of 8 KB, {PAIRS} pairs in turns (ours, the peer's)")
    ratios = []
    with running_rig() as rig, site_process(0) as port:
        site = rig.connected_site(port)
        cpu_of(rig, site, 30)
        for number in range(1, PAIRS + 1):
            ours = statistics.median(sum(cpu_of(rig, site, ARTICLES)) for _ in range(RUNS))
            theirs = _peer(Path(folder), python, environment)
            ratios.append(ours / theirs)
            print(f"  {f'pair {number}':32} {ours:6.1f} ms {theirs:6.1f} ms   {ratios[-1]:.2f} x")
    spread = f"({min(ratios):.2f} to {max(ratios):.2f})"
    print(f"  {'median':32} {statistics.median(ratios):24.2f} x   {spread}, at most {MOST}")


def _peer(folder: Path, python: str, environment: Mapping[str, str]) -> float:
    run = subprocess.run(
        [python, "measure.py", "--parts", "b"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = FIGURE.search(run.stdout)
    if run.returncode != 0 or found is None:
        raise RuntimeError(
            f"the peer's measure.py failed:\n{run.stdout[-2000:]}{run.stderr[-2000:]}"
        )
    return float(found[1])
