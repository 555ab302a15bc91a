"""Releases for tests."""

from dataclasses import replace
from typing import Any

from igny8.distribution.manifest import canonical
from igny8.distribution.model import SLUG, Entry, Release, State
from igny8.distribution.store import ReleaseStore
from igny8.distribution.versions import Version

from tests.support.world import Response, World

NOT_AFTER = "2028-01-01T00:00:00.000Z"


def a_release(version: str = "2.0.1", **fields: Any) -> Release:
    """A release as the store has it; released to everybody, unless ``fields`` say otherwise."""
    made = Release(
        version=Version.parse(version),
        state=State.RELEASED,
        requires="5.8",
        requires_php="7.4",
        tested="6.5",
        sha256="a1" * 32,
        md5="b2" * 16,
        size=123_456,
        signature="c2lnbmF0dXJl",
        key_id="0123456789abcdef",
        released_at="2026-01-01T00:00:00.000Z",
        rollout_salt=f"salt of {version}",
        sections={"description": "<p>It publishes.</p>", "changelog": "<h4>2.0.1</h4>"},
        api_url="https://api.example.com",
        update_host="api.example.com",
        created_at="2026-01-01T00:00:00.000Z",
    )
    changed = replace(made, **fields)
    return replace(changed, manifest=canonical(changed, not_after=NOT_AFTER))


def entry(version: str, state: State = State.RELEASED, **fields: Any) -> Entry:
    """The same as the catalogue knows it; ``min_from_version`` is a text."""
    oldest = fields.pop("min_from_version", None)
    fields |= {"min_from_version": oldest and Version.parse(oldest)}
    return a_release(version, state=state, **{"requires": "5.6", **fields}).entry


def released(world: World, *versions: str | Release, **fields: Any) -> None:
    """Releases that the backend knows from now on; versions alone stand for those to everybody."""
    store = ReleaseStore(world.services.tables)
    for one in versions:
        release = one if isinstance(one, Release) else a_release(one, **fields)
        world.services.commit(store.put_new(SLUG, release, store.catalogue(SLUG)))


def changed(world: World, version: str, **fields: Any) -> None:
    """Change what is said of a release."""
    store = ReleaseStore(world.services.tables)
    release = replace(store.get(SLUG, Version.parse(version)), **fields)
    world.services.commit(store.change(SLUG, release, store.catalogue(SLUG)))


def asked(
    world: World, what: str, body: Any = None, *, method: str = "POST", key: str = "", **how: Any
) -> Response:
    """What a site asks of the plugin's routes, with its key if it has one."""
    headers = {"X-IGNY8-API-KEY": key} if key else {}
    headers |= how.pop("headers", {})
    path, _, query = what.partition("?")
    path = f"/api/plugins/{how.pop('slug', SLUG)}/{path}/{'?' if query else ''}{query}"
    return world.call(method, path, body, account=None, headers=headers, **how)
