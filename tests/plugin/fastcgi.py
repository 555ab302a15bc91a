"""PHP-FPM in front of a site's files, and the smallest FastCGI client that can talk to it."""

import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .inbox import eventually

BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6


def program() -> str | None:
    """Return the php-fpm of the `php` on this machine, if there is one."""
    release = (
        subprocess.run(
            ["php", "-r", "echo PHP_MAJOR_VERSION, '.', PHP_MINOR_VERSION;"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        if shutil.which("php")
        else ""
    )
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    return shutil.which(f"php-fpm{release}", path=path) or shutil.which("php-fpm", path=path)


@contextmanager
def running_fpm(directory: Path) -> Iterator[Path]:
    """Serve FastCGI on a socket in `directory`; end it by its id."""
    command = program()
    assert command
    listen = directory / "fpm.sock"
    config = directory / "fpm.conf"
    config.write_text(
        f"[global]\nerror_log = {directory}/fpm.log\ndaemonize = no\n"
        f"[www]\nlisten = {listen}\npm = static\npm.max_children = 2\nclear_env = no\n"
        "php_admin_value[memory_limit] = 256M\n"
    )
    as_root = ["--allow-to-run-as-root"] if os.geteuid() == 0 else []
    user = "user = root\ngroup = root\n" if as_root else ""
    config.write_text(config.read_text() + user)
    process = subprocess.Popen([command, *as_root, "--fpm-config", str(config)])
    try:
        eventually(listen.exists)
        yield listen
    finally:
        process.terminate()
        process.wait(20)


def call(
    listen: Path, root: Path, method: str, query: str, body: bytes, headers: dict[str, str]
) -> bytes:
    """Send one request for index.php. Returns when PHP has finished the request for us."""
    params = {
        "SCRIPT_FILENAME": f"{root}/index.php",
        "SCRIPT_NAME": "/index.php",
        "REQUEST_URI": f"/index.php?{query}",
        "QUERY_STRING": query,
        "REQUEST_METHOD": method,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "DOCUMENT_ROOT": str(root),
        "REMOTE_ADDR": "127.0.0.1",
        **{"HTTP_" + n.upper().replace("-", "_"): v for n, v in headers.items()},
    }
    packed = b"".join(
        struct.pack(">II", len(n) | 1 << 31, len(v) | 1 << 31) + n + v
        for n, v in ((n.encode(), v.encode()) for n, v in params.items())
    )

    def record(kind: int, content: bytes) -> bytes:
        return struct.pack(">BBHHBx", 1, kind, 1, len(content), 0) + content

    out = b""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(listen))
        connection.sendall(
            record(BEGIN, struct.pack(">HB5x", 1, 0))
            + record(PARAMS, packed)
            + record(PARAMS, b"")
            + record(STDIN, body)
            + record(STDIN, b"")
        )
        reader = connection.makefile("rb")
        while True:
            _, kind, _, length, padding = struct.unpack(">BBHHBx", reader.read(8))
            content = reader.read(length + padding)[:length]
            if kind == STDOUT:
                out += content
            if kind == END:
                return out
