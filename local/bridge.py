"""The bridge in the local WordPress: fetched or packed, installed as a ZIP, connected by hand.

"By hand" means what a person does: sign in, open Settings → IGNY8, paste the key, press Connect.
"""

import hashlib
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

from local.failure import StageError
from local.places import BRIDGE_SOURCE, BRIDGE_ZIP
from local.wordpress import WordPressSite, wp_eval

SLUG = BRIDGE_SOURCE.name
SETTINGS_PAGE = f"wp-admin/options-general.php?page={SLUG}"
TIMEOUT_SECONDS = 60
# Every entry carries this date, so that the same tree gives the same bytes.
PACKED_AT = (2026, 1, 1, 0, 0, 0)


def pack(source: Path = BRIDGE_SOURCE, target: Path = BRIDGE_ZIP) -> Path:
    """Pack the plugin's folder into a ZIP for WordPress; the same tree, the same bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(source.rglob("*")):
            inner = path.relative_to(source)
            if path.is_file() and not any(part.startswith(".") for part in inner.parts):
                entry = zipfile.ZipInfo(f"{SLUG}/{inner.as_posix()}", PACKED_AT)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    return target


def source_version(source: Path = BRIDGE_SOURCE) -> str:
    """The version that the tree's plugin has."""
    found = re.search(r"^ \* Version: +(\S+)$", (source / f"{SLUG}.php").read_text(), re.M)
    if found is None:
        raise StageError(f"{source / SLUG}.php names no version.")
    return found[1]


def fetch(link: dict[str, Any], target: Path = BRIDGE_ZIP) -> Path:
    """Download a release by an install link, as a person does, and be sure that it came whole."""
    with requests.Session() as browser:
        browser.trust_env = False
        answer = browser.get(link["url"], timeout=TIMEOUT_SECONDS)
    if answer.status_code != requests.codes.ok:
        raise StageError(f"{link['url']} answers {answer.status_code}: {answer.text[:500]}")
    if hashlib.sha256(answer.content).hexdigest() != link["sha256"]:
        raise StageError(f"{link['url']}: this is not what the link is of.")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(answer.content)
    return target


def install(site: WordPressSite, package: Path) -> None:
    """Install and activate the ZIP through WordPress's own upgrader."""
    inside = site.path / "wp-content" / package.name
    inside.write_bytes(package.read_bytes())
    try:
        answer = wp_eval(site, _INSTALL.replace("%zip%", package.name))
    finally:
        inside.unlink()
    if answer.strip() != "installed":
        raise StageError(f"WordPress did not install the bridge: {answer[:1000]}")


def connect(site: WordPressSite, *, api_url: str, api_key: str, site_id: int) -> None:
    """Paste the key into the settings page and press Connect; the address is among what few need.

    Raises StageError with what a refusal says, and where another site was connected.
    """
    browser = sign_in(site)
    page = browser.get(f"{site.url}/{SETTINGS_PAGE}", timeout=TIMEOUT_SECONDS)
    form = _Forms.find(page.text, "api_key")
    if form is None:
        raise StageError(f"{site.url}/{SETTINGS_PAGE} has no field for the API key.")
    wanted = {"api_url": api_url, "api_key": api_key}
    for ending, value in wanted.items():
        names = [name for name in form.fields if name.endswith((ending, f"{ending}]"))]
        if len(names) != 1:
            raise StageError(f"The settings page has {len(names)} fields for {ending}.")
        form.fields[names[0]] = value
    target = urljoin(page.url, form.action)
    shown = browser.post(target, data=form.fields, timeout=TIMEOUT_SECONDS)
    if wp_eval(site, _PAIRED).strip() != str(site_id):
        raise StageError(f"Connect was refused: {_notice(shown.text)}")


def sign_in(site: WordPressSite) -> requests.Session:
    """A browser in which the administrator is signed in."""
    browser = requests.Session()
    browser.trust_env = False
    login = {"log": site.admin_user, "pwd": site.admin_password, "testcookie": "1"}
    browser.cookies.set("wordpress_test_cookie", "WP%20Cookie%20check")
    browser.post(f"{site.url}/wp-login.php", data=login, timeout=TIMEOUT_SECONDS).raise_for_status()
    return browser


class _Form:
    """One form of a page: where it goes, and its fields with their values."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: dict[str, str] = {}


class _Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []

    @classmethod
    def find(cls, page: str, field: str) -> _Form | None:
        """Return the form that has a field whose name contains `field`."""
        parser = cls()
        parser.feed(page)
        return next((f for f in parser.forms if any(field in name for name in f.fields)), None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or a field of the last one."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Form(values.get("action", "")))
            return
        sent = values.get("type") not in {"checkbox", "radio"} or "checked" in values
        named = tag in {"input", "select", "textarea"} and values.get("name")
        if self.forms and named and sent:
            self.forms[-1].fields[values["name"]] = values.get("value", "")


class _Notices(HTMLParser):
    """Collects the text of the page's notices."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter a notice."""
        if tag == "div" and (self.depth or "notice" in (dict(attrs).get("class") or "").split()):
            self.depth += 1

    def handle_endtag(self, tag: str) -> None:
        """Leave it."""
        if tag == "div" and self.depth:
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        """Keep what it says."""
        if self.depth and data.strip():
            self.text.append(data.strip())


def _notice(page: str) -> str:
    parser = _Notices()
    parser.feed(page)
    return " ".join(parser.text)[:500] or "the page does not say why"


_INSTALL = """
require_once ABSPATH . 'wp-admin/includes/admin.php';
require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
add_filter( 'filesystem_method', function () { return 'direct'; } );
$upgrader = new Plugin_Upgrader( new Automatic_Upgrader_Skin() );
$result   = $upgrader->install( WP_CONTENT_DIR . '/%zip%', array( 'overwrite_package' => true ) );
if ( is_wp_error( $result ) ) { throw new RuntimeException( $result->get_error_message() ); }
if ( true !== $result ) {
	throw new RuntimeException( implode( ' ', $upgrader->skin->get_upgrade_messages() ) );
}
$error = activate_plugin( $upgrader->plugin_info() );
if ( is_wp_error( $error ) ) { throw new RuntimeException( $error->get_error_message() ); }
echo 'installed';
"""

_PAIRED = """
$connection = get_option( 'igny8_connection', array() );
echo is_array( $connection ) ? ( $connection['site_id'] ?? '' ) : '';
"""
