"""Terms in DynamoDB: a row a term, all of a site in one partition, by taxonomy and id.

So a page of a taxonomy is one query, and the terms of some posts are one batch read.
"""

from collections.abc import Callable, Iterator, Sequence

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from igny8.core.ids import MAX_ID
from igny8.core.reading import readable, stored, translation
from igny8.core.rows import Query, Row, Tables, Write
from igny8.core.table import DATA, Utf8JSONAttribute, delete, put, site_partition
from igny8.terms.model import Term, TermId, TermState

TERMS = "#TERMS"
ROWS_A_QUERY = 2_000


class TermItem(Model):
    """A term of a site. Names are short, because taxonomies are read whole."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute(attr_name="n")
    slug = UnicodeAttribute(attr_name="s", null=True)
    parent = NumberAttribute(attr_name="p", default=0)
    told = NumberAttribute(attr_name="t", default=0)
    posts = NumberAttribute(attr_name="c", default=0)
    state = UnicodeAttribute(attr_name="e", default=str(TermState.LIVE))
    former = Utf8JSONAttribute(attr_name="f", null=True)
    version = NumberAttribute(attr_name="v")


class TermStore:
    """Reads and writes terms."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get_many(
        self, account_id: int, site_id: int, ids: Sequence[TermId], *, consistent: bool = False
    ) -> tuple[dict[TermId, Term], frozenset[TermId]]:
        """Terms, and those whose rows this version cannot read; a batch read a hundred."""
        named = [one for one in dict.fromkeys(ids) if 0 < one.wordpress_id <= MAX_ID]
        keys = [term_key(account_id, site_id, one) for one in named]
        return _found(self._tables.get_many(DATA, keys, consistent=consistent))

    def between(
        self, account_id: int, site_id: int, taxonomy: str, low: int = 1, high: int = MAX_ID
    ) -> Iterator[tuple[dict[TermId, Term], frozenset[TermId]]]:
        """The same of a taxonomy from one id to another, in order; a query a page of 2000."""
        while low <= high:
            rows = self._query(account_id, site_id, taxonomy, low, high, ROWS_A_QUERY)
            yield _found(rows)
            if len(rows) < ROWS_A_QUERY:
                return
            low = _id_of(rows[-1]).wordpress_id + 1

    def page(
        self, account_id: int, site_id: int, taxonomy: str, *, after: int, limit: int
    ) -> tuple[list[Term], int | None]:
        """Terms by ascending id, and where to go on if there is more; one query."""
        rows = self._query(account_id, site_id, taxonomy, after + 1, MAX_ID, limit + 1)
        shown = rows[:limit]
        terms, _ = readable(to_term, shown)
        more = len(rows) > len(shown)
        return terms, _id_of(shown[-1]).wordpress_id if more else None

    def put(self, account_id: int, site_id: int, term: Term) -> Write:
        """Store a term unless somebody else did meanwhile. Loses ``term <taxonomy> <id>``."""
        key = term_key(account_id, site_id, term.id)
        item = TermItem(
            key["pk"]["S"],
            key["sk"]["S"],
            name=term.name,
            slug=term.slug or None,
            parent=term.parent,
            told=term.told,
            posts=term.count,
            state=str(term.state),
            former=list(term.former) or None,
            version=term.version + 1,
        )
        version = term.version
        same = TermItem.version == version if version else TermItem.pk.does_not_exist()
        return put(f"term {term.taxonomy} {term.wordpress_id}", DATA, item, same)

    def clear(self, account_id: int, site_id: int, has_time: Callable[[], bool]) -> bool:
        """Delete all terms of a site, a hundred in a transaction; false if time was up."""
        partition = ("pk", terms_partition(account_id, site_id))
        while has_time():
            rows = self._tables.query(Query(table=DATA, partition=partition, limit=100))
            if not rows:
                return True
            keys = [DATA.key_of(row) for row in rows]
            self._tables.commit([delete(f"term {n}", DATA, key) for n, key in enumerate(keys)])
        return False

    def _query(
        self, account_id: int, site_id: int, taxonomy: str, low: int, high: int, limit: int
    ) -> list[Row]:
        ends = (_sort_key(TermId(taxonomy, low)), _sort_key(TermId(taxonomy, high)))
        return self._tables.query(
            Query(
                table=DATA,
                partition=("pk", terms_partition(account_id, site_id)),
                within=TermItem.sk.between(*ends),
                limit=limit,
                consistent=True,
            )
        )


def terms_partition(account_id: int, site_id: int) -> str:
    """Partition of a site's terms."""
    return f"{site_partition(account_id, site_id)}{TERMS}"


def term_key(account_id: int, site_id: int, one: TermId) -> Row:
    """Key of a term."""
    return DATA.key(terms_partition(account_id, site_id), _sort_key(one))


def _sort_key(one: TermId) -> str:
    return f"{one.taxonomy}#{one.wordpress_id:020d}"


def _id_of(row: Row) -> TermId:
    taxonomy, _, number = row["sk"]["S"].rpartition("#")
    return TermId(taxonomy, int(number))


def _found(rows: Sequence[Row]) -> tuple[dict[TermId, Term], frozenset[TermId]]:
    terms, strange = readable(to_term, rows)
    return {term.id: term for term in terms}, frozenset(map(_id_of, strange))


@translation
def to_term(row: Row) -> Term:
    """Translate a stored term."""
    item = stored(TermItem, row)
    one = _id_of(row)
    return Term(
        taxonomy=one.taxonomy,
        wordpress_id=one.wordpress_id,
        name=item.name,
        slug=item.slug or "",
        parent=int(item.parent),
        told=int(item.told),
        count=int(item.posts),
        state=TermState(item.state),
        former=tuple(item.former or ()),
        version=int(item.version),
    )
