"""Marks that answers' types carry for the API's document; nothing reads them at run time."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""RFC 3339 in UTC, with ``Z``."""


def one_of(words: Sequence[str]) -> Any:
    """One of these words."""
    return Field(json_schema_extra={"enum": [str(word) for word in words]})
