"""Site API keys: how they look, how they are found again, how they are kept.

A key is ``igny8_live_`` or ``igny8_test_``, 43 base62 characters of randomness and 6 of CRC32, so
that a mistyped key is refused without a read and scanners can find a leaked one.
"""

import base64
import hashlib
import hmac
import re
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from igny8.core.errors import Lost, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_LENGTH = 43
CHECK_LENGTH = 6
GRAMMAR = re.compile(r"igny8_(?:live|test)_[0-9A-Za-z]{49}")


def generate_key(stage: str, choice: Callable[[str], str] = secrets.choice) -> str:
    """Draw a new key; stages other than ``prod`` get ``igny8_test_``."""
    prefix = "igny8_live_" if stage == "prod" else "igny8_test_"
    body = prefix + "".join(choice(BASE62) for _ in range(RANDOM_LENGTH))
    return body + _check(body)


def is_well_formed(key: str) -> bool:
    """Whether ``key`` can be one of ours; costs no read."""
    if not GRAMMAR.fullmatch(key):
        return False
    return hmac.compare_digest(_check(key[:-CHECK_LENGTH]), key[-CHECK_LENGTH:])


def _check(body: str) -> str:
    number = zlib.crc32(body.encode("ascii"))
    digits = []
    for _ in range(CHECK_LENGTH):
        number, digit = divmod(number, len(BASE62))
        digits.append(BASE62[digit])
    return "".join(reversed(digits))


@dataclass
class KeyHasher:
    """Turns a key into the HMAC under which it is stored. The pepper is read once a process."""

    client: Callable[[], "SecretsManagerClient"]
    secret_id: str
    _pepper: bytes | None = field(default=None, repr=False)

    def __call__(self, key: str) -> str:
        """Answer the key's HMAC-SHA256 in hex. Raises :class:`Unavailable`."""
        return hmac.new(self._load(), key.encode("ascii"), hashlib.sha256).hexdigest()

    def derived(self, purpose: str) -> bytes:
        """A secret of 32 bytes for another purpose (HKDF, RFC 5869). Raises :class:`Unavailable`.

        Whoever learns it learns neither the pepper nor what is drawn for any other.
        """
        drawn = hmac.new(bytes(32), self._load(), hashlib.sha256).digest()
        return hmac.new(drawn, purpose.encode() + b"\x01", hashlib.sha256).digest()

    def _load(self) -> bytes:
        if self._pepper is None:
            try:
                answer = self.client().get_secret_value(SecretId=self.secret_id)
            except (BotoCoreError, ClientError) as error:
                raise Unavailable("secretsmanager") from error
            self._pepper = answer["SecretString"].encode()
        return self._pepper


NEVER_READ = frozenset({
    "InvalidCiphertextException", "IncorrectKeyException", "NotFoundException",
})  # fmt: skip


@dataclass
class KeyVault:
    """Encrypts keys that must also be sent, bound to their account and site (KMS context)."""

    client: Callable[[], "KMSClient"]
    kms_key_id: str
    _plain: dict[str, str] = field(default_factory=dict, repr=False)

    def encrypt(self, key: str, account_id: int, site_id: int) -> str:
        """Answer the ciphertext in base64. Raises :class:`Unavailable`."""
        try:
            answer = self.client().encrypt(
                KeyId=self.kms_key_id,
                Plaintext=key.encode("ascii"),
                EncryptionContext=_context(account_id, site_id),
            )
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("kms") from error
        return base64.b64encode(answer["CiphertextBlob"]).decode("ascii")

    def decrypt(self, ciphertext: str, account_id: int, site_id: int) -> str:
        """Answer the key; one KMS call a key and process.

        Raises :class:`Unavailable`; :class:`Lost` for a ciphertext that is not this site's.
        """
        remembered = f"{account_id}:{site_id}:{ciphertext}"
        if remembered not in self._plain:
            try:
                answer = self.client().decrypt(
                    KeyId=self.kms_key_id,
                    CiphertextBlob=base64.b64decode(ciphertext),
                    EncryptionContext=_context(account_id, site_id),
                )
            except ClientError as error:
                if error.response["Error"]["Code"] in NEVER_READ:
                    raise Lost("kms") from error
                raise Unavailable("kms") from error
            except ValueError as error:  # not even base64
                raise Lost("kms") from error
            except BotoCoreError as error:
                raise Unavailable("kms") from error
            self._plain[remembered] = answer["Plaintext"].decode("ascii")
        return self._plain[remembered]


def _context(account_id: int, site_id: int) -> dict[str, str]:
    return {"account_id": str(account_id), "site_id": str(site_id)}
