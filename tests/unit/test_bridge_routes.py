"""The bridge's routes: as the plugin serves them, the client calls them, the document says."""

import re
from pathlib import Path

from igny8.wordpress import routes
from igny8.wordpress.response import BRIDGE_CODES
from igny8.wordpress.routes import BridgeRoute

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "plugins" / "wordpress" / "igny8-wp-bridge" / "src"
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
SECTION = ARCHITECTURE.partition("### The bridge's own")[2].partition("\n## ")[0]
ROW = re.compile(r"^\| (GET|POST|PUT|PATCH|DELETE) \| ([a-z{][\w{}/-]*) \| \S", re.M)
SERVED = re.compile(r"^\t\tarray\( '([^']+)', '([A-Z]+)', array\( ", re.M)
REFUSED = re.compile(r"new Refusal\(\s*(\d{3}),\s*'([a-z_]+)'")
TOLD = re.compile(r"`([a-z_]+)`")
# Of other bridges, or of ours before 2.0: understood, never sent.
UNDERSTOOD = {"already_exists", "unauthorized", "forbidden", "read_only"}


def documented() -> set[tuple[str, str]]:
    return set(ROW.findall(SECTION))


def served() -> set[tuple[str, str]]:
    text = (SOURCE / "Rest" / "Routes.php").read_text()
    named = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
    return {(method, named.sub(r"{\1}", path)) for path, method in SERVED.findall(text)}


def called() -> set[tuple[str, str]]:
    fixed = [value for value in vars(routes).values() if isinstance(value, BridgeRoute)]
    made = [routes.publish(7), routes.content(7)]
    return {(one.method, one.path.replace("/7", "/{content_id}")) for one in (*fixed, *made)}


def refused() -> dict[str, str]:
    """Every code that the plugin refuses with, and its status."""
    found: dict[str, str] = {}
    for file in SOURCE.rglob("*.php"):
        for status, code in REFUSED.findall(file.read_text()):
            assert found.setdefault(code, status) == status, code
    return found


def test_the_plugin_serves_what_is_documented() -> None:
    assert len(served()) >= 9
    assert documented() == served()


def test_the_client_calls_what_is_served() -> None:
    assert len(called()) >= 8
    assert called() <= served()
    # For older callers; and of seed 002: it is the site that asks for updates, unless told to.
    assert served() - called() == {("POST", "publish-content"), ("POST", "check-update")}


def test_every_refusal_is_documented_and_understood() -> None:
    told = set(TOLD.findall(SECTION))
    codes = refused()
    assert len(codes) >= 14
    assert set(codes) <= told
    assert set(codes) <= BRIDGE_CODES
    assert BRIDGE_CODES - set(codes) - {"not_supported"} == UNDERSTOOD
    for code, status in codes.items():
        # 401 `invalid_api_key` …: the status stands before its codes.
        before = SECTION.partition(f"`{code}`")[0]
        assert re.findall(r"\b[45]\d\d\b", before)[-1] == status, code
