"""What is signed of a release: canonical JSON, byte for byte what the site is given to verify.

Keys are sorted, there are no spaces, and letters are UTF-8. A site checks the signature of the
bytes that it got, and only then reads them: nothing is ever made anew to be compared.
"""

import hashlib
import json
from dataclasses import dataclass

from igny8.distribution.model import SLUG, Entry


def canonical(entry: Entry, *, not_after: str) -> str:
    """The manifest of a version that is offered until ``not_after`` (RFC 3339)."""
    said = {
        "slug": SLUG,
        "version": str(entry.version),
        "channel": str(entry.channel),
        "sha256": entry.sha256,
        "size": entry.size,
        "requires": entry.requires,
        "requires_php": entry.requires_php,
        "min_from_version": entry.min_from_version and str(entry.min_from_version),
        "released_at": entry.released_at,
        "not_after": not_after,
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def not_after(manifest: str) -> str | None:
    """Until when a manifest counts (RFC 3339); of none there is no such time."""
    return str(json.loads(manifest)["not_after"]) if manifest else None


@dataclass(frozen=True, slots=True)
class Signature:
    """An Ed25519 signature in base64, and by which key it was made."""

    key_id: str
    value: str


def key_id(public_key: bytes) -> str:
    """What a raw public key is called: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]
