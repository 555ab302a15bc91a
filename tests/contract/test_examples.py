"""The document's examples are true: each is sent, and the answer is held to it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from local import openapi, openapi_codes
from tests.contract.accepted import ACCEPTED, ROWS, send
from tests.contract.refused import REFUSED
from tests.contract.shape import differences
from tests.contract.test_openapi import operations
from tests.support.openapi import contract, document
from tests.support.world import World, running_world

# What of an example's request is of its own world; all else is sent as it stands there.
OURS = {
    "site_id", "api_key", "site_url", "rest_url", "content_id", "post_id", "post_url", "ids",
    "upload_id", "sha256",
}  # fmt: skip
WEBHOOK_LIMIT = 2
EXAMPLES = sorted(file.stem for file in openapi.EXAMPLES.glob("*.json"))
# What has to be there for an answer as rich as the example.
BEFORE: dict[str, Callable[[World], Any]] = {"list_sites": World.connected_site}


@pytest.fixture
def world() -> Iterator[World]:
    """One of its own for each example, so that a list holds what the example lists."""
    with running_world(webhook_limit=WEBHOOK_LIMIT) as made:
        yield made


def example_of(name: str) -> Any:
    return json.loads((openapi.EXAMPLES / f"{name}.json").read_text())


def of_this_world(example: Any, accepted: Any) -> Any:
    """The example, with what is of its own world taken from what stands there in a true request."""
    if isinstance(example, dict):
        return {
            name: accepted[name] if name in OURS else of_this_world(value, accepted.get(name))
            for name, value in example.items()
        }
    if isinstance(example, list) and example and isinstance(example[0], dict):
        return [of_this_world(*pair) for pair in zip(example, accepted, strict=True)]
    return example


def is_within(part: Any, whole: Any) -> bool:
    """Whether what was sent is answered, with more beside it at most."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and is_within(part[name], whole[name]) for name in part)
    return bool(part == whole)


def unlike(expected: Any, actual: Any, where: str = "$") -> list[str]:
    """What differs in shape, item by item, in either direction."""
    if isinstance(expected, list) and isinstance(actual, list):
        found = [] if len(expected) == len(actual) else [f"{where}: {len(actual)} items"]
        for number, (one, other) in enumerate(zip(expected, actual, strict=False)):
            found += unlike(one, other, f"{where}[{number}]")
        return found
    if isinstance(expected, dict) and isinstance(actual, dict):
        found = [f"{where}.{name}" for name in expected.keys() ^ actual.keys()]
        for name in expected.keys() & actual.keys():
            found += unlike(expected[name], actual[name], f"{where}.{name}")
        return found
    return differences(expected, actual, where)


def test_every_route_has_an_example():
    assert set(EXAMPLES) == set(ROWS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_stands_in_the_document_and_fits_it(name: str):
    operation, example = operations()[name], example_of(name)
    components = {"components": document()["components"]}
    if "request" in example:
        sent = operation["requestBody"]["content"]["application/json"]
        assert sent["example"] == example["request"]
        Draft202012Validator({**sent["schema"], **components}).validate(example["request"])
    status = ROWS[name].statuses[0]
    for given, at in ((example, status), (refusal(example), refusal(example).get("status"))):
        if "answer" not in given:
            continue  # headers alone
        answered = contract().response_of(ROWS[name], at)["content"]["application/json"]
        assert answered["example"] == given["answer"]
        Draft202012Validator({**answered["schema"], **components}).validate(given["answer"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_is_what_the_route_answers(world: World, name: str):
    example, row = example_of(name), ROWS[name]
    assert ("request" in example) == (row.body is not None)
    BEFORE.get(name, lambda _: None)(world)
    parts, body = ACCEPTED[name](world)
    if "request" in example:
        body = of_this_world(example["request"], body)
    answer = send(world, row, (parts, body))
    assert answer.status == row.statuses[0], answer.body
    assert ("answer" in example) == (row.answer is not None)
    assert unlike(example.get("answer"), answer.body) == []
    for field in example.get("request", {}).keys() - OURS:
        told = example["answer"]["data"]
        if field in told:
            assert is_within(example["request"][field], told[field]), field
            assert is_within(example["request"][field], answer.data[field]), field


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "refusal" in example_of(name)])
def test_its_refusal_is_what_the_route_refuses_with(world: World, name: str):
    refused = refusal(example_of(name))
    code = refused["answer"]["error"]["code"]
    assert openapi_codes.status_of(code) == refused["status"]
    answer = REFUSED[code](world, ROWS[name])
    assert answer.status == refused["status"]
    assert unlike(refused["answer"], answer.body) == []
    assert answer.body["error"]["message"] == refused["answer"]["error"]["message"]


def test_a_refusal_is_shown():
    assert [name for name in EXAMPLES if "refusal" in example_of(name)]


def refusal(example: Any) -> Any:
    return example.get("refusal", {})
