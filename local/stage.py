"""Brings the whole stage up and down, and writes `.local/stage.json` for tests and people."""

import json
import os
import shutil
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local import bridge, cloud, people, running, stack, tools, wordpress
from local.api import Api
from local.cloud import Cloud
from local.failure import StageError
from local.logs import FunctionLogs
from local.people import User
from local.places import BRIDGE_ZIP, LOGS, ROOT, STAGE_FILE, STATE, TEMPORARY, WORDPRESS
from local.places import RUNNING_FILE as RUNNING
from local.progress import say, step
from local.stack import Stack
from local.wordpress import WordPressSite


def up() -> dict[str, Any]:
    """Start what does not run yet and return the contents of `.local/stage.json`."""
    LOGS.mkdir(parents=True, exist_ok=True)
    if is_up():
        say("The stage is up already.")
        return read()
    down(quietly=True)
    begun = time.monotonic()
    say("Starting the local stage:")
    tools.prepare(cloud.TOOL, stack.TOOL)
    where = _start_cloud()
    deployed = stack.deploy(where)
    with step("making a user and signing in"):
        user = people.create(where, deployed.outputs["UserPoolId"])
        token = people.sign_in(where, deployed.outputs["UserPoolClientId"], user)
    site = _start_wordpress()
    facts = _connect(where, deployed, site, token)
    write(where, deployed, user, token, site, facts)
    say(f"Up in {time.monotonic() - begun:.0f} s. What is where: {STAGE_FILE.relative_to(ROOT)}")
    return read()


def _start_cloud() -> Cloud:
    port = running.free_port(os.environ.get("API_PORT"))
    with step(f"starting the local cloud on port {port}"):
        return cloud.start(port)


def _start_wordpress() -> WordPressSite:
    port = running.free_port(os.environ.get("WP_PORT"))
    engine = os.environ.get("WP_ENGINE") or "auto"
    with step(f"starting WordPress on port {port}"):
        site = wordpress.start(
            WORDPRESS, port=port, engine=engine, version=os.environ.get("WP_VERSION") or "latest",
            log=LOGS / "wordpress.log",
        )  # fmt: skip
    running.remember("wordpress", **{**asdict(site), "path": str(site.path)})
    return site


def _connect(where: Cloud, deployed: Stack, site: WordPressSite, token: str) -> dict[str, Any]:
    """Make a site and its key, release the bridge, install it as released, and pair them."""
    from local import own_release  # noqa: PLC0415 - releasing asks what the stage is

    api = Api(deployed.api_url, token)
    with step("making a site and its key"):
        made = api.post("sites/", {"name": "Local WordPress", "url": site.url})
        key = api.post("integration/integrations/generate-api-key/", {"site_id": made["id"]})
    own_release.release(where, deployed)
    with step("downloading the bridge through the API, installing its ZIP"):
        bridge.install(site, bridge.fetch(own_release.link(deployed, token, made["id"])))
    with step("pressing Connect"):
        bridge.connect(site, api_url=deployed.api_url, api_key=key["api_key"], site_id=made["id"])
    return {
        "site_id": made["id"],
        "integration_id": key["integration_id"],
        "api_key": key["api_key"],
    }


def write(
    where: Cloud,
    deployed: Stack,
    user: User,
    token: str,
    site: WordPressSite,
    facts: dict[str, Any],
) -> None:
    """Write `.local/stage.json`, readable by its owner alone."""
    shown = ("url", "path", "admin_user", "admin_password", "engine", "version")
    _save({
        "api_url": deployed.api_url,
        "user": asdict(user),
        "id_token": token,
        "aws": {"endpoint_url": where.endpoint, "region": cloud.REGION},
        "stack_name": deployed.name,
        "outputs": deployed.outputs,
        "wordpress": {name: str(getattr(site, name)) for name in shown},
        **facts,
    })  # fmt: skip


def _save(contents: dict[str, Any]) -> None:
    descriptor = os.open(STAGE_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(contents, out, indent=2)


def read() -> dict[str, Any]:
    """Read `.local/stage.json`. Raises StageError when the stage is not up."""
    try:
        found: dict[str, Any] = json.loads(STAGE_FILE.read_text())
    except FileNotFoundError as error:
        raise StageError("The stage is not up; start it with: make up") from error
    return found


def is_up() -> bool:
    """Whether everything runs."""
    found = running.recall()
    parts = [running.alive(found.get(name)) for name in ("cloud", "wordpress")]
    return STAGE_FILE.is_file() and all(parts)


def the_cloud() -> Cloud:
    """Return the running cloud. Raises StageError when there is none."""
    facts = running.recall().get("cloud")
    if facts is None or not running.alive(facts):
        raise StageError("The stage is not up; start it with: make up")
    return Cloud(facts["port"])


def the_wordpress() -> WordPressSite:
    """Return the running WordPress, for `wp_eval`. Raises StageError when there is none."""
    facts = running.recall().get("wordpress")
    if facts is None or not running.alive(facts):
        raise StageError("The stage is not up; start it with: make up")
    return _site(facts)


def _site(facts: dict[str, Any]) -> WordPressSite:
    known = {name: facts[name] for name in WordPressSite.__dataclass_fields__}
    return WordPressSite(**{**known, "path": Path(facts["path"])})


def redeploy() -> None:
    """Build and deploy the tree again onto the running stage, and update the bridge.

    A change of the template can replace the API, and then its address is a new one.
    """
    found = read()
    from local import own_release  # noqa: PLC0415 - as above

    where = the_cloud()
    deployed = stack.deploy(where)
    site = the_wordpress()
    with step("updating the bridge from the tree"):
        bridge.install(site, own_release.build(where, deployed))
    if deployed.api_url != found["api_url"]:
        with step("the API has a new address: pressing Connect again"):
            bridge.connect(
                site, api_url=deployed.api_url, api_key=found["api_key"], site_id=found["site_id"]
            )
    _save({**found, "outputs": deployed.outputs, "api_url": deployed.api_url})


def fresh_token() -> str:
    """Sign in again, note the token in `.local/stage.json`, and return it."""
    found = read()
    user = User(**found["user"])
    token = people.sign_in(the_cloud(), found["outputs"]["UserPoolClientId"], user)
    _save({**found, "id_token": token})
    return token


def admin_token() -> str:
    """Sign in as an administrator, made anew for this, and return the token; it is kept nowhere."""
    outputs = read()["outputs"]
    admin = people.create_admin(the_cloud(), outputs["UserPoolId"])
    return people.sign_in(the_cloud(), outputs["UserPoolClientId"], admin)


def down(*, quietly: bool = False) -> None:
    """Stop everything by its process id and remove the state; tools and packages stay."""
    found = running.recall()
    if not found and not quietly:
        say("Nothing runs.")
    if "wordpress" in found:
        with step("stopping WordPress"):
            if running.alive(found["wordpress"]):
                wordpress.stop(_site(found["wordpress"]))
    if "cloud" in found:
        with step("stopping the local cloud"):
            if running.alive(found["cloud"]):
                _keep_function_logs(Cloud(found["cloud"]["port"]))
            running.end(found["cloud"])
    for path in (STAGE_FILE, BRIDGE_ZIP, RUNNING):
        path.unlink(missing_ok=True)
    for folder in (WORDPRESS, TEMPORARY):
        shutil.rmtree(folder, ignore_errors=True)


def _keep_function_logs(where: Cloud) -> None:
    """The local cloud holds them in memory; whoever asks why something failed wants them later."""
    with suppress(BotoCoreError, ClientError), (LOGS / "functions.log").open("w") as out:
        for _, function, message in FunctionLogs(where, since=0).fresh():
            out.write(f"{function} | {message}\n")


def status() -> bool:
    """Say what runs and where; True when all does."""
    found = running.recall()
    for name in ("cloud", "wordpress"):
        facts = found.get(name)
        where = f"process {facts['pid']}, port {_port(facts)}" if facts else ""
        state = "runs" if running.alive(facts) else "stopped" if facts else "not started"
        say(f"{name:10} {state:12} {where}")
    if not is_up():
        return False
    contents = read()
    say(f"{'API':10} {contents['api_url']}")
    site = contents["wordpress"]
    say(f"{'site':10} {site['url']}  (WordPress {site['version']}, {site['engine']})")
    say(f"{'admin':10} {site['url']}/wp-admin/  {site['admin_user']} / {site['admin_password']}")
    say(
        f"{'facts':10} {STAGE_FILE.relative_to(ROOT)}    logs: {LOGS.relative_to(ROOT)}/, make logs"
    )
    return True


def _port(facts: dict[str, Any]) -> str:
    with suppress(KeyError):
        return str(facts["port"])
    return str(facts["url"]).rsplit(":", 1)[1]


__all__ = ["STATE", "admin_token", "down", "fresh_token", "is_up", "read", "redeploy", "status",
           "the_cloud",
           "the_wordpress", "up"]  # fmt: skip
