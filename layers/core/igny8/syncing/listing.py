"""The list of a page of an import: which posts are to be taken over, and which are not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from igny8.imports.model import Item, LightPost, Outcome
from igny8.imports.reading import LIGHT_FIELDS, Asked, PostPage, SiteRepeatsItself, read_page
from igny8.imports.shares import BY_ID, Share
from igny8.syncing.run import Pull
from igny8.syncing.work import Work
from igny8.wordpress.response import BridgeResponse

PAGE = 100
ABSENT = "There is no post with this id, or of no type that the site lets us have."
NOT_ENABLED = "Posts of this type are not imported: see content-types."


@dataclass(frozen=True, slots=True)
class Listed:
    """A page as it was ``told``: posts for the importer, and ``items`` of those that are not."""

    told: PostPage
    posts: Sequence[LightPost]
    items: Sequence[Item]

    def reached(self, taken: Sequence[Item]) -> int | None:
        """The id up to which all is done, where so many posts are taken; ``None``: to its end."""
        return None if len(taken) == len(self.posts) else self.posts[len(taken)].id - 1

    def items_to(self, reached: int | None, taken: Sequence[Item]) -> list[Item]:
        """What became of all posts up to there, by ascending id."""
        others = [one for one in self.items if reached is None or one.external_id <= reached]
        return sorted([*taken, *others], key=lambda item: item.external_id)


def ask(work: Work, pull: Pull, share: Share) -> BridgeResponse:
    """Have the site list the next posts of a share, with as little as says if they changed."""
    if share.type == BY_ID:
        return work.client.posts_by_id(work.target, ids=pull.filters.ids, fields=LIGHT_FIELDS)
    return work.client.posts(
        work.target,
        post_type=share.type,
        after=share.after,
        limit=min(PAGE, share.left),
        fields=LIGHT_FIELDS,
        filters=pull.filters.asked(),
    )


def listed(answer: BridgeResponse, pull: Pull, share: Share, site_url: str) -> Listed:
    """What the page is. Raises :class:`SiteRepeatsItself`."""
    if share.type != BY_ID:
        limit = min(PAGE, share.left)
        asked = Asked(type=share.type, after=share.after, limit=limit, site_url=site_url)
        page = read_page(answer, asked)
        return Listed(page, page.posts, page.failed)
    page = read_page(answer, Asked(ids=pull.filters.ids, site_url=site_url))
    told = {*page.listed, *page.gone}
    if not told.issuperset(pull.filters.ids):
        raise SiteRepeatsItself
    absent = [
        Item(external_id=one, type="", title="", url="", outcome=Outcome.SKIPPED, reason=ABSENT)
        for one in page.gone
    ]
    wanted = set(pull.types)
    skipped = [
        Item(
            external_id=post.id, type=post.type, title="", url="", outcome=Outcome.SKIPPED,
            reason=NOT_ENABLED,
        )
        for post in page.posts
        if post.type not in wanted
    ]  # fmt: skip
    items = [*page.failed, *absent, *skipped]
    posts = [post for post in page.posts if post.type in wanted and post.id > share.after]
    return Listed(page, posts, [one for one in items if one.external_id > share.after])


def moved(share: Share, page: Listed, count: int, reached: int | None) -> Share:
    """How far a type is after a page of so many posts, which ended at ``reached``, or whole."""
    told = page.told
    last = max([share.after, *told.listed, *told.gone])
    after = reached if reached is not None else told.next_after or last
    total = share.total if told.total is None else max(told.total, share.done + count)
    return replace(share, after=max(after, share.after), done=share.done + count, total=total)
