"""Texts in S3: immutable gzip objects, written before the row that names them.

One for each revision's HTML, one for each body as a site had it, with its ranges.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from igny8.content.model import BodyRef, Range, RawRef
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
        sha256 = _sha256(data)
        key = f"content/{account_id}/{content_id}/{sha256}.html.gz"
        self._write(key, data)
        return BodyRef(key, sha256, len(data))

    def get(self, ref: BodyRef) -> str:
        """Read a text. Raises :class:`Unavailable`; :class:`Lost` if it is gone or altered."""
        data = self._read(ref.key)
        if _sha256(data) != ref.sha256:
            raise Lost("s3")
        return data.decode()

    def put_raw(
        self,
        account_id: int,
        content_id: int,
        raw: str,
        ranges: Sequence[Range],
        shown: str | None = None,
    ) -> RawRef:
        """Store a body as its site has it, with its ranges. Raises :class:`Unavailable`.

        ``shown`` is the text that the ranges lead to, where it is another than comes of taking the
        body in.
        """
        body = raw.encode()
        told = {"ranges": [astuple(at) for at in ranges], "shown": shown}
        data = json.dumps(told).encode() + b"\n" + body
        key = f"content/{account_id}/{content_id}/{_sha256(data)}.raw.gz"
        self._write(key, data)
        return RawRef(key, _sha256(body), len(body))

    def get_raw(self, ref: RawRef) -> tuple[str, tuple[Range, ...]]:
        """Read such a body and its ranges. Raises as :meth:`get`."""
        raw, ranges, _ = self.get_shown(ref)
        return raw, ranges

    def get_shown(self, ref: RawRef) -> tuple[str, tuple[Range, ...], str | None]:
        """The same, and what is shown of it where that was stored."""
        data = self._read(ref.key)
        told, _, body = data.partition(b"\n")
        if _sha256(data) not in ref.key or _sha256(body) != ref.sha256:
            raise Lost("s3")
        known = json.loads(told)
        return body.decode(), tuple(Range(*at) for at in known["ranges"]), known["shown"]

    def _write(self, key: str, data: bytes) -> None:
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

    def _read(self, key: str) -> bytes:
        try:
            answer = self.client().get_object(Bucket=self.bucket, Key=key)
            return gzip.decompress(answer["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] in GONE:
                raise Lost("s3") from error
            raise Unavailable("s3") from error
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise Lost("s3") from error
        except (BotoCoreError, OSError) as error:
            raise Unavailable("s3") from error

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


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
