"""Manifests are signed by KMS, exactly as they are handed out."""

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from cryptography.hazmat.primitives import serialization
from igny8.core.errors import Unavailable
from igny8.distribution.signing import KmsSigner

from tests.support.packages import KEYS, PUBLIC_KEYS

TEXT = '{"requires":"5.8é"}'.encode()


class Kms:
    """Two keys of Ed25519, as KMS tells of them."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.fault: Exception | None = None

    def sign(self, **asked: Any) -> dict[str, Any]:
        self.calls.append(("Sign", asked))
        if self.fault:
            raise self.fault
        assert asked["MessageType"] == "RAW"
        assert asked["SigningAlgorithm"] == "ED25519_SHA_512"
        return {"Signature": KEYS[int(asked["KeyId"])].sign(asked["Message"])}

    def get_public_key(self, **asked: Any) -> dict[str, Any]:
        self.calls.append(("GetPublicKey", asked))
        if self.fault:
            raise self.fault
        key = KEYS[int(asked["KeyId"])].public_key()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return {"PublicKey": key.public_bytes(serialization.Encoding.DER, form)}


def test_the_current_key_signs_these_very_bytes() -> None:
    kms = Kms()
    signer = KmsSigner(lambda: kms, "1", "0")  # type: ignore[arg-type, return-value]
    made = signer.sign(TEXT)
    KEYS[1].public_key().verify(base64.b64decode(made.value), TEXT)
    assert made.key_id == KmsSigner(lambda: kms, "1", "1").sign(b"").key_id  # type: ignore[arg-type, return-value]
    assert signer.public_keys() == (PUBLIC_KEYS[1], PUBLIC_KEYS[0])


def test_public_keys_are_read_once() -> None:
    kms = Kms()
    signer = KmsSigner(lambda: kms, "0", "1")  # type: ignore[arg-type, return-value]
    for _ in range(3):
        signer.sign(TEXT)
        assert signer.public_keys() == tuple(PUBLIC_KEYS)
    assert [name for name, _ in kms.calls] == [
        "Sign",
        "GetPublicKey",
        "GetPublicKey",
        "Sign",
        "Sign",
    ]


@pytest.mark.parametrize(
    "fault",
    [ClientError({"Error": {"Code": "KMSInvalidStateException"}}, "Sign"),
     ConnectionClosedError(endpoint_url="https://kms")],
)  # fmt: skip
def test_faults_are_said_to_pass(fault: Exception) -> None:
    kms = Kms()
    kms.fault = fault
    signer = KmsSigner(lambda: kms, "0", "1")  # type: ignore[arg-type, return-value]
    with pytest.raises(Unavailable):
        signer.sign(TEXT)
    with pytest.raises(Unavailable):
        signer.public_keys()


def test_another_kind_of_key_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    kms = Kms()
    signer = KmsSigner(lambda: kms, "0", "1")  # type: ignore[arg-type, return-value]
    monkeypatch.setattr(kms, "get_public_key", lambda **_: {"PublicKey": b"0" * 44})
    with pytest.raises(Unavailable):
        signer.public_keys()
