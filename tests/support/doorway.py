"""HTTP before the handlers of this process: each request in a thread of its own, as in Lambda."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.world import World

PATIENCE_SECONDS = 60


@dataclass
class Doorway:
    """Where it listens; calls it as a bridge does."""

    port: int

    def post(self, path: str, body: Any, api_key: str) -> tuple[int, Any]:
        """Send one request on a connection of its own; status and JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        headers = {"Content-Type": "application/json", "X-IGNY8-API-KEY": api_key}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


@contextmanager
def doorway(world: World) -> Iterator[Doorway]:
    """Serve the world's API on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = world.call("POST", self.path, account=None, headers=headers, raw=raw)
            body = json.dumps(answer.body).encode()
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None: ...

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Doorway(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE_SECONDS)


def all_at_once(acts: Sequence[Callable[[], Any]], threads: int) -> list[Any]:
    """What each act answers; so many of them begin at the same moment, the others follow."""
    begin = threading.Barrier(min(threads, len(acts)))
    first = iter(range(begin.parties))

    def run(act: Callable[[], Any]) -> Any:
        if next(first, None) is not None:
            begin.wait(PATIENCE_SECONDS)
        return act()

    with ThreadPoolExecutor(threads) as pool:
        return [found.result() for found in [pool.submit(run, act) for act in acts]]
