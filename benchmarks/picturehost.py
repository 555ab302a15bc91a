"""Pictures for the measurements: each address another one, each fetched once."""

import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WIDTH, HEIGHT = 1200, 800


def png(number: int) -> bytes:
    """A picture of one colour, with its number in it."""
    row = b"\x00" + bytes([number * 53 % 256, number * 101 % 256, number * 197 % 256]) * WIDTH
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)),
        (b"tEXt", b"Comment\x00" + str(number).encode()),
        (b"IDAT", zlib.compress(row * HEIGHT, 1)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


@contextmanager
def serving() -> Iterator[str]:
    """A server of pictures on this machine: `{address}/7` is the seventh."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = png(int(self.path.strip("/")))
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
