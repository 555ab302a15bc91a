"""A network: one connection for each site; and what is left when the plugin goes."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from igny8.core.keys import generate_key
from igny8.wordpress.client import Target
from igny8.wordpress.doors import Door

from local import wordpress

from .conftest import ENGINES, PLUGIN, SITE_ID, Bridge, article, new_id
from .inbox import Inbox, acknowledge, running_inbox
from .test_door import client

QUIET = "add_filter( 'igny8_send_after_response', '__return_false' );"
FILE = "igny8-wp-bridge/igny8-wp-bridge.php"
TABLES = ["igny8_outbox", "igny8_publications"]
HEALTH = "/api/plugins/igny8-wp-bridge/health-check/"
MAKE_NETWORK = """
foreach ( $wpdb->tables( 'ms_global' ) as $name => $table ) { $wpdb->$name = $table; }
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
install_network();
$host = parse_url( home_url(), PHP_URL_HOST ) . ':' . parse_url( home_url(), PHP_URL_PORT );
$done = populate_network( 1, $host, 'admin@example.com', 'Network', '/', false );
return is_wp_error( $done ) ? $done->get_error_message() : $host;
"""
CONSTANTS = """
define( 'MULTISITE', true );
define( 'SUBDOMAIN_INSTALL', false );
define( 'DOMAIN_CURRENT_SITE', '%host%' );
define( 'PATH_CURRENT_SITE', '/' );
define( 'SITE_ID_CURRENT_SITE', 1 );
define( 'BLOG_ID_CURRENT_SITE', 1 );
"""


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    with running_inbox() as running:
        yield running


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """A WordPress of its own that was made a network; the plugin lies there, not active."""
    directory = tmp_path_factory.mktemp("network")
    engine = ENGINES[0].split(":")[0]
    site = wordpress.start(directory, engine=engine, log=directory / "log.txt")
    try:
        with requests.Session() as http:
            http.trust_env = False
            bridge = Bridge(site, generate_key("local"), http)
            host = bridge.php(MAKE_NETWORK)
            assert host in site.url
            config = site.path / "wp-config.php"
            mark = "$table_prefix"
            config.write_text(
                config.read_text().replace(mark, CONSTANTS.replace("%host%", host) + mark, 1)
            )
            assert bridge.php("return is_multisite();") is True
            shutil.copytree(PLUGIN, site.path / "wp-content" / "plugins" / PLUGIN.name)
            yield bridge
    finally:
        wordpress.stop(site)


def new_blog(bridge: Bridge, path: str) -> int:
    # WordPress drops the colon of the port.
    blog_id: int = bridge.php(
        "wp_set_current_user( 1 ); $id = wp_insert_site( array( 'domain' => get_network()->domain,"
        f" 'path' => '/{path}/', 'network_id' => 1, 'user_id' => 1, 'title' => '{path}' ) );"
        " $wpdb->update( $wpdb->blogs, array( 'domain' => get_network()->domain ),"
        " array( 'blog_id' => $id ) ); clean_blog_cache( $id ); return $id;"
    )
    return blog_id


def on(blog_id: int, code: str) -> str:
    return f"{QUIET} switch_to_blog( {blog_id} ); {code}"


def tables(bridge: Bridge, blog_id: int) -> list[str]:
    found: list[str] = bridge.php(
        on(
            blog_id,
            f'foreach ( {TABLES!r} as $t ) {{ if ( $wpdb->get_var( "SHOW TABLES LIKE'
            " '{$wpdb->prefix}$t'\" ) ) { $all[] = $t; } } return $all ?? array();",
        )
    )
    return found


def plugin(bridge: Bridge, code: str) -> Any:
    return bridge.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php'; wp_set_current_user( 1 );" + code
    )


def test_a_network_from_activation_to_uninstallation(network: Bridge, inbox: Inbox):
    early = new_blog(network, "early")
    assert tables(network, early) == []
    assert plugin(network, f"return activate_plugin( '{FILE}', '', true );") is None
    late = new_blog(network, "late")
    for blog_id in (1, early, late):
        assert tables(network, blog_id) == TABLES, blog_id
    epochs = [
        network.php(on(b, "return ( new Igny8\\Bridge\\Outbox\\Store() )->epoch();"))
        for b in (1, early, late)
    ]
    assert len(set(epochs)) == 3

    # Connect two of them, each with its own key; the third stays as it is.
    keys = {early: generate_key("local"), late: generate_key("local")}
    for number, (blog_id, key) in enumerate(keys.items()):
        outcome = network.php(
            on(
                blog_id,
                "return Igny8\\Bridge\\Connection\\Pairing::connect("
                f" '{inbox.url}', '{key}', {SITE_ID + number} );",
            )
        )
        assert outcome["ok"] is True
    for name, blog_id, other in (("early", early, late), ("late", late, early)):
        status = f"{network.site.url}/{name}/?rest_route=/igny8/v1/status"
        right = network.call("GET", "", url=status, headers={"X-IGNY8-API-KEY": keys[blog_id]})
        assert right.status_code == 200, right.text
        wrong = network.call("GET", "", url=status, headers={"X-IGNY8-API-KEY": keys[other]})
        assert wrong.status_code == 401
    assert network.call("GET", "status").status_code == 403

    # An article on one of them; a person edits it from another site of the network.
    content_id = new_id()
    made = network.call(
        "POST",
        "",
        url=f"{network.site.url}/early/?rest_route=/igny8/v1/publish",
        headers={"X-IGNY8-API-KEY": keys[early]},
        json=article(content_id=content_id),
    )
    assert made.status_code == 201, made.text[:1000]
    post_id = made.json()["data"]["post_id"]
    network.php(on(early, "do_action( 'igny8_jobs' ); return 1;"))
    inbox.wait_for(inbox.events)
    inbox.reset()
    network.php(
        on(
            early,
            f"wp_update_post( array( 'ID' => {post_id}, 'post_title' => 'From afar' ) );"
            " restore_current_blog(); return 1;",
        )
    )
    waiting = (
        "return array_column( ( new Igny8\\Bridge\\Outbox\\Store() )->events_after( 0, 9 ),"
        " 'post_title' );"
    )
    assert network.php(on(early, waiting)) == ["From afar"]
    assert network.php(on(late, waiting)) == network.php(on(1, waiting)) == []
    network.php(on(early, "do_action( 'igny8_jobs' ); return 1;"))
    assert inbox.calls[0][1]["x-igny8-api-key"] == keys[early]
    assert inbox.events()[0]["site_url"].endswith("/early")

    # A site that is deleted takes its tables along.
    doomed = new_blog(network, "doomed")
    assert tables(network, doomed) == TABLES
    network.php(
        "require_once ABSPATH . 'wp-admin/includes/ms.php'; wp_set_current_user( 1 );"
        f" return wp_delete_site( {doomed} ) instanceof WP_Site;"
    )
    prefix = network.php("return $wpdb->base_prefix;") + f"{doomed}_"
    assert network.php(f"return $wpdb->get_col( \"SHOW TABLES LIKE '{prefix}igny8%'\" );") == []

    # Deactivation: nothing stays on any schedule, and the backend hears of each.
    inbox.reset()
    plugin(network, f"deactivate_plugins( '{FILE}', false, true ); return 1;")
    planned = (
        "return array( wp_next_scheduled( 'igny8_jobs' ), wp_next_scheduled( 'igny8_daily' ) );"
    )
    for blog_id in (1, early, late):
        assert network.php(on(blog_id, planned)) == [False, False]
    assert {call[1]["x-igny8-api-key"] for call in inbox.calls} == set(keys.values())
    assert {body["status"] for body in inbox.to(HEALTH)} == {"inactive"}

    # Uninstallation: over all sites; posts and marks stay, but where their removal was asked for.
    network.php(
        on(
            late,
            "$id = wp_insert_post( array( 'post_title' => 'M' ) ); add_post_meta( $id,"
            " '_igny8_content_id', 5 ); update_option( 'igny8_erase_marks', '1' ); return $id;",
        )
    )
    plugin(network, f"ob_start(); uninstall_plugin( '{FILE}' ); return 1;")
    marks = (
        'return (int) $wpdb->get_var( "SELECT COUNT(*) FROM $wpdb->postmeta'
        " WHERE meta_key LIKE '\\_igny8\\_%'\" );"
    )
    left = (
        'return $wpdb->get_col( "SELECT option_name FROM $wpdb->options'
        " WHERE option_name LIKE 'igny8%'\" );"
    )
    for blog_id in (1, early, late):
        assert tables(network, blog_id) == []
        assert network.php(on(blog_id, left)) == []
    assert network.php(on(early, marks)) >= 3
    assert network.php(on(late, marks)) == 0
    assert network.php(on(early, f"return get_post( {post_id} )->post_title;")) == "From afar"


@pytest.mark.parametrize("door", list(Door))
def test_the_backend_publishes_on_a_site_in_a_folder_by_each_door(
    network: Bridge, inbox: Inbox, door: Door
):
    """The second site of a network in sub-directories, at the addresses that it gave itself."""
    inbox.reset()
    plugin(network, f"activate_plugin( '{FILE}', '', true ); return 1;")
    name = f"folder-{door}"
    blog_id, key = new_blog(network, name), generate_key("local")
    # Its address as it is where ports need not be named.
    network.php(
        "foreach ( array( 'home', 'siteurl' ) as $option ) {"
        f" update_blog_option( {blog_id}, $option, '{network.site.url}/{name}' ); }} return 1;"
    )
    outcome = network.php(
        on(
            blog_id,
            "return Igny8\\Bridge\\Connection\\Pairing::connect("
            f" '{inbox.url}', '{key}', {SITE_ID} );",
        )
    )
    assert outcome["ok"] is True
    told = inbox.calls[0][2]
    assert told["site_url"].rstrip("/").endswith(f"/{name}"), told
    target = Target(told["rest_url"], told["site_url"], key, door)
    payload = article(title=f"By {door}")
    sent = client().publish(target, payload, operation_id="o", request_id="r")
    assert (sent.status, sent.door) == (201, door), sent
    assert sent.data["post_url"].startswith(f"{network.site.url}/{name}/"), sent.data
    asked = client().ask(target, payload["content_id"])
    assert (asked.data["post_id"], asked.door) == (sent.data["post_id"], door)
    # It is nobody else's: neither another site's of the network by the same id, nor by its key.
    at_home = Target(f"{network.site.url}/wp-json/", network.site.url, key, door)
    assert client().ask(at_home, payload["content_id"]).status in {401, 403}
    titles = (
        f"return get_posts( array( 'title' => 'By {door}', 'fields' => 'ids',"
        " 'post_status' => 'any' ) );"
    )
    assert len(network.php(on(blog_id, titles))) == 1
    assert network.php(titles) == []


def test_deactivation_does_not_wait_for_a_backend_that_is_down(network: Bridge, inbox: Inbox):
    plugin(network, f"activate_plugin( '{FILE}' ); return 1;")
    connected = network.php(
        f"{QUIET} return Igny8\\Bridge\\Connection\\Pairing::connect( '{inbox.url}',"
        f" '{network.key}', {SITE_ID} );"
    )
    assert connected["ok"] is True
    waits = plugin(
        network,
        "add_filter( 'http_request_args', static function ( $a ) {"
        " $GLOBALS['seen'] = $a['timeout']; return $a; } );"
        " add_filter( 'pre_http_request', static function () {"
        " return new WP_Error( 'down', 'down' ); } );"
        " add_filter( 'pre_option_igny8_connection', static function () { return array("
        " 'api_url' => 'https://api.igny8.com', 'site_id' => 1 ); } );"
        f" deactivate_plugins( '{FILE}' );"
        f" return array( $GLOBALS['seen'], is_plugin_active( '{FILE}' ) );",
    )
    assert waits == [3, False]
    assert inbox.answer is acknowledge
