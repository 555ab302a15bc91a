"""Making releases as an administrator does: begin, upload, accept, change."""

import hashlib
from typing import Any

from tests.support.aws import client
from tests.support.packages import sources, zipped
from tests.support.world import Response, World

VERSIONS = "/api/plugins/igny8-wp-bridge/versions/"


def versions(world: World, method: str, path: str = "", body: Any = None, **how: Any) -> Response:
    return world.call(method, f"{VERSIONS}{path}", body, admin=how.pop("admin", True), **how)


def uploaded(world: World, archive: bytes, version: str = "2.0.1") -> str:
    """Begin an upload and put a ZIP where it says; answer what the upload is called."""
    begun = versions(world, "POST", body={"version": version})
    assert begun.status == 200, begun.body
    put_there(world, begun.data["fields"]["key"], archive)
    return str(begun.data["upload_id"])


def put_there(world: World, key: str, archive: bytes) -> None:
    archives: Any = world.services.archives
    if hasattr(archives, "objects"):
        archives.objects[key] = archive
    else:
        bucket = world.services.settings.releases_bucket
        client("s3").put_object(Bucket=bucket, Key=key, Body=archive)


def accept(
    world: World, upload_id: str, archive: bytes, version: str = "2.0.1", **body: Any
) -> Response:
    digest = hashlib.sha256(archive).hexdigest()
    said = {"upload_id": upload_id, "sha256": digest, "linted_with": ["8.2.12"], **body}
    return versions(world, "POST", f"{version}/", said)


def bring_in(world: World, version: str = "2.0.1", archive: bytes | None = None) -> Response:
    """A version from its upload on."""
    made = zipped(sources(version)) if archive is None else archive
    return accept(world, uploaded(world, made, version), made, version)


def change(world: World, version: str = "2.0.1", **body: Any) -> Response:
    return versions(world, "PATCH", f"{version}/", body)


def kept(world: World) -> list[str]:
    """The keys of every object in the bucket of releases."""
    archives: Any = world.services.archives
    if hasattr(archives, "objects"):
        return sorted(archives.objects)
    listed = client("s3").list_objects_v2(Bucket=world.services.settings.releases_bucket)
    return sorted(entry["Key"] for entry in listed.get("Contents", []))
