"""What the bridge costs a site: a visitor's page with and without it, and `publish` beside core's
own `POST /wp/v2/posts` with the same terms and no images. In a real WordPress, turn by turn.
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import requests
from igny8.core.keys import generate_key

from local import wordpress
from local.wordpress import WordPressSite

HERE = Path(__file__).parent
PLUGIN = HERE.parent / "plugins" / "wordpress" / "igny8-wp-bridge"
VIEWS = 200
PUBLISHES = 60
HTML = "<p>" + "An article of some length, as they are written. " * 120 + "</p>"
TERMS = {"category": ["Tea", "Water"], "post_tag": ["green", "black", "cold"]}

_numbers = count(1)


def engine() -> str | None:
    """The native engine that this machine has, MariaDB before SQLite; None without PHP."""
    if shutil.which("php") is None:
        return None
    has_mariadb = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
    return "php-mariadb" if has_mariadb else "php-sqlite"


def measure() -> None:
    """Print the tables; say so where there is no PHP."""
    chosen = engine()
    if chosen is None:
        print("\nThe bridge in WordPress: skipped, php is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        site = wordpress.start(directory, engine=chosen, bridge=PLUGIN, log=directory / "log.txt")
        try:
            _measure(site)
        finally:
            wordpress.stop(site)


def _measure(site: WordPressSite) -> None:
    key = generate_key("local")
    doubles = site.path / "wp-content" / "mu-plugins"
    doubles.mkdir(exist_ok=True)
    switch = (HERE / "bridge-switch.php").read_text().replace("%key%", key)
    (doubles / "bridge-switch.php").write_text(switch)
    ids = _prepare(site, key)
    what = f"{site.engine}, WordPress {site.version}, PHP {site.php_version}"
    with requests.Session() as http:
        http.trust_env = False
        print(f"\nThe bridge in WordPress ({what}), median")
        _page_views(http, site)
        _publishes(http, site, key, ids)


def _prepare(site: WordPressSite, key: str) -> str:
    """Pair the site and make the terms; returns core's payload of their ids as a query."""
    return wordpress.wp_eval(
        site,
        f"update_option( 'igny8_api_key', '{key}' ); update_option( 'igny8_author_id', 1 );"
        + "".join(
            f"$t = wp_insert_term( '{name}', '{taxonomy}' );"
            f" echo '{field}[]=' . $t['term_id'] . '&';"
            for taxonomy, field in (("category", "categories"), ("post_tag", "tags"))
            for name in TERMS[taxonomy]
        ),
    )


def _page_views(http: requests.Session, site: WordPressSite) -> None:
    cpu: dict[str, list[float]] = {"off": [], "on": []}
    queries: dict[str, set[str]] = {"on": set(), "off": set()}
    for number in range(2 * VIEWS):
        side = ("off", "on")[number % 2]
        page = http.get(f"{site.url}/?bridge={side}", timeout=60)
        page.raise_for_status()
        cpu[side].append(float(page.headers["X-CPU-Milliseconds"]))
        queries[side].add(page.headers["X-Queries"])
    for side, took in cpu.items():
        listed = ", ".join(sorted(queries[side]))
        name = f"page view, bridge {side}"
        print(f"  {name:32} {statistics.median(took):6.2f} ms CPU   {listed} queries")
    # Neighbours share what else the machine was doing.
    more = statistics.median(on - off for off, on in zip(cpu["off"], cpu["on"], strict=True))
    print(f"  {'more with the bridge':32} {more:6.2f} ms CPU   (budget: under 1 ms)")


def _publishes(http: requests.Session, site: WordPressSite, key: str, ids: str) -> None:
    def core() -> requests.Response:
        body = {"title": f"Core {next(_numbers)}", "content": HTML, "status": "publish"}
        url = f"{site.url}/wp-json/wp/v2/posts?{ids}"
        return http.post(url, json=body, headers={"X-Bench-Key": key}, timeout=60)

    def bridge() -> requests.Response:
        number = next(_numbers)
        body = {"content_id": number, "rev": 1, "title": f"Bridge {number}", "content_html": HTML,
                "categories": TERMS["category"], "tags": TERMS["post_tag"]}  # fmt: skip
        url = f"{site.url}/wp-json/igny8/v1/publish"
        return http.post(url, json=body, headers={"X-IGNY8-API-KEY": key}, timeout=60)

    ways: dict[str, Callable[[], requests.Response]] = {"core": core, "bridge": bridge}
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(PUBLISHES):
        for name, call in ways.items():
            begun = time.perf_counter()
            answer = call()
            took[name].append((time.perf_counter() - begun) * 1000)
            if answer.status_code != requests.codes.created:
                message = f"{name} answered {answer.status_code}: {answer.text[:500]}"
                raise RuntimeError(message)
    base, ours = (statistics.median(took[name]) for name in ways)
    print(f"  {'POST /wp/v2/posts of core':32} {base:6.2f} ms")
    print(f"  {'POST /igny8/v1/publish':32} {ours:6.2f} ms   {ours / base:.2f} x (budget: 1.3)")


if __name__ == "__main__":
    measure()
