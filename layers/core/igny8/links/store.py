"""Links in DynamoDB: a row a post, so that an event or an import finds its content in one read."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from igny8.core.reading import stored, translation
from igny8.core.rows import Row, Write
from igny8.core.table import DATA, delete, put, site_partition
from igny8.links.model import LINK, Link

LINK_ROW = "LINK"


class PostLinkItem(Model):
    """Which content a WordPress post belongs to; lives and dies with the publication."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    content_id = NumberAttribute()
    integration_id = NumberAttribute()
    post_type = UnicodeAttribute()


def link(account_id: int, site_id: int, post_id: int, to: Link, instead_of: Link | None) -> Write:
    """Note whose a post is, if it is nobody's, or still ``instead_of``.

    Loses ``link <post>`` to the :class:`Link` that is found there.
    """
    key = link_key(account_id, site_id, post_id)
    item = PostLinkItem(
        key["pk"]["S"],
        key["sk"]["S"],
        content_id=to.content_id,
        integration_id=to.integration_id,
        post_type=to.post_type,
    )
    free = PostLinkItem.pk.does_not_exist() if instead_of is None else _is(instead_of)
    return put(f"{LINK} {post_id}", DATA, item, free, found=to_link)


def unlink(account_id: int, site_id: int, post_id: int, known: Link) -> Write:
    """Forget whose a post is, if it still is that; loses ``link <post>`` to what is found."""
    key = link_key(account_id, site_id, post_id)
    return delete(f"{LINK} {post_id}", DATA, key, _is(known), found=to_link)


def link_key(account_id: int, site_id: int, post_id: int) -> Row:
    """Key of a post's link."""
    return DATA.key(f"{site_partition(account_id, site_id)}#P#{post_id}", LINK_ROW)


def post_of(row: Row) -> int:
    """The post of a stored link."""
    return int(row["pk"]["S"].rpartition("#")[2])


@translation
def to_link(row: Row) -> Link:
    """Translate a stored link."""
    item = stored(PostLinkItem, row)
    return Link(int(item.content_id), int(item.integration_id), item.post_type)


def _is(known: Link) -> Condition:
    same: Condition = PostLinkItem.content_id == known.content_id
    same &= PostLinkItem.integration_id == known.integration_id
    same &= PostLinkItem.post_type == known.post_type
    return same
