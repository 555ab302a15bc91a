"""What may become a release, and what may not: each with what is said of it."""

import io
import stat
import struct
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from igny8.core.errors import Invalid
from igny8.distribution import zips
from igny8.distribution.gate import VERSION_LINE, examine
from igny8.distribution.model import SLUG

from local.places import BRIDGE_SOURCE
from tests.support.packages import (
    API_URL,
    HOME,
    HOST,
    MAIN,
    PINNED,
    PUBLIC_KEYS,
    README,
    record,
    sources,
    zipped,
)


def refused(archive: bytes, home=HOME, **fields: str) -> str:
    with pytest.raises(Invalid) as error:
        examine(archive, record(archive, **fields), home)
    assert error.value.message == "This ZIP cannot become a release."
    return "; ".join(reason for reasons in error.value.fields.values() for reason in reasons)


def without(name: str) -> dict[str, bytes]:
    return {key: content for key, content in sources().items() if key != name}


# --- What is let through -------------------------------------------------------------------------


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_plugin_is_let_through_and_described(method: int) -> None:
    archive = zipped(method=method)
    found = examine(
        archive, record(archive, requires="5.8", requires_php="7.4", tested="6.5"), HOME
    )
    assert (found.requires, found.requires_php, found.tested) == ("5.8", "7.4", "6.5")
    assert (found.update_host, found.api_url, found.size) == (HOST, API_URL, len(archive))
    assert (len(found.sha256), len(found.md5)) == (64, 32)
    assert found.readme == sources()[README].decode()


def test_folders_and_times_of_other_tools_are_let_through(tmp_path: Path) -> None:
    """As Info-ZIP makes it, which writes folders and extra fields of its own."""
    for name, content in sources().items():
        path = tmp_path / SLUG / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    program = Path("/usr/bin/zip")
    if program.exists():
        subprocess.run([program, "-qr", "a.zip", SLUG], cwd=tmp_path, check=True)
        archive = (tmp_path / "a.zip").read_bytes()
    else:
        archive = zipped(more={f"{SLUG}/src/": b"", f"{SLUG}/src/Core/": b""})
    assert examine(archive, record(archive), HOME).size == len(archive)


# --- Names and folders ---------------------------------------------------------------------------

WRONG_NAMES = {
    "another/file.php": f"one folder, {SLUG}, and holds another, {SLUG}",
    "file.php": f"one folder, {SLUG}, and holds file.php, {SLUG}",
    f"{SLUG}/../../wp-config.php": "leads out of its folder",
    f"{SLUG}/src/..": "leads out of its folder",
    "../evil/": "leads out of its folder",
    "/etc/cron.d/x.php": "is an absolute path",
    "C:/x.php": "is an absolute path",
    f"{SLUG}\\x.php": "has a backslash in its name",
    f"{SLUG}/src\\..\\x.php": "has a backslash in its name",
    f"{SLUG}/.htaccess": "is hidden",
    f"{SLUG}/.git/config": "is hidden",
    f"{SLUG}/src/.DS_Store": "is hidden",
    f"{SLUG}/./x.php": "is hidden",
    f"{SLUG}/tests/test_x.php": "is a test",
    f"{SLUG}/Tests/X.php": "is a test",
    f"{SLUG}/node_modules/x.js": "is a test or a tool",
    f"{SLUG}/src//x.php": "that some machines cannot have",
    f"{SLUG}/x .php": "that some machines cannot have",
    f"{SLUG}/x.php.": "that some machines cannot have",
    f"{SLUG}/x:y.php": "that some machines cannot have",
    f"{SLUG}/src/Aux.php": "that some machines cannot have",
    f"{SLUG}/COM1/x.php": "that some machines cannot have",
    f"{SLUG}/nul.min.js": "that some machines cannot have",
    f"{SLUG}/{'x' * 97}.php": "that some machines cannot have",
    f"{SLUG}/x.phar": "of a kind that the plugin does not consist of",
    f"{SLUG}/x.exe": "of a kind that the plugin does not consist of",
    f"{SLUG}/Makefile": "of a kind that the plugin does not consist of",
    f"{SLUG}/x\n.php": "is not a name",
    f"{SLUG}/é.php": "is a name that is not ASCII",
    f"{SLUG}/SRC/Core/Options.php": "are one where letters' case does not count",
    f"{SLUG}/src/core/options.php": "are one where letters' case does not count",
    f"{SLUG}/src/core/": "are one where letters' case does not count",
    f"{SLUG}/LICENSE/x.php": "is a file and a folder",
}


@pytest.mark.parametrize("name", WRONG_NAMES)
def test_wrong_names_are_refused(name: str) -> None:
    assert WRONG_NAMES[name] in refused(zipped(more={name: b"" if name[-1] == "/" else b"<?php"}))


def test_another_folder_alone_is_refused() -> None:
    assert "has to hold one folder" in refused(zipped(root=f"{SLUG}-2.0.1"))
    assert "has 0 entries" in refused(b"PK\x05\x06" + bytes(18))


def test_what_is_there_twice_is_refused() -> None:
    first = zipped(more={f"{SLUG}/src/a.php": b"<?php 1;", f"{SLUG}/src/b.php": b"<?php 2;"})
    assert "is there twice" in refused(first.replace(b"/src/b.php", b"/src/a.php"))


# --- What only some readers see ------------------------------------------------------------------


def changed(archive: bytes, field: int, form: str, value: int, *, local: bool, nth: int = 0):
    """An archive with a number of a header written over, of the directory or of a file's own."""
    mark = b"PK\x03\x04" if local else b"PK\x01\x02"
    at = -1
    for _ in range(nth + 1):
        at = archive.index(mark, at + 1)
    raw = bytearray(archive)
    struct.pack_into(f"<{form}", raw, at + field, value)
    return bytes(raw)


# Offsets of fields in the directory's header and in a file's own (APPNOTE.TXT 4.3.7, 4.3.12).
FLAGS, METHOD, CRC, PACKED, SIZE = (8, 6), (10, 8), (16, 14), (20, 18), (24, 22)


@pytest.mark.parametrize("field", [CRC, PACKED, SIZE])
@pytest.mark.parametrize("local", [False, True])
def test_headers_that_lie_are_refused(field: tuple[int, int], local: bool) -> None:
    said = refused(changed(zipped(), field[local], "L", 77, local=local))
    assert "differ" in said or "unpacks to more" in said


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("size", [300, 470])
def test_sizes_on_which_both_headers_lie_are_refused(method: int, size: int) -> None:
    archive = zipped(method=method)
    for local in (False, True):
        archive = changed(archive, SIZE[local], "L", size, local=local)
    assert "is not of the size that it says" in refused(archive)


def test_a_content_that_is_not_what_its_checksum_says_is_refused() -> None:
    archive = zipped(method=zipfile.ZIP_STORED)
    assert "the checksum that it says" in refused(archive.replace(b"an option is", b"an oration i"))


def test_encrypted_entries_are_refused() -> None:
    archive = zipped()
    for local in (False, True):
        archive = changed(archive, FLAGS[local], "H", 1, local=local)
    assert "is encrypted" in refused(archive)


@pytest.mark.parametrize(
    ("flags", "said"),
    [(0x8, "a data descriptor"), (0x40, "encrypted"), (0x2000, "encrypted"), (0x20, "flags that")],
)
def test_what_not_every_reader_knows_is_refused(flags: int, said: str) -> None:
    assert said in refused(changed(zipped(), FLAGS[0], "H", flags, local=False))


@pytest.mark.parametrize("needs", [21, 45, 0x0114, 0xFF00])
def test_what_only_newer_readers_know_is_refused(needs: int) -> None:
    archive = zipped()
    for local, field in ((False, 6), (True, 4)):
        archive = changed(archive, field, "H", needs, local=local)
    assert "needs a reader of a later kind" in refused(archive)


def test_other_methods_are_refused() -> None:
    assert "neither stored nor deflated" in refused(zipped(method=zipfile.ZIP_BZIP2))


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (stat.S_IFLNK | 0o777, "is a symbolic link"),
        (stat.S_IFIFO | 0o644, "neither a file nor a folder"),
        (stat.S_IFDIR | 0o755, "neither a file nor a folder"),
        (stat.S_IFREG | 0o4755, "a mode that no plugin's file has"),
    ],
)
def test_links_and_other_things_are_refused(mode: int, said: str) -> None:
    archive = zipped(more={f"{SLUG}/x.php": b"../../wp-config.php"}, modes={f"{SLUG}/x.php": mode})
    assert said in refused(archive)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda a: a[:-30], "cut off"),
        (lambda a: a[: len(a) // 2], "cut off"),
        (lambda a: a + b"#", "cut off, or something follows"),
        (lambda a: b"#!/bin/sh\n" + a, "its directory does not end where"),
        (lambda a: a[:-2] + b"\x05\0hello", "cut off, or something follows"),
        (lambda a: a[:-14] + struct.pack("<2H", 1, 1) + a[-10:], "cannot be read|has more in it"),
        (lambda _: b"", "does not end like a ZIP"),
        (lambda _: b"GIF89a" * 100, "does not end like a ZIP"),
    ],
)
def test_what_is_not_a_whole_zip_is_refused(spoil: Callable[[bytes], bytes], said: str) -> None:
    told = refused(spoil(zipped()))
    assert any(one in told for one in said.split("|")), told


def test_something_between_files_is_refused() -> None:
    """Where one reader follows the directory and another the headers, a file could be hidden."""
    archive = zipped()
    directory = archive.index(b"PK\x01\x02")
    raw = bytearray(archive[:directory] + b"hidden" + archive[directory:])
    struct.pack_into("<L", raw, len(raw) - 6, directory + 6)
    assert "lies between its files and its directory" in refused(bytes(raw))


def test_files_that_share_their_bytes_are_refused() -> None:
    """How a ZIP of a megabyte can unpack to a petabyte."""
    archive = zipped()
    second = archive.index(b"PK\x01\x02", archive.index(b"PK\x01\x02") + 1)
    raw = bytearray(archive)
    struct.pack_into("<L", raw, second + 42, 0)
    assert "does not begin where the file before it ends" in refused(bytes(raw))


def test_names_in_extra_fields_are_refused() -> None:
    entry = zipfile.ZipInfo(f"{SLUG}/x.php")
    entry.extra = struct.pack("<2H", 0x7075, 5) + b"\1abcd"
    made = zipped(more={})
    out = io.BytesIO(made)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(entry, b"<?php")
    assert "that only some readers know: 0x7075" in refused(out.getvalue())


# --- Bombs ---------------------------------------------------------------------------------------


def test_what_unpacks_to_a_hundredfold_is_refused() -> None:
    said = refused(zipped(more={f"{SLUG}/x.txt": b"0" * 1_000_000}))
    assert "unpacks to more than 100 times its size" in said


def test_too_many_entries_are_refused() -> None:
    more = {f"{SLUG}/x{n}.txt": b"" for n in range(zips.MOST_ENTRIES)}
    assert f"1 to {zips.MOST_ENTRIES} are allowed" in refused(zipped(more=more))


def test_too_large_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zipped()
    monkeypatch.setattr(zips, "TOTAL_MAX_BYTES", 500)
    assert "unpacks to more than 500 bytes" in refused(archive)
    monkeypatch.setattr(zips, "ARCHIVE_MAX_BYTES", 500)
    assert "it is larger than 500 bytes" in refused(archive)
    half = b"\1\2\3\4\5\6\7\x08" * (zips.FILE_MAX_BYTES // 8) + b"1"
    monkeypatch.undo()
    large = zipped(more={f"{SLUG}/x.txt": half}, method=zipfile.ZIP_STORED)
    assert f"is larger than {zips.FILE_MAX_BYTES} bytes" in refused(large)


def test_nothing_is_unpacked_beyond_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both headers say 100 bytes, and there are a million in it."""
    archive = zipped({"a.txt": b"0" * 1_000_000, **sources()})
    for local in (False, True):
        archive = changed(archive, SIZE[local], "L", 100, local=local)
    made: list[int] = []
    whole = zips.zlib.decompressobj

    class Watched:
        def __init__(self, bits: int) -> None:
            self._reader = whole(bits)

        def decompress(self, data: bytes, most: int) -> bytes:
            content = self._reader.decompress(data, most)
            made.append(len(content))
            return content

        eof = unused_data = property(lambda self: False)

    monkeypatch.setattr(zips.zlib, "decompressobj", Watched)
    assert "is not of the size that it says" in refused(archive)
    assert made == [101]


# --- What it says of itself ----------------------------------------------------------------------

DISAGREEING = {
    "header_version": ("2.0.2", "the header's Version is 2.0.2, and should be 2.0.1"),
    "constant": ("2.0.2", "the constant IGNY8_BRIDGE_VERSION is 2.0.2, and should be 2.0.1"),
    "stable_tag": ("trunk", "the readme's Stable tag is trunk, and should be 2.0.1"),
    "readme_requires": ("6.0", "the readme's Requires at least is 6.0, and should be 5.8"),
    "readme_requires_php": ("8.0", "the readme's Requires PHP is 8.0, and should be 7.4"),
    "requires": ("", "Requires at least is missing"),
    "requires_php": ("seven", "Requires PHP is seven"),
    "tested": ("", "Tested up to is missing"),
    "name": ("", "the header's Plugin Name is missing"),
    "update_uri": ("", "the header's Update URI is missing"),
    "host": ("elsewhere.example.com", "should be https://elsewhere.example.com/plugins"),
    "api_url": ("http://api.example.com", "names no address of the API"),
    "keys": ("", "two public keys"),
}


@pytest.mark.parametrize("field", DISAGREEING)
def test_what_differs_or_is_missing_is_refused(field: str) -> None:
    value, said = DISAGREEING[field]
    assert said in refused(zipped(sources(**{field: value})))


@pytest.mark.parametrize(
    ("field", "said"),
    [("requires", "the record's requires is 9.9, and should be 5.8"),
     ("requires_php", "the record's requires_php is 9.9, and should be 7.4"),
     ("tested", "the record's tested is 9.9, and should be 6.5")],
)  # fmt: skip
def test_a_record_that_differs_is_refused(field: str, said: str) -> None:
    assert said in refused(zipped(), **{field: "9.9"})


@pytest.mark.parametrize(
    ("line", "instead"),
    [(" * Version:           2.0.1", " * Version:\t2.0.1"),
     (" * Version:           2.0.1", "Version:           2.0.1"),
     (" * Version:           2.0.1", " * Version:2.0.1"),
     (" * Version:           2.0.1", " * version:           2.0.1"),
     (" * Version:           2.0.1\n", " * Version:           2.0.1\r\n"),
     ("<?php\n", "<?php // the same is said earlier\n/*\n * Version: 9.9.9\n */\n")],
)  # fmt: skip
def test_a_version_that_bridges_would_not_find_is_refused(line: str, instead: str) -> None:
    """Those that are installed look for the line as it always was; they would refuse the rest."""
    files = sources()
    files[MAIN] = files[MAIN].decode().replace(line, instead, 1).encode()
    said = refused(zipped(files))
    assert "no line" in said or "the header's Version is 9.9.9" in said


def test_that_line_is_what_they_look_for() -> None:
    code = (BRIDGE_SOURCE / "src" / "Update" / "Package.php").read_text()
    assert f"preg_match( '/{VERSION_LINE.pattern.decode()}/m', $text" in code


@pytest.mark.parametrize("field", ["requires", "requires_php", "tested", "header_version"])
@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u3000", "\x1f"])
def test_only_what_php_takes_for_space_is_none_of_what_is_said(field: str, space: str) -> None:
    said = {"tested": "6.5", "requires": "5.8", "requires_php": "7.4", "header_version": "2.0.1"}
    assert refused(zipped(sources(**{field: said[field] + space})))


def test_everything_that_differs_is_said_at_once() -> None:
    said = refused(zipped(sources(header_version="1.0.0", stable_tag="1.1.0", tested="")))
    assert all(part in said for part in ("1.0.0", "1.1.0", "Tested up to"))


def test_another_zip_than_was_announced_is_refused() -> None:
    archive = zipped()
    with pytest.raises(Invalid, match="cannot become") as error:
        examine(archive + b"x", record(archive), HOME)
    assert set(error.value.fields) == {"sha256"}


@pytest.mark.parametrize("name", [MAIN, README, PINNED])
def test_a_file_that_is_missing_is_named(name: str) -> None:
    assert f"{SLUG}/{name} is missing" in refused(zipped(without(name)))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("src/a.php", b"\n<?php", "does not begin with <?php"),
        ("src/a.php", b"\xef\xbb\xbf<?php", "does not begin with <?php"),
        ("src/a.php", b"<?phpecho 1;", "does not begin with <?php"),
        ("src/a.php", b"<?php", "does not begin with <?php"),
        ("src/a.php", b"<?= 1;", "does not begin with <?php"),
        ("src/a.php", b"<?php\n\0", "is not PHP"),
        ("other.php", b"<?php\n/*\nPlugin Name: Other\n*/", "says that it is the plugin"),
        (README, b"\xff", "is not UTF-8"),
        (README, b" ".join(b"%d" % n for n in range(13_000)), "is larger than 65536 bytes"),
    ],
)
def test_files_that_no_plugin_has_are_refused(name: str, content: bytes, said: str) -> None:
    assert said in refused(zipped({**sources(), name: content}))


def test_a_release_belongs_to_its_stage() -> None:
    own = replace(HOME, update_host="plugins.example.org")
    assert "this stage is plugins.example.org" in refused(zipped(), own)
    elsewhere = replace(HOME, update_host=HOST)
    assert examine(zipped(), record(zipped()), elsewhere).update_host == HOST
    dev = zipped(sources(api_url="https://dev.example.com"))
    assert f"its API is https://dev.example.com, and this stage is {HOST}" in refused(
        dev, elsewhere
    )
    for known in ([bytes(32), bytes([1] * 32)], [PUBLIC_KEYS[0], bytes(32)], [PUBLIC_KEYS[1]] * 2):
        stranger = replace(HOME, public_keys=tuple(known))
        assert "it pins other public keys than the stage's two" in refused(zipped(), stranger)
    http = zipped(sources(api_url="http://127.0.0.1:4566/_aws/execute-api/a/local"))
    local = replace(HOME, allow_http=True)
    assert examine(http, record(http), local).api_url.endswith("/local")
    assert "names no address of the API" in refused(http)
    next_signs = replace(HOME, public_keys=tuple(reversed(PUBLIC_KEYS)))
    archive = zipped()
    assert examine(archive, record(archive), next_signs).sha256


@pytest.mark.parametrize(
    "url",
    ["https://[x", "https://api.example.com/", "https://a@api.example.com", "//api.example.com",
     "https://api.example.com/?a=1", "https://api.example.com#a", "https://api.example.com:x",
     "https://", "", "ftp://api.example.com", "https://api.example.com//x", "https://é.example.com",
     "https://api.example.com/" + "x" * 300],
)  # fmt: skip
def test_what_is_no_address_of_an_api_is_refused(url: str) -> None:
    said = refused(zipped(sources(api_url=url)), replace(HOME, allow_http=True))
    assert "names no address of the API" in said


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace(b"const KEYS", b"const OTHER"),
        lambda text: text + text,
        lambda text: text.replace(b"array( '", b"array( chr( 1 ) . '"),
        lambda text: text.replace(b"= 'api.", b"= 'x' . 'api."),
    ],
)
def test_pinned_values_are_read_or_refused(spoil: Callable[[bytes], bytes]) -> None:
    files = sources()
    said = refused(zipped({**files, PINNED: spoil(files[PINNED])}))
    assert "is not what the release tool writes" in said
