"""A process with many sites: those below ``/well/`` publish, the others answer what they are named.

``python -m tests.support.stub_site`` says its port and serves until its input ends.
"""

import json
import re
import socket
import sys
import threading
import time

from tests.support.poison import OK_LINE, POISON, TEXT, WIRE

THINKS_SECONDS = 0.005
BODIES = POISON | {"plain": TEXT}
ANSWERS = WIRE | {
    name: OK_LINE + b"Content-Length: %d\r\n\r\n" % len(body) + body
    for name, body in BODIES.items()
}  # fmt: skip
NAME = re.compile(rb"[A-Z]+ /([^/]+)/")


def published(request: bytes) -> bytes:
    order = json.loads(request.partition(b"\r\n\r\n")[2] or b"{}")
    data = {
        "content_id": order.get("content_id"), "rev": order.get("rev"), "post_id": 5,
        "state": "done", "post_url": "http://127.0.0.1/a", "post_status": "publish",
        "fingerprint": "f", "warnings": [], "altered": [],
    }  # fmt: skip
    body = json.dumps({"success": True, "data": data}).encode()
    return OK_LINE + b"Content-Length: %d\r\n\r\n" % len(body) + body


def serve(connection: socket.socket) -> None:
    with connection:
        request = read(connection)
        found = NAME.match(request)
        name = found[1].decode().replace("-", " ") if found else ""
        time.sleep(THINKS_SECONDS)
        try:
            connection.sendall(published(request) if name == "well" else ANSWERS[name])
        except OSError:
            return  # who asked has heard enough


def read(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(65_536)
    length = re.search(rb"(?i)content-length: (\d+)", request)
    whole = request.index(b"\r\n\r\n") + 4 + (int(length[1]) if length else 0)
    while len(request) < whole:
        request += connection.recv(65_536)
    return request


def main() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        print(listener.getsockname()[1], flush=True)
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        sys.stdin.read()


def accept(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
