"""Links to ZIPs in S3, good for a few minutes; they are made without a call."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError

from igny8.core.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LINK_SECONDS = 300


class ZipLinks:
    """Makes links. ``client`` gives the client."""

    def __init__(self, client: Callable[[], "S3Client"], bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def link(self, key: str, filename: str) -> str:
        """Where an object can be fetched, under a name; WordPress reads no other form of it.

        Raises :class:`Unavailable`.
        """
        try:
            return self._client().generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": key,
                    "ResponseContentDisposition": f"attachment; filename={filename}",
                    "ResponseContentType": "application/zip",
                },
                ExpiresIn=LINK_SECONDS,
            )
        except BotoCoreError as error:
            raise Unavailable("s3") from error
