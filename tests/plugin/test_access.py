"""Who gets in: nobody before pairing, afterwards only the holder of the key."""

import pytest

from .conftest import Bridge, article

ROUTES = [
    ("POST", "publish"),
    ("POST", "publish-content/"),
    ("GET", "content/1"),
    ("GET", "status"),
    ("GET", "structure"),
    ("GET", "changes"),
    ("POST", "changes/ack"),
    ("GET", "posts"),
    ("POST", "key"),
    ("GET", ""),
]


def code(answer) -> str:
    body = answer.json()
    assert body["success"] is False
    return body["error"]["code"]


@pytest.mark.parametrize("stored", [None, "", "0", "igny8_live_short"])
def test_unpaired_bridge_answers_403_to_every_route_with_any_header(unpaired: Bridge, stored):
    unpaired.option(igny8_api_key=stored)
    headers = [
        unpaired.headers,
        {},
        {"X-IGNY8-API-KEY": ""},
        {"X-IGNY8-API-KEY": stored or "", "Authorization": f"Bearer {stored or ''}"},
    ]
    # Every route in both forms once, and every header with every value that may be stored.
    calls = [(*route, headers[number % 4]) for number, route in enumerate(ROUTES)]
    calls = calls if stored is None else [("GET", "status", shown) for shown in headers]
    for number, (method, route, shown) in enumerate(calls):
        pretty = f"{unpaired.site.url}/wp-json/igny8/v1/{route}"
        plain = f"{unpaired.site.url}/?rest_route=/igny8/v1/{route}"
        for url in [pretty, plain] if stored is None else [[pretty, plain][number % 2]]:
            answer = unpaired.call(method, route, url=url, headers=shown, json=article())
            assert (answer.status_code, code(answer)) == (403, "not_paired"), url


def test_unpaired_bridge_does_not_even_read_the_body(unpaired: Bridge):
    unpaired.option(igny8_api_key=None)
    answer = unpaired.call("POST", "publish", data="{broken", headers={
        **unpaired.headers, "Content-Type": "application/json"})  # fmt: skip
    assert (answer.status_code, code(answer)) == (403, "not_paired")


def test_right_key_gets_in_by_either_header(bridge: Bridge):
    for headers in (
        {"Authorization": f"Bearer {bridge.key}"},
        {"authorization": f"bearer  {bridge.key}"},
        {"X-IGNY8-API-KEY": bridge.key},
        {"X-IGNY8-API-KEY": bridge.key, "Authorization": "Bearer nonsense"},
    ):
        assert bridge.call("GET", "status", headers=headers).status_code == 200, headers
    plain = f"{bridge.site.url}/?rest_route=/igny8/v1/status"
    assert bridge.call("GET", "status", url=plain).status_code == 200


def test_anything_else_stays_out(bridge: Bridge):
    flipped = bridge.key[:-1] + ("a" if bridge.key[-1] != "a" else "b")
    for headers in (
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer "},
        {"Authorization": bridge.key},
        {"Authorization": f"Basic {bridge.key}"},
        {"Authorization": f"Bearer {bridge.key} x"},
        {"X-IGNY8-API-KEY": bridge.key[:-1]},
        {"X-IGNY8-API-KEY": bridge.key + "\u00a0".encode().decode("latin-1")},
        {"X-IGNY8-API-KEY": flipped},
        # A present but wrong first header is not rescued by the second.
        {"X-IGNY8-API-KEY": "wrong", "Authorization": f"Bearer {bridge.key}"},
        {"X-IGNY8-API-KEY": "", "Authorization": f"Bearer {bridge.key}"},
    ):
        answer = bridge.call("GET", "status", headers=headers)
        assert (answer.status_code, code(answer)) == (401, "invalid_api_key"), headers
        assert bridge.key not in answer.text


def test_answers_behind_a_login_wall_for_its_own_namespace_alone(bridge: Bridge):
    bridge.option(test_login_wall=1)
    assert bridge.call("GET", "status").status_code == 200
    assert bridge.call("GET", "status", headers={}).json()["error"]["code"] == "invalid_api_key"
    core = bridge.call("GET", "", url=f"{bridge.site.url}/wp-json/wp/v2/posts")
    assert (core.status_code, core.json()["code"]) == (401, "rest_not_logged_in")


def test_answers_are_never_cached(bridge: Bridge):
    for answer in (bridge.call("GET", "status"), bridge.call("GET", "content/999999")):
        assert "no-store" in answer.headers["Cache-Control"]


def test_other_plugins_output_does_no_harm(bridge: Bridge):
    bridge.option(test_noise=1)
    answer = bridge.publish()
    # WordPress loads the noisy plugin before ours, so its first words may be out already.
    assert answer.status_code in {200, 201}
    assert answer.text.endswith("}")
    assert "printed in" not in answer.text


def test_status_tells_what_this_site_is_and_no_secret(bridge: Bridge):
    answer = bridge.call("GET", "status")
    data = answer.json()["data"]
    assert data["bridge"]["version"] == "2.1.0"
    assert data["wordpress"] == bridge.site.version
    assert data["php"] == bridge.site.php_version
    assert data["permalinks"] == {"pretty": True, "structure": "/%postname%/"}
    assert data["limits"]["html_max_bytes"] == 2 * 1024 * 1024
    assert data["site"]["environment"] == "local"
    assert bridge.key not in answer.text


def test_visitors_pages_cost_no_query(bridge: Bridge):
    """As many queries as without the bridge, on the front page and on a post of ours."""
    addresses = [bridge.site.url, bridge.published()["post_url"]]
    counted = {}
    for off in ("1", "0"):
        bridge.option(test_count_queries=1, test_bridge_off=off)
        pages = [bridge.http.get(address, timeout=60) for address in addresses for _ in range(2)]
        assert {page.status_code for page in pages} == {200}
        counted[off] = [page.headers["X-Test-Queries"] for page in pages]
    bridge.option(test_count_queries=None, test_bridge_off=None)
    assert counted["0"] == counted["1"]
    assert "0" not in counted["0"]
