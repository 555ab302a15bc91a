"""The one way out: every call to a customer's site goes through :class:`OutboundClient`.

`requests-hardened` resolves the name once and connects to that very address; on top of it every
resolved address must be public, nothing is redirected, no proxy is taken from the environment,
answers are capped, and a watchdog closes the socket at a total deadline, which `requests` lacks.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from http.cookiejar import DefaultCookiePolicy
from typing import NoReturn

import requests
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress

from igny8.core.addresses import Resolve, resolve
from igny8.core.line import Line, LineAdapter

CONNECT_TIMEOUT_SECONDS = 5.0
CHUNK_BYTES = 65_536
FREE_PIECES = 500
SMALL_PIECE_BYTES = 256
# What `Reply.error` says where the reason is known; else it is the name of the error's class.
NO_SUCH_NAME = "no such name"
TLS_FAILED = "tls"
ADDRESS_NOT_ALLOWED = "address not allowed"
# Servers drop what is idle, some after five seconds; one that does so while we send leaves a doubt.
LONGEST_IDLE_SECONDS = 3.0


class Fate(Enum):
    """What became of a request."""

    ANSWERED = "answered"
    NOT_SENT = "not_sent"  # no connection: it cannot have had an effect
    LOST = "lost"  # connected, but no whole answer: it may have had an effect


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or the lack of one.

    ``body`` is capped; ``truncated`` says that it was longer, or came in too many small pieces.
    """

    fate: Fate
    duration_ms: int
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    truncated: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundClient:
    """Calls customers' sites. ``allow_local`` (local stage alone) admits this machine over HTTP.

    ``ca_bundle`` names a file of trusted certificates other than the usual ones.
    """

    allow_local: bool = False
    answer_max_bytes: int = 1_048_576
    resolver: Resolve = resolve
    user_agent: str = "IGNY8-Integrations/1"
    ca_bundle: str | None = None

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
        with self.kept_alive() as connected:
            return connected.request(method, url, timeout=timeout, headers=headers, body=body)

    @contextmanager
    def kept_alive(self) -> Iterator["ConnectedClient"]:
        """Calls that share a connection, each as :meth:`request`; for one thread."""
        client = ConnectedClient(self)
        try:
            yield client
        finally:
            client.close()


class ConnectedClient:
    """Calls a site over one connection while it is served.

    It stays with the address that was checked. A connection that was idle too long, or on which
    anything went wrong, is not used again.
    """

    def __init__(self, client: OutboundClient) -> None:
        self._client = client
        self._line = Line()
        self._session: requests.Session | None = None
        self._used_at = 0.0

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
        session, line = self._ready(started)
        watchdog = threading.Timer(timeout, line.cut)
        watchdog.daemon = True
        watchdog.start()
        reply = None
        try:
            reply = self._exchange(session, started, method, url, timeout, headers, body)
        except (requests.RequestException, OSError, ValueError) as error:
            fate = Fate.LOST if line.may_have_been_sent else Fate.NOT_SENT
            return Reply(fate, _since(started), error=_name(error, line))
        finally:
            watchdog.cancel()
            self._used_at = time.monotonic()
            if reply is None or reply.truncated or line.expired:
                self.close()
        # A connection that the watchdog cut looks like an answer that ended by itself.
        return Reply(Fate.LOST, _since(started), error="deadline") if line.expired else reply

    @contextmanager
    def kept_alive(self) -> Iterator["ConnectedClient"]:
        """It is kept already."""
        yield self

    def close(self) -> None:
        """Let go of the connection."""
        if self._session is not None:
            self._session.close()
        self._session = None
        self._line.close()

    def _ready(self, now: float) -> tuple[requests.Session, Line]:
        idle = now - self._used_at
        if self._session is None or self._line.expired or idle > LONGEST_IDLE_SECONDS:
            self.close()
            self._line = Line()
            self._session = self._new_session(self._line)
        self._line.may_have_been_sent = False
        return self._session, self._line

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
        if not url.startswith("https://") and not self._client.allow_local:
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
        most = self._client.answer_max_bytes
        content = bytearray()
        for pieces, chunk in enumerate(response.iter_content(CHUNK_BYTES)):
            content += chunk
            # Each piece costs, however small it is.
            in_crumbs = pieces > FREE_PIECES + len(content) // SMALL_PIECE_BYTES
            if in_crumbs or len(content) > most:
                return bytes(content[:most]), True
        return bytes(content), False

    def _new_session(self, line: Line) -> requests.Session:
        client = self._client
        session = HTTPSession(
            Config(
                ip_filter_enable=True,
                ip_filter_allow_loopback_ips=client.allow_local,
                never_redirect=True,
                default_timeout=(CONNECT_TIMEOUT_SECONDS, 30.0),
                user_agent_override=client.user_agent,
            )
        )
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http", "https"):
            adapter = LineAdapter(
                line,
                client.resolver,
                is_https=scheme == "https",
                local=client.allow_local,
                ca_bundle=client.ca_bundle,
            )
            session.mount(f"{scheme}://", adapter)
        return session  # type: ignore[no-any-return]


def _refuse() -> NoReturn:
    raise requests.exceptions.InvalidSchema("only https")


def _name(error: Exception, line: Line) -> str:
    if line.expired:
        return "deadline"
    if isinstance(error, InvalidIPAddress):
        return ADDRESS_NOT_ALLOWED
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return NO_SUCH_NAME
        # A certificate of another name is none of `ssl`'s own errors.
        if isinstance(cause, ssl.SSLError | requests.exceptions.SSLError):
            return TLS_FAILED
    return type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what lies behind it; libraries wrap each other's."""
    seen: set[int] = set()
    left = [error]
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        behind = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        left += [cause for cause in behind if isinstance(cause, BaseException)]


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
