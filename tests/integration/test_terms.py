"""The terms of a site are kept by their ids there: an import reads them before any post."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from igny8.terms.model import Term
from igny8.terms.store import TermStore

from tests.support.both_sides import SharedWordPress
from tests.support.pulling import Importing, importing
from tests.support.site_events import Bridge
from tests.support.trouble import Killed
from tests.support.wordpress import Post
from tests.support.world import ACCOUNT, OTHER_ACCOUNT, World

pytestmark = pytest.mark.rows("memory")


@pytest.fixture
def here() -> Iterator[Importing]:
    with importing(plain=False) as made:
        made.tell_structure(["category", "post_tag"])
        made.world.messages("sync")
        yield made


def on_site(number: int, name: str, parent: int = 0) -> dict[str, Any]:
    return {"id": number, "name": name, "slug": name.lower(), "parent": parent, "count": 1}


def kept(here: Importing, taxonomy: str = "category") -> dict[int, Term]:
    store = TermStore(here.world.services.tables)
    pages = store.between(ACCOUNT, here.site["id"], taxonomy)
    return {one.wordpress_id: one for found, _ in pages for one in found.values()}


def names(here: Importing, taxonomy: str = "category") -> dict[int, tuple[str, int, str]]:
    return {n: (one.name, one.parent, str(one.state)) for n, one in kept(here, taxonomy).items()}


def content(here: Importing) -> Any:
    (content_id,) = here.posts.links.values()
    return here.world.call("GET", f"/api/v1/writer/content/{content_id}/").data


def imported(here: Importing) -> Any:
    here.begin()
    here.serve()
    run = here.run()
    assert run["state"] == "done", run
    return run


def test_terms_are_read_before_any_post_and_kept_as_plain_text(here: Importing) -> None:
    here.posts.terms["category"] = [
        on_site(4, "Drinks"), {**on_site(9, "Hot &amp; cold", 4), "slug": "t%c3%a4"},
    ]  # fmt: skip
    here.posts.terms["post_tag"] = [on_site(4, "C++")]
    here.posts.add()
    imported(here)
    assert [route for route, _ in here.posts.asked][:3] == ["terms", "terms", "posts"]
    assert names(here) == {4: ("Drinks", 0, "live"), 9: ("Hot & cold", 4, "live")}
    assert (kept(here)[9].slug, kept(here)[9].count) == ("tä", 1)
    assert names(here, "post_tag") == {4: ("C++", 0, "live")}


def test_the_categories_of_posts_go_from_the_root_to_the_leaf(here: Importing) -> None:
    tree = [on_site(4, "Drinks"), on_site(6, "Hot", 4), on_site(5, "Tea", 6)]
    here.posts.terms["category"] = tree
    here.posts.add(terms={"category": [tree[2]], "post_tag": []})
    imported(here)
    assert content(here)["categories"] == [["Drinks", "Hot", "Tea"]]


def test_what_is_below_itself_or_below_nothing_is_a_root(here: Importing) -> None:
    circle = [on_site(1, "A", 2), on_site(2, "B", 1), on_site(3, "C", 99), on_site(4, "D", 3)]
    here.posts.terms["category"] = circle
    here.posts.add(terms={"category": [circle[0]], "post_tag": []})
    imported(here)
    assert names(here) == {
        1: ("A", 0, "live"), 2: ("B", 0, "live"), 3: ("C", 0, "live"), 4: ("D", 3, "live"),
    }  # fmt: skip
    assert content(here)["categories"] == ["A"]
    versions = {n: one.version for n, one in kept(here).items()}
    imported(here)
    assert {n: one.version for n, one in kept(here).items()} == versions
    here.posts.terms["category"] = [on_site(1, "A"), *circle[1:], on_site(99, "Z")]
    imported(here)
    assert {n: one.parent for n, one in kept(here).items()} == {1: 0, 2: 1, 3: 99, 4: 3, 99: 0}


def test_a_term_that_is_told_no_more_is_deleted_and_one_told_again_is_live(
    here: Importing,
) -> None:
    here.posts.terms["category"] = [on_site(1, "A"), on_site(2, "B"), on_site(700, "C")]
    imported(here)
    here.posts.terms["category"] = [on_site(2, "Bee")]
    imported(here)
    assert names(here) == {1: ("A", 0, "deleted"), 2: ("Bee", 0, "live"), 700: ("C", 0, "deleted")}
    assert kept(here)[2].former == ("B",)
    here.posts.terms["category"] = [on_site(1, "A"), on_site(2, "Bee")]
    imported(here)
    assert names(here)[1] == ("A", 0, "live")


def test_one_that_cannot_be_read_is_not_deleted(here: Importing) -> None:
    here.posts.terms["category"] = [on_site(1, "A"), on_site(2, "B")]
    imported(here)
    here.posts.terms["category"] = [on_site(1, "A"), {**on_site(2, "B"), "name": 7}]
    imported(here)
    assert names(here) == {1: ("A", 0, "live"), 2: ("B", 0, "live")}


def test_500_are_a_message_and_one_that_dies_is_done_again(here: Importing) -> None:
    here.posts.terms["category"] = [on_site(n, f"T{n}") for n in range(1, 1_201)]

    def dies(route: str, number: int) -> None:
        if route == "terms" and number == 1:
            raise Killed("in the middle")

    here.begin()
    assert here.serve(most=1) == 1
    assert here.run()["cursor"] == "terms:category:500"
    assert len(kept(here)) == 500
    here.posts.before_call = dies
    here.serve()
    assert here.run()["cursor"] == "terms:category:500"
    here.posts.before_call = lambda _route, _number: None
    here.settle()
    assert here.run()["state"] == "done"
    assert len(kept(here)) == 1_200
    assert {one.version for one in kept(here).values()} == {1}


def test_a_dry_run_reads_none(here: Importing) -> None:
    here.posts.terms["category"] = [on_site(1, "A")]
    here.begin(dry_run=True)
    here.serve()
    assert (here.posts.calls["terms"], kept(here)) == (0, {})


@pytest.mark.parametrize(
    "lie",
    [
        lambda data: {**data, "next_after": 0, "more": True},
        lambda data: {**data, "items": [], "next_after": 5, "more": True},
        lambda data: {**data, "items": data["items"] * 2},
    ],
    ids=["goes back", "an empty page", "twice"],
)
def test_a_site_that_repeats_itself_ends_the_run(here: Importing, lie: Any) -> None:
    here.posts.terms["category"] = [on_site(1, "A")]
    here.posts.lies[here.posts.served] = lie
    here.begin()
    here.serve()
    assert (here.run()["state"], here.run()["reason"]) == ("failed", "site_repeats_itself")


def test_a_person_may_end_a_run_while_terms_are_read(here: Importing) -> None:
    here.posts.terms["category"] = [on_site(n, f"T{n}") for n in range(1, 1_201)]
    here.begin()
    here.serve(most=1)
    assert here.call("POST", f"runs/{here.run()['id']}/cancel/").status == 202
    here.serve()
    assert (here.run()["state"], len(kept(here))) == ("cancelled", 500)


def test_terms_go_with_their_site(here: Importing) -> None:
    here.posts.terms["category"] = [on_site(n, f"T{n}") for n in range(1, 251)]
    here.posts.add()
    imported(here)
    path = f"/api/v1/sites/{here.site['id']}/?content=delete"
    assert here.world.call("DELETE", path).status == 200
    for _ in range(4):
        here.world.clock.advance(minutes=60)
        here.world.sweep("clean")
    assert kept(here) == {}


def test_what_a_page_of_terms_costs(here: Importing) -> None:
    around = {
        "tables.get": 3, "tables.query": 1, "vault.decrypt": 1, "tables.commit": 2,
        "sync_hints.send": 1, "http.request": 1,
    }  # fmt: skip
    here.posts.terms["category"] = [on_site(n, f"T{n}") for n in range(1, 701)]
    for commits in (6, 0):  # 500 rows by ninety; none where all is as it was
        here.begin(**{"from": "start"})
        before = here.trouble.seen.copy()
        here.serve(most=1)
        expected = {**around, "tables.query": 2, "tables.commit": 2 + commits}
        assert here.trouble.seen - before == expected
        here.serve()


def test_terms_above_are_one_batch_read_a_level_and_none_for_roots(here: Importing) -> None:
    tree = [on_site(4, "Drinks"), on_site(6, "Hot", 4), on_site(5, "Tea", 6)]
    here.posts.terms["category"] = tree
    for terms, reads in ([tree[0]], 0), (tree, 0), ([tree[2]], 2):
        here.begin(**{"from": "start"})
        here.serve(most=2)
        here.posts.add(terms={"category": terms, "post_tag": []})
        before = here.trouble.seen.copy()
        here.serve(most=1)
        assert (here.trouble.seen - before)["tables.get_many"] == 2 + reads
        here.serve()


# --- Events -------------------------------------------------------------------------------------


def told(here: Importing, *events: dict[str, Any]) -> list[str]:
    """The site tells of terms, all in one call; what became of each."""
    bridge = Bridge(here.world, here.site)
    return bridge.results(*({"post_id": None, "taxonomy": "category", **one} for one in events))


def pulled(here: Importing, *events: dict[str, Any]) -> None:
    """The same, taken by the change pull."""
    outbox = here.world.wordpress.outbox
    for one in events:
        outbox.add(post_id=0, content_id=None, taxonomy="category", **one)
    assert here.call("POST", "sync/", {"direction": "changes"}).status == 202
    here.serve()
    assert outbox.waiting == []


@pytest.fixture(params=["told", "pulled"])
def tell(here: Importing, request: pytest.FixtureRequest) -> Any:
    ways: Any = {"told": told, "pulled": pulled}
    return lambda *events: ways[request.param](here, *events)


def saved(number: int, name: str, parent: int = 0) -> dict[str, Any]:
    return {"action": "term_saved", "term": on_site(number, name, parent), "children": []}


def test_a_rename_is_one_row_and_a_new_term_another(here: Importing, tell: Any) -> None:
    here.posts.terms["category"] = [on_site(1, "A"), on_site(2, "B", 1)]
    imported(here)
    tell(saved(1, "Ay &amp; Co"), saved(3, "C", 1))
    assert names(here) == {
        1: ("Ay & Co", 0, "live"), 2: ("B", 1, "live"), 3: ("C", 1, "live"),
    }  # fmt: skip
    assert kept(here)[1].former == ("A",)
    assert [kept(here)[n].version for n in (1, 2, 3)] == [2, 1, 1]


def test_a_deleted_term_lifts_its_children(here: Importing, tell: Any) -> None:
    tree = [on_site(1, "A"), on_site(2, "B", 1), on_site(3, "C", 2)]
    here.posts.terms["category"] = tree
    imported(here)
    tell({"action": "term_deleted", "term": tree[1], "children": [on_site(3, "C", 1)]})
    assert names(here) == {1: ("A", 0, "live"), 2: ("B", 1, "deleted"), 3: ("C", 1, "live")}


def test_the_last_word_about_a_term_counts(here: Importing, tell: Any) -> None:
    gone = {"action": "term_deleted", "term": on_site(1, "A"), "children": []}
    tell(saved(1, "A"), saved(1, "Ay"), gone, saved(2, "B"))
    assert names(here) == {2: ("B", 0, "live")}
    tell(saved(1, "A"))
    tell(gone)
    tell(gone, saved(1, "Again"))
    assert names(here)[1] == ("Again", 0, "live")


@pytest.mark.parametrize(
    "event",
    [
        {"taxonomy": "nobody_s"},
        {"taxonomy": 7},
        {"taxonomy": None},
        {"term": None},
        {"term": {"id": 1, "name": 7, "slug": "a"}},
        {"term": {"id": 0, "name": "A", "slug": "a"}},
        {"term": {"id": True, "name": "A", "slug": "a"}},
        {"term": {"id": 2**60, "name": "A", "slug": "a"}},
        {"term": {"id": 1, "name": "A" * 2_000, "slug": "a"}},
        {"term": {"id": 1, "name": "A\0", "slug": "a"}},
        {"term": {"id": 1, "name": "A", "slug": "a", "parent": -1}},
        {"term": {"id": 1, "name": "A", "slug": "a", "parent": [2]}},
        {"action": "term_deleted", "term": {"id": "1"}},
        {"action": "term_eaten"},
    ],
    ids=lambda event: str(event)[:40],
)
def test_what_cannot_be_read_of_terms_is_ignored(here: Importing, event: dict[str, Any]) -> None:
    assert told(here, {**saved(1, "A"), **event}, saved(5, "E")) == ["ignored", "applied"]
    assert names(here) == {5: ("E", 0, "live")}


def test_an_event_of_a_term_costs_two_batch_reads_and_a_transaction(here: Importing) -> None:
    bridge = Bridge(here.world, here.site)
    bills = []
    for event in ({"post_id": None, "action": "post_seen"}, saved(1, "A"), saved(1, "A")):
        before = here.trouble.seen.copy()
        assert bridge.send({"taxonomy": "category", "post_id": None, **event}).status == 200
        bills.append(here.trouble.seen - before)
    more = Counter({"tables.get_many": 2})
    # Batch reads, because the webhooks may make no query of the table.
    assert bills[1] - bills[0] == more + Counter({"tables.commit": 1})
    assert bills[2] - bills[0] == more


def test_another_account_s_terms_stay_as_they_are(here: Importing) -> None:
    here.posts.terms["category"] = [on_site(1, "A")]
    imported(here)
    other = Importing(here.world, account=OTHER_ACCOUNT)
    other.tell_structure(["category"])
    assert told(other, saved(1, "Mine"), saved(2, "B")) == ["applied", "applied"]
    assert names(here) == {1: ("A", 0, "live")}


# --- What people see ----------------------------------------------------------------------------


def shown(here: Importing, query: str = "taxonomy=category") -> Any:
    answer = here.call("GET", f"terms/?{query}")
    assert answer.status == 200, answer.body
    return answer


def test_people_see_terms_by_taxonomy_with_those_that_were_deleted(here: Importing) -> None:
    here.posts.terms["category"] = [on_site(1, "A"), on_site(2, "B", 1)]
    here.posts.terms["post_tag"] = [on_site(1, "C++")]
    imported(here)
    told(here, saved(2, "Bee", 1), {"action": "term_deleted", "term": {"id": 1}})
    gone, bee = shown(here).data
    assert (gone["wordpress_id"], gone["state"], gone["count"]) == (1, "deleted", 0)
    assert bee == {
        "id": "category:2", "taxonomy": "category", "wordpress_id": 2, "name": "Bee",
        "slug": "bee", "parent": 1, "count": 1, "state": "live", "former": ["B"],
    }  # fmt: skip
    assert [one["name"] for one in shown(here, "taxonomy=post_tag").data] == ["C++"]
    assert shown(here, "taxonomy=nobody_s").data == []


def test_terms_are_listed_page_by_page_at_two_reads_each(here: Importing) -> None:
    here.posts.terms["category"] = [on_site(n, f"T{n}") for n in range(1, 206)]
    imported(here)
    seen: list[int] = []
    cursor = ""
    while True:
        before = here.trouble.seen.copy()
        answer = shown(here, f"taxonomy=category&limit=100{cursor}")
        assert here.trouble.seen - before == {"tables.get": 1, "tables.query": 1}
        seen += [one["wordpress_id"] for one in answer.data]
        if answer.body["meta"]["next"] is None:
            break
        cursor = f"&cursor={answer.body['meta']['next']}"
    assert seen == list(range(1, 206))


@pytest.mark.parametrize("query", ["", "taxonomy=", f"taxonomy={'x' * 65}", "taxonomy=a&limit=0"])
def test_a_taxonomy_has_to_be_named(here: Importing, query: str) -> None:
    assert here.call("GET", f"terms/?{query}").status == 422


def test_another_account_is_told_of_no_terms(here: Importing) -> None:
    here.posts.terms["category"] = [on_site(1, "A")]
    imported(here)
    path = f"{here.path}/terms/?taxonomy=category"
    assert here.world.call("GET", path, account=OTHER_ACCOUNT).status == 404


# --- Back to the site ---------------------------------------------------------------------------


@pytest.fixture
def both() -> Iterator[Importing]:
    """A site whose posts are what was published to it, too."""

    def prepare(world: World) -> None:
        world.wordpress = SharedWordPress()
        world.services.http = world.wordpress

    with importing(plain=False, prepare=prepare) as made:
        made.tell_structure(["category", "post_tag"])
        made.world.messages("sync")
        yield made


def changed(here: Importing, **fields: Any) -> Any:
    """What a person changes of the one content goes out; the order that the site gets."""
    path = f"/api/v1/writer/content/{content(here)['id']}/"
    assert here.world.call("PATCH", path, fields).status == 200
    assert here.world.publish(content(here)).status == 202
    here.world.work()
    assert here.world.publication(content(here))["publish_state"] == "published"
    return here.world.wordpress.sent()[-1]


def with_terms(both: Importing) -> None:
    tree = [on_site(4, "Drinks"), on_site(5, "Hot &amp; cold", 4)]
    tags = [on_site(7, "C++"), on_site(8, "Tea"), on_site(9, "Tea")]
    both.posts.terms |= {"category": tree, "post_tag": tags}
    (post_id,) = both.posts.add(terms={"category": [tree[1]], "post_tag": tags})
    imported(both)
    came = content(both)
    here = Post(post_id, came["id"], 0, came["title"], came["content_html"], "publish", "")
    both.world.wordpress.posts[came["id"]] = here


def test_terms_go_back_by_the_ids_that_they_came_with(both: Importing) -> None:
    with_terms(both)
    came = content(both)
    sent = changed(both, tags=[*came["tags"], "New"], categories=[*came["categories"], "Other"])
    assert sent["categories"] == [
        {"wordpress_id": 5, "path": ["Drinks", "Hot &amp; cold"]}, "Other",
    ]  # fmt: skip
    assert sent["tags"] == [
        {"wordpress_id": 7, "path": ["C++"]}, {"wordpress_id": 8, "path": ["Tea"]},
        {"wordpress_id": 9, "path": ["Tea"]}, "New",
    ]  # fmt: skip
    (published,) = [
        one
        for one in both.call("GET", "events/?limit=100").data
        if "tags" in (one["details"] or {}) and one["status"] == "success"
    ]
    assert published["details"]["tags"] == ["C++", "Tea", "New"]


def test_terms_that_nobody_touched_are_not_sent(both: Importing) -> None:
    with_terms(both)
    assert not {"categories", "tags"} & changed(both, title="Ours").keys()


def test_a_term_that_a_person_has_taken_out_is_a_name_when_it_is_added_again(
    both: Importing,
) -> None:
    with_terms(both)
    assert changed(both, tags=["Tea"])["tags"] == [{"wordpress_id": 8, "path": ["Tea"]}]
    assert changed(both, tags=["Tea", "C++"])["tags"] == [
        {"wordpress_id": 8, "path": ["Tea"]}, "C++",
    ]  # fmt: skip
    assert changed(both, categories=["Other"])["categories"] == ["Other"]


def test_an_older_bridge_gets_names(both: Importing) -> None:
    with_terms(both)
    answer = both.world.pair(both.site, both.site["api_key"], bridge="2.0.0")
    assert answer.status == 200, answer.body
    sent = changed(both, tags=["C++", "New"])
    assert (sent["categories"], sent["tags"]) == ([["Drinks", "Hot &amp; cold"]], ["C++", "New"])
