"""What a site tells of its types: kept as it is told, bounded, beside what people chose."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from igny8.core.table import DATA, integration_partition
from igny8.structure.model import MOST_KINDS
from igny8.structure.service import LABEL_MAX, structure_of

from tests.contract.shape import example
from tests.support.aws_calls import intercepted, recorded_calls, stored_rows
from tests.support.meeting import Meeting
from tests.support.world import ACCOUNT, OTHER_ACCOUNT, Response, World, world_in_memory

INTEGRATIONS = "/api/v1/integration/integrations"
SEED: dict[str, Any] = example("update_structure_request")
MOST_BYTES = 262_144
ROW_BYTES = 400_000  # what DynamoDB keeps in one row


def push(
    world: World, site: dict[str, Any], body: Any = None, *, raw: str | None = None, to: Any = None
) -> Response:
    """The bridge of a site tells its structure."""
    path = f"{INTEGRATIONS}/{to or site['integration_id']}/update-structure/"
    headers = {"X-IGNY8-API-KEY": site["api_key"]}
    return world.call("POST", path, body, raw=raw, account=None, headers=headers)


def types(world: World, site: dict[str, Any], *, account: int = ACCOUNT) -> Any:
    path = f"{INTEGRATIONS}/{site['integration_id']}/content-types/"
    return world.call("GET", path, account=account).data


def choose(world: World, site: dict[str, Any], **groups: Any) -> Response:
    path = f"{INTEGRATIONS}/{site['integration_id']}/content-types/"
    return world.call("PATCH", path, groups)


def kind(**fields: Any) -> dict[str, Any]:
    return {"label": "Posts", "count": 1, "enabled": True, "fetch_limit": 100, **fields}


def of(**post_types: Any) -> dict[str, Any]:
    return {"post_types": post_types, "taxonomies": {}}


def test_what_is_told_is_stored_and_told_of(shared: World) -> None:
    site = shared.connected_site()
    answer = push(shared, site, SEED)
    assert answer.status == 200
    assert answer.data["last_structure_fetch"] == "2026-01-10T12:00:00.000Z"  # ours, not theirs
    known = types(shared, site)
    assert {n: k["count"] for n, k in known["post_types"].items()} == {
        "post": 123, "page": 12, "product": 456,
    }  # fmt: skip
    assert known["two_way_sync_enabled"] is True
    event = shared.events(site)[0]
    assert (event["action"], event["type"], event["actor"], event["channel"]) == (
        "structure_update", "sync", f"site:{site['id']}", "bridge",
    )  # fmt: skip
    assert event["details"] == {"post_types_count": 3, "taxonomies_count": 3}


def test_it_costs_the_key_and_one_transaction(shared: World) -> None:
    site = shared.connected_site()
    with recorded_calls() as calls:
        assert push(shared, site, SEED).status == 200
    assert calls == ["GetItem", "TransactWriteItems"]


def test_the_last_word_counts_whole(shared: World) -> None:
    site = shared.connected_site()
    push(shared, site, SEED)
    push(shared, site, {**of(post=kind(count=7)), "two_way_sync_enabled": False})
    known = types(shared, site)
    assert list(known["post_types"]) == ["post"]
    assert known["post_types"]["post"]["count"] == 7
    assert (known["taxonomies"], known["two_way_sync_enabled"]) == ({}, False)


def test_what_people_chose_survives_what_the_site_tells_again(shared: World) -> None:
    site = shared.connected_site()
    push(shared, site, SEED)
    chosen = choose(
        shared,
        site,
        post_types={"post": {"enabled": False}, "product": {"enabled": True, "fetch_limit": 7}},
        taxonomies={"category": {"fetch_limit": 3}},
    )
    assert chosen.status == 200
    again = json.loads(json.dumps(SEED))
    again["post_types"]["post"] |= {"count": 200, "enabled": True, "fetch_limit": 55}
    push(shared, site, again)
    known = types(shared, site)
    assert known["post_types"]["post"] == {
        "label": "Posts", "count": 200, "enabled": False, "fetch_limit": 55, "synced_count": 0,
        "last_synced_at": None,
    }  # fmt: skip
    product, category = known["post_types"]["product"], known["taxonomies"]["category"]
    assert (product["enabled"], product["fetch_limit"]) == (True, 7)
    assert (category["enabled"], category["fetch_limit"]) == (True, 3)
    assert known["post_types"]["page"]["enabled"] is True  # the site's own word


def test_a_choice_outlives_a_type_that_is_away_for_a_while(shared: World) -> None:
    site = shared.connected_site()
    push(shared, site, SEED)
    choose(shared, site, post_types={"product": {"fetch_limit": 7}})
    push(shared, site, of(post=kind()))
    assert "product" not in types(shared, site)["post_types"]
    push(shared, site, SEED)
    assert types(shared, site)["post_types"]["product"]["fetch_limit"] == 7


@pytest.mark.parametrize("account", [ACCOUNT, OTHER_ACCOUNT])
def test_another_sites_integration_is_not_found_and_stays_as_it_is(
    shared: World, account: int
) -> None:
    mine, theirs = shared.connected_site(), shared.connected_site(account=account)
    push(shared, theirs, SEED)
    before = stored_rows()
    foreign = push(shared, mine, of(post=kind()), to=theirs["integration_id"])
    absent = push(shared, mine, of(post=kind()), to=123_456_789)
    assert (foreign.status, foreign.code) == (absent.status, absent.code) == (404, "not_found")
    assert foreign.body == absent.body
    assert stored_rows() == before
    assert len(types(shared, theirs, account=account)["post_types"]) == 3


def test_of_an_integration_that_was_just_deleted_nothing_is_kept(shared: World) -> None:
    site = shared.connected_site()
    delete = f"/api/v1/sites/{site['id']}/"

    def meanwhile(operation: str, _parameters: Any, proceed: Any) -> Any:
        if operation == "TransactWriteItems" and deleted == []:
            deleted.append(True)
            assert shared.call("DELETE", delete).status == 200
        return proceed()

    deleted: list[bool] = []
    with intercepted(meanwhile):
        assert push(shared, site, SEED).code == "not_found"
    partition = integration_partition(ACCOUNT, site["integration_id"])
    rows = [row for row in stored_rows()["igny8-test-data"] if row["pk"]["S"] == partition]
    assert "TYPES#STRUCTURE" not in {row["sk"]["S"] for row in rows}


# --- Whatever a site says ------------------------------------------------------------------------

REFUSED: list[tuple[str, Any]] = [
    ("no object", []),
    ("types as a list", {"post_types": [], "taxonomies": {}}),
    ("a type as a list", of(post=[])),
    ("a type as a text", of(post="yes")),
    ("a name of 10 kB", of(**{"n" * 10_000: kind()})),
    ("an empty name", of(**{"": kind()})),
    ("counts as texts", of(post=kind(count="123"))),
    ("counts below nothing", of(post=kind(count=-1))),
    ("parts of a post", of(post=kind(count=1.5))),
    ("counts beyond what is exact", of(post=kind(count=2**53))),
    ("counts of 400 digits", of(post=kind(count=10**400))),
    ("true as a number", of(post=kind(count=True))),
    ("enabled by 1", of(post=kind(enabled=1))),
    ("a label as a number", of(post=kind(label=7))),
    ("without taxonomies", {"post_types": {}}),
    ("switches as texts", {**of(post=kind()), "two_way_sync_enabled": "yes"}),
]


@pytest.mark.parametrize("body", [one[1] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_what_is_no_structure_is_refused(shared: World, body: Any) -> None:
    site = shared.connected_site()
    before = stored_rows()
    answer = push(shared, site, body)
    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.body["error"]["fields"]
    assert stored_rows() == before


@pytest.mark.parametrize(
    "raw",
    [
        '{"post_types": {"post": {"count": NaN}}, "taxonomies": {}}',
        '{"post_types": {"post": {"count": Infinity}}, "taxonomies": {}}',
        '{"post_types": {"post": {"label": "\\ud800"}}, "taxonomies": {}}',
        '{"post_types": ' + '{"a":' * 20_000 + "1" + "}" * 20_000 + ', "taxonomies": {}}',
        '{"post_types": ' + "[" * 50_000,
        '{"post_types": {}, "taxonomies": {}, "timestamp": ' + "9" * 200_000 + "}",
    ],
    ids=["NaN", "Infinity", "half a pair", "deep", "deep and open", "a number of 200 kB"],
)
def test_what_is_no_json_is_refused(shared: World, raw: str) -> None:
    site = shared.connected_site()
    before = stored_rows()
    assert push(shared, site, raw=raw).status in {400, 422}
    assert stored_rows() == before


def test_a_body_above_256_kb_is_refused_and_one_below_is_read(shared: World) -> None:
    site = shared.connected_site()
    text = json.dumps(of(post=kind()))
    room = MOST_BYTES - len(text)
    assert push(shared, site, raw=text + " " * room).status == 200
    assert push(shared, site, raw=text + " " * (room + 1)).code == "too_large"
    assert push(shared, site, raw=text + " " * 1024).status == 200


def stored_row(world: World, site: dict[str, Any]) -> Any:
    key = DATA.key(integration_partition(ACCOUNT, site["integration_id"]), "TYPES#STRUCTURE")
    return world.services.tables.get(DATA, key)


def size_of(row: Any) -> int:
    return sum(len(name) + len(next(iter(value.values())).encode()) for name, value in row.items())


def test_of_a_thousand_types_the_first_are_kept(shared: World) -> None:
    """A shop with an attribute a taxonomy has hundreds: it must not fail with each push."""
    site = shared.connected_site()
    many = {f"pa_{number}": kind() for number in range(1000)}
    answer = push(shared, site, {"post_types": {"post": kind()}, "taxonomies": many})
    assert (answer.data["post_types_count"], answer.data["taxonomies_count"]) == (1, MOST_KINDS)
    assert list(types(shared, site)["taxonomies"])[-1] == f"pa_{MOST_KINDS - 1}"


def test_names_and_labels_are_kept_as_far_as_they_can_be_shown(shared: World) -> None:
    site = shared.connected_site()
    body = of(
        post=kind(label="Tea & <Coffee>\n\u0000" + "x" * 10_000),
        page=kind(label=None),
        film=kind(label="\u0007", fetch_limit=0),
        **{"a\nb": kind()},
    )
    assert push(shared, site, body).data["post_types_count"] == 3
    known = types(shared, site)["post_types"]
    assert known["post"]["label"].startswith("Tea & <Coffee> x")
    assert len(known["post"]["label"]) <= LABEL_MAX
    assert (known["page"]["label"], known["film"]["label"]) == ("page", "film")
    assert known["film"]["fetch_limit"] == 1


def test_the_worst_that_can_be_told_fits_into_a_row(shared: World) -> None:
    """Pulled answers are larger than a body; both are kept by the same rules."""
    smile, site = "\U0001f600", shared.connected_site()
    worst = {
        f"{number:04}{smile * 60}": kind(label=smile * 5000, count=10**15, fetch_limit=10**15)
        for number in range(1000)
    }
    told = {"post_types": worst, "taxonomies": worst}
    structure = structure_of(told, shared.clock.now())
    store = shared.services.structure_store
    shared.services.commit([store.told(ACCOUNT, site["integration_id"], structure)])
    assert 100_000 < size_of(stored_row(shared, site)) < ROW_BYTES
    assert len(types(shared, site)["post_types"]) == MOST_KINDS


# --- All at once ---------------------------------------------------------------------------------


class NoQueue:
    def send(self, *_: object, **__: object) -> None: ...


@pytest.fixture
def in_memory() -> Iterator[tuple[World, Meeting]]:
    with world_in_memory() as world:
        meeting = Meeting(world.services.tables.commit)
        world.services.commit = meeting.commit
        world.services.hints = NoQueue()  # type: ignore[assignment]
        for part in ("access", "pairing", "integrations", "sites", "structure"):
            getattr(world.services, part)  # made before the threads start
        yield world, meeting


def test_200_sites_at_once_are_all_stored(in_memory: tuple[World, Meeting]) -> None:
    world, meeting = in_memory
    world.checks_answers = False  # one validator is not for 200 threads
    sites = [world.connected_site() for _ in range(200)]

    def act(number: int) -> Any:
        return lambda: push(world, sites[number], of(post=kind(count=number)))

    answers = meeting.round([act(number) for number in range(200)])
    assert [answer.status for answer in answers] == [200] * 200
    counts = [types(world, site)["post_types"]["post"]["count"] for site in sites]
    assert counts == list(range(200))
    written: Any = world.services.tables
    partitions = {row["pk"]["S"] for row in written.rows(DATA) if "TYPES#" in row["sk"]["S"]}
    assert len(partitions) == 200, "no two sites share a partition"
