"""The last filter before anything is written down: secrets become ``[redacted]``."""

import re

# Within a JSON string: no match takes the backslash before a quote, or the line could not be read.
SECRETS = re.compile(
    r"igny8_(?:live|test)_[0-9A-Za-z]+"
    r"|(?i:bearer)\s+[\w.~+/=-]+"
    r"|eyJ[\w-]{5,}(?:\.[\w-]*){2,4}"  # JWTs, and JWEs such as refresh tokens
    r"|X-Amz-(?:Signature|Security-Token|Credential)=[^&\s\"'\\]+"
)


def redact(text: str) -> str:
    """Replace site keys, bearer tokens, JWTs and presigned parameters.

    >>> redact("Authorization: Bearer igny8_test_abc")
    'Authorization: [redacted]'
    """
    return SECRETS.sub("[redacted]", text)
