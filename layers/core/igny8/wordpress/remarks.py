"""What a site remarks about what it did, as far as people may see it and a row can hold it."""

import json
import re
from collections.abc import Iterable
from typing import Any, TypeGuard

from igny8.core.redact import redact

URL_MAX = 2048
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]+\Z", re.IGNORECASE)
# Browsers leave out what is not visible before and within a scheme.
SCHEME = re.compile(r"[\x00-\x20]*([a-z][a-z0-9+.\-\t\n\r]*):(?=(\s?))", re.IGNORECASE)
WEB = frozenset({"http", "https"})
RUNS = frozenset({"javascript", "data", "vbscript", "file", "blob", "filesystem"})
MOST = 51
"""A bridge tells of fifty, and then how many more there are."""
MOST_BYTES = 1000
DEEPEST = 8
"""What was just not too deep to be read is too deep for whoever writes it again."""
# Of a remark that is longer, so much is told.
MOST_OF_MESSAGE = 600
MOST_OF_FACT = 100
LOOKED_THROUGH = 4_000


def is_web_address(url: object) -> TypeGuard[str]:
    """Whether a site's answer gave an address that people may be led to."""
    return isinstance(url, str) and len(url) <= URL_MAX and bool(WEB_ADDRESS.match(url))


def remarks(value: object) -> list[Any]:
    """The first remarks, without addresses that are not of the web, none too long.

    >>> remarks([{"code": "image_failed", "url": "javascript:alert(1)"}, "Note: all is well"])
    [{'code': 'image_failed'}, 'Note: all is well']
    """
    if not isinstance(value, list):
        return []
    bounded = (_bounded(entry) for entry in value[:MOST] if is_shallow(entry))
    return _tame_list(entry for entry in bounded if is_short(entry, MOST_BYTES))


def _bounded(remark: Any) -> Any:
    """A remark whose longest texts are cut, rather than not told at all.

    >>> remarks([{"code": "term_skipped", "message": "x" * 2000}])[0]["message"] == "x" * 600 + "…"
    True
    """
    if isinstance(remark, str):
        return _beginning(remark, MOST_OF_MESSAGE)
    if not isinstance(remark, dict) or is_short(remark, MOST_BYTES):
        return remark
    return {
        name: _beginning(value, MOST_OF_MESSAGE if name == "message" else MOST_OF_FACT)
        for name, value in remark.items()
    }


def _beginning(value: Any, most: int) -> Any:
    """The first bytes of a text, none of whose letters is cut in two; others as they are."""
    if not isinstance(value, str) or is_short(value, most + 2):
        return value
    told = redact(value[:LOOKED_THROUGH])  # cut in two, a secret would not be known for one
    return told[:most].encode(errors="ignore")[:most].decode(errors="ignore") + "…"


def is_shallow(value: Any, depth: int = DEEPEST) -> bool:
    """Whether a value is nested so little that it can be gone through.

    >>> is_shallow({"a": ["b"]}, 2), is_shallow({"a": ["b"]}, 1)
    (True, False)
    """
    if not isinstance(value, (dict, list)):
        return True
    entries = value.values() if isinstance(value, dict) else value
    return depth > 0 and all(is_shallow(entry, depth - 1) for entry in entries)


def is_short(value: Any, most: int) -> bool:
    """Whether a value takes ``most`` bytes as JSON; a long text is not looked through.

    >>> is_short(["a"], 5), is_short(["ab"], 5), is_short("abcdef", 5)
    (True, False, False)
    """
    if isinstance(value, str) and len(value) > most:
        return False
    return len(json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")) <= most


def tame(value: Any) -> Any:
    """A value without the addresses that are not of the web; ``None`` where it is one itself."""
    if isinstance(value, str):
        return None if _leads_elsewhere(value) else value
    if isinstance(value, dict):
        pairs = ((name, entry, tame(entry)) for name, entry in value.items())
        return {name: kept for name, entry, kept in pairs if kept is not None or entry is None}
    return _tame_list(value) if isinstance(value, list) else value


def _tame_list(values: Iterable[Any]) -> list[Any]:
    return [entry for value in values if (entry := tame(value)) is not None or value is None]


def _leads_elsewhere(text: str) -> bool:
    """Whether it begins as an address does; "Note: something" is none."""
    found = SCHEME.match(text)
    if found is None:
        return text.lstrip().startswith("//")
    scheme = re.sub(r"[\t\n\r]", "", found[1]).lower()
    return scheme in RUNS or (scheme not in WEB and not found[2])
