"""One site's connection: pinned to the address that was checked, watched, and counted honestly.

`igny8.core.http` makes calls over it; nothing else should.
"""

import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.util.ssl_ import create_urllib3_context

from igny8.core.addresses import Resolve, is_allowed
from igny8.core.bounded import BoundedResponse

T = TypeVar("T")
LOOK_UP_SECONDS = 5.0


class Line:
    """What the watchdog and the classification need to know of a request's connection.

    ``may_have_been_sent`` is set as soon as bytes of the present request can have left us.
    """

    def __init__(self) -> None:
        self.may_have_been_sent = False
        self.expired = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    def opened(self, sock: socket.socket) -> None:
        """Note a new connection instead of the last; one that was cut meanwhile is cut too."""
        self.close()
        # A duplicate: TLS detaches the original, shutting down the copy ends both.
        with self._lock:
            self._sockets.append(sock.dup())
        if self.expired:
            self.cut()

    def cut(self) -> None:
        """End what is under way: the deadline is over."""
        self.expired = True
        with self._lock:
            for sock in self._sockets:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            for sock in self._sockets:
                sock.close()
            self._sockets.clear()


class LineAdapter(IPFilterAdapter):  # type: ignore[misc]
    """Resolves a name once, checks every address, and stays with the one that was checked."""

    def __init__(
        self, line: Line, resolver: Resolve, *, is_https: bool, local: bool, ca_bundle: str | None
    ) -> None:
        super().__init__(is_https_proto=is_https, allow_loopback=local)
        self._line = line
        self._resolver = resolver
        self._local = local
        self._ca_bundle = ca_bundle
        self._pools: dict[tuple[str, str], tuple[Any, str]] = {}

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> Any:
        """Check what is resolved, and what is dialled."""
        dialled = super().build_connection_pool_key_attributes

        def look_up() -> Any:
            self._check_every_address(request.url)
            return dialled(request, verify, cert)

        host, pool = in_time(look_up, LOOK_UP_SECONDS)
        # What was pinned is what is dialled: check it too, names can answer differently each time.
        if not is_allowed(host["host"].strip("[]"), allow_loopback=self._local):
            raise InvalidIPAddress
        if self._is_https_proto:
            pool["ssl_context"] = tls_context(self._ca_bundle)
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

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """The site's connections; resolved, checked and pinned at the first request."""
        site = urlsplit(request.url)[:2]
        if site not in self._pools:
            pool = super().get_connection_with_tls_context(
                request, verify, proxies=proxies, cert=cert
            )
            pool.ConnectionCls = _tracked(pool.ConnectionCls, self._line)
            self._pools[site] = (pool, request.headers["Host"])
        pool, host = self._pools[site]
        request.headers["Host"] = host
        return pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Verify by the shared context: naming the bundle here would read it anew each time."""
        if self._is_https_proto:
            conn.cert_reqs = "CERT_REQUIRED"


def in_time(work: Callable[[], T], seconds: float) -> T:
    """What ``work`` answers or raises. Raises ``ConnectTimeout`` if that takes too long.

    The system's resolver knows no deadline, and nothing can stop it: it is left behind.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=run, name="look-up", daemon=True).start()
    try:
        return outcome.result(seconds)
    except TimeoutError as error:
        if outcome.done():
            raise
        raise requests.ConnectTimeout("name resolution") from error


@cache
def tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """The one TLS context: reading the certificates costs more than all the rest of a call."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(ca_bundle or DEFAULT_CA_BUNDLE_PATH)
    return context


def _tracked(connection: type[Any], line: Line) -> type[Any]:
    class Tracked(connection):  # type: ignore[misc]
        response_class = BoundedResponse

        def _new_conn(self) -> socket.socket:
            sock: socket.socket = super()._new_conn()
            line.opened(sock)
            return sock

        def connect(self) -> None:
            super().connect()
            line.may_have_been_sent = True

        def putrequest(self, *args: Any, **kwargs: Any) -> None:
            # On a connection that was kept there is no `connect`.
            if self.sock is not None:
                line.may_have_been_sent = True
            super().putrequest(*args, **kwargs)

    return Tracked
