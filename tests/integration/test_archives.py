"""Uploads and releases in S3, and what making a release costs."""

import base64
import json

import pytest
from botocore.exceptions import ClientError
from igny8.core.errors import Unavailable
from igny8.distribution.archives import Archives
from igny8.distribution.zips import ARCHIVE_MAX_BYTES

from tests.support.aws import client
from tests.support.aws_calls import recorded_calls
from tests.support.packages import zipped
from tests.support.releasing import accept, bring_in, change, kept, uploaded, versions
from tests.support.world import World


def test_a_form_says_how_large_and_where_and_for_how_long(shared: World) -> None:
    with recorded_calls() as calls:
        form = shared.services.archives.form("uploads/x.zip", 900)
    assert calls == []
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    assert ["content-length-range", 1, ARCHIVE_MAX_BYTES] in policy["conditions"]
    assert {"key": "uploads/x.zip"} in policy["conditions"]
    assert {"bucket": shared.services.settings.releases_bucket} in policy["conditions"]
    assert form.fields["key"] == "uploads/x.zip"
    assert form.url.startswith("https://")


def test_a_release_is_never_written_over(shared: World) -> None:
    archives: Archives = shared.services.archives
    archives.keep("plugins/a.zip", b"first")
    archives.keep("plugins/a.zip", b"second")
    assert archives.uploaded("plugins/a.zip") == b"first"


def test_what_is_gone_is_nothing(shared: World) -> None:
    archives = shared.services.archives
    assert archives.uploaded("uploads/none.zip") is None
    archives.discard("uploads/none.zip")


def test_not_more_is_read_than_can_be(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("igny8.distribution.archives.ARCHIVE_MAX_BYTES", 10)
    bucket = shared.services.settings.releases_bucket
    client("s3").put_object(Bucket=bucket, Key="uploads/large.zip", Body=b"0" * 100)
    assert shared.services.archives.uploaded("uploads/large.zip") == b"0" * 11


@pytest.mark.parametrize("call", ["uploaded", "discard", "keep"])
def test_faults_are_said_to_pass(call: str) -> None:
    class Down:
        def __getattr__(self, _name: str):
            def fail(**_: object) -> None:
                raise ClientError({"Error": {"Code": "SlowDown"}}, "GetObject")

            return fail

    archives = Archives(Down, "bucket")  # type: ignore[arg-type]
    arguments = ("key", b"x") if call == "keep" else ("key",)
    with pytest.raises(Unavailable):
        getattr(archives, call)(*arguments)


def test_what_making_a_release_costs(shared: World) -> None:
    """The keys of KMS are two calls more, once a process."""
    archive = zipped()
    with recorded_calls() as calls:
        begun = versions(shared, "POST", body={"version": "2.0.1"})
    assert calls == ["GetItem"]
    assert begun.data["max_bytes"] == ARCHIVE_MAX_BYTES
    upload_id = uploaded(shared, archive)
    with recorded_calls() as calls:
        assert accept(shared, upload_id, archive).status == 200
    assert calls == [
        "GetItem",  # there is no such version
        "GetObject",
        "PutObject",
        "GetItem",  # the catalogue
        "TransactWriteItems",
        "DeleteObject",
    ]
    with recorded_calls() as calls:
        assert change(shared, state="released").status == 200
    assert calls == ["GetItem", "GetItem", "TransactWriteItems"]
    with recorded_calls() as calls:
        assert versions(shared, "GET").status == 200
    assert calls == ["Query"]
    with recorded_calls() as calls:
        assert bring_in(shared, "2.0.2", b"no zip").status == 422
    uploading = ["GetItem", "PutObject"]
    assert calls == [*uploading, "GetItem", "GetObject", "DeleteObject"], (
        "what is refused is removed"
    )
    assert len([key for key in kept(shared) if key.startswith("plugins/wordpress/")]) == 1
    assert not [key for key in kept(shared) if "2.0.2" in key]
