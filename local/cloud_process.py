"""The process of the local cloud, run in MiniStack's own environment.

Its API Gateway believes the header X-Forwarded-For when it says where a request came from; AWS's
says who is at the other end of the connection, whatever any header says. So that what is true there
can be seen here, the header is replaced before anybody reads it.
"""

from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]
FORWARDED = b"x-forwarded-for"


def by_connection(application: Application) -> Application:
    """An ASGI application that hears of nobody's address but the one at the connection's end."""

    async def heard(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            peer = (scope.get("client") or ("127.0.0.1",))[0]
            told = [(name, value) for name, value in scope["headers"] if name.lower() != FORWARDED]
            scope = {**scope, "headers": [*told, (FORWARDED, peer.encode("ascii"))]}
        await application(scope, receive, send)

    return heard


def main() -> None:
    """Serve until ended."""
    from ministack import app  # type: ignore[import-not-found]  # noqa: PLC0415  # of its own environment

    app.app = by_connection(app.app)
    app.main()


if __name__ == "__main__":
    main()
