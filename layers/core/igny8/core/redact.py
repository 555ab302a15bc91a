"""The last filter before anything is written down: secrets become ``[redacted]``."""

import re

# Within a JSON string: no match takes the backslash before a quote, or the line could not be read.
# Linear, whatever it is given: a token begins where no word goes on (or after an escaped line
# break), so that a run of letters is looked at once, and no match is tried again shorter.
SECRETS = re.compile(
    r"igny8_(?:live|test)_[0-9A-Za-z]++"
    r"|(?i:bearer)\s++[\w.~+/=-]++"
    # JWTs, and JWEs such as refresh tokens
    r"|(?:(?<![\w-])|(?<=\\[nrt]))eyJ[\w-]{5,}+(?:\.[\w-]*+){2,4}"
    r"|X-Amz-(?:Signature|Security-Token|Credential)=[^&\s\"'\\]+"
)


def redact(text: str) -> str:
    """Replace site keys, bearer tokens, JWTs and presigned parameters.

    >>> redact("Authorization: Bearer igny8_test_abc")
    'Authorization: [redacted]'
    """
    return SECRETS.sub("[redacted]", text)
