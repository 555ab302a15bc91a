"""A real WordPress with a release of the bridge in it, and an IGNY8 that offers the next one."""

import hashlib
import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from igny8.core.keys import generate_key

from local import wordpress
from tests.plugin.conftest import ENGINES, SITE_ID, Bridge
from tests.plugin.test_admin import log_in

from .releases import SLUG, Key, Shop, build, open_shop, unpack

HERE = Path(__file__).parent
NOW, NEXT = "2.0.0", "2.1.0"
ADMIN = "require_once ABSPATH . 'wp-admin/includes/admin.php'; wp_set_current_user( 1 );"
NOT_OURS = re.compile(r"WordPress\.org|PHP Deprecated:.*wp-includes/Requests/")
QUIET = "add_filter( 'igny8_send_after_response', '__return_false' );"


@dataclass
class Updates:
    """A site, its owner's browser, and who offers it updates."""

    bridge: Bridge
    shop: Shop
    admin: requests.Session
    key: Key
    next_key: Key
    folder: str = SLUG
    began: int = 0
    packages: dict[str, bytes] = field(default_factory=dict)

    @property
    def file(self) -> str:
        return f"{self.folder}/{SLUG}.php"

    @property
    def plugins(self) -> Path:
        return self.bridge.site.path / "wp-content" / "plugins"

    @property
    def major(self) -> str:
        """The WordPress of the site, without its corrections."""
        return ".".join(re.split(r"[.-]", self.bridge.site.version)[:2])

    @property
    def url(self) -> str:
        return self.bridge.site.url

    def package(self, version: str) -> bytes:
        """A release, as it is downloaded."""
        if version not in self.packages:
            keys = [self.key, self.next_key]
            self.packages[version] = build(version, keys=keys, api_url=self.shop.url)
        return self.packages[version]

    def offer(self, version: str = NEXT, **more: Any) -> None:
        self.shop.release(version, self.package(version), more.pop("key", self.key), **more)

    def reset(self, folder: str = SLUG, *, connected: bool = True) -> None:
        """The first release in a folder, active, that knows of nothing."""
        (self.bridge.site.path / ".maintenance").unlink(missing_ok=True)
        for old in self.plugins.glob("*igny8*"):
            shutil.rmtree(old)
        self.folder = folder
        unpack(self.package(NOW), self.plugins)
        if folder != SLUG:
            (self.plugins / SLUG).rename(self.plugins / folder)
        self.began = int(time.time())
        shop = self.shop
        shop.status, shop.headers, shop.refuses_keys, shop.info = 200, {}, False, {}
        shop.packages.clear()
        shop.unknown.clear()
        shop.sends_to = ""
        shop.nothing(NOW)
        self.bridge.php(
            f"{QUIET} update_option( 'test_now', {self.began} );"
            " foreach ( array( 'test_org', 'test_reachable', 'igny8_last_error',"
            " 'igny8_recent_errors', 'igny8_reported_version', 'igny8_home' ) as $name ) {"
            " delete_option( $name ); } delete_site_option( 'igny8_update' );"
            " delete_site_option( 'auto_update_plugins' );"
            " delete_site_transient( 'igny8_update_info' );"
            " wp_clear_scheduled_hook( 'igny8_report' );"
            f" update_option( 'active_plugins', array( '{self.file}' ) );"
            " delete_site_transient( 'update_plugins' ); wp_cache_flush(); return 1;"
        )
        if connected:
            outcome = self.php(
                "return Igny8\\Bridge\\Connection\\Pairing::connect("
                f" '{shop.url}', '{self.bridge.key}', {SITE_ID} );"
            )
            assert outcome["ok"] is True, outcome
        else:
            self.php("Igny8\\Bridge\\Connection\\Pairing::disconnect(); return 1;")
        shop.asked.clear()

    def php(self, code: str) -> Any:
        return self.bridge.php(QUIET + code)

    def look(self) -> None:
        """WordPress looks for updates, as it does by itself."""
        self.php(f"{ADMIN} wp_clean_plugins_cache(); wp_update_plugins(); return 1;")

    def page(self, path: str) -> str:
        answer = self.admin.get(f"{self.url}/wp-admin/{path}", timeout=60)
        assert answer.status_code == 200
        return answer.text

    def row(self) -> str:
        """The bridge's rows on the plugins screen."""
        found = re.findall(
            rf'<tr[^>]*data-plugin="{re.escape(self.file)}".*?</tr>',
            self.page("plugins.php"), re.DOTALL,
        )  # fmt: skip
        assert found
        return "".join(found)

    def update_now(self) -> dict[str, Any]:
        """Press "Update now"."""
        page = self.page("plugins.php")
        nonce = re.search(r'"ajax_nonce":"(\w+)"', page)
        assert nonce
        answer = self.admin.post(
            f"{self.url}/wp-admin/admin-ajax.php", timeout=120,
            data={"action": "update-plugin", "plugin": self.file, "slug": self.folder,
                  "_ajax_nonce": nonce[1]},
        )  # fmt: skip
        said: dict[str, Any] = answer.json()
        return said

    def installed(self) -> str:
        """The version that runs, asked of WordPress anew."""
        active, version = self.php(
            f"{ADMIN} return array( is_plugin_active( '{self.file}' ), IGNY8_BRIDGE_VERSION );"
        )
        assert active is True
        header = (self.plugins / self.file).read_text()
        assert f"* Version:           {version}\n" in header
        return str(version)

    def tree(self) -> str:
        """A digest of all files of the plugin, and of the folders beside it."""
        found = hashlib.sha256()
        for path in sorted(self.plugins.rglob("*")):
            found.update(str(path.relative_to(self.plugins)).encode())
            found.update(path.read_bytes() if path.is_file() else b"")
        return found.hexdigest()

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.php("return get_site_option( 'igny8_update' );")
        return found

    def remember(self, offer: dict[str, Any]) -> None:
        """An offer that the bridge took before, as it was."""
        packed = json.dumps(json.dumps(offer)).replace("$", "\\$")
        self.php(
            "$state = Igny8\\Bridge\\Update\\Offers::state();"
            f" $state['offer'] = Igny8\\Bridge\\Update\\Offer::from_answer("
            f" json_decode( {packed}, true ) ); $state['checked_at'] = {self.began};"
            " $state['status_of'] = IGNY8_BRIDGE_VERSION;"
            " Igny8\\Bridge\\Update\\Offers::keep( $state ); return 1;"
        )

    def later(self, seconds: int) -> None:
        """So long after the reset; the bridge's clock stands still."""
        self.bridge.option(test_now=self.began + seconds)

    def errors(self) -> list[str]:
        """What PHP has to say, but of wordpress.org, which does not answer here, and of a library
        of WordPress that is older than this PHP."""
        log = self.bridge.site.path.parent / "php-errors.log"
        lines = log.read_text().splitlines() if log.is_file() else []
        told = [line for line in lines if "PHP " in line or "database error" in line]
        return [line for line in told if not NOT_OURS.search(line)]


def _engines() -> list[tuple[str, str, str]]:
    """The engine of the other tests; and the oldest WordPress at hand beside it."""
    engine, version, php = [*ENGINES[0].split(":"), "", ""][:3]
    found = [(engine, version or "latest", php or "8.3")]
    if not version and wordpress.DEBIAN_WORDPRESS.is_dir():
        found.append(("php-mariadb", "debian", ""))
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The oldest and the newest WordPress, too, where its updater and screens are what matters."""
    if "world" in metafunc.fixturenames:
        module = Path(metafunc.module.__file__).stem
        engines = _engines() if module in {"test_installed", "test_shown"} else _engines()[:1]
        if module == "test_newest":
            engines = [(engines[0][0], "nightly", "8.3")]
        metafunc.parametrize("world", engines, indirect=True, ids=":".join, scope="session")


@pytest.fixture(scope="session")
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Updates]:
    engine, version, php = request.param
    directory = tmp_path_factory.mktemp("updates")
    key, next_key = Key(), Key()
    with open_shop() as shop, requests.Session() as http:
        http.trust_env = False
        folder = unpack(build(NOW, keys=[key, next_key], api_url=shop.url), directory)
        try:
            site = wordpress.start(
                directory,
                engine=engine,
                version=version,
                php=php,
                bridge=folder,
                log=directory / "log.txt",
            )
        except wordpress.MissingToolError as missing:
            pytest.skip(f"needs MariaDB: {missing}")
        try:
            doubles = site.path / "wp-content" / "mu-plugins"
            doubles.mkdir(exist_ok=True)
            shutil.copy(HERE / "site.php", doubles)
            with log_in(site.url, site.admin_user, site.admin_password) as admin:
                bridge = Bridge(site, generate_key("local"), http)
                yield Updates(bridge, shop, admin, key, next_key)
        finally:
            wordpress.stop(site)


@pytest.fixture
def updates(world: Updates) -> Updates:
    """The first release, connected, where nothing is newer."""
    world.reset()
    return world
