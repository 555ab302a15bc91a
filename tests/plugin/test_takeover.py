"""PHP that dies, PHP that is slow, tables that are lost, posts that are copied: one post, whole."""

import json
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from .conftest import Bridge, article, new_id

ONCE = Path(__file__).parent / "site" / "publish-once.php"
MOST_WRITES = 150
TERMS = {"categories": [["Root", "Leaf"], "News"], "tags": ["1 taken", "2 taken"], "cluster": "Tea",
         "cluster_id": 5, "sector": "Drinks", "sector_id": 6}  # fmt: skip


def compiled(bridge: Bridge) -> list[str]:
    """Options of PHP to keep what it has compiled in files: each process would compile it anew.

    A process that lives as long as one call reads them as they are, into no memory to be shared.
    """
    folder = bridge.site.path.parent / "opcache"
    folder.mkdir(exist_ok=True)
    settings = {
        "enable_cli": 1, "file_cache": folder, "file_cache_only": 1,
        "file_cache_consistency_checks": 0,
    }  # fmt: skip
    return [part for name, value in settings.items() for part in ("-d", f"opcache.{name}={value}")]


def start(bridge: Bridge, payload: dict[str, Any], *plan: str) -> "subprocess.Popen[bytes]":
    """A publish in a PHP process of its own: ("kill", "write", "7"), ("stop", "step", "named")."""
    if bridge.site.engine == "playground":
        pytest.skip("Playground has no processes that could be killed")
    process = subprocess.Popen(
        ["php", *compiled(bridge), str(ONCE), str(bridge.site.path), bridge.key, *plan],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin
    process.stdin.write(json.dumps(payload).encode())
    process.stdin.close()
    process.stdin = None
    return process


def killed(bridge: Bridge, payload: dict[str, Any], *plan: str) -> bool:
    """Whether PHP was killed before it was through."""
    process = start(bridge, payload, "kill", *plan)
    out, err = process.communicate(timeout=60)
    assert process.returncode in {0, -signal.SIGKILL}, (out, err)
    return process.returncode != 0


def killed_at_every_write(bridge: Bridge, make: Any, step: int = 1) -> list[dict[str, Any]]:
    """Publish the payloads that `make` makes, each killed `step` writes later than the last."""
    payloads = []
    for number in range(1, MOST_WRITES, step):
        payload = make()
        if not killed(bridge, payload, "write", str(number)):
            return payloads
        payloads.append(payload)
    raise AssertionError("it never came to an end")


def let_time_pass(bridge: Bridge) -> None:
    """Everybody who is at work counts as dead."""
    bridge.php(
        'return $wpdb->query( "UPDATE {$wpdb->prefix}igny8_publications'
        " SET heartbeat = heartbeat - 125"
        " WHERE heartbeat > 125 AND state IN ( 'running', 'writing' )\" );"
    )


def facts(bridge: Bridge, payloads: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    """All posts by content, found by title, guid or mark, with what belongs to them."""
    wanted = json.dumps({p["content_id"]: p["title"] for p in payloads})
    found = bridge.php(
        f"""foreach ( json_decode( '{wanted}', true ) as $id => $title ) {{
        $all[ $id ] = array();
        foreach ( $wpdb->get_results( $wpdb->prepare( "SELECT DISTINCT p.* FROM $wpdb->posts p
            LEFT JOIN $wpdb->postmeta m ON m.post_id = p.ID AND m.meta_key = '_igny8_content_id'
            WHERE p.post_type <> 'revision' AND ( p.post_title = %s OR m.meta_value = %s
            OR p.guid = %s )", $title, (string) $id, "urn:igny8:content:$id" ) ) as $post ) {{
            $names = static function ( $taxonomy ) use ( $post ) {{
                $fields = array( 'fields' => 'names' );
                return wp_get_object_terms( $post->ID, $taxonomy, $fields ); }};
            $all[ $id ][] = array( 'id' => (int) $post->ID, 'title' => $post->post_title,
                'status' => $post->post_status, 'html' => $post->post_content,
                'rev' => get_post_meta( $post->ID, '_igny8_rev' ),
                'categories' => $names( 'category' ), 'tags' => $names( 'post_tag' ),
                'cluster' => $names( 'igny8_cluster' ), 'sector' => $names( 'igny8_sector' ) );
        }} }} return $all;"""
    )
    return {int(content_id): posts for content_id, posts in found.items()}


def assert_whole(bridge: Bridge, payloads: list[dict[str, Any]], status: str = "publish") -> None:
    """Of each content there is one post, and nothing of it is missing."""
    for content_id, posts in facts(bridge, payloads).items():
        [sent] = [p for p in payloads if p["content_id"] == content_id]
        [post] = posts
        post.pop("id")
        assert post == {
            "title": sent["title"], "status": status, "html": sent["content_html"],
            "rev": [str(sent["rev"])], "categories": ["Leaf", "News"], "tags": TERMS["tags"],
            "cluster": ["Tea"], "sector": ["Drinks"],
        }, content_id  # fmt: skip


def retry(bridge: Bridge, payloads: list[dict[str, Any]]) -> None:
    """Send the same again: refused while the dead one may live, then carried out."""
    early = bridge.dispatch([json.dumps(payload) for payload in payloads])
    kinds = {
        (status, answer["error"]["code"] if status > 299 else answer["data"]["replayed"])
        for status, answer in early
    }
    # Killed before the claim: carried out at once. Killed after the last write: replayed.
    assert kinds <= {(409, "in_progress"), (201, False), (200, False), (200, True)}
    assert (409, "in_progress") in kinds
    let_time_pass(bridge)
    for status, answer in bridge.dispatch([json.dumps(payload) for payload in payloads]):
        assert status in {200, 201}, answer
        assert answer["data"]["altered"] == []


def test_php_killed_at_each_write_of_a_new_post(bridge: Bridge):
    payloads = killed_at_every_write(bridge, lambda: article(**TERMS))
    assert len(payloads) > 20
    half_made = [post for posts in facts(bridge, payloads).values() for post in posts]
    assert any(post["status"] == "draft" for post in half_made)
    retry(bridge, payloads)
    assert_whole(bridge, payloads)


def test_php_killed_at_each_write_of_an_update(bridge: Bridge):
    """The post is live all the time, with either text."""

    def make() -> dict[str, Any]:
        first = bridge.published(categories=["Old"], tags=["old"])
        return article(
            content_id=first["content_id"], rev=2, title=f"New {first['content_id']}",
            content_html="<p>New text.</p>", post_id=first["post_id"],
            base_fingerprint=first["fingerprint"], **TERMS,
        )  # fmt: skip

    payloads = killed_at_every_write(bridge, make)
    assert len(payloads) > 10
    for [post] in facts(bridge, payloads).values():
        assert post["status"] == "publish"
        assert post["html"] in {"<p>Text of the article.</p>", "<p>New text.</p>"}
    retry(bridge, payloads)
    assert_whole(bridge, payloads)


def test_php_killed_at_each_write_of_taking_down_and_bringing_back(bridge: Bridge):
    def down() -> dict[str, Any]:
        first = bridge.published(**TERMS)
        return article(content_id=first["content_id"], rev=2, post_status="trash", **TERMS)

    payloads = killed_at_every_write(bridge, down, step=2)
    retry(bridge, payloads)
    assert_whole(bridge, payloads, status="trash")

    def back() -> dict[str, Any]:
        first = down()
        bridge.published(**first)
        return {**first, "rev": 3, "post_status": "publish"}

    payloads = killed_at_every_write(bridge, back, step=2)
    retry(bridge, payloads)
    assert_whole(bridge, payloads)


def stopped(bridge: Bridge, payload: dict[str, Any], *plan: str) -> "subprocess.Popen[bytes]":
    """A publish that stands still, as on a host that froze it."""
    process = start(bridge, payload, "stop", *plan)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), "it ended before it was stopped"
    return process


def wake(process: "subprocess.Popen[bytes]") -> tuple[int, dict[str, Any]]:
    os.kill(process.pid, signal.SIGCONT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    status, answer = json.loads(out)
    return status, answer


@pytest.mark.parametrize("step", ["claimed", "drafted", "named", "attached", "flipped"])
def test_slow_php_wakes_up_after_its_claim_was_taken_over(bridge: Bridge, step: str):
    payload = article(**TERMS)
    slow = stopped(bridge, payload, "step", step)
    try:
        let_time_pass(bridge)
        fast = bridge.call("POST", "publish", json=payload)
        assert fast.status_code in {200, 201}, fast.text
    finally:
        status, answer = wake(slow)
    assert (status, answer["error"]["code"]) == (409, "in_progress")
    assert_whole(bridge, [payload])
    assert bridge.publish(**payload).json()["data"]["replayed"] is True


@pytest.mark.parametrize("step", ["claimed", "fetched", "attached", "flipped"])
def test_slow_php_never_puts_an_older_text_over_a_newer_one(bridge: Bridge, step: str):
    first = bridge.published()
    old = article(
        content_id=first["content_id"], rev=2, title=f"Second at {step}",
        base_fingerprint=first["fingerprint"], **TERMS,
    )  # fmt: skip
    slow = stopped(bridge, old, "step", step)
    try:
        let_time_pass(bridge)
        new = {**old, "rev": 3, "title": f"Third at {step}"}
        assert bridge.publish(**new).status_code == 200
    finally:
        status, answer = wake(slow)
    # A newer one, and nobody's edit.
    assert (status, answer["error"]["code"]) == (409, "in_progress")
    assert_whole(bridge, [new])


def test_ten_identical_calls_at_once(bridge: Bridge, parallel: ThreadPoolExecutor):
    payload = article(**TERMS)
    answers = list(parallel.map(lambda _: bridge.call("POST", "publish", json=payload), range(10)))
    created = [answer for answer in answers if answer.status_code == 201]
    assert len(created) == 1
    for answer in answers:
        body = answer.json()
        assert (
            answer in created
            or (answer.status_code == 200 and body["data"]["replayed"])
            or (answer.status_code == 409 and body["error"]["code"] == "in_progress")
        )
    assert_whole(bridge, [payload])


def uninstall_and_install(bridge: Bridge) -> None:
    """Through the plugin's own uninstaller; tables and options are gone, posts stay."""
    bridge.touched = True
    bridge.php(
        "define( 'WP_UNINSTALL_PLUGIN', 'igny8-wp-bridge/igny8-wp-bridge.php' );"
        " require WP_PLUGIN_DIR . '/igny8-wp-bridge/uninstall.php'; return true;"
    )
    bridge.php(
        f"Igny8\\Bridge\\Jobs\\Installer::activate();"
        f" return update_option( 'igny8_api_key', '{bridge.key}' );"
    )


def copy(bridge: Bridge, post_id: int) -> int:
    """What duplicator plugins do: a new post, with all the meta of the old one."""
    made: int = bridge.php(
        f"""$old = get_post( {post_id}, ARRAY_A ); unset( $old['ID'], $old['guid'] );
        $new = wp_insert_post( wp_slash( array( 'post_status' => 'publish' ) + $old ) );
        foreach ( get_post_meta( {post_id} ) as $key => $values ) {{
            foreach ( $values as $value ) {{
            add_post_meta( $new, $key, wp_slash( maybe_unserialize( $value ) ) ); }} }}
        return $new;"""
    )
    return made


def test_posts_are_adopted_after_the_bridge_was_installed_again(bridge: Bridge):
    live, trashed = bridge.published(), bridge.published()
    bridge.php(f"return (bool) wp_trash_post( {trashed['post_id']} );")
    uninstall_and_install(bridge)
    there = bridge.content(live["content_id"]).json()["data"]
    assert (there["state"], there["rev"], there["post_id"]) == ("done", 1, live["post_id"])
    again = bridge.published(content_id=live["content_id"], rev=2, title="Again")
    assert again["post_id"] == live["post_id"]
    assert bridge.posts_of(live["content_id"]) == [live["post_id"]]
    # What a person had put into the trash stays there.
    assert bridge.publish(content_id=trashed["content_id"], rev=2).status_code == 410
    back = bridge.published(content_id=trashed["content_id"], rev=3, recreate=True)
    assert back["post_id"] == trashed["post_id"]


def test_a_copied_post_is_not_ours(bridge: Bridge):
    first = bridge.published(title="Original")
    content_id = first["content_id"]
    twin = copy(bridge, first["post_id"])
    bridge.published(content_id=content_id, rev=2, title="Changed")
    assert bridge.post(twin)["post_title"] == "Original"
    # Neither when the table is lost, nor when the original is gone as well.
    uninstall_and_install(bridge)
    again = bridge.published(content_id=content_id, rev=3, title="Changed again")
    assert again["post_id"] == first["post_id"]
    bridge.php(f"return (bool) wp_delete_post( {first['post_id']}, true );")
    uninstall_and_install(bridge)
    assert bridge.content(content_id).status_code == 404
    assert bridge.publish(content_id=content_id, rev=4, post_id=first["post_id"]).status_code == 410
    anew = bridge.published(content_id=content_id, rev=5, recreate=True, title="Anew")
    assert anew["post_id"] not in {first["post_id"], twin}
    assert bridge.post(twin)["post_title"] == "Original"


def test_no_content_takes_the_post_of_another(bridge: Bridge):
    mine = bridge.published()
    page = bridge.published(post_type="page")
    uninstall_and_install(bridge)
    for post_id in (mine["post_id"], page["post_id"]):
        answer = bridge.publish(content_id=new_id(), post_id=post_id)
        assert answer.status_code == 422
        assert "post_id" in answer.json()["error"]["fields"]
    # Somebody's own post, whose id a restored backup may have given to it, is adopted only when a
    # person says so.
    theirs = bridge.php("return wp_insert_post( array( 'post_title' => 'By hand' ) );")
    assert bridge.publish(title="Trampled", post_id=theirs).status_code == 410
    assert bridge.php(f"return get_post( {theirs} )->post_title;") == "By hand"
    adopted = bridge.published(title="Adopted", post_id=theirs, adopt=True)
    assert adopted["post_id"] == theirs


def test_a_post_that_was_there_is_written_on_only_as_both_sides_know_it(bridge: Bridge):
    """The backend took it over, and nobody has told the bridge yet whose it is."""
    make = "return wp_insert_post( array( 'post_title' => 'Theirs', 'post_status' => 'publish' ) );"
    theirs = bridge.php(make)
    order = {"content_id": new_id(), "post_id": theirs, "adopt": True}
    for base in ("lost", "v2:" + "0" * 112 + ":"):
        answer = bridge.publish(title="Trampled", base_fingerprint=base, **order)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
        assert bridge.php(f"return get_post( {theirs} )->post_title;") == "Theirs"
    known = answer.json()["data"]["current_fingerprint"]
    done = bridge.published(title="Ours now", base_fingerprint=known, rev=3, **order)
    assert done["post_id"] == theirs
    assert bridge.php(f"return get_post( {theirs} )->post_title;") == "Ours now"


def test_a_post_to_which_another_plugin_gave_its_guid_is_ours(bridge: Bridge):
    """From the first moment: whoever dies after it is made has its marks to find it by."""
    with bridge.beside(
        "add_filter( 'wp_insert_post_data', static function ( $data ) {"
        " $data['guid'] = 'https://cdn.example/' . wp_rand(); return $data; } );"
        " add_action( 'igny8_publish_step', static function ( $step, $content_id ) {"
        " global $wpdb; if ( 'drafted' === $step ) { update_option( 'test_drafted',"
        ' $wpdb->get_col( $wpdb->prepare( "SELECT post_id FROM $wpdb->postmeta'
        " WHERE meta_key = '_igny8_content_id' AND meta_value = %s\", $content_id ) ) ); } },"
        " 10, 2 );"
    ):
        first = bridge.published()
    drafted = bridge.php("return get_option( 'test_drafted' );")
    bridge.option(test_drafted=None)
    assert drafted == [str(first["post_id"])]
    assert bridge.posts_of(first["content_id"]) == [first["post_id"]]
    again = bridge.published(content_id=first["content_id"], rev=2, title="Second")
    assert again["post_id"] == first["post_id"]
