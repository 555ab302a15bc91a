"""A request that creates something, sent twice, creates it once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.aws_calls import FaultAt, intercepted, recorded_calls, stored_texts
from tests.support.world import HTML, OTHER_ACCOUNT, SITE_URL, Response, World

SITES = "/api/v1/sites/"
CONTENT = "/api/v1/writer/content/"
KEYS = "/api/v1/integration/integrations/generate-api-key/"
NAME = {"idempotency-key": "order-4711"}
Send = Callable[..., Response]


def creating_site(world: World) -> Send:
    return lambda **more: world.call("POST", SITES, {"name": "S", "url": SITE_URL}, **more)


def creating_content(world: World) -> Send:
    body = {"site_id": world.site()["id"], "title": "Tea & <Coffee>", "content_html": HTML}
    return lambda **more: world.call("POST", CONTENT, body, **more)


def generating_key(world: World) -> Send:
    site_id = world.site()["id"]
    return lambda **more: world.call("POST", KEYS, {"site_id": site_id}, **more)


CREATES = [creating_site, creating_content, generating_key]
Prepare = Callable[[World], Send]


def comparable(answer: Response) -> Any:
    """What both answers say; a key is shown once."""
    return answer.status, {k: v for k, v in answer.data.items() if k != "api_key"}


@pytest.mark.parametrize("prepare", CREATES)
def test_sent_again_it_answers_the_same_and_creates_nothing(
    shared: World, prepare: Prepare
) -> None:
    send = prepare(shared)
    first = send(headers=NAME)
    with recorded_calls() as calls:
        second = send(headers=NAME)
    assert comparable(first) == comparable(second)
    assert first.status == 201
    assert calls == ["GetItem"]


@pytest.mark.parametrize("prepare", CREATES)
def test_without_a_name_or_under_another_it_is_another_request(
    shared: World, prepare: Prepare
) -> None:
    send = prepare(shared)
    answers = [send(headers=NAME), send(), send(headers={"idempotency-key": "another"})]
    assert [answer.status for answer in answers] == [201] * 3
    if prepare is not generating_key:
        assert len({answer.data["id"] for answer in answers}) == 3


def test_a_key_is_shown_once(shared: World) -> None:
    send = generating_key(shared)
    first, second = send(headers=NAME), send(headers=NAME)
    assert first.data["api_key"].endswith(first.data["last4"])
    assert second.data["api_key"] is None
    assert second.data["last4"] == first.data["last4"]


def test_it_answers_as_it_was_made_whatever_became_of_it(shared: World) -> None:
    send = creating_content(shared)
    first = send(headers=NAME).data
    path = f"{CONTENT}{first['id']}/"
    shared.clock.advance(minutes=5)
    assert shared.call("PATCH", path, {"title": "Later", "status": "review"}).status == 200
    assert send(headers=NAME).data == first
    assert shared.call("DELETE", path).status == 200
    assert send(headers=NAME).data == first


@pytest.mark.parametrize("prepare", CREATES)
def test_another_body_under_the_same_name_is_refused(shared: World, prepare: Prepare) -> None:
    send = prepare(shared)
    assert send(headers=NAME).status == 201
    other = shared.call("POST", SITES, {"name": "Other", "url": SITE_URL}, headers=NAME)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert list(other.body["error"]["fields"]) == ["Idempotency-Key"]


def test_names_belong_to_their_account(shared: World) -> None:
    send = creating_site(shared)
    mine, theirs = send(headers=NAME), send(headers=NAME, account=OTHER_ACCOUNT)
    assert theirs.status == 201
    assert mine.data["id"] != theirs.data["id"]


def test_a_name_lasts_a_day(shared: World) -> None:
    send = creating_site(shared)
    first = send(headers=NAME).data["id"]
    shared.clock.advance(hours=23, minutes=59)
    assert send(headers=NAME).data["id"] == first
    shared.clock.advance(minutes=2)
    second = send(headers=NAME)
    assert (second.status, second.data["id"] != first) == (201, True)
    assert send(headers=NAME).data["id"] == second.data["id"]


@pytest.mark.parametrize("name", ["", " ", "a b", "é", "x" * 256, "\t", "a\nb"])
def test_what_is_no_name(shared: World, name: str) -> None:
    answer = creating_site(shared)(headers={"idempotency-key": name})
    assert (answer.status, answer.code) == (422, "invalid")
    assert shared.call("GET", SITES).data == []


def test_a_refused_request_leaves_its_name_free(shared: World) -> None:
    wrong = shared.call("POST", SITES, {"name": "", "url": SITE_URL}, headers=NAME)
    assert wrong.status == 422
    assert creating_site(shared)(headers=NAME).status == 201


@pytest.mark.parametrize("prepare", CREATES)
@pytest.mark.parametrize("after_effect", [False, True])
def test_whatever_call_fails_the_same_request_creates_one(
    shared: World, prepare: Prepare, after_effect: bool
) -> None:
    with recorded_calls() as calls:
        prepare(shared)(headers={"idempotency-key": "counted"})
    for number in range(len(calls)):
        name = {"idempotency-key": f"fault-{number}"}
        send = prepare(shared)
        with intercepted(FaultAt(number, after_effect=after_effect)):
            first = send(headers=name)
        again = send(headers=name)
        assert first.status in {201, 503}
        assert again.status == 201
        assert comparable(send(headers=name)) == comparable(again)


@pytest.mark.parametrize("prepare", [creating_site, creating_content])
def test_of_many_at_once_one_is_made(shared: World, prepare: Prepare) -> None:
    send = prepare(shared)
    texts = len(stored_texts())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(headers=NAME), range(8)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.data["id"] for answer in answers}) == 1
    if prepare is creating_content:
        assert len(stored_texts()) == texts + 1, "what the others stored is removed"


def test_of_two_keys_at_once_one_is_made(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    send = generating_key(shared)
    access = shared.services.access
    commit = access._commit
    inner: list[Response] = []

    def overtaken(writes: Any) -> None:
        monkeypatch.setattr(access, "_commit", commit)
        inner.append(send(headers=NAME))
        commit(writes)

    monkeypatch.setattr(access, "_commit", overtaken)
    outer = send(headers=NAME)
    assert comparable(outer) == comparable(inner[0])
    assert (inner[0].data["api_key"] is None, outer.data["api_key"]) == (False, None)
