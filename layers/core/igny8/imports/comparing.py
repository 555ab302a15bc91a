"""Finding the posts about which a site and we do not agree, with as few questions as can be.

Our side is read whole: a second copy of sums would itself need a check. The site adds up its own
ledger between the bounds that it is given, and what differs is narrowed down to single posts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from igny8.imports.model import LightPost
from igny8.imports.ranges import (
    AT_ONCE,
    FEW,
    SMALLER,
    Posts,
    Range,
    Sum,
    between,
    bounds_of,
    cut,
    differing,
    first_cut,
)
from igny8.imports.reading import LIGHT_FIELDS, Asked, PostPage, read_page
from igny8.imports.sums import read_sums
from igny8.links.digest import digest_of
from igny8.links.model import Link
from igny8.links.store import LinkStore
from igny8.sites.model import KeyOwner
from igny8.wordpress.client import BridgeClient, Target
from igny8.wordpress.response import BridgeResponse

MOST_APART = 64
"""Where more ranges than that differ, all posts are listed instead."""
LISTED_AT_ONCE = 1_000
MOST_SUSPECTS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspects:
    """Posts about which both sides do not agree, by ascending id.

    ``there`` are as the site lists them; ``missing`` are links of ours to posts that it does not
    list: deleted, in the trash, or switched off; ``links`` are those of both. ``is_all``: whether
    all that differs is named; else there may be more. ``refused`` is the site's answer where it was
    not the bridge's.
    """

    there: Sequence[LightPost] = ()
    missing: Mapping[int, Link] = field(default_factory=dict)
    links: Mapping[int, Link] = field(default_factory=dict)
    is_all: bool = True
    refused: BridgeResponse | None = None


class Comparison:
    """Compares a site's ledger with our links of it."""

    def __init__(self, *, links: LinkStore) -> None:
        self._links = links

    def suspects(
        self,
        owner: KeyOwner,
        target: Target,
        client: BridgeClient,
        types: Iterable[str],
        *,
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> Suspects:
        """What differs; of equal sides one call of the site, whatever their size.

        ``types`` are those that are also asked about where nothing of them is known here. Raises
        :class:`igny8.imports.reading.SiteRepeatsItself`, :class:`Unavailable`.
        """
        look = _Look(client, target, may_go_on, *self._known(owner, types))
        apart = look.apart(first_cut(look.posts))
        look.list_all(look.narrowed(apart) if len(apart) <= MOST_APART else _of_whole_types(apart))
        differ = (*look.there, *look.missing)
        return Suspects(
            there=[post for _, post in sorted(look.there.items())],
            missing=dict(sorted(look.missing.items())),
            links={one: look.links[one] for one in differ if one in look.links},
            is_all=look.is_all,
            refused=look.refused,
        )

    def _known(
        self, owner: KeyOwner, types: Iterable[str]
    ) -> tuple[dict[int, Link], dict[str, Posts]]:
        """Our links, and those of which a digest is known, by type."""
        links: dict[int, Link] = {}
        posts: dict[str, list[tuple[int, tuple[int, int]]]] = {kind: [] for kind in types}
        for page in self._links.between(owner.account_id, owner.site_id):
            links |= page
        for post_id, link in links.items():
            if link.digest is not None:
                posts.setdefault(link.post_type, []).append((post_id, link.digest))
        return links, dict(posts)


@dataclass
class _Look:
    """One comparison, and how far it is."""

    client: BridgeClient
    target: Target
    may_go_on: Callable[[], bool]
    links: Mapping[int, Link]
    posts: Mapping[str, Posts]
    there: dict[int, LightPost] = field(default_factory=dict)
    missing: dict[int, Link] = field(default_factory=dict)
    is_all: bool = True
    refused: BridgeResponse | None = None

    def apart(self, ranges: Sequence[Range]) -> list[Range]:
        """Those of the ranges that come to something else on the site; one call."""
        bounds = bounds_of(ranges)
        answer = self._heard(self.client.digests(self.target, bounds))
        return [] if answer is None else differing(ranges, read_sums(answer, bounds))

    def narrowed(self, apart: Sequence[Range]) -> list[Range]:
        """The same in as few posts as can be; one call for eight ranges."""
        small = [one for one in apart if one.sum.count <= FEW]
        large = [one for one in apart if one.sum.count > FEW]
        while large and self._goes_on():
            group, large = large[:AT_ONCE], large[AT_ONCE:]
            small += self.apart([part for one in group for part in self._cut(one)])
        return joined(small)

    def list_all(self, ranges: Sequence[Range]) -> None:
        """Have the posts of these ranges listed, and find those that are not as we know them."""
        for one in ranges:
            self._list(one)

    def _list(self, one: Range) -> None:
        after: int | None = one.low - 1
        limit = min(2 * one.sum.count + FEW, LISTED_AT_ONCE)
        while after is not None and (one.high is None or after < one.high - 1):
            if not self._goes_on():
                return
            asked = Asked(type=one.type, after=after, limit=limit, site_url=self.target.site_url)
            answer = self._heard(
                self.client.posts(
                    self.target, post_type=one.type, after=after, limit=limit, fields=LIGHT_FIELDS
                )
            )
            if answer is None:
                return
            page = read_page(answer, asked)
            self._compare(one, after, page)
            after, limit = page.next_after, LISTED_AT_ONCE

    def _compare(self, one: Range, after: int, page: PostPage) -> None:
        """What a page has told of a range, up to where it ended."""
        end = one.high if page.next_after is None else page.next_after + 1
        end = end if one.high is None or end is None else min(end, one.high)
        for post in page.posts:
            if end is not None and post.id >= end:
                break
            known = self.links.get(post.id)
            is_ours = known is not None or post.content_id is not None
            if is_ours and not _agree(post, known):
                self.there[post.id] = post
        told = set(page.listed)
        for post_id, _ in between(self.posts.get(one.type, ()), after + 1, end):
            if post_id not in told:
                self.missing[post_id] = self.links[post_id]

    def _cut(self, one: Range) -> list[Range]:
        posts = self.posts.get(one.type, ())
        return cut(one.type, posts, into=SMALLER, low=one.low, high=one.high)

    def _goes_on(self) -> bool:
        """Whether there is time, an answering site, and room for more; else it ends here."""
        is_full = len(self.there) + len(self.missing) >= MOST_SUSPECTS
        goes_on = self.refused is None and not is_full and self.may_go_on()
        self.is_all = self.is_all and goes_on
        return goes_on

    def _heard(self, answer: BridgeResponse) -> BridgeResponse | None:
        if answer.ours and answer.success:
            return answer
        self.refused, self.is_all = answer, False
        return None


def joined(ranges: Iterable[Range]) -> list[Range]:
    """Ranges in their order, neighbours as one: they are listed in one go."""
    whole: list[Range] = []
    for one in sorted(ranges, key=lambda one: (one.type, one.low)):
        last = whole[-1] if whole else None
        if last is not None and (last.type, last.high) == (one.type, one.low):
            both = Sum(last.sum.count + one.sum.count)
            whole[-1] = Range(one.type, last.low, one.high, both)
        else:
            whole.append(one)
    return whole


def _of_whole_types(ranges: Iterable[Range]) -> list[Range]:
    kinds = sorted({one.type for one in ranges})
    return [Range(kind, 1, None, Sum(LISTED_AT_ONCE)) for kind in kinds]


def _agree(post: LightPost, known: Link | None) -> bool:
    if known is None or known.digest is None or post.fingerprint is None:
        return False
    return digest_of(post.id, post.status, post.fingerprint) == known.digest
