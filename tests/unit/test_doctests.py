"""Examples in docstrings run."""

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = {"layers/core": ROOT / "layers/core", "functions": ROOT / "functions", "": ROOT / "local"}


def modules() -> list[str]:
    found = []
    for root, folder in SOURCES.items():
        for path in folder.rglob("*.py"):
            if re.search(r"^\s*>>> ", path.read_text(), re.M):
                found.append(".".join(path.relative_to(ROOT / root).with_suffix("").parts))
    return sorted(found)


@pytest.mark.parametrize("name", modules())
def test_examples(name: str):
    result = doctest.testmod(import_module(name))
    assert result.attempted
    assert not result.failed
