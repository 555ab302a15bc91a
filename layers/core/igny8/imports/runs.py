"""One page of an import: what is known when it begins, and what becomes of its posts.

A run lists the posts of a site, page by page. What is done with a page is the importer's; where the
list goes on, what is counted, and that a page counts once, is the run's (`igny8.syncing`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from igny8.imports.model import Item, LightPost, Twins
from igny8.sites.model import KeyOwner
from igny8.wordpress.client import BridgeClient, Target
from igny8.wordpress.response import BridgeResponse

__all__ = ["PageContext", "PageImporter", "Taken", "Twins"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """Whose page it is, and by what its site is asked.

    ``only_known``: what belongs to no content here is left alone.

    ``may_go_on`` is asked before each further call of the site: false when the time is up, or when
    people's clicks need the site. A run is one of a person's (``actor``); ``run_id`` tells what an
    earlier try of the same page has done already from what was there before.
    """

    owner: KeyOwner
    run_id: int
    actor: str
    channel: str
    target: Target
    client: BridgeClient
    dry_run: bool = False
    only_known: bool = False
    twins: Twins = Twins.HOLD
    two_way: bool = False
    may_go_on: Callable[[], bool] = lambda: True

    @property
    def site_url(self) -> str:
        """The site's address, which completes those that say no host."""
        return self.target.site_url


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a page: an item for each of its posts, in their order.

    Where the importer had to stop, the items are of the first posts alone, each of which is done
    with for good, its site told (``links``); the others come again. ``refused`` is the site's
    answer where it was not the bridge's, or the bridge's refusal of what was asked.
    """

    items: Sequence[Item] = ()
    refused: BridgeResponse | None = None


class PageImporter(Protocol):
    """Takes posts over.

    A page may have been begun before, by a process that died in the middle of it: what that has
    made for this very ``run_id`` counts as it did then (``created`` stays ``created``), so that
    counts are exact whatever happened. One post at which something goes wrong is an item that
    ``failed``; the others go on. In a dry run it decides the same and writes nothing.

    Raises :class:`igny8.core.errors.Unavailable` (the page comes again), and
    :class:`igny8.imports.reading.SiteRepeatsItself`.
    """

    def page(self, context: PageContext, posts: Sequence[LightPost]) -> Taken: ...
