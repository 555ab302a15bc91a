"""Comparing an answer with an example: field names, nesting and JSON types, not values."""

import json
from pathlib import Path
from typing import Any

SEEDS = Path(__file__).parent / "seeds"


def example(name: str) -> Any:
    return json.loads((SEEDS / f"{name}.json").read_text())


def differences(expected: Any, actual: Any, where: str = "$") -> list[str]:
    """What of the example's shape ``actual`` lacks. Fields beyond the example are no difference.

    Every element of a list must have the shape of the example's first.
    """
    if _kind(expected) != _kind(actual):
        return [f"{where}: {_kind(expected)} expected, {_kind(actual)} found"]
    if isinstance(expected, dict):
        found = [f"{where}.{name}: missing" for name in expected if name not in actual]
        for name in expected.keys() & actual.keys():
            found += differences(expected[name], actual[name], f"{where}.{name}")
        return found
    if isinstance(expected, list) and expected:
        found = [] if actual else [f"{where}: empty"]
        for number, entry in enumerate(actual):
            found += differences(expected[0], entry, f"{where}[{number}]")
        return found
    return []


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {dict: "object", list: "array", str: "string", int: "number", float: "number"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "null")
