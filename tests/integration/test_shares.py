"""What one account or one address takes too much of is still there for the others."""

from collections import Counter
from contextlib import suppress

import pytest
from igny8.core.errors import Throttled, Unavailable
from igny8.core.keys import generate_key
from igny8.core.table import DynamoTables
from igny8.limits.service import Share
from igny8.limits.store import CounterStore

from tests.support.aws_calls import recorded_calls
from tests.support.world import ACCOUNT, Response, World, running_world

OTHER = ACCOUNT + 1
SITES = "/api/v1/sites/"
ADDRESS, ELSEWHERE = "198.51.100.7", "198.51.100.8"


def listed(world: World, account: int = ACCOUNT) -> Response:
    return world.call("GET", SITES, account=account)


def shown(world: World, key: str, address: str = ADDRESS) -> Response:
    """A call of a bridge that gets as far as its key."""
    path = "/api/v1/integration/integrations/test-connection/"
    headers = {"X-IGNY8-API-KEY": key}
    return world.call("POST", path, {}, account=None, headers=headers, address=address)


def a_wrong_key() -> str:
    return generate_key("test")


def forget(world: World) -> None:
    """Go on in a process that has counted nothing yet."""
    for name in ("account_calls", "wrong_keys"):
        world.services.__dict__.pop(name, None)


def test_an_account_above_its_share_is_refused_alone_until_the_minute_ends() -> None:
    with running_world(account_limit=3) as world:
        world.clock.advance(seconds=15)
        assert [listed(world).status for _ in range(5)] == [200, 200, 200, 429, 429]
        refused = listed(world)
        assert refused.code == "throttled"
        assert refused.headers["Retry-After"] == str(60 - world.clock.now().second)
        assert listed(world, OTHER).status == 200
        world.clock.advance(seconds=int(refused.headers["Retry-After"]))
        assert listed(world).status == 200


def test_all_processes_together_let_one_account_through_no_further() -> None:
    with running_world(account_limit=6) as world:
        statuses = Counter[int]()
        for _ in range(5):
            forget(world)
            statuses.update(listed(world).status for _ in range(3))
        assert statuses == {200: 6, 429: 9}


@pytest.mark.parametrize("limit", [1_200])
def test_counting_costs_a_call_in_sixty_and_refusing_none(limit: int) -> None:
    with running_world(account_limit=limit) as world:
        with recorded_calls() as calls:
            assert {listed(world).status for _ in range(60)} == {200}
        assert Counter(calls) == {"Query": 60, "UpdateItem": 1}
        while listed(world).status == 200:
            pass
        with recorded_calls() as calls:
            assert {listed(world).status for _ in range(60)} == {429}
        assert calls == []


def test_who_cannot_be_counted_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    def out(*_arguments: object) -> None:
        raise Unavailable("dynamodb")

    with running_world(account_limit=1) as limited:
        assert [listed(limited).status for _ in range(2)] == [200, 429]
        forget(limited)
        limited.clock.advance(minutes=1)
        monkeypatch.setattr(DynamoTables, "commit", out)
        assert [listed(limited).status for _ in range(3)] == [200, 200, 200]


def test_an_address_with_wrong_keys_is_refused_before_they_are_looked_up() -> None:
    with running_world(wrong_keys_limit=3) as world:
        statuses = [shown(world, a_wrong_key()).status for _ in range(5)]
        assert statuses == [401, 401, 401, 429, 429]
        with recorded_calls() as calls:
            refused = shown(world, a_wrong_key())
        assert (refused.code, calls) == ("throttled", [])
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert shown(world, a_wrong_key(), ELSEWHERE).status == 401
        assert shown(world, a_wrong_key(), "").status == 401, "not through a gateway"
        world.clock.advance(minutes=1)
        assert shown(world, a_wrong_key()).status == 401


def test_the_neighbours_of_a_site_with_a_wrong_key_are_heard_all_the_same() -> None:
    """They share an address, as sites of one host do."""
    with running_world(wrong_keys_limit=3) as world:
        site = world.connected_site()
        assert shown(world, site["api_key"]).status == 422
        assert {shown(world, a_wrong_key()).status for _ in range(9)} == {401, 429}
        assert shown(world, site["api_key"]).status == 422
        revoked = world.call(
            "POST", "/api/v1/integration/integrations/revoke-api-key/", {"site_id": site["id"]}
        )
        assert revoked.status == 200
        assert shown(world, site["api_key"]).status == 429


def test_an_address_of_version_six_is_its_network() -> None:
    with running_world(wrong_keys_limit=3) as world:
        statuses = {shown(world, a_wrong_key(), f"2001:db8::{n:x}").status for n in range(9)}
        assert statuses == {401, 429}
        assert shown(world, a_wrong_key(), "2001:db8:0:1::1").status == 401


def test_right_keys_cost_no_call_more(world: World) -> None:
    site = world.connected_site()
    with recorded_calls() as calls:
        assert shown(world, site["api_key"]).status == 422
    assert calls == ["GetItem"]
    mistyped = site["api_key"][:-1] + ("a" if site["api_key"][-1] != "a" else "b")
    with recorded_calls() as calls:
        assert shown(world, mistyped).status == 401
    assert calls == []


def test_what_is_counted_goes_by_itself() -> None:
    with running_world(account_limit=1, wrong_keys_limit=1) as limited:
        listed(limited)
        shown(limited, a_wrong_key())
        now = int(limited.clock.now().timestamp())
        rows = [
            row
            for row in limited.services.tables._client.scan(TableName="igny8-test-data")["Items"]  # type: ignore[attr-defined]
            if "taken" in row
        ]
        assert sorted(row["pk"]["S"] for row in rows) == [f"A#{ACCOUNT}", f"ADDRESS#{ADDRESS}"]
        assert all(now < int(row["expires_at"]["N"]) < now + 7_200 for row in rows)


def of_an_hour(world: World, limit: int) -> Share:
    return Share(
        store=CounterStore(world.services.tables), clock=world.clock, what="ASKED", limit=limit,
        partition=str, seconds=3_600,
    )  # fmt: skip


def taken(share: Share, times: int, caller: str = "somebody") -> int:
    """How many of so many calls are let through."""
    through = 0
    for _ in range(times):
        with suppress(Throttled):
            share.take(caller)
            through += 1
    return through


@pytest.mark.parametrize("limit", [10, 30, 60, 300])
def test_one_process_lets_through_what_an_hour_has_and_no_more(world: World, limit: int) -> None:
    share = of_an_hour(world, limit)
    assert taken(share, limit + 30) == limit
    assert taken(share, 1, "another") == 1
    assert taken(of_an_hour(world, limit), limit) < max(2, limit // 20)
    world.clock.advance(minutes=59 - world.clock.now().minute)
    with pytest.raises(Throttled) as refused:
        share.take("somebody")
    assert refused.value.retry_after == 60 - world.clock.now().second
    world.clock.advance(minutes=1)
    assert taken(share, limit + 30) == limit
