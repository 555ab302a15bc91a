"""Downloads of the bridge: which version, from whose share, and how they are counted."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from igny8.distribution.model import SLUG, State

from tests.integration.test_installations import FACTS, counted, kept
from tests.support.releases import a_release, asked, changed, released
from tests.support.world import World

pytestmark = pytest.mark.rows("memory")

ADDRESS = "198.51.100.7"
DAY = 20_463


def fetched(world: World, query: str = "", *, method: str = "GET", **how: Any) -> Any:
    how.setdefault("address", ADDRESS)
    return asked(world, f"download{'?' if query else ''}{query}", method=method, **how)


def package(world: World, site: Any, installed: str = "2.0.0") -> str:
    """The query of the address that the site is given."""
    answer = asked(world, "check-update", {"installed_version": installed}, key=site["api_key"])
    return str(urlsplit(answer.data["package"]).query)


def downloads(world: World) -> dict[str, Any]:
    """All that was counted: by version, by country, and by reason."""
    found: dict[str, Any] = {}
    for one in world.services.tally_store.downloads(SLUG, DAY - 100):
        for name, number in (
            (one.version, one.number), *one.countries.items(), *one.failed.items(),
        ):  # fmt: skip
            found[name] = found.get(name, 0) + number
    return {name: number for name, number in found.items() if number}


def test_a_download_is_a_link_that_is_good_for_a_moment(world: World) -> None:
    release = a_release("2.0.1")
    released(world, release)
    for query in ("", "version=2.0.1"):
        answer = fetched(world, query, headers={"CloudFront-Viewer-Country": "DE"})
        assert (answer.status, answer.body) == (302, None)
        assert answer.headers["Location"] == (
            f"https://zips.example/{release.object_key}?as=igny8-wp-bridge.2.0.1.zip"
        )
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert downloads(world) == {"2.0.1": 2, "DE": 2}


def test_who_looks_at_a_download_hears_what_it_is(world: World) -> None:
    release = a_release("2.0.1")
    released(world, release)
    answer = fetched(world, "version=2.0.1", method="HEAD")
    assert (answer.status, answer.body) == (200, None)
    assert answer.headers["Content-Length"] == str(release.size)
    assert answer.headers["ETag"] == f'"{release.sha256}"'
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "Location" not in answer.headers
    assert downloads(world) == {}
    assert fetched(world, "version=9.9.9", method="HEAD").status == 404


def test_what_was_offered_twenty_days_ago_is_what_is_fetched(world: World) -> None:
    released(world, "2.0.1")
    site = world.connected_site()
    offer = package(world, site)
    world.clock.advance(days=20)
    released(world, "2.0.2", "3.0.0")
    answer = fetched(world, offer)
    assert answer.status == 302
    assert "2.0.1" in answer.headers["Location"]
    assert "2.0.2" in package(world, site) or "3.0.0" in package(world, site)
    world.clock.advance(days=20)
    assert fetched(world, offer).status == 302, "its token is over, and so is only its own share"


def test_a_yanked_version_is_gone(world: World) -> None:
    released(world, "2.0.0", "2.0.1")
    site = world.connected_site()
    offer = package(world, site)
    changed(world, "2.0.1", state=State.YANKED)
    for method in ("GET", "HEAD"):
        assert fetched(world, offer, method=method).status == 410
    assert fetched(world, offer).code == "yanked"
    assert "2.0.0" in fetched(world).headers["Location"]
    assert downloads(world) == {"2.0.0": 1, "yanked": 3}


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.DEVELOPMENT, 404), (State.BETA, 302), (State.RELEASED, 302),
        (State.DEPRECATED, 302), (State.YANKED, 410),
    ],
)  # fmt: skip
def test_what_can_be_fetched_by_name(world: World, state: State, status: int) -> None:
    released(world, a_release("2.0.1", state=state))
    assert fetched(world, "version=2.0.1").status == status


ODD = [
    "version=v2.0.1", "version=2.0", "version=9.9.9", "version=../2.0.1", "version=",
    "version=2.0.1\ufffd", "version= 2.0.1", "version=2.0.1\n", "version=2.0.1\0",
    "version=" + "9" * 5_000, "version=2.0.1-hotfix", "version=2.0.1%00", "version=02.0.1",
]  # fmt: skip


@pytest.mark.parametrize("query", ODD)
def test_what_is_no_version_is_not_there(world: World, query: str) -> None:
    released(world, "2.0.1")
    assert fetched(world, query).status == 404
    assert downloads(world) == {"unknown": 1}


@pytest.mark.parametrize(
    "token", ["", "x", "v1.1.2.3.4", "v1." + "9" * 5_000, "v1.1.1.99999999999.%00", "[]"]
)
def test_an_odd_token_is_none(world: World, token: str) -> None:
    released(world, "2.0.1")
    assert fetched(world, f"version=2.0.1&t={token}&t[]=x&version[]=9").status == 302


def test_an_address_has_thirty_downloads_an_hour_whatever_headers_it_sends(world: World) -> None:
    released(world, "2.0.1")
    statuses = [
        fetched(world, headers={"X-Forwarded-For": f"203.0.113.{number}"}).status
        for number in range(33)
    ]
    assert statuses == [302] * 30 + [429] * 3
    refused = fetched(world, method="HEAD")
    assert refused.status == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 3_600
    assert downloads(world) == {"2.0.1": 30, "throttled": 1}, "once for each who is over"
    world.clock.advance(hours=1)
    assert fetched(world).status == 302


def test_a_site_has_ten_and_hundreds_of_them_share_an_address(world: World) -> None:
    released(world, "2.0.1")
    site = world.connected_site()
    offer = package(world, site)
    assert [fetched(world, offer).status for _ in range(12)] == [302] * 10 + [429] * 2
    others = [package(world, world.connected_site()) for _ in range(500)]
    assert {fetched(world, other).status for other in others} == {302}
    assert fetched(world).status == 302
    forged = offer.replace("t=v1.4242.", "t=v1.4243.")
    assert fetched(world, forged).status == 302, "from the share of its address"


def test_a_site_that_fetched_a_version_is_expected_with_it(world: World) -> None:
    released(world, "2.0.0", "2.0.1")
    site, stranger = world.connected_site(), world.connected_site()
    asked(world, "health-check", FACTS, key=site["api_key"])
    assert fetched(world, package(world, site)).status == 302
    assert counted(world) == {("2.0.1", "taken"): 1}
    assert kept(world, site).report.version == "2.0.0"
    assert fetched(world, package(world, site)).status == 302
    assert counted(world) == {("2.0.1", "taken"): 1}
    assert fetched(world, package(world, stranger)).status == 302
    assert counted(world) == {("2.0.1", "taken"): 1}, "who was never heard is not missed"
    facts = {**FACTS, "plugin_version": "2.0.1"}
    asked(world, "register", facts, key=site["api_key"])
    assert counted(world) == {("2.0.1", "told"): 1}
    assert fetched(world, package(world, site, "2.0.1")).status == 302
    assert counted(world) == {("2.0.1", "told"): 1}, "it has that already"


def test_a_site_that_still_has_the_old_version_is_counted_there_again(world: World) -> None:
    released(world, "2.0.0", "2.0.1")
    site = world.connected_site()
    asked(world, "health-check", FACTS, key=site["api_key"])
    fetched(world, package(world, site))
    world.clock.advance(hours=7)
    asked(world, "check-update", {"installed_version": "2.0.0"}, key=site["api_key"])
    assert counted(world) == {("2.0.0", "told"): 1}


def test_who_switched_the_bridge_off_is_not_waited_for(world: World) -> None:
    """Its ZIP is fetched by a person, who may keep it for later: nobody falls silent by that."""
    released(world, "2.0.0", "2.0.1")
    site = world.connected_site()
    asked(world, "health-check", FACTS, key=site["api_key"])
    link = package(world, site)
    asked(world, "health-check", {**FACTS, "status": "inactive"}, key=site["api_key"])
    assert fetched(world, link).status == 302
    assert counted(world) == {}
    facts = {**FACTS, "plugin_version": "2.0.1"}
    asked(world, "register", facts, key=site["api_key"])
    assert counted(world) == {("2.0.1", "told"): 1}


def test_people_get_a_link_that_installs(world: World) -> None:
    released(world, "2.0.1", a_release("2.1.0", rollout_percent=0))
    site = world.connected_site()
    path = f"/api/plugins/{SLUG}/install-link/"
    answer = world.call("POST", path, {"site_id": site["id"]})
    assert (answer.status, answer.data["version"]) == (200, "2.0.1")
    assert answer.data["expires_at"] == "2026-02-09T12:00:00.000Z"
    query = urlsplit(answer.data["url"]).query
    assert parse_qs(query).keys() == {"version", "t"}
    assert fetched(world, query).status == 302
    assert world.call("POST", path, {"site_id": site["id"]}, account=7777).status == 404
    assert world.call("POST", path, {"site_id": 1}).status == 404
    assert world.call("POST", path, {"site_id": site["id"]}, account=None).status == 401
    bare = world.site()
    assert world.call("POST", path, {"site_id": bare["id"]}).code == "no_integration"
    other = f"/api/plugins/{SLUG[1:]}/install-link/"
    assert world.call("POST", other, {"site_id": site["id"]}).status == 404
