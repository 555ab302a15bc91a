"""Single values of what a site tells of a post, none of which is trusted.

Each is what it should be, or :class:`Unusable` says why not, for people. All of it is bounded, and
looked through once.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from igny8.core.ids import MAX_ID
from igny8.wordpress.remarks import is_web_address

TEXT_MAX_BYTES = 8_388_608
"""A body above this is told to nobody; a page builder's may well be above what people can edit."""
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z", re.ASCII)
BASE64_OF_MOST = 1_048_576  # the whole answer has no more


class Unusable(ValueError):
    """A value that cannot be taken over; its text says why, and names the field."""


def number(entry: Mapping[str, Any], name: str, *, least: int = 0, default: int = 0) -> int:
    """A whole number that every reader keeps exact; absent or null is ``default``."""
    value = entry.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MAX_ID:
        raise Unusable(f"{name} is not a number that can be kept.")
    return value


def maybe_id(entry: Mapping[str, Any], name: str) -> int | None:
    """A number from 1, where there may be none."""
    return number(entry, name, least=1) or None


def an_id(entry: Mapping[str, Any], name: str) -> int:
    """A number from 1, which has to be there."""
    found = maybe_id(entry, name)
    if found is None:
        raise Unusable(f"{name} is missing.")
    return found


def boolean(entry: Mapping[str, Any], name: str) -> bool:
    """Yes or no; absent is no."""
    value = entry.get(name)
    if value is not None and not isinstance(value, bool):
        raise Unusable(f"{name} is neither true nor false.")
    return bool(value)


def text(entry: Mapping[str, Any], name: str, most: int) -> str:
    r"""Letters, at most so many of them; absent or null is none.

    >>> text({"title": "Tea"}, "title", 10)
    'Tea'
    >>> text({"title": "half \ud83d"}, "title", 10)
    Traceback (most recent call last):
    ...
    igny8.imports.values.Unusable: title has letters that cannot be stored.
    """
    value = entry.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unusable(f"{name} is not a text.")
    if len(value) > most:
        raise Unusable(f"{name} is longer than {most} characters.")
    if "\0" in value or not _is_unicode(value):
        raise Unusable(f"{name} has letters that cannot be stored.")
    return value


def word(entry: Mapping[str, Any], name: str, most: int) -> str:
    """A text that has to be there, of printable letters."""
    value = text(entry, name, most)
    if not value or not value.isprintable():
        raise Unusable(f"{name} is missing, or cannot be read.")
    return value


def maybe_word(entry: Mapping[str, Any], name: str, most: int) -> str | None:
    """The same, where there may be none."""
    is_none = entry.get(name) is None or entry[name] == ""
    return None if is_none else word(entry, name, most)


def moment(entry: Mapping[str, Any], name: str) -> str | None:
    """A time as RFC 3339, if there is one.

    >>> moment({"at": "0000-00-00T00:00:00Z"}, "at")
    Traceback (most recent call last):
    ...
    igny8.imports.values.Unusable: at is not a time.
    """
    value = entry.get(name)
    if value is None:
        return None
    if isinstance(value, str) and MOMENT.fullmatch(value):
        try:
            datetime.fromisoformat(value)
        except ValueError as error:  # a month 13, a year 0
            raise Unusable(f"{name} is not a time.") from error
        return value
    raise Unusable(f"{name} is not a time.")


def address(entry: Mapping[str, Any], name: str, site_url: str) -> str:
    """An address of the web; some plugins leave out scheme and host, which are the site's then.

    >>> address({"url": "/tea/"}, "url", "https://a.example")
    'https://a.example/tea/'
    >>> address({"url": "javascript:alert(1)"}, "url", "https://a.example")
    Traceback (most recent call last):
    ...
    igny8.imports.values.Unusable: url is not an address of the web.
    """
    value = text(entry, name, 2_048)
    if not value:
        return ""
    try:
        whole = value if urlsplit(value).scheme else urljoin(f"{site_url}/", value)
    except ValueError:  # http://[
        whole = ""
    if not whole.isprintable() or not is_web_address(whole):
        raise Unusable(f"{name} is not an address of the web.")
    return whole


def inflated(packed: object) -> str:
    """The text that comes as base64 of gzip; no more of it is unpacked than may be kept."""
    if not isinstance(packed, str) or len(packed) > BASE64_OF_MOST:
        raise Unusable("text_gz is not a packed text.")
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        raw = unpacking.decompress(base64.b64decode(packed, validate=True), TEXT_MAX_BYTES)
        if unpacking.unconsumed_tail:
            raise Unusable(f"text is larger than {TEXT_MAX_BYTES} bytes.")
        if not unpacking.eof:
            raise Unusable("text_gz is cut off.")
        return raw.decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError) as error:
        raise Unusable("text_gz is not a packed text.") from error
    except ValueError as error:  # letters in base64 that are none
        raise Unusable(str(error)) from error


def _is_unicode(value: str) -> bool:
    """Whether UTF-8 can spell it: JSON can spell half of a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
