"""The demonstration of updates: one is offered, verified and installed; a tampered one is refused.

All through what a site has: the stage's own API, WordPress's own updater, the bridge's own checks.
"""

import json
import re
from typing import Any

from igny8.distribution.model import SLUG
from igny8.distribution.versions import Version

from local import bridge, releasing, stage
from local.cloud import Cloud
from local.failure import StageError
from local.progress import say, step
from local.releasing import VERSIONS, Target
from local.wordpress import WordPressSite, wp_eval

TIMEOUT_SECONDS = 120
FILE = f"{SLUG}/{SLUG}.php"


def run() -> None:
    """Show both on the running stage. Raises StageError when either ends otherwise."""
    site, target = stage.the_wordpress(), releasing.local_target()
    before = installed(site)
    say(f"\nThe bridge on {site.url} is {before}, fetched from this stage. An update of it:")
    good, bad = _following(target), _following(target, 2)
    releasing.release(target, good, state="released", rollout=100)
    _expect(offered(site), str(good), "is offered")
    said = update_now(site)
    if not said["success"] or installed(site) != str(good):
        raise StageError(f"{good} was not installed: {said}")
    say(f"  verified, installed, and active: {good}")
    with step("the new version tells IGNY8 of itself"):
        wp_eval(site, "do_action( 'igny8_report' );")
        _expect(wp_eval(site, _REPORTED), str(good), "was told of")

    say("\nThe next one, of which one byte is changed where it lies:")
    released = releasing.release(target, bad, state="released", rollout=100)
    with step("changing it"):
        _tamper(stage.the_cloud(), bad, released["sha256"])
    _expect(offered(site), str(bad), "is offered")
    said = update_now(site)
    reason = str(said.get("data", {}).get("errorMessage", said))
    if said["success"] or installed(site) != str(good) or "signed" not in reason:
        raise StageError(f"{bad} was not refused: {said}")
    say(f"  refused, and {good} runs on: {reason}")
    with step("withdrawing it"):
        target.api.patch(f"{VERSIONS}{bad}/", {"state": "yanked"})
    _expect(offered(site), "", "is offered")
    say("\nSee it under Plugins, and Settings → IGNY8.\n")


def offered(site: WordPressSite) -> str:
    """Have the bridge look for an update, as cron does, and answer what WordPress then offers."""
    with step("looking for updates, with wordpress.org out of reach"):
        return wp_eval(site, _LOOK).strip()


def installed(site: WordPressSite) -> str:
    """The version that runs. Raises StageError when the bridge is not active."""
    version, is_active = json.loads(wp_eval(site, _INSTALLED))
    if not is_active:
        raise StageError("The bridge is not active any more.")
    return str(version)


def update_now(site: WordPressSite) -> dict[str, Any]:
    """Press "Update now" on the plugins screen; answers what WordPress says."""
    with step("pressing Update now"), bridge.sign_in(site) as browser:
        page = browser.get(f"{site.url}/wp-admin/plugins.php", timeout=TIMEOUT_SECONDS).text
        nonce = re.search(r'"ajax_nonce":"(\w+)"', page)
        if nonce is None:
            raise StageError("The plugins screen offers no updates.")
        answer = browser.post(
            f"{site.url}/wp-admin/admin-ajax.php",
            data={"action": "update-plugin", "plugin": FILE, "slug": SLUG,
                  "_ajax_nonce": nonce[1]},
            timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        said: dict[str, Any] = answer.json()
        return said


def _following(target: Target, steps: int = 1) -> Version:
    """A version above all that the stage knows."""
    known = [Version.parse(one["version"]) for one in target.api.get(VERSIONS)["releases"]]
    newest = str(max(known)).partition("-")[0]
    major, minor, patch = newest.split(".")
    return Version.parse(f"{major}.{minor}.{int(patch) + steps}")


def _tamper(where: Cloud, version: Version, sha256: str) -> None:
    """Change a byte of a release where it is kept, as nobody should be able to."""
    bucket = stage.read()["outputs"]["ReleasesBucketName"]
    key = f"plugins/wordpress/{SLUG}/{version}/{sha256}.zip"
    s3 = where.client("s3")
    package = bytearray(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    package[len(package) // 2] ^= 1
    s3.put_object(Bucket=bucket, Key=key, Body=bytes(package))


def _expect(found: str, wanted: str, what: str) -> None:
    if found != wanted:
        raise StageError(f"{wanted or 'Nothing'} should be what {what}, and it is {found!r}.")


# The bridge keeps an answer for six hours; here it is asked anew.
_LOOK = f"""
delete_site_option( 'igny8_update' );
do_action( 'igny8_check_update' );
$updates = get_site_transient( 'update_plugins' );
echo $updates->response['{FILE}']->new_version ?? '';
"""

_INSTALLED = f"""
require_once ABSPATH . 'wp-admin/includes/plugin.php';
echo wp_json_encode( array(
    defined( 'IGNY8_BRIDGE_VERSION' ) ? IGNY8_BRIDGE_VERSION : '', is_plugin_active( '{FILE}' ),
) );
"""

_REPORTED = "echo get_option( 'igny8_reported_version' );"
