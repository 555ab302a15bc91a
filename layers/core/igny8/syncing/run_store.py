"""Runs in DynamoDB, to be looked up: a row each, and a row for each page of what was imported.

What a run does next stands in the integration's plan; these rows say what became of it. The pages
of a run have a partition of their own, so that listing runs costs no more for large ones.
"""

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.core.clock import Clock, epoch
from igny8.core.cursor import Page, PageRequest, encode_cursor
from igny8.core.errors import NotFound
from igny8.core.reading import readable, stored, translation
from igny8.core.rows import Query, Row, Tables, Write
from igny8.core.table import DATA, Utf8JSONAttribute, integration_partition, put, update
from igny8.imports.model import Filters, Item, Outcome, Twins
from igny8.imports.shares import Share
from igny8.sites.model import KeyOwner
from igny8.syncing.check import Check, Phase
from igny8.syncing.run import Pull, Run, RunDirection, RunState, Terms

RUN = "RUN#"
PAGE = "PAGE#"
RUN_DAYS = 90
ITEMS_DAYS = 30
DRY_ITEMS_DAYS = 7
DAY = 86_400
PAGES_AT_ONCE = 10
"""Rows of items that one request reads; where few of them are wanted its page is short."""
MOST_ON_A_PAGE = 1_000
MOST_BYTES = 8_388_608
"""What one row of items unpacks to at most, whatever came into it."""


class RunItem(Model):
    """A run as it was begun, and how far it was with each page."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    run = Utf8JSONAttribute()
    done = NumberAttribute(null=True)
    total = NumberAttribute(null=True)
    changed = NumberAttribute(null=True)
    failed = NumberAttribute(null=True)
    cursor = UnicodeAttribute(null=True)
    counts = Utf8JSONAttribute(null=True)
    expires_at = NumberAttribute()


class PageItem(Model):
    """What became of a page's posts: written with the page, and never changed. Packed."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    items = UnicodeAttribute()
    expires_at = NumberAttribute()


class RunStore:
    """Reads and writes runs and their pages."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock

    def whole(self, owner: KeyOwner, run: Run) -> Write:
        """Store a run that begins, ends or is cancelled; what was said of its way is in it."""
        item = RunItem(
            integration_partition(owner.account_id, owner.integration_id),
            _run_sk(run.id),
            run=run_as_json(run),
            expires_at=self._in(RUN_DAYS),
        )
        return put("run", DATA, item)

    def went_on(self, owner: KeyOwner, run: Run) -> Write:
        """Store how far a run is; that it was cancelled meanwhile stays."""
        key = DATA.key(
            integration_partition(owner.account_id, owner.integration_id), _run_sk(run.id)
        )
        values: list[tuple[Any, Any]] = [
            (RunItem.done, run.done),
            (RunItem.total, run.total),
            (RunItem.changed, run.changed),
            (RunItem.failed, run.failed),
            (RunItem.cursor, run.cursor),
            (RunItem.counts, dict(run.counts) or None),
        ]
        changes = [name.set(value) for name, value in values if value is not None]
        return update("run", DATA, key, changes)

    def page(self, owner: KeyOwner, run: Run, number: int, items: Sequence[Item]) -> Write:
        """Store what became of a page, once. Loses ``page``."""
        item = PageItem(
            _pages_pk(owner.account_id, owner.integration_id, run.id),
            f"{PAGE}{number:08d}",
            items=_packed(items),
            expires_at=self._in(DRY_ITEMS_DAYS if run.is_dry else ITEMS_DAYS),
        )
        return put("page", DATA, item, PageItem.pk.does_not_exist())

    def get(self, account_id: int, integration_id: int, run_id: int) -> Run:
        """A run, consistently. Raises :class:`NotFound`."""
        key = DATA.key(integration_partition(account_id, integration_id), _run_sk(run_id))
        row = self._tables.get(DATA, key)
        if row is None:
            raise NotFound
        return _to_kept_run(row)

    def page_of(self, account_id: int, integration_id: int, request: PageRequest) -> Page[Run]:
        """Runs, newest first; one query."""
        before = _run_sk(request.before - 1 if request.before else 2**53)
        rows = self._tables.query(
            Query(
                table=DATA,
                partition=("pk", integration_partition(account_id, integration_id)),
                within=RunItem.sk.between(_run_sk(0), before),
                newest_first=True,
                limit=request.limit + 1,
                consistent=True,
            )
        )
        shown = rows[: request.limit]
        runs, _ = readable(_to_kept_run, shown)
        more = len(rows) > len(shown)
        last = int(shown[-1]["sk"]["S"].removeprefix(RUN)) if shown else 0
        return Page(runs, encode_cursor(last) if more else None)

    def items(
        self,
        account_id: int,
        integration_id: int,
        run_id: int,
        outcome: Outcome | None,
        request: PageRequest,
    ) -> Page[Item]:
        """What became of posts, in the order in which the run came to them; one query.

        ``request.before`` is where an earlier page ended. One may be short, and have a next one.
        """
        page, begin = divmod(request.before or 0, MOST_ON_A_PAGE)
        rows = self._tables.query(
            Query(
                table=DATA,
                partition=("pk", _pages_pk(account_id, integration_id, run_id)),
                within=PageItem.sk >= f"{PAGE}{page:08d}",
                limit=PAGES_AT_ONCE,
                consistent=True,
            )
        )
        found: list[Item] = []
        at = 0
        for row in rows:
            number = int(row["sk"]["S"].removeprefix(PAGE))
            for place, item in enumerate(_unpacked(row)):
                if number == page and place < begin:
                    continue
                if len(found) == request.limit:
                    return Page(found, encode_cursor(at))
                at = number * MOST_ON_A_PAGE + place + 1
                if outcome is None or item.outcome is outcome:
                    found.append(item)
            at = (number + 1) * MOST_ON_A_PAGE
        return Page(found, encode_cursor(at) if len(rows) == PAGES_AT_ONCE else None)

    def _in(self, days: int) -> int:
        now: datetime = self._clock.now()
        return epoch(now) + days * DAY


def run_as_json(run: Run) -> dict[str, Any]:
    """A run as a row keeps it."""
    told = asdict(run)
    empty = {name for name in ("pull", "check") if told[name] is None}
    return {name: value for name, value in told.items() if name not in empty}


def to_run(told: dict[str, Any]) -> Run:
    """A run as a row has it."""
    kinds = {"direction": RunDirection(told["direction"]), "state": RunState(told["state"])}
    pull, check = told.get("pull"), told.get("check")
    return Run(
        **{
            **told,
            **kinds,
            "pull": None if pull is None else _to_pull(pull),
            "check": None if check is None else to_check(check),
        }
    )


def to_check(told: dict[str, Any]) -> Check:
    """How far a comparison is, as a row has it."""
    return Check(**{**told, "phase": Phase(told["phase"])})


def _to_pull(told: dict[str, Any]) -> Pull:
    kinds = {
        "filters": _to_filters(told["filters"]),
        "types": tuple(told["types"]),
        "twins": Twins(told["twins"]),
        "shares": tuple(Share(**share) for share in told["shares"]),
    }
    terms = told.get("terms")
    if terms is not None:
        kinds["terms"] = Terms(**{**terms, "taxonomies": tuple(terms["taxonomies"])})
    return Pull(**{**told, **kinds})


def _to_filters(told: dict[str, Any]) -> Filters:
    lists = {name: tuple(told[name]) for name in ("types", "ids", "status")}
    return Filters(**{**told, **lists})


@translation
def _to_kept_run(row: Row) -> Run:
    item = stored(RunItem, row)
    told = dict(item.run)
    names = ("done", "total", "changed", "failed")
    told |= {name: int(n) for name in names if (n := getattr(item, name)) is not None}
    told |= {"cursor": item.cursor or told["cursor"]}
    if item.counts is not None:
        kind = "pull" if told.get("pull") else "check"
        told[kind] = {**told[kind], "counts": item.counts}
    return to_run(told)


def _packed(items: Sequence[Item]) -> str:
    told = [{k: v for k, v in asdict(item).items() if v not in (None, "", ())} for item in items]
    spelled = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(spelled.encode())).decode()


@translation
def _unpacked(row: Row) -> list[Item]:
    packed = base64.b64decode(stored(PageItem, row).items)
    told = json.loads(zlib.decompressobj().decompress(packed, MOST_BYTES))
    return [
        Item(**{"type": "", "title": "", "url": "", **one, "outcome": Outcome(one["outcome"])})
        for one in told
    ]


def _run_sk(run_id: int) -> str:
    return f"{RUN}{run_id:016d}"


def _pages_pk(account_id: int, integration_id: int, run_id: int) -> str:
    return f"{integration_partition(account_id, integration_id)}#{RUN}{run_id}"
