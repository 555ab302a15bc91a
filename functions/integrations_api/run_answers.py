"""What people are answered about runs."""

from datetime import UTC, datetime
from typing import Annotated

from igny8.core.clock import rfc3339
from igny8.entrypoint.shapes import Moment, one_of
from igny8.imports.model import Filters, Item, Outcome
from igny8.syncing.run import Run, RunDirection, RunState
from igny8.syncing.twins import Chosen, Decided, TwinChoice
from typing_extensions import TypedDict


class FiltersOut(TypedDict):
    """Which posts a run is of; what is null or empty leaves none out."""

    types: list[str]
    ids: list[int]
    status: list[str]
    author: int | None
    term: str | None
    date_after: Moment | None
    date_before: Moment | None
    modified_after: Moment | None
    limit: int | None


class RunOut(TypedDict):
    """One synchronisation; ``filters``, ``type`` and ``counts`` are of those that import."""

    id: int
    direction: RunDirection
    dry_run: bool
    state: RunState
    filters: FiltersOut | None
    type: str | None
    started_at: Moment
    finished_at: Moment | None
    done: int
    total: int | None
    counts: dict[str, int]
    changed: int
    failed: int
    cursor: str | None
    reason: str | None


class ItemOut(TypedDict):
    """What became of a post, or in a dry run would become of it."""

    external_id: str
    type: str
    title: str
    url: str
    outcome: Outcome
    content_id: int | None
    fields: list[str]
    reason: str | None


class ChosenOut(TypedDict):
    """What comes of a decision about one post; ``code`` and ``message`` say why it could not be."""

    external_id: str
    content_id: int | None
    state: Annotated[str, one_of(["linked", "importing", "refused"])]
    code: str | None
    message: str | None


class DecidedOut(TypedDict):
    """What comes of all, and the run that brings in what is another thing."""

    items: list[ChosenOut]
    run: RunOut | None


def decided_out(decided: Decided) -> DecidedOut:
    """What was decided about twins."""
    return {
        "items": [chosen_out(one) for one in decided.chosen],
        "run": None if decided.run is None else run_out(decided.run),
    }


def chosen_out(one: Chosen) -> ChosenOut:
    """What comes of one of them."""
    done = "linked" if one.choice is TwinChoice.LINK else "importing"
    return {
        "external_id": str(one.item.external_id),
        "content_id": one.item.content_id,
        "state": done if one.refusal is None else "refused",
        "code": None if one.refusal is None else one.refusal.code,
        "message": None if one.refusal is None else one.refusal.message,
    }


def run_out(run: Run) -> RunOut:
    """A run as people see it."""
    pull = run.pull
    return {
        "id": run.id,
        "direction": run.direction,
        "dry_run": run.is_dry,
        "state": run.state,
        "filters": filters_out(pull.filters) if pull else None,
        "type": (pull.shares[0].type or None) if pull and pull.shares else None,
        "started_at": moment_of(run.started_at),
        "finished_at": None if run.finished_at is None else moment_of(run.finished_at),
        "done": run.done,
        "total": run.total,
        "counts": dict(run.counts),
        "changed": run.changed,
        "failed": run.failed,
        "cursor": run.cursor,
        "reason": run.reason,
    }


def filters_out(filters: Filters) -> FiltersOut:
    """Which posts a run is of."""
    return {
        "types": list(filters.types),
        "ids": list(filters.ids),
        "status": list(filters.status),
        "author": filters.author,
        "term": filters.term,
        "date_after": filters.date_after,
        "date_before": filters.date_before,
        "modified_after": filters.modified_after,
        "limit": filters.limit,
    }


def item_out(item: Item) -> ItemOut:
    """What became of a post."""
    return {
        "external_id": str(item.external_id),
        "type": item.type,
        "title": item.title,
        "url": item.url,
        "outcome": item.outcome,
        "content_id": item.content_id,
        "fields": list(item.fields),
        "reason": item.reason,
    }


def moment_of(seconds: int) -> str:
    """An epoch second as people see it."""
    return rfc3339(datetime.fromtimestamp(seconds, UTC))
