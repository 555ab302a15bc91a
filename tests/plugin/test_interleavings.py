"""People and the bridge at work on one post in any order: no word is lost, no post doubled.

Real processes on MariaDB, in turns that a seed decides. `IGNY8_INTERLEAVINGS` says how many turns
(40 unless told), `IGNY8_INTERLEAVING_SEED` names one of them.
"""

import json
import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from igny8.publishing.fingerprints import agreed

from .conftest import Bridge, article, new_id
from .pictures import Gallery
from .test_images import slow_article
from .test_takeover import let_time_pass, start, wake

MOST = int(os.environ.get("IGNY8_INTERLEAVINGS", "40"))
ONE = os.environ.get("IGNY8_INTERLEAVING_SEED")
SEEDS = [int(ONE)] if ONE else list(range(MOST))
STEPS = ["claimed", "drafted", "fetched", "named", "attached", "flipped", "taken_down", "finished"]
WRITES = 32
MOVES = 4
ACTS = ["edit", "edit", "editor", "tags", "seo", "status", "trash", "untrash", "lock", "unlock"]
CALLS_AT_MOST = 12


@dataclass
class Person:
    """Somebody in WordPress, and what must be there of what they did."""

    bridge: Bridge
    post_id: int
    name: str
    words: Iterator[int] = field(default_factory=lambda: count(1))
    # What they wrote, in all their life: it is in the post or in a revision.
    texts: list[str] = field(default_factory=list)
    # What must be in the post until they decide for IGNY8's.
    standing: dict[str, str] = field(default_factory=dict)
    # What they have ever chosen themselves.
    touched: set[str] = field(default_factory=set)
    # Whether they have ever changed anything: nobody is asked about a conflict with nobody.
    has_acted: bool = False

    def acts(self, what: str) -> None:
        word = f"{self.name}x{next(self.words)}x"
        done = self.bridge.php("wp_set_current_user( 1 );" + getattr(self, what)(word))
        if not done:
            return
        self.has_acted = self.has_acted or what not in {"lock", "unlock"}
        if what in {"edit", "editor"}:
            self.texts.append(word)
            self.standing["text"] = word
        elif what in {"tags", "seo"}:
            self.standing[what] = word
            self.touched.add(what)
        elif what in {"status", "trash", "untrash"}:
            self.standing["status"] = done

    def edit(self, word: str) -> str:
        return (
            f"$p = get_post( {self.post_id} ); if ( ! $p || 'trash' === $p->post_status ) {{"
            f" return 0; }} return wp_update_post( array( 'ID' => $p->ID,"
            f" 'post_content' => '<p>{word}</p>' ) );"
        )

    def editor(self, word: str) -> str:
        """What the block editor sends when somebody presses Save."""
        return (
            f"$p = get_post( {self.post_id} ); if ( ! $p || 'trash' === $p->post_status ) {{"
            f" return 0; }} $r = new WP_REST_Request( 'POST', '/wp/v2/posts/' . $p->ID );"
            f" $r->set_param( 'content', '<p>{word}</p>' ); $r->set_param( 'title', '{word}' );"
            " return 200 === rest_get_server()->dispatch( $r )->get_status();"
        )

    def tags(self, word: str) -> str:
        return (
            f"return 'trash' !== get_post_status( {self.post_id} )"
            f" && wp_set_post_tags( {self.post_id}, array( '{word}' ) );"
        )

    def seo(self, word: str) -> str:
        return (
            f"return 'trash' !== get_post_status( {self.post_id} )"
            f" && update_post_meta( {self.post_id}, '_igny8_seo_title', '{word}' );"
        )

    def status(self, word: str) -> str:
        status = random.Random(word).choice(["draft", "private", "pending"])
        return (
            f"$p = get_post( {self.post_id} ); if ( ! $p || in_array( $p->post_status,"
            f" array( 'trash', '{status}' ), true ) ) {{ return 0; }}"
            f" wp_update_post( array( 'ID' => $p->ID, 'post_status' => '{status}' ) );"
            f" return '{status}';"
        )

    def trash(self, _word: str) -> str:
        return f"return wp_trash_post( {self.post_id} ) ? 'trash' : 0;"

    def untrash(self, _word: str) -> str:
        return f"return wp_untrash_post( {self.post_id} ) ? 'draft' : 0;"

    def lock(self, _word: str) -> str:
        return f"return update_post_meta( {self.post_id}, '_edit_lock', time() . ':1' );"

    def unlock(self, _word: str) -> str:
        return f"return delete_post_meta( {self.post_id}, '_edit_lock' );"

    def decides_for_ours(self) -> None:
        self.standing.clear()


def facts(bridge: Bridge, content_id: int) -> list[dict[str, Any]]:
    """The posts of a content, with every text that is kept of them."""
    found: list[dict[str, Any]] = bridge.php(
        f"""$all = array();
        foreach ( $wpdb->get_results( $wpdb->prepare( "SELECT DISTINCT p.* FROM $wpdb->posts p
            LEFT JOIN $wpdb->postmeta m ON m.post_id = p.ID AND m.meta_key = '_igny8_content_id'
            WHERE p.post_type NOT IN ( 'revision', 'attachment' )
            AND ( m.meta_value = %s OR p.guid = %s
            OR p.post_title LIKE %s )", '{content_id}', 'urn:igny8:content:{content_id}',
            '%of {content_id}.%' ) ) as $p ) {{
            $texts = $wpdb->get_col( "SELECT post_content FROM $wpdb->posts
                WHERE post_parent = $p->ID AND post_type = 'revision'" );
            $all[] = array( 'id' => (int) $p->ID, 'title' => $p->post_title,
                'status' => $p->post_status, 'text' => $p->post_content,
                'kept' => implode( ' ', $texts ),
                'tags' => wp_get_object_terms( $p->ID, 'post_tag', array( 'fields' => 'names' ) ),
                'seo' => get_post_meta( $p->ID, '_igny8_seo_title', true ),
                'picture' => (string) get_post_meta(
                    (int) get_post_thumbnail_id( $p->ID ), '_igny8_sha256', true ) );
        }} return $all;"""
    )
    return found


class Turn:
    """One content, from the first publish until it is whole or a person's."""

    def __init__(self, bridge: Bridge, gallery: Gallery, seed: int) -> None:
        self.bridge = bridge
        self.seed = seed
        self.chance = random.Random(seed)
        self.log: list[str] = [f"seed {seed}"]
        self.gallery = gallery
        self.content_id = new_id()
        self.rev = 0
        self.base: dict[str, Any] = {}
        # The newest intent that was answered: an older one's late answer is news of the past.
        self.known = 0
        # The SHA-256 of the featured image of each intent that has one.
        self.pictures: dict[int, str] = {}
        # Whether something was carried out of which nobody here has heard.
        self.is_unheard = False
        self.person: Person | None = None
        self.takes_down = False
        # Whether a publish was ever carried out: until then the draft may lack what belongs to its
        # text, as whoever made it died before that, and has nothing of another text either.
        self.was_whole = False

    def order(self, status: str = "publish") -> dict[str, Any]:
        """The next intent."""
        self.takes_down = status != "publish"
        self.rev += 1
        wanted: dict[str, Any] = {
            "content_id": self.content_id, "rev": self.rev, "post_status": status,
            "title": f"Title {self.rev} of {self.content_id}.", "tags": [f"ours{self.rev}"],
            "seo_title": f"seo {self.rev}", "categories": [f"Sort {self.rev % 3}"], **self.base,
        }  # fmt: skip
        if self.takes_down:
            return {
                "content_id": self.content_id, "rev": self.rev, "post_status": status,
                "post_type": "post", "title": wanted["title"], "take_down": True, **self.base,
            }  # fmt: skip
        kind = self.chance.random()
        if kind < 0.2:
            slow = slow_article(self.gallery, images=3, delay=0.15, **wanted)
            self.pictures[self.rev] = self.gallery.digest("slow0")
            return slow
        if kind < 0.6:
            wanted["featured_image_url"] = self.gallery.put(f"picture{self.rev}")
            self.pictures[self.rev] = self.gallery.digest(f"picture{self.rev}")
        return article(content_html=f"<p>ours {self.rev}</p>", **wanted)

    # --- Moves ---------------------------------------------------------------------------------

    def play(self) -> None:
        if self.chance.random() < 0.6:
            self.settle(self.order())
        for _ in range(self.chance.randint(1, MOVES)):
            self.move()
            self.check()
        self.finish()

    def update(self) -> dict[str, Any]:
        """An intent that is about the excerpt and the cluster alone."""
        self.rev += 1
        self.takes_down = False
        return {
            "content_id": self.content_id, "rev": self.rev, "post_status": "publish",
            "excerpt": f"excerpt {self.rev}", "cluster": f"Cluster {self.rev}",
            "cluster_id": self.rev, **self.base,
        }  # fmt: skip

    def move(self) -> None:
        downwards = self.rev and self.chance.random() < 0.3
        status = self.chance.choice(["draft", "trash"]) if downwards else "publish"
        is_partial = self.base and not downwards and self.chance.random() < 0.4
        payload = self.update() if is_partial else self.order(status)
        how = self.chance.choice(["whole", "kill", "kill", "freeze", "freeze", "freeze"])
        if how == "whole":
            self.people()
            self.send(payload)
            return
        plan = self.chance.choice([
            ("step", self.chance.choice(STEPS)), ("write", str(self.chance.randint(1, WRITES)))
        ])  # fmt: skip
        self.log.append(f"{how} rev {payload['rev']} ({status}) at {' '.join(plan)}")
        process = start(self.bridge, payload, "kill" if how == "kill" else "stop", *plan)
        if how == "kill":
            out, _ = process.communicate(timeout=60)
            if process.returncode == 0:
                self.agrees(payload, *json.loads(out))
            self.look_for_post()
            self.overhear(payload)
            self.people()
            let_time_pass(self.bridge)
        else:
            _, ended = os.waitpid(process.pid, os.WUNTRACED)
            frozen = os.WIFSTOPPED(ended)
            if not frozen:
                process.returncode = os.waitstatus_to_exitcode(ended)
                out, _ = process.communicate()
                self.agrees(payload, *json.loads(out))
            self.look_for_post()
            self.overhear(payload)
            self.people()
            if frozen and self.chance.random() < 0.4:
                let_time_pass(self.bridge)
                self.send(self.order())
                self.people()
            if frozen:
                status_code, answer = wake(process)
                self.heard(payload, status_code, answer)
        self.check()
        if self.chance.random() < 0.5:
            self.send(payload)

    def people(self) -> None:
        self.look_for_post()
        if self.person is None:
            return
        for _ in range(self.chance.randint(0, 2)):
            act = self.chance.choice(ACTS)
            self.log.append(f"person: {act}")
            self.person.acts(act)

    def overhear(self, payload: dict[str, Any]) -> None:
        """Whether it was carried out and its answer lost: the next order is based on less."""
        there = self.bridge.content(self.content_id)
        if there.status_code == 200 and there.json()["data"]["state"] == "done":
            self.is_unheard |= there.json()["data"]["rev"] == payload["rev"]

    def look_for_post(self) -> None:
        posts = facts(self.bridge, self.content_id)
        if posts and self.person is None:
            self.person = Person(self.bridge, posts[0]["id"], f"word{self.seed}")

    def send(self, payload: dict[str, Any]) -> str:
        answer = self.bridge.publish(**payload)
        return self.heard(payload, answer.status_code, answer.json())

    def heard(self, payload: dict[str, Any], status: int, answer: dict[str, Any]) -> str:
        said = answer["error"]["code"] if status > 299 else str(status)
        self.log.append(answer["error"]["message"]) if said == "conflict" else None
        self.log.append(f"rev {payload['rev']}: {said}")
        assert status < 500, self.log
        self.agrees(payload, status, answer)
        if status in {200, 201} and answer["data"]["rev"] >= self.known:
            data = answer["data"]
            self.known = data["rev"]
            # What was left alone is theirs, and nobody here has read it.
            known = agreed(
                data["fingerprint"], payload.get("base_fingerprint"), None, data.get("moved", [])
            )
            self.base = {
                "post_id": data["post_id"], "base_fingerprint": known,
                "base_post_status": data["post_status"],
            }  # fmt: skip
            self.is_unheard = False
        if said == "conflict":
            assert self.person, self.log
            assert self.person.has_acted or self.is_unheard, self.log
            self.assert_of_one_piece(self.person)
        return said

    def agrees(self, payload: dict[str, Any], status: int, answer: dict[str, Any]) -> None:
        """Taken down to what the person had made of it, it is down for both: the answer names that
        status, and whoever publishes it again has seen it. But nothing comes out of a person's
        trash unless somebody says so."""
        if status not in {200, 201}:
            return
        self.was_whole = self.was_whole or not payload.get("take_down")
        if "excerpt" in payload and "title" not in payload:
            self.log.append(f"moved: {answer['data']['moved']}")
        standing = self.person.standing if self.person else {}
        theirs = standing.get("status")
        if payload.get("take_down") and theirs == answer["data"]["post_status"] != "trash":
            del standing["status"]

    # --- What must hold ------------------------------------------------------------------------

    def check(self) -> None:
        posts = facts(self.bridge, self.content_id)
        assert len(posts) <= 1, (self.log, posts)
        if self.person is None:
            return
        assert posts, self.log
        [post] = posts
        log = (self.log, post, self.person.standing)
        assert post["id"] == self.person.post_id, log
        for word in self.person.texts:
            assert word in post["text"] or word in post["kept"], (word, log)
        for what, word in self.person.standing.items():
            if what == "tags":
                assert word in post["tags"], log
            else:
                assert word in post[what], log

    def assert_of_one_piece(self, person: Person) -> None:
        """Whoever is asked which text is right sees none beside the tags of another."""
        for post in facts(self.bridge, self.content_id):
            ours = re.fullmatch(r"Title (\d+) of \d+\.", post["title"])
            if not ours:
                continue
            lacks_some = not self.was_whole
            if "tags" not in person.touched and (post["tags"] or not lacks_some):
                assert post["tags"] == [f"ours{ours[1]}"], (self.log, post)
            if "seo" not in person.touched and (post["seo"] or not lacks_some):
                assert post["seo"] == f"seo {ours[1]}", (self.log, post)
            if post["picture"] or not lacks_some:
                assert post["picture"] == self.pictures.get(int(ours[1]), ""), (self.log, post)

    # --- The end -------------------------------------------------------------------------------

    def settle(self, payload: dict[str, Any]) -> None:
        said = ""
        for _ in range(CALLS_AT_MOST):
            said = self.send(payload)
            self.check()
            if said in {"200", "201"}:
                break
            payload = self.decided(payload, said)
        assert said in {"200", "201"}, self.log
        self.look_for_post()

    def decided(self, payload: dict[str, Any], said: str) -> dict[str, Any]:
        """What is sent next; a person decides for IGNY8's text where they have to."""
        if said == "in_progress":
            let_time_pass(self.bridge)
        elif said == "locked" and self.person:
            self.person.acts("unlock")
        elif said in {"conflict", "gone"} and self.person:
            self.person.decides_for_ours()
            there = self.bridge.content(self.content_id).json()["data"]
            self.base = {
                "post_id": there["post_id"], "base_fingerprint": there["current_fingerprint"],
                "base_post_status": there["post_status"], "recreate": said == "gone",
            }  # fmt: skip
            if said == "gone":
                self.base["base_post_status"] = None
            self.log.append("person: decides for ours")
            return self.order()
        return payload

    def finish(self) -> None:
        """Sooner or later it is whole, and everything that anybody wrote is somewhere."""
        payload = self.order()
        self.settle(payload)
        [post] = facts(self.bridge, self.content_id)
        log = (self.log, post)
        assert post["status"] == "publish", log
        assert post["title"] == f"Title {self.rev} of {self.content_id}.", log
        assert post["tags"] == [f"ours{self.rev}"], log
        assert post["picture"] == self.pictures.get(self.rev, ""), log
        self.check()


@pytest.mark.parametrize("seed", SEEDS)
def test_people_and_the_bridge(maria: Bridge, gallery: Gallery, seed: int):
    maria.option(test_image_seconds=[0.3, 2])
    turn = Turn(maria, gallery, seed)
    try:
        turn.play()
    except AssertionError:
        print(json.dumps(turn.log))
        raise
