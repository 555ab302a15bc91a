"""A server on this machine that misbehaves as told: one connection, one behaviour."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket], None]
GIVE_UP_SECONDS = 5.0


@dataclass
class Server:
    """Where it listens, and what it was sent."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/wp-json"


@contextmanager
def serving(behaviour: Behaviour, *, reads: bool = True) -> Iterator[Server]:
    """Serve every connection with ``behaviour`` after its request was read."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1])
        stopped = threading.Event()
        thread = threading.Thread(
            target=_accept, args=(listener, server, behaviour, reads, stopped)
        )
        thread.start()
        try:
            yield server
        finally:
            stopped.set()
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", server.port), 1).close()
            thread.join(GIVE_UP_SECONDS)
            assert not thread.is_alive()


def _accept(
    listener: socket.socket, server: Server, behaviour: Behaviour, reads: bool,
    stopped: threading.Event,
) -> None:  # fmt: skip
    while True:
        connection, _ = listener.accept()
        with connection:
            if stopped.is_set():
                return
            connection.settimeout(GIVE_UP_SECONDS)
            server.connections += 1
            with contextlib.suppress(OSError):
                if reads:
                    server.requests.append(read_request(connection))
                behaviour(connection)


def read_request(connection: socket.socket) -> bytes:
    """One request, body and all; empty when the other side has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            while len(body) < int(line.partition(b":")[2]):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(status: str, body: bytes = b"", *headers: str, length: bool = True) -> Behaviour:
    """Answer once and close."""
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    raw = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
    return lambda connection: connection.sendall(raw)


def answering(*answers: bytes, closes_after: int | None = None) -> Behaviour:
    """Answer one request after the other on the same connection; then close.

    With ``closes_after`` the connection ends unanswered once so many requests were read.
    """

    def behave(connection: socket.socket) -> None:
        for number, body in enumerate(answers, 1):
            if number > 1 and not read_request(connection):
                return
            if closes_after is not None and number > closes_after:
                return
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nSet-Cookie: a=b\r\n\r\n"
            connection.sendall(head.encode() + body)

    return behave


def drip(start: bytes, piece: bytes, pause: float = 0.02) -> Behaviour:
    """Send ``start``, then ``piece`` over and over until nobody listens."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(start)
        until = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < until:
            connection.sendall(piece)
            time.sleep(pause)

    return behave


def reset(connection: socket.socket) -> None:
    """End the connection with RST instead of an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silence(connection: socket.socket) -> None:
    """Say nothing until the other side has gone."""
    connection.recv(65536)


def nobody_listens() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
