"""Environments for the tools whose pins do not fit ours: each is made once, from its lock file."""

import hashlib
import shutil
import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local.failure import StageError
from local.once import once
from local.places import LOGS, ROOT, STATE
from local.progress import step


def environment(name: str) -> Path:
    """Return the `bin` folder of the tool's environment, made anew when its lock file changed."""
    prepare(name)
    return _home(name) / "bin"


def prepare(*names: str) -> None:
    """Make the environments that are not there yet, side by side."""
    missing = [name for name in names if not _is_ready(name)]
    if missing:
        what = f"installing {' and '.join(missing)} into .local (once)"
        with step(what), ThreadPoolExecutor() as pool:
            list(pool.map(_ensure, missing))


def _home(name: str) -> Path:
    return STATE / f"venv-{name}"


def _lock(name: str) -> Path:
    return ROOT / "local" / f"requirements-{name}.txt"


def _wanted(name: str) -> str:
    return hashlib.sha256(_lock(name).read_bytes() + sys.version.encode()).hexdigest()


def _is_ready(name: str) -> bool:
    mark = _home(name) / "installed"
    return mark.is_file() and mark.read_text() == _wanted(name)


def _ensure(name: str) -> None:
    once(STATE / f"{name}.lock", lambda: _is_ready(name), lambda: _install(name))


def _install(name: str) -> None:
    home = _home(name)
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=True)
    command: list[str | Path] = [home / "bin" / "python", "-m", "pip", "install", "--quiet"]
    command += ["--disable-pip-version-check", "-r", _lock(name)]
    run(command, LOGS / f"install-{name}.log", f"Installing {name}")
    (home / "installed").write_text(_wanted(name))


def run(
    command: list[str | Path], log: Path, what: str, environ: dict[str, str] | None = None
) -> None:
    """Run a command in the checkout, its output into `log`; raises StageError with its end."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        done = subprocess.run(
            command, cwd=ROOT, env=environ, stdout=out, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        raise StageError(f"{what} failed ({log.relative_to(ROOT)}):\n{tail}")
