"""A real WordPress with the bridge in it, started once, and the ways to talk to it.

`IGNY8_TEST_ENGINES` names the engines, separated by commas ("playground,php-mariadb"); each may
carry a version of WordPress and, for Playground, of PHP: "playground:6.2:7.4". Default: "auto".
"""

import base64
import json
import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
from igny8.core.keys import generate_key

from local import wordpress
from local.wordpress import WordPressSite

from .pictures import Gallery

HERE = Path(__file__).parent
PLUGIN = HERE.parents[1] / "plugins" / "wordpress" / "igny8-wp-bridge"
ENGINES = os.environ.get("IGNY8_TEST_ENGINES", "auto").split(",")
TIMEOUT_SECONDS = 60
# A call that fetches images ends after some seconds, and goes on with the next one.
CALLS_AT_MOST = 20
SITE_ID = 77

_content_ids = count(1001)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and "enable_socket" not in item.keywords:
            item.add_marker("enable_socket")


@dataclass
class Backend:
    """Stands in for IGNY8: answers the pairing call with what a test put into `answer`."""

    url: str
    answer: tuple[int, str]
    seen: list[tuple[str, dict[str, str], Any]]


@dataclass
class Bridge:
    """The bridge on a site, as the backend sees it."""

    site: WordPressSite
    key: str
    http: requests.Session
    # Whether a test has changed options, so that the next one has to set them anew.
    touched: bool = True

    def call(self, method: str, route: str, **more: Any) -> requests.Response:
        """Call a route with the key in both headers; `headers` replaces them."""
        more.setdefault("headers", self.headers)
        url = more.pop("url", f"{self.site.url}/wp-json/igny8/v1/{route}")
        more.setdefault("timeout", TIMEOUT_SECONDS)
        return self.http.request(method, url, **more)

    @property
    def headers(self) -> dict[str, str]:
        return {"X-IGNY8-API-KEY": self.key, "Authorization": f"Bearer {self.key}"}

    def publish(self, **fields: Any) -> requests.Response:
        return self.call("POST", "publish", json=article(**fields))

    def published(self, **fields: Any) -> dict[str, Any]:
        """Publish, as often as it takes on a busy machine, and be sure that it worked."""
        payload = article(**fields)
        for _ in range(CALLS_AT_MOST):
            answer = self.publish(**payload)
            if answer.status_code != 202:
                break
        assert answer.status_code in {200, 201}, answer.text[:2000]
        data: dict[str, Any] = answer.json()["data"]
        return data

    def published_over(self, **fields: Any) -> dict[str, Any]:
        """Publish over what somebody made of the post: whoever clicked has seen it."""
        there = self.content(fields["content_id"]).json()["data"]
        seen = {
            "base_fingerprint": there["current_fingerprint"],
            "base_post_status": there["post_status"],
        }
        return self.published(**seen, **fields)

    def content(self, content_id: int) -> requests.Response:
        return self.call("GET", f"content/{content_id}")

    def php(self, code: str) -> Any:
        """Run PHP in WordPress; `return` becomes the answer, through JSON."""
        wrapped = f"echo wp_json_encode( ( static function () {{ global $wpdb; {code} }} )() );"
        return json.loads(wordpress.wp_eval(self.site, wrapped))

    def post(self, post_id: int) -> dict[str, Any] | None:
        """A post as the database has it, past every filter."""
        found: dict[str, Any] | None = self.php(
            f'return $wpdb->get_row( "SELECT * FROM $wpdb->posts WHERE ID = {post_id}" );'
        )
        return found

    def posts_of(self, content_id: int) -> list[int]:
        """Every post that carries the content's marks, of any status."""
        ids: list[str] = self.php(
            'return $wpdb->get_col( "SELECT DISTINCT p.ID FROM $wpdb->posts p'
            " LEFT JOIN $wpdb->postmeta m ON m.post_id = p.ID AND m.meta_key = '_igny8_content_id'"
            f" WHERE p.post_type <> 'revision' AND (m.meta_value = '{content_id}'"
            f" OR p.guid = 'urn:igny8:content:{content_id}')\" );"
        )
        return [int(found) for found in ids]

    def counts(self) -> dict[str, int]:
        """How much there is of everything that a publish can leave behind."""
        made: dict[str, int] = self.php(
            "foreach ( array( 'posts', 'postmeta', 'terms', 'igny8_publications' ) as $t ) {"
            ' $n[ $t ] = (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->prefix}$t" ); }'
            " return $n;"
        )
        return made

    def option(self, **options: Any) -> None:
        """Set options; None deletes."""
        self.touched = True
        code = [
            f"delete_option( '{name}' );"
            if value is None
            else f"update_option( '{name}', {json.dumps(value)} );"
            for name, value in options.items()
        ]
        self.php("".join(code) + " return true;")

    @contextmanager
    def beside(self, code: str) -> Iterator[None]:
        """Another plugin, loaded before ours, as long as this lasts."""
        placed = self.site.path / "wp-content" / "mu-plugins" / "beside.php"
        assert not placed.exists(), "one at a time"
        placed.write_text("<?php " + code)
        try:
            yield
        finally:
            placed.unlink()

    def dispatch(self, bodies: list[str]) -> list[tuple[int, dict[str, Any]]]:
        """Send many bodies to `publish` from inside WordPress, in one go: a call to Playground
        takes most of a second, whatever it does. Returns status and answer of each."""
        packed = base64.b64encode(json.dumps(bodies).encode()).decode()
        answers: list[list[Any]] = self.php(
            f"""foreach ( json_decode( base64_decode( '{packed}' ) ) as $body ) {{
            $request = new WP_REST_Request( 'POST', '/igny8/v1/publish' );
            $request->set_header( 'Content-Type', 'application/json' );
            $request->set_header( 'Authorization', 'Bearer {self.key}' );
            $request->set_body( $body );
            $answer = rest_ensure_response( rest_get_server()->dispatch( $request ) );
            $all[] = array( $answer->get_status(), $answer->get_data() ); }} return $all;"""
        )
        return [(status, data) for status, data in answers]


def new_id() -> int:
    """A content that nothing is known of."""
    return next(_content_ids)


def article(**fields: Any) -> dict[str, Any]:
    """A payload with every field, as the backend sends it."""
    content_id = fields.pop("content_id", None) or new_id()
    return {
        "content_id": content_id,
        "rev": 1,
        "title": f"Article {content_id}",
        "content_html": "<p>Text of the article.</p>",
        "excerpt": "In short.",
        "post_type": "post",
        "post_status": "publish",
        "publish_at": None,
        "slug": None,
        "author": None,
        "seo_title": None,
        "seo_description": None,
        "canonical_url": None,
        "primary_keyword": None,
        "secondary_keywords": [],
        "featured_image_url": None,
        "featured_image_alt": None,
        "gallery_images": [],
        "categories": [],
        "tags": [],
        "cluster_id": None,
        "cluster": None,
        "sector_id": None,
        "sector": None,
        "post_id": None,
        "base_fingerprint": None,
        "recreate": False,
        "source": "igny8",
        "terms_policy": "create",
        **fields,
    }


@pytest.fixture(scope="session")
def parallel() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as pool:
        yield pool


@pytest.fixture(scope="session", params=ENGINES)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WordPressSite]:
    engine, version, php = [*request.param.split(":"), "", ""][:3]
    directory = tmp_path_factory.mktemp("wp")
    running = wordpress.start(
        directory,
        engine=engine,
        version=version or "latest",
        php=php or "8.3",
        bridge=PLUGIN,
        log=directory / "log.txt",
    )
    doubles = running.path / "wp-content" / "mu-plugins"
    doubles.mkdir(exist_ok=True)
    shutil.copy(HERE / "site" / "test-double.php", doubles)
    try:
        yield running
    finally:
        wordpress.stop(running)


@pytest.fixture(scope="session")
def maria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """A paired bridge on a WordPress with MariaDB: locks of rows, and everybody at once."""
    directory = tmp_path_factory.mktemp("maria")
    version = "debian" if wordpress.DEBIAN_WORDPRESS.is_dir() else "latest"
    try:
        site = wordpress.start(
            directory,
            engine="php-mariadb",
            version=version,
            bridge=PLUGIN,
            log=directory / "log.txt",
        )
    except wordpress.MissingToolError as missing:
        pytest.skip(f"needs MariaDB: {missing}")
    doubles = site.path / "wp-content" / "mu-plugins"
    doubles.mkdir(exist_ok=True)
    shutil.copy(HERE / "site" / "test-double.php", doubles)
    try:
        with requests.Session() as http:
            http.trust_env = False
            paired = Bridge(site, generate_key("local"), http)
            paired.option(igny8_api_key=paired.key)
            yield paired
    finally:
        wordpress.stop(site)


@pytest.fixture(scope="session")
def key() -> str:
    return generate_key("local")


@pytest.fixture(scope="session")
def backend() -> Iterator[Backend]:
    stand_in = Backend("", (200, "{}"), [])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            stand_in.seen.append((self.path, headers, json.loads(body)))
            status, text = stand_in.answer
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    yield stand_in
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    """A server of images."""
    with Gallery.open() as running:
        yield running


@pytest.fixture(scope="session")
def unpaired(site: WordPressSite, key: str) -> Iterator[Bridge]:
    """The bridge, whatever state it is in; tests that need a state make it."""
    with requests.Session() as http:
        http.trust_env = False
        yield Bridge(site, key, http)


@pytest.fixture
def bridge(unpaired: Bridge) -> Bridge:
    """A bridge that is paired, among plugins that keep quiet."""
    if not unpaired.touched:
        return unpaired
    wordpress.wp_eval(
        unpaired.site,
        f"update_option( 'igny8_api_key', '{unpaired.key}' );"
        " foreach ( array( 'test_die', 'test_login_wall', 'test_noise', 'test_flush',"
        " 'test_seen_going_live', 'test_count_queries', 'test_bridge_off', 'test_step',"
        " 'test_image_seconds', 'igny8_author_id' )"
        " as $name ) { delete_option( $name ); }",
    )
    unpaired.touched = False
    return unpaired
