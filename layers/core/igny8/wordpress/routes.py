"""The bridge's routes, and the marks by which each one's answer is told from anybody else's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from igny8.wordpress.remarks import URL_MAX, is_shallow, is_short, remarks
from igny8.wordpress.response import Keeps, Marks, is_count

VALUE_MAX = URL_MAX + 2  # an address, the longest of them, in its quotes
METADATA_MAX = 100_000
REMARKS = ("warnings", "altered")
OF_A_POST = (
    "content_id", "operation_id", "rev", "decided_at", "state", "post_id", "post_url",
    "post_status", "modified_gmt", "fingerprint", "current_fingerprint", "replayed", "post_title",
    "post_type", "text_sha256",
)  # fmt: skip
WORDS_OF_A_POST = ("moved", "groups")
MOST_WORDS, LONGEST_WORD = 20, 40


@dataclass(frozen=True, slots=True)
class BridgeRoute:
    """One route below ``igny8/v1``; ``sends`` says that it may take as long as a publish.

    ``keeps`` is what of its answer anybody wants; without it that is all. ``verbatim`` is what
    people wrote and named: it is left as it came, and whoever reads it bounds it.
    """

    method: str
    path: str
    marks: Marks
    sends: bool = False
    keeps: Keeps | None = None
    verbatim: bool = False

    @property
    def asks(self) -> bool:
        """Whether it changes nothing on the site, however often it is called."""
        return self.method == "GET"


def publish(content_id: int) -> BridgeRoute:
    """Create or update one post."""
    return BridgeRoute(
        "POST", "publish", lambda data: _is_about(data, content_id), sends=True, keeps=_of_a_post
    )


def content(content_id: int) -> BridgeRoute:
    """What is there for one content."""
    return BridgeRoute(
        "GET", f"content/{content_id}", lambda data: _is_about(data, content_id), keeps=_of_content
    )


def _is_about(data: Mapping[str, Any], content_id: int) -> bool:
    return is_count(data.get("content_id")) and data["content_id"] == content_id


def _of_a_post(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a post by its content: short words and numbers, and the first remarks."""
    found = {name: data[name] for name in OF_A_POST if name in data}
    kept = {name: value for name, value in found.items() if _is_word(value)}
    told = {name: remarks(data[name]) for name in REMARKS if name in data}
    return kept | told | {name: _words(data[name]) for name in WORDS_OF_A_POST if name in data}


def _words(value: Any) -> list[str]:
    """The names that a list gives, a few short ones."""
    named = value[:MOST_WORDS] if isinstance(value, list) else []
    return [one for one in named if isinstance(one, str) and len(one) <= LONGEST_WORD]


def _of_content(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same, and what there is to know beside the text: up to fifty terms of a kind."""
    told = data.get("metadata")
    known = isinstance(told, dict) and is_shallow(told) and is_short(told, METADATA_MAX)
    return _of_a_post(data) | ({"metadata": told} if known else {})


def _is_word(value: Any) -> bool:
    """Whether it is one short value: whoever looks one up in a table would crash at a list."""
    return not isinstance(value, (list, dict)) and is_short(value, VALUE_MAX)


def _is_status(data: Mapping[str, Any]) -> bool:
    return _is_bridge_s(data) and not {"items", "ranges"} & data.keys()


def _is_structure(data: Mapping[str, Any]) -> bool:
    return isinstance(data.get("post_types"), dict) and isinstance(data.get("taxonomies"), dict)


def _is_page_of_changes(data: Mapping[str, Any]) -> bool:
    events = data.get("events")
    return (
        isinstance(data.get("epoch"), str)
        and is_count(data.get("head_seq"))
        and isinstance(events, list)
        and all(isinstance(event, dict) for event in events)
        and isinstance(data.get("more"), bool)
    )


def _is_acknowledgement(data: Mapping[str, Any]) -> bool:
    return is_count(data.get("acknowledged")) and isinstance(data.get("epoch"), str)


def _is_page_of_posts(data: Mapping[str, Any]) -> bool:
    """A bridge since 2.1 names itself; of an older one every item must be told by its id."""
    items = data.get("items")
    if not isinstance(items, list) or not isinstance(data.get("more"), bool):
        return False
    if "bridge" in data:
        return _is_bridge_s(data)
    return all(isinstance(item, dict) and is_count(item.get("id")) for item in items)


def _is_page_of_terms(data: Mapping[str, Any]) -> bool:
    is_page = isinstance(data.get("items"), list) and isinstance(data.get("more"), bool)
    return is_page and _is_bridge_s(data)


def _is_linked(data: Mapping[str, Any]) -> bool:
    return isinstance(data.get("items"), list) and "more" not in data and _is_bridge_s(data)


def _is_digests(data: Mapping[str, Any]) -> bool:
    return isinstance(data.get("ranges"), dict) and _is_bridge_s(data)


def _is_bridge_s(data: Mapping[str, Any]) -> bool:
    return isinstance(data.get("bridge"), (dict, str))


def _is_hand_over(data: Mapping[str, Any]) -> bool:
    return isinstance(data.get("last4"), str) and "previous_valid_until" in data


def _is_goodbye(data: Mapping[str, Any]) -> bool:
    return data.get("disconnected") is True


STATUS = BridgeRoute("GET", "status", _is_status)
STRUCTURE = BridgeRoute("GET", "structure", _is_structure)
CHANGES = BridgeRoute("GET", "changes", _is_page_of_changes)
ACKNOWLEDGE = BridgeRoute("POST", "changes/ack", _is_acknowledgement)
POSTS = BridgeRoute("GET", "posts", _is_page_of_posts, verbatim=True)
TERMS = BridgeRoute("GET", "terms", _is_page_of_terms, verbatim=True)
LINKS = BridgeRoute("POST", "links", _is_linked)
DIGESTS = BridgeRoute("POST", "digests", _is_digests)
KEY = BridgeRoute("POST", "key", _is_hand_over)
DISCONNECT = BridgeRoute("POST", "disconnect", _is_goodbye)
