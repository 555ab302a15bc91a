"""Editing a text that came from a site: its kept parts stay, and so does what people did there."""

import re
from dataclasses import replace
from typing import Any

import pytest
from igny8.content.kept import taken_in
from igny8.content.markers import marker, pieces
from igny8.content.model import Content

from tests.support.bodies import BLOCK, BODIES, BUILDERS, SCRIPTS
from tests.support.site_texts import imported, pulled
from tests.support.world import OTHER_ACCOUNT, Response, World

pytestmark = pytest.mark.rows("memory")

FOREIGN = "<!-- igny8:kept 0123456789ab script 7 -->"


def path(content: Content) -> str:
    return f"/api/v1/writer/content/{content.id}/"


def read(world: World, content: Content) -> dict[str, Any]:
    data: dict[str, Any] = world.call("GET", path(content)).data
    return data


def edit(world: World, content: Content, **changes: Any) -> Response:
    return world.call("PATCH", path(content), changes)


def refused(answer: Response) -> str:
    assert answer.status in {409, 422}
    return str(answer.body["error"]["code"])


@pytest.mark.parametrize("name", BODIES)
def test_what_is_answered_can_be_sent_back(shared: World, name: str) -> None:
    content = imported(shared, BODIES[name], builder=BUILDERS.get(name))
    before = read(shared, content)
    kept = [{"id": one.id, "name": one.name, "bytes": one.bytes} for one in content.kept]
    assert before["kept_parts"] == kept
    assert (before["source"], before["made_by"]) == ("wordpress", "wordpress")
    assert before["site_changed"] is False
    answer = edit(shared, content, content_html=before["content_html"], title="Another")
    assert answer.status == 200
    assert answer.data["content_html"] == before["content_html"]
    assert answer.data["warnings"] == []
    assert (answer.data["rev"], answer.data["made_by"]) == (2, "person")


def test_a_text_that_lost_a_kept_part_is_refused(shared: World) -> None:
    content = imported(shared, SCRIPTS)
    first, second, third = content.kept
    without = read(shared, content)["content_html"].replace(marker(second), "")
    answer = edit(shared, content, content_html=without)
    assert refused(answer) == "kept_parts_missing"
    assert second.id in answer.body["error"]["message"]
    assert first.id not in answer.body["error"]["message"]
    assert read(shared, content)["rev"] == 1
    for drop in ([], [first.id]):
        answer = edit(shared, content, content_html=without, drop_kept=drop)
        assert refused(answer) == "kept_parts_missing"
    answer = edit(shared, content, content_html=without, drop_kept=[second.id])
    assert answer.status == 200
    assert [one["id"] for one in answer.data["kept_parts"]] == [first.id, third.id]
    again = edit(shared, content, content_html=without.replace("Between", "Among"))
    assert again.status == 200


def test_a_dropped_part_can_be_put_back(shared: World) -> None:
    content = imported(shared, SCRIPTS)
    whole = read(shared, content)["content_html"]
    without = whole.replace(marker(content.kept[1]), "")
    edit(shared, content, content_html=without, drop_kept=[content.kept[1].id])
    answer = edit(shared, content, content_html=whole)
    assert [one["id"] for one in answer.data["kept_parts"]] == [one.id for one in content.kept]


@pytest.mark.parametrize(
    "strange",
    [
        FOREIGN,
        f"<div>{FOREIGN}</div>",
        "<!-- igny8:kept -->",
        "<!--igny8:kept <b> -->",
        "<!-- IGNY8:KEPT a script 7 -->",
    ],
)
def test_no_other_comment_of_that_kind_passes(shared: World, strange: str) -> None:
    content = imported(shared, SCRIPTS)
    html = read(shared, content)["content_html"]
    assert refused(edit(shared, content, content_html=html + strange)) == "kept_part_unknown"
    own = shared.content(shared.connected_site())
    answer = shared.call(
        "PATCH", f"/api/v1/writer/content/{own['id']}/", {"content_html": f"<p>a</p>{strange}"}
    )
    assert refused(answer) == "kept_part_unknown"
    new = {"site_id": own["site_id"], "title": "T", "content_html": f"<p>a</p>{strange}"}
    assert refused(shared.call("POST", "/api/v1/writer/content/", new)) == "kept_part_unknown"


def test_words_about_kept_parts_are_words(shared: World) -> None:
    content = imported(shared, SCRIPTS)
    html = read(shared, content)["content_html"] + "<p>&lt;!-- igny8:kept a --&gt; igny8:kept</p>"
    assert edit(shared, content, content_html=html).status == 200


def test_kept_parts_stand_by_themselves_once_and_in_order(shared: World) -> None:
    content = imported(shared, SCRIPTS)
    html = read(shared, content)["content_html"]
    first, second = marker(content.kept[0]), marker(content.kept[1])
    for wrong in (
        html + first,
        html.replace(first, f"<div>{first}</div>"),
        html.replace(first, f"<p>a {first} b</p>"),
        html.replace(first, f"<!-- wp:group -->{first}<!-- /wp:group -->"),
        html.replace(first, "x").replace(second, first).replace("x", second, 1),
    ):
        code = refused(edit(shared, content, content_html=wrong))
        assert code in {"kept_part_unknown", "kept_parts_missing"}


def test_a_box_that_a_client_spelt_otherwise_is_as_it_was(shared: World) -> None:
    content = imported(shared, SCRIPTS)
    html = read(shared, content)["content_html"]
    first = marker(content.kept[0])
    spelt = html.replace(first, first.replace("<!-- ", "<!--").replace(" -->", "  -->"))
    answer = edit(shared, content, content_html=spelt.replace("script", "skript"))
    assert answer.status == 200
    assert first in answer.data["content_html"]


@pytest.mark.parametrize("body", [BLOCK, "<p>a</p><!--more--><p>b</p>"])
def test_an_edit_that_strips_comments_is_refused(shared: World, body: str) -> None:
    content = imported(shared, body)
    stripped = re.sub(r"<!--.*?-->", "", read(shared, content)["content_html"])
    assert refused(edit(shared, content, content_html=stripped)) == "kept_parts_missing"
    assert edit(shared, content, content_html=stripped, drop_kept=[]).status == 200


def test_another_text_altogether_needs_no_comments(shared: World) -> None:
    content = imported(shared, BLOCK)
    assert edit(shared, content, content_html="<p>All of it is new</p>").status == 200


def test_a_text_without_comments_needs_none(shared: World) -> None:
    content = imported(shared, "<p>a</p>")
    assert edit(shared, content, content_html="<p>b</p>").status == 200


def test_what_a_page_builder_keeps_is_no_empty_text(shared: World) -> None:
    content = imported(shared, BODIES["elementor"], builder="elementor")
    html = read(shared, content)["content_html"]
    assert edit(shared, content, content_html=html + "<p>more</p>").status == 200
    assert edit(shared, content, content_html=html).status == 200
    (one,) = content.kept
    answer = edit(shared, content, content_html="<br>", drop_kept=[one.id])
    assert refused(answer) == "invalid"


def test_what_is_not_here_cannot_be_dropped(shared: World) -> None:
    content = imported(shared, SCRIPTS)
    services: Any = shared.services
    before = services.content_store.get(content.account_id, content.id)
    services.commit(services.content_store.revision(before, replace(before, raw=None)))
    ids = [one.id for one in content.kept]
    answer = edit(shared, content, content_html="<p>a</p>", drop_kept=ids)
    assert refused(answer) == "kept_parts_missing"
    html = taken_in(SCRIPTS).html.replace("Between", "Among")
    assert edit(shared, content, content_html=html).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {"drop_kept": ["0123456789ab"], "content_html": "<p>a</p>"},
        {"drop_kept": ["0123456789ab"]},
        {"drop_kept": [7], "content_html": "<p>a</p>"},
        {"drop_kept": ["a" * 21], "content_html": "<p>a</p>"},
        {"base_rev": 9, "title": "T"},
        {"base_rev": 0, "title": "T"},
        {"base_rev": "1", "title": "T"},
        {"title": "T", "kept_parts": []},
    ],
)
def test_what_makes_no_sense_is_refused(shared: World, body: dict[str, Any]) -> None:
    content = imported(shared, "<p>a</p>")
    assert edit(shared, content, **body).status == 422
    assert read(shared, content)["rev"] == 1


# --- who made what -------------------------------------------------------------------------------


def test_no_client_undoes_what_it_has_not_seen(shared: World) -> None:
    content = imported(shared, "<p>one</p>")
    assert edit(shared, content, title="Ours").status == 200
    pulled(shared, content.id, "<p>theirs</p>")
    for body in (
        {"title": "Ours again"},
        {"content_html": "<p>ours</p>"},
        {"title": "Ours again", "base_rev": 2},
        {"title": "Ours again", "base_rev": 1},
    ):
        answer = edit(shared, content, **body)
        assert refused(answer) == "changed_meanwhile"
        assert answer.body["error"]["rev"] == 3
    assert read(shared, content)["content_html"] == "<p>theirs</p>"
    assert edit(shared, content, title="Ours again", base_rev=3).status == 200
    assert edit(shared, content, title="And again").status == 200


def test_who_read_before_a_pull_is_refused_also_when_others_went_on(shared: World) -> None:
    content = imported(shared, "<p>one</p>")
    pulled(shared, content.id, "<p>theirs</p>")
    assert edit(shared, content, content_html="<p>theirs and ours</p>", base_rev=2).status == 200
    assert refused(edit(shared, content, content_html="<p>ours</p>", base_rev=1)) == (
        "changed_meanwhile"
    )
    assert edit(shared, content, content_html="<p>ours</p>", base_rev=2).status == 200


def test_the_first_revision_is_known_to_whoever_edits_it(shared: World) -> None:
    content = imported(shared, "<p>one</p>")
    assert edit(shared, content, content_html="<p>two</p>").status == 200


def test_what_changes_nothing_needs_to_know_nothing(shared: World) -> None:
    content = imported(shared, "<p>one</p>")
    pulled(shared, content.id, "<p>theirs</p>")
    assert edit(shared, content, content_html="<p>theirs</p>").status == 200
    assert edit(shared, content, status="published").status in {200, 409}


# --- revisions -----------------------------------------------------------------------------------


def test_revisions_newest_first_by_the_page(shared: World) -> None:
    content = imported(shared, "<p>one</p>")
    for number in range(2, 6):
        shared.clock.advance(minutes=1)
        assert edit(shared, content, title=f"Title {number}").status == 200
    shared.clock.advance(minutes=1)
    pulled(shared, content.id, "<p>theirs</p>")
    seen, cursor = [], ""
    while True:
        answer = shared.call("GET", f"{path(content)}revisions/?limit=4{cursor}")
        seen += answer.data
        if answer.body["meta"]["next"] is None:
            break
        cursor = f"&cursor={answer.body['meta']['next']}"
    assert [one["rev"] for one in seen] == [6, 5, 4, 3, 2, 1]
    assert [one["made_by"] for one in seen] == ["wordpress", *["person"] * 4, "wordpress"]
    assert [one["from"] for one in seen] == [5, 4, 3, 2, 1, None]
    moments = [one["created_at"] for one in seen]
    assert moments == sorted(set(moments), reverse=True)
    assert shared.call("GET", f"{path(content)}revisions/?limit=6").body["meta"]["next"] is None


def test_a_change_of_the_status_makes_no_revision_younger(shared: World) -> None:
    content = shared.content(shared.connected_site())
    path = f"/api/v1/writer/content/{content['id']}/"
    for title in ("A title", "Another"):
        shared.clock.advance(minutes=1)
        shared.call("PATCH", path, {"title": title})
        before = shared.call("GET", f"{path}revisions/").data
        for status in ("review", "draft"):
            shared.clock.advance(minutes=1)
            shared.call("PATCH", path, {"status": status})
        assert shared.call("GET", f"{path}revisions/").data == before


def test_an_overwritten_text_is_brought_back(shared: World) -> None:
    content = imported(shared, SCRIPTS, excerpt="Before")
    edit(shared, content, title="Ours")
    pulled(shared, content.id, SCRIPTS.replace("<p>Between</p>", "<p>Theirs</p>"), excerpt="After")
    old = shared.call("GET", f"{path(content)}revisions/2/").data
    assert (old["title"], old["excerpt"], old["made_by"]) == ("Ours", "Before", "person")
    assert old["content_html"] == taken_in(SCRIPTS).html
    assert [one["id"] for one in old["kept_parts"]] == [one.id for one in content.kept]
    told = {"rev", "made_by", "from", "created_at", "kept_parts"}
    fields = {name: value for name, value in old.items() if name not in told and value is not None}
    answer = edit(shared, content, **fields, base_rev=3)
    assert answer.status == 200
    assert (answer.data["rev"], answer.data["content_html"]) == (4, old["content_html"])
    theirs = shared.call("GET", f"{path(content)}revisions/3/").data
    assert "<p>Theirs</p>" in pieces(theirs["content_html"])


@pytest.mark.parametrize("rev", ["0", "3", "99999999999", "x", "-1"])
def test_no_other_revision_is_there(shared: World, rev: str) -> None:
    content = imported(shared, "<p>one</p>")
    edit(shared, content, title="Two")
    assert shared.call("GET", f"{path(content)}revisions/{rev}/").status == 404


def test_another_account_learns_nothing(shared: World) -> None:
    content = imported(shared, "<p>one</p>")
    edit(shared, content, title="Two")
    for rest in ("", "1/", "2/"):
        answer = shared.call("GET", f"{path(content)}revisions/{rest}", account=OTHER_ACCOUNT)
        assert (answer.status, answer.body["error"]["code"]) == (404, "not_found")
    shared.call("DELETE", f"{path(content)}?unpublish=keep")
    for rest in ("", "1/", "2/"):
        assert shared.call("GET", f"{path(content)}revisions/{rest}").status == 404
