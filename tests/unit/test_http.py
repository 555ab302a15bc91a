"""The one way out, against a real server on this machine."""

import gzip
import json
import socket
import time
import tracemalloc
from collections.abc import Iterable
from threading import Event
from typing import Any

import pytest
from igny8.core.http import Fate, OutboundClient, Reply

from tests.unit.loopback import answer, drip, nobody_listens, reset, serving, silence

NEEDS_LOOPBACK = True
LOCAL = OutboundClient(allow_local=True, answer_max_bytes=100_000)
OK = answer("200 OK", b'{"a":1}', "Content-Type: application/json", "X-Thing: y")
DEADLINE = 0.4
AT_ONCE = 2.0  # far below the server's patience of five seconds


def call(url: str, client: OutboundClient = LOCAL, *, timeout: float = 3, **options: Any) -> Reply:
    return client.request("POST", url, timeout=timeout, **options)


def test_an_answer_comes_back_whole() -> None:
    with serving(OK) as server:
        reply = call(f"{server.url}/x?y=1", body=b'{"b":"\xc3\xa9"}', headers={"X-Key": "k"})
    assert (reply.fate, reply.status, reply.truncated) == (Fate.ANSWERED, 200, False)
    assert json.loads(reply.body) == {"a": 1}
    assert reply.headers["x-thing"] == "y"
    assert 0 <= reply.duration_ms < 2000
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /wp-json/x?y=1 HTTP/1.1")
    assert f"Host: 127.0.0.1:{server.port}".encode() in head
    assert b"X-Key: k" in head
    assert b"Accept-Encoding: identity" in head
    assert b"User-Agent: IGNY8-Integrations/1" in head
    assert body == b'{"b":"\xc3\xa9"}'


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temp", "308 Perm"])
def test_redirects_are_answers_not_orders(status: str) -> None:
    with serving(OK) as target, serving(answer(status, b"", f"Location: {target.url}")) as server:
        reply = call(server.url)
    assert reply.status == int(status[:3])
    assert reply.headers["location"] == target.url
    assert target.connections == 0


@pytest.mark.parametrize("length", [True, False])
def test_the_answer_is_capped(length: bool) -> None:
    with serving(answer("200 OK", b"x" * 5_000_000, length=length)) as server:
        reply = call(server.url)
    assert (reply.fate, reply.status, reply.truncated) == (Fate.ANSWERED, 200, True)
    assert reply.body == b"x" * 100_000


def test_an_answer_of_just_the_cap_is_whole() -> None:
    with serving(answer("200 OK", b"x" * 100_000)) as server:
        reply = call(server.url)
    assert (len(reply.body), reply.truncated) == (100_000, False)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_compression_bomb_stays_small(layers: int) -> None:
    bomb = b"\0" * 200_000_000
    for _ in range(layers):
        bomb = gzip.compress(bomb, 9)
    encoding = f"Content-Encoding: {', '.join(['gzip'] * layers)}"
    with serving(answer("200 OK", bomb, encoding)) as server:
        tracemalloc.start()
        reply = call(server.url)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(reply.body) <= 100_000
    assert reply.fate is Fate.LOST or reply.truncated
    assert peak < 20_000_000


DRIPS = {
    "in the status line": drip(b"HTTP/1.1 2", b"0"),
    "in the headers": drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "in a body with a length": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"x"),
    "in a chunked body": drip(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"
    ),
    "in a body until the end": drip(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x"),
    "nowhere": silence,
}


@pytest.mark.parametrize("where", DRIPS)
def test_a_slow_site_is_cut_at_the_total_deadline(where: str) -> None:
    with serving(DRIPS[where]) as server:
        started = time.monotonic()
        reply = call(server.url, timeout=DEADLINE)
        assert time.monotonic() - started < AT_ONCE
    assert reply.fate is Fate.LOST
    assert reply.error
    assert reply.duration_ms >= DEADLINE * 900


def test_a_handshake_that_never_ends_is_cut_and_was_not_sent() -> None:
    with serving(silence, reads=False) as server:
        started = time.monotonic()
        reply = call(f"https://127.0.0.1:{server.port}/", timeout=DEADLINE)
        assert time.monotonic() - started < AT_ONCE
    assert (reply.fate, server.connections) == (Fate.NOT_SENT, 1)


def test_nobody_there_is_not_sent() -> None:
    assert call(f"http://127.0.0.1:{nobody_listens()}/").fate is Fate.NOT_SENT


def test_a_name_that_does_not_resolve_is_not_sent() -> None:
    def no_such_name(_host: str, _port: int) -> Iterable[str]:
        raise OSError("no such name")

    reply = call("https://gone.example/", OutboundClient(resolver=no_such_name))
    assert reply.fate is Fate.NOT_SENT


@pytest.mark.parametrize(
    "behaviour",
    [
        reset,
        lambda _connection: None,
        lambda connection: connection.sendall(b"SSH-2.0-OpenSSH\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"),
        answer("200 OK", b"not gzip", "Content-Encoding: gzip"),
    ],
    ids=["reset", "closed", "another protocol", "cut in the body", "garbled body"],
)
def test_a_sent_request_without_a_whole_answer_is_lost(behaviour: Any) -> None:
    with serving(behaviour) as server:
        reply = call(server.url, body=b"{}")
    assert reply.fate is Fate.LOST
    assert len(server.requests) == 1, "never sent twice by itself"


def test_a_server_that_speaks_no_tls_was_sent_nothing() -> None:
    with serving(OK, reads=False) as server:
        reply = call(server.url.replace("http:", "https:"))
    assert (reply.fate, server.connections) == (Fate.NOT_SENT, 1)


def test_proxies_and_credentials_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login u password p\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with serving(OK) as proxy, serving(OK) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert call(server.url).status == 200
    assert proxy.connections == 0
    assert b"uthorization" not in server.requests[0]


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "https://localhost:{port}/",
     "https://2130706433:{port}/", "https://127.1:{port}/", "https://0x7f000001:{port}/",
     "https://[::ffff:127.0.0.1]:{port}/", "ftp://127.0.0.1:{port}/", "HTTP://127.0.0.1:{port}/"],
)  # fmt: skip
def test_outside_the_local_stage_this_machine_is_never_dialled(url: str) -> None:
    with serving(OK) as server:
        reply = call(url.format(port=server.port), OutboundClient())
    assert (reply.fate, server.connections) == (Fate.NOT_SENT, 0)


@pytest.mark.parametrize(
    ("addresses", "local"),
    [
        (["93.184.216.34", "127.0.0.1"], False), (["127.0.0.1", "93.184.216.34"], False),
        (["93.184.216.34", "::1"], False), (["64:ff9b::7f00:1"], False), (["10.0.0.1"], True),
        (["127.0.0.1", "10.0.0.1"], True), (["169.254.169.254", "127.0.0.1"], True),
    ],
)  # fmt: skip
def test_one_private_address_among_public_ones_is_enough_to_refuse(
    addresses: list[str], local: bool
) -> None:
    client = OutboundClient(allow_local=local, resolver=lambda _host, _port: addresses)
    with serving(OK) as server:
        reply = call(f"https://localhost:{server.port}/", client)
    assert (reply.fate, reply.error) == (Fate.NOT_SENT, "address not allowed")
    assert server.connections == 0


def test_a_name_that_answers_differently_the_second_time_is_refused() -> None:
    client = OutboundClient(resolver=lambda _host, _port: ["93.184.216.34"])
    with serving(OK) as server:
        reply = call(f"https://localhost:{server.port}/", client)
    assert (reply.fate, reply.error) == (Fate.NOT_SENT, "address not allowed")
    assert server.connections == 0


def test_the_address_that_is_dialled_is_checked_by_our_own_list_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unassigned = [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("4000::1", 443, 0, 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: unassigned)
    client = OutboundClient(resolver=lambda _host, _port: ["93.184.216.34"])
    assert call("https://rebound.example/", client).error == "address not allowed"


@pytest.mark.parametrize("url", ["", "https://", "https:///x", "https://[::1", "not a url",
                                 "https://example.com:99999/", "https://a..b/"])  # fmt: skip
def test_an_address_that_is_none_raises_nothing(url: str) -> None:
    client = OutboundClient(resolver=lambda _host, _port: ["10.0.0.1"])
    assert call(url, client).fate is Fate.NOT_SENT


def test_a_name_that_is_never_resolved_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("igny8.core.line.LOOK_UP_SECONDS", 0.05)
    asked, over = Event(), Event()

    def resolve(_host: str, _port: int) -> list[str]:
        asked.set()
        over.wait(30)
        return ["127.0.0.1"]

    client = OutboundClient(allow_local=True, resolver=resolve)
    reply = client.request("GET", "http://site.example/", timeout=30)
    over.set()
    assert asked.is_set()
    assert (reply.fate, reply.status) == (Fate.NOT_SENT, 0)
    assert reply.duration_ms < 5000


@pytest.mark.parametrize("kind", ["100 Continue", "102 Processing", "103 Early Hints"])
@pytest.mark.parametrize(
    ("times", "fate"), [(1, Fate.ANSWERED), (8, Fate.ANSWERED), (9, Fate.LOST)]
)
def test_a_few_informational_answers_are_passed_over(kind: str, times: int, fate: Fate) -> None:
    told = f"HTTP/1.1 {kind}\r\nLink: </a.css>\r\n\r\n".encode() * times
    with serving(lambda one: one.sendall(told + raw_answer(b'{"a":1}'))) as server:
        reply = call(server.url)
    assert reply.fate is fate
    if fate is Fate.ANSWERED:
        assert (reply.status, reply.body) == (200, b'{"a":1}')


def raw_answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize(
    "around",
    [
        b"HTTP/1.1 200 " + b"O" * 200_000,
        b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 90 + b"X-B: " + b"c" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"a" * 900) for n in range(90))
        + b"\r\n",
        b"HTTP/1.1 103 Hints\r\n" + b"X: %s\r\n" % (b"a" * 15_000) * 5 + b"\r\n",
    ],
    ids=["status", "line", "lines", "informational"],
)  # fmt: skip
def test_a_head_is_bounded(around: bytes) -> None:
    with serving(lambda one: one.sendall(around + raw_answer(b"{}"))) as server:
        assert call(server.url).fate is Fate.LOST


def test_the_length_of_a_chunk_is_bounded() -> None:
    """Else a line without end fills the memory."""
    sent = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"a" * 5_000_000
    with serving(lambda one: one.sendall(sent)) as server:
        tracemalloc.start()
        reply = call(server.url)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert reply.fate is Fate.LOST
    assert peak < 1_000_000


@pytest.mark.parametrize(
    ("size", "count", "whole"), [(1, 400, True), (1, 600, False), (512, 190, True)]
)
def test_an_answer_in_crumbs_is_cut_off(size: int, count: int, whole: bool) -> None:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = (b"%x\r\n" % size + b"x" * size + b"\r\n") * count
    with serving(lambda one: one.sendall(head + pieces + b"0\r\n\r\n")) as server:
        reply = call(server.url)
    assert reply.fate is Fate.ANSWERED
    assert reply.truncated is not whole
    assert len(reply.body) == size * count or reply.truncated
