"""Sees at a glance that an answer fits its schema; where it may not, JSON Schema is asked.

Nearly every answer of the tests fits, and jsonschema takes a millisecond to say so.
"""

from collections.abc import Callable
from typing import Any

from jsonschema import FormatChecker

Fits = Callable[[Any], bool]
SAYS_NOTHING = {"default", "description", "title"}
IS_A: dict[str, Fits] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "integer": lambda value: type(value) is int,
    "number": lambda value: type(value) in {int, float},
}
FORMATS = FormatChecker()


def never(_value: Any) -> bool:
    """Whoever cannot tell."""
    return False


class Glance:
    """Makes of schemas what looks at values; ``components`` are what they refer to."""

    def __init__(self, components: Any) -> None:
        self._components = components
        self._referred: dict[str, Fits] = {}

    def of(self, schema: Any) -> Fits:
        """Answers true for values that surely fit."""
        if not isinstance(schema, dict):
            return never
        rules = [self._rule(word, schema) for word in schema if word not in SAYS_NOTHING]
        return _all_of(rules)

    def _rule(self, word: str, schema: Any) -> Fits:
        said = schema[word]
        if word == "$ref":
            return self._refer(said)
        if word == "properties":
            return self._properties({name: self.of(one) for name, one in said.items()})
        if word == "additionalProperties":
            return self._others(set(schema.get("properties", {})), said)
        if word == "items":
            each = self.of(said)
            return lambda value: not isinstance(value, list) or all(map(each, value))
        if word in {"anyOf", "allOf"}:
            ways = [self.of(one) for one in said]
            return _any_of(ways) if word == "anyOf" else _all_of(ways)
        return _simple(word, said)

    def _refer(self, target: str) -> Fits:
        def fits(value: Any) -> bool:
            if target not in self._referred:
                schema = self._components
                for step in target.removeprefix("#/components/").split("/"):
                    schema = schema[step]
                self._referred[target] = self.of(schema)
            return self._referred[target](value)

        return fits

    def _properties(self, known: dict[str, Fits]) -> Fits:
        def fits(value: Any) -> bool:
            if isinstance(value, dict):
                for name, own in value.items():
                    if name in known and not known[name](own):
                        return False
            return True

        return fits

    def _others(self, known: set[str], said: Any) -> Fits:
        if said is True:
            return lambda _value: True
        other = self.of(said)
        return lambda value: (
            not isinstance(value, dict) or all(other(value[name]) for name in value.keys() - known)
        )


def _all_of(rules: list[Fits]) -> Fits:
    """Loops, as everything here: a generator for each value would cost more than the rules."""

    def fits(value: Any) -> bool:
        for rule in rules:  # noqa: SIM110
            if not rule(value):
                return False
        return True

    return rules[0] if len(rules) == 1 else fits


def _any_of(ways: list[Fits]) -> Fits:
    def fits(value: Any) -> bool:
        for way in ways:  # noqa: SIM110
            if way(value):
                return True
        return False

    return fits


def _one_of(said: list[Any]) -> Fits:
    """By type as well: to Python 1 is True."""
    return lambda value: any(type(value) is type(one) and value == one for one in said)


def _is_a(said: str | list[str]) -> Fits:
    return IS_A[said] if isinstance(said, str) else _any_of([IS_A[one] for one in said])


SIMPLE: dict[str, Callable[[Any], Fits]] = {
    "type": _is_a,
    "enum": _one_of,
    "const": lambda said: _one_of([said]),
    "required": lambda said: lambda value: not isinstance(value, dict) or value.keys() >= set(said),
    "format": lambda said: lambda value: FORMATS.conforms(value, said),
}


def _simple(word: str, said: Any) -> Fits:
    return SIMPLE[word](said) if word in SIMPLE else never
