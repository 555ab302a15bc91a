"""The key tells whose site it is: who pairs need not name it."""

from typing import Any

import pytest

from tests.support.world import World

pytestmark = pytest.mark.rows("memory")

PATH = "/api/v1/integration/integrations/test-connection/"


def pair(world: World, key: str, **body: Any) -> Any:
    return world.call("POST", PATH, body, account=None, headers={"X-IGNY8-API-KEY": key})


def test_a_body_without_the_site_pairs_the_key_s_own(world: World) -> None:
    other, site = world.site(), world.site()
    key = world.key(site)["api_key"]
    answer = pair(world, key, site_url=site["url"], api_key=key)
    assert answer.status == 200, answer.body
    assert answer.data["site_id"] == site["id"]
    assert answer.data["connection_status"] == "connected"
    # Who names another is refused as before, and so is who names nothing by naming it.
    refused = pair(world, key, site_url=site["url"], site_id=other["id"])
    assert (refused.status, refused.code) == (404, "not_found")
    for nothing in (None, 0, "", str(site["id"])):
        assert pair(world, key, site_url=site["url"], site_id=nothing).status == 422


def test_the_key_of_another_site_does_not_pair_by_its_address(world: World) -> None:
    mine, other = world.site(), world.site()
    key = world.key(mine)["api_key"]
    url = f"https://other-{other['id']}.example.com"
    assert pair(world, key, site_url=url).status == 409
