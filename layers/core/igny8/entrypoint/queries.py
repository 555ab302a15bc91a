"""Queries that lists have in common."""

from pydantic import BaseModel, ConfigDict

from igny8.core.cursor import PageRequest, page_request
from igny8.core.settings import Settings


class PageQuery(BaseModel):
    """Query of the lists."""

    model_config = ConfigDict(defer_build=True)

    limit: str | None = None
    cursor: str | None = None

    def page(self, settings: Settings) -> PageRequest:
        """Which page. Raises :class:`Invalid`, :class:`Malformed`."""
        return page_request(
            self.limit,
            self.cursor,
            default=settings.page_size_default,
            most=settings.page_size_max,
        )
