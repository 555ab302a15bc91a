"""The doors by which a bridge can be reached, and the addresses behind them.

The order is that of :class:`Door`; the one that worked last is tried first.
"""

from enum import StrEnum
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

NAMESPACE = "igny8/v1"
FRONT_ARGUMENT = "igny8-bridge"
FRONT_METHOD = "_method"
"""Page caches that ignore queries answer any GET of the front page: there a question is a POST too,
which says that it is none. WordPress's own name for it; the header is on firewalls' lists."""


class Door(StrEnum):
    """A way into a site. The values are stored."""

    REST = "rest"  # the REST root that the bridge gave when it paired
    PLAIN = "plain"  # REST without pretty permalinks
    FRONT = "front"  # the bridge's own, on the front page: REST is not asked


def door_order(rest_url: str, first: Door) -> tuple[Door, ...]:
    """The doors of a site, the one that worked last in front.

    >>> [str(door) for door in door_order("https://example.com/wp-json", Door.FRONT)]
    ['front', 'rest', 'plain']
    >>> [str(door) for door in door_order("https://example.com/?rest_route=/", Door.PLAIN)]
    ['rest', 'front']
    """
    doors = [door for door in Door if door is not Door.PLAIN or not _is_plain(rest_url)]
    return tuple(sorted(doors, key=lambda door: door is not first))


def door_method(door: Door, method: str) -> tuple[str, dict[str, str]]:
    """How a call is made behind a door, and what its query adds to that.

    >>> door_method(Door.REST, "GET"), door_method(Door.FRONT, "POST")
    (('GET', {}), ('POST', {}))
    >>> door_method(Door.FRONT, "GET")
    ('POST', {'_method': 'GET'})
    """
    if door is Door.FRONT and method != "POST":
        return "POST", {FRONT_METHOD: method}
    return method, {}


def door_url(door: Door, rest_url: str, site_url: str, route: str, query: dict[str, str]) -> str:
    """The address of a route behind a door.

    >>> door_url(Door.REST, "https://example.com/wp-json", "https://example.com", "status", {})
    'https://example.com/wp-json/igny8/v1/status'
    >>> door_url(Door.PLAIN, "https://example.com/wp-json", "https://example.com", "status", {})
    'https://example.com/?rest_route=%2Figny8%2Fv1%2Fstatus'
    >>> door_url(Door.FRONT, "https://example.com/wp-json", "https://example.com", "status", {})
    'https://example.com/?igny8-bridge=status'
    """
    root = rest_url if door is Door.REST else f"{site_url.rstrip('/')}/"
    parts = urlsplit(root)
    path, values = parts.path, dict(parse_qsl(parts.query))
    if door is Door.FRONT:
        values[FRONT_ARGUMENT] = route
    elif door is Door.PLAIN or _is_plain(rest_url):
        values["rest_route"] = f"/{NAMESPACE}/{route}"
    else:
        path = f"{path.rstrip('/')}/{NAMESPACE}/{route}"
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode({**values, **query}), ""))


def _is_plain(rest_url: str) -> bool:
    return "rest_route" in dict(parse_qsl(urlsplit(rest_url).query))
