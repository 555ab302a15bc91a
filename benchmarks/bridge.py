"""What the bridge costs a site: a visitor's page with and without it, and `publish` beside core's
own `POST /wp/v2/posts` with the same terms, with an image and without, on a site where 20 articles
were published before and on one with 20,000. In a real WordPress, turn by turn.
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

from benchmarks import picturehost
from benchmarks.seeding import FIRST, publications
from local import wordpress
from local.wordpress import WordPressSite

HERE = Path(__file__).parent
PLUGIN = HERE.parent / "plugins" / "wordpress" / "igny8-wp-bridge"
VIEWS = 200
PUBLISHES = 60
# Rounds before any is measured: caches fill, and the database writes out what was seeded.
WARMING_UP = 10
WITH_IMAGE = 20
QUESTIONS = 40
SIZES = (20, 20_000)
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
        seeded = 0
        with picturehost.serving() as pictures:
            for size in SIZES:
                wordpress.wp_eval(site, publications(size - seeded, first=FIRST + seeded))
                seeded = size
                print(f"  on a site with {size:,} publications")
                _compare(_texts(http, site, key, ids), PUBLISHES)
                _compare(_with_image(http, site, key, ids, pictures), WITH_IMAGE)
                _questions(http, site, key)


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


Ways = dict[str, Callable[[], requests.Response]]


def _texts(http: requests.Session, site: WordPressSite, key: str, ids: str) -> Ways:
    def core() -> requests.Response:
        return _post_of_core(http, site, key, ids)

    def bridge() -> requests.Response:
        return _publish(http, site, key)

    return {"POST /wp/v2/posts of core": core, "POST /igny8/v1/publish": bridge}


def _with_image(
    http: requests.Session, site: WordPressSite, key: str, ids: str, pictures: str
) -> Ways:
    """Core is sent the picture and the post; the bridge fetches it."""

    def core() -> requests.Response:
        number = next(_numbers)
        headers = {"X-Bench-Key": key, "Content-Type": "image/png",
                   "Content-Disposition": f'attachment; filename="{number}.png"'}  # fmt: skip
        url = f"{site.url}/wp-json/wp/v2/media"
        media = http.post(url, data=http.get(f"{pictures}/{number}").content, headers=headers)
        media.raise_for_status()
        return _post_of_core(http, site, key, ids, featured_media=media.json()["id"])

    def bridge() -> requests.Response:
        return _publish(http, site, key, featured_image_url=f"{pictures}/{next(_numbers)}")

    return {"media and post of core": core, "publish with an image": bridge}


def _post_of_core(
    http: requests.Session, site: WordPressSite, key: str, ids: str, **fields: object
) -> requests.Response:
    body = {"title": f"Core {next(_numbers)}", "content": HTML, "status": "publish", **fields}
    url = f"{site.url}/wp-json/wp/v2/posts?{ids}"
    return http.post(url, json=body, headers={"X-Bench-Key": key}, timeout=60)


def _publish(
    http: requests.Session, site: WordPressSite, key: str, **fields: object
) -> requests.Response:
    number = next(_numbers)
    body = {"content_id": number, "rev": 1, "title": f"Bridge {number}", "content_html": HTML,
            "categories": TERMS["category"], "tags": TERMS["post_tag"], **fields}  # fmt: skip
    url = f"{site.url}/wp-json/igny8/v1/publish"
    return http.post(url, json=body, headers={"X-IGNY8-API-KEY": key}, timeout=60)


def _compare(ways: Ways, rounds: int) -> None:
    took: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(WARMING_UP + rounds):
        for name, call in ways.items():
            begun = time.perf_counter()
            answer = call()
            if number >= WARMING_UP:
                took[name].append((time.perf_counter() - begun) * 1000)
            if answer.status_code != requests.codes.created:
                message = f"{name} answered {answer.status_code}: {answer.text[:500]}"
                raise RuntimeError(message)
    (core, base), (bridge, ours) = ((name, statistics.median(took[name])) for name in ways)
    least = min(took[bridge]) / min(took[core])
    print(f"    {core:30} {base:6.2f} ms")
    ratio = f"{ours / base:.2f} x (budget: 1.3), by the least of each {least:.2f} x"
    print(f"    {bridge:30} {ours:6.2f} ms   {ratio}")


def _questions(http: requests.Session, site: WordPressSite, key: str) -> None:
    took = []
    for _ in range(QUESTIONS):
        url = f"{site.url}/wp-json/igny8/v1/content/{next(_numbers) + FIRST // 2}"
        begun = time.perf_counter()
        answer = http.get(url, headers={"X-IGNY8-API-KEY": key}, timeout=60)
        took.append((time.perf_counter() - begun) * 1000)
        if answer.status_code != requests.codes.not_found:
            raise RuntimeError(answer.text[:500])
    print(f"    {'content that is unknown':30} {statistics.median(took):6.2f} ms")


if __name__ == "__main__":
    measure()
