"""A proxy on the wire before a real WordPress, which applies what it is sent and loses the answer.

It is a site of its own to the backend, with a key of its own, and hands the WordPress behind it the
key that this knows. What it is not told to spoil it passes on as it is.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.support.outbox import Outbox, structure

PASSED_ON = ("content-type", "accept", "idempotency-key", "x-igny8-operation", "x-correlation-id")
HTML = {"Content-Type": "text/html; charset=utf-8"}
LOGIN = b"<!DOCTYPE html><html><body><form name='loginform' action='/wp-login.php'></form></body>"
ERROR = b"<!DOCTYPE html><html><head><title>WordPress &rsaquo; Error</title></head></html>"
GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
ONCE_RESET = struct.pack("ii", 1, 0)  # SO_LINGER without waiting: the other side hears RST


@dataclass(frozen=True)
class Answer:
    """What goes back instead of WordPress's own answer; ``None`` as status: the line is cut."""

    status: int | None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


RESET = Answer(None)
SPOILT = {
    "connection reset": RESET,
    "500 HTML page": Answer(500, ERROR, HTML),
    "200 login page": Answer(200, LOGIN, HTML),
    "502 from a proxy": Answer(502, GATEWAY, HTML),
}
"""Answers that say nothing of what WordPress has done before."""


@dataclass(frozen=True)
class Call:
    """One call as it came in, and whether WordPress behind had it."""

    method: str
    route: str
    path: str
    operation_id: str
    content_id: int | None
    passed_on: bool
    body: bytes = b""


@dataclass
class FaultyProxy:
    """``after`` spoils what WordPress answered, ``instead`` answers in its place.

    Each is asked for every order (``publish``) and, where ``everywhere``, for every other call;
    ``None`` leaves the call as it is.
    """

    upstream: str
    upstream_key: str
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    after: Callable[[Call], Answer | None] = lambda _call: None
    instead: Callable[[Call], Answer | None] = lambda _call: None
    everywhere: bool = False
    outbox: Outbox = field(default_factory=Outbox)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def routes(self, content_id: int) -> list[str]:
        """Calls about one content, in their order."""
        named = f"content/{content_id}"
        return [
            one.route.partition("/")[0]
            for one in self.calls
            if one.content_id == content_id or one.route == named
        ]

    def heal(self) -> None:
        """From here on everything passes."""
        self.after = self.instead = lambda _call: None

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> Answer:
        parts = urlsplit(path)
        plain = parse_qs(parts.query).get("rest_route", [""])[0]
        route = (plain or parts.path).rpartition("/igny8/v1/")[2].rstrip("/")
        try:
            content_id = json.loads(body)["content_id"] if route == "publish" else None
        except (ValueError, KeyError):
            content_id = None
        operation_id = headers.get("X-IGNY8-Operation", "")
        call = Call(method, route, path, operation_id, content_id, True, body)
        spoils = route == "publish" or self.everywhere
        instead = self.instead(call) if spoils else None
        with self.lock:
            passed_on = instead is None
            self.calls.append(replace(call, passed_on=passed_on))
        if instead is not None:
            return instead
        if route.startswith(("changes", "structure", "key", "disconnect")):
            return self._own(route, path, body)
        answer = self._passed_on(method, path, headers, body)
        return (self.after(call) if spoils else None) or answer

    def _own(self, route: str, path: str, body: bytes) -> Answer:
        """What is about a site as a whole is not the WordPress's behind, which has its own."""
        told: dict[str, Any] = {"disconnected": True}
        if route == "changes":
            told = self.outbox.page(path)
        elif route == "changes/ack":
            told = self.outbox.acknowledge(json.loads(body))
        elif route == "structure":
            told = structure()
        return Answer(200, json.dumps({"success": True, "data": told}).encode())

    def _passed_on(self, method: str, path: str, headers: Any, body: bytes) -> Answer:
        sent = {name: value for name, value in headers.items() if name.lower() in PASSED_ON}
        sent["X-IGNY8-API-KEY"] = self.upstream_key
        with requests.Session() as session:
            session.trust_env = False
            told = session.request(
                method, f"{self.upstream}{path}", headers=sent, data=body or None, timeout=60,
                allow_redirects=False,
            )  # fmt: skip
        try:
            said = told.json()
            said.pop("meta", None)  # how far the outbox of the WordPress behind has counted
            body = json.dumps(said).encode()
        except ValueError:
            body = told.content
        kept = {"Content-Type": told.headers.get("Content-Type", "text/html")}
        if "Retry-After" in told.headers:
            kept["Retry-After"] = told.headers["Retry-After"]
        return Answer(told.status_code, body, kept)


@contextmanager
def faulty_proxy(upstream: str, upstream_key: str) -> Iterator[FaultyProxy]:
    """A proxy that runs on a port of its own."""
    proxy = FaultyProxy(upstream, upstream_key)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = proxy.answer(self.command, self.path, self.headers, body)
            if answer.status is None:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ONCE_RESET)
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_GET  # noqa: N815 -- the name that is called

        def log_message(self, *_: Any) -> None:
            """Quietly."""

        def finish(self) -> None:
            with suppress(OSError, ValueError):  # the line was cut
                super().finish()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    proxy.url = f"http://localhost:{server.server_address[1]}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
