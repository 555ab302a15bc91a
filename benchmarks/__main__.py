"""`make bench`: tables, not tests. Ratios of one run; absolute times only say how large things are.

`make bench PARTS="cpu throughput"` prints some of them; `profile` says where a job's CPU goes;
`peer` runs beside the architecture that this one replaces, if the environment names one.

Warm calls are CPU per request with AWS in process; everything else has AWS in another process.
"""

import sys
import time
from collections.abc import Callable

from benchmarks import articles, bridge, cold, peer, price, tls
from benchmarks.calls import operations

WARM_CALLS = 50


def main() -> None:
    """Print the tables that are named, or all."""
    for name in sys.argv[1:] or TABLES:
        PARTS[name]()


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
    "cold": cold.measure,
    "operations": _operations,
    "cpu": articles.cpu,
    "throughput": articles.throughput,
    "tls": tls.measure,
    "peer": peer.measure,
    "price": price.measure,
    "bridge": bridge.measure,
    "profile": articles.profile,
}
TABLES = [name for name in PARTS if name != "profile"]

main()
