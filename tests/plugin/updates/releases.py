"""Releases of the bridge, and an IGNY8 that offers them: what a site sees of an update."""

import base64
import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from igny8.distribution.versions import Version

from local import building
from tests.plugin.conftest import PLUGIN

SLUG = "igny8-wp-bridge"
API = f"/api/plugins/{SLUG}"
HOST = "updates.example.com"
UNTIL = "2099-01-01T00:00:00Z"


class Key:
    """A key that signs releases."""

    def __init__(self) -> None:
        self._private = Ed25519PrivateKey.generate()
        self.raw = self._private.public_key().public_bytes_raw()
        self.id = hashlib.sha256(self.raw).hexdigest()[:16]

    def sign(self, text: str) -> str:
        return base64.b64encode(self._private.sign(text.encode())).decode()


def build(version: str, *, keys: list[Key], api_url: str) -> bytes:
    """A release of the plugin in the tree, as every release is made."""
    home = building.Home(update_host=HOST, api_url=api_url, keys=[key.raw for key in keys])
    return building.build(PLUGIN, Version.parse(version), home)


def changed(package: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """A release with other contents, by their names within its folder."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        files = {one.filename.partition("/")[2]: archive.read(one) for one in archive.infolist()}
    return building.packed({name: change(name, text) for name, text in files.items()})


def broken(package: bytes) -> bytes:
    """A release that takes every page of its site along."""
    fatal = b"\nno_such_function();\n"
    return changed(package, lambda name, text: text + fatal * (name == f"{SLUG}.php"))


def guarded(package: bytes, version: str) -> bytes:
    """One with a notice in every class that is loaded into another version than its own."""
    mark = b"defined( 'ABSPATH' ) || exit;"
    told = "trigger_error( 'of two makes: ' . __FILE__ )"
    warns = f" '{version}' === IGNY8_BRIDGE_VERSION || {told};"

    def change(name: str, text: bytes) -> bytes:
        if not name.startswith("src/") or not name[name.rindex("/") + 1].isupper():
            return text
        assert mark in text, name
        return text.replace(mark, mark + warns.encode(), 1)

    return changed(package, change)


def unpack(package: bytes, target: Path) -> Path:
    """The folder that a release holds."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        archive.extractall(target)
    return target / SLUG


def manifest(release: str, package: bytes, **more: Any) -> str:
    """What is signed of a release."""
    fields = {
        "slug": SLUG, "version": release, "channel": "stable",
        "sha256": hashlib.sha256(package).hexdigest(), "size": len(package),
        "requires": "5.8", "requires_php": "7.4", "min_from_version": None,
        "released_at": "2026-01-01T00:00:00Z", "not_after": UNTIL, **more,
    }  # fmt: skip
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass
class Shop:
    """Stands in for IGNY8: offers `offer`, hands out `packages` by version, tells `info`.

    `sends_to` is where downloads are redirected to; `status` other than 200 answers every question
    with it; `unknown` are versions of which it tells nothing; `asked` is what came, a body or a
    query.
    """

    url: str = ""
    offer: dict[str, Any] = field(default_factory=dict)
    packages: dict[str, bytes] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    status: int = 200
    refuses_keys: bool = False
    sends_to: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    def release(self, version: str, package: bytes, key: Key, **more: Any) -> None:
        """Offer a version; `more` goes into what is signed."""
        signed = manifest(version, package, **more)
        self.packages[version] = package
        self.offer = {
            "slug": SLUG, "version": version, "new_version": version, "url": "https://example.com",
            "package": f"{self.url}{API}/download/?version={version}&t=v1.9.1.abc",
            "tested": "6.5", "requires": "5.8", "requires_php": "7.4", "icons": {},
            "banners": {"low": "https://example.com/low.png"}, "upgrade_notice": "Do it.",
            "signed_manifest": signed, "signature": key.sign(signed), "key_id": key.id,
            "installed_version_status": "ok",
        }  # fmt: skip

    def nothing(self, version: str, status: str = "ok") -> None:
        """Offer nothing newer."""
        self.offer = {"version": version, "package": "", "installed_version_status": status}

    def to(self, name: str) -> list[dict[str, Any]]:
        """Bodies of the calls to one route."""
        return [body for path, _, body in self.asked if path == f"{API}/{name}/"]

    def answer(self, path: str, query: dict[str, list[str]], key: str) -> tuple[int, bytes]:
        name = path.removeprefix(API).strip("/")
        if name == "download":
            package = self.packages.get(query.get("version", [""])[0])
            return (404, b"Unknown version.") if package is None else (200, package)
        if name == "info" and self.unknown & {*query.get("version", [])}:
            return 404, b'{"success":false,"error":{"code":"not_found"}}'
        if self.refuses_keys and key:
            return 401, b'{"success":false,"error":{"code":"invalid_api_key"}}'
        data = {"check-update": self.offer, "info": self.info}.get(
            name, {"id": 9, "integration_id": 9, "site_id": 77, "installed_version_status": "ok"}
        )
        return self.status, json.dumps({"success": self.status == 200, "data": data}).encode()


@contextmanager
def open_shop() -> Iterator[Shop]:
    """Run one on a port of 127.0.0.1."""
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def do_GET(self) -> None:
            self._answer(dict(parse_qsl(urlsplit(self.path).query)))

        def _answer(self, body: dict[str, Any]) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            shop.asked.append((parts.path, headers, body))
            key = headers.get("x-igny8-api-key", "")
            status, answer = shop.answer(parts.path, parse_qs(parts.query), key)
            if shop.sends_to and "/download/" in parts.path:
                self.send_response(302)
                self.send_header("Location", shop.sends_to)
                self.end_headers()
                return
            self.send_response(status)
            for name, value in shop.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    shop.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def elsewhere(content: bytes) -> Iterator[str]:
    """Somebody on another port who answers everything with the same bytes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):  # who has enough hangs up
                self.wfile.write(content)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/package.zip"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
