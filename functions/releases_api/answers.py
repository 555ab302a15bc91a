"""What goes out of the releases' API."""

import base64
from collections.abc import Mapping, Sequence
from typing import Annotated

from igny8.distribution.manifest import key_id, not_after
from igny8.distribution.model import Channel, Release, State
from igny8.distribution.releasing import Upload
from igny8.distribution.zips import ARCHIVE_MAX_BYTES
from igny8.entrypoint.shapes import Moment, one_of
from typing_extensions import TypedDict


class UploadOut(TypedDict):
    """Where a ZIP is posted: ``fields`` and then ``file``, as a form."""

    version: str
    upload_id: str
    url: str
    fields: Mapping[str, str]
    expires_in_seconds: int
    max_bytes: int


class AdvisoryOut(TypedDict):
    """What is wrong with a version."""

    severity: str
    summary: str
    url: str


class ReleaseOut(TypedDict):
    """A version as administrators see it."""

    version: str
    state: Annotated[str, one_of(list(State))]
    channel: Annotated[str, one_of(list(Channel))]
    requires: str
    requires_php: str
    tested: str
    min_from_version: str | None
    sha256: str
    md5: str
    size: int
    update_host: str
    api_url: str
    key_id: str
    signed_until: Moment | None
    released_at: Moment | None
    created_at: Moment
    rollout_percent: int
    rollout_halted: bool
    advisory: AdvisoryOut | None
    upgrade_notice: str
    linted_with: list[str]


class SigningKeyOut(TypedDict):
    """A public key that releases pin; ``public_key`` is base64 of 32 bytes."""

    key_id: str
    public_key: str
    signs: bool


class ReleasesOut(TypedDict):
    """Every version, newest first, and the keys that the next one has to pin."""

    releases: list[ReleaseOut]
    signing_keys: list[SigningKeyOut]


def upload_out(version: str, upload: Upload) -> UploadOut:
    """An upload that was begun."""
    return {
        "version": version,
        "upload_id": upload.upload_id,
        "url": upload.form.url,
        "fields": dict(upload.form.fields),
        "expires_in_seconds": upload.expires_in_seconds,
        "max_bytes": ARCHIVE_MAX_BYTES,
    }


def release_out(release: Release) -> ReleaseOut:
    """A version."""
    advisory, oldest = release.advisory, release.min_from_version
    return {
        "version": str(release.version),
        "state": str(release.state),
        "channel": str(release.channel),
        "requires": release.requires,
        "requires_php": release.requires_php,
        "tested": release.tested,
        "min_from_version": None if oldest is None else str(oldest),
        "sha256": release.sha256,
        "md5": release.md5,
        "size": release.size,
        "update_host": release.update_host,
        "api_url": release.api_url,
        "key_id": release.key_id,
        "signed_until": not_after(release.manifest),
        "released_at": release.released_at,
        "created_at": release.created_at,
        "rollout_percent": release.rollout_percent,
        "rollout_halted": release.rollout_halted,
        "advisory": None
        if advisory is None
        else {
            "severity": advisory.severity,
            "summary": advisory.summary,
            "url": advisory.url,
        },
        "upgrade_notice": release.upgrade_notice,
        "linted_with": list(release.linted_with),
    }


def releases_out(releases: Sequence[Release], keys: Sequence[bytes]) -> ReleasesOut:
    """All versions, and the keys."""
    return {
        "releases": [release_out(release) for release in releases],
        "signing_keys": [
            {
                "key_id": key_id(key),
                "public_key": base64.b64encode(key).decode("ascii"),
                "signs": number == 0,
            }
            for number, key in enumerate(keys)
        ],
    }
