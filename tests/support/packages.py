"""ZIPs of a small plugin that could be a release, and of many that could not."""

import base64
import hashlib
import io
import stat
import zipfile
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from igny8.distribution.archives import Form
from igny8.distribution.gate import Home, Record
from igny8.distribution.manifest import Signature, key_id
from igny8.distribution.model import SLUG
from igny8.distribution.versions import Version

KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2)]
PUBLIC_KEYS = [key.public_key().public_bytes_raw() for key in KEYS]
HOME = Home(public_keys=tuple(PUBLIC_KEYS))
HOST, API_URL = "api.example.com", "https://api.example.com"
MAIN, README, PINNED = f"{SLUG}.php", "readme.txt", "src/Update/Pinned.php"


def sources(version: str = "2.0.1", **fields: str) -> dict[str, bytes]:
    """The files of a plugin by their paths in it; ``fields`` replace what header and readme say."""
    said = {
        "name": "IGNY8 WP Bridge", "header_version": version, "constant": version,
        "stable_tag": version, "requires": "5.8", "readme_requires": fields.get("requires", "5.8"),
        "requires_php": "7.4", "readme_requires_php": "7.4", "tested": "6.5",
        "update_uri": f" * Update URI: https://{HOST}/plugins/{SLUG}\n", "host": HOST,
        "api_url": API_URL,
        "keys": ", ".join(f"'{base64.b64encode(key).decode()}'" for key in PUBLIC_KEYS),
        **fields,
    }  # fmt: skip
    return {
        MAIN: f"""<?php
/**
 * Plugin Name:       {said["name"]}
 * Version:           {said["header_version"]}
 * Requires at least: {said["requires"]}
 * Requires PHP:      {said["requires_php"]}
{said["update_uri"]} */

define( 'IGNY8_BRIDGE_VERSION', '{said["constant"]}' );
""".encode(),
        README: f"""=== IGNY8 WP Bridge ===
Requires at least: {said["readme_requires"]}
Tested up to: {said["tested"]}
Requires PHP: {said["readme_requires_php"]}
Stable tag: {said["stable_tag"]}

It publishes.

== Description ==

It publishes **articles**.

== Changelog ==

= {version} =
* A change of {version}.

== Upgrade Notice ==

= {version} =
Please update
soon.
""".encode(),
        PINNED: f"""<?php
final class Pinned {{
\tconst UPDATE_HOST = '{said["host"]}';
\tconst API_URL = '{said["api_url"]}';
\tconst KEYS = array( {said["keys"]} );
}}
""".encode(),
        "LICENSE": b"GPL\n",
        "src/Core/Options.php": b"<?php\n" + b"// an option is kept\n" * 20,
    }


def zipped(
    files: Mapping[str, bytes] | None = None,
    *,
    root: str = SLUG,
    method: int = zipfile.ZIP_DEFLATED,
    more: Mapping[str, bytes] | None = None,
    modes: Mapping[str, int] | None = None,
) -> bytes:
    """A ZIP, as any tool may make it. ``more`` names entries in full, ``modes`` too."""
    entries = {f"{root}/{name}": content for name, content in (files or sources()).items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in {**entries, **(more or {})}.items():
            entry = zipfile.ZipInfo("x", (2026, 1, 2, 3, 4, 6))
            entry.filename = name  # as it is: ZipInfo would mend backslashes and NUL
            entry.compress_type = zipfile.ZIP_STORED if name.endswith("/") else method
            usual = stat.S_IFDIR | 0o755 if name.endswith("/") else stat.S_IFREG | 0o644
            mode = (modes or {}).get(name, usual)
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return out.getvalue()


def record(archive: bytes, version: str = "2.0.1", **fields: str) -> Record:
    """What the release tool says of a ZIP."""
    digest = hashlib.sha256(archive).hexdigest()
    return Record(**{"version": Version.parse(version), "sha256": digest, **fields})


class LocalSigner:
    """Signs as KMS does, which neither moto nor rows in memory have such keys for."""

    def __init__(self) -> None:
        self.signed: list[bytes] = []
        self.current = 0

    def sign(self, message: bytes) -> Signature:
        self.signed.append(message)
        value = base64.b64encode(KEYS[self.current].sign(message)).decode()
        return Signature(key_id(self.public_keys()[0]), value)

    def public_keys(self) -> tuple[bytes, ...]:
        return PUBLIC_KEYS[self.current], PUBLIC_KEYS[1 - self.current]


class MemoryArchives:
    """Implements `igny8.distribution.releasing.Archives`."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.forms: list[str] = []

    def form(self, key: str, seconds: int) -> Form:
        self.forms.append(key)
        return Form("https://bucket.example.com/", {"key": key})

    def uploaded(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def keep(self, key: str, archive: bytes) -> None:
        self.objects.setdefault(key, archive)

    def discard(self, key: str) -> None:
        self.objects.pop(key, None)
