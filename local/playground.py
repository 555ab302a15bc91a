"""WordPress Playground: WordPress and PHP from npm packages alone, no PHP on the machine.

The packages are pinned in local/package.json. `@wp-playground/cli` carries PHP as WebAssembly and
the SQLite driver, `@wp-playground/wordpress-builds` carries WordPress itself.
"""

import hashlib
import shutil
import subprocess
import zipfile
from pathlib import Path

from local.once import once
from local.places import STATE

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
CLI = MODULES / "@wp-playground" / "cli"
BUILDS = MODULES / "@wp-playground" / "wordpress-builds"
SQLITE_ZIP = CLI / "sqlite-database-integration.zip"
# Says which pins are installed, and is written last; `npm ci` removes it first.
INSTALLED = MODULES / ".igny8-installed"
LOCK = STATE / "npm.lock"
TOLD_LINES = 15
# A registry's fault may pass.
TRIES = 2

# Of the builds that the package carries. "latest" is the newest stable one.
VERSIONS = {"latest": "6.5", "oldest": "6.2"}
# A worker that waits for our API, while the API asks this WordPress, must not be the only one.
WORKERS = 4


class MissingToolError(RuntimeError):
    """A program that is needed is not there; the text says how to get it."""


def need(program: str, remedy: str) -> str:
    """Return the path of a program, or raise MissingToolError with the way to get it."""
    found = shutil.which(program)
    if found is None:
        message = f"{program} is not installed. {remedy}"
        raise MissingToolError(message)
    return found


def ensure_packages(log: Path) -> None:
    """Install the npm packages of local/package-lock.json, once. Raises MissingToolError."""
    once(LOCK, _is_installed, lambda: _install(log))


def _is_installed() -> bool:
    return INSTALLED.is_file() and INSTALLED.read_text() == _wanted()


def _wanted() -> str:
    return hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()


def _install(log: Path) -> None:
    npm = need("npm", "Install Node.js 20 or newer (https://nodejs.org), which brings npm.")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    for _ in range(TRIES):
        done = subprocess.run(
            command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        with log.open("ab") as out:
            out.write(done.stdout)
        if done.returncode == 0:
            break
    else:
        told = "\n".join(done.stdout.decode(errors="replace").splitlines()[-TOLD_LINES:])
        message = f"npm ci in {HERE} failed; is the npm registry reachable?\n{told}"
        raise MissingToolError(message)
    INSTALLED.write_text(_wanted())


def unpack_wordpress(version: str, target: Path) -> None:
    """Put a WordPress build into `target`: PHP from its ZIP, styles and images beside it."""
    number = VERSIONS.get(version, version)
    archive = BUILDS / "src" / "wordpress" / f"wp-{number}.zip"
    if not archive.is_file():
        there = sorted(path.stem[3:] for path in archive.parent.glob("wp-*.zip"))
        message = f"WordPress {version} is not among the builds: {', '.join([*VERSIONS, *there])}"
        raise ValueError(message)
    with zipfile.ZipFile(archive) as build:
        build.extractall(target)
    shutil.copytree(BUILDS / "public" / f"wp-{number}", target, dirs_exist_ok=True)
    shutil.rmtree(target / "wp-content" / "database", ignore_errors=True)


def unpack_sqlite(content_dir: Path) -> None:
    """Put the SQLite driver into `content_dir` (wp-content), with the drop-in that loads it."""
    with zipfile.ZipFile(SQLITE_ZIP) as plugin:
        plugin.extractall(content_dir)
        root = plugin.namelist()[0].split("/")[0]
    (content_dir / root).rename(content_dir / "sqlite-integration")
    shutil.copyfile(HERE / "site" / "db.php", content_dir / "db.php")
    (content_dir / "database").mkdir(exist_ok=True)


def serve(directory: Path, port: int, php: str, log: Path) -> "subprocess.Popen[bytes]":
    """Serve `directory`/wordpress on 127.0.0.1. The process leads a group and runs on detached."""
    node = need("node", "Install Node.js 20 or newer (https://nodejs.org).")
    command = [
        node, str(CLI / "wp-playground.js"), "server",
        f"--port={port}", f"--php={php}", f"--workers={WORKERS}",
        f"--site-url=http://127.0.0.1:{port}",
        "--wordpress-install-mode=do-not-attempt-installing", "--skip-sqlite-setup",
        "--mount-dir-before-install", str(directory / "wordpress"), "/wordpress",
        "--verbosity=normal",
    ]  # fmt: skip
    with log.open("ab") as out:
        return subprocess.Popen(
            command, cwd=directory, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
