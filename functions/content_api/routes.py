"""Routes of the writers' API: parse, one call, shape."""

from igny8.bootstrap.content_api import ContentApi as Services
from igny8.content.model import EditorialStatus
from igny8.core.cursor import page_request
from igny8.core.errors import Invalid, NotSupported
from igny8.entrypoint.api import Answer, Call, Route
from igny8.publishing.views import ContentView

from content_api.schemas import (
    ChangeContent,
    CreateContent,
    Publish,
    content_out,
    publication_out,
)


def create(call: Call, services: Services) -> Answer:
    """POST /content/."""
    call.known_query()
    account_id = call.person.account_id
    body = call.body(CreateContent)
    content, html = services.writing.create(
        account_id, body.site_id, body.editorial(), body.content_html, EditorialStatus(body.status)
    )
    return Answer(content_out(ContentView(content, None, html)), 201)


def read(call: Call, services: Services) -> Answer:
    """GET /content/{id}/."""
    call.known_query()
    return Answer(
        content_out(services.views.content(call.person.account_id, call.id("content_id")))
    )


def listing(call: Call, services: Services) -> Answer:
    """GET /content/?site=&status=&limit=&cursor=."""
    account_id = call.person.account_id
    query = call.known_query("site", "status", "limit", "cursor")
    site_id = call.query_id("site")
    if site_id is None:
        raise Invalid({"site": ["Name the site whose content you want."]})
    settings = services.settings
    request = page_request(
        query.get("limit"), query.get("cursor"), default=settings.page_size_default,
        most=settings.page_size_max,
    )  # fmt: skip
    page = services.views.page(account_id, site_id, _status(query.get("status")), request)
    return Answer([content_out(view) for view in page.items], meta={"next": page.next})


def change(call: Call, services: Services) -> Answer:
    """PATCH /content/{id}/."""
    call.known_query()
    account_id = call.person.account_id
    body = call.body(ChangeContent)
    content = services.editing.edit(
        account_id, call.id("content_id"), body.changes(), actor=call.person.actor
    )
    return Answer(content_out(services.views.with_text(content)))


def delete(call: Call, services: Services) -> Answer:
    """DELETE /content/{id}/?unpublish=keep."""
    account_id = call.person.account_id
    what = call.known_query("unpublish").get("unpublish")
    if what in {"draft", "trash"}:
        raise NotSupported("unpublish")
    if what not in {None, "keep"}:
        raise Invalid({"unpublish": ["Say keep."]})
    content_id = call.id("content_id")
    services.editing.delete(
        account_id, content_id, keep_post=what == "keep", actor=call.person.actor
    )
    return Answer({"id": content_id, "deleted": True})


def publish(call: Call, services: Services) -> Answer:
    """POST /content/{id}/publish/."""
    call.known_query()
    account_id = call.person.account_id
    body = call.body(Publish, optional=True)
    decision = services.decisions.publish(
        account_id,
        call.id("content_id"),
        actor=call.person.actor,
        integration_id=body.site_integration_id,
        recreate=body.recreate,
    )
    data = publication_out(services.views.after_click(decision))
    return Answer(
        data | {"status": str(decision.content.status)}, 202 if decision.accepted else 200
    )


def publication(call: Call, services: Services) -> Answer:
    """GET /content/{id}/publication/."""
    call.known_query()
    delivery = services.views.delivery(call.person.account_id, call.id("content_id"))
    return Answer(publication_out(delivery))


def _status(text: str | None) -> EditorialStatus | None:
    if text is None:
        return None
    try:
        return EditorialStatus(text)
    except ValueError as error:
        known = ", ".join(EditorialStatus)
        raise Invalid({"status": [f"Give one of {known}."]}) from error


ROUTES: list[tuple[str, str, Route]] = [
    ("POST", "/api/v1/writer/content", create),
    ("GET", "/api/v1/writer/content", listing),
    ("GET", "/api/v1/writer/content/<content_id>", read),
    ("PATCH", "/api/v1/writer/content/<content_id>", change),
    ("DELETE", "/api/v1/writer/content/<content_id>", delete),
    ("POST", "/api/v1/writer/content/<content_id>/publish", publish),
    ("GET", "/api/v1/writer/content/<content_id>/publication", publication),
]
