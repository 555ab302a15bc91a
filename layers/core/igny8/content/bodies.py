"""Texts in S3: one immutable gzip object a revision, written before the row that names it."""

import gzip
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from igny8.content.model import BodyRef
from igny8.core.errors import Lost, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

GONE = frozenset({"NoSuchKey", "404"})


@dataclass(frozen=True, slots=True)
class BodyStore:
    """Keeps HTML bodies under ``content/{account}/{content}/``. ``client`` gives the client."""

    client: Callable[[], "S3Client"]
    bucket: str

    def put(self, account_id: int, content_id: int, html: str) -> BodyRef:
        """Store a text under its own hash. Raises :class:`Unavailable`."""
        data = html.encode()
        sha256 = hashlib.sha256(data).hexdigest()
        key = f"content/{account_id}/{content_id}/{sha256}.html.gz"
        try:
            self.client().put_object(
                Bucket=self.bucket,
                Key=key,
                Body=gzip.compress(data, mtime=0),
                ContentType="text/html; charset=utf-8",
                ContentEncoding="gzip",
            )
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("s3") from error
        return BodyRef(key, sha256, len(data))

    def get(self, ref: BodyRef) -> str:
        """Read a text. Raises :class:`Unavailable`; :class:`Lost` if it is gone or altered."""
        try:
            answer = self.client().get_object(Bucket=self.bucket, Key=ref.key)
            data = gzip.decompress(answer["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] in GONE:
                raise Lost("s3") from error
            raise Unavailable("s3") from error
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise Lost("s3") from error
        except (BotoCoreError, OSError) as error:
            raise Unavailable("s3") from error
        if hashlib.sha256(data).hexdigest() != ref.sha256:
            raise Lost("s3")
        return data.decode()

    def delete_some(self, account_id: int, content_id: int, most: int) -> int:
        """Remove up to ``most`` texts of a content, whoever names them; answer how many there were.

        Two calls. Raises :class:`Unavailable`.
        """
        try:
            listed = self.client().list_objects_v2(
                Bucket=self.bucket, Prefix=f"content/{account_id}/{content_id}/", MaxKeys=most
            )
            keys = [entry["Key"] for entry in listed.get("Contents", [])]
            if not keys:
                return 0
            answer = self.client().delete_objects(
                Bucket=self.bucket,
                Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
            )
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("s3") from error
        if answer.get("Errors"):
            raise Unavailable("s3")
        return len(keys)

    def delete(self, key: str) -> None:
        """Remove a text that no row names any more; missing is fine."""
        try:
            self.client().delete_object(Bucket=self.bucket, Key=key)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("s3") from error
