"""Another address with the same key: nothing is written or sent until a person says what it is."""

import re
from collections.abc import Iterator

import pytest
import requests

from .conftest import SITE_ID, Bridge, article
from .inbox import Inbox, running_inbox, set_options

QUIET = "add_filter( 'igny8_send_after_response', '__return_false' );"
GUARD = "Igny8\\Bridge\\Connection\\CloneGuard"


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    with running_inbox() as running:
        yield running


@pytest.fixture
def paired(bridge: Bridge, inbox: Inbox) -> Iterator[Bridge]:
    inbox.reset()
    set_options(bridge, igny8_api_key=bridge.key, igny8_connection=None, igny8_outbox_state=None)
    bridge.php(
        f"{QUIET} ( new Igny8\\Bridge\\Outbox\\Store() )->start_over();"
        f" Igny8\\Bridge\\Connection\\Pairing::connect( '{inbox.url}', '{bridge.key}', {SITE_ID} );"
        " Igny8\\Bridge\\Jobs\\Runner::run(); return 1;"
    )
    inbox.calls.clear()
    yield bridge
    set_options(bridge, igny8_home="", igny8_connection=None)


def become_a_copy(bridge: Bridge) -> None:
    """As if the database had been copied here from elsewhere, every address in it replaced."""
    bridge.php("update_option( 'igny8_home', strrev( 'example.com/shop' ) ); return 1;")


def run_jobs(bridge: Bridge) -> None:
    bridge.php(f"{QUIET} do_action( 'igny8_jobs' ); do_action( 'igny8_daily' ); return 1;")


def test_the_address_is_kept_where_search_and_replace_does_not_find_it(paired: Bridge):
    host = paired.site.url.removeprefix("http://")
    stored = paired.php("return get_option( 'igny8_home' );")
    assert stored == host[::-1]
    assert paired.php(f"return {GUARD}::connected_url();") == host


@pytest.mark.parametrize(
    ("url", "changed"),
    [
        ("https://www.EXAMPLE.com/", False),
        ("http://example.com", False),
        ("https://staging.example.com", True),
        ("https://example.com/staging", True),
        ("https://example.com:8443", True),
    ],
)
def test_scheme_and_www_do_not_matter(paired: Bridge, url: str, changed: bool):
    seen = paired.php(
        "update_option( 'igny8_home', strrev( 'example.com' ) );"
        f" add_filter( 'option_home', static function () {{ return '{url}'; }}, 99 );"
        f" return {GUARD}::site_url_changed();"
    )
    assert seen is changed


def test_a_language_in_home_url_makes_no_copy(paired: Bridge):
    assert (
        paired.php(
            "add_filter( 'home_url', static function ( $u ) { return $u . '/de'; } );"
            f" return {GUARD}::site_url_changed();"
        )
        is False
    )


def test_a_copy_writes_and_sends_nothing(paired: Bridge, inbox: Inbox):
    data = paired.published()
    become_a_copy(paired)
    before = paired.counts()
    for route, body in (
        ("publish", article()),
        ("publish-content", article()),
        ("publish", article(content_id=data["content_id"], rev=2)),
        ("key", {"api_key": paired.key}),
        ("changes/ack", {}),
    ):
        answer = paired.call("POST", route, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "site_url_changed")
        assert answer.json()["data"]["connected_url"] == "example.com/shop"
    assert paired.counts() == before
    inbox.calls.clear()
    paired.php(
        f"wp_update_post( array( 'ID' => {data['post_id']}, 'post_title' => 'On a copy' ) );"
        " return 1;"
    )
    run_jobs(paired)
    assert inbox.calls == []
    # Reading is still allowed, and says what is the matter.
    assert paired.call("GET", "status").json()["data"]["site_url_changed"] is True
    assert paired.content(data["content_id"]).status_code == 200


@pytest.fixture
def admin(paired: Bridge) -> Iterator[requests.Session]:
    site = paired.site
    with requests.Session() as browser:
        browser.trust_env = False
        browser.cookies.set("wordpress_test_cookie", "WP%20Cookie%20check")
        login = {"log": site.admin_user, "pwd": site.admin_password, "testcookie": "1"}
        browser.post(f"{site.url}/wp-login.php", data=login, timeout=60)
        yield browser


def press(bridge: Bridge, browser: requests.Session, action: str, nonce: str | None = None) -> int:
    """Post to admin-post.php as the button does; the nonce is made for whoever is logged in."""
    if nonce is None:
        [(cookie, token)] = [(c.name, c.value) for c in browser.cookies if "logged_in" in c.name]
        nonce = bridge.php(
            f"$_COOKIE['{cookie}'] = urldecode( '{token}' ); wp_set_current_user( 1 );"
            f" return wp_create_nonce( '{action}' );"
        )
    answer = browser.post(
        f"{bridge.site.url}/wp-admin/admin-post.php",
        data={"action": action, "_wpnonce": nonce},
        allow_redirects=False,
        timeout=60,
    )
    return answer.status_code


def test_moved(paired: Bridge, inbox: Inbox, admin: requests.Session):
    data = paired.published()
    become_a_copy(paired)
    page = admin.get(f"{paired.site.url}/wp-admin/index.php", timeout=60).text
    assert "until you say whether it has moved or is a copy" in page
    assert "example.com/shop" in page
    assert press(paired, admin, "igny8_site_moved", "wrong") == 403
    assert paired.php(f"return {GUARD}::site_url_changed();") is True
    paired.php(
        f"{QUIET} wp_update_post( array( 'ID' => {data['post_id']}, 'post_title' => 'Moved' ) );"
        " return 1;"
    )
    inbox.calls.clear()
    assert press(paired, admin, "igny8_site_moved") == 302
    assert paired.publish().status_code == 201
    run_jobs(paired)
    inbox.wait_for(lambda: "Moved" in [e["post_title"] for e in inbox.events()])
    told = [body for path, _, body in inbox.calls if path.endswith("/test-connection/")]
    assert told[0]["site_url"] == paired.site.url


def test_copy(paired: Bridge, inbox: Inbox, admin: requests.Session):
    data = paired.published()
    epoch = paired.call("GET", "changes").json()["data"]["epoch"]
    become_a_copy(paired)
    paired.php(
        f"{QUIET} wp_update_post( array( 'ID' => {data['post_id']}, 'post_title' => 'x' ) );"
        " return 1;"
    )
    inbox.calls.clear()
    assert press(paired, admin, "igny8_site_copy", "wrong") == 403
    assert press(paired, admin, "igny8_site_copy") == 302
    assert paired.call("GET", "status").status_code == 403
    run_jobs(paired)
    assert inbox.calls == []
    now, waiting = paired.php(
        "$s = new Igny8\\Bridge\\Outbox\\Store();"
        " return array( $s->epoch(), count( $s->waiting() ) );"
    )
    assert re.fullmatch("[0-9a-f]{32}", now)
    assert (now != epoch, waiting) == (True, 0)


def test_only_administrators_decide(paired: Bridge):
    become_a_copy(paired)
    with requests.Session() as stranger:
        stranger.trust_env = False
        for action in ("igny8_site_moved", "igny8_site_copy"):
            press(paired, stranger, action, "x")
    assert paired.php(f"return {GUARD}::site_url_changed();") is True
    assert paired.php("return get_option( 'igny8_api_key' );") == {"key": paired.key}
    with pytest.raises(RuntimeError, match=r"403: .*may not change"):
        paired.php(
            "$id = username_exists( 'editor-1' ); $id = $id ? $id : wp_insert_user( array("
            " 'user_login' => 'editor-1', 'user_pass' => wp_generate_password(),"
            " 'role' => 'editor' ) ); wp_set_current_user( $id );"
            " $_REQUEST['_wpnonce'] = wp_create_nonce( 'igny8_site_copy' );"
            " Igny8\\Bridge\\Admin\\SettingsPage::copied();"
        )
    assert paired.php("return get_option( 'igny8_api_key' );") == {"key": paired.key}
