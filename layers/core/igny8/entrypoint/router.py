"""Finds the row of a request; a dozen routes need no more than this."""

from collections.abc import Iterable, Mapping

from igny8.entrypoint.rows import Route

Parts = tuple[str, ...]


class Router:
    """Rows by method and path; a literal part wins over a named one."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._rows: dict[tuple[str, int], list[tuple[Parts, Route]]] = {}
        for route in routes:
            if route.caller is None:
                continue
            parts = _parts(route.path)
            self._rows.setdefault((route.method, len(parts)), []).append((parts, route))
        for rows in self._rows.values():
            rows.sort(key=lambda row: [part.startswith("{") for part in row[0]])

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """The row that serves a canonical path, and the named parts of it."""
        given = _parts(path)
        for parts, route in self._rows.get((method, len(given)), []):
            named = _match(parts, given)
            if named is not None:
                return route, named
        return None

    def methods(self, path: str) -> set[str]:
        """The methods that a canonical path takes; none where there is no such path."""
        return {method for method, _ in self._rows if self.find(method, path)}


def _parts(path: str) -> Parts:
    return tuple(path.strip("/").split("/"))


def _match(parts: Parts, given: Parts) -> dict[str, str] | None:
    named = {}
    for part, text in zip(parts, given, strict=True):
        if part.startswith("{"):
            named[part[1:-1]] = text
        elif part != text:
            return None
    return named
