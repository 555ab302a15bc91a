"""The one way out: every call to a customer's site goes through :class:`OutboundClient`.

`requests-hardened` resolves the name once and connects to that very address; on top of it every
resolved address must be public, nothing is redirected, no proxy is taken from the environment,
answers are capped, and a watchdog closes the socket at a total deadline, which `requests` lacks.
"""

import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter

from igny8.core.addresses import Resolve, is_allowed, resolve

CONNECT_TIMEOUT_SECONDS = 5.0
CHUNK_BYTES = 65_536


class Fate(Enum):
    """What became of a request."""

    ANSWERED = "answered"
    NOT_SENT = "not_sent"  # no connection: it cannot have had an effect
    LOST = "lost"  # connected, but no whole answer: it may have had an effect


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or the lack of one. ``body`` is capped; ``truncated`` says it was longer."""

    fate: Fate
    duration_ms: int
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    truncated: bool = False
    error: str = ""


class _Line:
    """What the watchdog and the classification need to know of one request's connection."""

    def __init__(self) -> None:
        self.connected = False
        self.expired = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    def opened(self, sock: socket.socket) -> None:
        # A duplicate: TLS detaches the original, shutting down the copy ends both.
        with self._lock:
            self._sockets.append(sock.dup())
        if self.expired:
            self.cut()

    def cut(self) -> None:
        self.expired = True
        with self._lock:
            for sock in self._sockets:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def close(self) -> None:
        with self._lock:
            for sock in self._sockets:
                sock.close()
            self._sockets.clear()


class _Adapter(IPFilterAdapter):  # type: ignore[misc]
    def __init__(self, line: _Line, resolver: Resolve, *, is_https: bool, local: bool) -> None:
        super().__init__(is_https_proto=is_https, allow_loopback=local)
        self._line = line
        self._resolver = resolver
        self._local = local

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> Any:
        self._check_every_address(request.url)
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        # What was pinned is what is dialled: check it too, names can answer differently each time.
        if not is_allowed(host["host"].strip("[]"), allow_loopback=self._local):
            raise InvalidIPAddress
        return host, pool

    def _check_every_address(self, url: str) -> None:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            addresses = list(self._resolver(parts.hostname or "", port))
        except OSError as error:
            raise requests.ConnectionError("name resolution") from error
        if not all(is_allowed(address, allow_loopback=self._local) for address in addresses):
            raise InvalidIPAddress

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _tracked(pool.ConnectionCls, self._line)
        return pool


def _tracked(connection: type[Any], line: _Line) -> type[Any]:
    class Tracked(connection):  # type: ignore[misc]
        def _new_conn(self) -> socket.socket:
            sock: socket.socket = super()._new_conn()
            line.opened(sock)
            return sock

        def connect(self) -> None:
            super().connect()
            line.connected = True

    return Tracked


@dataclass(frozen=True, slots=True)
class OutboundClient:
    """Calls customers' sites. ``allow_local`` (local stage alone) admits this machine over HTTP."""

    allow_local: bool = False
    answer_max_bytes: int = 1_048_576
    resolver: Resolve = resolve
    user_agent: str = "IGNY8-Integrations/1"

    def request(
        self,
        method: str,
        url: str,
        *,
        timeout: float,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        """Make one call that ends within ``timeout`` seconds; never raises for what a site does."""
        started = time.monotonic()
        line = _Line()
        watchdog = threading.Timer(timeout, line.cut)
        watchdog.daemon = True
        watchdog.start()
        try:
            with self._session(line) as session:
                reply = self._exchange(session, started, method, url, timeout, headers, body)
            # A connection that the watchdog cut looks like an answer that ended by itself.
            return Reply(Fate.LOST, _since(started), error="deadline") if line.expired else reply
        except (requests.RequestException, OSError, ValueError) as error:
            fate = Fate.LOST if line.connected else Fate.NOT_SENT
            return Reply(fate, _since(started), error=_name(error, line))
        finally:
            watchdog.cancel()
            line.close()

    def _exchange(
        self,
        session: requests.Session,
        started: float,
        method: str,
        url: str,
        timeout: float,
        headers: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Reply:
        if not url.startswith("https://") and not self.allow_local:
            _refuse()
        with session.request(
            method,
            url,
            data=body,
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                **(headers or {}),
            },
            timeout=(min(CONNECT_TIMEOUT_SECONDS, timeout), timeout),
            allow_redirects=False,
            stream=True,
        ) as response:
            content, truncated = self._read(response)
            return Reply(
                Fate.ANSWERED,
                _since(started),
                status=response.status_code,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=content,
                truncated=truncated,
            )

    def _read(self, response: requests.Response) -> tuple[bytes, bool]:
        content = bytearray()
        for chunk in response.iter_content(CHUNK_BYTES):
            content += chunk
            if len(content) > self.answer_max_bytes:
                return bytes(content[: self.answer_max_bytes]), True
        return bytes(content), False

    def _session(self, line: _Line) -> requests.Session:
        config = Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=self.allow_local,
            never_redirect=True,
            default_timeout=(CONNECT_TIMEOUT_SECONDS, 30.0),
            user_agent_override=self.user_agent,
        )
        session = HTTPSession(config)
        session.trust_env = False
        for scheme in ("http", "https"):
            adapter = _Adapter(
                line, self.resolver, is_https=scheme == "https", local=self.allow_local
            )
            session.mount(f"{scheme}://", adapter)
        return session  # type: ignore[no-any-return]


def _refuse() -> NoReturn:
    raise requests.exceptions.InvalidSchema("only https")


def _name(error: Exception, line: _Line) -> str:
    if line.expired:
        return "deadline"
    if isinstance(error, InvalidIPAddress):
        return "address not allowed"
    return type(error).__name__


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
