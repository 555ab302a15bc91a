"""CPU of our own process per article, click and job, and articles a second of one worker."""

import cProfile
import pstats
import statistics
import time
from collections.abc import Callable
from typing import Any

from igny8.core.queue import Hint

from benchmarks.rig import Rig, running_rig, site_process

ARTICLES = 200
RUNS = 5
SITES = 10
EACH = 20
BATCH = 10


def cpu() -> None:
    """Click many articles, then let the worker drain their site."""
    with running_rig() as rig, site_process(0) as port:
        site = rig.connected_site(port)
        cpu_of(rig, site, 30)
        clicks, jobs = zip(*(cpu_of(rig, site, ARTICLES) for _ in range(RUNS)), strict=True)
        both = [click + job for click, job in zip(clicks, jobs, strict=True)]
        print(f"\nCPU of our process, {ARTICLES} articles of 8 KB, AWS elsewhere, median of {RUNS}")
        for name, took in (("an article", both), ("  its click", clicks), ("  its job", jobs)):
            print(f"  {name:32} {_spread(took)}")


def cpu_of(rig: Rig, site: dict[str, Any], number: int) -> tuple[float, float]:
    """Milliseconds of this process for a click and for a job, over so many articles."""
    contents = rig.articles(site, number)
    click = _cpu(lambda: [rig.world.publish(content) for content in contents])
    records = rig.world.messages()
    begun = time.process_time()
    for start in range(0, len(records), BATCH):
        rig.world.work(records[start : start + BATCH])
    job = time.process_time() - begun
    states = {rig.world.publication(content)["publish_state"] for content in contents[::20]}
    if states != {"published"}:
        raise RuntimeError(states)
    return click / number * 1000, job / number * 1000


def _cpu(run: Callable[[], object]) -> float:
    begun = time.process_time()
    run()
    return time.process_time() - begun


def _spread(took: Any) -> str:
    return f"{statistics.median(took):6.1f} ms   ({min(took):.1f} to {max(took):.1f})"


def throughput() -> None:
    """One worker, ten sites that answer in half a second."""
    with running_rig() as rig, site_process(0.5) as port:
        rates = []
        for _ in range(3):
            sites = [rig.connected_site(port) for _ in range(SITES)]
            for site in sites:
                for content in rig.articles(site, EACH):
                    rig.world.publish(content)
            records = rig.world.messages()
            first = {record["body"].split('"integration_id":')[1].split(",")[0]: record
                     for record in records}  # fmt: skip
            begun = time.perf_counter()
            rig.world.work(list(first.values()))
            rates.append(SITES * EACH / (time.perf_counter() - begun))
        print(f"\nOne worker, {SITES} sites that answer in 0.5 s (20 at most)")
        print(f"  articles a second                {statistics.median(rates):6.1f}"
              f"      ({min(rates):.1f} to {max(rates):.1f})")  # fmt: skip


def profile() -> None:
    """Where the CPU of jobs goes, in the order of the function's own time."""
    with running_rig() as rig, site_process(0) as port:
        site = rig.connected_site(port)
        cpu_of(rig, site, 30)
        for content in rig.articles(site, ARTICLES):
            rig.world.publish(content)
        hint = Hint.parse(rig.world.messages()[0]["body"])
        worker = rig.world.services.worker
        profiler = cProfile.Profile()
        profiler.runcall(worker.serve, [hint], lambda: 120.0)
        pstats.Stats(profiler).sort_stats("tottime").print_stats(50)
