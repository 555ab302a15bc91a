"""What is not what IGNY8 signed is not installed, and the version that is there runs on."""

import html
import json
import re
from typing import Any

import pytest

from .conftest import ADMIN, NEXT, NOW, Updates
from .releases import SLUG, Key, elsewhere, manifest
from .test_installed import BY_ITSELF

DAY = 24 * 3600


def offered(updates: Updates, **more: Any) -> dict[str, Any]:
    """An offer that the bridge took, as it took it."""
    updates.offer(**more)
    return updates.shop.offer


def refused(updates: Updates, words: str) -> None:
    """Every way to update ends the same."""
    before = updates.tree()
    said = updates.update_now()
    assert said["success"] is False
    assert words in said["data"]["errorMessage"], said
    assert updates.tree() == before
    assert updates.installed() == NOW
    # Nobody but a visitor sees the site meanwhile.
    assert updates.bridge.http.get(updates.url, timeout=60).status_code == 200
    assert not (updates.bridge.site.path / ".maintenance").exists()
    problem = updates.php("return get_option( 'igny8_last_error' );")
    assert problem["code"] == "update_refused"
    assert words in problem["message"]
    # IGNY8 hears of it.
    updates.shop.asked.clear()
    updates.php("do_action( 'igny8_report' ); do_action( 'igny8_report' ); return 1;")
    told = [error for body in (*updates.shop.to("register"), *updates.shop.to("health-check"))
            for error in body["errors"]]  # fmt: skip
    assert [error["code"] for error in told] == ["update_refused"]


def flipped(package: bytes) -> bytes:
    middle = len(package) // 2
    return package[:middle] + bytes([package[middle] ^ 1]) + package[middle + 1 :]


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (flipped, "not what IGNY8 has signed"),
        (lambda package: package[: len(package) // 2], "not as long as"),
        (lambda package: package + b"\0", "not as long as"),
        (lambda _: b"", "not as long as"),
    ],
    ids=["one byte flipped", "truncated", "longer", "empty"],
)
def test_a_package_that_was_tampered_with(updates: Updates, tamper: Any, words: str):
    updates.offer()
    updates.look()
    updates.shop.packages[NEXT] = tamper(updates.package(NEXT))
    refused(updates, words)


def test_an_older_release_in_its_place(updates: Updates):
    """Signed once, and good then."""
    updates.offer()
    updates.look()
    updates.shop.packages[NEXT] = updates.package("1.9.0")
    refused(updates, "not ")


def test_a_package_that_is_gone(updates: Updates):
    updates.offer()
    updates.look()
    updates.shop.packages.clear()
    refused(updates, "could not be fetched (HTTP 404)")


@pytest.mark.parametrize(
    ("change", "words"),
    [({"signature": ""}, "not signed"), ({"key_id": "0" * 16}, "does not know")],
    ids=["no signature", "unknown key"],
)
def test_an_offer_that_nobody_we_know_signed(updates: Updates, change: Any, words: str):
    offer = offered(updates)
    updates.remember({**offer, **change})
    refused(updates, words)


def said_of(updates: Updates, offers: list[dict[str, Any]]) -> list[str]:
    """What the bridge has against offers; empty texts for nothing."""
    packed = json.dumps(json.dumps(offers)).replace("$", "\\$")
    said: list[str] = updates.php(
        f"foreach ( json_decode( {packed}, true ) as $offer ) {{"
        " $found = Igny8\\Bridge\\Update\\Manifest::verified("
        " Igny8\\Bridge\\Update\\Offer::from_answer( $offer ) );"
        " $all[] = is_wp_error( $found ) ? $found->get_error_message() : ''; } return $all;"
    )
    return said


def test_only_what_a_known_key_signed_is_believed(updates: Updates):
    offer = offered(updates)
    forged = offered(updates, key=Key())
    cases = [
        ({}, ""),
        ({"signed_manifest": ""}, "not signed"),
        ({"signature": "AAAA"}, "cannot be checked"),
        ({"signature": "!" * 88}, "cannot be checked"),
        ({"signature": "A" * 86 + "=="}, "signature is wrong"),
        ({"signature": forged["signature"]}, "signature is wrong"),
        ({"key_id": ""}, "does not know"),
        ({"key_id": updates.next_key.id}, "signature is wrong"),
        ({**forged, "key_id": updates.key.id}, "signature is wrong"),
        ({"signed_manifest": offer["signed_manifest"].replace("2099", "2199")}, "is wrong"),
        ({"signed_manifest": offer["signed_manifest"] + " "}, "is wrong"),
    ]
    said = said_of(updates, [{**offer, **change} for change, _ in cases])
    for (change, words), text in zip(cases, said, strict=True):
        assert words in text, change
        assert bool(words) == bool(text), change


def test_what_was_signed_must_be_for_this_site_and_for_now(updates: Updates):
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, ""),
        ({"min_from_version": NOW}, ""),
        ({"requires": updates.bridge.site.version}, ""),
        ({"requires_php": updates.bridge.site.php_version}, ""),
        ({"slug": "other-plugin"}, "of something else"),
        ({"version": "2.2.0"}, "of something else"),
        ({"not_after": "2020-01-01T00:00:00Z"}, "has expired"),
        ({"not_after": "whenever"}, "has expired"),
        ({"min_from_version": "2.0.5"}, "version 2.0.5 has to be installed first"),
        ({"requires": "99.0"}, "needs WordPress 99.0"),
        ({"requires_php": "99.0"}, "PHP 99.0"),
        ({"sha256": "x"}, "cannot be read"),
        ({"size": "many"}, "cannot be read"),
        ({"size": None}, "cannot be read"),
        ({"min_from_version": 7}, "cannot be read"),
    ]
    offer = offered(updates)
    offers = []
    for fields, _ in cases:
        signed = manifest(NEXT, updates.package(NEXT), **fields)
        signature = updates.key.sign(signed)
        offers.append({**offer, "signed_manifest": signed, "signature": signature})
    for (fields, words), text in zip(cases, said_of(updates, offers), strict=True):
        assert words in text, fields
        assert bool(words) == bool(text), fields


def test_no_way_back(updates: Updates):
    """An older release, signed once, and good then."""
    for version in ("1.9.0", NOW, "2.0.0-rc.1"):
        assert "not newer" in said_of(updates, [offered(updates, version=version)])[0]
    updates.remember(offered(updates, version="1.9.0"))
    said = updates.php(
        f"{ADMIN} $offer = Igny8\\Bridge\\Update\\Offers::current();"
        " $said = apply_filters( 'upgrader_pre_download', false, $offer['package'], null,"
        f" array( 'plugin' => '{updates.file}' ) );"
        " return is_wp_error( $said ) ? $said->get_error_message() : $said;"
    )
    assert "not newer" in said
    assert not [path for path, *_ in updates.shop.asked if "/download/" in path]


def test_an_offer_that_cannot_be_installed_is_not_shown_and_the_last_one_stays(updates: Updates):
    updates.offer()
    updates.look()
    updates.later(DAY)
    updates.offer("2.2.0", key=Key())
    updates.look()
    row = updates.row()
    assert f"View version {NEXT} details" in row
    assert updates.php("return get_option( 'igny8_last_error' )['code'];") == "update_refused"
    # By hand, says the reason; and it is forgotten when the next good one comes.
    updates.later(2 * DAY)
    updates.offer("2.3.0")
    updates.look()
    assert "View version 2.3.0 details" in updates.row()
    assert updates.php("return get_option( 'igny8_last_error' );") == ""


def test_a_package_from_another_address(updates: Updates):
    """Another plugin, or a database that was tampered with, names another one."""
    updates.offer()
    updates.look()
    said = updates.php(
        f"{ADMIN} $said = apply_filters( 'upgrader_pre_download', false,"
        f" '{updates.url}/evil.zip', null, array( 'plugin' => '{updates.file}' ) );"
        " return is_wp_error( $said ) ? $said->get_error_message() : $said;"
    )
    assert "not offered to this site" in said


@pytest.mark.parametrize("honest", [True, False])
def test_a_file_that_another_plugin_fetched_is_verified_too(updates: Updates, honest: bool):
    updates.offer()
    updates.look()
    package = updates.package(NEXT)
    place = updates.bridge.site.path / "wp-content" / "fetched.zip"
    place.write_bytes(package if honest else flipped(package))
    with updates.bridge.beside(
        "add_filter( 'upgrader_pre_download', static function () {"
        " return WP_CONTENT_DIR . '/fetched.zip'; }, 99 );"
    ):
        said = updates.update_now()
    assert said["success"] is honest, said
    assert updates.installed() == (NEXT if honest else NOW)
    # What is refused is theirs still; what is installed, WordPress deletes.
    assert place.exists() is not honest
    assert not [path for path, *_ in updates.shop.asked if "/download/" in path]


@pytest.mark.parametrize("wrong", ["version", "root", "file"])
def test_a_package_that_holds_something_else(updates: Updates, wrong: str):
    """Even where it was signed so."""
    package = updates.package("2.2.0" if wrong == "version" else NEXT)
    if wrong == "root":
        package = package.replace(f"{SLUG}/".encode(), b"another-name-xx/")
    elif wrong == "file":
        package = package.replace(
            f"{SLUG}/{SLUG}.php".encode(), f"{SLUG}/igny8-xx-bridge.php".encode()
        )
    updates.shop.release(NEXT, package, updates.key)
    updates.look()
    refused(updates, "holds something else")


def page_that_updates(updates: Updates) -> str:
    """The link of the row for who has no scripts."""
    row = updates.row().replace(f"{updates.url}/wp-admin/", "")
    link = re.search(r'href="(update\.php\?action=upgrade-plugin[^"]+)"', row)
    assert link
    return updates.page(html.unescape(link[1]))


@pytest.mark.parametrize("wrong", ["bytes", "version"])
def test_the_page_that_updates_leaves_the_plugin_active(updates: Updates, wrong: str):
    """It takes a plugin out of use before it unpacks; what is refused is refused before that."""
    package = updates.package(NEXT if wrong == "bytes" else "2.2.0")
    updates.shop.release(NEXT, package, updates.key)
    updates.look()
    if wrong == "bytes":
        updates.shop.packages[NEXT] = flipped(package)
    said = page_that_updates(updates)
    assert "not what IGNY8 has signed" in said or "holds something else" in said
    assert updates.installed() == NOW


def test_whatever_breaks_while_it_is_checked_refuses_it(updates: Updates):
    """And leaves no site in maintenance."""
    updates.offer()
    updates.look()
    with updates.bridge.beside(
        "add_filter( 'http_request_args', static function ( $args, $url ) {"
        " if ( strpos( $url, '/download/' ) ) { throw new Error( 'broken' ); } return $args; },"
        " 10, 2 );"
    ):
        refused(updates, "could not be checked")


def test_where_wordpress_reaches_its_files_by_ftp_they_are_looked_at_as_php_sees_them(
    updates: Updates,
):
    """There the updater's paths are the FTP server's."""
    updates.offer()
    updates.look()
    said = updates.php(
        f"""{ADMIN}
        require_once ABSPATH . 'wp-admin/includes/class-wp-filesystem-base.php';
        $about = array( 'plugin' => '{updates.file}' );
        $package = Igny8\\Bridge\\Update\\Offers::current()['package'];
        $file = apply_filters( 'upgrader_pre_download', false, $package, null, $about );
        WP_Filesystem();
        $to = WP_CONTENT_DIR . '/upgrade/by-ftp';
        unzip_file( $file, $to );
        unlink( $file );
        $GLOBALS['wp_filesystem'] = new class() extends WP_Filesystem_Base {{
            public function wp_content_dir() {{ return '/ftp/content/'; }} }};
        $from = '/ftp/content/upgrade/by-ftp/';
        $placed = apply_filters( 'upgrader_source_selection', $from . '{SLUG}/', $from, null,
            $about );
        return is_wp_error( $placed ) ? $placed->get_error_message() : $placed;"""
    )
    assert said == f"/ftp/content/upgrade/by-ftp/{SLUG}/"


@pytest.mark.parametrize("org", ["up", "down"])
def test_nothing_is_installed_while_nobody_is_there_to_verify_it(updates: Updates, org: str):
    """Deactivated, or paused because it broke: WordPress's list of updates is kept all the same."""
    updates.bridge.option(test_org=org, test_reachable=1)
    updates.offer()
    updates.shop.packages[NEXT] = flipped(updates.package(NEXT))
    updates.look()
    updates.php("do_action( 'igny8_check_update' ); wp_update_plugins(); return 1;")
    assert "update-link" in updates.row()
    updates.php(f"{ADMIN} deactivate_plugins( '{updates.file}' ); return 1;")
    before = updates.tree()
    updates.update_now()
    updates.php(
        f"{ADMIN} require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';"
        f" ( new Plugin_Upgrader( new Automatic_Upgrader_Skin() ) )->upgrade( '{updates.file}' );"
        " return 1;"
    )
    assert updates.tree() == before
    assert updates.shop.to("download") == []
    updates.php(f"{ADMIN} activate_plugin( '{updates.file}' ); return 1;")
    assert "update-link" in updates.row()


@pytest.mark.parametrize("way", ["bulk_upgrade", "upgrade", "by itself"])
def test_whichever_way_wordpress_updates(updates: Updates, way: str):
    """As WP-CLI and services that manage sites do it, and as cron does."""
    updates.offer()
    updates.look()
    updates.shop.packages[NEXT] = flipped(updates.package(NEXT))
    before = updates.tree()
    if way == "by itself":
        updates.php(
            f"update_site_option( 'auto_update_plugins', array( '{updates.file}' ) ); return 1;"
        )
        updates.php(f"{BY_ITSELF} return 1;")
    else:
        what = f"'{updates.file}'" if way == "upgrade" else f"array( '{updates.file}' )"
        updates.php(
            f"{ADMIN} require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';"
            " $upgrader = new Plugin_Upgrader( new Automatic_Upgrader_Skin() );"
            f" $upgrader->{way}( {what} ); return 1;"
        )
    assert [path for path, *_ in updates.shop.asked if "/download/" in path]
    assert updates.tree() == before
    assert updates.installed() == NOW
    assert not (updates.bridge.site.path / ".maintenance").exists()


@pytest.mark.parametrize("what", ["whole", "tampered", "endless"])
def test_who_sends_the_download_elsewhere_changes_nothing_but_where_it_comes_from(
    updates: Updates, what: str
):
    updates.offer()
    updates.look()
    whole = updates.package(NEXT)
    sent = {"whole": whole, "tampered": flipped(whole), "endless": whole + b"0" * 50_000_000}[what]
    with elsewhere(sent) as url:
        updates.shop.packages[NEXT] = b""
        updates.shop.sends_to = url
        said = updates.update_now()
    assert said["success"] is (what == "whole"), said
    assert updates.installed() == (NEXT if what == "whole" else NOW)
    assert not list((updates.bridge.site.path / "wp-content").rglob("*.tmp"))
