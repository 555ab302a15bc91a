"""Addresses that people and sites give us: which are acceptable, and which are the same site.

Rules of ``docs/architecture.md`` "Outbound requests". What a name resolves to is checked again at
every call by `igny8.core.http`.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

MAX_URL = 2048
HTTPS_PORT = 443
LOCAL_HOSTS = {"localhost", "127.0.0.1"}
HOST_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# Ours has such a name before it has one of our own, and no stack can tell its functions its own.
GATEWAY_HOST = re.compile(r"\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\Z")
NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class SiteRules:
    """Which addresses a site may have.

    ``allow_local`` (the local stage alone) lets plain HTTP on this machine pass; ``own_hosts`` are
    names by which our own API is reached.
    """

    allow_local: bool = False
    own_hosts: tuple[str, ...] = ()


NOT_OURS = SiteRules()


def normalise_site_url(text: str, rules: SiteRules = NOT_OURS) -> str:
    """Answer ``https://host[/path]`` in lower-case host and without a trailing slash.

    Raises ``ValueError`` with a reason for people.
    """
    if len(text) > MAX_URL or re.search(r"[\x00-\x20\x7f\\]", text):
        raise ValueError("This is not a web address.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError("This is not a web address.") from error
    if parts.username is not None or parts.password is not None:
        raise ValueError("The address must not contain a user name or password.")
    host = _ascii_host(parts)
    if rules.allow_local and host in LOCAL_HOSTS and parts.scheme in {"http", "https"}:
        return _assemble(parts, host, port)
    if parts.scheme != "https":
        raise ValueError("The address must start with https://.")
    if port not in {None, HTTPS_PORT}:
        raise ValueError("The address must use the usual https port.")
    _check_public_name(host)
    if host in rules.own_hosts or GATEWAY_HOST.search(host):
        raise ValueError("This is the address of an API, not of a website.")
    return _assemble(parts, host, None)


def _ascii_host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    try:
        return host.encode("idna").decode("ascii").lower() if host else ""
    except UnicodeError as error:
        raise ValueError("The host name cannot be used.") from error


def _check_public_name(host: str) -> None:
    labels = host.split(".")
    if len(labels) < 2 or not all(HOST_LABEL.fullmatch(label) for label in labels):  # noqa: PLR2004
        raise ValueError("Give the site's public name, such as https://example.com.")
    # 2130706433, 0x7f.1 and 127.1 are addresses to the resolver, whatever ipaddress thinks of them.
    if NUMERIC_LABEL.fullmatch(labels[-1]) or _is_address(host):
        raise ValueError("Give the site's name, not its IP address.")
    if labels[-1] in {"localhost", "local", "internal", "test", "invalid", "onion"}:
        raise ValueError("This name is not reachable from the internet.")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _assemble(parts: SplitResult, host: str, port: int | None) -> str:
    netloc = host if port is None else f"{host}:{port}"
    return urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))


def same_host(one: str, other: str) -> bool:
    """Whether two addresses are on the same host and port, scheme and ``www.`` aside.

    >>> same_host("https://example.com", "http://www.example.com/blog")
    True
    >>> same_host("https://[", "https://[")  # what cannot be read is nobody's
    False
    """
    try:
        return _identity(one) == _identity(other)
    except ValueError:
        return False


def same_place(one: str, other: str) -> bool:
    """Whether two addresses can be of one WordPress: the same host, and the same path on it.

    >>> same_place("https://www.example.com/blog/", "http://example.com/blog")
    True
    >>> same_place("https://example.com/blog", "https://example.com/shop")
    False
    """
    paths = [urlsplit(url).path.rstrip("/") for url in (one, other)]
    return same_host(one, other) and paths[0] == paths[1]


def _identity(url: str) -> tuple[str, int | None]:
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower().removeprefix("www.")
    port = parts.port
    return host, None if port in {80, 443} else port


def normalise_rest_url(text: str, rules: SiteRules = NOT_OURS) -> str:
    """Answer a REST root: a path (``https://host/wp-json``) or ``https://host/?rest_route=/``.

    Raises ``ValueError`` like :func:`normalise_site_url`.
    """
    base = normalise_site_url(text, rules)
    if "rest_route" in urlsplit(text).query:
        return f"{base}/?rest_route=/"
    return base
