"""A text of a site comes in, is edited here, and goes back: whatever nobody touched stays."""

from typing import Any

import pytest
from igny8.content.markers import marker, pieces
from igny8.content.model import Kept
from igny8.core.table import DATA, delete
from igny8.publishing.base_store import base_key

from tests.support.bodies import BODIES, BUILDERS, CLASSIC, SCRIPTS, SECRETS
from tests.support.importing import Import, existing
from tests.support.text_on_site import TextOnSite
from tests.support.world import ACCOUNT, World

pytestmark = pytest.mark.rows("memory")


class Story:
    """A post with a body, the content that was made of it, and what happens to both."""

    def __init__(self, world: World, text: str, builder: str | None = None) -> None:
        self.world = world
        self.site = world.connected_site(bridge="2.1.0")
        (self.post_id,) = existing(world).add(text=text, builder=builder)
        done = Import(world, self.site).run()
        self.content_id = done.of(self.post_id).content_id
        self.there = TextOnSite(world)

    @property
    def path(self) -> str:
        return f"/api/v1/writer/content/{self.content_id}/"

    @property
    def text(self) -> str:
        """What the post says now."""
        text: str = existing(self.world).post(self.post_id)["text"]
        return text

    def read(self) -> Any:
        return self.world.call("GET", self.path).data

    def edit(self, **fields: Any) -> Any:
        answer = self.world.call("PATCH", self.path, fields)
        assert answer.status == 200, answer.body
        return answer.data

    def publish(self, state: str = "published") -> dict[str, Any]:
        """What was sent of it."""
        before = len(self.there.orders)
        assert self.world.publish({"id": self.content_id}).status == 202
        self.world.work()
        publication = self.world.publication({"id": self.content_id})
        assert publication["publish_state"] == state, publication
        return self.there.orders[-1] if len(self.there.orders) > before else {}


@pytest.mark.parametrize("name", BODIES)
def test_a_title_changes_no_byte_of_the_text(shared: World, name: str) -> None:
    story = Story(shared, BODIES[name], BUILDERS.get(name))
    html = story.read()["content_html"]
    story.edit(title="Another")
    order = story.publish()
    assert not {"content_html", "content_parts", "text_sha256"} & order.keys()
    assert (order["title"], story.text) == ("Another", BODIES[name])
    story.edit(title="And another", content_html=f"\n{html}\n")
    assert "content_parts" not in story.publish()
    assert story.text == BODIES[name]


@pytest.mark.parametrize("name", sorted({*BODIES} - {*BUILDERS}))
def test_one_paragraph_changes_and_no_other_byte_does(shared: World, name: str) -> None:
    raw = BODIES[name]
    story = Story(shared, raw)
    there = pieces(story.read()["content_html"])
    for number, words in [(0, "First"), (len(there) - 1, "Last"), (0, "First again")]:
        before = story.text
        there[number] = f"<p>{words} words</p>"
        story.edit(content_html="\n\n".join(there))
        order = story.publish()
        assert "content_html" not in order
        sent = [part["html"].strip() for part in order["content_parts"] if "html" in part]
        assert sent == [there[number]]
        kept = [part["keep"] for part in order["content_parts"] if "keep" in part]
        assert all(before.encode()[slice(*one)] in story.text.encode() for one in kept)
        assert there[number] in story.text
    for script in ("<script", "<form", "<svg", "<iframe", "onclick"):
        assert story.text.count(script) == raw.count(script)


def test_a_post_without_an_excerpt_gets_none(shared: World) -> None:
    story = Story(shared, CLASSIC)
    there = pieces(story.read()["content_html"])
    story.edit(content_html="\n\n".join(["<p>Other first words</p>", *there[1:]]))
    assert "excerpt" not in story.publish()


def test_parts_are_moved_dropped_and_put_in(shared: World) -> None:
    story = Story(shared, SCRIPTS)
    before, ads, between, inline, _click, end = pieces(story.read()["content_html"])
    new = "<p>New words</p>"
    dropped = [story.read()["kept_parts"][2]["id"]]
    story.edit(content_html="\n".join([end, ads, new, inline, before, between]), drop_kept=dropped)
    story.publish()
    assert [piece.split("\n")[0][:12] for piece in pieces(story.text)] == [
        "<p>The end.<", "<script asyn", "<p>New words", "<script>", "<p>Before</p", "<p>Between</",
    ]  # fmt: skip
    assert "onclick" not in story.text
    assert "igny8:kept" not in story.text
    story.edit(content_html="\n".join([ads, inline, "<p>Only this.</p>"]))
    story.publish()
    assert story.text.count("<script") == 2
    assert "New words" not in story.text


def test_a_page_builders_text_stays_whatever_is_written_around_it(shared: World) -> None:
    raw = BODIES["elementor"]
    story = Story(shared, raw, "elementor")
    html = story.read()["content_html"]
    for more in ("One", "Two"):
        story.edit(content_html=f"<p>{more}</p>{html}<p>{more}</p>")
        story.publish()
        assert story.text == f"<p>{more}</p>\n\n{raw}\n\n<p>{more}</p>"


def test_a_script_that_is_sent_here_arrives_nowhere(shared: World) -> None:
    story = Story(shared, SCRIPTS)
    html = story.read()["content_html"]
    story.edit(content_html=f"{html}<p>a<script>evil()</script></p><img src=x onerror=evil()>")
    story.publish()
    assert "evil" not in story.text
    assert story.text.startswith(SCRIPTS)


def test_a_site_that_does_not_say_which_text_it_has_has_the_one_that_it_took(
    shared: World,
) -> None:
    story = Story(shared, SCRIPTS)
    story.there.tells = False
    there = pieces(story.read()["content_html"])
    story.edit(title="Another")
    story.publish()
    for words in ("First", "Second"):
        story.edit(content_html="\n".join([f"<p>{words}</p>", *there[1:]]))
        assert "content_parts" in story.publish()
        assert story.text == SCRIPTS.replace("<p>Before</p>", f"<p>{words}</p>\n")
    existing(shared).edit(story.post_id, text=f"{story.text}<p>Theirs</p>", title="Another")
    story.edit(content_html="\n".join(["<p>Third</p>", *there[1:]]))
    story.publish("conflict")
    assert "Theirs" in story.text


def test_what_the_site_spells_otherwise_is_sent_whole_where_nothing_is_kept(
    shared: World,
) -> None:
    story = Story(shared, CLASSIC)
    story.there.spells = lambda text: text.replace("First", "1st")
    there = pieces(story.read()["content_html"])
    story.edit(content_html="\n".join(["<p>First</p>", *there[1:]]))
    story.publish()
    story.edit(content_html="\n".join(["<p>Second</p>", *there[1:]]))
    assert "content_html" in story.publish()


def test_what_a_site_keeps_is_never_written_over_blindly(shared: World) -> None:
    """Where nobody knows what the site has now, the text waits for a sync, and says so."""
    story = Story(shared, SCRIPTS)
    story.there.spells = lambda text: text.replace("First", "1st")
    there = pieces(story.read()["content_html"])
    story.edit(content_html="\n".join(["<p>First</p>", *there[1:]]))
    story.publish()
    text = story.text
    story.edit(content_html="\n".join(["<p>Second</p>", *there[1:]]))
    assert story.publish("failed") == {}
    assert story.text == text
    told = shared.publication({"id": story.content_id})
    assert told["reason"] == "text_unknown" or told["last_error"]["class"] == "text_unknown"
    story.edit(content_html="\n".join(["<p>First</p>", *there[1:]]), title="Another")
    story.publish()
    assert existing(shared).post(story.post_id)["title"] == "Another"


@pytest.mark.parametrize("is_read_in_time", [True, False])
def test_a_text_that_the_site_spells_otherwise_is_read_again(
    shared: World, is_read_in_time: bool
) -> None:
    story = Story(shared, SCRIPTS)
    story.there.spells = lambda text: text.replace("First", "1st")
    there = pieces(story.read()["content_html"])
    story.edit(content_html="\n".join(["<p>First</p>", *there[1:]]))
    story.publish()
    assert "1st" in story.text
    if is_read_in_time:
        shared.synchronise()
    story.edit(content_html="\n".join(["<p>Second</p>", *there[1:]]))
    if not is_read_in_time:
        assert story.publish("failed") == {}
        shared.synchronise()
    assert "content_parts" in story.publish()
    assert "<p>Second</p>" in story.text
    assert "1st" not in story.text
    assert story.text.count("<script") == SCRIPTS.count("<script")
    assert story.read()["made_by"] == "person", "what it spells otherwise is nobody's edit"


def test_a_text_of_which_nothing_is_known_any_more_is_read_again(shared: World) -> None:
    """An older worker has delivered since; or the base's row cannot be read."""
    story = Story(shared, SCRIPTS)
    key = base_key(ACCOUNT, story.content_id, story.site["integration_id"])
    shared.services.commit([delete("base", DATA, key)])
    there = pieces(story.read()["content_html"])
    story.edit(content_html="\n".join(["<p>Second</p>", *there[1:]]))
    assert story.publish("failed") == {}
    shared.synchronise()
    assert "content_parts" in story.publish()
    assert "<p>Second</p>" in story.text
    assert story.text.count("<script") == SCRIPTS.count("<script")


def test_boxes_reach_no_site_that_takes_no_parts(shared: World) -> None:
    story = Story(shared, SCRIPTS)
    services: Any = shared.services
    base = services.base_store.get
    services.base_store.get = lambda *_: None
    story.edit(title="Another")
    assert story.publish("failed") == {}
    services.base_store.get = base
    assert story.text == SCRIPTS


def test_what_looks_like_a_secret_comes_and_goes_and_is_in_no_log(
    shared: World, capfd: pytest.CaptureFixture[str]
) -> None:
    story = Story(shared, SECRETS)
    there = pieces(story.read()["content_html"])
    assert any("Bearer abc" in piece for piece in there)
    there[-1] = "<p>Bearer abc, to the end.</p>"
    story.edit(content_html="\n".join(there))
    story.publish()
    lines = SECRETS.split("\n")
    assert story.text == "\n".join([*lines[:-1], there[-1]])
    logged = capfd.readouterr()
    events = shared.call(
        "GET", f"/api/v1/integration/integrations/{story.site['integration_id']}/events/"
    )
    for secret in ("Bearer abc", "eyJhbGci", "X-Amz-Signature=0af3", "abcdefghijklmnop"):
        assert secret in SECRETS
        assert secret not in logged.out + logged.err
        assert secret not in str(events.body)


def test_a_marker_is_what_the_site_keeps(shared: World) -> None:
    story = Story(shared, SCRIPTS)
    told = story.read()["kept_parts"][0]
    one = Kept(told["id"], told["name"], 0, told["bytes"])
    assert marker(one) in story.read()["content_html"]
