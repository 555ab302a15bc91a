"""Unit tests touch nothing outside the process; a file that needs this machine says so."""

from collections.abc import Iterator

import pytest
from pytest_socket import _remove_restrictions, disable_socket, socket_allow_hosts


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    if getattr(request.module, "NEEDS_LOOPBACK", False):
        socket_allow_hosts(["127.0.0.1"])
    else:
        disable_socket()
    yield
    _remove_restrictions()
