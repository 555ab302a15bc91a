"""The route of a site's terms."""

from typing import Annotated

from igny8.bootstrap.integrations_api import IntegrationsApi
from igny8.core.cursor import encode_cursor
from igny8.entrypoint.queries import PageQuery
from igny8.entrypoint.rows import Answer, Call, Caller, Route
from igny8.terms.model import Term, TermState
from pydantic import StringConstraints
from typing_extensions import TypedDict


class TermsQuery(PageQuery):
    """Query of ``GET …/terms/``."""

    taxonomy: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class TermOut(TypedDict):
    """A term of a site; ``parent`` is another one's ``wordpress_id``, 0 for a root.

    ``former`` are names that it had, the newest first.
    """

    id: str
    taxonomy: str
    wordpress_id: int
    name: str
    slug: str
    parent: int
    count: int
    state: TermState
    former: list[str]


def list_terms(call: Call, services: IntegrationsApi) -> Answer:
    """GET /integrations/{id}/terms/?taxonomy=."""
    query: TermsQuery = call.query
    request = query.page(services.settings)
    terms, more = services.terms.page(
        call.person.account_id,
        call.id("integration_id"),
        query.taxonomy,
        after=request.before or 0,
        limit=request.limit,
    )
    following = None if more is None else encode_cursor(more)
    return Answer(data=[term_out(term) for term in terms], meta={"next": following})


def term_out(term: Term) -> TermOut:
    """A term, as people see it."""
    return {
        "id": f"{term.taxonomy}:{term.wordpress_id}",
        "taxonomy": term.taxonomy,
        "wordpress_id": term.wordpress_id,
        "name": term.name,
        "slug": term.slug,
        "parent": term.parent,
        "count": term.count,
        "state": term.state,
        "former": list(term.former),
    }


TERM_ROUTES = [
    Route(
        method="GET", path="/api/v1/integration/integrations/{integration_id}/terms",
        caller=Caller.PEOPLE, run=list_terms, query=TermsQuery, answer=list[TermOut],
        refuses=("not_found",),
    ),
]  # fmt: skip
