"""What a site is answered that asks for an update, whoever it is and whatever it sends."""

import json
from typing import Any

import pytest
from igny8.distribution.model import Advisory, State
from igny8.distribution.tokens import Holder

from tests.support.releases import a_release, asked, changed, released
from tests.support.world import ACCOUNT, World

pytestmark = pytest.mark.rows("memory")

CHECK = "check-update"
ADDRESS = "198.51.100.7"


def told(world: World, body: Any = None, **how: Any) -> Any:
    answer = asked(world, CHECK, body, **how)
    assert answer.status == 200, answer.body
    return answer.data


def test_an_update_is_offered_with_all_that_wordpress_reads(world: World) -> None:
    release = a_release("2.0.1", upgrade_notice="Publishes faster.", tested="6.9")
    released(world, "2.0.0", release)
    data = told(world, {"installed_version": "2.0.0", "wp_version": "6.8", "php_version": "8.2"})
    assert data == {
        "slug": "igny8-wp-bridge",
        "plugin": "igny8-wp-bridge/igny8-wp-bridge.php",
        "id": "https://api.example.com/plugins/igny8-wp-bridge",
        "version": "2.0.1",
        "new_version": "2.0.1",
        "url": "https://igny8.com/wordpress",
        "package": "https://api.example.com/api/plugins/igny8-wp-bridge/download/?version=2.0.1",
        "tested": "6.9",
        "requires": release.requires,
        "requires_php": release.requires_php,
        "requires_plugins": [],
        "icons": {},
        "banners": {},
        "banners_rtl": {},
        "upgrade_notice": "Publishes faster.",
        "autoupdate": False,
        "update_available": True,
        "sha256": release.sha256,
        "size": release.size,
        "signature": release.signature,
        "key_id": release.key_id,
        "signed_manifest": release.manifest,
        "released_at": release.released_at,
        "min_from_version": None,
        "channel": "stable",
        "installed_version": "2.0.0",
        "installed_version_status": "ok",
        "advisory": None,
    }
    assert json.loads(data["signed_manifest"])["version"] == data["version"]


def test_who_has_the_newest_gets_the_same_fields_and_nothing_newer(world: World) -> None:
    released(world, "2.0.1", "2.0.0")
    newer = told(world, {"installed_version": "2.0.0"})
    current = told(world, {"installed_version": "2.0.1"})
    assert current.keys() == newer.keys()
    assert (current["version"], current["update_available"]) == ("2.0.1", False)
    assert current["package"] == newer["package"]


def test_who_has_more_than_there_is_is_offered_nothing_to_fetch(world: World) -> None:
    released(world, "2.0.1")
    for installed in ("2.1.0", "2.1.0-beta.3", "9.9.9"):
        data = told(world, {"installed_version": installed})
        assert (data["version"], data["new_version"]) == (installed, installed)
        assert (data["package"], data["sha256"], data["signed_manifest"]) == ("", "", "")
        assert data["update_available"] is False
        assert data["installed_version_status"] == "unknown"


def test_without_any_release_there_is_nothing(world: World) -> None:
    data = told(world, {"installed_version": "2.0.0"})
    assert (data["version"], data["package"], data["update_available"]) == ("2.0.0", "", False)
    assert asked(world, "info", method="GET").status == 404


def test_a_yanked_or_vulnerable_version_says_so_to_who_has_it(world: World) -> None:
    released(world, "2.0.0", "2.0.1", "2.0.2")
    advisory = Advisory(severity="high", summary="Lets anybody in", url="https://example.com/a")
    changed(world, "2.0.0", advisory=advisory)
    changed(world, "2.0.2", state=State.YANKED)
    data = told(world, {"installed_version": "2.0.2"})
    assert (data["installed_version_status"], data["version"], data["package"]) == (
        "yanked", "2.0.2", "",
    )  # fmt: skip
    data = told(world, {"installed_version": "2.0.0"})
    assert (data["installed_version_status"], data["version"]) == ("vulnerable", "2.0.1")
    assert data["advisory"] == {
        "severity": "high", "summary": "Lets anybody in", "url": "https://example.com/a",
    }  # fmt: skip


def test_a_site_that_shows_its_key_gets_betas_and_its_share_of_a_rollout(world: World) -> None:
    sites = [world.connected_site() for _ in range(12)]
    released(world, "2.0.1", a_release("2.0.2", rollout_percent=50), "2.1.0-beta.1")
    ask = {"installed_version": "2.0.0"}
    assert told(world, ask)["version"] == "2.0.1"
    assert told(world, {**ask, "channel": "beta"})["version"] == "2.0.1", "not known, so no betas"
    versions = {told(world, ask, key=site["api_key"])["version"] for site in sites}
    assert versions == {"2.0.1", "2.0.2"}
    for site in sites:
        key = site["api_key"]
        beta = told(world, {**ask, "channel": "beta"}, key=key)
        assert (beta["version"], beta["channel"]) == ("2.1.0-beta.1", "beta")
        token = beta["package"].partition("&t=")[2]
        holder = world.services.site_tokens.read("igny8-wp-bridge", token)
        assert holder == Holder(ACCOUNT, site["integration_id"])
        left = told(world, {"installed_version": "2.1.0-beta.1", "channel": "stable"}, key=key)
        assert (left["version"], left["update_available"]) == ("2.1.0-beta.1", False)


def test_a_key_that_is_wrong_is_like_none(world: World) -> None:
    site = world.connected_site()
    released(world, "2.0.1")
    key = site["api_key"]
    revoke = "/api/v1/integration/integrations/revoke-api-key/"
    assert "&t=" in told(world, {}, key=key)["package"]
    assert world.call("POST", revoke, {"site_id": site["id"]}).status == 200
    for wrong in (key, "nonsense", f"{key}x", "é"):
        assert "&t=" not in told(world, {}, key=wrong)["package"]


def test_get_asks_the_same(world: World) -> None:
    released(world, "2.0.1", a_release("3.0.0", requires="6.8"))
    asks = "check-update?installed_version=2.0.0&wp_version=6.7&php_version=8.2"
    answer = asked(world, asks, method="GET")
    assert answer.data["version"] == "2.0.1"
    agent = {"User-Agent": "WordPress/6.7.2; https://example.com"}
    assert asked(world, CHECK, method="GET", headers=agent).data["version"] == "2.0.1"
    agent = {"User-Agent": "WordPress/6.8; https://example.com"}
    assert asked(world, CHECK, method="GET", headers=agent).data["version"] == "3.0.0"
    assert answer.headers["Cache-Control"] == "no-store"


ODD = [
    {"installed_version": "9" * 5_000},
    {"installed_version": "1." * 4_000},
    {"installed_version": "9" * 63 + ".1", "wp_version": "9" * 5_000, "php_version": "-" * 99},
    {"installed_version": ["2.0.0"], "channel": ["beta"], "wp_version": {"a": 1}},
    {"installed_version": None, "channel": 7, "is_multisite": "yes", "wp_version": True},
    {"channel": "nightly", "wp_version": "6.8-alpha-59000", "php_version": "8.2.12-1+deb12"},
    {"installed_version": "v2.0.0 \u0000\u202e<script>", "locale": "x" * 5_000},
    {"installed_version": "#", "wp_version": "##N##", "php_version": "..-+_"},
]


@pytest.mark.parametrize("body", ODD)
def test_odd_questions_are_answered(world: World, body: Any) -> None:
    released(world, "2.0.1")
    key = world.connected_site()["api_key"]
    for how in ({}, {"key": key}):
        data = told(world, body, **how)
        assert len(data["installed_version"]) <= 64
        assert data["version"] in {"2.0.1", data["installed_version"]}


@pytest.mark.parametrize(
    "query",
    [
        "channel[]=beta&wp_version[]=6.8&installed_version=2.0.0",
        "installed_version=" + "9" * 5_000,
        "installed_version=%00&channel=%F0%9F%92%A9&surprise=1",
        "wp_version=6.8-alpha-59000&php_version=8.2.12-1+deb12&channel=nightly",
    ],
)
def test_odd_queries_are_answered(world: World, query: str) -> None:
    released(world, "2.0.1")
    assert asked(world, f"{CHECK}?{query}", method="GET").status == 200


@pytest.mark.parametrize(
    ("raw", "status"), [("", 200), ("[]", 422), ("{", 400), ('"x"', 422), ('{"a": 1e999}', 200)]
)
def test_odd_bodies_are_refused_by_what_they_are(world: World, raw: str, status: int) -> None:
    assert asked(world, CHECK, raw=raw).status == status


def test_another_plugin_is_not_there(world: World) -> None:
    released(world, "2.0.1")
    for slug in ("akismet", "IGNY8-WP-BRIDGE", "%2e%2e", "7"):
        for method, what in (("POST", CHECK), ("GET", CHECK), ("GET", "info")):
            assert asked(world, what, method=method, slug=slug).status == 404


def test_a_site_has_sixty_checks_an_hour_and_its_neighbours_theirs(world: World) -> None:
    released(world, "2.0.1")
    one, other = (world.connected_site()["api_key"] for _ in range(2))
    statuses = [asked(world, CHECK, key=one, address=ADDRESS).status for _ in range(62)]
    assert statuses == [200] * 60 + [429] * 2
    refused = asked(world, CHECK, key=one, address="203.0.113.9")
    assert refused.code == "throttled"
    assert 0 < int(refused.headers["Retry-After"]) <= 3_600
    assert asked(world, CHECK, key=other, address=ADDRESS).status == 200
    assert asked(world, CHECK, address=ADDRESS).status == 200, "its address has a share of its own"
    world.clock.advance(hours=1)
    assert asked(world, CHECK, key=one, address=ADDRESS).status == 200


def test_an_address_has_three_hundred_whatever_headers_it_sends(world: World) -> None:
    released(world, "2.0.1")
    through = 0
    for number in range(320):
        spoofed = {
            "X-Forwarded-For": f"203.0.113.{number % 250}", "X-Real-IP": f"10.0.0.{number % 250}",
            "Forwarded": f"for=192.0.2.{number % 250}",
        }  # fmt: skip
        answer = asked(world, CHECK, headers=spoofed, address=ADDRESS)
        through += answer.status == 200
    assert through == 300
    assert asked(world, CHECK, address="198.51.100.8").status == 200


def test_five_hundred_sites_behind_one_address_are_all_answered(world: World) -> None:
    released(world, "2.0.1")
    keys = [world.connected_site()["api_key"] for _ in range(500)]
    for _ in range(2):
        assert {asked(world, CHECK, key=key, address=ADDRESS).status for key in keys} == {200}


def test_info_feeds_the_details_window(world: World) -> None:
    release = a_release("2.0.1")
    released(world, release, a_release("2.0.2", rollout_percent=5), "2.1.0-beta.1")
    answer = asked(world, "info", method="GET")
    data = answer.data
    assert data["name"] == "IGNY8 WP Bridge"
    assert (data["slug"], data["version"]) == ("igny8-wp-bridge", "2.0.1")
    assert data["sections"] == dict(release.sections)
    assert data["download_link"].endswith("/igny8-wp-bridge/download/?version=2.0.1")
    assert data["author"] == '<a href="https://igny8.com">IGNY8</a>'
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    mark = answer.headers["ETag"]
    assert asked(world, "info", method="GET", headers={"If-None-Match": mark}).status == 304
    assert asked(world, "info?version=2.0.2", method="GET").data["version"] == "2.0.2"
    for odd in ("9.9.9", "v2.0.1", "9" * 5_000, "..", ""):
        assert asked(world, f"info?version={odd}", method="GET").status == 404
    changed(world, "2.0.1", state=State.YANKED)
    assert asked(world, "info?version=2.0.1", method="GET").status == 404
    assert asked(world, "info", method="GET").status == 404
