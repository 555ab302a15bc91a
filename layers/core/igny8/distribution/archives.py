"""ZIPs in S3: uploads that nobody has looked at, and releases, which are never written over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from igny8.core.errors import Unavailable
from igny8.distribution.zips import ARCHIVE_MAX_BYTES

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

GONE = frozenset({"NoSuchKey", "404"})
ALREADY = frozenset({"PreconditionFailed", "412"})


@dataclass(frozen=True, slots=True)
class Form:
    """Where and with which fields a ZIP is posted."""

    url: str
    fields: Mapping[str, str]


class Archives:
    """Keeps ZIPs. ``client`` gives the client; every call raises :class:`Unavailable`."""

    def __init__(self, client: Callable[[], "S3Client"], bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def form(self, key: str, seconds: int) -> Form:
        """A form with which one object can be posted for so long; it costs no call.

        A presigned PUT could not say how large it may be.
        """
        made = self._client().generate_presigned_post(
            Bucket=self._bucket,
            Key=key,
            Conditions=[["content-length-range", 1, ARCHIVE_MAX_BYTES]],
            ExpiresIn=seconds,
        )
        return Form(made["url"], made["fields"])

    def uploaded(self, key: str) -> bytes | None:
        """What was posted there; ``None`` where nothing was."""
        try:
            answer = self._client().get_object(Bucket=self._bucket, Key=key)
            return answer["Body"].read(ARCHIVE_MAX_BYTES + 1)
        except ClientError as error:
            if error.response["Error"]["Code"] in GONE:
                return None
            raise Unavailable("s3") from error
        except (BotoCoreError, OSError) as error:
            raise Unavailable("s3") from error

    def keep(self, key: str, archive: bytes) -> None:
        """Store a release under a key that names its SHA-256; what is there stays.

        It is the same, then: an earlier try came as far as this.
        """
        try:
            self._client().put_object(
                Bucket=self._bucket,
                Key=key,
                Body=archive,
                ContentType="application/zip",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in ALREADY:
                raise Unavailable("s3") from error
        except BotoCoreError as error:
            raise Unavailable("s3") from error

    def discard(self, key: str) -> None:
        """Remove an upload. Where that fails it goes by itself within a day."""
        try:
            self._client().delete_object(Bucket=self._bucket, Key=key)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("s3") from error
