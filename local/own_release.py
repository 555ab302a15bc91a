"""The local stage's own release of the bridge: as it is in the tree, brought in as any other."""

from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from igny8.distribution.model import SLUG
from igny8.distribution.versions import Version

from local import bridge, building, people, releasing
from local.api import Api
from local.cloud import Cloud
from local.places import BRIDGE_SOURCE, BRIDGE_ZIP
from local.releasing import VERSIONS, Target
from local.stack import Stack


def release(where: Cloud, deployed: Stack) -> None:
    """Release the version that the tree has, to every site. Raises StageError."""
    version = Version.parse(bridge.source_version())
    releasing.release(_target(where, deployed), version, state="released", rollout=100)


def build(where: Cloud, deployed: Stack) -> Path:
    """The tree's bridge as it would be released, for a stage where that version is released."""
    target = _target(where, deployed)
    keys = [b64decode(one["public_key"]) for one in target.api.get(VERSIONS)["signing_keys"]]
    home = building.Home(update_host=target.update_host, api_url=target.api_url, keys=keys)
    version = Version.parse(bridge.source_version())
    BRIDGE_ZIP.write_bytes(building.build(BRIDGE_SOURCE, version, home))
    return BRIDGE_ZIP


def _target(where: Cloud, deployed: Stack) -> Target:
    outputs = deployed.outputs
    admin = people.create_admin(where, outputs["UserPoolId"])
    token = people.sign_in(where, outputs["UserPoolClientId"], admin)
    return Target(True, deployed.api_url, str(urlsplit(deployed.api_url).hostname), token)


def link(deployed: Stack, token: str, site_id: int) -> dict[str, Any]:
    """Where a site can fetch the bridge, and how to tell that it came whole."""
    api = Api(deployed.api_url, token, prefix="api")
    made: dict[str, Any] = api.post(f"plugins/{SLUG}/install-link/", {"site_id": site_id})
    return made
