"""What people see and choose of a site's types, at what price, and how much of them is here."""

from collections.abc import Callable
from typing import Any

import pytest
from igny8.core.table import DATA
from igny8.structure.model import MOST_KINDS
from igny8.structure.service import FETCH_LIMIT_MAX

from tests.integration.test_structure import SEED, choose, kind, of, push, types
from tests.support.aws_calls import Overtaken, intercepted, stored_rows
from tests.support.capacity import spending
from tests.support.world import OTHER_ACCOUNT, World

INTEGRATIONS = "/api/v1/integration/integrations"


@pytest.fixture
def site(shared: World) -> Any:
    made = shared.connected_site()
    assert push(shared, made, SEED).status == 200
    return made


def test_before_a_site_has_told_anything_there_is_nothing(shared: World) -> None:
    assert types(shared, shared.connected_site()) == {
        "post_types": {}, "taxonomies": {}, "last_structure_fetch": None,
        "plugin_connection_enabled": True, "two_way_sync_enabled": False,
    }  # fmt: skip


def test_they_are_read_in_two_calls_whatever_there_is(shared: World, site: Any) -> None:
    with spending() as few:
        types(shared, site)
    assert few.calls == ["GetItem", "Query"]
    for number in range(25):
        content = shared.content(site, title=f"Article {number}")
        shared.publish(content)
    shared.work()
    with spending() as many:
        known = types(shared, site)
    assert known["post_types"]["post"]["count"] == 123
    assert many.calls == few.calls
    assert many.units == few.units
    assert many.rows <= few.rows + 1  # of a type one count, of however many posts


def test_what_is_not_chosen_is_the_sites_word(shared: World, site: Any) -> None:
    answer = choose(shared, site, post_types={"page": {"enabled": False}})
    assert answer.status == 200
    assert answer.data == types(shared, site)
    assert answer.data["post_types"]["page"]["enabled"] is False
    assert answer.data["post_types"]["page"]["fetch_limit"] == 100
    choose(shared, site, post_types={"page": {"fetch_limit": 5}})
    page = types(shared, site)["post_types"]["page"]
    assert (page["enabled"], page["fetch_limit"]) == (False, 5)
    assert choose(shared, site).data == types(shared, site)


def test_a_post_type_and_a_taxonomy_of_one_name_are_two(shared: World) -> None:
    site = shared.connected_site()
    push(shared, site, {"post_types": {"film": kind()}, "taxonomies": {"film": kind()}})
    choose(shared, site, post_types={"film": {"enabled": False}})
    known = types(shared, site)
    assert known["post_types"]["film"]["enabled"] is False
    assert known["taxonomies"]["film"]["enabled"] is True


def test_who_chose_is_told(shared: World, site: Any) -> None:
    choose(shared, site, post_types={"page": {"enabled": False}})
    event = shared.events(site)[0]
    assert (event["action"], event["actor"]) == ("integration_updated", "user:u1")
    assert event["details"] == {"types": ["post_types.page"], "count": 1}


@pytest.mark.parametrize(
    "groups",
    [
        {"post_types": {"unknown": {"enabled": True}}},
        {"taxonomies": {"post": {"enabled": True}}},
        {"post_types": {"post": {"enabled": 1}}},
        {"post_types": {"post": {"enabled": "true"}}},
        {"post_types": {"post": {"fetch_limit": 0}}},
        {"post_types": {"post": {"fetch_limit": FETCH_LIMIT_MAX + 1}}},
        {"post_types": {"post": {"fetch_limit": 10**400}}},
        {"post_types": {"post": {"fetch_limit": 1.5}}},
        {"post_types": {"post": {"count": 7}}},
        {"post_types": {"post": []}},
        {"post_types": []},
        {"post_types": {f"t{number}": {} for number in range(MOST_KINDS + 1)}},
        {"two_way_sync_enabled": True},
    ],
)
def test_what_cannot_be_chosen_is_refused_by_name(shared: World, site: Any, groups: Any) -> None:
    before = stored_rows()
    answer = choose(shared, site, **groups)
    assert (answer.status, answer.code) == (422, "invalid")
    (field, *_) = answer.body["error"]["fields"]
    assert field.split(".")[0] in groups
    assert stored_rows() == before


def test_of_two_who_choose_at_once_one_looks_again(shared: World, site: Any) -> None:
    overtaken = Overtaken(lambda: choose(shared, site, post_types={"post": {"fetch_limit": 1}}))
    with intercepted(overtaken):
        mine = choose(shared, site, post_types={"page": {"fetch_limit": 2}})
    assert (mine.code, overtaken.answer.status) == ("changed_meanwhile", 200)
    limits = {n: k["fetch_limit"] for n, k in types(shared, site)["post_types"].items()}
    assert (limits["post"], limits["page"]) == (1, 100)
    assert choose(shared, site, post_types={"page": {"fetch_limit": 2}}).status == 200


def test_what_the_site_tells_meanwhile_overtakes_no_choice(shared: World, site: Any) -> None:
    overtaken = Overtaken(lambda: push(shared, site, of(post=kind(count=9), page=kind())))
    with intercepted(overtaken):
        assert choose(shared, site, post_types={"page": {"fetch_limit": 2}}).status == 200
    known = types(shared, site)["post_types"]
    assert (known["post"]["count"], known["page"]["fetch_limit"]) == (9, 2)


def test_choices_of_what_is_gone_do_not_pile_up(shared: World) -> None:
    site = shared.connected_site()
    for start in range(0, 3 * MOST_KINDS, MOST_KINDS):
        names = [f"t{start + number}" for number in range(MOST_KINDS)]
        push(shared, site, of(**{name: kind() for name in names}))
        assert choose(shared, site, post_types={n: {"fetch_limit": 3} for n in names}).status == 200
    known, _ = shared.services.structure_store.get(4242, site["integration_id"])
    assert list(known.choices["post_types"]) == names


def test_nothing_is_chosen_for_an_integration_that_was_just_deleted(shared: World) -> None:
    site = shared.connected_site()
    push(shared, site, SEED)
    delete = f"/api/v1/sites/{site['id']}/"
    overtaken = Overtaken(lambda: shared.call("DELETE", delete))
    with intercepted(overtaken):
        answer = choose(shared, site, post_types={"page": {"fetch_limit": 2}})
    assert (answer.code, overtaken.answer.status) == ("changed_meanwhile", 200)
    assert not [row for row in stored_rows()["igny8-test-data"] if "CHOICES" in row["sk"]["S"]]


def test_another_accounts_types_are_not_there(shared: World) -> None:
    theirs = shared.connected_site(account=OTHER_ACCOUNT)
    push(shared, theirs, SEED)
    before = stored_rows()
    path = f"{INTEGRATIONS}/{theirs['integration_id']}/content-types/"
    calls: list[Callable[[], Any]] = [
        lambda: shared.call("GET", path),
        lambda: shared.call("PATCH", path, {"post_types": {"post": {"enabled": False}}}),
    ]
    for call in calls:
        assert call().code == "not_found"
    assert stored_rows() == before
    rows: Any = before["igny8-test-data"]
    assert [row for row in rows if DATA.key_of(row)["sk"]["S"] == "TYPES#STRUCTURE"]
