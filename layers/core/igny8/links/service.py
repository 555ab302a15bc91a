"""Moving links, and with them how many posts of each type are content's here.

Both are in the transaction that makes the difference, and cost no call of their own.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from igny8.core.clock import Clock, rfc3339
from igny8.core.rows import Write
from igny8.links.model import COUNT, Link, LinkChange, Seen
from igny8.links.store import link, redigested, unlink


class Counts(Protocol):
    """Where counts are kept; see `igny8.structure.store.StructureStore`."""

    def counted(
        self,
        name: str,
        account_id: int,
        integration_id: int,
        post_type: str,
        by: int,
        now_text: str,
    ) -> Write: ...


class LinkService:
    """Prepares what changes with a post's owner."""

    def __init__(self, *, counts: Counts, clock: Clock) -> None:
        self._counts = counts
        self._clock = clock

    def made(self, account_id: int, site_id: int, post_id: int, to: Link, seen: Seen) -> LinkChange:
        """A post is a content's from now on; the one that was seen to have it loses it.

        What the content had already stays counted as what it was then: a post keeps its type.
        """
        found = seen.of(post_id, None)
        if found is not None and found.content_id == to.content_id:
            to = replace(to, post_type=found.post_type)
        counts = Counter({to.counted_as: 1})
        if found is not None:
            counts[found.counted_as] -= 1
        return LinkChange([link(account_id, site_id, post_id, to, found)], counts)

    def kept(
        self, account_id: int, site_id: int, post_id: int, owned: Link, seen: Seen
    ) -> LinkChange:
        """A post stays a content's, and is something else now: its digest changes.

        One that has turned out to be another content's is left to it; one that is nobody's is made
        its own.
        """
        found = seen.of(post_id, owned)
        if found is None:
            return self.made(account_id, site_id, post_id, owned, seen)
        if found.content_id != owned.content_id:
            return LinkChange()
        return LinkChange([redigested(account_id, site_id, post_id, owned)])

    def removed(
        self, account_id: int, site_id: int, post_id: int, expected: Link, seen: Seen
    ) -> LinkChange:
        """A post is nobody's from now on, if it still is this content's."""
        found = seen.of(post_id, expected)
        if found is None or found.content_id != expected.content_id:
            return LinkChange()
        write = unlink(account_id, site_id, post_id, found)
        return LinkChange([write], Counter({found.counted_as: -1}))

    def writes(self, account_id: int, change: LinkChange, seen: Seen) -> list[Write]:
        """A change with its counts, for one transaction."""
        return [*change.writes, *self.counting(account_id, change.counts, seen)]

    def counting(
        self, account_id: int, counts: Mapping[tuple[int, str], int], seen: Seen
    ) -> list[Write]:
        """Raise and lower counts: each once in a transaction, and none for nothing.

        What was counted on an integration that is deleted is not there any more.
        """
        now_text = rfc3339(self._clock.now())
        named = {f"{COUNT} {where} {kind}": (where, kind) for where, kind in counts}
        return [
            self._counts.counted(name, account_id, where, kind, counts[where, kind], now_text)
            for name, (where, kind) in named.items()
            if counts[where, kind] and name not in seen.uncounted
        ]
