"""Routes of the writers' API: one call, one answer."""

from igny8.bootstrap.content_api import ContentApi
from igny8.content.model import EditorialStatus
from igny8.entrypoint.rows import Answer, Call, Caller, Route
from igny8.publishing.decisions import Decision
from igny8.publishing.views import ContentView

from content_api.answers import (
    ClickOut,
    ContentOut,
    ListedContentOut,
    PublicationOut,
    RemovedOut,
    WrittenContentOut,
    content_out,
    listed_content_out,
    publication_out,
    written_content_out,
)
from content_api.batch_routes import ROUTES as BATCH_ROUTES
from content_api.revision_routes import ROUTES as REVISION_ROUTES
from content_api.schemas import (
    Act,
    ChangeContent,
    CreateContent,
    DeleteQuery,
    Link,
    ListQuery,
    Publish,
    Resolve,
    Unpublish,
)

CONTENT = "/api/v1/writer/content"


def create_content(call: Call, services: ContentApi) -> Answer:
    """POST /content/."""
    body: CreateContent = call.body
    content, html = services.writing.create(
        call.person.account_id,
        site_id=body.site_id,
        editorial=body.editorial(),
        html=body.content_html,
        status=EditorialStatus(body.status),
        request=call.request,
    )
    view = ContentView(content=content, html=html)
    return Answer(data=written_content_out(view, body.content_html), status=201)


def read_content(call: Call, services: ContentApi) -> Answer:
    """GET /content/{id}/."""
    view = services.views.content(call.person.account_id, call.id("content_id"))
    return Answer(data=content_out(view))


def list_content(call: Call, services: ContentApi) -> Answer:
    """GET /content/?site=&status=&limit=&cursor=."""
    query: ListQuery = call.query
    page = services.views.page(
        call.person.account_id,
        site_id=query.site_id,
        status=query.editorial_status,
        request=query.page(services.settings),
    )
    return Answer(data=[listed_content_out(view) for view in page.items], meta={"next": page.next})


def change_content(call: Call, services: ContentApi) -> Answer:
    """PATCH /content/{id}/."""
    body: ChangeContent = call.body
    changes = body.changes()
    content = services.editing.edit(
        call.person.account_id, call.id("content_id"), changes, actor=call.person.actor
    )
    return Answer(data=written_content_out(services.views.with_text(content), changes.content_html))


def delete_content(call: Call, services: ContentApi) -> Answer:
    """DELETE /content/{id}/?unpublish=draft|trash|keep."""
    query: DeleteQuery = call.query
    content_id = call.id("content_id")
    if query.to is not None:
        deleted = services.removing.remove(
            call.person.account_id, content_id, to=query.to, actor=call.person.actor
        )
        return Answer(data={"id": content_id, "deleted": deleted}, status=200 if deleted else 202)
    services.deleting.delete(
        call.person.account_id,
        content_id,
        keep_post=query.unpublish == "keep",
        actor=call.person.actor,
    )
    return Answer(data={"id": content_id, "deleted": True})


def publish_content(call: Call, services: ContentApi) -> Answer:
    """POST /content/{id}/publish/."""
    body: Publish = call.body
    decision = services.decisions.publish(
        call.person.account_id,
        call.id("content_id"),
        actor=call.person.actor,
        integration_id=body.site_integration_id,
        recreate=body.recreate,
    )
    return _after(decision, services)


def cancel_publication(call: Call, services: ContentApi) -> Answer:
    """POST /content/{id}/cancel/."""
    body: Act = call.body
    decision = services.acts.cancel(
        call.person.account_id,
        call.id("content_id"),
        actor=call.person.actor,
        integration_id=body.site_integration_id,
    )
    return _after(decision, services)


def retry_publication(call: Call, services: ContentApi) -> Answer:
    """POST /content/{id}/retry/."""
    body: Act = call.body
    decision = services.acts.retry(
        call.person.account_id,
        call.id("content_id"),
        actor=call.person.actor,
        integration_id=body.site_integration_id,
    )
    return _after(decision, services)


def unpublish_content(call: Call, services: ContentApi) -> Answer:
    """POST /content/{id}/unpublish/."""
    body: Unpublish = call.body
    decision = services.acts.unpublish(
        call.person.account_id,
        call.id("content_id"),
        to=body.to,
        actor=call.person.actor,
        integration_id=body.site_integration_id,
    )
    return _after(decision, services)


def resolve_conflict(call: Call, services: ContentApi) -> Answer:
    """POST /content/{id}/resolve-conflict/."""
    body: Resolve = call.body
    decision = services.resolving.resolve(
        call.person.account_id,
        call.id("content_id"),
        keep=body.keep,
        actor=call.person.actor,
        integration_id=body.site_integration_id,
    )
    return _after(decision, services)


def link_content(call: Call, services: ContentApi) -> Answer:
    """POST /content/{id}/link/."""
    body: Link = call.body
    decision = services.tying.tie(
        call.person.account_id,
        call.id("content_id"),
        body.post_id,
        actor=call.person.actor,
        integration_id=body.site_integration_id,
    )
    return _after(decision, services)


def _after(decision: Decision, services: ContentApi) -> Answer:
    """What a decision led to: 202 where something is to be done, 200 where it is so."""
    data = publication_out(services.views.after_click(decision))
    clicked: ClickOut = {**data, "status": decision.content.status}
    return Answer(data=clicked, status=202 if decision.accepted else 200)


def read_publication(call: Call, services: ContentApi) -> Answer:
    """GET /content/{id}/publication/."""
    view = services.views.publication(call.person.account_id, call.id("content_id"))
    return Answer(data=publication_out(view))


PEOPLE = Caller.PEOPLE
ROUTES = [
    Route(
        method="POST", path=CONTENT, caller=PEOPLE, run=create_content,
        body=CreateContent, creates=True, answer=WrittenContentOut, statuses=(201,),
        refuses=("not_found", "too_large", "kept_part_unknown"),
    ),
    Route(
        method="GET", path=CONTENT, caller=PEOPLE, run=list_content,
        query=ListQuery, answer=list[ListedContentOut], refuses=("not_found",),
    ),
    Route(
        method="GET", path=f"{CONTENT}/{{content_id}}", caller=PEOPLE, run=read_content,
        answer=ContentOut,
    ),
    Route(
        method="PATCH", path=f"{CONTENT}/{{content_id}}", caller=PEOPLE, run=change_content,
        body=ChangeContent, answer=WrittenContentOut,
        refuses=(
            "too_large", "published", "no_integration", "conflict", "gone", "changed_meanwhile",
            "kept_parts_missing", "kept_part_unknown",
        ),
    ),
    Route(
        method="DELETE", path=f"{CONTENT}/{{content_id}}", caller=PEOPLE, run=delete_content,
        query=DeleteQuery, answer=RemovedOut, statuses=(200, 202),
        refuses=(
            "published", "in_flight", "changed_meanwhile", "no_integration", "conflict",
        ),
    ),
    Route(
        method="POST", path=f"{CONTENT}/{{content_id}}/publish", caller=PEOPLE, run=publish_content,
        body=Publish, body_optional=True, answer=ClickOut, statuses=(202, 200),
        refuses=("no_integration", "conflict", "gone"),
    ),
    Route(
        method="POST", path=f"{CONTENT}/{{content_id}}/cancel", caller=PEOPLE,
        run=cancel_publication, body=Act, body_optional=True, answer=ClickOut,
        statuses=(200, 202), refuses=("nothing_to_cancel",),
    ),
    Route(
        method="POST", path=f"{CONTENT}/{{content_id}}/retry", caller=PEOPLE,
        run=retry_publication, body=Act, body_optional=True, answer=ClickOut,
        statuses=(202, 200), refuses=("no_integration", "nothing_to_retry", "conflict", "gone"),
    ),
    Route(
        method="POST", path=f"{CONTENT}/{{content_id}}/unpublish", caller=PEOPLE,
        run=unpublish_content, body=Unpublish, answer=ClickOut, statuses=(202, 200),
        refuses=("no_integration", "not_published", "conflict"),
    ),
    Route(
        method="POST", path=f"{CONTENT}/{{content_id}}/resolve-conflict", caller=PEOPLE,
        run=resolve_conflict, body=Resolve, answer=ClickOut, statuses=(202, 200),
        refuses=("no_integration", "not_in_conflict", "conflict", "theirs_unread", "not_supported"),
    ),
    Route(
        method="POST", path=f"{CONTENT}/{{content_id}}/link", caller=PEOPLE, run=link_content,
        body=Link, answer=ClickOut, statuses=(202, 200),
        refuses=("no_integration", "in_flight", "already_published", "post_is_linked"),
    ),
    Route(
        method="GET", path=f"{CONTENT}/{{content_id}}/publication", caller=PEOPLE,
        run=read_publication, answer=PublicationOut,
    ),
    *REVISION_ROUTES,
    *BATCH_ROUTES,
]  # fmt: skip
