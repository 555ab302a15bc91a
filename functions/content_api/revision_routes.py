"""Routes of a content's revisions, and their answers."""

from igny8.bootstrap.content_api import ContentApi
from igny8.content.model import Content
from igny8.content.revisions import Revision
from igny8.core.clock import rfc3339
from igny8.entrypoint.queries import PageQuery
from igny8.entrypoint.rows import Answer, Call, Caller, Route
from igny8.entrypoint.shapes import Moment
from typing_extensions import TypedDict

from content_api.answers import EditorialOut, KeptPartOut, Maker, editorial_out, kept_parts_out

REVISIONS = "/api/v1/writer/content/{content_id}/revisions"

_From = TypedDict("_From", {"from": int | None})


class ListedRevisionOut(_From):
    """Who made a revision, from which one, and when."""

    rev: int
    made_by: Maker
    created_at: Moment


class RevisionOut(EditorialOut, ListedRevisionOut):
    """A revision with its fields and its text: a PATCH with those brings it back."""

    content_html: str
    kept_parts: list[KeptPartOut]


def list_revisions(call: Call, services: ContentApi) -> Answer:
    """GET /content/{id}/revisions/?limit=&cursor=."""
    query: PageQuery = call.query
    page = services.revisions.page(
        call.person.account_id, call.id("content_id"), query.page(services.settings)
    )
    data = [listed_revision_out(one.content) for one in page.items]
    return Answer(data=data, meta={"next": page.next})


def read_revision(call: Call, services: ContentApi) -> Answer:
    """GET /content/{id}/revisions/{rev}/."""
    revision = services.revisions.one(call.person.account_id, call.id("content_id"), call.id("rev"))
    return Answer(data=revision_out(revision))


def listed_revision_out(content: Content) -> ListedRevisionOut:
    """A revision as people see it in lists."""
    return {
        "rev": content.rev,
        "made_by": content.made_by,
        "from": content.made_from,
        "created_at": rfc3339(content.made_at),
    }


def revision_out(revision: Revision) -> RevisionOut:
    """A revision as people see it."""
    return {
        **editorial_out(revision.content),
        **listed_revision_out(revision.content),
        "content_html": revision.html or "",
        "kept_parts": kept_parts_out(revision.content),
    }


ROUTES = [
    Route(
        method="GET", path=REVISIONS, caller=Caller.PEOPLE, run=list_revisions,
        query=PageQuery, answer=list[ListedRevisionOut],
    ),
    Route(
        method="GET", path=f"{REVISIONS}/{{rev}}", caller=Caller.PEOPLE, run=read_revision,
        answer=RevisionOut,
    ),
]  # fmt: skip
