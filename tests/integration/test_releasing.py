"""Who makes releases: a ZIP is brought in, judged, staged and withdrawn."""

import base64
import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from igny8.core.clock import rfc3339
from igny8.core.errors import Unavailable
from igny8.core.rows import Write
from igny8.distribution.model import MOST_VERSIONS, SLUG, State
from igny8.distribution.versions import Version

from tests.support.fail_points import watch
from tests.support.packages import PUBLIC_KEYS, sources, zipped
from tests.support.releases import a_release
from tests.support.releasing import accept, bring_in, change, kept, put_there, uploaded, versions
from tests.support.trouble import Killed, Mode, Trouble
from tests.support.world import World, world_in_memory

pytestmark = pytest.mark.rows("memory")

KEY = f"plugins/wordpress/{SLUG}/2.0.1/"


def stored(world: World, version: str = "2.0.1") -> Any:
    return world.services.release_store.get(SLUG, Version.parse(version))


# --- Any call may fail, and any may be our last ---------------------------------------------------


ZIP = zipped()


def all_the_way(world: World) -> None:
    """From the sources to a version that is offered; what was done before is done."""
    begun = versions(world, "POST", body={"version": "2.0.1"})
    if begun.status == 200:
        put_there(world, begun.data["fields"]["key"], ZIP)
        accept(world, begun.data["upload_id"], ZIP)
    change(world, state="released")


@pytest.mark.parametrize("mode", Mode)
def test_whatever_call_fails_the_next_try_makes_one_release(mode: Mode) -> None:
    with world_in_memory() as counted:
        watch(counted.services, calls := Trouble())
        all_the_way(counted)
    assert calls.made > 10
    for number in range(calls.made):
        with world_in_memory() as world:
            watch(world.services, trouble := Trouble())
            trouble.arm(number, mode)
            with suppress(Killed):
                all_the_way(world)
            assert trouble.failed
            trouble.disarm()
            all_the_way(world)
            (release,) = versions(world, "GET").data["releases"]
            assert release["state"] == "released"
            stayed = [key for key in kept(world) if not key.startswith("uploads/")]
            assert stayed == [f"{KEY}{release['sha256']}.zip"]
            assert stored(world).signature


# --- Bringing a version in -----------------------------------------------------------------------


def test_a_zip_becomes_a_version_in_development(world: World) -> None:
    archive = zipped()
    digest = hashlib.sha256(archive).hexdigest()
    answer = bring_in(world)
    assert answer.status == 200
    told = answer.data
    assert (told["version"], told["state"], told["channel"]) == ("2.0.1", "development", "stable")
    assert (told["sha256"], told["size"]) == (digest, len(archive))
    assert told["md5"] == hashlib.md5(archive, usedforsecurity=False).hexdigest()
    assert (told["requires"], told["requires_php"], told["tested"]) == ("5.8", "7.4", "6.5")
    assert (told["released_at"], told["key_id"], told["linted_with"]) == (None, "", ["8.2.12"])
    assert told["upgrade_notice"] == "Please update soon."
    assert kept(world) == [f"{KEY}{digest}.zip"], "the upload is gone"
    assert world.services.archives.objects[f"{KEY}{digest}.zip"] == archive
    assert world.services.signer.signed == [], "nobody is offered it, so nothing is signed"
    release = stored(world)
    assert "<li>A change of 2.0.1.</li>" in release.sections["changelog"]
    assert len(release.rollout_salt) == 16
    listed = versions(world, "GET").data
    assert listed["releases"] == [told]
    assert [base64.b64decode(one["public_key"]) for one in listed["signing_keys"]] == PUBLIC_KEYS
    assert [one["signs"] for one in listed["signing_keys"]] == [True, False]


REFUSED_NAMES = ["v1.5.0", "1.5", "1.5.0-hotfix", "1.5.0+1", "1.05.0"]


@pytest.mark.parametrize("version", REFUSED_NAMES)
def test_other_names_of_versions_are_refused(world: World, version: str) -> None:
    begun = versions(world, "POST", body={"version": version})
    assert begun.status == 422
    assert begun.body["error"]["fields"]["version"] == [
        "must be x.y.z or x.y.z-(alpha|beta|rc).n, without leading zeros"
    ]
    archive = zipped()
    accepted = accept(world, "0" * 32, archive, version)
    assert (accepted.status, list(accepted.body["error"]["fields"])) == (422, ["version"])
    assert change(world, version, state="released").status == 404
    assert kept(world) == versions(world, "GET").data["releases"] == []


def test_what_the_gate_refuses_leaves_nothing(world: World) -> None:
    bad = zipped(sources(stable_tag="2.0.0"), more={f"{SLUG}/../x.php": b"<?php"})
    answer = bring_in(world, archive=bad)
    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.body["error"]["message"] == "This ZIP cannot become a release."
    assert "leads out of its folder" in answer.body["error"]["fields"]["zip"][0]
    assert kept(world) == versions(world, "GET").data["releases"] == []
    assert bring_in(world).status == 200, "the name is free as before"


def test_another_zip_than_announced_is_refused(world: World) -> None:
    upload_id = uploaded(world, zipped())
    answer = accept(world, upload_id, zipped(sources(tested="6.4")))
    assert list(answer.body["error"]["fields"]) == ["sha256"]
    assert kept(world) == []


def test_what_was_not_uploaded_is_not_accepted(world: World) -> None:
    answer = accept(world, "0" * 32, zipped())
    assert (answer.status, list(answer.body["error"]["fields"])) == (422, ["upload_id"])


def test_a_record_that_differs_is_refused(world: World) -> None:
    archive = zipped()
    answer = accept(world, uploaded(world, archive), archive, requires="6.0")
    assert answer.body["error"]["fields"]["zip"] == [
        "the record's requires is 6.0, and should be 5.8"
    ]


def test_php_has_to_have_parsed_it_but_on_the_local_stage(world: World) -> None:
    archive = zipped()
    service = world.services.releases
    service._is_local = False
    answer = accept(world, uploaded(world, archive), archive, linted_with=[])
    assert list(answer.body["error"]["fields"]) == ["linted_with"]
    service._is_local = True
    assert accept(world, uploaded(world, archive), archive, linted_with=[]).status == 200


# --- Once ----------------------------------------------------------------------------------------


def test_the_same_zip_again_is_the_release_that_it_became(world: World) -> None:
    archive = zipped()
    first, second = uploaded(world, archive), uploaded(world, archive)
    assert accept(world, first, archive).status == 200
    again = accept(world, second, archive)
    assert again.status == 200
    assert [again.data] == versions(world, "GET").data["releases"]
    assert len(kept(world)) == 1
    assert versions(world, "POST", body={"version": "2.0.1"}).code == "version_exists"


def test_another_zip_of_the_same_version_is_refused(world: World) -> None:
    archive, other = zipped(), zipped(sources(tested="6.4"))
    first, second = uploaded(world, archive), uploaded(world, other)
    assert accept(world, first, archive).status == 200
    again = accept(world, second, other)
    assert (again.status, again.code) == (409, "version_exists")
    assert stored(world).sha256 == hashlib.sha256(archive).hexdigest()
    assert len(kept(world)) == 1, "nothing of the other is kept"


def interrupted(world: World, before: Callable[[], Any]) -> None:
    """Let something happen right before the next write of rows."""
    service = world.services.releases
    commit = service._commit

    def write(writes: list[Write]) -> None:
        service._commit = commit
        before()
        commit(writes)

    service._commit = write


@pytest.mark.parametrize("same", [True, False])
def test_two_at_once_are_one(world: World, same: bool) -> None:
    mine, theirs = zipped(), zipped() if same else zipped(sources(tested="6.4"))
    first, second = uploaded(world, mine), uploaded(world, theirs)
    others = []
    interrupted(world, lambda: others.append(accept(world, second, theirs)))
    answer = accept(world, first, mine)
    assert others[0].status == 200
    assert (answer.status, answer.body["success"]) == ((200, True) if same else (409, False))
    assert stored(world).sha256 == hashlib.sha256(theirs).hexdigest()
    assert len(versions(world, "GET").data["releases"]) == 1
    assert not [key for key in kept(world) if key.startswith("uploads/")]


def test_two_versions_at_once_are_two(world: World) -> None:
    interrupted(world, lambda: bring_in(world, "2.0.2"))
    assert bring_in(world).status == 200
    assert [one["version"] for one in versions(world, "GET").data["releases"]] == [
        "2.0.2", "2.0.1",
    ]  # fmt: skip
    entries = world.services.release_store.catalogue(SLUG).entries
    assert [str(one.version) for one in entries] == ["2.0.2", "2.0.1"]


def test_an_end_between_copy_and_row_leaves_what_the_next_try_finds(world: World) -> None:
    archive = zipped()
    upload_id = uploaded(world, archive)

    def down() -> None:
        raise Unavailable("dynamodb")

    interrupted(world, down)
    assert accept(world, upload_id, archive).status == 503
    digest = hashlib.sha256(archive).hexdigest()
    assert kept(world)[0] == f"{KEY}{digest}.zip", "it lies there, and no row names it"
    assert versions(world, "GET").data["releases"] == []
    assert accept(world, upload_id, archive).status == 200, "the upload is still there"
    assert kept(world) == [f"{KEY}{digest}.zip"]


def test_an_end_between_copy_and_row_keeps_no_other_zip_out(world: World) -> None:
    archive, mended = zipped(), zipped(sources(tested="6.4"))
    upload_id = uploaded(world, archive)

    def down() -> None:
        raise Unavailable("dynamodb")

    interrupted(world, down)
    assert accept(world, upload_id, archive).status == 503
    assert bring_in(world, archive=mended).status == 200
    assert stored(world).sha256 == hashlib.sha256(mended).hexdigest()


def test_the_upload_may_stay_where_it_cannot_be_removed(world: World) -> None:
    def down(_key: str) -> None:
        raise Unavailable("s3")

    world.services.archives.discard = down
    assert bring_in(world).status == 200


def test_there_are_not_more_than_fit(world: World) -> None:
    store = world.services.release_store
    catalogue = store.catalogue(SLUG)
    entries = [a_release(f"1.{n}.0", state=State.YANKED).entry for n in range(MOST_VERSIONS)]
    world.services.commit(
        store.put_new(SLUG, a_release("1.0.0"), replace(catalogue, entries=entries))
    )
    assert bring_in(world).code == "not_allowed"


# --- Staging -------------------------------------------------------------------------------------


def verified(world: World, version: str = "2.0.1", by: int = 0) -> dict[str, Any]:
    """What is signed of a version, if it is, by the key that it names."""
    release = stored(world, version)
    key = Ed25519PublicKey.from_public_bytes(PUBLIC_KEYS[by])
    key.verify(base64.b64decode(release.signature), release.manifest.encode())
    assert release.key_id == hashlib.sha256(PUBLIC_KEYS[by]).hexdigest()[:16]
    found: dict[str, Any] = json.loads(release.manifest)
    return found


def test_what_is_released_is_signed(world: World) -> None:
    bring_in(world)
    told = change(world, state="released", rollout_percent=5).data
    assert (told["state"], told["rollout_percent"]) == ("released", 5)
    now = world.clock.now()
    assert told["released_at"] == rfc3339(now)
    assert told["signed_until"] == rfc3339(now + timedelta(days=730))
    assert verified(world) == {
        "slug": SLUG,
        "version": "2.0.1",
        "channel": "stable",
        "sha256": told["sha256"],
        "size": told["size"],
        "requires": "5.8",
        "requires_php": "7.4",
        "min_from_version": None,
        "released_at": rfc3339(now),
        "not_after": rfc3339(now + timedelta(days=730)),
    }


def test_every_stage_is_signed_for_its_channel(world: World) -> None:
    bring_in(world)
    change(world, state="beta")
    assert verified(world)["channel"] == "beta"
    world.clock.advance(seconds=60)
    change(world, state="released")
    assert verified(world)["channel"] == "stable"
    assert verified(world)["released_at"] == rfc3339(world.clock.now())
    change(world, state="deprecated")
    assert (stored(world).manifest, stored(world).signature) == ("", "")


def test_any_change_begins_the_time_anew_and_keeps_the_date(world: World) -> None:
    bring_in(world)
    change(world, state="released")
    first = verified(world)
    world.clock.advance(days=1)
    change(world, rollout_percent=50)
    again = verified(world)
    assert again["released_at"] == first["released_at"]
    assert again["not_after"] == rfc3339(world.clock.now() + timedelta(days=730))


def test_another_key_signs_from_the_next_change_on(world: World) -> None:
    bring_in(world)
    change(world, state="released")
    verified(world, by=0)
    world.services.signer.current = 1
    change(world, rollout_percent=100)
    verified(world, by=1)


ALLOWED = {
    "development": {"beta", "released", "yanked"},
    "beta": {"released", "deprecated", "yanked"},
    "released": {"deprecated", "yanked"},
    "deprecated": {"released", "yanked"},
    "yanked": set(),
}
WAYS = {
    "development": [], "beta": ["beta"], "released": ["released"],
    "deprecated": ["released", "deprecated"], "yanked": ["yanked"],
}  # fmt: skip


@pytest.mark.parametrize("state", State)
def test_states_follow_one_another_as_they_may(world: World, state: State) -> None:
    for wanted in sorted(set(State) - {state}):
        version = f"1.0.{sorted(State).index(wanted)}"
        bring_in(world, version)
        for step in WAYS[state]:
            assert change(world, version, state=step).status == 200
        answer = change(world, version, state=wanted)
        if wanted in ALLOWED[state]:
            assert answer.data["state"] == wanted
        else:
            assert (answer.status, answer.code) == (409, "not_allowed")
            assert stored(world, version).state is state
            assert change(world, version, state=state).status == 200, "to stay is no change"


def test_a_yank_keeps_the_row_and_the_object_and_can_say_why(world: World) -> None:
    bring_in(world)
    change(world, state="released")
    advisory = {"severity": "high", "summary": "Unsafe", "url": "https://example.com/1"}
    told = change(world, state="yanked", advisory=advisory).data
    assert (told["state"], told["advisory"]) == ("yanked", advisory)
    (entry,) = world.services.release_store.catalogue(SLUG).entries
    assert (entry.state, entry.is_offered, entry.signature) == (State.YANKED, False, "")
    assert entry.advisory is not None
    assert len(kept(world)) == 1
    assert change(world, advisory=None).data["advisory"] is None
    assert versions(world, "POST", body={"version": "2.0.1"}).code == "version_exists"


def test_what_is_said_of_a_version_can_be_changed(world: World) -> None:
    bring_in(world)
    change(world, state="released")
    said = {"min_from_version": "1.9.0", "upgrade_notice": "Tea & <Coffee>", "rollout_halted": True}
    told = change(world, **said).data
    assert {name: told[name] for name in said} == said
    assert verified(world)["min_from_version"] == "1.9.0"
    assert change(world, min_from_version=None).data["min_from_version"] is None
    assert verified(world)["min_from_version"] is None


@pytest.mark.parametrize(
    "body",
    [
        {}, {"rollout_percent": 101}, {"rollout_percent": -1}, {"rollout_percent": 5.5},
        {"rollout_percent": None}, {"state": None}, {"state": "latest"}, {"sha256": "0" * 64},
        {"version": "3.0.0"}, {"min_from_version": "2.0.1"}, {"min_from_version": "2.0.2"},
        {"min_from_version": "2"}, {"upgrade_notice": "x" * 201}, {"upgrade_notice": "a\nb"},
        {"advisory": {"severity": "bad", "summary": "s", "url": "https://e.com"}},
        {"advisory": {"severity": "low", "summary": "s", "url": "javascript:1"}},
        {"advisory": {"severity": "low", "summary": "", "url": "https://e.com"}},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(world: World, body: dict[str, Any]) -> None:
    bring_in(world)
    before = stored(world)
    assert change(world, **body).status == 422
    assert stored(world) == before


def test_a_change_that_was_overtaken_is_told(world: World) -> None:
    bring_in(world)
    interrupted(world, lambda: change(world, state="yanked"))
    answer = change(world, state="released")
    assert (answer.status, answer.code) == (409, "changed_meanwhile")
    assert stored(world).state is State.YANKED


# --- Who -----------------------------------------------------------------------------------------

CALLS: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("POST", "", {"version": "2.0.1"}),
    ("POST", "2.0.1/", {"upload_id": "0" * 32, "sha256": "0" * 64}),
    ("PATCH", "2.0.1/", {"state": "yanked"}),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_only_administrators_are_let_in(world: World, method: str, path: str, body: Any) -> None:
    bring_in(world)
    before = stored(world)
    people = versions(world, method, path, body, admin=False)
    assert (people.status, people.code) == (403, "not_admin")
    strangers = versions(world, method, path, body, account=None)
    assert (strangers.status, strangers.code) == (401, "unauthorized")
    key = {"X-IGNY8-API-KEY": world.connected_site()["api_key"]}
    bridge = versions(world, method, path, body, account=None, headers=key)
    assert (bridge.status, bridge.code) == (401, "unauthorized")
    assert stored(world) == before


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_there_is_no_other_plugin(world: World, method: str, path: str, body: Any) -> None:
    other = f"/api/plugins/akismet/versions/{path}"
    assert world.call(method, other, body, admin=True).status == 404


def test_what_is_not_there_cannot_be_changed(world: World) -> None:
    assert change(world, "9.9.9", state="released").status == 404
