"""A person says which post a content is: nothing else ties them, and nothing is written unasked."""

from typing import Any

import pytest

from tests.support.aws_calls import recorded_calls
from tests.support.importing import Import, existing, links_of
from tests.support.steps import bring_to, publication_row
from tests.support.world import OTHER_ACCOUNT, World


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
