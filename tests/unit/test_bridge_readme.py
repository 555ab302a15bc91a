"""What the plugin's readme.txt says is so."""

import re

from local.places import BRIDGE_SOURCE
from local.playground import VERSIONS

README = (BRIDGE_SOURCE / "readme.txt").read_text()
MAIN = (BRIDGE_SOURCE / "igny8-wp-bridge.php").read_text()


def field(text: str, name: str) -> str:
    found = re.search(rf"^\W*{name}:\s*(.+)$", text, re.M)
    assert found, name
    return found[1].strip()


def test_tested_up_to_is_the_newest_that_tests_run_on():
    assert field(README, "Tested up to") == VERSIONS["latest"]
    assert f"WordPress {VERSIONS['oldest']} to {VERSIONS['latest']}" in README


def test_header_and_readme_agree():
    assert field(README, "Stable tag") == field(MAIN, "Version")
    for name in ("Requires at least", "Requires PHP"):
        assert field(README, name) == field(MAIN, name)


def test_every_table_is_named():
    made = {
        table
        for path in BRIDGE_SOURCE.rglob("*.php")
        if "dbDelta" in path.read_text()
        for table in re.findall(r"->prefix \. '(igny8_\w+)'", path.read_text())
    }
    assert made == set(re.findall(r"`(igny8_\w+)`", README))
    assert "four tables" in README
    assert len(made) == 4
