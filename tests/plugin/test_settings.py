"""The settings page: connect, what it says when that fails, and what it never shows."""

import base64
import json
import re

import pytest
import requests
from igny8.core.keys import generate_key

from .conftest import SITE_ID, Backend, Bridge

PAGE = "/wp-admin/options-general.php?page=igny8-wp-bridge"
CONNECTED = json.dumps(
    {"success": True, "data": {"id": 9, "integration_id": 9, "site_id": SITE_ID}}
)


@pytest.fixture(scope="module")
def admin(unpaired: Bridge):
    """A browser in which the administrator is logged in."""
    with requests.Session() as browser:
        browser.trust_env = False
        site = unpaired.site
        browser.get(f"{site.url}/wp-login.php", timeout=60)
        browser.post(f"{site.url}/wp-login.php", timeout=60, data={
            "log": site.admin_user, "pwd": site.admin_password, "testcookie": "1",
            "redirect_to": f"{site.url}/wp-admin/"})  # fmt: skip
        yield browser


def press(admin: requests.Session, bridge: Bridge, action: str, **fields) -> str:
    page = admin.get(bridge.site.url + PAGE, timeout=60).text
    form = next(f for f in re.findall(r"<form.*?</form>", page, re.DOTALL) if action in f)
    nonce = re.search(r'name="_wpnonce" value="(\w+)"', form)
    answer = admin.post(f"{bridge.site.url}/wp-admin/admin-post.php", timeout=60, data={
        "action": action, "_wpnonce": nonce[1] if nonce else "", **fields})  # fmt: skip
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def test_connect_and_disconnect(unpaired: Bridge, admin, backend: Backend):
    bridge = unpaired
    bridge.option(igny8_api_key=None, igny8_connection=None, igny8_last_attempt=None)
    assert "Not connected yet" in admin.get(bridge.site.url + PAGE, timeout=60).text
    backend.answer = (200, CONNECTED)
    backend.seen.clear()
    page = press(admin, bridge, "igny8_connect", api_url=backend.url + "/", api_key=bridge.key,
                 author="1")  # fmt: skip
    assert "Connected." in page
    assert f"ends in {bridge.key[-4:]}" in page
    assert bridge.key not in page
    # More may follow: the structure is sent after the response.
    path, headers, body = backend.seen[0]
    assert path == "/api/v1/integration/integrations/test-connection/"
    assert headers["x-igny8-api-key"] == bridge.key
    assert headers["authorization"] == f"Bearer {bridge.key}"
    assert re.fullmatch("[0-9a-f]{32}", body.pop("epoch"))
    assert body.pop("head_seq") >= 1
    assert body == {
        "api_key": bridge.key, "site_url": bridge.site.url,
        "rest_url": f"{bridge.site.url}/wp-json/", "plugin_version": "2.1.0",
        "wp_version": bridge.site.version, "php_version": bridge.site.php_version,
    }  # fmt: skip
    status = bridge.call("GET", "status").json()["data"]
    assert (status["bridge"]["site_id"], status["bridge"]["integration_id"]) == (SITE_ID, 9)

    # A failed attempt leaves the connection as it was.
    backend.answer = (401, '{"success":false,"error":{"code":"invalid_api_key","message":"No."}}')
    page = press(admin, bridge, "igny8_connect", api_url=backend.url, api_key=generate_key("local"),
                 author="1")  # fmt: skip
    assert "does not know this API key" in page
    assert "earlier connection still works" in page
    assert bridge.call("GET", "status").status_code == 200

    assert "Not connected yet" in press(admin, bridge, "igny8_disconnect")
    assert bridge.call("GET", "status").status_code == 403


def test_the_key_is_the_one_field(unpaired: Bridge, admin, backend: Backend):
    """Where IGNY8 is stands among what few need, folded away, as the release has it."""
    bridge = unpaired
    bridge.option(igny8_api_key=None, igny8_connection=None, igny8_last_attempt=None)
    page = admin.get(bridge.site.url + PAGE, timeout=60).text
    form = next(f for f in re.findall(r"<form.*?</form>", page, re.DOTALL) if "igny8_connect" in f)
    shown, folded = form.split("<details>")
    asked = r'<input type="(?!hidden|submit)\w+" id="[^"]+" name="(\w+)"'
    assert re.findall(asked, shown) == ["api_key"]
    assert re.findall(asked, folded) == ["api_url"]
    assert 'value="https://api.igny8.com"' in folded
    # Who needs another address sees it from then on.
    backend.answer = (200, CONNECTED)
    page = press(admin, bridge, "igny8_connect", api_url=backend.url, api_key=bridge.key)
    assert "<details open>" in page
    assert f'value="{backend.url}"' in page


def test_a_site_that_nobody_names_is_none(unpaired: Bridge, backend: Backend):
    bridge = unpaired
    bridge.option(igny8_api_key=None)
    for said in (None, 0, -1, "x", "77", [], {}):
        backend.answer = (200, json.dumps({"success": True, "data": {"id": 9, "site_id": said}}))
        [outcome] = connect(bridge, (backend.url, bridge.key))
        assert (outcome["ok"], outcome["code"]) == (False, "site_id"), said
    assert bridge.call("GET", "status").status_code == 403


def connect(bridge: Bridge, *attempts: tuple) -> list[dict]:
    """Connect again and again through the plugin's own code."""
    packed = base64.b64encode(json.dumps(attempts).encode()).decode()
    return bridge.php(
        f"""foreach ( json_decode( base64_decode( '{packed}' ) ) as $values ) {{
        $all[] = Igny8\\Bridge\\Connection\\Pairing::connect( ...$values ); }} return $all;"""
    )


def test_failures_say_what_to_do_and_pair_nothing(unpaired: Bridge, backend: Backend):
    bridge = unpaired
    bridge.option(igny8_api_key=None)
    for status, text, code in [
        (404, '{"success":false,"error":{"code":"not_found","message":"x"}}', "not_found"),
        (409, '{"success":false,"error":{"code":"site_url_mismatch","message":"m"}}',
         "site_url_mismatch"),
        (503, '{"success":false,"error":{"code":"unavailable","message":"x"}}', "unavailable"),
        (200, "<html>hello</html>", "http_200"),
        (200, '{"success":"true","data":{}}', "http_200"),
        (302, "", "http_302"),
    ]:  # fmt: skip
        backend.answer = (status, text)
        [outcome] = connect(bridge, (backend.url, bridge.key, SITE_ID))
        assert (outcome["ok"], outcome["code"]) == (False, code)
        assert bridge.key not in outcome["message"]
    backend.seen.clear()
    attempts = {
        ("http://example.com", bridge.key, SITE_ID): "api_url",
        ("javascript:alert(1)", bridge.key, SITE_ID): "api_url",
        ("https://user:pw@example.com", bridge.key, SITE_ID): "api_url",
        (backend.url, "", SITE_ID): "api_key",
        (backend.url, bridge.key[:-1] + "!", SITE_ID): "api_key",
        (backend.url, bridge.key, "abc"): "site_id",
        ("http://127.0.0.1:9", bridge.key, SITE_ID): "unreachable",
        ("https://10.0.0.1", bridge.key, SITE_ID): "unreachable",
    }
    outcomes = connect(bridge, *attempts)
    assert [outcome["code"] for outcome in outcomes] == list(attempts.values())
    assert backend.seen == []
    assert bridge.call("GET", "status").status_code == 403


def test_only_administrators_with_a_nonce_change_anything(
    unpaired: Bridge, admin, backend: Backend
):
    bridge = unpaired
    backend.seen.clear()
    fields = {"action": "igny8_connect", "api_url": backend.url, "api_key": bridge.key}
    target = f"{bridge.site.url}/wp-admin/admin-post.php"
    assert admin.post(target, data=fields, timeout=60).status_code == 403
    bridge.http.post(target, data=fields, timeout=60)
    assert backend.seen == []


def test_uninstall_drops_table_and_options_and_keeps_posts(bridge: Bridge):
    bridge.touched = True
    post_id = bridge.published()["post_id"]
    left = bridge.php(
        "define( 'WP_UNINSTALL_PLUGIN', 'igny8-wp-bridge/igny8-wp-bridge.php' );"
        " require WP_PLUGIN_DIR . '/igny8-wp-bridge/uninstall.php';"
        ' return array( $wpdb->get_col( "SELECT option_name FROM $wpdb->options'
        " WHERE option_name LIKE 'igny8%'\" ),"
        " $wpdb->get_var( \"SHOW TABLES LIKE '{$wpdb->prefix}igny8_publications'\" ) );"
    )
    assert left == [[], None]
    assert bridge.post(post_id)["post_status"] == "publish"
    # The next publish makes the table again, and finds the post by its marks.
    bridge.option(igny8_api_key=bridge.key)
    assert bridge.published(content_id=new_content_of(bridge, post_id), rev=2)["post_id"] == post_id


def orphans(bridge: Bridge) -> list[list[str]]:
    """Terms, relations and term meta that belong to nothing."""
    found: list[list[str]] = bridge.php(
        'return array( $wpdb->get_col( "SELECT t.name FROM $wpdb->terms t LEFT JOIN'
        ' $wpdb->term_taxonomy x ON x.term_id = t.term_id WHERE x.term_id IS NULL" ),'
        ' $wpdb->get_col( "SELECT r.object_id FROM $wpdb->term_relationships r LEFT JOIN'
        " $wpdb->term_taxonomy x ON x.term_taxonomy_id = r.term_taxonomy_id"
        ' WHERE x.term_id IS NULL" ), $wpdb->get_col( "SELECT m.meta_id FROM $wpdb->termmeta m'
        ' LEFT JOIN $wpdb->terms t ON t.term_id = m.term_id WHERE t.term_id IS NULL" ) );'
    )
    return found


def test_uninstall_takes_all_marks_along_where_that_was_asked_for(bridge: Bridge):
    bridge.touched = True
    before = orphans(bridge)  # of processes that were killed
    made = [
        bridge.published(
            cluster=f"Cluster {n}", cluster_id=n + 1, sector="Shared", tags=["Outlives the marks"]
        )
        for n in range(3)
    ]
    draft = bridge.published(post_status="draft", post_type="page")
    # A database from before WordPress 4.2 lets two taxonomies share a term.
    shared = bridge.php(
        "$term = get_term_by( 'name', 'Shared', 'igny8_sector' ); $wpdb->insert("
        " $wpdb->term_taxonomy, array( 'term_id' => $term->term_id, 'taxonomy' => 'post_tag',"
        " 'description' => '' ) ); return $term->term_id;"
    )
    left = bridge.php(
        "update_option( 'igny8_erase_marks', '1' );"
        "define( 'WP_UNINSTALL_PLUGIN', 'igny8-wp-bridge/igny8-wp-bridge.php' );"
        " require WP_PLUGIN_DIR . '/igny8-wp-bridge/uninstall.php';"
        " $all = array( 'options' => array( 'option_name', 'option_value' ),"
        " 'postmeta' => array( 'meta_key' ), 'termmeta' => array( 'meta_key' ),"
        " 'posts' => array( 'guid' ), 'term_taxonomy' => array( 'taxonomy' ),"
        " 'usermeta' => array( 'meta_key' ) ); $left = array();"
        " foreach ( $all as $table => $columns ) { foreach ( $columns as $column ) {"
        ' foreach ( $wpdb->get_col( "SELECT $column FROM {$wpdb->prefix}$table'
        " WHERE $column LIKE '%igny8%'\" ) as $found ) {"
        ' $left[] = "$table: " . substr( $found, 0, 60 ); } } } return $left;'
    )
    others = [name for name in left if not name.startswith("options: a:")]  # active plugins
    assert others == []
    assert orphans(bridge) == before
    assert bridge.php(f"return get_term( {shared} )->name;") == "Shared"
    for post in (*made, draft):
        row = bridge.post(post["post_id"])
        assert (row["post_status"], row["guid"]) == (
            post["post_status"], f"{bridge.site.url}/?p={post['post_id']}",
        )  # fmt: skip
    tags = f"return wp_get_post_tags( {made[0]['post_id']}, array( 'fields' => 'names' ) );"
    assert bridge.php(tags) == ["Outlives the marks"]


@pytest.mark.parametrize("handed", [False, True])
def test_no_key_is_readable_on_the_page_of_all_options(
    unpaired: Bridge, admin, backend: Backend, handed: bool
):
    """Neither one that was pasted, nor one that was handed over, nor one that lay there openly."""
    bridge = unpaired
    keys = [bridge.key, generate_key("local")]
    backend.answer = (200, json.dumps({"success": True, "data": {"id": 12, "site_id": SITE_ID}}))
    bridge.option(igny8_api_key=None if not handed else bridge.key, igny8_db_version="1")
    if not handed:
        press(admin, bridge, "igny8_connect", api_url=backend.url, api_key=keys[0])
    assert bridge.call("GET", "status").status_code == 200
    bridge.option(igny8_send_after_response=None)
    if handed:
        given = bridge.call("POST", "key", json={"api_key": keys[1]})
        assert given.status_code == 200, given.text
    page = admin.get(f"{bridge.site.url}/wp-admin/options.php", timeout=60)
    assert page.status_code == 200
    assert 'name="igny8_api_key"' in page.text
    for key in keys:
        for part in (key, key[12:30], key[30:48]):
            assert part not in page.text
    bridge.option(igny8_previous_key="", igny8_unconfirmed_key=None, igny8_api_key=bridge.key)


def new_content_of(bridge: Bridge, post_id: int) -> int:
    return int(bridge.php(f"return get_post_meta( {post_id}, '_igny8_content_id', true );"))
