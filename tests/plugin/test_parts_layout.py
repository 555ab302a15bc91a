"""What the bridge put between paragraphs stays where it is when one of them is changed."""

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Bridge, article
from .pictures import Gallery, png
from .test_content_parts import body, parts_of, replaced, sha, text_of
from .test_layout import LONG, SQUARE, TALL, WIDE, heading, paragraph

Answer = dict[str, Any]
SHAPES = [SQUARE, WIDE, SQUARE, SQUARE, TALL]


def plain(text: str) -> str:
    return f"<p>{text}</p>"


def plain_heading(text: str) -> str:
    return f"<h2>{text}</h2>"


def written(p: Callable[[str], str], h: Callable[[str], str]) -> list[str]:
    return [p("intro"), p("more " + LONG), h("one"), p("first"), p("second " + LONG),
            p("third " + LONG), h("two"), p("fourth"), p("fifth " + LONG), p("last")]  # fmt: skip


BODIES = {
    "blocks": written(paragraph, heading),
    "plain": written(plain, plain_heading),
    # WordPress makes paragraphs of these when it shows them.
    "lines": ["intro", "more " + LONG, "first", "second " + LONG, "last"],
}


class Laid:
    """An article that was laid out with a gallery."""

    def __init__(self, bridge: Bridge, gallery: Gallery, kind: str) -> None:
        self.bridge = bridge
        self.parts = BODIES[kind]
        self.text = "\n\n".join(self.parts)
        self.images = [
            {"url": gallery.put(f"{kind}{n}", png(*shape)), "alt": f"No {n}", "caption": f"Of {n}"}
            for n, shape in enumerate(SHAPES)
        ]
        self.data = bridge.published(content_html=self.text, gallery_images=self.images)
        self.post_id = self.data["post_id"]
        self.rev = 1
        assert text_of(bridge, self.post_id) == self.text

    @property
    def body(self) -> str:
        return body(self.bridge, self.post_id)

    def change(self, *parts: Any, **fields: Any) -> str:
        """The body after an update by parts of its text as it is."""
        self.rev += 1
        text = text_of(self.bridge, self.post_id)
        payload = article(**{
            "content_id": self.data["content_id"], "rev": self.rev, "content_html": None,
            "content_parts": parts_of(*parts), "text_sha256": sha(text), "gallery_images": None,
            "title": self.data.get("title", "Title"), **fields,
        })  # fmt: skip
        data = self.bridge.published(**payload)
        assert (data["altered"], data["warnings"]) == ([], [])
        return self.body


def shown(markup: str) -> list[str]:
    """The images, in order."""
    return re.findall(r'<img src="[^"]*" alt="No (\d)" class="wp-image-\d+"/>', markup)


def assert_of_one_piece(markup: str) -> None:
    for opening, closing in [
        ("<div", "</div>"), ("<figure", "</figure>"),
        *((f"<!-- wp:{name}", f"<!-- /wp:{name}") for name in ("group", "columns", "image")),
    ]:  # fmt: skip
        assert markup.count(opening) == markup.count(closing), (opening, markup)
    # Nothing is closed before it is opened.
    depth = 0
    for tag in re.findall(r"</?div", markup):
        depth += 1 if tag == "<div" else -1
        assert depth >= 0


@pytest.mark.parametrize("kind", ["blocks", "plain"])
def test_each_paragraph_is_changed_alone(bridge: Bridge, gallery: Gallery, kind: str):
    """And changed once more, and changed back: then every byte is as it was."""
    laid = Laid(bridge, gallery, kind)
    before = laid.body
    assert sorted(shown(before)) == ["0", "1", "2", "3", "4"]
    for part in laid.parts:
        new = part.replace(">", ">New ", 1) if kind == "plain" else part.replace("<p>", "<p>New ")
        text = text_of(bridge, laid.post_id)
        after = laid.change(*replaced(text, part, new))
        assert after == before.replace(part, new)
        assert text_of(bridge, laid.post_id) == laid.text.replace(part, new)
        text = text_of(bridge, laid.post_id)
        assert laid.change(*replaced(text, new, part)) == before


@pytest.mark.parametrize("kind", ["blocks", "plain"])
def test_whatever_goes_no_image_does_and_nothing_is_left_open(
    bridge: Bridge, gallery: Gallery, kind: str
):
    """Any stretch of paragraphs, with all that stands between them, becomes one that is new."""
    laid = Laid(bridge, gallery, kind)
    whole = [(0, len(laid.text.encode()))]
    new = paragraph("New.") if kind == "blocks" else plain("New.")
    before = laid.body
    for first, last in [(0, 0), (0, 3), (1, 4), (2, 2), (3, 5), (4, 8), (5, 9), (0, 9), (9, 9)]:
        gone = "\n\n".join(laid.parts[first : last + 1])
        after = laid.change(*replaced(laid.text, gone, new))
        assert sorted(shown(after)) == ["0", "1", "2", "3", "4"]
        assert_of_one_piece(after)
        assert text_of(bridge, laid.post_id) == laid.text.replace(gone, new)
        kept = [part for part in laid.parts if part not in gone]
        assert [after.count(part) for part in kept] == [1] * len(kept)
        # Nothing stands beside nothing.
        beside = (
            r'igny8-(?:left|right)[^"]*"><img[^>]*/>(?:<figcaption.*?</figcaption>)?</figure>\s*'
        )
        assert not re.search(beside + r"(?:<!-- /wp:image -->)?\s*</div>", after)
        # As it was.
        bridge.published_over(
            content_id=laid.data["content_id"], rev=laid.rev + 1, content_html=laid.text,
            gallery_images=laid.images, title="Title",
        )  # fmt: skip
        laid.rev += 1
        assert laid.body == before
    assert laid.change(*whole) == before


def test_a_gallery_that_is_named_is_the_one_that_stands_there(bridge: Bridge, gallery: Gallery):
    laid = Laid(bridge, gallery, "blocks")
    before = laid.body
    keep = (0, len(laid.text.encode()))
    # The same: nothing is laid out anew.
    assert laid.change(keep, gallery_images=laid.images) == before
    # Nothing but what is said of one of them.
    first, *others = laid.images
    told = {**first, "alt": "No 0", "caption": "Of another"}
    after = laid.change(keep, gallery_images=[told, *others])
    assert after == before.replace("Of 0<", "Of another<")
    told = {**first, "caption": ""}
    after = laid.change(keep, gallery_images=[told, *others])
    assert "Of another" not in after
    assert after.count("igny8-captioned") == before.count("igny8-captioned") - 2
    assert laid.change(keep, gallery_images=laid.images) == before
    # One less: it goes, and the others of its pair get another place.
    fewer = [image for image in laid.images if image["alt"] != "No 1"]
    after = laid.change(keep, gallery_images=fewer)
    assert sorted(shown(after)) == ["0", "2", "3", "4"]
    assert_of_one_piece(after)
    # One more: it stands in what is written.
    more = [*fewer, {"url": gallery.put("more", png(*WIDE)), "alt": "No 9"}]
    old, new = laid.parts[3], paragraph("first, changed")
    text = text_of(bridge, laid.post_id)
    after = laid.change(*replaced(text, old, new), gallery_images=more)
    assert sorted(shown(after)) == ["0", "2", "3", "4", "9"]
    assert shown(after[after.index(new) :])[0] == "9"
    assert text_of(bridge, laid.post_id) == laid.text.replace(old, new)
    # None at all.
    text = text_of(bridge, laid.post_id)
    assert laid.change((0, len(text.encode())), gallery_images=[]) == text


def test_images_of_what_is_written_come_into_the_library(bridge: Bridge, gallery: Gallery):
    laid = Laid(bridge, gallery, "plain")
    image = gallery.put("inside", png(*WIDE))
    new = f'<p>With one.</p><p><img src="{image}" alt="inside"></p>'
    after = laid.change(*replaced(laid.text, laid.parts[0], new))
    assert image not in after
    assert re.search(r'<img src="[^"]*/uploads/[^"]*" alt="inside" class="wp-image-\d+">', after)
    assert text_of(bridge, laid.post_id) == laid.text.replace(laid.parts[0], new)
    # It is kept in turn, while another part is changed.
    text = text_of(bridge, laid.post_id)
    again = laid.change(*replaced(text, laid.parts[-1], "<p>The end.</p>"))
    assert again == after.replace(laid.parts[-1], "<p>The end.</p>")


def test_where_no_place_is_known_any_more_all_images_get_one(bridge: Bridge, gallery: Gallery):
    """Text that lives on line breaks was made into paragraphs to be laid out."""
    laid = Laid(bridge, gallery, "lines")
    assert laid.change((0, len(laid.text.encode()))) == laid.body
    after = laid.change(*replaced(laid.text, "first", "First of all"))
    assert sorted(shown(after)) == ["0", "1", "2", "3", "4"]
    assert [after.count(f"Of {n}<") for n in range(5)] == [1] * 5
    assert_of_one_piece(after)
    assert text_of(bridge, laid.post_id) == laid.text.replace("first", "First of all")


def test_what_people_have_moved_stays_where_they_put_it(bridge: Bridge, gallery: Gallery):
    """They took an image away, and put another beside other words."""
    laid = Laid(bridge, gallery, "blocks")
    theirs = re.sub(r"\n\n<!-- wp:columns.*?<!-- /wp:columns -->", "", laid.body, flags=re.S)
    theirs = theirs.replace("<p>last</p>", "<p>last, theirs</p>")
    bridge.php(
        f"kses_remove_filters(); return wp_update_post( wp_slash( array( 'ID' => {laid.post_id},"
        f" 'post_content' => base64_decode( '{base64.b64encode(theirs.encode()).decode()}' ) ) ) );"
    )
    left = shown(theirs)
    assert 0 < len(left) < 5
    there = bridge.content(laid.data["content_id"]).json()["data"]
    text = text_of(bridge, laid.post_id)
    new = paragraph("Intro.")
    after = laid.change(
        *replaced(text, laid.parts[0], new), base_fingerprint=there["current_fingerprint"]
    )
    assert after == theirs.replace(laid.parts[0], new)
    assert shown(after) == left
