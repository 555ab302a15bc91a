"""Asking a site for whole posts, as many as one answer holds at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from igny8.imports.model import Item, SitePost
from igny8.imports.reading import FULL_FIELDS, Asked, SiteRepeatsItself, read_page
from igny8.inbound.model import Position
from igny8.wordpress.client import BridgeClient, Target
from igny8.wordpress.response import BridgeResponse

AT_ONCE = 50
"""Whole posts in one call; of long ones fewer fit an answer, and the rest is asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What came. ``done`` are the ids about which all is known, in the order they were asked.

    They may be fewer than were asked for: the time was up, or ``refused`` says what the site
    answered instead. ``position`` is how far the site had counted when it answered last.
    """

    done: Sequence[int]
    posts: Sequence[SitePost] = ()
    failed: Sequence[Item] = ()
    gone: Sequence[int] = ()
    refused: BridgeResponse | None = None
    position: Position | None = None


def whole_posts(
    client: BridgeClient,
    target: Target,
    ids: Sequence[int],
    *,
    may_go_on: Callable[[], bool] = lambda: True,
) -> Whole:
    """Ask for posts by ascending id. Raises :class:`SiteRepeatsItself`."""
    posts: list[SitePost] = []
    failed: list[Item] = []
    gone: list[int] = []
    done: list[int] = []
    refused: BridgeResponse | None = None
    position: Position | None = None
    while len(done) < len(ids) and may_go_on():
        wanted = ids[len(done) : len(done) + AT_ONCE]
        answer = client.posts_by_id(target, ids=wanted, fields=FULL_FIELDS)
        if not (answer.ours and answer.success):
            refused = answer
            break
        position = _position(answer)
        page = read_page(answer, Asked(ids=wanted, full=True, site_url=target.site_url))
        told, absent = {*page.listed, *page.gone}, set(page.gone)
        here = list(takewhile(told.__contains__, wanted))
        if not here or not set(page.listed).issubset(here):
            raise SiteRepeatsItself  # it leaves out some, and would again
        posts += page.full
        failed += page.failed
        gone += [one for one in here if one in absent]
        done += here
    return Whole(
        done=done, posts=posts, failed=failed, gone=gone, refused=refused, position=position
    )


def _position(answer: BridgeResponse) -> Position | None:
    return None if answer.epoch is None else Position(answer.epoch[:64], answer.head_seq)
