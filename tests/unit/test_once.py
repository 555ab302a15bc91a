"""What two processes of a fresh checkout reach at once is made by one of them."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from local import playground, tools
from local.once import locked, once


def is_locked(lock: Path) -> bool:
    """Whether somebody holds it: asked as another process would, through a file of its own."""
    with lock.open("a") as mine:
        try:
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_it_is_made_under_the_lock_and_only_once(tmp_path: Path) -> None:
    lock, made = tmp_path / "a" / "lock", tmp_path / "made"
    held: list[bool] = []

    def make() -> None:
        held.append(is_locked(lock))
        made.touch()

    once(lock, made.exists, make)
    once(lock, made.exists, make)

    assert held == [True]
    assert not is_locked(lock)


def test_who_had_to_wait_finds_it_made(tmp_path: Path) -> None:
    looks = iter([False, True])  # somebody makes it between the first look and the lock
    once(tmp_path / "lock", lambda: next(looks), lambda: pytest.fail("made twice"))
    assert list(looks) == []


def test_a_failure_frees_the_lock_and_the_next_one_tries_again(tmp_path: Path) -> None:
    def fail() -> None:
        raise OSError("no room")

    lock, tries = tmp_path / "lock", []
    with pytest.raises(OSError, match="no room"):
        once(lock, lambda: False, fail)
    once(lock, lambda: False, lambda: tries.append(is_locked(lock)))
    assert tries == [True]


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `npm` that installs like the real one: it empties the folder first. Fails if told to."""
    here = tmp_path / "local"
    here.mkdir()
    (here / "package-lock.json").write_text("{}")
    program = tmp_path / "npm"
    program.write_text(
        "#!/bin/sh\nrm -rf node_modules; mkdir node_modules; echo called >> calls\n"
        "[ ! -e fail ] || { echo 'npm error code ENOTFOUND'; exit 1; }\n"
        "[ ! -e fail-first ] || { rm fail-first; exit 1; }\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(playground, "need", lambda *_: str(program))
    monkeypatch.setattr(playground, "HERE", here)
    monkeypatch.setattr(playground, "INSTALLED", here / "node_modules" / "mark")
    monkeypatch.setattr(playground, "LOCK", tmp_path / "lock")
    return here


def calls(here: Path) -> int:
    return len((here / "calls").read_text().splitlines())


def test_packages_are_installed_once_and_anew_when_their_pins_change(
    npm: Path, tmp_path: Path
) -> None:
    for pins in ("{}", "{}", "{ }"):
        (npm / "package-lock.json").write_text(pins)
        playground.ensure_packages(tmp_path / "log")
    assert calls(npm) == 2


def test_packages_that_failed_are_not_taken_for_installed(npm: Path, tmp_path: Path) -> None:
    (npm / "fail").touch()
    with pytest.raises(playground.MissingToolError, match="ENOTFOUND"):
        playground.ensure_packages(tmp_path / "log")
    (npm / "fail").unlink()
    playground.ensure_packages(tmp_path / "log")
    assert calls(npm) == 3  # each failure was tried twice


def test_a_registry_that_fails_once_is_asked_again(npm: Path, tmp_path: Path) -> None:
    (npm / "fail-first").touch()
    playground.ensure_packages(tmp_path / "log")
    assert calls(npm) == 2


ANOTHER_PROCESS = """
import sys
from pathlib import Path
from local import playground

here = Path(sys.argv[1])
playground.need = lambda *_: str(here.parent / "npm")
playground.HERE, playground.LOCK = here, here.parent / "lock"
playground.INSTALLED = here / "node_modules" / "mark"
looked = playground._is_installed

def look():
    found = looked()
    print(found, flush=True)
    return found

playground._is_installed = look
playground.ensure_packages(here.parent / "log")
"""


def test_two_processes_that_both_found_nothing_install_once(npm: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", ANOTHER_PROCESS, str(npm)]
    with locked(tmp_path / "lock"):
        two = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        for one in two:
            assert one.stdout is not None
            assert one.stdout.readline() == "False\n"
        assert not (npm / "calls").exists()
    again = sorted(one.communicate()[0] for one in two)

    assert [one.returncode for one in two] == [0, 0]
    assert again == ["False\n", "True\n"]
    assert calls(npm) == 1


def test_environments_of_tools_are_made_by_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []

    def install(name: str) -> None:
        held.append(is_locked(tmp_path / f"{name}.lock"))

    monkeypatch.setattr(tools, "STATE", tmp_path)
    monkeypatch.setattr(tools, "_install", install)
    tools.prepare("sam")
    assert held == [True]
