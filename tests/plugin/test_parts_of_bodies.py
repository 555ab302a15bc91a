"""What the backend makes of an edited text, and what a real WordPress then has, byte by byte."""

import pytest
from igny8.content.kept import taken_in
from igny8.content.markers import marked, pieces
from igny8.content.outgoing import Going, going

from tests.support.bodies import BODIES, BUILDERS

from .conftest import Bridge, article, new_id
from .test_content_parts import OWNED, body, sha, text_of, theirs

KINDS = {**BODIES, "owned": OWNED}
SHOWN = sorted({*KINDS} - {*BUILDERS})


class Post:
    """A post of a site's owner, and what the backend knows of its text."""

    def __init__(self, bridge: Bridge, raw: str, builder: str | None = None) -> None:
        self.bridge = bridge
        self.content_id = new_id()
        self.post_id = theirs(bridge, raw)
        self.rev = 0
        self.raw = text_of(bridge, self.post_id)
        assert self.raw == raw
        text = taken_in(raw, builder=builder)
        self.ranges, self.html = text.ranges, text.html

    def edited(self, html: str) -> None:
        """Send an edit; the text is then known as it was sent."""
        sent: Going = going(self.ranges, self.html, html, self.raw)
        self.rev += 1
        order = article(
            content_id=self.content_id,
            rev=self.rev,
            post_id=self.post_id,
            adopt=True,
            content_parts=sent.parts,
            text_sha256=sha(self.raw),
            content_html=None,
            gallery_images=None,
        )
        self.bridge.published(**order)
        self.raw, self.ranges, self.html = sent.raw, sent.ranges, html

    @property
    def body(self) -> str:
        return body(self.bridge, self.post_id)


@pytest.mark.parametrize("name", SHOWN)
def test_a_change_a_move_and_an_insertion(bridge: Bridge, name: str) -> None:
    post = Post(bridge, KINDS[name])
    there = pieces(post.html)
    free = [number for number, piece in enumerate(there) if marked(piece) is None]
    there[free[0]] = "<p>First words</p>"
    post.edited("\n\n".join(there))
    assert post.body == post.raw
    moved = there.pop(free[-1])
    post.edited("\n\n".join([moved, *there, "<p>Last words</p>"]))
    assert post.body == post.raw
    del there[free[0]]
    post.edited("\n\n".join(there))
    assert post.body == post.raw
    assert "igny8:kept" not in post.body
    for script in ("<script", "<iframe", "<form", "<svg", "onclick"):
        assert post.body.count(script) == KINDS[name].count(script)


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_words_around_what_a_page_builder_keeps(bridge: Bridge, name: str) -> None:
    post = Post(bridge, BODIES[name], BUILDERS[name])
    for words in ("One", "Two"):
        post.edited(f"<p>{words}</p>{pieces(post.html)[-1 if words == 'One' else 1]}")
        assert post.body == post.raw == f"<p>{words}</p>\n\n{BODIES[name]}"
