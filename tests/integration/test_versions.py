"""Whoever read a row that another has written since is told so: nothing of the other's is lost."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from igny8.core.clock import epoch
from igny8.core.rows import ConditionLost, Write
from igny8.integrations.model import ConnectionStatus

from tests.support.aws_calls import Overtaken, intercepted, stored_rows
from tests.support.steps import bring_to, edit, gate_of, publication_row, with_slots_free
from tests.support.wordpress import not_sent
from tests.support.world import ACCOUNT, Response, World

GENERATE = "/api/v1/integration/integrations/generate-api-key/"
REVOKE = "/api/v1/integration/integrations/revoke-api-key/"


def overtaking(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """What ``first`` answers when ``second`` comes between its reads and its write, and that."""
    overtaken = Overtaken(second)
    with intercepted(overtaken):
        answer = first()
    assert overtaken.answer is not None, "it wrote nothing, so it was not overtaken"
    return answer, overtaken.answer


def content_path(content: dict[str, Any]) -> str:
    return f"/api/v1/writer/content/{content['id']}/"


# --- Content -------------------------------------------------------------------------------------


def test_two_edits_at_once_are_both_kept(shared: World) -> None:
    content = shared.content(shared.site())
    path = content_path(content)
    overtaking(
        lambda: edit(shared, content, title="Mine"),
        lambda: edit(shared, content, excerpt="Theirs"),
    )
    now = shared.call("GET", path).data
    assert (now["title"], now["excerpt"]) == ("Mine", "Theirs")
    revisions = [row for row in stored_rows()["igny8-test-data"] if "REV#" in row["sk"]["S"]]
    assert [row["rev"]["N"] for row in revisions] == ["1", "2"]


def test_an_edit_does_not_bring_back_what_was_deleted(shared: World) -> None:
    content = shared.content(shared.site())
    path = content_path(content)
    edited, deleted = overtaking(
        lambda: shared.call("PATCH", path, {"title": "Mine"}), lambda: shared.call("DELETE", path)
    )
    assert (edited.status, deleted.status) == (404, 200)
    assert shared.call("GET", path).status == 404
    partition = f"A#{ACCOUNT}#C#{content['id']}"
    rows = stored_rows()["igny8-test-data"]
    assert not [r for r in rows if (r["pk"]["S"], r["sk"]["S"]) == (partition, "META")]


def test_what_was_just_edited_is_not_deleted_unseen(shared: World) -> None:
    content = shared.content(shared.site())
    path = content_path(content)
    deleted, _ = overtaking(
        lambda: shared.call("DELETE", path), lambda: edit(shared, content, title="Newer")
    )
    assert deleted.code == "changed_meanwhile"
    assert shared.call("GET", path).data["title"] == "Newer"


def test_a_click_takes_the_text_that_was_just_edited(shared: World) -> None:
    content = shared.content(shared.connected_site())
    overtaking(lambda: shared.publish(content), lambda: edit(shared, content, title="Newer"))
    shared.work()
    assert [sent["title"] for sent in shared.wordpress.sent()] == ["Newer"]


# --- Sites and their keys ------------------------------------------------------------------------


def test_two_changes_of_a_site_at_once_are_both_kept(shared: World) -> None:
    path = f"/api/v1/sites/{shared.site()['id']}/"
    overtaking(
        lambda: shared.call("PATCH", path, {"name": "Mine"}),
        lambda: shared.call("PATCH", path, {"timezone": "Europe/Berlin"}),
    )
    now = shared.call("GET", path).data
    assert (now["name"], now["timezone"]) == ("Mine", "Europe/Berlin")


def test_a_change_of_a_site_is_made_of_what_is_there_now(shared: World) -> None:
    """A stale read would lose again and again, or be taken for a site that is gone."""
    path = f"/api/v1/sites/{shared.site()['id']}/"
    reads: list[bool] = []

    def note(operation: str, parameters: Any, proceed: Callable[[], Any]) -> Any:
        if operation == "GetItem":
            reads.append(parameters["ConsistentRead"])
        return proceed()

    with intercepted(note):
        assert shared.call("PATCH", path, {"name": "Mine"}).status == 200
    assert reads == [True]


def test_a_change_of_a_site_leaves_the_last_letters_of_a_new_key(shared: World) -> None:
    site = shared.site()
    path = f"/api/v1/sites/{site['id']}/"
    _, key = overtaking(
        lambda: shared.call("PATCH", path, {"name": "Mine"}), lambda: shared.key(site)
    )
    now = shared.call("GET", path).data
    assert (now["name"], now["api_key_last4"]) == ("Mine", key["api_key"][-4:])


def test_a_change_does_not_bring_back_a_site_that_was_deleted(shared: World) -> None:
    path = f"/api/v1/sites/{shared.site()['id']}/"
    changed, _ = overtaking(
        lambda: shared.call("PATCH", path, {"name": "Mine"}), lambda: shared.call("DELETE", path)
    )
    assert changed.status == 404
    assert shared.call("GET", path).status == 404


def test_of_two_rotations_one_is_told_to_look_again(shared: World) -> None:
    site = shared.site()
    mine, theirs = overtaking(
        lambda: shared.call("POST", GENERATE, {"site_id": site["id"]}), lambda: shared.key(site)
    )
    assert mine.code == "changed_meanwhile"
    assert shared.pair(site, theirs["api_key"]).status == 200
    assert len(stored_rows()["igny8-test-keys"]) == 1


def test_a_rotation_does_not_survive_a_revoke(shared: World) -> None:
    site = shared.connected_site()
    mine, _ = overtaking(
        lambda: shared.call("POST", GENERATE, {"site_id": site["id"]}),
        lambda: shared.call("POST", REVOKE, {"site_id": site["id"]}),
    )
    assert mine.code == "changed_meanwhile"
    assert stored_rows()["igny8-test-keys"] == []


def test_pairing_does_not_lose_the_key_that_was_just_made(shared: World) -> None:
    site = shared.connected_site()
    paired, made = overtaking(lambda: shared.pair(site, site["api_key"]), lambda: shared.key(site))
    assert paired.status == 200
    assert shared.pair(site, made["api_key"]).status == 200
    assert shared.pair(site, site["api_key"]).status == 200


def test_a_rotation_looks_again_when_the_bridge_has_just_used_the_key(shared: World) -> None:
    """An unused key would end with the rotation, and the bridge be locked out."""
    site = shared.site()
    key = shared.key(site)["api_key"]
    mine, paired = overtaking(
        lambda: shared.call("POST", GENERATE, {"site_id": site["id"]}),
        lambda: shared.pair(site, key),
    )
    assert (mine.code, paired.status) == ("changed_meanwhile", 200)
    assert shared.pair(site, key).status == 200


def test_of_two_pairings_both_are_told_and_the_last_one_stays(shared: World) -> None:
    site = shared.connected_site()

    def pair(version: str) -> Response:
        body = {"site_id": site["id"], "site_url": site["url"], "plugin_version": version,
                "rest_url": f"{site['url']}/wp-json/"}  # fmt: skip
        return shared.call(
            "POST", "/api/v1/integration/integrations/test-connection/", body, account=None,
            headers={"X-IGNY8-API-KEY": site["api_key"]},
        )  # fmt: skip

    before = bundle_of(shared, site)
    first, second = overtaking(lambda: pair("2.1.0"), lambda: pair("2.2.0"))
    assert (first.status, second.status) == (200, 200)
    after = bundle_of(shared, site)
    assert after.integrations[0].credentials_json["plugin_version"] == "2.1.0"
    assert after.integrations[0].version == before.integrations[0].version + 2
    assert after.keys.version == before.keys.version + 2


# --- Workers -------------------------------------------------------------------------------------


def test_a_revoke_while_a_worker_settles_keeps_the_gate_closed(shared: World) -> None:
    content = bring_to(shared, "queued")
    site = {
        "id": content["site_id"],
        "integration_id": publication_row(shared, content).integration_id,
    }
    shared.wordpress.before.append(not_sent())  # so that a success has something to forget
    hint = shared.hint(content, site["integration_id"])
    shared.work([hint])
    assert gate_of(shared, site).failures == 1
    shared.clock.advance(minutes=5)

    def revoked(answer: Any) -> Any:
        assert shared.call("POST", REVOKE, {"site_id": site["id"]}).status == 200
        return answer

    shared.wordpress.after.append(revoked)
    shared.work([hint])
    assert shared.publication(content)["publish_state"] == "published"
    assert gate_of(shared, site).reason == "auth"
    assert with_slots_free(shared, site["integration_id"])


def test_pairing_anew_between_two_articles_sends_the_second_with_the_new_key(
    shared: World,
) -> None:
    site = shared.connected_site()
    contents = [shared.content(site), shared.content(site)]
    for content in contents:
        shared.publish(content)
    hints = shared.messages()
    shared.wordpress.accepted_key = site["api_key"]

    def paired_anew(answer: Any) -> Any:
        new = shared.key(site)["api_key"]
        shared.wordpress.accepted_key = new
        assert shared.pair(site, new).status == 200
        return answer

    shared.wordpress.after.append(paired_anew)
    shared.work(hints)
    states = [shared.publication(content)["publish_state"] for content in contents]
    assert states == ["published", "published"]
    assert len(shared.wordpress.sent()) == 2
    assert gate_of(shared, site).reason is None


# --- Each condition by itself --------------------------------------------------------------------


def bundle_of(world: World, site: dict[str, Any]) -> Any:
    return world.services.integration_store.bundle(ACCOUNT, site["id"])


@dataclass
class Rows:
    """Everything that is kept about a queued content, as it is now."""

    world: World
    site: dict[str, Any]
    content_id: int

    def __post_init__(self) -> None:
        services = self.world.services
        self.now = epoch(self.world.clock.now())
        self.bundle = bundle_of(self.world, self.site)
        self.integration = self.bundle.integrations[0]
        self.gate = services.gate_store.get(self.integration.id)
        found = services.publication_store.bundle(ACCOUNT, self.content_id)
        self.content, self.publication = found.content, found.publications[0]

    @property
    def closed(self) -> Any:
        return replace(self.gate, detail="changed", failures=1)


def take(rows: Rows) -> Write:
    slot = rows.gate.free_slot(rows.now)
    return rows.world.services.gate_store.take(rows.gate, slot, "w", rows.now, rows.now + 9)


def shut(rows: Rows) -> list[Write]:
    return [rows.world.services.gate_store.change(rows.gate, rows.closed)]


def revise(rows: Rows) -> list[Write]:
    after = replace(rows.content, rev=rows.content.rev + 1)
    return rows.world.services.content_store.revision(rows.content, after)


def decide(rows: Rows) -> list[Write]:
    after = rows.publication.decided(9, "publish", rows.now)
    return [rows.world.services.publication_store.write(rows.publication, after)]


def mark(rows: Rows) -> list[Write]:
    keys = rows.bundle.keys
    return [
        rows.world.services.site_store.keys_update(keys, keys.marked_used(keys.keys[0].key_hmac, 9))
    ]


def pair_again(rows: Rows) -> list[Write]:
    store = rows.world.services.integration_store
    return [store.replacement(rows.integration, rows.integration)]


def break_off(rows: Rows) -> list[Write]:
    store = rows.world.services.integration_store
    return [store.connection_changed(rows.integration, ConnectionStatus.ERROR, "x", ended=False)]


def rename(rows: Rows) -> list[Write]:
    site = rows.bundle.site
    return [rows.world.services.site_store.replacement(site, replace(site, name="Other"))]


def new_key(rows: Rows) -> list[Write]:
    services, keys = rows.world.services, rows.bundle.keys
    rotated = keys.rotated(replace(keys.keys[0], key_hmac="other"), rows.now, 60)
    return services.site_store.key_rotation(
        keys, rotated, rows.integration.id, services.clock.now()
    )


def taken(rows: Rows) -> list[Write]:
    """By somebody else: our slot and lease are not ours any more."""
    return [take(rows)]


Make = Callable[[Rows], list[Write]]
GUARDED: list[tuple[str, Make, str, Make]] = [
    ("revise", revise, "content", revise),
    ("delete content", lambda r: [r.world.services.content_store.deletion(r.content)], "content",
     revise),
    ("decide", decide, "publication", decide),
    ("delete publication", lambda r: [r.world.services.publication_store.deletion(r.publication)],
     "publication", decide),
    ("take a slot", taken, "gate", shut),
    ("take a taken slot", taken, "gate", taken),
    ("close the gate", shut, "gate", shut),
    ("open the gate", lambda r: [r.world.services.gate_store.reopened(r.gate, 1)], "gate", shut),
    ("mark a key used", mark, "keys", mark),
    ("rotate", new_key, "keys", mark),
    ("revoke", lambda r: r.world.services.site_store.key_removal(
        r.bundle.keys, r.world.services.clock.now()), "keys", mark),
    ("delete the site", lambda r: r.world.services.site_store.deletion(
        r.bundle.site, r.bundle.keys), "keys", mark),
    ("pair", pair_again, "integration", pair_again),
    ("pair after the connection broke", pair_again, "integration", break_off),
    ("rename the site", rename, "site", rename),
    ("rename the site after a rotation", rename, "site", new_key),
]  # fmt: skip


@pytest.mark.parametrize(
    ("writes", "row", "other"), [one[1:] for one in GUARDED], ids=[one[0] for one in GUARDED]
)
def test_a_write_of_what_another_has_written_since_is_lost(
    shared: World, writes: Make, row: str, other: Make
) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    commit = shared.services.commit
    seen = Rows(shared, site, content["id"])
    mine = writes(seen)
    commit(other(seen))
    with pytest.raises(ConditionLost) as lost:
        commit(mine)
    assert any(name.startswith(row) for name in lost.value.rows), lost.value
    if other is not taken:
        commit(writes(Rows(shared, site, content["id"])))  # of what it is now it is not


def test_what_was_learnt_of_a_site_is_not_stored_over_a_gate_that_changed(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    seen = Rows(shared, site, content["id"])
    gates, commit = shared.services.gate_store, shared.services.commit
    commit([take(seen)])
    commit(shut(seen))
    with pytest.raises(ConditionLost):
        commit([gates.release(seen.gate, 0, "w", replace(seen.gate, failures=2))])
    with pytest.raises(ConditionLost):
        commit([gates.release(seen.gate, 0, "somebody else", seen.gate)])
    with pytest.raises(ConditionLost):
        gates.begin_probe(seen.gate, seen.now, seen.now + 9)
    commit([gates.release(seen.gate, 0, "w", seen.gate)])  # a slot alone comes and goes
    assert with_slots_free(shared, site["integration_id"])
    gates.begin_probe(gates.get(site["integration_id"]), seen.now, seen.now + 9)
    with pytest.raises(ConditionLost):
        gates.begin_probe(gates.get(site["integration_id"]), seen.now, seen.now + 9)


def test_a_sweep_postpones_only_the_row_that_it_saw(shared: World) -> None:
    site = shared.connected_site()
    content = shared.content(site)
    shared.publish(content)
    store = shared.services.publication_store
    seen = Rows(shared, site, content["id"])
    later = seen.now + 60
    assert store.postpone_hint(seen.publication, later, seen.now)
    assert not store.postpone_hint(seen.publication, later, seen.now), "another sweep was first"
    shared.clock.advance(minutes=2)
    shared.services.commit(decide(seen))
    assert not store.postpone_hint(seen.publication, later + 600, seen.now + 120)
