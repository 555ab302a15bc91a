"""Makes a release of the bridge of its folder: the same source, the same bytes, on every machine.

Files are stored, not compressed: what zlib makes of a file depends on its version and maker
(`docs/releasing.md`). The gate (`igny8.distribution.gate`) checks
the outcome as it would anybody's.
"""

import base64
import io
import re
import stat
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from igny8.distribution.gate import API_URL, HOST, UPDATE_PATH
from igny8.distribution.model import SLUG
from igny8.distribution.versions import Version

from local.failure import StageError

MAIN = f"{SLUG}.php"
README = "readme.txt"
PINNED = "src/Update/Pinned.php"
# The oldest date that a ZIP can have; a file's own is of the checkout, not of the source.
PACKED_AT = (1980, 1, 1, 0, 0, 0)
UNIX = 3
TEXTS = frozenset({".php", ".txt", ".md", ".js", ".css", ".json", ".svg", ".pot", ".po", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where the sites that install a release ask for the next one.

    ``keys`` are raw public keys: the one that signs and the next one. ``api_url`` has no slash at
    its end.
    """

    update_host: str
    api_url: str
    keys: Sequence[bytes]


def build(source: Path, version: Version, home: Home) -> bytes:
    """A ZIP of the plugin's folder as one version of it, for one stage. Raises StageError."""
    if not HOST.fullmatch(home.update_host) or not API_URL.fullmatch(home.api_url):
        raise StageError(f"{home.update_host}, {home.api_url}: not a host and an address of an API")
    files = read(source)
    files[MAIN] = _main(files[MAIN].decode(), version, home).encode()
    files[README] = _once(
        files[README].decode(), r"^(Stable tag:[ \t]*)\S+$", str(version), README
    ).encode()
    files[PINNED] = _pinned(files[PINNED].decode(), home).encode()
    return packed(files)


def read(source: Path) -> dict[str, bytes]:
    """The files of the plugin's folder by their paths in it; lines end as in the repository."""
    files = {}
    for path in source.rglob("*"):
        inner = path.relative_to(source)
        if any(part.startswith(".") for part in inner.parts):
            continue
        if path.is_symlink():
            raise StageError(f"{path} is a symbolic link; a release has none.")
        if path.is_file():
            content = path.read_bytes()
            is_text = path.suffix in TEXTS
            files[inner.as_posix()] = content.replace(b"\r\n", b"\n") if is_text else content
    for name in (MAIN, README, PINNED):
        if name not in files:
            raise StageError(f"{source / name} is missing.")
    return files


def packed(files: dict[str, bytes]) -> bytes:
    """A ZIP of files in one folder, in the order of their names, with no trace of this machine."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{SLUG}/{name}", PACKED_AT)
            entry.create_system = UNIX
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[name])
    return out.getvalue()


def _main(text: str, version: Version, home: Home) -> str:
    said = {
        r"^([ \t]*\*[ \t]*Version:[ \t]*)\S+$": str(version),
        r"^([ \t]*\*[ \t]*Update URI:[ \t]*)\S+$": f"https://{home.update_host}{UPDATE_PATH}",
    }
    for form, value in said.items():
        text = _once(text, form, value, MAIN)
    return _once(text, r"(define\( *'IGNY8_BRIDGE_VERSION' *, *')[^']*(?=')", str(version), MAIN)


def _pinned(text: str, home: Home) -> str:
    keys = ", ".join(f"'{base64.b64encode(key).decode()}'" for key in home.keys)
    said = {
        "UPDATE_HOST": f"'{home.update_host}'",
        "API_URL": f"'{home.api_url}'",
        "KEYS": f"array( {keys} )",
    }
    for name, value in said.items():
        text = _once(text, rf"^(\tconst {name} *= ).*(?=;$)", value, PINNED)
    return text


def _once(text: str, form: str, value: str, where: str) -> str:
    made, times = re.subn(form, lambda found: found[1] + value, text, flags=re.M)
    if times != 1:
        raise StageError(f"{where} has {times} lines like {form}; a release is made of one.")
    return made
