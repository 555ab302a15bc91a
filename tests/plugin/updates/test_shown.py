"""What an owner sees of updates: the plugins screen, the details, the switch."""

import re

import pytest

from tests.plugin.conftest import PLUGIN

from .conftest import NEXT, NOW, Updates
from .releases import SLUG

TABS = {
    "description": "<p>What it does.</p>",
    "installation": "<ol><li>Paste the key.</li></ol>",
    "faq": "<h4>Why?</h4><p>Because.</p>",
    "changelog": "<h4>2.1.0</h4><ul><li>Better &amp; faster.</li></ul>",
}
INFO = {
    "name": "IGNY8 WP Bridge <b>", "slug": SLUG, "version": "9.9.9", "requires": "5.8",
    "author": '<a href="https://igny8.com">IGNY8</a>', "homepage": "https://igny8.com/wordpress",
    "tested": "6.5", "requires_php": "7.4", "last_updated": "2026-01-01 12:00:00",
    "active_installs": 40, "sections": TABS, "banners": {"low": "https://example.com/low.png"},
    "download_link": "https://example.com/other.zip",
}  # fmt: skip


def test_the_switch_is_there_when_nothing_is_newer(updates: Updates):
    for _ in ("before anybody was asked", "after the answer"):
        row = updates.row()
        assert "toggle-auto-update" in row
        assert "Enable auto-updates" in row
        assert "update-now" not in updates.page("plugins.php")
        updates.look()
    assert updates.shop.to("check-update")


@pytest.mark.parametrize("folder", [SLUG, "igny8-bridge-renamed"])
def test_an_update_appears(updates: Updates, folder: str):
    updates.reset(folder)
    updates.offer()
    updates.shop.offer["tested"] = updates.major
    updates.look()
    row = updates.row()
    assert f"View version {NEXT} details" in row
    assert "update now" in row
    assert f"plugin-information&#038;plugin={folder}&#038;" in row
    listed = updates.page("update-core.php")
    assert f'value="{updates.file}"' in listed
    assert "100% (according to its author)" in listed


@pytest.mark.parametrize("folder", [SLUG, "igny8-bridge-renamed"])
def test_the_details_show_every_tab_without_a_notice(updates: Updates, folder: str):
    updates.reset(folder)
    updates.offer()
    updates.shop.offer["tested"] = updates.major
    updates.shop.info = INFO
    updates.look()
    before = updates.errors()
    for tab, html in TABS.items():
        window = f"plugin-install.php?tab=plugin-information&plugin={folder}&section={tab}"
        page = updates.page(window)
        assert re.search(rf"id=.section-{tab}. class=.section. style=.display: block;", page)
        assert html in page
        assert "has not been tested" not in page, "a minor release is tested with its major one"
        assert f"<strong>Version:</strong> {NEXT}" in page
        assert "IGNY8 WP Bridge" in page
        assert "<b>" not in page.split("<h2>", 1)[1].split("</h2>")[0]
    assert updates.errors() == before
    # One question for all of them, and nobody was shown a key.
    asked = [headers for path, headers, _ in updates.shop.asked if path.endswith("/info/")]
    assert len(asked) == 1
    assert "x-igny8-api-key" not in asked[0]


def test_the_details_are_of_the_version_that_is_offered(updates: Updates):
    """Who gets a version before others, or a beta, reads of that one."""
    window = f"plugin-install.php?tab=plugin-information&plugin={SLUG}"
    updates.shop.info = INFO
    updates.look()
    updates.page(window)
    assert updates.shop.to("info") == [{"version": NOW}]
    updates.offer()
    updates.shop.offer |= {"requires": "5.9", "tested": "6.1", "requires_php": "7.3"}
    updates.later(12 * 3600)
    updates.look()
    page = updates.page(window)
    assert updates.shop.to("info") == [{"version": NOW}, {"version": NEXT}]
    for said in ("5.9 or higher", "7.3 or higher"):
        assert said in page


def test_where_a_version_is_not_told_of_any_more_the_newest_is(updates: Updates):
    updates.shop.info = INFO
    updates.shop.unknown = {NOW}
    page = updates.page(f"plugin-install.php?tab=plugin-information&plugin={SLUG}")
    assert TABS["description"] in page
    assert f"<strong>Version:</strong> {NOW}" in page
    assert updates.shop.to("info") == [{"version": NOW}, {}]


MARKUP = "<i class=zz>"


def test_nothing_that_is_told_of_a_version_is_markup(updates: Updates):
    """Some pages print it as it comes; who can sign nothing can run nothing either."""
    told = ("tested", "requires", "requires_php", "version", "last_updated", "homepage", "author")
    updates.offer()
    updates.shop.info = INFO | dict.fromkeys(told, MARKUP)
    updates.shop.info["sections"] = dict.fromkeys(TABS, MARKUP)
    updates.shop.offer |= dict.fromkeys(("tested", "requires", "requires_php", "url"), MARKUP)
    updates.shop.offer["upgrade_notice"] = f"Do it.{MARKUP}"
    updates.look()
    window = f"plugin-install.php?tab=plugin-information&plugin={SLUG}"
    for page in (window, "plugins.php", "update-core.php"):
        assert "class=zz" not in updates.page(page), page
    shown = updates.php(
        f"return get_site_transient( 'update_plugins' )->response['{updates.file}'];"
    )
    assert MARKUP not in str(shown)
    assert shown["upgrade_notice"] == "Do it."


def test_the_details_without_an_answer_say_so_and_ask_nobody_else(updates: Updates):
    updates.offer()
    updates.look()
    updates.shop.status = 503
    page = updates.page(f"plugin-install.php?tab=plugin-information&plugin={SLUG}")
    assert "IGNY8 could not be reached" in page
    assert f"<strong>Version:</strong> {NEXT}" in page


def test_where_wordpress_org_cannot_be_reached_the_update_appears_all_the_same(updates: Updates):
    updates.bridge.option(test_org="down")
    updates.offer()
    updates.look()
    assert updates.shop.to("check-update") == []
    assert "toggle-auto-update" in updates.row()
    updates.php("do_action( 'igny8_check_update' ); return 1;")
    assert f"View version {NEXT} details" in updates.row()


@pytest.mark.parametrize("status", ["deprecated", "yanked", "vulnerable"])
def test_who_has_a_version_that_must_not_stay_is_told(updates: Updates, status: str):
    words = {"deprecated": "no longer supported", "yanked": "withdrawn",
             "vulnerable": "security flaw"}  # fmt: skip
    assert words[status] not in updates.page("index.php")
    updates.shop.nothing(NOW, status)
    updates.later(24 * 3600)
    updates.look()
    assert words[status] in updates.page("index.php")


def test_what_is_stored_of_a_version_says_nothing_of_the_next(updates: Updates):
    """The list of updates is stored for ever; ours is made anew whenever it is looked at."""
    updates.offer()
    updates.look()
    assert updates.update_now()["success"] is True
    assert "update-message" not in updates.row()
    offered = updates.php(
        "set_site_transient( 'update_plugins', (object) array( 'response' => array("
        f" '{updates.file}' => (object) array( 'new_version' => '{NEXT}', 'slug' => 'x',"
        " 'package' => 'https://example.com/stale.zip' ), 'other/other.php' => 1 ) ) );"
        " return array_keys( get_site_transient( 'update_plugins' )->response );"
    )
    assert offered == ["other/other.php"]


def test_a_copy_built_from_the_sources_offers_and_asks_nothing(updates: Updates):
    pinned = updates.plugins / SLUG / "src" / "Update" / "Pinned.php"
    pinned.write_text((PLUGIN / "src" / "Update" / "Pinned.php").read_text())
    updates.offer()
    updates.php("do_action( 'igny8_check_update' ); return 1;")
    updates.look()
    assert updates.shop.to("check-update") == []
    assert "toggle-auto-update" not in updates.row()
    report = updates.bridge.call("POST", "check-update", json={}).json()["data"]
    assert (report["is_release"], report["answered"]) == (False, False)
