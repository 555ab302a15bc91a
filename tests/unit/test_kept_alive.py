"""Calls that share a connection: to the address that was checked, and honest about their fate."""

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from igny8.core import http, line
from igny8.core.http import TLS_FAILED, ConnectedClient, Fate, OutboundClient, Reply

from tests.unit.loopback import answer, answering, read_request, serving, silence

NEEDS_LOOPBACK = True
LOCAL = OutboundClient(allow_local=True, answer_max_bytes=100_000)
DEADLINE = 0.4


def call(client: ConnectedClient, url: str, *, timeout: float = 3) -> Reply:
    return client.request("POST", url, timeout=timeout, body=b"{}")


def test_calls_share_a_connection_and_keep_no_cookies() -> None:
    with serving(answering(b"1", b"2", b"3")) as server, LOCAL.kept_alive() as client:
        bodies = [call(client, f"{server.url}/{number}").body for number in range(3)]
    assert bodies == [b"1", b"2", b"3"]
    assert server.connections == 1


def test_single_calls_do_not() -> None:
    with serving(answering(b"1", b"2")) as server:
        for _ in range(2):
            assert LOCAL.request("GET", server.url, timeout=3).body == b"1"
    assert server.connections == 2


def test_no_cookie_is_sent_back() -> None:
    seen: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        answering(b"1")(connection)
        seen.append(connection.recv(65536))
        answering(b"2")(connection)

    with serving(behave) as server, LOCAL.kept_alive() as client:
        call(client, server.url)
        assert call(client, server.url).body == b"2"
    assert b"HTTP/1.1" in seen[0]
    assert b"cookie" not in seen[0].lower()


def test_the_name_is_resolved_once_while_the_site_is_served() -> None:
    asked: list[str] = []

    def resolver(host: str, _port: int) -> Iterable[str]:
        asked.append(host)
        return ["127.0.0.1"]

    client = OutboundClient(allow_local=True, resolver=resolver)
    with serving(answering(b"1", b"2")) as server, client.kept_alive() as kept:
        for _ in range(2):
            assert call(kept, server.url).fate is Fate.ANSWERED
        assert len(asked) == 1
        assert client.request("GET", server.url, timeout=3).fate is Fate.ANSWERED
    assert len(asked) == 2


def test_a_connection_that_the_site_ended_is_replaced() -> None:
    with serving(answering(b"1")) as server, LOCAL.kept_alive() as client:
        assert call(client, server.url).body == b"1"
        _until_closed(client)
        assert call(client, server.url).body == b"1"
    assert server.connections == 2


def _until_closed(client: ConnectedClient) -> None:
    """Wait until the end of the connection has reached this side."""
    sock = client._line._sockets[0]
    sock.settimeout(5)
    assert sock.recv(1, socket.MSG_PEEK) == b""


def test_an_end_after_the_request_was_read_is_lost_not_unsent() -> None:
    with serving(answering(b"1", b"2", closes_after=1)) as server, LOCAL.kept_alive() as client:
        assert call(client, server.url).body == b"1"
        assert call(client, server.url).fate is Fate.LOST
        assert call(client, server.url).body == b"1", (
            "and the next call has a connection of its own"
        )
    assert server.connections == 2


def test_a_later_call_to_nobody_is_not_sent() -> None:
    with LOCAL.kept_alive() as client:
        with serving(answering(b"1")) as server:
            assert call(client, server.url).body == b"1"
            _until_closed(client)
        assert call(client, server.url).fate is Fate.NOT_SENT


def test_the_deadline_cuts_a_kept_connection_too() -> None:
    def behave(connection: socket.socket) -> None:
        answering(b"1")(connection)
        read_request(connection)
        silence(connection)

    with serving(behave) as server, LOCAL.kept_alive() as client:
        assert call(client, server.url).body == b"1"
        started = time.monotonic()
        reply = call(client, server.url, timeout=DEADLINE)
        assert reply.fate is Fate.LOST
        assert time.monotonic() - started < 2
        assert call(client, server.url).body == b"1"
    assert server.connections == 2


def test_what_was_idle_for_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answering(b"1", b"2")) as server, LOCAL.kept_alive() as client:
        call(client, server.url)
        now = time.monotonic()
        monkeypatch.setattr(http.time, "monotonic", lambda: now + http.LONGEST_IDLE_SECONDS + 1)
        assert call(client, server.url).body == b"1"
    assert server.connections == 2


def test_an_answer_above_the_cap_ends_the_connection() -> None:
    with serving(answering(b"x" * 5_000_000, b"2")) as server, LOCAL.kept_alive() as client:
        assert call(client, server.url).truncated
        assert call(client, server.url).truncated
    assert server.connections == 2


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that nobody but this test trusts, with its key."""
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", path, "-out",
         path.with_suffix(".crt")],
        check=True, capture_output=True,
    )  # fmt: skip
    return path


@pytest.fixture
def https(certificate: Path) -> Iterator[int]:
    """A server on localhost that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.with_suffix(".crt"), certificate)

    def behave(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            for body in (b"1", b"2"):
                if not secure.recv(65536):
                    return
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
                secure.sendall(head.encode() + body)

    with serving(behave, reads=False) as server:
        yield server.port


def test_tls_is_verified_by_one_shared_context(
    https: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = OutboundClient(allow_local=True, ca_bundle=str(certificate.with_suffix(".crt")))
    loaded: list[object] = []
    make = line.create_urllib3_context
    monkeypatch.setattr(
        line, "create_urllib3_context", lambda **more: loaded.append(more) or make(**more)
    )
    for _ in range(2):
        with trusting.kept_alive() as client:
            replies = [client.request("GET", f"https://localhost:{https}/", timeout=3)
                       for _ in range(2)]  # fmt: skip
        assert [reply.body for reply in replies] == [b"1", b"2"], replies
    assert len(loaded) == 1, "reading the certificates is the price of a call"


def test_a_certificate_of_nobody_is_refused_before_anything_is_sent(https: int) -> None:
    reply = LOCAL.request("GET", f"https://localhost:{https}/", timeout=3)
    assert (reply.fate, reply.error) == (Fate.NOT_SENT, TLS_FAILED)


def test_a_certificate_of_another_name_is_refused(https: int, certificate: Path) -> None:
    trusting = OutboundClient(allow_local=True, ca_bundle=str(certificate.with_suffix(".crt")))
    reply = trusting.request("GET", f"https://127.0.0.1:{https}/", timeout=3)
    assert (reply.fate, reply.error) == (Fate.NOT_SENT, TLS_FAILED)


def test_threads_have_connections_of_their_own() -> None:
    with serving(answer("200 OK", b"1")) as server:
        replies: list[Reply] = []

        def serve() -> None:
            with LOCAL.kept_alive() as client:
                replies.append(call(client, server.url))

        threads = [threading.Thread(target=serve) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [reply.body for reply in replies] == [b"1"] * 4
