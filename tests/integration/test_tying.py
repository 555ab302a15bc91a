"""A person says which post a content is: nothing else ties them, and nothing is written unasked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.aws_calls import recorded_calls
from tests.support.importing import Import, existing, links_of
from tests.support.pulling import Importing, importing
from tests.support.steps import bring_to, publication_row
from tests.support.world import OTHER_ACCOUNT, Response, World


@pytest.fixture
def site(shared: World) -> dict[str, Any]:
    return shared.connected_site()


def tie(world: World, content: dict[str, Any], post_id: Any, **call: Any) -> Any:
    path = f"/api/v1/writer/content/{content['id']}/link/"
    return world.call("POST", path, {"external_id": post_id}, **call)


@pytest.mark.rows("memory")
def test_a_content_that_a_person_ties_to_a_post_is_that_post(
    shared: World, site: dict[str, Any]
) -> None:
    content = shared.content(site, title="Tea")
    posts = existing(shared)
    (post_id,) = posts.add(title="Tea", status="private")
    assert Import(shared, site).run().of(post_id).outcome == "twin"
    assert tie(shared, content, str(post_id)).status == 202
    assert tie(shared, content, post_id).status == 200
    shared.synchronise()
    assert posts.links == {post_id: content["id"]}
    known = publication_row(shared, content)
    assert (known.external_id, known.wordpress_status) == (post_id, "private")
    assert known.intent == 0, "nobody has decided to write anything"
    done = Import(shared, site).run()
    assert done.outcomes() == {post_id: "unchanged"}
    assert shared.publish(content).status == 202
    shared.work()
    (sent,) = [call for _, route, call in shared.wordpress.calls if route == "publish"]
    assert sent["post_id"] == post_id
    assert sent["base_fingerprint"] == "lost", "so that the bridge asks first"


@pytest.mark.rows("memory")
@pytest.mark.parametrize("word", ["absent", "taken", "not_allowed"])
def test_what_the_site_does_not_know_as_such_is_not_it(
    shared: World, site: dict[str, Any], word: str
) -> None:
    content = shared.content(site)
    (post_id,) = existing(shared).add()
    if word == "absent":
        existing(shared).delete(post_id)
    else:
        existing(shared).refuses[post_id] = word
    assert tie(shared, content, post_id).status == 202
    shared.synchronise()
    assert links_of(shared, site) == {}
    shown = shared.call("GET", f"/api/v1/writer/content/{content['id']}/").data
    assert (shown["publish_state"], shown["external_id"]) == ("not_published", None)
    (line, *_) = [one for one in shared.events(site) if one["action"] == "content_import"]
    assert line["success"] is False
    assert tie(shared, content, post_id + 1).status == 202


@pytest.mark.rows("memory")
@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("queued", "in_flight"),
        ("sending", "in_flight"),
        ("unknown", "in_flight"),
        ("waiting", "in_flight"),
        ("published", "already_published"),
        ("conflict", "already_published"),
    ],
)
def test_what_has_a_post_or_is_on_its_way_is_refused(
    shared: World, site: dict[str, Any], state: str, code: str
) -> None:
    content = bring_to(shared, state, site)
    before = publication_row(shared, content)
    answer = tie(shared, content, 777)
    assert (answer.status, answer.code) == (409, code)
    assert publication_row(shared, content) == before


@pytest.mark.rows("memory")
def test_a_post_is_tied_to_one_content(shared: World, site: dict[str, Any]) -> None:
    first, second = shared.content(site), shared.content(site)
    assert tie(shared, first, 7).status == 202
    answer = tie(shared, second, 7)
    assert (answer.status, answer.code) == (409, "post_is_linked")
    assert links_of(shared, site)[7].content_id == first["id"]


@pytest.mark.rows("memory")
@pytest.mark.parametrize("body", [{}, {"external_id": 0}, {"external_id": "x"},
                                  {"external_id": 2**53}, {"external_id": "7" * 17},
                                  {"external_id": True}, {"external_id": -7}])  # fmt: skip
def test_what_is_no_post_is_refused(shared: World, site: dict[str, Any], body: Any) -> None:
    content = shared.content(site)
    path = f"/api/v1/writer/content/{content['id']}/link/"
    assert shared.call("POST", path, body).status == 422
    assert links_of(shared, site) == {}


@pytest.mark.rows("memory")
def test_anothers_content_is_nowhere(shared: World, site: dict[str, Any]) -> None:
    content = shared.content(site)
    assert tie(shared, content, 7, account=OTHER_ACCOUNT).status == 404
    assert links_of(shared, site) == {}


def test_tying_is_three_reads_one_transaction_one_hint(shared: World, site: dict[str, Any]) -> None:
    content = shared.content(site)
    with recorded_calls() as calls:
        assert tie(shared, content, 7).status == 202
    assert calls == ["Query", "Query", "GetItem", "TransactWriteItems", "SendMessage"]


# --- What a run has held --------------------------------------------------------------------------


@dataclass
class Held:
    """A run that has held three posts, each of which looks like a content."""

    here: Importing
    ids: list[int]
    contents: list[dict[str, Any]]
    run: dict[str, Any]

    def decide(self, choices: Any, **call: Any) -> Response:
        path = f"{self.here.path}/runs/{self.run['id']}/twins/"
        return self.here.world.call("POST", path, choices, **call)


@pytest.fixture
def held() -> Iterator[Held]:
    with importing(plain=False) as here:
        contents = [here.world.content(here.site, title=f"Like {n}") for n in range(3)]
        ids = [here.posts.add(title=f"Like {n}")[0] for n in range(3)]
        here.posts.add()
        run = here.begin()
        here.serve()
        assert here.run(run)["counts"] == {"twin": 3, "created": 1}
        yield Held(here, ids, contents, run)


@pytest.mark.rows("memory")
def test_a_person_decides_about_what_a_run_has_held(held: Held) -> None:
    here, (first, second, third) = held.here, held.ids
    answer = held.decide({str(first): "link", str(second): "import"})
    assert answer.status == 202
    assert [(one["external_id"], one["state"]) for one in answer.data["items"]] == [
        (str(first), "linked"), (str(second), "importing"),
    ]  # fmt: skip
    here.serve()
    assert here.run(answer.data["run"])["counts"] == {"created": 1}
    links = links_of(here.world, here.site)
    assert links[first].content_id == held.contents[0]["id"]
    assert links[second].content_id not in {one["id"] for one in held.contents}
    assert third not in links
    assert here.posts.links == {number: one.content_id for number, one in links.items()}
    run = here.begin(**{"from": "start"})
    here.serve()
    assert here.run(run)["counts"] == {"unchanged": 3, "twin": 1}
    sent = [route for _, route, _ in here.world.wordpress.calls if route == "publish"]
    assert sent == [], "nothing was written on any of them"


@pytest.mark.rows("memory")
def test_a_choice_that_cannot_be_says_why_and_the_others_are_made(held: Held) -> None:
    first, second, _ = held.ids
    assert held.here.world.publish(held.contents[0]).status == 202
    answer = held.decide({str(first): "link", str(second): "link"})
    assert [(one["state"], one["code"]) for one in answer.data["items"]] == [
        ("refused", "in_flight"), ("linked", None),
    ]  # fmt: skip
    assert answer.data["run"] is None


@pytest.mark.rows("memory")
def test_nothing_is_decided_while_another_run_goes_on(held: Held) -> None:
    here, (first, second, _) = held.here, held.ids
    here.begin(**{"from": "start"})
    answer = held.decide({str(first): "link", str(second): "import"})
    assert (answer.status, answer.code) == (409, "sync_running")
    assert first not in links_of(here.world, here.site)


@pytest.mark.rows("memory")
@pytest.mark.parametrize(
    "choices",
    [{}, {"x": "link"}, {"0": "link"}, {"999": "link"}, {"4": "link"}, {"1": "merge"}, []],
)
def test_what_was_not_held_is_refused(held: Held, choices: Any) -> None:
    answer = held.decide(choices)
    assert (answer.status, answer.code) == (422, "invalid")
    assert len(links_of(held.here.world, held.here.site)) == 1


@pytest.mark.rows("memory")
def test_anothers_run_is_nowhere(held: Held) -> None:
    choices = {str(held.ids[0]): "link"}
    assert held.decide(choices, account=OTHER_ACCOUNT).status == 404
    held.run = {"id": 12345}
    assert held.decide(choices).status == 404
    assert len(links_of(held.here.world, held.here.site)) == 1
