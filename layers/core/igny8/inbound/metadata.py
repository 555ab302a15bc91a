"""What a site tells of a post besides its text: terms, author, date; bounded: it is kept."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from igny8.core.ids import MAX_ID
from igny8.inbound.told import MOST_NAMES, NAME_MAX


def _names(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [name[:NAME_MAX] if isinstance(name, str) else name for name in value[:MOST_NAMES]]


def _name(value: Any) -> Any:
    return value[:NAME_MAX] if isinstance(value, str) else value


def _number(value: Any) -> Any:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return None if is_whole and not 0 <= value <= MAX_ID else value


class WpAuthor(BaseModel):
    """Who wrote it there."""

    model_config = ConfigDict(strict=True, extra="ignore", defer_build=True)

    id: Annotated[int | None, BeforeValidator(_number)] = None
    name: Annotated[str | None, BeforeValidator(_name)] = None


class WpMetadata(BaseModel):
    """``metadata`` of the metadata webhook (seed 000)."""

    model_config = ConfigDict(strict=True, extra="ignore", defer_build=True)

    categories: Annotated[list[str] | None, BeforeValidator(_names)] = None
    tags: Annotated[list[str] | None, BeforeValidator(_names)] = None
    author: WpAuthor | None = None
    modified_date: Annotated[str | None, BeforeValidator(_name)] = None


def kept(metadata: WpMetadata) -> dict[str, Any]:
    """What is stored: the fields that were told."""
    return metadata.model_dump(exclude_unset=True)
