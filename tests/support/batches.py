"""Batches as people begin and follow them."""

from collections.abc import Sequence
from typing import Any

from tests.support.world import ACCOUNT, Response, World

BULK = "/api/v1/writer/content/bulk-publish/"
BATCHES = "/api/v1/writer/batches"


def bulk(world: World, contents: Sequence[Any], **more: Any) -> Response:
    """Publish contents, or ids, at once; by a request of its own name."""
    ids = [one["id"] if isinstance(one, dict) else one for one in contents]
    call = {name: more.pop(name) for name in ("headers", "account") if name in more}
    return world.call("POST", BULK, {"ids": ids, **more}, request_id="r-batch", **call)


def begun(world: World, contents: Sequence[Any], **more: Any) -> int:
    """The id of a batch that was taken in."""
    answer = bulk(world, contents, **more)
    assert answer.status == 202, answer.body
    batch_id: int = answer.data["batch_id"]
    return batch_id


def batch_of(world: World, batch_id: int, query: str = "limit=100", **call: Any) -> Any:
    answer = world.call("GET", f"{BATCHES}/{batch_id}/?{query}", **call)
    assert answer.status == 200, answer.body
    return answer.data


def counts(world: World, batch_id: int) -> Any:
    return batch_of(world, batch_id)["counts"]


def items(world: World, batch_id: int) -> dict[int, Any]:
    """Its items by content, of all pages."""
    found: dict[int, Any] = {}
    cursor = None
    while True:
        query = "limit=100" + (f"&cursor={cursor}" if cursor else "")
        answer = world.call("GET", f"{BATCHES}/{batch_id}/?{query}")
        found |= {one["content_id"]: one for one in answer.data["items"]}
        cursor = answer.body["meta"]["next"]
        if cursor is None:
            return found


def cancel(world: World, batch_id: int, **call: Any) -> Response:
    return world.call("POST", f"{BATCHES}/{batch_id}/cancel/", **call)


def row_of(world: World, batch_id: int) -> Any:
    return world.services.batch_store.get(ACCOUNT, batch_id)


def on_sites(world: World, *, sites: int, each: int) -> list[Any]:
    """Contents of several connected sites in turn."""
    made = [world.connected_site() for _ in range(sites)]
    return [world.content(made[n % sites], title=f"Article {n}") for n in range(sites * each)]
