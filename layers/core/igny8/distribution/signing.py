"""Signs manifests with a key that never leaves KMS.

There are two keys: the one that signs, and the one that will when the first is given up. Sites know
both, so that changing from one to the other needs nothing of them.
"""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from igny8.core.errors import Unavailable
from igny8.distribution.manifest import Signature, key_id

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

# A public key of Ed25519 as X.509 has it (RFC 8410): this, and its 32 bytes.
HEAD = bytes.fromhex("302a300506032b6570032100")
KEY_BYTES = 32


class KmsSigner:
    """Signs by ECC_NIST_EDWARDS25519 keys of KMS. ``client`` gives the client."""

    def __init__(self, client: Callable[[], "KMSClient"], current: str, following: str) -> None:
        self._client = client
        self._current = current
        self._ids = (current, following)
        self._public: tuple[bytes, ...] = ()

    def sign(self, message: bytes) -> Signature:
        """Sign exactly these bytes. Raises :class:`Unavailable`."""
        try:
            answer = self._client().sign(
                KeyId=self._current,
                Message=message,
                MessageType="RAW",
                SigningAlgorithm="ED25519_SHA_512",
            )
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("kms") from error
        signature = base64.b64encode(answer["Signature"]).decode("ascii")
        return Signature(key_id(self.public_keys()[0]), signature)

    def public_keys(self) -> tuple[bytes, ...]:
        """The raw public keys: the one that signs, the one that will. Two calls a process.

        Raises :class:`Unavailable`.
        """
        if not self._public:
            self._public = tuple(map(self._read, self._ids))
        return self._public

    def _read(self, name: str) -> bytes:
        try:
            answer = self._client().get_public_key(KeyId=name)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("kms") from error
        encoded = answer["PublicKey"]
        if not encoded.startswith(HEAD) or len(encoded) != len(HEAD) + KEY_BYTES:
            raise Unavailable("kms: not a key of Ed25519")
        return encoded.removeprefix(HEAD)
