"""Opaque cursors and pages of lists."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Generic, TypeVar

from igny8.core.errors import Invalid, Malformed
from igny8.core.ids import MAX_ID

T = TypeVar("T")
WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list, and the cursor of the next page if there is one."""

    items: list[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """How many items, and below which id."""

    limit: int
    before: int | None = None

    def below(self, before: int) -> "PageRequest":
        """The same number of items, below another id."""
        return PageRequest(self.limit, before)


def encode_cursor(last_id: int) -> str:
    """Make the cursor that goes on after ``last_id``."""
    return base64.urlsafe_b64encode(f"v1:{last_id}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> int:
    """Read a cursor; raises :class:`Malformed` for anything this service did not make."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        version, _, text = (
            base64.urlsafe_b64decode(padded.encode("ascii")).decode("ascii").partition(":")
        )
        last_id = int(text)
    except (ValueError, binascii.Error) as error:
        raise Malformed("bad_cursor", "This cursor is not one that was given out.") from error
    if version != "v1" or not 0 <= last_id <= MAX_ID:
        raise Malformed("bad_cursor", "This cursor is not one that was given out.")
    return last_id


def page_request(limit: str | None, cursor: str | None, *, default: int, most: int) -> PageRequest:
    """Read ``limit`` and ``cursor`` as they come in a query string."""
    if limit is None:
        number = default
    elif WHOLE_NUMBER.fullmatch(limit) and 1 <= int(limit) <= most:
        number = int(limit)
    else:
        raise Invalid({"limit": [f"Give a whole number from 1 to {most}."]})
    return PageRequest(number, decode_cursor(cursor) if cursor else None)
