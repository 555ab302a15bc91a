"""The functions and their rows, found in the tree, and the ways in which a path may be said."""

from importlib import import_module
from itertools import product
from pathlib import Path

from igny8.entrypoint.aliases import (
    COLLECTION,
    INTEGRATION,
    OLD_WEBHOOK,
    UNDERSCORED,
    canonical_path,
)
from igny8.entrypoint.router import Router
from igny8.entrypoint.rows import Route

FOLDER = Path(__file__).resolve().parents[2] / "functions"
FUNCTIONS = sorted(path.parent.name for path in FOLDER.glob("*/handler.py"))
ROUTES: dict[str, list[Route]] = {
    path.parent.name: import_module(f"{path.parent.name}.routes").ROUTES
    for path in sorted(FOLDER.glob("*/routes.py"))
}
"""The rows of each function that has any, as they stand: those without a caller too."""

ROWS = [(function, row) for function, rows in ROUTES.items() for row in rows]
_ROUTERS = {function: Router(rows) for function, rows in ROUTES.items()}


def row_name(value: object) -> str:
    """What a row is called in the name of a test."""
    return f"{value.method} {value.path}" if isinstance(value, Route) else str(value)


def function_of(path: str) -> str | None:
    """The function that serves a path; None where nobody does."""
    path = canonical_path(path)
    return next((name for name, router in _ROUTERS.items() if router.methods(path)), None)


def spellings(path: str) -> list[str]:
    """Every way in which a path of a row may be asked for, its own first; 7 for each id in it."""
    parts = ["7" if part.startswith("{") else part for part in path.split("/")]
    path = "/".join(parts)
    dashes = {action: older for older, action in UNDERSCORED.items()}
    older = "/".join([*parts[:-1], dashes.get(parts[-1], parts[-1])])
    shorter = [p.replace(COLLECTION, INTEGRATION, 1) for p in (path, older)]
    singular = path.replace(f"{INTEGRATION}/webhooks", OLD_WEBHOOK, 1)
    long_or_short = [path, older, *shorter, singular]
    stems = ["/api/v1", "/v1"]
    found = {p.replace("/api/v1", stem, 1) for p, stem in product(long_or_short, stems)}
    older_forms = sorted(one for one in found - {path} if canonical_path(one) == path)
    return [path, *older_forms]
