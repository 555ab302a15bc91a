"""What is let pass at a glance passes JSON Schema as well, however an answer is spoilt."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.support.openapi import contract, document
from tests.support.surely import Glance

OTHERS = (None, True, 0, -1, 1.5, "", "x", "x" * 5000, [], {}, ["x"], {"x": 1})


def answers() -> Iterator[tuple[str, Any, Any]]:
    """Every schema of an answer with an example, by the operation's name."""
    for name, operation in contract().operations.items():
        for status, response in operation["responses"].items():
            for media in response.get("content", {}).values():
                if "example" in media:
                    yield f"{name} {status}", media["schema"], media["example"]


def spoilt(value: Any) -> Iterator[Any]:
    """Variants, each with one place changed, added or taken out."""
    yield from OTHERS
    if isinstance(value, dict):
        yield {**value, "of nobody": 1}
        for name, inner in value.items():
            yield {key: kept for key, kept in value.items() if key != name}
            yield from ({**value, name: other} for other in spoilt(inner))
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from ([*value[:number], other, *value[number + 1 :]] for other in spoilt(inner))


ANSWERS = [pytest.param(schema, example, id=name) for name, schema, example in answers()]


def test_there_are_answers() -> None:
    assert len(ANSWERS) > 20


@pytest.mark.parametrize(("schema", "example"), ANSWERS)
def test_what_passes_at_a_glance_passes_the_schema(schema: Any, example: Any) -> None:
    components = document()["components"]
    fits = Glance(components).of(schema)
    whole = {**schema, "components": components}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    assert fits(example) == validator.is_valid(example), "or the glance is of no use"
    variants = {json.dumps(one): one for one in spoilt(example)}
    passed = [one for one in variants.values() if fits(one)]
    assert len(passed) < len(variants)
    for one in passed:
        assert validator.is_valid(one), one
