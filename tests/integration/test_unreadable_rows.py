"""Rows that this version cannot read: a newer one wrote them, or they are spoilt.

Each is named, is left as it is, and stops nobody else: no sweep, no worker, no list, no batch.
"""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from igny8.bootstrap.sweeps import SWEEPS
from igny8.core.rows import Operation, Write
from igny8.core.table import DATA
from igny8.links.store import LINKS

from tests.support.batches import batch_of, begun
from tests.support.outbox import Outbox
from tests.support.sync_stage import INTEGRATIONS
from tests.support.world import ACCOUNT, SITE_URL, World, world_in_memory

OTHER_URL = "http://127.0.0.1:8081"
DUE = {"wake_at", "look_at", "looks", "hints"}
"""What says when to look at a row again; all else of it has to stay."""
SEEDS = Path(__file__).parents[1] / "contract/seeds"
STRUCTURE = json.loads((SEEDS / "update_structure_request.json").read_text())
KEYS = {
    "data": ("pk", "sk"), "gates": ("integration_key",), "keys": ("key_hmac",),
    "events": ("integration_key", "event_id"),
}  # fmt: skip
NUMBERS = count(1)
UNKNOWN = {"S": "of a version to come"}


@dataclass(frozen=True)
class Spoilt:
    """A kind of row, by its table and the beginning of its sort key, and what is wrong with it."""

    table: str
    kind: str
    change: tuple[tuple[str, Any], ...]
    stops_its_site: bool = True

    def __str__(self) -> str:
        field, value = self.change[0]
        how = "without" if value is None else "with a strange"
        return f"{self.kind or self.table} {how} {field}"


KINDS = [
    Spoilt("gates", "", (("reason", UNKNOWN),)),
    Spoilt("gates", "", (("door", UNKNOWN),)),
    Spoilt("gates", "", (("failures", {"S": "many"}),)),
    Spoilt("data", "PUB#", (("state", UNKNOWN),), stops_its_site=False),
    Spoilt("data", "PUB#", (("post_status", None),), stops_its_site=False),
    Spoilt("data", "PUB#", (("doubt", {"S": "[1, 2, 3, 4, 5, 6, 7, 8]"}),), stops_its_site=False),
    Spoilt("data", "META", (("status", UNKNOWN),), stops_its_site=False),
    Spoilt("data", "META", (("editorial", {"S": '{"from": "the future"}'}),), stops_its_site=False),
    Spoilt("data", "META", (("source", None),), stops_its_site=False),
    Spoilt("data", "SITE", (("terms_policy", UNKNOWN),)),
    Spoilt("data", "SITE", (("name", None),)),
    Spoilt("data", "KEYS", (("keys", {"S": '[{"strange": 1}]'}),)),
    Spoilt("data", "KEYS", (("version", None),)),
    Spoilt("data", "INT#", (("connection_status", UNKNOWN),)),
    Spoilt("data", "INT#", (("platform", None),)),
    Spoilt("data", "SYNC", (("run", {"S": '{"direction": "sideways", "state": "done"}'}),)),
    Spoilt("data", "SYNC", (("asks", None),)),
    Spoilt("data", "SYNC", (("version", None),)),
    Spoilt("data", "INBOX", (("trust", UNKNOWN),)),
    Spoilt("data", "INBOX", (("account_id", None),)),
    Spoilt("data", "TYPES#STRUCTURE", (("told", {"S": "{}"}),), stops_its_site=False),
    Spoilt("data", "TYPES#CHOICES", (("version", None),), stops_its_site=False),
    Spoilt("data", LINKS, (("t", None),), stops_its_site=False),
    Spoilt("data", "CLEAN", (("deleted_at", None),), stops_its_site=False),
    Spoilt("data", "CLEAN", (("looks", {"S": "few"}),), stops_its_site=False),
    Spoilt("events", "", (("body", {"S": '{"type": "prophecy"}'}),), stops_its_site=False),
    Spoilt("events", "", (("body", None),), stops_its_site=False),
    Spoilt("keys", "", (("site_id", None),)),
]  # fmt: skip


class Town:
    """Two sites of an account, each with articles that wait and a change that nobody has told."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sites = [self._site(url) for url in (SITE_URL, OTHER_URL)]
        world.wordpress.outbox = self.outbox = Outbox()
        self.first = [world.content(site, title="First") for site in self.sites]
        for content in self.first:
            assert world.publish(content).status == 202
        world.work()
        for content in self.first:
            content["external_id"] = world.publication(content)["external_id"]
        self.settle()
        for which in (0, 1):
            assert self.tell(which).status == 200
        self.deleted = world.content(self.sites[0], title="Deleted")
        self.second = [world.content(site, title="Second") for site in self.sites]
        self.third = [world.content(site, title="Third") for site in self.sites]

    def _site(self, url: str) -> dict[str, Any]:
        site = self.world.site(url=url)
        key = self.world.key(site)
        assert self.world.pair(site, key["api_key"]).status == 200
        return site | {"integration_id": key["integration_id"], "api_key": key["api_key"]}

    def settle(self) -> None:
        """Everything that comes round has come round once."""
        for _ in range(3):
            for kind in SWEEPS:
                self.world.sweep(kind)
            assert self.world.work() == {"batchItemFailures": []}
            assert self.world.synchronise() == {"batchItemFailures": []}
            self.world.clock.advance(minutes=6)

    def rows(self, spoilt: Spoilt) -> list[Any]:
        """The first site's rows of a kind; of its contents' only those of its second article."""
        tables: Any = self.world.services.tables
        site, integration = self.sites[0]["id"], self.sites[0]["integration_id"]
        content = self.deleted if spoilt.kind == "CLEAN" else self.second[0]
        owned = {
            f"A#{ACCOUNT}#S#{site}", f"A#{ACCOUNT}#I#{integration}",
            f"A#{ACCOUNT}#C#{content['id']}", f"I#{integration}",
        }  # fmt: skip
        found = []
        for partition in tables._rows[spoilt.table].values():
            for row in partition.values():
                name = row.get("pk") or row.get("integration_key") or {"S": ""}
                if spoilt.kind == LINKS:
                    owns = name["S"] == f"A#{ACCOUNT}#S#{site}{LINKS}"
                elif spoilt.table == "keys":
                    owns = row.get("site_id") == {"N": str(site)}
                else:
                    owns = name["S"] in owned
                kind = "" if spoilt.kind == LINKS else spoilt.kind
                if owns and row.get("sk", {"S": ""})["S"].startswith(kind):
                    found.append(row)
        return found

    def spoil(self, spoilt: Spoilt) -> list[Any]:
        """Spoil the rows of a kind; answers them as they are from then on."""
        rows = self.rows(spoilt)
        assert rows, "there is none to spoil"
        for row in rows:
            for field, value in spoilt.change:
                if value is None:
                    del row[field]
                else:
                    row[field] = value
        return copy.deepcopy(rows)

    def now(self, rows: list[Any], spoilt: Spoilt) -> list[Any]:
        """The same rows as they are now; a row that was deleted is none."""
        tables: Any = self.world.services.tables
        keys = [{name: row[name] for name in KEYS[spoilt.table]} for row in rows]
        there = [row for part in tables._rows[spoilt.table].values() for row in part.values()]
        return [row for key in keys for row in there if key.items() <= row.items()]

    def tell(self, which: int, *contents: Any) -> Any:
        """A site tells of posts in one batch: each once by its content, and once by its post."""
        site = self.sites[which]
        events = [
            {
                "event_id": f"e-{next(NUMBERS)}", "action": "post_updated", "post_type": "post",
                "post_id": int(content["external_id"]), "post_status": "draft", **named,
            }
            for content in contents or (self.first[which],)
            for named in ({"content_id": content["id"]}, {})
        ]  # fmt: skip
        return self.world.told(site, {"events": events, "site_url": site["url"]}, kind="")

    def results(self, answer: Any) -> list[str]:
        return [one["result"] for one in answer.data["results"]]


@pytest.fixture
def town() -> Iterator[Town]:
    with world_in_memory() as world:
        yield Town(world)


def due_everywhere(town: Town) -> None:
    """Every kind of row that a sweep looks for is there and due."""
    world = town.world
    world.wordpress.up = False  # the gates close, and stay on the list of the blocked sweep
    for content in (*town.second, *town.third):
        assert world.publish(content).status == 202
    for _ in range(4):
        world.work()
        world.clock.advance(minutes=5)
        world.sweep("due")
    world.wordpress.up = True
    path = f"{INTEGRATIONS}/{town.sites[0]['integration_id']}"
    told = world.call(
        "POST", f"{path}/update-structure/", STRUCTURE, account=None,
        headers={"X-IGNY8-API-KEY": town.sites[0]["api_key"]},
    )  # fmt: skip
    assert told.status == 200, told.body
    chosen = world.call(
        "PATCH", f"{path}/content-types/", {"post_types": {"post": {"enabled": False}}}
    )
    assert chosen.status == 200, chosen.body
    real, world.services.bodies.delete_some = world.services.bodies.delete_some, _none  # type: ignore[method-assign]
    answer = world.call("DELETE", f"/api/v1/writer/content/{town.deleted['id']}/")
    assert answer.status in {200, 204}, answer.body
    world.services.bodies.delete_some = real  # type: ignore[method-assign]
    world.clock.advance(minutes=600)


def _none(_account_id: int, _content_id: int, most: int) -> int:
    return most


def sweep_and_serve(town: Town) -> list[str]:
    """Everything runs, as on AWS; answers the rows that were named. Nothing may crash."""
    named: list[str] = []
    for _ in range(5):
        for kind in SWEEPS:
            named += town.world.sweep(kind)["unreadable"]
        assert town.world.work() == {"batchItemFailures": []}
        assert town.world.synchronise() == {"batchItemFailures": []}
        town.world.clock.advance(minutes=15)
    return named


def without_times(rows: list[Any]) -> list[Any]:
    return [{name: row[name] for name in row if name not in DUE} for row in rows]


@pytest.mark.parametrize("spoilt", KINDS, ids=str)
def test_a_row_that_cannot_be_read_stops_nobody_else(
    town: Town, spoilt: Spoilt, caplog: pytest.LogCaptureFixture
) -> None:
    due_everywhere(town)
    before = town.spoil(spoilt)
    named = sweep_and_serve(town)
    world = town.world
    # Neighbours: another site, and other articles of the same site unless all of it is meant.
    alike = [town.second[1], town.third[1]] + ([] if spoilt.stops_its_site else [town.third[0]])
    states = [world.publication(content)["publish_state"] for content in alike]
    assert set(states) == {"published"}, states
    assert town.results(town.tell(1)) == ["applied", "applied"]
    for path in ("/api/v1/sites/", f"{INTEGRATIONS}/"):
        listed = world.call("GET", path)
        assert listed.status == 200, listed.body
        assert town.sites[1]["id"] in {one.get("site_id", one["id"]) for one in listed.data}
    for site, may_fail in zip(town.sites, (503, 200), strict=True):
        for what in ("events", "debug-status", "content-types", "sync-health", "sync-status"):
            path = f"{INTEGRATIONS}/{site['integration_id']}/{what}/"
            assert world.call("GET", path).status in {200, may_fail}, what
    # It is left as it was, and somebody is told of it.
    assert without_times(town.now(before, spoilt)) == without_times(before)
    answer = town.tell(0)
    assert answer.status in {200, 503}
    assert answer.status == 503 or "ignored" not in town.results(answer) or spoilt.kind == LINKS
    told = [record for record in caplog.records if record.message == "a row cannot be read"]
    assert {record.levelname for record in told} == {"ERROR"}
    if spoilt.kind in {"PUB#", "SYNC", "CLEAN"} or spoilt.table == "gates":
        assert named, "the sweep did not say so"
        assert set(named) <= {record.__dict__["row"] for record in told}


@pytest.mark.parametrize("kind", ["META", "PUB#", LINKS])
def test_events_of_what_cannot_be_read_are_passed_over_and_told(town: Town, kind: str) -> None:
    world, (content, neighbour) = town.world, (town.first[0], town.second[0])
    world.publish(neighbour)
    world.work()
    neighbour["external_id"] = world.publication(neighbour)["external_id"]
    tables: Any = world.services.tables
    partition, begin = {
        LINKS: (
            f"A#{ACCOUNT}#S#{town.sites[0]['id']}{LINKS}",
            f"{int(content['external_id']):020d}",
        ),
    }.get(kind, (f"A#{ACCOUNT}#C#{content['id']}", kind))
    (row,) = [
        row for row in tables._rows["data"][partition].values() if row["sk"]["S"].startswith(begin)
    ]
    del row["c" if kind == LINKS else "content_id"]
    before = copy.deepcopy(row)
    results = town.results(town.tell(0, content, neighbour))
    assert (
        results
        == {
            "META": ["ignored", "ignored", "applied", "applied"],
            "PUB#": ["ignored", "ignored", "applied", "applied"],
            LINKS: ["applied", "ignored", "applied", "applied"],
        }[kind]
    )
    refused = [one for one in world.events(town.sites[0]) if one["action"] == "webhook_refused"]
    assert len(refused) == results.count("ignored")
    assert row == before
    assert world.publication(neighbour)["wordpress_status"] == "draft"
    if kind == LINKS:
        return
    one = {
        "post_id": int(content["external_id"]), "content_id": content["id"],
        "post_status": "draft", "site_url": SITE_URL,
    }  # fmt: skip
    assert world.told(town.sites[0], one).status == 503, "whoever tells of it alone tells it again"


def test_more_unreadable_rows_than_one_look_takes_do_not_hide_what_waits(town: Town) -> None:
    """A site whose ten longest waiting rows are of a newer version has an eleventh."""
    world = town.world
    world.wordpress.up = False
    strange = [world.content(town.sites[0], title=f"Strange {n}") for n in range(12)]
    for content in (*strange, town.second[0]):
        assert world.publish(content).status == 202
    for _ in range(4):
        world.work()
        world.clock.advance(minutes=5)
    tables: Any = world.services.tables
    for content in strange:
        for row in tables._rows["data"][f"A#{ACCOUNT}#C#{content['id']}"].values():
            if row["sk"]["S"].startswith("PUB#"):
                row["state"] = UNKNOWN
                row["due_at"] = {"N": "1"}
    world.messages()
    world.wordpress.up = True
    world.clock.advance(minutes=600)
    assert world.sweep("blocked")["hinted"] == 1
    world.work()
    assert world.publication(town.second[0])["publish_state"] == "published"


@pytest.mark.parametrize("kind", ["BATCH", "IDS", "ITEM"])
def test_a_batch_that_cannot_be_read_stops_no_other(town: Town, kind: str) -> None:
    world = town.world
    first = begun(world, [town.second[0], town.third[0]])
    other = begun(world, [town.second[1], town.third[1]])
    tables: Any = world.services.tables
    rows = tables._rows["data"][f"A#{ACCOUNT}#B#{first}"]
    if kind == "ITEM":  # its worker died after the first of two items, and before it said so
        put_back = copy.deepcopy(rows)
        world.carry_on(world.messages("batch")[:1])
        (last,) = [key for key in rows if str(town.third[0]["id"]) in str(key)]
        del rows[last]
        (batch,) = [row for row in put_back.values() if row["sk"]["S"] == "BATCH"]
        key = DATA.key_of(batch)
        tables.commit([Write(name="b", operation=Operation.PUT, table=DATA, key=key, row=batch)])
    world.messages("batch")
    (spoilt,) = [row for row in rows.values() if row["sk"]["S"].startswith(kind)]
    for field in ("version", "absent", "result"):
        spoilt.pop(field, None)
    before = copy.deepcopy(spoilt)
    world.clock.advance(minutes=10)
    assert len(world.sweep("batch")["unreadable"]) == (kind == "BATCH")
    assert world.carry_on() == {"batchItemFailures": []}
    assert batch_of(world, other)["counts"] == {"queued": 2}
    assert without_times([spoilt]) == without_times([before])
    if kind == "ITEM":
        assert batch_of(world, first)["state"] == "done"
        assert world.publication(town.third[0])["publish_state"] == "queued"
