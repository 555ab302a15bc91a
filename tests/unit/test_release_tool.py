"""The release tool: what it refuses before anything is uploaded, and that it can be run again."""

import shutil
import subprocess
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from igny8.distribution.versions import Version

from local import releasing
from local.__main__ import main
from local.failure import StageError
from local.places import BRIDGE_SOURCE
from local.releasing import Target, lint, release, run
from tests.support.packages import PUBLIC_KEYS, sources, zipped
from tests.unit.test_building import a_tree

VERSION = Version.parse("2.0.1")


TOLD = {"state": "development", "rollout_percent": 100, "rollout_halted": False,
        "signed_until": None, "size": 1}  # fmt: skip


@dataclass
class Backend:
    """What administrators' routes answer; posts of forms are noted."""

    releases: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, Any]] = field(default_factory=list)

    def get(self, _path: str) -> Any:
        keys = [{"public_key": b64encode(key).decode()} for key in PUBLIC_KEYS]
        return {"releases": self.releases, "signing_keys": keys}

    def post(self, path: str, body: dict[str, Any]) -> Any:
        self.calls.append((path, body))
        if path == releasing.VERSIONS:
            return {"upload_id": "0" * 32, "url": "https://s3", "fields": {"key": "k"}}
        made = {"version": "2.0.1", "sha256": body["sha256"], **TOLD}
        self.releases.append(made)
        return made

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        self.calls.append((path, body))
        self.releases[-1].update(body)
        return self.releases[-1]


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Backend:
    made = Backend()
    monkeypatch.setattr(Target, "api", property(lambda _: made))
    monkeypatch.setattr(releasing, "_post", lambda *_: made.calls.append(("upload", None)))
    monkeypatch.setattr(releasing, "lint", lambda *_, **__: ["8.2.12"])
    return made


LOCAL = Target(True, "http://127.0.0.1:4566/_aws/execute-api/a/local", "127.0.0.1", "t")
DEPLOYED = Target(False, "https://api.example.com", "api.example.com", "t")


def test_a_version_is_brought_in_and_staged(backend: Backend, tmp_path: Path) -> None:
    tree = a_tree(tmp_path, "2.0.1")
    made = release(LOCAL, VERSION, state="released", rollout=5, source=tree)
    assert (made["state"], made["rollout_percent"]) == ("released", 5)
    paths = [path for path, _ in backend.calls]
    one = f"{releasing.VERSIONS}2.0.1/"
    assert paths == [releasing.VERSIONS, "upload", one, one]
    assert backend.calls[2][1]["linted_with"] == ["8.2.12"]


def test_the_same_source_again_uploads_nothing(backend: Backend, tmp_path: Path) -> None:
    tree = a_tree(tmp_path, "2.0.1")
    release(LOCAL, VERSION, source=tree)
    backend.calls.clear()
    release(LOCAL, VERSION, state="beta", source=tree)
    assert [path for path, _ in backend.calls] == [f"{releasing.VERSIONS}2.0.1/"]


def test_another_source_of_the_same_version_is_refused(backend: Backend, tmp_path: Path) -> None:
    tree = a_tree(tmp_path, "2.0.1")
    release(LOCAL, VERSION, source=tree)
    backend.calls.clear()
    (tree / "src" / "more.php").write_text("<?php\n")
    with pytest.raises(StageError, match="take the next number"):
        release(LOCAL, VERSION, state="released", source=tree)
    assert backend.calls == []


def test_a_release_says_what_it_changes(backend: Backend, tmp_path: Path) -> None:
    tree = a_tree(tmp_path, "2.0.0")
    with pytest.raises(StageError, match=r"says nothing of 2\.0\.1"):
        release(DEPLOYED, VERSION, source=tree)
    assert backend.calls == []
    release(LOCAL, VERSION, source=tree)  # to try it
    release(DEPLOYED, Version.parse("2.0.1-beta.1"), source=tree)


@pytest.mark.parametrize("version", ["v1.5.0", "1.5", "1.05.0", ""])
def test_other_names_are_refused_at_once(version: str) -> None:
    with pytest.raises(StageError, match=r"must be x\.y\.z"):
        run("prod", version)


def test_a_share_is_of_what_is_offered() -> None:
    with pytest.raises(StageError, match="STATE"):
        run("prod", "2.0.1", rollout=5)


def test_a_deployed_stage_needs_an_administrators_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(releasing.VARIABLE, raising=False)
    with pytest.raises(StageError, match=releasing.VARIABLE):
        run("prod", "2.0.1")


def test_a_version_is_changed_and_shown(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(releasing, "_target", lambda _: DEPLOYED)
    backend.releases.append({"version": "2.0.1", "sha256": "ab", **TOLD})
    backend.releases[0] |= {"state": "released", "signed_until": "2028-01-10T12:00:00.000Z"}
    asked = ["change-release", "--stage", "prod", "--version", "2.0.1", "--rollout", "0"]
    monkeypatch.setattr("sys.argv", ["local", *asked, "--halted", "no"])
    assert main() == 0
    wanted = {"rollout_percent": 0, "rollout_halted": False}
    assert backend.calls == [(f"{releasing.VERSIONS}2.0.1/", wanted)]
    capsys.readouterr()
    monkeypatch.setattr("sys.argv", ["local", "releases", "--stage", "prod"])
    assert main() == 0
    assert capsys.readouterr().out == (
        "2.0.1: released, 0 % of sites, signed until 2028-01-10, SHA-256 ab\n"
    )
    monkeypatch.setattr("sys.argv", ["local", *asked[:5]])
    assert main() == 1, "nothing to change"


def test_what_php_cannot_parse_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("php") is None:
        pytest.skip("php is not installed")
    monkeypatch.delenv("PHP", raising=False)
    assert lint(zipped(), required=True)[0][0].isdigit()
    with pytest.raises(StageError, match=r"Broken\.php does not parse"):
        lint(zipped({**sources(), "src/Broken.php": b"<?php function ("}), required=True)


def test_without_php_only_the_local_stage_gets_a_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releasing, "_which", lambda _: None)
    assert lint(zipped(), required=False) == []
    with pytest.raises(StageError, match="PHP is needed"):
        lint(zipped(), required=True)


@pytest.mark.parametrize("left", ["src/a.php", "src/new.php", "dist/built.php"])
def test_what_is_not_in_the_repository_is_released_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    """What git ignores would be packed all the same."""
    source = tmp_path / "plugin"
    (source / "src").mkdir(parents=True)
    (source / "src/a.php").write_text("<?php\n")
    (tmp_path / ".gitignore").write_text("dist/\n")
    own = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    for words in (["init", "-q"], ["add", "."], [*own, "commit", "-qm", "All"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    monkeypatch.setattr(releasing, "ROOT", tmp_path)
    monkeypatch.setattr(releasing, "BRIDGE_SOURCE", source)
    releasing.check_committed()
    (source / left).parent.mkdir(exist_ok=True)
    (source / left).write_text("<?php // another\n")
    with pytest.raises(StageError, match="Commit first"):
        releasing.check_committed()


def test_the_tree_can_be_released(backend: Backend) -> None:
    made = release(LOCAL, VERSION, source=BRIDGE_SOURCE)
    assert made["version"] == "2.0.1"
