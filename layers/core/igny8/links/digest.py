"""What a post is now, in two numbers that can be added up over many posts, there and here.

The bridge keeps the same numbers in its ledger; `tests/support/digests.json` holds both to it.
"""

import hashlib

Digest = tuple[int, int]
THIRTY_ONE_BITS = 0x7FFFFFFF


def digest_of(post_id: int, status: str, fingerprint: str) -> Digest:
    """Two numbers of 31 bits: of SHA-256 the first four bytes and the next four.

    The top bit is dropped, so that a PHP of 32 bits and a sum over a million posts hold them.

    >>> digest_of(7, "publish", "v2:abc")
    (2132624539, 1540081217)
    """
    told = f"{post_id}:{status}:{fingerprint}".encode(errors="surrogatepass")
    hashed = hashlib.sha256(told).digest()
    first, second = (int.from_bytes(hashed[at : at + 4], "big") for at in (0, 4))
    return first & THIRTY_ONE_BITS, second & THIRTY_ONE_BITS
