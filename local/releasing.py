"""Releases the bridge: builds it, lints it, brings it in through the admin API, and stages it.

`make release-plugin VERSION=x.y.z`, for any stage; see docs/releasing.md.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from base64 import b64decode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import requests
from botocore.exceptions import BotoCoreError, ClientError
from igny8.distribution.model import SLUG
from igny8.distribution.readme import changes
from igny8.distribution.versions import Version

from local import building, stack
from local.api import TIMEOUT_SECONDS, Api
from local.failure import StageError
from local.places import BRIDGE_SOURCE, ROOT
from local.progress import say, step

VARIABLE = "IGNY8_ID_TOKEN"
VERSIONS = f"plugins/{SLUG}/versions/"


@dataclass(frozen=True)
class Target:
    """A stage that releases are made on."""

    is_local: bool
    api_url: str
    update_host: str
    token: str

    @property
    def api(self) -> Api:
        """Its API, as an administrator calls it."""
        return Api(self.api_url, self.token, prefix="api")


def run(
    stage_name: str,
    version: str,
    state: str | None = None,
    rollout: int | None = None,
) -> None:
    """Release a version of the bridge as it is in the tree. Raises StageError."""
    try:
        wanted = Version.parse(version)
    except ValueError as error:
        raise StageError(f"VERSION={version}: {error}.") from error
    if rollout is not None and state is None:
        raise StageError("ROLLOUT is of what is offered: give STATE=beta or STATE=released, too.")
    target = _target(stage_name)
    if not target.is_local:
        check_committed()
    release(target, wanted, state=state, rollout=rollout)


def release(
    target: Target,
    version: Version,
    *,
    state: str | None = None,
    rollout: int | None = None,
    source: Path = BRIDGE_SOURCE,
) -> dict[str, Any]:
    """Build, lint, bring in, stage; answers the version as the stage has it. Raises StageError."""
    api = target.api
    known = api.get(VERSIONS)
    keys = [b64decode(one["public_key"]) for one in known["signing_keys"]]
    home = building.Home(update_host=target.update_host, api_url=target.api_url, keys=keys)
    with step(f"building {SLUG} {version} for {target.update_host}"):
        archive = building.build(source, version, home)
    _check_changelog(archive, version, is_local=target.is_local)
    linted_with = lint(archive, required=not target.is_local)
    there = next((one for one in known["releases"] if one["version"] == str(version)), None)
    found = _brought_in(api, version, archive, linted_with, there)
    if state is not None:
        wanted = {"state": state} | ({} if rollout is None else {"rollout_percent": rollout})
        with step(f"making it {', '.join(map(str, wanted.values()))}"):
            found = api.patch(f"{VERSIONS}{version}/", wanted)
    say(_line(found))
    return dict(found)


def change(stage_name: str, version: str, wanted: dict[str, Any]) -> None:
    """Change a version that is there: its state, its share, whether it is halted, what is said.

    Raises StageError.
    """
    if not wanted:
        raise StageError("Say what: STATE, ROLLOUT, HALTED or NOTICE.")
    found = _target(stage_name).api.patch(f"{VERSIONS}{version}/", wanted)
    say(_line(found))


def show(stage_name: str) -> None:
    """Tell of every version, newest first."""
    for found in _target(stage_name).api.get(VERSIONS)["releases"]:
        say(_line(found))


def _line(found: dict[str, Any]) -> str:
    halted = ", halted" if found["rollout_halted"] else ""
    share = f", {found['rollout_percent']} % of sites{halted}"
    offered = share if found["state"] in {"beta", "released"} else ""
    until = f", signed until {found['signed_until'][:10]}" if found["signed_until"] else ""
    return f"{found['version']}: {found['state']}{offered}{until}, SHA-256 {found['sha256']}"


def _target(stage_name: str) -> Target:
    return local_target() if stage_name == stack.STAGE else deployed_target(stage_name)


def local_target() -> Target:
    """The local stage. Raises StageError when it is not up."""
    from local import stage  # noqa: PLC0415 - it releases the tree's bridge by this very module

    api_url = str(stage.read()["api_url"])
    return Target(True, api_url, str(urlsplit(api_url).hostname), stage.admin_token())


def deployed_target(stage_name: str) -> Target:
    """A stage on AWS, as the environment's credentials see it. Raises StageError."""
    token = os.environ.get(VARIABLE, "")
    if not token:
        raise StageError(f"Set {VARIABLE} to an ID token of a person in the group admin.")
    try:
        described = boto3.client("cloudformation").describe_stacks(StackName=f"igny8-{stage_name}")
    except (BotoCoreError, ClientError) as error:
        raise StageError(f"igny8-{stage_name}: {error}") from error
    rows = described["Stacks"][0].get("Outputs", [])
    outputs = {row["OutputKey"]: row["OutputValue"] for row in rows}
    if "ApiDomainTarget" not in outputs:
        say(
            f"Warning: the stack has no ApiDomainName. Sites will ask {outputs['UpdateHost']} for"
            " as long as they have this version, and nobody else can ever answer there."
        )
    return Target(False, outputs["ReleaseApiUrl"], outputs["UpdateHost"], token)


def lint(archive: bytes, *, required: bool) -> list[str]:
    """Have PHP parse every file; answers the versions that did. ``PHP`` names more than one.

    Raises StageError for a file that does not parse, and where there is no PHP if it is required.
    """
    programs = [found for name in os.environ.get("PHP", "php").split() if (found := _which(name))]
    if not programs:
        if required:
            raise StageError("PHP is needed: what it cannot parse would break every site.")
        say("  php is not installed: the files are not linted")
        return []
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(BytesIO(archive)) as opened:
        opened.extractall(folder)
        files = sorted(Path(folder).rglob("*.php"))
        versions = [_linted(program, files) for program in programs]
    say(f"  {len(files)} files parsed by PHP {', '.join(versions)}")
    return versions


def _which(name: str) -> str | None:
    return shutil.which(name)


def _linted(program: str, files: Sequence[Path]) -> str:
    def parsed(path: Path) -> subprocess.CompletedProcess[str]:
        asked = [program, "-n", "-l", str(path)]
        return subprocess.run(asked, capture_output=True, text=True, check=False)

    with ThreadPoolExecutor(os.cpu_count()) as several:
        for path, done in zip(files, several.map(parsed, files), strict=True):
            if done.returncode:
                raise StageError(f"{path.name} does not parse: {done.stdout or done.stderr}")
    told = subprocess.run(
        [program, "-n", "-r", "echo PHP_VERSION;"], capture_output=True, text=True, check=True
    )
    return told.stdout[:20]


def _check_changelog(archive: bytes, version: Version, *, is_local: bool) -> None:
    with zipfile.ZipFile(BytesIO(archive)) as opened:
        readme = opened.read(f"{SLUG}/{building.README}").decode()
    if changes(readme, str(version)) or version.is_prerelease:
        return
    missing = f"The changelog in readme.txt says nothing of {version}."
    if not is_local:
        raise StageError(f"{missing} Owners read it before they update.")
    say(f"  {missing}")


def check_committed() -> None:
    """See that what would be packed is in the repository. Raises StageError."""
    asked = ["git", "status", "--porcelain", "--ignored", "--", str(BRIDGE_SOURCE)]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    if told.returncode or told.stdout.strip():
        raise StageError(f"Commit first, so that it is known what was released:\n{told.stdout}")


def _brought_in(
    api: Api,
    version: Version,
    archive: bytes,
    linted_with: Sequence[str],
    there: dict[str, Any] | None,
) -> dict[str, Any]:
    digest = hashlib.sha256(archive).hexdigest()
    if there is not None:
        if there["sha256"] != digest:
            raise StageError(
                f"{version} is there already, made of another source (SHA-256 {there['sha256']},"
                f" this is {digest}). A version never changes: take the next number."
            )
        say(f"  {version} is there already, made of the same source")
        return there
    with step(f"uploading {len(archive)} bytes"):
        upload = api.post(VERSIONS, {"version": str(version)})
        _post(upload, archive)
    with step("having it judged"):
        said = {"upload_id": upload["upload_id"], "sha256": digest, "linted_with": [*linted_with]}
        accepted: dict[str, Any] = api.post(f"{VERSIONS}{version}/", said)
    return accepted


def _post(upload: dict[str, Any], archive: bytes) -> None:
    with requests.Session() as client:
        client.trust_env = False
        answer = client.post(
            upload["url"],
            data=upload["fields"],
            files={"file": (f"{SLUG}.zip", archive, "application/zip")},
            timeout=TIMEOUT_SECONDS,
        )
    if not answer.ok:
        raise StageError(f"The upload was answered with {answer.status_code}: {answer.text[:500]}")
