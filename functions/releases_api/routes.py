"""Routes of who makes releases: one function each, and the table that names them."""

from igny8.bootstrap.releases_api import ReleasesApi
from igny8.core.errors import Invalid, NotFound
from igny8.distribution.model import SLUG
from igny8.distribution.versions import Version
from igny8.entrypoint.rows import Answer, Call, Caller, Route

from releases_api.answers import (
    ReleaseOut,
    ReleasesOut,
    UploadOut,
    release_out,
    releases_out,
    upload_out,
)
from releases_api.schemas import AcceptUpload, BeginUpload, ChangeRelease

VERSIONS = "/api/plugins/{slug}/versions"
VERSION = f"{VERSIONS}/{{version}}"
MAX_BYTES = 16_384


def known(call: Call) -> None:
    """There is one plugin. Raises :class:`NotFound` for any other."""
    if call.path["slug"] != SLUG:
        raise NotFound


def list_releases(call: Call, services: ReleasesApi) -> Answer:
    """GET /plugins/{slug}/versions/ (administrators)."""
    known(call)
    return Answer(data=releases_out(services.releases.releases(), services.releases.keys()))


def begin_upload(call: Call, services: ReleasesApi) -> Answer:
    """POST /plugins/{slug}/versions/ (administrators)."""
    known(call)
    body: BeginUpload = call.body
    upload = services.releases.begin(Version.parse(body.version))
    return Answer(data=upload_out(body.version, upload))


def accept_upload(call: Call, services: ReleasesApi) -> Answer:
    """POST /plugins/{slug}/versions/{version}/ (administrators)."""
    known(call)
    body: AcceptUpload = call.body
    try:
        record = body.record(Version.parse(call.path["version"]))
    except ValueError as error:
        raise Invalid({"version": [str(error)]}) from error
    release = services.releases.accept(
        record, body.upload_id, body.linted_with, call.person.user_id
    )
    return Answer(data=release_out(release))


def change_release(call: Call, services: ReleasesApi) -> Answer:
    """PATCH /plugins/{slug}/versions/{version}/ (administrators)."""
    known(call)
    body: ChangeRelease = call.body
    try:
        version = Version.parse(call.path["version"])
    except ValueError as error:
        raise NotFound from error
    release = services.releases.change(version, body.changes(), call.person.user_id)
    return Answer(data=release_out(release))


ROUTES = [
    Route(
        method="GET",
        path=VERSIONS,
        caller=Caller.ADMIN,
        run=list_releases,
        answer=ReleasesOut,
    ),
    Route(
        method="POST",
        path=VERSIONS,
        caller=Caller.ADMIN,
        run=begin_upload,
        body=BeginUpload,
        body_max_bytes=MAX_BYTES,
        answer=UploadOut,
        refuses=("version_exists",),
    ),
    Route(
        method="POST",
        path=VERSION,
        caller=Caller.ADMIN,
        run=accept_upload,
        body=AcceptUpload,
        body_max_bytes=MAX_BYTES,
        answer=ReleaseOut,
        refuses=("version_exists", "not_allowed"),
    ),
    Route(
        method="PATCH",
        path=VERSION,
        caller=Caller.ADMIN,
        run=change_release,
        body=ChangeRelease,
        body_max_bytes=MAX_BYTES,
        answer=ReleaseOut,
        refuses=("not_allowed", "changed_meanwhile"),
    ),
]
