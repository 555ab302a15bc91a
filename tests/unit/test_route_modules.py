"""A route knows who calls from the frame alone: none looks at headers or credentials itself."""

import ast
from pathlib import Path

import pytest
from igny8.entrypoint.rows import HEARD

MODULES = sorted((Path(__file__).parents[2] / "functions").glob("*/routes.py"))
# Of the entry point a route needs its rows alone; of a call everything but the raw caller.
ENTRYPOINT = {"igny8.entrypoint.rows", "igny8.entrypoint.shapes"}
SECRET = {
    "caller", "identify", "hasher", "hash_key", "read_person", "read_site_key", "is_well_formed",
    "event", "context", "authorizer", "claims", "requestContext", "environ", "vault", "client",
}  # fmt: skip
CREDENTIALS = ("authorization", "cookie", "bearer", "x-igny8")


def looks_where_it_must_not(source: str) -> list[str]:
    """What of a module reads a request past the frame; a row's ``caller=`` is no look."""
    found = []
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("igny8.entrypoint"):
            found += [] if node.module in ENTRYPOINT else [f"imports {node.module}"]
        elif isinstance(node, ast.Import):
            found += [f"imports {name.name}" for name in node.names if "entrypoint" in name.name]
        elif isinstance(node, ast.Attribute) and node.attr in SECRET:
            found.append(f".{node.attr}")
        elif isinstance(node, ast.Name) and node.id in SECRET:
            found.append(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.lower()
            found += [text for word in CREDENTIALS if word in text and not is_docstring(node, tree)]
    return found


def is_docstring(constant: ast.Constant, tree: ast.Module) -> bool:
    holders = (ast.Module, ast.FunctionDef, ast.ClassDef)
    return any(
        isinstance(node, holders)
        and node.body
        and isinstance(node.body[0], ast.Expr)
        and node.body[0].value is constant
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.parent.name)
def test_no_route_reads_headers_or_credentials(module: Path) -> None:
    assert looks_where_it_must_not(module.read_text()) == []


def test_every_function_with_routes_is_looked_at() -> None:
    assert len(MODULES) >= 2


@pytest.mark.parametrize(
    "source",
    [
        "def r(call, services): return call.caller",
        "def r(event, services): return event['headers']",
        "def r(call, services): return services.integrations.identify(call.body.api_key)",
        "from igny8.entrypoint.principal import read_site_key",
        "import igny8.entrypoint.reading",
        "def r(call, services): return call.headers['authorization']",
        "def r(call, services): return call.headers.get('X-IGNY8-API-KEY')",
        "def r(call, services): return services.hasher",
        "import os\nKEY = os.environ",
    ],
)
def test_a_route_that_does_is_seen(source: str) -> None:
    assert looks_where_it_must_not(source)


def test_what_a_route_may_hear_holds_no_credentials() -> None:
    assert all(name == name.lower() for name in HEARD)
    assert not [name for name in HEARD if any(word in name for word in CREDENTIALS)]
    assert not HEARD & {"forwarded", "x-forwarded-for", "origin"}
