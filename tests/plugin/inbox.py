"""IGNY8 as the bridge's outbox sees it: takes events, acknowledges them, or fails on demand."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .conftest import Bridge

WEBHOOK = "/api/v1/integration/webhooks/wordpress/"
WAIT_SECONDS = 30

Call = tuple[str, dict[str, str], dict[str, Any]]
Answer = tuple[int, dict[str, str], str]


@dataclass
class Inbox:
    """What arrived, and how it is answered. `answer` may be replaced by a test."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answer: Callable[[str, dict[str, Any]], Answer] | None = None
    # While it is clear, every caller is kept waiting for the answer.
    open: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def reset(self) -> None:
        """Forget everything and acknowledge everything from now on."""
        self.open.set()
        self.calls.clear()
        self.answer = acknowledge

    def to(self, path: str) -> list[dict[str, Any]]:
        """Return the bodies of the calls to one path."""
        return [body for called, _, body in self.calls if called == path]

    def events(self) -> list[dict[str, Any]]:
        """Return all events of all calls, in the order of their arrival."""
        return [event for body in self.to(WEBHOOK) for event in body["events"]]

    def wait_for(self, ready: Callable[[], Any]) -> None:
        """Wait until something has arrived that makes `ready` true."""
        with self.arrived:
            assert self.arrived.wait_for(ready, WAIT_SECONDS), [c[0] for c in self.calls]


def acknowledge(path: str, body: dict[str, Any]) -> Answer:
    """Answer as a backend that takes everything."""
    if path == WEBHOOK:
        results = [{"event_id": e["event_id"], "result": "applied"} for e in body["events"]]
        return 200, {}, json.dumps({"success": True, "data": {"results": results}})
    return 200, {}, json.dumps({"success": True, "data": {"id": 9, "integration_id": 9}})


def failing(status: int, **headers: str) -> Callable[[str, dict[str, Any]], Answer]:
    """Answer everything with one status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps({"success": False, "error": {"code": "down", "message": "Down."}})
    return lambda _path, _body: (status, named, body)


@contextmanager
def running_inbox() -> Iterator[Inbox]:
    """Serve an inbox on a free port of 127.0.0.1."""
    inbox = Inbox()
    inbox.reset()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with inbox.arrived:
                inbox.calls.append((self.path, headers, body))
                inbox.arrived.notify_all()
            inbox.open.wait(WAIT_SECONDS)
            status, more, text = (inbox.answer or acknowledge)(self.path, body)
            try:
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())
            except (BrokenPipeError, ConnectionResetError):
                pass

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    inbox.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield inbox
    finally:
        inbox.open.set()
        server.shutdown()
        thread.join()
        server.server_close()


def set_options(bridge: Bridge, **options: Any) -> None:
    """Set options to anything that JSON can say; None deletes."""
    bridge.touched = True
    packed = base64.b64encode(json.dumps(options).encode()).decode()
    bridge.php(
        f"foreach ( json_decode( base64_decode( '{packed}' ), true ) as $name => $value )"
        " { null === $value ? delete_option( $name ) : update_option( $name, $value ); } return 1;"
    )


def eventually(ready: Callable[[], Any]) -> Any:
    """Poll another process until `ready` answers something true."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := ready()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
    return found
