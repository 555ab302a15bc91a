"""What sites are answered (seed 000): what is true here now, and what became of the event."""

from igny8.entrypoint.shapes import Moment
from igny8.inbound.model import Heard, Result
from igny8.structure.model import Structure
from typing_extensions import TypedDict


class HeardOut(TypedDict):
    """The content as it is known here after the call."""

    content_id: int
    status: str
    wordpress_status: str | None
    external_id: str | None
    external_url: str | None
    result: Result


class EventResultOut(TypedDict):
    """What became of one event of a batch; any result means that it need not be sent again."""

    event_id: str | None
    content_id: int | None
    result: Result


class BatchOut(TypedDict):
    """An answer per event, in their order."""

    results: list[EventResultOut]


class StructureOut(TypedDict):
    """What was stored (seed 001)."""

    message: str
    post_types_count: int
    taxonomies_count: int
    last_structure_fetch: Moment | None


def structure_out(structure: Structure) -> StructureOut:
    """What was stored."""
    return {
        "message": "Site structure updated successfully",
        "post_types_count": len(structure.post_types),
        "taxonomies_count": len(structure.taxonomies),
        "last_structure_fetch": structure.fetched_at,
    }


def heard_out(heard: Heard) -> HeardOut:
    """One event's answer."""
    return {
        "content_id": heard.content_id or 0,
        "status": heard.status or "",
        "wordpress_status": heard.wordpress_status,
        "external_id": str(heard.external_id) if heard.external_id else None,
        "external_url": heard.external_url,
        "result": heard.result,
    }


def batch_out(heard: list[Heard]) -> BatchOut:
    """A batch's answer."""
    return {
        "results": [
            {"event_id": one.event_id, "content_id": one.content_id, "result": one.result}
            for one in heard
        ]
    }
