"""Releases on the running stage: the release tool, S3's forms, KMS's signatures, two at once."""

import hashlib
import json
import shutil
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from igny8.distribution.model import SLUG
from igny8.distribution.versions import Version
from igny8.distribution.zips import ARCHIVE_MAX_BYTES

from local import building, releasing
from local import stage as local_stage
from local.places import BRIDGE_SOURCE
from local.releasing import VERSIONS, Target
from tests.e2e.conftest import Stage


@pytest.fixture(scope="module")
def target(stage: Stage) -> Target:
    assert stage
    return releasing.local_target()


@pytest.fixture(autouse=True)
def _unlinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds of PHP each time: shown by the tool's own tests."""
    monkeypatch.setattr(releasing, "lint", lambda *_, **__: [])


@pytest.fixture
def version(target: Target) -> Iterator[Version]:
    """One that there was never, and that no site is offered afterwards."""
    there = {one["version"] for one in target.api.get(VERSIONS)["releases"]}
    drawn = next(Version(0, 0, n) for n in range(1, 1_000) if f"0.0.{n}" not in there)
    yield drawn
    target.api.tried("PATCH", f"{VERSIONS}{drawn}/", {"state": "yanked"})


def objects_of(version: Version) -> list[str]:
    bucket = local_stage.read()["outputs"]["ReleasesBucketName"]
    listed = local_stage.the_cloud().client("s3").list_objects_v2(Bucket=bucket)
    return [one["Key"] for one in listed.get("Contents", []) if f"/{version}/" in one["Key"]]


def posted(upload: dict[str, Any], content: bytes) -> requests.Response:
    return requests.post(
        upload["url"], data=upload["fields"], files={"file": ("a.zip", content)}, timeout=60
    )


def test_a_release_is_stored_and_signed_by_the_key_that_it_pins(
    target: Target, version: Version
) -> None:
    made = releasing.release(target, version, state="beta", rollout=5)
    assert (made["state"], made["rollout_percent"], made["update_host"]) == (
        "beta", 5, target.update_host,
    )  # fmt: skip
    assert objects_of(version) == [f"plugins/wordpress/{SLUG}/{version}/{made['sha256']}.zip"], (
        "the upload is gone"
    )
    keys = {one["key_id"]: one for one in target.api.get(VERSIONS)["signing_keys"]}
    assert keys[made["key_id"]]["signs"] is True
    row = local_stage.the_cloud().client("dynamodb").get_item(
        TableName=local_stage.read()["outputs"]["DataTableName"],
        Key={"pk": {"S": f"PLUGIN#{SLUG}"}, "sk": {"S": f"RELEASE#{version}"}},
    )["Item"]  # fmt: skip
    stored = json.loads(row["release"]["S"])
    key = Ed25519PublicKey.from_public_bytes(b64decode(keys[made["key_id"]]["public_key"]))
    key.verify(b64decode(stored["signature"]), stored["manifest"].encode())
    assert json.loads(stored["manifest"])["sha256"] == made["sha256"]


def test_the_same_source_again_is_the_same_release(target: Target, version: Version) -> None:
    first = releasing.release(target, version)
    assert releasing.release(target, version) == first
    assert len(objects_of(version)) == 1


@pytest.mark.parametrize("same", [True, False])
def test_two_at_once_are_one(target: Target, version: Version, same: bool, tmp_path: Path) -> None:
    keys = [b64decode(one["public_key"]) for one in target.api.get(VERSIONS)["signing_keys"]]
    home = building.Home(update_host=target.update_host, api_url=target.api_url, keys=keys)
    other = tmp_path / SLUG
    shutil.copytree(BRIDGE_SOURCE, other)
    if not same:
        (other / "src" / "More.php").write_text("<?php\n")
    archives = [building.build(source, version, home) for source in (BRIDGE_SOURCE, other)]
    uploads = [target.api.post(VERSIONS, {"version": str(version)}) for _ in archives]
    for upload, archive in zip(uploads, archives, strict=True):
        assert posted(upload, archive).ok

    def accept(number: int) -> tuple[int, str]:
        digest = hashlib.sha256(archives[number]).hexdigest()
        said = {"upload_id": uploads[number]["upload_id"], "sha256": digest}
        return target.api.tried("POST", f"{VERSIONS}{version}/", said)

    with ThreadPoolExecutor(2) as both:
        answers = sorted(both.map(accept, (0, 1)))
    assert answers == ([(200, "")] * 2 if same else [(200, ""), (409, "version_exists")])
    listed = [one for one in target.api.get(VERSIONS)["releases"] if one["version"] == str(version)]
    assert len(listed) == 1
    assert f"plugins/wordpress/{SLUG}/{version}/{listed[0]['sha256']}.zip" in objects_of(version)
    assert not [key for key in objects_of(version) if key.startswith("uploads/")]


def test_an_upload_is_bounded_and_what_is_refused_is_removed(
    target: Target, version: Version
) -> None:
    upload = target.api.post(VERSIONS, {"version": str(version)})
    assert posted(upload, b"0" * (ARCHIVE_MAX_BYTES + 1)).status_code == 400
    elsewhere = {**upload, "fields": {**upload["fields"], "key": "plugins/x.zip"}}
    assert posted(elsewhere, b"x").status_code == 403
    assert posted(upload, b"no zip").ok
    digest = hashlib.sha256(b"no zip").hexdigest()
    said = {"upload_id": upload["upload_id"], "sha256": digest}
    assert target.api.tried("POST", f"{VERSIONS}{version}/", said) == (422, "invalid")
    assert objects_of(version) == []


def test_people_who_are_no_administrators_make_no_releases(stage: Stage) -> None:
    answer = stage.call("GET", f"/api/{VERSIONS}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_admin")
