"""The local cloud tells where a request came from as AWS does: by its connection, by no header."""

from typing import Any

import pytest

from local.cloud_process import by_connection


def heard(scope: dict[str, Any]) -> dict[str, Any]:
    scopes = []

    async def application(scope: dict[str, Any], _receive: Any, _send: Any) -> None:
        scopes.append(scope)

    with pytest.raises(StopIteration):  # it waits for nothing
        by_connection(application)(scope, None, None).send(None)
    return scopes[0]


@pytest.mark.parametrize("name", [b"x-forwarded-for", b"X-Forwarded-For"])
def test_nobody_is_believed_who_says_where_he_is(name: bytes) -> None:
    given = [(b"host", b"api"), (name, b"203.0.113.9"), (name, b"198.51.100.7")]
    scope = {"type": "http", "client": ("192.0.2.1", 5), "headers": given}
    assert heard(scope)["headers"] == [(b"host", b"api"), (b"x-forwarded-for", b"192.0.2.1")]
    assert scope["headers"] == given


def test_what_is_no_request_is_let_through() -> None:
    scope = {"type": "lifespan"}
    assert heard(scope) == scope
