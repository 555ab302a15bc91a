"""A network of sites: one plugin, one offer, whichever of its sites asks."""

import re
import shutil
from collections.abc import Iterator

import pytest
import requests
from igny8.core.keys import generate_key

from local import wordpress
from tests.plugin.conftest import ENGINES, Bridge
from tests.plugin.test_admin import log_in
from tests.plugin.test_multisite import CONSTANTS, MAKE_NETWORK, new_blog

from .conftest import HERE, NEXT, NOW, Updates
from .releases import Key, build, open_shop, unpack

CHECK = "do_action( 'igny8_check_update' ); return 1;"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Updates]:
    """A network whose plugin is active on all of its sites."""
    directory = tmp_path_factory.mktemp("updates-network")
    engine, version, *_ = [*ENGINES[0].split(":"), ""]
    key = Key()
    with open_shop() as shop, requests.Session() as http:
        http.trust_env = False
        site = wordpress.start(
            directory, engine=engine, version=version or "latest", log=directory / "log.txt"
        )
        try:
            bridge = Bridge(site, generate_key("local"), http)
            host = bridge.php(MAKE_NETWORK)
            config = site.path / "wp-config.php"
            mark = "$table_prefix"
            config.write_text(
                config.read_text().replace(mark, CONSTANTS.replace("%host%", host) + mark, 1)
            )
            doubles = site.path / "wp-content" / "mu-plugins"
            doubles.mkdir(exist_ok=True)
            shutil.copy(HERE / "site.php", doubles)
            with log_in(site.url, site.admin_user, site.admin_password) as admin:
                made = Updates(bridge, shop, admin, key, Key())
                unpack(build(NOW, keys=[key, made.next_key], api_url=shop.url), made.plugins)
                bridge.php(
                    "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
                    " wp_set_current_user( 1 ); grant_super_admin( 1 );"
                    f" return activate_plugin( '{made.file}', '', true );"
                )
                yield made
        finally:
            wordpress.stop(site)


def test_an_update_of_the_whole_network(network: Updates):
    blogs = [1, new_blog(network.bridge, "one"), new_blog(network.bridge, "two")]
    network.offer()
    for blog in blogs:
        network.php(f"switch_to_blog( {blog} ); {CHECK}")
    assert len(network.shop.to("check-update")) == 1
    assert network.shop.to("check-update")[0]["is_multisite"] is True
    before = network.errors()
    page = network.page("network/plugins.php")
    assert f"View version {NEXT} details" in page
    assert "toggle-auto-update" in page
    nonce = re.search(r'"ajax_nonce":"(\w+)"', page)
    assert nonce
    answer = network.admin.post(
        f"{network.url}/wp-admin/admin-ajax.php", timeout=120,
        data={"action": "update-plugin", "plugin": network.file, "slug": network.folder,
              "_ajax_nonce": nonce[1]},
    )  # fmt: skip
    assert answer.json()["success"] is True, answer.text
    assert network.php("return IGNY8_BRIDGE_VERSION;") == NEXT
    assert network.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
        f" return is_plugin_active_for_network( '{network.file}' );"
    )
    assert network.errors() == before
    # Whoever deletes it leaves nothing of it with the network.
    network.bridge.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php'; wp_set_current_user( 1 );"
        f" deactivate_plugins( '{network.file}', false, true ); ob_start();"
        f" uninstall_plugin( '{network.file}' ); return 1;"
    )
    left = network.bridge.php(
        'return $wpdb->get_col( "SELECT meta_key FROM $wpdb->sitemeta'
        " WHERE meta_key LIKE '%igny8%'\" );"
    )
    assert left == []
