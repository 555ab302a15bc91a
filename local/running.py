"""Processes of the local stage: started detached, remembered by id and start time, ended by id."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from local.failure import StageError
from local.places import LOCK_FILE, RUNNING_FILE

try:
    import fcntl
except ImportError as error:  # pragma: no cover
    raise SystemExit("The local stage needs Linux, macOS or WSL.") from error

STOP_SECONDS = 10.0


def free_port(wanted: str | None) -> int:
    """Return the port that was asked for, or a free one. Raises StageError when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(wanted or 0)))
        except OSError as error:
            raise StageError(f"Port {wanted} is taken; choose another or leave it out.") from error
        except ValueError as error:
            raise StageError(f"{wanted!r} is not a port number.") from error
        return int(probe.getsockname()[1])


def started_at(pid: int) -> str:
    """When the process began, as the system tells it; empty when there is none.

    A process id alone may have been given to somebody else since.
    """
    answer = subprocess.run(
        ["ps", "-o", "lstart=,stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    words = answer.stdout.split()
    return "" if not words or words[-1].startswith("Z") else " ".join(words[:-1])


def start(command: list[str | Path], log: Path, environ: dict[str, str]) -> int:
    """Start a process that outlives us, in a group of its own; return its id."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
    process.returncode = 0  # it is meant to outlive us: no warning that it still runs
    return process.pid


def remember(name: str, **facts: Any) -> None:
    """Write what `down` will need; `pid` gets its start time beside it."""
    everything = recall()
    everything[name] = {**facts, "started": started_at(facts["pid"])}
    RUNNING_FILE.write_text(json.dumps(everything, indent=2))


def recall() -> dict[str, Any]:
    """Read what was remembered; empty when nothing was started."""
    with suppress(FileNotFoundError):
        found: dict[str, Any] = json.loads(RUNNING_FILE.read_text())
        return found
    return {}


def alive(facts: dict[str, Any] | None) -> bool:
    """Whether the remembered process still runs, and is the same."""
    return bool(facts) and facts is not None and started_at(facts["pid"]) == facts["started"] != ""


def end(facts: dict[str, Any]) -> None:
    """End a remembered process and its group: politely, then for sure."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not alive(facts):
            return
        with suppress(ProcessLookupError):
            os.killpg(facts["pid"], sign)
        deadline = time.monotonic() + STOP_SECONDS
        while alive(facts) and time.monotonic() < deadline:
            with suppress(ChildProcessError):
                os.waitpid(facts["pid"], os.WNOHANG)
            time.sleep(0.05)


@contextmanager
def alone() -> Iterator[None]:
    """Hold the checkout's lock: one command at a time changes the stage."""
    LOCK_FILE.parent.mkdir(parents=True, exist_ok=True)
    with LOCK_FILE.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("  waiting for another command in this checkout …", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
