"""What a ZIP must be like to become a release, whoever made it.

WordPress skips entries that it does not like and installs the rest, so nothing but this keeps a
half plugin from sites. Whether its PHP can be parsed is the release tool's to find out
(`docs/releasing.md`).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from igny8.core.errors import Invalid
from igny8.distribution import zips
from igny8.distribution.model import PLUGIN_FILE, SLUG, URL_MAX
from igny8.distribution.names import wrong_names
from igny8.distribution.versions import Version

README = f"{SLUG}/readme.txt"
PINNED = f"{SLUG}/src/Update/Pinned.php"
HOST = re.compile(r"[a-z0-9.-]{1,200}")
API_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]{1,200})(?P<port>:[0-9]{1,5})?"
    r"(?P<path>(?:/[A-Za-z0-9._-]+)*)"
)
UPDATE_PATH = f"/plugins/{SLUG}"
# What WordPress reads of a plugin's file (get_file_data).
HEADER_BYTES = 8_192
README_MAX_BYTES = 65_536
MOST_FINDINGS = 20
MESSAGE_MAX = 500
PLACES = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}(?:\.[0-9]{1,3})?")
"""A version of WordPress or PHP that is required or tested."""
KEY_BYTES = 32
# What follows without a space is no PHP any more, and is printed.
OPENING = re.compile(rb"<\?php[ \t\r\n]")
PHP_SPACE = " \t\n\r\0\v"
"""What PHP's ``trim`` takes away."""
# What installed bridges look for in a package before they let it be unpacked (Update/Package.php).
VERSION_LINE = re.compile(rb"^ \* Version: +(\S+)$", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is said of an upload; what is ``None`` is not said."""

    version: Version
    sha256: str
    requires: str | None = None
    requires_php: str | None = None
    tested: str | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """What releases of this stage must carry: its two keys, and its host if it has one.

    Whoever has a key that sites believe can sign whatever they install, so a release pins no other.
    """

    public_keys: tuple[bytes, ...]
    update_host: str = ""
    allow_http: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What the gate found in a ZIP that it let through."""

    sha256: str
    md5: str
    size: int
    requires: str
    requires_php: str
    tested: str
    update_host: str
    api_url: str
    readme: str


def examine(archive: bytes, record: Record, home: Home) -> Examined:
    """Let a ZIP through, or raise :class:`Invalid` with everything that is wrong with it."""
    sha256 = hashlib.sha256(archive).hexdigest()
    if sha256 != record.sha256:
        raise _refused(["it is not what was announced: its SHA-256 is another"], "sha256")
    try:
        entries = zips.read(archive)
    except zips.BadZip as error:
        raise _refused([str(error)]) from error
    _refuse(wrong_names(entries))
    files = {name: content for name, content in entries.items() if not name.endswith("/")}
    _refuse(_wrong_files(files))
    if len(files[README]) > README_MAX_BYTES:
        raise _refused([f"{README} is larger than {README_MAX_BYTES} bytes"])
    header, readme = _texts(files)
    pinned = _pinned(_text(files, PINNED))
    _refuse(_disagreements(header, readme, record))
    _refuse(_unfound(files[PLUGIN_FILE], record.version))
    _refuse(_wrong_home(header, pinned, home))
    return Examined(
        sha256=sha256,
        md5=hashlib.md5(archive, usedforsecurity=False).hexdigest(),
        size=len(archive),
        requires=header["Requires at least"],
        requires_php=header["Requires PHP"],
        tested=readme["Tested up to"],
        update_host=pinned.host,
        api_url=pinned.api_url,
        readme=_text(files, README),
    )


def _refuse(findings: Iterable[str]) -> None:
    found = list(dict.fromkeys(findings))
    if found:
        raise _refused(found)


def _refused(findings: Sequence[str], field: str = "zip") -> Invalid:
    told = [finding[:MESSAGE_MAX] for finding in findings[:MOST_FINDINGS]]
    return Invalid({field: told}, "This ZIP cannot become a release.")


# --- Content -------------------------------------------------------------------------------------


def _wrong_files(files: Mapping[str, bytes]) -> list[str]:
    wrong = [f"{name} is missing" for name in (PLUGIN_FILE, README, PINNED) if name not in files]
    for name, content in files.items():
        if not name.endswith(".php"):
            continue
        if not OPENING.match(content):
            wrong.append(f"{name} does not begin with <?php: whatever is before it is printed")
        if b"\0" in content:
            wrong.append(f"{name} is not PHP")
        in_root = name.count("/") == 1 and name != PLUGIN_FILE
        if in_root and re.search(rb"Plugin Name\s*:", content[:HEADER_BYTES], re.I):
            wrong.append(f"{name} says that it is the plugin, as {PLUGIN_FILE} does")
    return wrong


def _text(files: Mapping[str, bytes], name: str) -> str:
    try:
        return files[name].decode().replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise _refused([f"{name} is not UTF-8"]) from error


Fields = Mapping[str, str]


def _texts(files: Mapping[str, bytes]) -> tuple[Fields, Fields]:
    """The fields of the plugin's header and of its readme; those that are missing are empty."""
    main, readme = _text(files, PLUGIN_FILE), _text(files, README)
    head = files[PLUGIN_FILE][:HEADER_BYTES].decode(errors="ignore").replace("\r", "\n")
    named = ("Plugin Name", "Version", "Requires at least", "Requires PHP", "Update URI")
    header = {name: _field(head, name) for name in named}
    constant = re.search(r"define\( *'IGNY8_BRIDGE_VERSION' *, *'([^']*)' *\)", main)
    header["constant"] = constant[1] if constant else ""
    top = readme.partition("\n== ")[0]
    said = ("Stable tag", "Requires at least", "Requires PHP", "Tested up to")
    return header, {name: _field(top, name) for name in said}


def _field(text: str, name: str) -> str:
    """A field as WordPress finds it (get_file_data, _cleanup_header_comment)."""
    found = re.search(rf"^(?:[ \t]*<\?php)?[ \t/*#@]*{re.escape(name)}:(.*)$", text, re.M | re.I)
    return re.sub(r"\s*(?:\*/|\?>).*", "", found[1], flags=re.A).strip(PHP_SPACE) if found else ""


def _disagreements(header: Fields, readme: Fields, record: Record) -> list[str]:
    """What header, readme and record say differently, or not at all."""
    version = str(record.version)
    wp, php = header["Requires at least"], header["Requires PHP"]
    sayings: list[tuple[str, str | None, str]] = [
        ("the header's Version", header["Version"], version),
        ("the readme's Stable tag", readme["Stable tag"], version),
        ("the constant IGNY8_BRIDGE_VERSION", header["constant"], version),
        ("the readme's Requires at least", readme["Requires at least"], wp),
        ("the record's requires", record.requires, wp),
        ("the readme's Requires PHP", readme["Requires PHP"], php),
        ("the record's requires_php", record.requires_php, php),
        ("the record's tested", record.tested, readme["Tested up to"]),
    ]
    wrong = [
        f"{who} is {said or 'missing'}, and should be {expected or 'there'}"
        for who, said, expected in sayings
        if said is not None and (said != expected or not said)
    ]
    for name, said in (
        ("Requires at least", wp),
        ("Requires PHP", php),
        ("Tested up to", readme["Tested up to"]),
    ):
        if not PLACES.fullmatch(said):
            wrong.append(f"{name} is {said or 'missing'}, and should be like 5.8")
    if not header["Plugin Name"]:
        wrong.append("the header's Plugin Name is missing")
    return wrong


def _unfound(main: bytes, version: Version) -> list[str]:
    found = VERSION_LINE.search(main)
    if found is not None and found[1].decode(errors="replace") == str(version):
        return []
    return [f"{PLUGIN_FILE} has no line ' * Version: {version}': the bridges would refuse it"]


# --- Where it belongs ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pinned:
    """What the release tool wrote into a release (`src/Update/Pinned.php`)."""

    host: str
    api_url: str
    keys: tuple[bytes, ...]


def _pinned(text: str) -> Pinned:
    try:
        host = _constant(text, "UPDATE_HOST", r"'([^'\\]*)'")
        api_url = _constant(text, "API_URL", r"'([^'\\]*)'")
        listed = _constant(text, "KEYS", r"array\(([A-Za-z0-9+/=', \n\t]*)\)")
        keys = tuple(base64.b64decode(key, validate=True) for key in re.findall("'(.*?)'", listed))
    except (LookupError, binascii.Error) as error:
        raise _refused([f"{PINNED} is not what the release tool writes: {error}"]) from error
    return Pinned(host, api_url, keys)


def _constant(text: str, name: str, form: str) -> str:
    found = re.findall(rf"^\tconst {name} *= {form};$", text, re.M)
    if len(found) != 1:
        raise LookupError(name)
    return str(found[0])


def _wrong_home(header: Fields, pinned: Pinned, home: Home) -> list[str]:
    wrong = []
    host, api = pinned.host, API_URL.fullmatch(pinned.api_url[: URL_MAX + 1])
    if not header["Update URI"]:
        wrong.append("the header's Update URI is missing: wordpress.org could replace the plugin")
    elif not HOST.fullmatch(host):
        wrong.append(f"{PINNED} names no host for updates")
    elif header["Update URI"] != f"https://{host}{UPDATE_PATH}":
        wrong.append(
            f"the header's Update URI is {header['Update URI'][:200]}, and should be"
            f" https://{host}{UPDATE_PATH}"
        )
    elif home.update_host and host != home.update_host:
        wrong.append(f"its updates come from {host}, and this stage is {home.update_host}")
    if api is None or len(api[0]) > URL_MAX or (api["scheme"] == "http" and not home.allow_http):
        wrong.append(
            f"{PINNED} names no address of the API: https, host, path, no slash at its end"
        )
    elif home.update_host and api["host"] != home.update_host:
        wrong.append(f"its API is {pinned.api_url}, and this stage is {home.update_host}")
    if any(len(key) != KEY_BYTES for key in pinned.keys) or len(set(pinned.keys)) != 2:  # noqa: PLR2004
        wrong.append("it has to pin two public keys: the one that signs, and the next one")
    elif set(pinned.keys) != set(home.public_keys):
        wrong.append("it pins other public keys than the stage's two")
    return wrong
