"""Links in DynamoDB: a row a post, all of a site in one partition, in the order of their posts.

So an event or an import finds a post's content in one read, and a comparison of all posts reads a
range of them in one query (docs/adr/0042-links-in-one-partition.md).
"""

from collections.abc import Iterator, Sequence

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from igny8.core.ids import MAX_ID
from igny8.core.reading import readable, stored, translation
from igny8.core.rows import Query, Row, Tables, Write
from igny8.core.table import DATA, delete, put, site_partition, update
from igny8.links.model import LINK, Link

LINKS = "#LINKS"
MOST_BYTES = 160
"""Of a row, its names included."""
ROWS_A_QUERY = 6_500
"""What one call answers: a megabyte of such rows."""
STRANGE = Link(0, 0, "")
"""A link that cannot be read."""


class PostLinkItem(Model):
    """Which content a WordPress post belongs to; lives and dies with the publication.

    Names are short, because all links of a site are read whole.
    """

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    content_id = NumberAttribute(attr_name="c")
    integration_id = NumberAttribute(attr_name="i")
    post_type = UnicodeAttribute(attr_name="t")
    a = NumberAttribute(null=True)
    b = NumberAttribute(null=True)
    run_id = NumberAttribute(null=True, attr_name="r")


class LinkStore:
    """Reads links."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get_many(
        self,
        account_id: int,
        site_id: int,
        post_ids: Sequence[int],
        *,
        consistent: bool = False,
    ) -> tuple[dict[int, Link], frozenset[int]]:
        """Links by post, and the posts whose links this version cannot read.

        One batch read a hundred posts; in neither are posts that are nobody's.
        """
        named = [post_id for post_id in dict.fromkeys(post_ids) if 0 < post_id <= MAX_ID]
        keys = [link_key(account_id, site_id, post_id) for post_id in named]
        rows = self._tables.get_many(DATA, keys, consistent=consistent)
        found, strange = readable(lambda row: (post_of(row), to_link(row)), rows)
        return dict(found), frozenset(map(post_of, strange))

    def between(
        self, account_id: int, site_id: int, low: int = 1, high: int = MAX_ID
    ) -> Iterator[dict[int, Link]]:
        """Links of the posts from ``low`` to ``high``, in order; a query a page of 6500.

        Left out are rows that this version cannot read; they are named in the log.
        """
        while low <= high:
            rows = self._tables.query(
                Query(
                    table=DATA,
                    partition=("pk", links_partition(account_id, site_id)),
                    within=PostLinkItem.sk.between(_sort_key(low), _sort_key(high)),
                    limit=ROWS_A_QUERY,
                )
            )
            found, _ = readable(lambda row: (post_of(row), to_link(row)), rows)
            if found:
                yield dict(found)
            if len(rows) < ROWS_A_QUERY:
                return
            low = post_of(rows[-1]) + 1


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
        a=to.digest[0] if to.digest else None,
        b=to.digest[1] if to.digest else None,
        run_id=to.run_id,
    )
    free = PostLinkItem.pk.does_not_exist() if instead_of is None else _is(instead_of)
    return put(f"{LINK} {post_id}", DATA, item, free, found=to_link)


def unlink(account_id: int, site_id: int, post_id: int, known: Link) -> Write:
    """Forget whose a post is, if it still is that; loses ``link <post>`` to what is found."""
    key = link_key(account_id, site_id, post_id)
    return delete(f"{LINK} {post_id}", DATA, key, _is(known), found=to_link)


def redigested(account_id: int, site_id: int, post_id: int, owned: Link) -> Write:
    """Note what a post is now, if it is this content's; loses ``link <post>`` to what is found.

    A link that this version cannot read is no hindrance, and is found to be nobody's we know.
    """
    digest = owned.digest
    changes: list[Action] = (
        [PostLinkItem.a.set(digest[0]), PostLinkItem.b.set(digest[1])]
        if digest
        else [PostLinkItem.a.remove(), PostLinkItem.b.remove()]
    )
    key = link_key(account_id, site_id, post_id)
    same: Condition = PostLinkItem.content_id == owned.content_id
    same &= PostLinkItem.integration_id.exists() & PostLinkItem.post_type.exists()
    return update(f"{LINK} {post_id}", DATA, key, changes, same, found=_strangers_too)


def links_partition(account_id: int, site_id: int) -> str:
    """Partition of a site's links."""
    return f"{site_partition(account_id, site_id)}{LINKS}"


def link_key(account_id: int, site_id: int, post_id: int) -> Row:
    """Key of a post's link."""
    return DATA.key(links_partition(account_id, site_id), _sort_key(post_id))


def is_link(row: Row) -> bool:
    """Whether a row is a link."""
    return bool(row["pk"]["S"].endswith(LINKS))


def post_of(row: Row) -> int:
    """The post of a stored link."""
    return int(row["sk"]["S"])


def _sort_key(post_id: int) -> str:
    return f"{post_id:020d}"


@translation
def to_link(row: Row) -> Link:
    """Translate a stored link."""
    item = stored(PostLinkItem, row)
    known = item.a is not None and item.b is not None
    digest = (int(item.a), int(item.b)) if known else None
    return Link(
        content_id=int(item.content_id),
        integration_id=int(item.integration_id),
        post_type=item.post_type,
        digest=digest,
        run_id=None if item.run_id is None else int(item.run_id),
    )


def _strangers_too(row: Row) -> Link:
    found, _ = readable(to_link, [row])
    return found[0] if found else STRANGE


def _is(known: Link) -> Condition:
    same: Condition = PostLinkItem.content_id == known.content_id
    same &= PostLinkItem.integration_id == known.integration_id
    same &= PostLinkItem.post_type == known.post_type
    return same
