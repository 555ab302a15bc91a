"""A body that comes as what changed of it: all else keeps its bytes, and no script comes in."""

import hashlib
import json
import os
import random
import signal
from itertools import pairwise
from typing import Any

import pytest
from igny8.content.kept import taken_in
from igny8.content.outgoing import going

from .conftest import Bridge, article, new_id
from .test_guard import open_editor, refused
from .test_people import EDIT, WORDS
from .test_takeover import killed, killed_at_every_write, let_time_pass, start, stopped, wake

Part = str | tuple[int, int]

# What site owners have in their posts, and what an API may not bring.
PARAGRAPHS = [
    "<!-- wp:paragraph -->\n<p>First, with \\ \\\\n \\u003c '' \" &#146; &amp; é 日本 😀.</p>\n"
    "<!-- /wp:paragraph -->",
    "<!-- wp:html -->\n<script>if (a < b && \"</p>\") { track('é'); }</script>\n<!-- /wp:html -->",
    '<!-- wp:html -->\n<iframe src="https://maps.example/x" onload="y()"></iframe>\n'
    "<!-- /wp:html -->",
    '<!-- wp:html {"a":"\\u002d\\u002d"} --><form action="/q"><input name=q value=\'>\'><button>'
    "</form><!-- /wp:html -->",
    '<svg viewBox="0 0 1 1"><style>.a{}</style><g onclick="z()"/><title>t</title></svg>',
    "<p>Open <b>never closed, <i>crossed</b></i>",
    "[gallery ids=\"1,2\" link='file']\n\nPlain lines.\nMore &nbsp; <br>of them < and > too.",
    "<!-- wp:paragraph -->\n<p>Last.</p>\n<!-- /wp:paragraph -->",
]
OWNED = "\n\n".join(PARAGRAPHS)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def theirs(bridge: Bridge, html: str = OWNED, **columns: str) -> int:
    """A post that a site's owner wrote, who may use any markup."""
    row = json.dumps({"post_content": html, "post_title": "Theirs", "post_status": "publish",
                      "post_type": "post", "post_author": "1", **columns})  # fmt: skip
    row = row.replace("\\", "\\\\").replace("'", "\\'")
    post_id: int = bridge.php(
        f"kses_remove_filters(); remove_filter( 'content_save_pre', 'convert_invalid_entities' );"
        f" return wp_insert_post( wp_slash( json_decode( '{row}', true ) ) );"
    )
    assert body(bridge, post_id) == html
    return post_id


def body(bridge: Bridge, post_id: int) -> str:
    post = bridge.post(post_id)
    assert post
    return str(post["post_content"])


def parts_of(*parts: Part) -> list[dict[str, Any]]:
    return [{"html": p} if isinstance(p, str) else {"keep": list(p)} for p in parts]


def update(post_id: int, text: str, *parts: Part, **fields: Any) -> dict[str, Any]:
    """An update of a post whose text is as it is named, which is taken over if need be."""
    return article(**{
        "post_id": post_id, "adopt": True, "content_parts": parts_of(*parts),
        "text_sha256": sha(text), "content_html": None, "gallery_images": None, **fields,
    })  # fmt: skip


def replaced(text: str, old: str, new: str) -> list[Part]:
    """The parts that put something in the place of something."""
    begin = len(text[: text.index(old)].encode())
    end = begin + len(old.encode())
    return [(0, begin), new, (end, len(text.encode()))]


def changed(bridge: Bridge, post_id: int, old: str, new: str, **fields: Any) -> dict[str, Any]:
    text = text_of(bridge, post_id)
    return bridge.published(**update(post_id, text, *replaced(text, old, new), **fields))


def text_of(bridge: Bridge, post_id: int) -> str:
    text: str = bridge.php(
        f"return \\Igny8\\Bridge\\Publish\\SiteText::of( get_post( {post_id} ) );"
    )
    return text


def places(text: str) -> list[int]:
    """Where a text may be cut, by the bridge's own word."""
    at, found = 0, [0]
    for paragraph in PARAGRAPHS:
        at += len(paragraph.encode())
        found += [at, at + 2]
        at += 2
    return [place for place in found if place <= len(text.encode())]


# --- What is kept ---------------------------------------------------------------------------------


def test_one_paragraph_is_changed_and_all_other_bytes_stay(bridge: Bridge):
    post_id = theirs(bridge)
    new = "<!-- wp:paragraph -->\n<p>New \\ \\n &amp; 日本.</p>\n<!-- /wp:paragraph -->"
    data = changed(bridge, post_id, PARAGRAPHS[0], new)
    assert (data["post_id"], data["altered"], data["warnings"]) == (post_id, [], [])
    assert body(bridge, post_id) == OWNED.replace(PARAGRAPHS[0], new)
    # And once more, on what that made.
    data = changed(bridge, post_id, PARAGRAPHS[-1], "<p>The end.</p>",
                   content_id=data["content_id"], rev=2)  # fmt: skip
    assert body(bridge, post_id) == OWNED.replace(PARAGRAPHS[0], new).replace(
        PARAGRAPHS[-1], "<p>The end.</p>"
    )
    assert bridge.php(f"return count( wp_get_post_revisions( {post_id} ) );") >= 2


@pytest.mark.parametrize("role", ["author", "administrator"])
def test_whoever_writes_it_keeps_what_the_owner_may(bridge: Bridge, role: str):
    login = f"{role}-{new_id()}"
    bridge.php(
        f"$id = wp_insert_user( array( 'user_login' => '{login}', 'user_pass' => 'x',"
        f" 'role' => '{role}' ) ); return update_option( 'igny8_author_id', $id );"
    )
    bridge.touched = True
    post_id = theirs(bridge)
    changed(bridge, post_id, "Last.", "The last.", author=login)
    assert body(bridge, post_id) == OWNED.replace("Last.", "The last.")
    # Other tests count administrators.
    bridge.php(f"get_user_by( 'login', '{login}' )->set_role( 'subscriber' ); return true;")


WRITES_ANEW = """
    $anew = static function ( $html ) {
        return str_replace( array( 'track', 'Plain' ), 'X', $html ); };
    add_filter( 'content_save_pre', $anew, 99 );
    add_filter( 'wp_insert_post_data', static function ( $data ) use ( $anew ) {
        $data['post_content'] = $anew( $data['post_content'] ); return $data; }, 99 );
    """


def test_no_plugin_writes_anew_what_is_kept(bridge: Bridge):
    post_id = theirs(bridge)
    with bridge.beside(WRITES_ANEW):
        data = changed(bridge, post_id, "Last.", "The last.")
    assert body(bridge, post_id) == OWNED.replace("Last.", "The last.")
    assert data["altered"] == []


def test_cut_anywhere_and_joined_again_it_is_the_same(bridge: Bridge):
    """All kept: wherever it is cut, also within a tag or a character, nothing is written anew."""
    post_id, content_id = theirs(bridge), new_id()
    size = len(OWNED.encode())
    dice = random.Random(45)
    bodies = []
    for rev in range(1, 9):
        cuts = sorted({0, size, *(dice.randrange(size) for _ in range(4 ** (rev % 5)))})
        parts: list[Part] = [*pairwise(cuts)]
        # Nothing between two of them is nothing.
        parts.insert(len(parts) // 2, "")
        bodies.append(json.dumps(update(post_id, OWNED, *parts, content_id=content_id, rev=rev)))
    for status, answer in bridge.dispatch(bodies):
        assert status in {200, 201}, answer
    assert body(bridge, post_id) == OWNED


def test_what_is_between_any_two_places_can_be_replaced(bridge: Bridge):
    """And nothing else is: for any choice of places and of what is put there."""
    raw = OWNED.encode()
    dice = random.Random(46)
    for number in range(8):
        post_id = theirs(bridge)
        first, second = sorted(dice.sample(places(OWNED), 2))
        third = dice.choice([p for p in places(OWNED) if p >= second])
        parts: list[Part] = [(0, first), f"<p>New {number} é.</p>", (second, third)]
        wanted = raw[:first] + f"<p>New {number} é.</p>".encode() + raw[second:third]
        bridge.published(**update(post_id, OWNED, *parts))
        assert body(bridge, post_id).encode() == wanted


def test_a_large_body_of_thousands_of_parts(bridge: Bridge):
    paragraphs = [f"<p>Paragraph {n} of many, with é.</p>" for n in range(2000)]
    text = "\n".join(paragraphs)
    post_id = theirs(bridge, text)
    parts: list[Part] = []
    at = 0
    for number, paragraph in enumerate(paragraphs):
        size = len(paragraph.encode()) + 1
        parts.append("<p>Changed.</p>\n" if number % 2 else (at, at + size))
        at += size
    parts[-1] = "<p>Changed.</p>"
    bridge.published(**update(post_id, text, *parts))
    wanted = "\n".join("<p>Changed.</p>" if n % 2 else p for n, p in enumerate(paragraphs))
    assert body(bridge, post_id) == wanted


# --- What does not come in ------------------------------------------------------------------------


def test_what_is_written_is_cleaned_as_any_body(bridge: Bridge):
    post_id = theirs(bridge)
    data = changed(
        bridge, post_id, PARAGRAPHS[0],
        '<p onclick="x()">New</p><script>steal()</script><iframe src="https://evil.example/">'
        '</iframe><form><input></form><svg onload="x()"></svg>',
    )  # fmt: skip
    stored = body(bridge, post_id)
    assert stored.startswith("<p>New</p>")
    assert stored.endswith(OWNED[len(PARAGRAPHS[0]) :])
    stored = stored[: -len(OWNED[len(PARAGRAPHS[0]) :])]
    for word in ("steal", "onclick", "evil", 'onload="x'):
        assert word not in stored
    assert "content_parts" in data["altered"]


SCRIPT = "<p>a</p><script>var safe = 1;</script><p>b</p>"
AT = SCRIPT.index("var")
STYLED = '<p title="x">a</p><!-- off <script>bad()</script> --><textarea><script>bad()</script>'
STYLED += "</textarea><svg><style><a></style></svg><p>z</p>"
CUT = [
    # Words of ours within a script of theirs.
    (SCRIPT, [(0, AT), "steal(); ", (AT, len(SCRIPT))]),
    (SCRIPT, [(0, AT), "steal(); ", (len(SCRIPT) - 19, len(SCRIPT))]),
    # A tag of ours made of letters of theirs.
    (SCRIPT, [(0, 1), "img src=x onerror=steal() ", (2, len(SCRIPT))]),
    ("<p>a < b</p>", [(0, 6), "img src=x onerror=steal() ", (6, 12)]),
    # An attribute of theirs that is left open.
    (STYLED, [(0, 11), "\" onclick=\"steal()", (11, len(STYLED))]),
    # What they have switched off.
    (STYLED, [(0, 18), (STYLED.index("<script"), len(STYLED))]),
    (STYLED, [(0, 18), (STYLED.index("<script", 50), len(STYLED))]),
    (STYLED, [(0, STYLED.index("<style>")), "x", (STYLED.index("<a>"), len(STYLED))]),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CUT)))
def test_no_script_is_made_of_what_is_kept(bridge: Bridge, number: int):
    text, parts = CUT[number]
    post_id = theirs(bridge, text)
    answer = bridge.publish(**update(post_id, text, *parts))
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["code"] == "kept_part_unknown"
    assert list(answer.json()["error"]["fields"]) == ["content_parts"]
    assert body(bridge, post_id) == text


def test_what_is_written_closes_what_it_opens(bridge: Bridge):
    text = "<p>a</p><p>b</p>"
    post_id = theirs(bridge, text)
    open_frame = '<iframe src="https://www.youtube.com/embed/x">'
    answer = bridge.publish(**update(post_id, text, (0, 8), open_frame, (8, 16)))
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    assert body(bridge, post_id) == text


KEPT = "<!-- igny8:kept k1 script 120 -->"


@pytest.mark.parametrize("field", ["title", "content_html", "excerpt", "content_parts"])
@pytest.mark.parametrize("mark", [KEPT, "<!--IGNY8:KEPT k", "<!-<script></script>- igny8:kept -->"])
def test_what_stands_for_a_kept_part_never_comes_here(bridge: Bridge, field: str, mark: str):
    post_id = theirs(bridge)
    before = bridge.counts()
    if field == "content_parts":
        payload = update(post_id, OWNED, f"<p>a</p>{mark}")
    else:
        payload = article(**{field: f"<p>a</p>{mark}"})
    answer = bridge.publish(**payload)
    assert answer.status_code == 422, answer.text
    assert list(answer.json()["error"]["fields"]) == [field]
    assert bridge.counts() == before


# --- What is refused ------------------------------------------------------------------------------

SIZE = len(OWNED.encode())
E_ACUTE = OWNED.encode().index("é".encode())
WRONG: list[tuple[list[Any], str]] = [
    ([{"keep": [0, SIZE + 1]}], "kept_part_unknown"),
    ([{"keep": [SIZE + 5, SIZE + 9]}], "kept_part_unknown"),
    ([{"keep": [5, 2]}], "kept_part_unknown"),
    ([{"keep": [-1, 2]}], "kept_part_unknown"),
    ([{"keep": [0, len(PARAGRAPHS[0].encode())]}, {"keep": [0, 9]}], "kept_part_unknown"),
    ([{"keep": [0, E_ACUTE + 1]}, {"html": "x"}], "kept_part_unknown"),
    ([{"keep": [0, 2**62]}], "kept_part_unknown"),
    ([{"html": ""}], "invalid"),
    ([], "invalid"),
    ([{"html": "<script></script>"}], "invalid"),
    ([{"html": "a" * (2 * 1024 * 1024)}, {"keep": [0, SIZE]}], "invalid"),
    ([{"html": "a"}] * 4001, "invalid"),
    ([{"keep": [0]}], "invalid"),
    ([{"keep": [0, 1, 2]}], "invalid"),
    ([{"keep": ["0", 9]}], "invalid"),
    ([{"keep": [0.5, 9]}], "invalid"),
    ([{"keep": {"0": 0, "1": 9}, "html": "a"}], "invalid"),
    ([{"html": 7}], "invalid"),
    ([{"text": "a"}], "invalid"),
    (["a"], "invalid"),
    ([None], "invalid"),
    ({"html": "a"}, "invalid"),  # type: ignore[list-item]
]  # fmt: skip


def test_ranges_that_are_none_are_refused_and_leave_nothing_behind(bridge: Bridge):
    post_id = theirs(bridge)
    before = bridge.counts()
    sent = [{**update(post_id, OWNED), "content_parts": parts} for parts, _ in WRONG]
    for (parts, code), (status, answer) in zip(
        WRONG, bridge.dispatch([json.dumps(payload) for payload in sent]), strict=True
    ):
        assert status == 422, (str(parts)[:80], answer)
        assert answer["error"]["code"] == code, (str(parts)[:80], answer)
        assert list(answer["error"]["fields"]) == ["content_parts"]
    payload = update(post_id, OWNED, (0, SIZE))
    for wrong, field in [
        ({"content_html": "<p>a</p>"}, "content_parts"),
        ({"text_sha256": None}, "text_sha256"),
        ({"text_sha256": 7}, "text_sha256"),
    ]:
        answer = bridge.publish(**{**payload, **wrong})
        assert answer.status_code == 422, wrong
        assert list(answer.json()["error"]["fields"]) == [field]
    assert bridge.counts() == before
    assert body(bridge, post_id) == OWNED


def test_another_text_is_a_conflict_and_is_named(bridge: Bridge):
    post_id = theirs(bridge)
    answer = bridge.publish(**update(post_id, "<p>Another.</p>", (0, 3)))
    assert refused(answer) == "conflict"
    assert answer.json()["data"]["text_sha256"] == sha(OWNED)
    assert body(bridge, post_id) == OWNED


def test_parts_of_nothing_are_refused(bridge: Bridge):
    before = bridge.counts()
    payload = update(0, "", "<p>a</p>")
    payload["post_id"] = None
    answer = bridge.publish(**payload)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    assert list(answer.json()["error"]["fields"]) == ["content_parts"]
    assert bridge.counts() == before


# --- Among people, and PHP that dies --------------------------------------------------------------


@pytest.mark.parametrize("when", [("step", "claimed"), ("step", "attached"),
                                  ("hook", "pre_post_update")])  # fmt: skip
@pytest.mark.parametrize("act", ["edit", "sql", "lock"])
def test_what_somebody_writes_meanwhile_is_not_overwritten(
    bridge: Bridge, when: tuple[str, str], act: str
):
    post_id = theirs(bridge)
    payload = update(post_id, OWNED, *replaced(OWNED, "Last.", "The last."))
    slow = stopped(bridge, payload, *when)
    try:
        if act == "lock":
            open_editor(bridge, post_id)
        elif act == "edit":
            bridge.php(EDIT % post_id)
        else:
            bridge.php(
                f"return $wpdb->query( \"UPDATE $wpdb->posts SET post_content = '{WORDS}'"
                f' WHERE ID = {post_id}" );'
            )
    finally:
        woken = wake(slow)
    assert refused(woken) == ("locked" if act == "lock" else "conflict")
    assert body(bridge, post_id) == (OWNED if act == "lock" else WORDS)


REWRITES = (
    "add_action( 'pre_post_update', static function ( $id ) { global $wpdb; if ( get_option("
    " 'test_rewrites' ) ) { $wpdb->query( \"UPDATE $wpdb->posts SET post_content = CONCAT("
    " post_content, 'x' ) WHERE ID = $id\" ); } } );"
)


def test_what_a_plugin_writes_in_passing_is_not_overwritten(bridge: Bridge):
    """It is this very process that writes, right before the row is."""
    post_id = theirs(bridge)
    with bridge.beside(REWRITES):
        bridge.option(test_rewrites=1)
        try:
            answer = bridge.publish(**update(post_id, OWNED, (0, SIZE), "<p>More.</p>"))
        finally:
            bridge.option(test_rewrites=None)
    assert refused(answer) == "conflict"
    assert body(bridge, post_id) == OWNED + "x"


def one_more(bridge: Bridge) -> dict[str, Any]:
    post_id = theirs(bridge)
    return update(post_id, OWNED, *replaced(OWNED, "Last.", "The last."), tags=["kept"])


def test_killed_at_every_write_it_is_finished_with_every_byte(bridge: Bridge):
    payloads = killed_at_every_write(bridge, lambda: one_more(bridge), 1)
    assert len(payloads) > 8
    let_time_pass(bridge)
    answers = bridge.dispatch([json.dumps(payload) for payload in payloads])
    for payload, (status, answer) in zip(payloads, answers, strict=True):
        assert status in {200, 201}, answer
        assert body(bridge, payload["post_id"]) == OWNED.replace("Last.", "The last.")
        assert answer["data"]["altered"] == []


def test_killed_again_and_again_it_is_finished(bridge: Bridge):
    """The text is there since the first of them died; nobody can make it anew."""
    payload = one_more(bridge)
    bridge.php(f"return wp_get_post_revisions( {payload['post_id']} );")
    for when in ("flipped", "claimed", "attached", "named"):
        assert killed(bridge, payload, "step", when)
        let_time_pass(bridge)
        bridge.php(
            f"foreach ( wp_get_post_revisions( {payload['post_id']} ) as $one ) {{"
            " wp_delete_post_revision( $one ); } return 1;"
        )
    bridge.published(**payload)
    assert body(bridge, payload["post_id"]) == OWNED.replace("Last.", "The last.")


def test_a_newer_one_follows_a_dead_one_by_what_was_there_before(bridge: Bridge):
    """Nobody heard of the dead one: the parts of the next are still of the text before it."""
    payload = one_more(bridge)
    assert killed(bridge, payload, "step", "flipped")
    let_time_pass(bridge)
    newer = {**payload, "rev": 2, "content_parts": parts_of(*replaced(OWNED, "First,", "1st,"))}
    bridge.published(**newer)
    assert body(bridge, payload["post_id"]) == OWNED.replace("First,", "1st,")


def test_words_written_after_a_dead_one_are_somebodys(bridge: Bridge):
    payload = one_more(bridge)
    assert killed(bridge, payload, "step", "flipped")
    bridge.php(EDIT % payload["post_id"])
    let_time_pass(bridge)
    assert refused(bridge.publish(**payload)) == "conflict"
    seen = bridge.content(payload["content_id"]).json()["data"]["current_fingerprint"]
    # Also when a person decided for ours without having them.
    decided = {**payload, "rev": 2, "base_fingerprint": seen}
    assert refused(bridge.publish(**decided)) == "conflict"
    assert body(bridge, payload["post_id"]) == WORDS


def test_one_that_was_overtaken_writes_nothing_more(maria: Bridge):
    for number in range(2, 40, 4):
        payload = one_more(maria)
        newer = {**payload, "rev": 2,
                 "content_parts": parts_of(*replaced(OWNED, "First,", "1st,"))}  # fmt: skip
        slow = start(maria, payload, "stop", "write", str(number))
        _, status = os.waitpid(slow.pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            slow.returncode = os.waitstatus_to_exitcode(status)
            slow.communicate()
            assert number > 10
            return
        try:
            let_time_pass(maria)
            done = maria.publish(**newer)
        finally:
            woken = wake(slow)
        stored = body(maria, payload["post_id"])
        if done.status_code == 409:
            # It was through but for the telling.
            assert stored == OWNED.replace("Last.", "The last.")
        else:
            assert done.status_code in {200, 201}, (number, done.text)
            assert stored == OWNED.replace("First,", "1st,"), (number, woken)
    assert slow.returncode != -signal.SIGKILL


# --- As the backend cuts --------------------------------------------------------------------------

TAKEN_IN = [
    OWNED, SCRIPT, STYLED, "<p>a < b</p>\n<noscript><p>off</p></noscript>\n<p>c <</p>\n<p>d</p>",
    "One <\n\ntwo & <b>three\n\n<select><option>a</select>\n\nfour</b> <!-- five -->\n\nsix",
    '<p>a</p>\n\n<svg><title>x</title></svg>\n\n<p>b</p><iframe src="https://a.example"></iframe>',
    "<p>é</p>\r\n\r\n[caption]<img src='x.png'>[/caption]\r\n\r\n<pre>\n\n<p>b</p>\n\n</pre>日",
]  # fmt: skip


def test_what_the_backend_sends_of_an_edit_is_taken(bridge: Bridge):
    """Each paragraph that people see edited, and each taken away, of bodies of all kinds."""
    sent: list[tuple[dict[str, Any], str]] = []
    for raw in TAKEN_IN:
        taken = taken_in(raw)
        pieces = taken.html.split("\n\n")
        for number, piece in enumerate(pieces):
            edits = [[*pieces[:number], *pieces[number + 1 :]]] if len(pieces) > 1 else []
            if "igny8:kept" not in piece:
                edits.append([*pieces[:number], "<p>Edited.</p>", *pieces[number + 1 :]])
            for edited in edits:
                out = going(taken.ranges, taken.html, "\n\n".join(edited), raw)
                payload = {**update(theirs(bridge, raw), raw), "content_parts": out.parts}
                sent.append((payload, out.raw))
    answers = bridge.dispatch([json.dumps(payload) for payload, _ in sent])
    for (payload, wanted), (status, answer) in zip(sent, answers, strict=True):
        assert status in {200, 201}, (payload["content_parts"], answer)
        assert answer["data"]["text_sha256"] == sha(wanted), payload["content_parts"]
        assert answer["data"]["altered"] == []
    assert len(sent) > 30
