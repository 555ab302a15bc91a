"""The same source gives the same release, byte for byte, and one that the gate lets through."""

import hashlib
import os
from pathlib import Path

import pytest
from igny8.distribution.gate import examine
from igny8.distribution.versions import Version

from local import building
from local.building import Home, build
from local.failure import StageError
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
)

VERSION = Version.parse("2.0.1")
HERE = Home(update_host=HOST, api_url=API_URL, keys=PUBLIC_KEYS)
# Of the bytes that any machine makes of `sources`. Who changes how releases are made changes this.
DIGEST = "f66d4dcf30c1e3ff8750d1e1170a1d9604f67ff21f2bb2e85e66cb65b982cbd4"
PLACEHOLDERS = {
    PINNED: b"<?php\nfinal class Pinned {\n\tconst UPDATE_HOST = '';\n\tconst API_URL = '';\n"
    b"\tconst KEYS = array();\n}\n"
}


def a_tree(folder: Path, version: str = "2.0.0", reverse: bool = False) -> Path:
    files = {**sources(version), **PLACEHOLDERS}
    for name in sorted(files, reverse=reverse):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])
    return folder


def test_the_bytes_are_these(tmp_path: Path) -> None:
    made = build(a_tree(tmp_path), VERSION, HERE)
    assert hashlib.sha256(made).hexdigest() == DIGEST


def test_nothing_of_the_machine_is_in_it(tmp_path: Path) -> None:
    first = build(a_tree(tmp_path / "a"), VERSION, HERE)
    other = a_tree(tmp_path / "b", reverse=True)
    for number, path in enumerate(sorted(other.rglob("*"))):
        os.utime(path, (10**9 + number, 10**9 + number))
        if path.is_file():
            path.chmod(0o700 if number % 2 else 0o600)
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (other / ".DS_Store").write_bytes(b"x")
    (other / "empty").mkdir()
    assert build(other, VERSION, HERE) == first


def test_what_is_made_passes_the_gate(tmp_path: Path) -> None:
    made = build(a_tree(tmp_path), VERSION, HERE)
    found = examine(made, record(made), HOME)
    assert (found.update_host, found.api_url) == (HOST, API_URL)


def test_the_sources_stay_as_they_are(tmp_path: Path) -> None:
    tree = a_tree(tmp_path)
    before = building.read(tree)
    build(tree, VERSION, HERE)
    assert building.read(tree) == before


def test_a_source_that_no_release_can_be_made_of_is_refused(tmp_path: Path) -> None:
    for number, name in enumerate((MAIN, README, PINNED)):
        tree = a_tree(tmp_path / str(number))
        (tree / name).write_bytes(b"<?php\n")
        with pytest.raises(StageError, match=name):
            build(tree, VERSION, HERE)
        (tree / name).unlink()
        with pytest.raises(StageError, match=name):
            build(tree, VERSION, HERE)
    linked = a_tree(tmp_path / "linked")
    (linked / "src" / "x.php").symlink_to("/etc/passwd")
    with pytest.raises(StageError, match="symbolic link"):
        build(linked, VERSION, HERE)
    for home in (
        Home(update_host="Host'", api_url=API_URL, keys=PUBLIC_KEYS),
        Home(update_host=HOST, api_url=f"{API_URL}/", keys=PUBLIC_KEYS),
        Home(update_host=HOST, api_url="https://a.b/'. x .'", keys=PUBLIC_KEYS),
    ):
        with pytest.raises(StageError, match="not a host"):
            build(a_tree(tmp_path / "home"), VERSION, home)
