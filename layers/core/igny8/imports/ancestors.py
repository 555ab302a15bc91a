"""The terms above those of posts: a post names its own alone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import unquote

from igny8.content.text import as_typed
from igny8.imports.model import SitePost, SiteTerm
from igny8.sites.model import KeyOwner
from igny8.terms.model import Term, TermId
from igny8.terms.service import TermService


def term_of(taxonomy: str, told: SiteTerm) -> Term:
    """A term in plain text, as a site told it."""
    return Term(
        taxonomy=taxonomy,
        wordpress_id=told.id,
        name=as_typed(told.name),
        slug=unquote(told.slug),
        parent=told.parent,
        told=told.parent,
        count=told.count,
    )


class Ancestry:
    """Finds what the terms of posts are below."""

    def __init__(self, *, terms: TermService) -> None:
        self._terms = terms

    def completed(self, owner: KeyOwner, posts: Sequence[SitePost]) -> list[SitePost]:
        """Posts with what is above their terms; a batch read a level, none for terms of the root.

        Raises :class:`Unavailable`.
        """
        lacking = list(dict.fromkeys(one for post in posts for one in _lacking(post)))
        if not lacking:
            return list(posts)
        above = self._terms.with_ancestors(owner, lacking)
        return [replace(post, above=above) for post in posts]


def _lacking(post: SitePost) -> Iterator[TermId]:
    """Terms below one that the post does not name, and that one."""
    for taxonomy, terms in post.terms.items():
        named = {term.id for term in terms}
        for term in terms:
            if term.parent and term.parent not in named:
                yield TermId(taxonomy, term.id)
                yield TermId(taxonomy, term.parent)
