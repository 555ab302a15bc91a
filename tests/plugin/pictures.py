"""A server of images for the tests: made with zlib alone, slow or broken where a test says so."""

import hashlib
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

_colours = count(1)


def png(width: int = 60, height: int = 40, colour: int | None = None, pad: int = 0) -> bytes:
    """A PNG of one colour; a new one each time unless a colour is given. `pad` adds bytes to it."""
    tone = next(_colours) if colour is None else colour
    row = b"\x00" + bytes([tone * 53 % 256, tone * 101 % 256, tone * 197 % 256]) * width
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"tEXt", b"Comment\x00" + str(tone).encode() + b" " * pad),
        (b"IDAT", zlib.compress(row * height, 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


@dataclass
class Served:
    body: bytes = b""
    content_type: str = "image/png"
    status: int = 200
    delay: float = 0  # seconds
    location: str | None = None
    # By what it is asked whether it is still the same: "etag", "modified", or neither.
    validator: str = "etag"

    @property
    def headers(self) -> dict[str, str]:
        if self.validator == "etag":
            return {"ETag": f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'}
        if self.validator == "modified":
            return {"Last-Modified": "Tue, 06 Jan 2026 10:00:00 GMT"}
        return {}

    def is_known_to(self, asked: Message) -> bool:
        seen = [asked["If-None-Match"] or "", asked["If-Modified-Since"] or ""]
        return any(value in seen for value in self.headers.values())


@dataclass
class Gallery:
    """Serves what was put in, by path, and remembers what was asked for."""

    url: str = ""
    things: dict[str, Served] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    # What went out with its bytes; the rest was asked for, and was known.
    sent: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def put(self, path: str, body: bytes | None = None, **more: Any) -> str:
        """Serve something; returns its address."""
        self.things[f"/{path}"] = Served(png() if body is None else body, **more)
        return f"{self.url}/{path}"

    def times(self, path: str) -> int:
        return self.asked.count(f"/{path}")

    def digest(self, path: str) -> str:
        return hashlib.sha256(self.things[f"/{path}"].body).hexdigest()

    @classmethod
    @contextmanager
    def open(cls) -> "Iterator[Gallery]":
        gallery = cls()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                gallery.asked.append(self.path)
                thing = gallery.things.get(self.path, Served(b"<h1>Not here</h1>", status=404))
                gallery.closing.wait(thing.delay)
                if thing.is_known_to(self.headers) and thing.status == 200:
                    self.send_response(304)
                    self.end_headers()
                    return
                gallery.sent.append(self.path)
                self.send_response(thing.status)
                for name, value in thing.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", thing.content_type)
                self.send_header("Content-Length", str(len(thing.body)))
                if thing.location:
                    self.send_header("Location", thing.location)
                self.end_headers()
                self.wfile.write(thing.body)

            def log_message(self, *_args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_args: Any) -> None:
                pass  # the other end has hung up

        server = Server(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        gallery.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield gallery
        finally:
            gallery.closing.set()
            server.shutdown()
            thread.join()
            server.server_close()
