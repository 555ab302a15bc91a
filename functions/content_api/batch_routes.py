"""Routes of batches: one call, one answer."""

from igny8.bootstrap.content_api import ContentApi
from igny8.entrypoint.queries import PageQuery
from igny8.entrypoint.rows import Answer, Call, Caller, Route

from content_api.batch_answers import (
    CancelledBatchOut,
    FollowedBatchOut,
    TakenBatchOut,
    batch_out,
    cancelled_batch_out,
    taken_batch_out,
)
from content_api.schemas import BulkPublish

BATCH = "/api/v1/writer/batches/{batch_id}"


def bulk_publish(call: Call, services: ContentApi) -> Answer:
    """POST /content/bulk-publish/."""
    body: BulkPublish = call.body
    batch = services.batches.begin(
        call.person.account_id,
        body.ids,
        actor=call.person.actor,
        integration_id=body.site_integration_id,
        request=call.request,
    )
    return Answer(data=taken_batch_out(batch), status=202)


def read_batch(call: Call, services: ContentApi) -> Answer:
    """GET /batches/{id}/?limit=&cursor=."""
    query: PageQuery = call.query
    view = services.batch_views.view(
        call.person.account_id, call.id("batch_id"), query.page(services.settings)
    )
    return Answer(data=batch_out(view), meta={"next": view.items.next})


def cancel_batch(call: Call, services: ContentApi) -> Answer:
    """POST /batches/{id}/cancel/."""
    cancelled = services.batches.cancel(
        call.person.account_id, call.id("batch_id"), actor=call.person.actor
    )
    data = cancelled_batch_out(cancelled.batch)
    return Answer(data=data, status=202 if cancelled.accepted else 200)


PEOPLE = Caller.PEOPLE
ROUTES = [
    Route(
        method="POST", path="/api/v1/writer/content/bulk-publish", caller=PEOPLE, run=bulk_publish,
        body=BulkPublish, creates=True, answer=TakenBatchOut, statuses=(202,),
        refuses=("not_found",),
    ),
    Route(
        method="GET", path=BATCH, caller=PEOPLE, run=read_batch,
        query=PageQuery, paged=True, answer=FollowedBatchOut,
    ),
    Route(
        method="POST", path=f"{BATCH}/cancel", caller=PEOPLE, run=cancel_batch,
        answer=CancelledBatchOut, statuses=(202, 200),
    ),
]  # fmt: skip
