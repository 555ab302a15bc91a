"""A real WordPress in a directory, on 127.0.0.1: for the local stage and the plugin tests.

Three engines, one WordPress:

- `playground`: PHP in WebAssembly, from npm packages alone (see playground.py);
- `php-sqlite`: the machine's own `php` with SQLite, many times faster;
- `php-mariadb`: the machine's `php` and a private `mariadbd` on a socket in the directory.

`start` leaves its processes running when the caller ends; `stop` ends them by their ids.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from local import playground
from local.playground import MissingToolError, need

__all__ = ["MissingToolError", "WordPressSite", "start", "stop", "wp_eval"]

HERE = Path(__file__).parent / "site"
PLUGIN = "igny8-wp-bridge"
ADMIN_USER = "admin"
BOOT_SECONDS = 120
CALL_SECONDS = 60
STOP_SECONDS = 10
SOCKET_PATH_BYTES = 100
# Requests served at once by PHP's built-in server.
PHP_WORKERS = 4
NEEDED_EXTENSIONS = {"ctype", "dom", "json", "mbstring", "tokenizer", "xml"}
DATABASE_EXTENSIONS = {"php-sqlite": "pdo_sqlite", "php-mariadb": "mysqli"}
SALTS = ("AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY",
         "AUTH_SALT", "SECURE_AUTH_SALT", "LOGGED_IN_SALT", "NONCE_SALT")  # fmt: skip
DEBIAN_WORDPRESS = Path("/usr/share/wordpress")


@dataclass(frozen=True)
class WordPressSite:
    """A running WordPress. `path` is its document root, `pid` the leader of its process group."""

    url: str
    path: Path
    admin_user: str
    admin_password: str
    engine: str
    version: str
    php_version: str
    pid: int


def start(
    directory: Path,
    *,
    port: int | None = None,
    engine: str = "auto",
    version: str = "latest",
    php: str = "8.3",
    bridge: Path | None = None,
    log: Path,
) -> WordPressSite:
    """Install WordPress in `directory` (or take the one that is there) and serve it.

    `version` is "latest", "oldest" or a build's name ("6.4"); "debian" is the one of Debian's
    package, for the native engines. `php` is Playground's PHP version. `bridge` is a plugin folder,
    copied in and activated. Raises MissingToolError, ValueError for unknown names, and
    RuntimeError with the log's path when WordPress does not come up.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    log = log.resolve()
    log.parent.mkdir(parents=True, exist_ok=True)
    engine = _choose_engine(engine)
    port = port or _free_port()
    url = f"http://127.0.0.1:{port}"
    root = directory / "wordpress"
    if not (root / "wp-settings.php").is_file():
        _unpack(root, engine, version, log)
    secret = _secrets(directory)
    _configure(root, url, _database_host(directory, engine), secret)
    if bridge is not None:
        _copy_plugin(bridge, root)

    if engine == "php-mariadb":
        _start_mariadb(directory, log)
    if engine == "playground":
        pid = _remember(playground.serve(directory, port, php, log))
    else:
        pid = _remember(_serve_php(root, port, log))
    (directory / "pid").write_text(str(pid))
    site = WordPressSite(url, root, ADMIN_USER, secret["password"], engine, version, php, pid)
    try:
        _await_port(site, port, log)
        facts = json.loads(_call(site, _install_job(secret)))
        if bridge is not None:
            wp_eval(site, _ACTIVATE)
    except BaseException:
        stop(site)
        raise
    return replace(site, version=facts["version"], php_version=facts["php_version"])


def stop(site: WordPressSite) -> None:
    """End the processes of a site, by their ids. The files stay, `start` brings it back."""
    _end_group(site.pid)
    pid_file = site.path.parent / "mariadb" / "mariadbd.pid"
    with contextlib.suppress(FileNotFoundError, ValueError):
        _end_group(int(pid_file.read_text()))


def wp_eval(site: WordPressSite, php_code: str) -> str:
    """Run PHP inside the site, over its own web server, and return what it echoed.

    Raises RuntimeError with WordPress's answer when the code throws.
    """
    return _call(site, {"do": "eval", "code": php_code})


# What this process started, by id. A later process stops it by the id alone.
_children: dict[int, "subprocess.Popen[bytes]"] = {}

# Never through a proxy that the environment names.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

_ACTIVATE = f"""
require_once ABSPATH . 'wp-admin/includes/plugin.php';
$error = activate_plugin( '{PLUGIN}/{PLUGIN}.php' );
if ( is_wp_error( $error ) ) {{ throw new RuntimeException( $error->get_error_message() ); }}
"""


def _choose_engine(engine: str) -> str:
    if engine == "auto":
        return "php-sqlite" if _lacking_extensions("php-sqlite") == set() else "playground"
    if engine in DATABASE_EXTENSIONS:
        need("php", "Debian: apt-get install php-cli php-sqlite3 php-mysql php-xml php-mbstring")
        lacking = _lacking_extensions(engine)
        if lacking:
            message = f"php lacks the extensions {sorted(lacking or ())}"
            raise MissingToolError(message)
    elif engine != "playground":
        message = f"unknown engine {engine!r}: auto, playground, php-sqlite or php-mariadb"
        raise ValueError(message)
    return engine


def _lacking_extensions(engine: str) -> set[str] | None:
    """Extensions that `php` lacks for the engine; None where there is no php."""
    if shutil.which("php") is None:
        return None
    listed = subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout
    have = {name.strip().lower() for name in listed.splitlines()}
    return (NEEDED_EXTENSIONS | {DATABASE_EXTENSIONS[engine]}) - have


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _unpack(root: Path, engine: str, version: str, log: Path) -> None:
    """Put WordPress's files into `root`: all of them, or whoever stops it in the middle none."""
    making = root.with_name(f"{root.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    if version == "debian":
        if not DEBIAN_WORDPRESS.is_dir():
            message = "Debian's WordPress is not installed: apt-get install wordpress"
            raise MissingToolError(message)
        shutil.copytree(DEBIAN_WORDPRESS, making, symlinks=False, ignore_dangling_symlinks=True)
    else:
        playground.ensure_packages(log)
        playground.unpack_wordpress(version, making)
    if engine != "php-mariadb":
        playground.ensure_packages(log)
        playground.unpack_sqlite(making / "wp-content")
    making.rename(root)


def _secrets(directory: Path) -> dict[str, str]:
    """Random words of this site, made once, readable by this user alone."""
    file = directory / "secrets.json"
    if file.is_file():
        known: dict[str, str] = json.loads(file.read_text())
        return known
    made = {name: secrets.token_urlsafe(32) for name in ("token", *SALTS)}
    made["password"] = secrets.token_urlsafe(12)
    file.touch(mode=0o600)
    file.write_text(json.dumps(made))
    return made


def _configure(root: Path, url: str, db_host: str, secret: dict[str, str]) -> None:
    salts = "\n".join(f"define( '{name}', '{secret[name]}' );" for name in SALTS)
    config = (HERE / "wp-config.php").read_text()
    for mark, value in (("%db_host%", db_host), ("%url%", url), ("%salts%", salts)):
        config = config.replace(mark, value)
    (root / "wp-config.php").write_text(config)
    door = (HERE / "igny8-local.php").read_text().replace("%token%", secret["token"])
    door_file = root / "igny8-local.php"
    door_file.touch(mode=0o600)
    door_file.write_text(door)


def _copy_plugin(bridge: Path, root: Path) -> None:
    target = root / "wp-content" / "plugins" / PLUGIN
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(bridge, target)


def _database_host(directory: Path, engine: str) -> str:
    return f"localhost:{_socket_path(directory)}" if engine == "php-mariadb" else "localhost"


def _socket_path(directory: Path) -> Path:
    """MariaDB's socket: in the directory, or under a short name where its path were too long."""
    inside = directory / "db.sock"
    if len(os.fsencode(inside)) < SOCKET_PATH_BYTES:
        return inside
    name = hashlib.sha256(os.fsencode(inside)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"igny8-{name}.sock"


def _start_mariadb(directory: Path, log: Path) -> None:
    """A database server of its own: no network, socket and data in the directory."""
    remedy = "Debian: apt-get install mariadb-server"
    server = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
    server = server or need("mariadbd", remedy)
    data = directory / "mariadb"
    common = ["--no-defaults", f"--datadir={data}"]
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    with log.open("ab") as out:
        if not (data / "mysql").is_dir():
            install = need("mariadb-install-db", remedy)
            data.mkdir(exist_ok=True)
            options = ["--auth-root-authentication-method=normal", "--skip-test-db"]
            command = [install, *common, *as_root, *options]
            subprocess.run(command, stdout=out, stderr=out, check=True)
        start_sql = directory / "init.sql"
        start_sql.write_text("CREATE DATABASE IF NOT EXISTS wordpress CHARACTER SET utf8mb4;\n")
        process = subprocess.Popen(
            [server, *common, *as_root, "--skip-networking", f"--socket={_socket_path(directory)}",
             f"--pid-file={data / 'mariadbd.pid'}", f"--init-file={start_sql}",
             "--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=2"],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    _remember(process)
    deadline = time.monotonic() + BOOT_SECONDS
    while not _answers(_socket_path(directory)):
        if time.monotonic() > deadline:
            message = f"mariadbd did not come up in {BOOT_SECONDS} s: see {log}"
            raise RuntimeError(message)
        time.sleep(0.1)


def _answers(address: Path | int) -> bool:
    """Whether somebody listens on a Unix socket, or on a port of 127.0.0.1."""
    family = socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(1)
        target = str(address) if isinstance(address, Path) else ("127.0.0.1", address)
        return probe.connect_ex(target) == 0


def _serve_php(root: Path, port: int, log: Path) -> "subprocess.Popen[bytes]":
    php = need("php", "Debian: apt-get install php-cli")
    settings = {
        "memory_limit": "256M", "post_max_size": "32M", "upload_max_filesize": "16M",
        "display_errors": "0", "log_errors": "1", "error_log": str(root.parent / "php-errors.log"),
        "opcache.enable_cli": "1", "opcache.revalidate_freq": "0",
    }  # fmt: skip
    options = [part for name, value in settings.items() for part in ("-d", f"{name}={value}")]
    with log.open("ab") as out:
        return subprocess.Popen(
            [php, *options, "-S", f"127.0.0.1:{port}", "-t", str(root), str(HERE / "router.php")],
            cwd=root, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            env={**os.environ, "PHP_CLI_SERVER_WORKERS": str(PHP_WORKERS)},
        )  # fmt: skip


def _await_port(site: WordPressSite, port: int, log: Path) -> None:
    deadline = time.monotonic() + BOOT_SECONDS
    while not _serves(site, port):
        if not _alive(site.pid) or time.monotonic() > deadline:
            message = f"WordPress ({site.engine}) did not come up: see {log}"
            raise RuntimeError(message)
        time.sleep(0.1)


def _serves(site: WordPressSite, port: int) -> bool:
    """Whether files are served. Playground's port answers 502 while it boots."""
    if not _answers(port):
        return False
    try:
        with _DIRECT.open(f"{site.url}/wp-admin/images/wordpress-logo.svg", timeout=CALL_SECONDS):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _install_job(secret: dict[str, str]) -> dict[str, str]:
    return {
        "do": "install", "title": "Local site", "user": ADMIN_USER,
        "email": "admin@example.com", "password": secret["password"],
    }  # fmt: skip


def _call(site: WordPressSite, job: dict[str, Any]) -> str:
    token = json.loads((site.path.parent / "secrets.json").read_text())["token"]
    request = urllib.request.Request(
        f"{site.url}/igny8-local.php",
        data=json.dumps(job).encode(),
        headers={"X-IGNY8-Local-Token": token, "Content-Type": "application/json"},
    )
    try:
        with _DIRECT.open(request, timeout=CALL_SECONDS) as answer:
            body: bytes = answer.read()
    except urllib.error.HTTPError as error:
        message = f"WordPress answered {error.code}: {error.read()[:2000].decode(errors='replace')}"
        raise RuntimeError(message) from error
    return body.decode()


def _remember(process: "subprocess.Popen[bytes]") -> int:
    """Keep a child, so that it is reaped when it ends. Returns its id."""
    _children[process.pid] = process
    return process.pid


def _alive(pid: int) -> bool:
    """Whether the process runs; a child of ours that ended and was not reaped does not count."""
    child = _children.get(pid)
    if child is not None:
        return child.poll() is None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _end_group(pid: int) -> None:
    """End a process group that we lead: politely, then for sure."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, sign)
        except (ProcessLookupError, PermissionError):
            return
        deadline = time.monotonic() + STOP_SECONDS
        while _alive(pid):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            return
