"""What people change in WordPress comes over; what was changed here stays. Or a person decides."""

from collections.abc import Iterator
from typing import Any

import pytest
from igny8.publishing.bases import FIELDS

from tests.support.both_sides import (
    BRIDGE,
    SharedWordPress,
    click,
    decide,
    edit,
    edited,
    here,
    revisions,
    state,
    switch,
    there,
    wake,
)  # fmt: skip
from tests.support.pacing import choose
from tests.support.wordpress import refusal
from tests.support.world import World, world_in_memory

HTML = "<p>Our first words.</p>"


@pytest.fixture
def world() -> Iterator[World]:
    with world_in_memory() as made:
        made.wordpress = SharedWordPress()
        made.services.http = made.wordpress
        yield made


@pytest.fixture
def site(world: World) -> Any:
    made = world.connected_site(bridge=BRIDGE)
    switch(world, made, two_way=True)
    return made


@pytest.fixture
def article(world: World, site: Any) -> Any:
    content = world.content(site, title="Ours", content_html=HTML, tags=["green"])
    world.publish(content)
    world.work()
    assert world.publication(content)["publish_state"] == "published"
    return content


def test_what_people_changed_there_is_the_newest_text_here(
    world: World, site: Any, article: Any
) -> None:
    edited(world, site, article, title="Theirs", text="<p>Their words.</p>")
    sent = len(there(world).sent())
    world.synchronise()
    now = here(world, article)
    assert (now["title"], now["content_html"]) == ("Theirs", "<p>Their words.</p>")
    assert (now["rev"], now["made_by"], now["tags"]) == (2, "wordpress", ["green"])
    assert state(world, article) == "published"
    assert click(world, article).status == 200, "there is nothing to send"
    world.sweep()
    world.work()
    assert len(there(world).sent()) == sent
    assert world.publication(article)["intent"] == 1


@pytest.mark.parametrize("pulled_first", [True, False])
def test_a_title_changed_there_and_a_tag_changed_here_are_on_both_sides_after_one_click(
    world: World, site: Any, article: Any, pulled_first: bool
) -> None:
    if pulled_first:
        edit(world, article, tags=["green", "black"])
        edited(world, site, article, title="Theirs")
        world.synchronise()
        assert here(world, article)["tags"] == ["green", "black"]
    else:
        there(world).edit(article["id"], title="Theirs")
        edit(world, article, tags=["green", "black"])
    assert click(world, article).status == 202
    world.synchronise()
    assert state(world, article) == "published"
    assert there(world).there(article["id"])["title"] == "Theirs"
    assert there(world).terms_there(article["id"]) == ["green", "black"]
    now = here(world, article)
    assert (now["title"], now["tags"]) == ("Theirs", ["green", "black"])
    assert click(world, article).status == 200
    edit(world, article, title="Ours again")
    assert click(world, article).status == 202
    assert there(world).there(article["id"])["title"] == "Ours again"


def test_the_same_paragraph_changed_on_both_sides_is_a_conflict_and_nothing_is_sent(
    world: World, site: Any, article: Any
) -> None:
    edit(world, article, content_html="<p>Our new words.</p>")
    edited(world, site, article, text="<p>Their words.</p>")
    sent = len(there(world).sent())
    world.synchronise()
    assert state(world, article) == "conflict"
    assert here(world, article)["content_html"] == "<p>Our new words.</p>"
    assert world.publish(article).status == 409
    assert len(there(world).sent()) == sent


def test_a_click_that_comes_first_finds_the_same_conflict(
    world: World, site: Any, article: Any
) -> None:
    edit(world, article, content_html="<p>Our new words.</p>")
    there(world).edit(article["id"], text="<p>Their words.</p>")
    click(world, article)
    assert state(world, article) == "conflict"
    assert there(world).there(article["id"])["text"] == "<p>Their words.</p>"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"title": "Ours, new"}, {"title": "Theirs"}),
        ({"gallery_images": [{"url": "https://e.example/g.jpg"}]}, {"text": "<p>Their words.</p>"}),
        ({"secondary_keywords": ["pot"]}, {"seo": {"primary_keyword": "tea"}}),
        ({"excerpt": "Ours"}, {"title": "Theirs", "excerpt": "Theirs"}),
    ],
)
def test_what_belongs_together_is_decided_together(
    world: World, site: Any, article: Any, ours: Any, theirs: Any
) -> None:
    edit(world, article, **ours)
    before = here(world, article)
    edited(world, site, article, **theirs)
    world.synchronise()
    assert state(world, article) == "conflict"
    assert here(world, article)["rev"] == before["rev"], "nothing of it, where one is in question"


def test_two_way_that_is_switched_off_before_it_is_read_is_off(
    world: World, site: Any, article: Any
) -> None:
    edited(world, site, article, title="Theirs")
    switch(world, site, two_way=False)
    world.synchronise()
    assert here(world, article)["title"] == "Ours"
    assert there(world).existing.calls["posts"] == 0


def test_without_two_way_no_text_of_theirs_comes_without_a_click(
    world: World, site: Any, article: Any
) -> None:
    switch(world, site, two_way=False)
    edited(world, site, article, title="Theirs")
    world.synchronise()
    now = here(world, article)
    assert (now["title"], now["rev"]) == ("Ours", 1)
    assert world.publication(article)["site_changed"] is True
    assert there(world).existing.calls["posts"] == 0, "nobody asks for it"


# --- A person decides ---------------------------------------------------------------------------


@pytest.fixture
def disputed(world: World, site: Any, article: Any) -> Any:
    """Both sides have changed the text, and a click was refused for it."""
    edit(world, article, content_html="<p>Our new words.</p>")
    there(world).edit(article["id"], title="Theirs", text="<p>Their words.</p>")
    click(world, article)
    assert state(world, article) == "conflict"
    return article


OURS_FIRST = ("person", "Ours", HTML)
OURS_NEW = ("person", "Ours", "<p>Our new words.</p>")
THEIRS = ("wordpress", "Theirs", "<p>Their words.</p>")


def test_theirs_becomes_the_newest_text_and_nothing_is_sent(
    world: World, site: Any, disputed: Any
) -> None:
    world.synchronise()
    sent = len(there(world).sent())
    assert decide(world, disputed, "theirs").status == 200
    assert revisions(world, disputed) == {1: OURS_FIRST, 2: OURS_NEW, 3: THEIRS}
    assert state(world, disputed) == "published"
    assert world.publication(disputed)["site_changed"] is False
    assert click(world, disputed).status == 200
    assert len(there(world).sent()) == sent
    edit(world, disputed, tags=["black"])
    assert click(world, disputed).status == 202
    assert set(there(world).sent()[-1]) & set(FIELDS) == {"tags"}
    assert state(world, disputed) == "published"


def test_ours_goes_over_theirs_which_is_kept_as_a_revision(
    world: World, site: Any, disputed: Any
) -> None:
    world.synchronise()
    assert decide(world, disputed, "ours").status == 202
    world.work()
    assert state(world, disputed) == "published"
    assert revisions(world, disputed) == {1: OURS_FIRST, 2: OURS_NEW, 3: THEIRS, 4: OURS_NEW}
    now = there(world).there(disputed["id"])
    assert (now["title"], now["text"]) == ("Ours", "<p>Our new words.</p>")
    order = there(world).sent()[-1]
    assert set(order) >= {"title", "content_parts", "text_sha256"}
    assert "tags" not in order, "what differs from theirs, and nothing else"


@pytest.mark.parametrize("two_way", [True, False])
def test_nothing_is_written_over_that_is_not_kept_here(
    world: World, site: Any, disputed: Any, two_way: bool
) -> None:
    switch(world, site, two_way=two_way)
    answer = decide(world, disputed, "ours")
    assert (answer.status, answer.code) == (409, "theirs_unread")
    assert there(world).there(disputed["id"])["title"] == "Theirs"
    world.synchronise()
    assert len(revisions(world, disputed)) == 2, "and no revision of theirs without a click"
    assert decide(world, disputed, "ours").status == 202


def test_theirs_that_moved_again_is_another_conflict(
    world: World, site: Any, disputed: Any
) -> None:
    world.synchronise()
    assert decide(world, disputed, "ours").status == 202
    there(world).edit(disputed["id"], title="Theirs again")
    world.work()
    assert state(world, disputed) == "conflict"
    assert there(world).there(disputed["id"])["title"] == "Theirs again"
    assert decide(world, disputed, "ours").code == "theirs_unread"
    world.synchronise()
    assert decide(world, disputed, "ours").status == 202
    world.work()
    assert state(world, disputed) == "published"
    assert [made for made, *_ in revisions(world, disputed).values()].count("wordpress") == 2


def test_theirs_that_moved_before_the_decision_is_read_again(
    world: World, site: Any, disputed: Any
) -> None:
    world.synchronise()
    edited(world, site, disputed, title="Theirs again")
    world.synchronise()
    assert decide(world, disputed, "ours").status == 202
    world.work()
    assert state(world, disputed) == "published"
    assert revisions(world, disputed)[3][1] == "Theirs again"


def test_a_conflict_that_was_undone_there_is_none_any_more(
    world: World, site: Any, article: Any
) -> None:
    edit(world, article, content_html="<p>Our new words.</p>")
    edited(world, site, article, text="<p>Their words.</p>")
    world.synchronise()
    assert state(world, article) == "conflict"
    edited(world, site, article, text=HTML)
    world.synchronise()
    assert state(world, article) == "published"
    assert click(world, article).status == 202
    assert there(world).there(article["id"])["text"] == "<p>Our new words.</p>"


def test_taking_down_needs_no_text_of_theirs(world: World, site: Any, article: Any) -> None:
    path = f"/api/v1/writer/content/{article['id']}/unpublish/"
    world.call("POST", path, {"to": "draft"})
    there(world).before.append(refusal(409, "conflict"))
    world.work()
    assert state(world, article) == "conflict"
    assert decide(world, article, "ours").status == 202


# --- What is nobody's edit, and what must not come ------------------------------------------------


def test_what_both_changed_alike_is_no_conflict(world: World, site: Any, article: Any) -> None:
    edit(world, article, title="The same")
    edited(world, site, article, title="The same", slug="their-slug")
    world.synchronise()
    assert state(world, article) == "published"
    now = here(world, article)
    assert (now["title"], now["slug"]) == ("The same", "their-slug")


@pytest.mark.parametrize(
    ("there_now", "field", "value"),
    [
        ({"excerpt": "Tea &amp; more"}, "excerpt", "Tea & more"),
        ({"slug": "their-slug"}, "slug", "their-slug"),
        ({"seo": {"title": "Found"}}, "seo_title", "Found"),
        (
            {"featured_image": {"id": 9, "url": "http://127.0.0.1:8080/i.jpg", "alt": "A pot"}},
            "featured_image_url", "http://127.0.0.1:8080/i.jpg",
        ),
        (
            {"terms": {"category": [], "post_tag": [
                {"id": 7, "name": "black", "slug": "black", "parent": 0}]}},
            "tags", ["black"],
        ),
    ],
)  # fmt: skip
def test_each_field_comes_over_alone(
    world: World, site: Any, article: Any, there_now: Any, field: str, value: Any
) -> None:
    before = here(world, article)
    edited(world, site, article, **there_now)
    world.synchronise()
    now = here(world, article)
    assert now[field] == value
    along = {"featured_image_alt"} if field == "featured_image_url" else set()
    changed = {name for name in before if before[name] != now[name]}
    assert changed - along <= {field, "rev", "made_by", "updated_at", "metadata"}
    assert click(world, article).status == 200


def test_what_only_looks_changed_moves_no_text(world: World, site: Any, article: Any) -> None:
    """WordPress spells it otherwise; an SEO plugin was installed."""
    edited(world, site, article, terms={"category": [], "post_tag": [
        {"id": 70, "name": "Green", "slug": "green", "parent": 0}]})  # fmt: skip
    world.synchronise()
    assert here(world, article)["rev"] == 1
    assert world.publication(article)["site_changed"] is False
    edit(world, article, title="Ours again")
    click(world, article)
    assert set(there(world).sent()[-1]) & set(FIELDS) == {"title"}


def test_what_came_from_wordpress_never_goes_out_by_itself(
    world: World, site: Any, article: Any
) -> None:
    """Automatic approval and publishing on, thirty days of sweeps: no intent."""
    choose(world, site, auto_approval_enabled=True, auto_publish_enabled=True)
    edited(world, site, article, title="Theirs", status="draft")
    world.synchronise()
    sent = len(there(world).sent())
    for _ in range(30):
        world.clock.advance(days=1)
        world.sweep("automatic")
        world.sweep()
        world.work()
        world.synchronise()
    assert len(there(world).sent()) == sent
    assert world.publication(article)["intent"] == 1


def test_while_something_of_ours_is_under_way_its_answer_decides(
    world: World, site: Any, article: Any
) -> None:
    edit(world, article, tags=["black"])
    world.publish(article)  # queued, and nobody has sent it yet
    edited(world, site, article, title="Theirs")
    world.synchronise()
    assert here(world, article)["title"] == "Ours"
    world.work()
    assert state(world, article) == "published"
    world.synchronise()
    assert (here(world, article)["title"], here(world, article)["tags"]) == ("Theirs", ["black"])


def test_a_post_that_names_another_content_is_left_alone(
    world: World, site: Any, article: Any
) -> None:
    edited(world, site, article, title="Theirs")
    post_id = there(world).posts[article["id"]].post_id
    there(world).existing.links[post_id] = article["id"] + 1
    world.synchronise()
    assert here(world, article)["title"] == "Ours"


def test_what_may_not_be_shown_stays_there_and_is_never_lost(
    world: World, site: Any, article: Any
) -> None:
    text = "<p>Words.</p><script>alert(1)</script>"
    edited(world, site, article, text=text)
    world.synchronise()
    told = here(world, article)
    assert [one["name"] for one in told["kept_parts"]] == ["script"]
    assert "alert" not in told["content_html"]
    more = f"{told['content_html']}<p>More.</p>"
    change = {"content_html": more, "base_rev": told["rev"]}
    answer = world.call("PATCH", f"/api/v1/writer/content/{article['id']}/", change)
    assert answer.status == 200
    world.publish(article)
    world.work()
    assert there(world).there(article["id"])["text"] == f"{text}\n\n<p>More.</p>"


def test_a_site_that_does_not_answer_is_asked_later(world: World, site: Any, article: Any) -> None:
    edited(world, site, article, title="Theirs")
    there(world).up = False
    world.synchronise()
    there(world).up = True
    assert here(world, article)["title"] == "Ours"
    wake(world, site, minutes=15)
    assert here(world, article)["title"] == "Theirs"


def test_a_bridge_that_refuses_the_question_is_not_asked_for_ever(
    world: World, site: Any, article: Any
) -> None:
    """Of posts it says nothing; what else there is to do is done."""
    edited(world, site, article, title="Theirs")
    there(world).before.append(refusal(422, "invalid"))
    world.synchronise()
    asked = there(world).existing.calls["posts"]
    for _ in range(3):
        wake(world, site, hours=7)
    assert there(world).existing.calls["posts"] == asked
    assert [route for _, route, _ in there(world).calls].count("changes") >= 3
    assert click(world, article).status == 200, "and the site is served"


@pytest.mark.parametrize("says_what_is_there", [True, False])
def test_a_text_of_ours_that_was_lost_with_our_tables_is_read_before_anything_goes_over_it(
    world: World, site: Any, article: Any, says_what_is_there: bool
) -> None:
    post = there(world).posts[article["id"]]
    post.rev = 9
    there(world).results[article["id"]] |= {"rev": 9}
    there(world).edit(article["id"], title="Ours, of a decision that nobody knows")
    if says_what_is_there:
        now = there(world).current_fingerprint(post)
        there(world).results[article["id"]] |= {"fingerprint": now}
    edit(world, article, title="Ours, older")
    click(world, article)
    told = world.publication(article)
    assert (told["publish_state"], told["reason"]) == ("conflict", "newer_there")
    assert decide(world, article, "ours").code == "theirs_unread"
    world.synchronise()
    assert state(world, article) == "conflict", "what is there is not what is here"
    assert decide(world, article, "ours").status == 202
    world.work()
    assert state(world, article) == "published"
    assert revisions(world, article)[3][1] == "Ours, of a decision that nobody knows"


def test_a_comparison_reads_what_nobody_has_read(world: World, site: Any, article: Any) -> None:
    switch(world, site, two_way=False)
    edited(world, site, article, title="Theirs")
    switch(world, site, two_way=True)
    for _ in range(3):
        wake(world, site, days=8)
    assert here(world, article)["title"] == "Theirs"
