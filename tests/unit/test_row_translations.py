"""Whoever reads a stored row says so where a row cannot be read: by one way, in every store."""

import ast
from collections.abc import Iterator
from pathlib import Path

LAYER = Path(__file__).parents[2] / "layers/core/igny8"


def readers() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions that read a row by its model, and the module that each is in."""
    for path in LAYER.rglob("*.py"):
        if path.name == "reading.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(one, ast.Call)
                and isinstance(one.func, ast.Name)
                and one.func.id == "stored"
                for one in ast.walk(node)
            ):
                yield str(path.relative_to(LAYER)), node


def test_every_translation_of_a_row_names_what_it_cannot_read() -> None:
    found = list(readers())
    assert len(found) >= 15
    bare = [
        f"{module}: {function.name}"
        for module, function in found
        if "translation" not in {getattr(one, "id", "") for one in function.decorator_list}
    ]
    assert bare == []
