"""Routes of the webhooks: one function each, and the table that names them."""

from collections.abc import Sequence

from igny8.bootstrap.webhooks_api import WebhooksApi
from igny8.core.errors import NotFound
from igny8.core.logging import follow
from igny8.entrypoint.rows import Answer, Call, Caller, Route

from webhooks_api.answers import (
    BatchOut,
    HeardOut,
    StructureOut,
    batch_out,
    heard_out,
    structure_out,
)
from webhooks_api.schemas import Event, GenericBody, MetadataBody, StatusBody, StructureBody

WEBHOOKS = "/api/v1/integration/webhooks/wordpress"
MAX_BYTES = 262_144


def _follow(call: Call, events: Sequence[Event]) -> None:
    """What the lines of this call belong to, as its site says: so they name the integration."""
    named = [one.goes_on_with for one in events]
    known = dict.fromkeys(one for one in named if one is not None)
    follow(*known, integration_id=call.owner.integration_id)


def told_status(call: Call, services: WebhooksApi) -> Answer:
    """POST /webhooks/wordpress/status/."""
    body: StatusBody = call.body
    _follow(call, [body])
    return Answer(data=heard_out(services.inbound.hear_one(call.owner, body.telling())))


def told_metadata(call: Call, services: WebhooksApi) -> Answer:
    """POST /webhooks/wordpress/metadata/."""
    body: MetadataBody = call.body
    _follow(call, [body])
    return Answer(data=heard_out(services.inbound.hear_one(call.owner, body.telling())))


def told_events(call: Call, services: WebhooksApi) -> Answer:
    """POST /webhooks/wordpress/."""
    body: GenericBody = call.body
    _follow(call, body.told)
    if body.site_id is not None and body.site_id != call.owner.site_id:
        services.inbound.refuse(call.owner, body.site_id)
    heard = services.inbound.hear(call.owner, body.telling())
    if body.names_nobodys(heard):
        raise NotFound
    return Answer(data=batch_out(heard))


def update_structure(call: Call, services: WebhooksApi) -> Answer:
    """POST /integrations/{id}/update-structure/."""
    body: StructureBody = call.body
    structure = body.structure(services.clock.now())
    kept = services.structure.update(call.owner, call.id("integration_id"), structure)
    return Answer(data=structure_out(kept))


REFUSES = ("not_found", "site_url_mismatch", "sync_frozen", "throttled")
ROUTES = [
    Route(
        method="POST",
        path=f"{WEBHOOKS}/status",
        caller=Caller.BRIDGE,
        run=told_status,
        body=StatusBody,
        body_max_bytes=MAX_BYTES,
        answer=HeardOut,
        refuses=REFUSES,
    ),
    Route(
        method="POST",
        path=f"{WEBHOOKS}/metadata",
        caller=Caller.BRIDGE,
        run=told_metadata,
        body=MetadataBody,
        body_max_bytes=MAX_BYTES,
        answer=HeardOut,
        refuses=REFUSES,
    ),
    Route(
        method="POST",
        path=WEBHOOKS,
        caller=Caller.BRIDGE,
        run=told_events,
        body=GenericBody,
        body_max_bytes=MAX_BYTES,
        answer=BatchOut,
        refuses=REFUSES,
    ),
    Route(
        method="POST",
        path="/api/v1/integration/integrations/{integration_id}/update-structure",
        caller=Caller.BRIDGE,
        run=update_structure,
        body=StructureBody,
        body_max_bytes=MAX_BYTES,
        answer=StructureOut,
    ),
]
