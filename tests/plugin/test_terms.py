"""Terms are made once, by real processes that come at once, die with the lock, or stand still."""

import json
import os
from typing import Any

import pytest

from .conftest import Bridge, article
from .test_takeover import killed, start, wake

PROCESSES = 6
ROUNDS = 4
INSERTS = ("hook", "pre_insert_term")


def named(bridge: Bridge, *names: str) -> list[list[str]]:
    """Taxonomy and name of all terms with these names, as often as they are there."""
    wanted = json.dumps(names)
    found: list[list[str]] = bridge.php(
        f"""$names = json_decode( '{wanted}' ); return array_map( 'array_values',
        $wpdb->get_results( "SELECT x.taxonomy, t.name FROM $wpdb->terms t
        JOIN $wpdb->term_taxonomy x ON x.term_id = t.term_id
        WHERE t.name IN ( '" . implode( "', '", $names ) . "' )
        ORDER BY x.taxonomy, t.name", ARRAY_A ) );"""
    )
    return found


def at_once(bridge: Bridge, **fields: Any) -> list[tuple[int, Any]]:
    """Publish as many contents at once, each in a process of its own."""
    running = [start(bridge, article(**fields), "none") for _ in range(PROCESSES)]
    answers = []
    for process in running:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, (out, err)
        status, body = json.loads(out)
        answers.append((status, body))
    return answers


@pytest.mark.parametrize("with_ids", [True, False])
def test_six_at_once_make_each_term_once(bridge: Bridge, with_ids: bool):
    for turn in range(ROUNDS):
        mark = f"{turn}{'i' if with_ids else 'n'}"
        names = [f"{kind} {mark}" for kind in ("Root", "Leaf", "Tag", "Cluster", "Sector")]
        ids = {"cluster_id": 700 + turn, "sector_id": 800 + turn} if with_ids else {}
        answers = at_once(
            bridge,
            categories=[names[:2]],
            tags=[names[2]],
            cluster=names[3],
            sector=names[4],
            **ids,
        )
        assert {status for status, _ in answers} == {201}, answers
        assert named(bridge, *names) == sorted([
            ["category", names[0]], ["category", names[1]], ["post_tag", names[2]],
            ["igny8_cluster", names[3]], ["igny8_sector", names[4]],
        ])  # fmt: skip
        ids_used = bridge.php(
            "return array_values( array_unique( array_merge( ...array_map("
            " static function ( $id ) { return wp_get_object_terms( $id, array( 'category',"
            " 'post_tag', 'igny8_cluster', 'igny8_sector' ), array( 'fields' => 'ids' ) ); }, "
            f"{json.dumps([body['data']['post_id'] for _, body in answers])} ) ) ) );"
        )
        assert len(ids_used) == 4  # Leaf, Tag, Cluster, Sector: the same for all


def of_a_database_with_locks(bridge: Bridge) -> None:
    if bridge.site.engine != "php-mariadb":
        pytest.skip("only MySQL and MariaDB have locks that belong to a connection")


@pytest.mark.parametrize("field", ["categories", "tags", "cluster", "sector"])
def test_who_died_with_the_lock_stalls_nobody(bridge: Bridge, field: str):
    of_a_database_with_locks(bridge)
    name = f"Killed {field}"
    fields: dict[str, Any] = {field: [name] if field in {"categories", "tags"} else name}
    assert killed(bridge, article(**fields), *INSERTS)
    waited = bridge.php(
        "$begun = hrtime( true ); $lock = new Igny8\\Bridge\\Core\\Lock( 'igny8_terms_lease' );"
        " $got = $lock->take( 5 ); $lock->release();"
        " return array( $got, ( hrtime( true ) - $begun ) / 1e9 );"
    )
    assert waited[0] is True
    assert waited[1] < 1
    assert bridge.publish(**fields).status_code == 201
    assert len(named(bridge, name)) == 1


@pytest.mark.parametrize("field", ["tags", "sector"])
def test_who_stands_still_with_the_lock_keeps_it(bridge: Bridge, field: str):
    """Others do not go on without it: they come back, and then there is one term."""
    of_a_database_with_locks(bridge)
    name = f"Frozen {field}"
    fields: dict[str, Any] = {field: [name] if field == "tags" else name}
    mine = article(**fields)
    slow = start(bridge, article(**fields), "stop", *INSERTS)
    _, status = os.waitpid(slow.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    try:
        answer = bridge.call("POST", "publish", json=mine)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "in_progress")
        assert answer.json()["meta"] == {"status": 409, "retry_after": 30}
        assert named(bridge, name) == []
    finally:
        woken = wake(slow)
    assert woken[0] == 201, woken
    again = bridge.call("POST", "publish", json=mine)
    assert again.status_code in {200, 201}, again.text
    assert len(bridge.posts_of(mine["content_id"])) == 1
    assert len(named(bridge, name)) == 1


def test_names_that_differ_in_an_accent_are_two_sectors(bridge: Bridge):
    posts = [bridge.published(sector=name)["post_id"] for name in ("Zafé", "Zafe", "Zafé")]
    found = [
        bridge.php(
            f"return wp_get_object_terms( {post}, 'igny8_sector', array( 'fields' => 'names' ) );"
        )
        for post in posts
    ]
    assert found == [["Zafé"], ["Zafe"], ["Zafé"]]


@pytest.mark.parametrize(
    "names",
    [["C", "C#", "O'x"], ["C", "C#", "O'x", "a\\b"], ["Zafé", "Zafe"], ["Zafé", "Zafe", "O'x"]],
)
def test_tags_stay_as_sent_through_updates(bridge: Bridge, names: list[str]):
    first = bridge.published(tags=names)
    for rev in (1, 2, 3):
        if rev > 1:
            bridge.published(content_id=first["content_id"], rev=rev, tags=names, title=f"R{rev}")
        kept = bridge.php(
            "return array_map( 'html_entity_decode', wp_get_post_tags("
            f" {first['post_id']}, array( 'fields' => 'names' ) ) );"
        )
        assert sorted(kept) == sorted(names), rev
    for rev, status in ((4, "trash"), (5, "draft"), (6, "publish")):
        bridge.published(content_id=first["content_id"], rev=rev, post_status=status, tags=None)
        kept = bridge.php(
            "return array_map( 'html_entity_decode', wp_get_post_tags("
            f" {first['post_id']}, array( 'fields' => 'names' ) ) );"
        )
        assert sorted(kept) == sorted(names), status
