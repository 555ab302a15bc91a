"""The link between a post and its content, and what is known of links where nobody has looked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from igny8.core.rows import Write
from igny8.links.digest import Digest

LINK = "link"
COUNT = "count"


@dataclass(frozen=True, slots=True)
class Link:
    """Whose a post is, by which integration; it is counted there as one of ``post_type``.

    ``digest`` is of what the site told of it last; ``None``: the post is known to be deleted, or
    nothing is known of it. ``run_id`` is the run that found whose it is, if one did.
    """

    content_id: int
    integration_id: int
    post_type: str
    digest: Digest | None = None
    run_id: int | None = None

    @property
    def counted_as(self) -> tuple[int, str]:
        """Where it is counted."""
        return self.integration_id, self.post_type


@dataclass(frozen=True, slots=True)
class Seen:
    """What a lost transaction has found: links by post, and counts that cannot be lowered.

    Links are not read before they are written. What is expected of them is a condition; where it
    was another one, the transaction says so, and the next try knows.
    """

    links: Mapping[int, Link | None] = field(default_factory=dict)
    uncounted: frozenset[str] = frozenset()

    def of(self, post_id: int, expected: Link | None) -> Link | None:
        """The link that was found, or else the one that is expected."""
        return self.links.get(post_id, expected)

    def corrected(self, lost: Mapping[str, Any]) -> "Seen":
        """With what the conditions lost to: rows by the names of the writes (``link 7``)."""
        links, uncounted = dict(self.links), set(self.uncounted)
        for name, found in lost.items():
            kind, *rest = name.split(" ")
            if kind == LINK:
                links[int(rest[0])] = found
            elif kind == COUNT:
                uncounted.add(name)
        return Seen(links, frozenset(uncounted))

    def tells(self, lost: Mapping[str, Any]) -> bool:
        """Whether links and counts alone were lost: then another try will do."""
        return all(name.split(" ")[0] in {LINK, COUNT} for name in lost)


NOTHING_SEEN = Seen()


@dataclass(frozen=True, slots=True)
class LinkChange:
    """Writes of links, and by how much what is counted where changes with them."""

    writes: Sequence[Write] = ()
    counts: Counter[tuple[int, str]] = field(default_factory=Counter)

    def __add__(self, other: "LinkChange") -> "LinkChange":
        """Both, in one transaction: what is taken and given alike is not counted."""
        counts = Counter(self.counts)
        counts.update(other.counts)
        return LinkChange([*self.writes, *other.writes], counts)
