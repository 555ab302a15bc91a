"""Routes of synchronising, content types and history: one call, one answer."""

from igny8.bootstrap.integrations_api import IntegrationsApi
from igny8.diagnosis.model import Examination
from igny8.diagnosis.remote import Request
from igny8.entrypoint.rows import Answer, Call, Caller, Route
from igny8.journal.store import Wanted

from integrations_api.answers import EventOut, event_out
from integrations_api.finding_answers import ExaminationOut, examination_out
from integrations_api.sync_answers import (
    ContentTypesOut,
    SyncHealthOut,
    SyncStatusOut,
    content_types_out,
    sync_health_out,
    sync_status_out,
)
from integrations_api.sync_schemas import (
    ChooseTypes,
    EventsQuery,
    StartSiteSync,
    StartSync,
    TestCollection,
)

ONE = "/api/v1/integration/integrations/{integration_id}"


def start_sync(call: Call, services: IntegrationsApi) -> Answer:
    """POST /integrations/{id}/sync/."""
    body: StartSync = call.body
    person = call.person
    started = services.sync.start(
        person.account_id, call.id("integration_id"), body.wanted, person.actor
    )
    return Answer(data=sync_status_out(started), status=202)


def start_site_sync(call: Call, services: IntegrationsApi) -> Answer:
    """POST /site-sync/."""
    body: StartSiteSync = call.body
    person = call.person
    wish = body.wanted
    integration_id = services.sync.of_site(person.account_id, body.site_id)
    started = services.sync.start(person.account_id, integration_id, wish, person.actor)
    return Answer(data=sync_status_out(started), status=202)


def sync_status(call: Call, services: IntegrationsApi) -> Answer:
    """GET /integrations/{id}/sync-status/."""
    status = services.sync.status(call.person.account_id, call.id("integration_id"))
    return Answer(data=sync_status_out(status))


def sync_health(call: Call, services: IntegrationsApi) -> Answer:
    """GET /integrations/{id}/sync-health/."""
    account_id, integration_id = call.person.account_id, call.id("integration_id")
    health = services.sync.health(account_id, integration_id)
    known = services.offers.known_of(account_id, integration_id)
    return Answer(data=sync_health_out(health, known, services.settings.stale_seconds))


def content_types(call: Call, services: IntegrationsApi) -> Answer:
    """GET /integrations/{id}/content-types/."""
    known = services.structure.content_types(call.person.account_id, call.id("integration_id"))
    return Answer(data=content_types_out(known))


def choose_content_types(call: Call, services: IntegrationsApi) -> Answer:
    """PATCH /integrations/{id}/content-types/."""
    body: ChooseTypes = call.body
    person = call.person
    known = services.structure.choose(
        person.account_id, call.id("integration_id"), body.choices(), person.actor
    )
    return Answer(data=content_types_out(known))


def list_events(call: Call, services: IntegrationsApi) -> Answer:
    """GET /integrations/{id}/events/."""
    query: EventsQuery = call.query
    account_id, integration_id = call.person.account_id, call.id("integration_id")
    wanted = Wanted(
        account_id=account_id, type=query.type, success=query.success, content_id=query.content
    )
    request = query.request(services.settings)
    page = services.history.page(account_id, integration_id, wanted, request)
    return Answer(data=[event_out(event) for event in page.items], meta={"next": page.next})


def examine(call: Call, services: IntegrationsApi) -> Answer:
    """POST /integrations/{id}/test-connection/ (people)."""
    return Answer(data=examination_out(examined(call, services)))


def examine_collection(call: Call, services: IntegrationsApi) -> Answer:
    """POST /integrations/{id}/test-collection-connection/."""
    body: TestCollection = call.body
    return Answer(data=examination_out(examined(call, services, body.post_type)))


def examined(call: Call, services: IntegrationsApi, post_type: str | None = None) -> Examination:
    """Have the integration that the path names looked at."""
    person, integration_id = call.person, call.id("integration_id")
    integration = services.integrations.get(person.account_id, integration_id)
    request = Request(
        account_id=person.account_id,
        site_id=integration.site_id,
        integration_id=integration_id,
        actor=person.actor,
        post_type=post_type,
    )
    return services.remote_examiner.examine(request)


SYNC_ROUTES = [
    Route(
        method="POST", path=f"{ONE}/test-connection", caller=Caller.PEOPLE, run=examine,
        answer=ExaminationOut,
    ),
    Route(
        method="POST", path=f"{ONE}/test-collection-connection", caller=Caller.PEOPLE,
        run=examine_collection, body=TestCollection, answer=ExaminationOut,
    ),
    Route(
        method="POST", path=f"{ONE}/sync", caller=Caller.PEOPLE, run=start_sync, body=StartSync,
        body_optional=True, answer=SyncStatusOut, statuses=(202,),
        refuses=("no_integration", "sync_running", "bridge_too_old", "not_supported"),
    ),
    Route(
        method="POST", path="/api/v1/integration/site-sync", caller=Caller.PEOPLE,
        run=start_site_sync, body=StartSiteSync, answer=SyncStatusOut, statuses=(202,),
        refuses=(
            "not_found", "no_integration", "sync_running", "bridge_too_old", "not_supported",
        ),
    ),
    Route(
        method="GET", path=f"{ONE}/sync-status", caller=Caller.PEOPLE, run=sync_status,
        answer=SyncStatusOut,
    ),
    Route(
        method="GET", path=f"{ONE}/sync-health", caller=Caller.PEOPLE, run=sync_health,
        answer=SyncHealthOut,
    ),
    Route(
        method="GET", path=f"{ONE}/content-types", caller=Caller.PEOPLE, run=content_types,
        answer=ContentTypesOut,
    ),
    Route(
        method="PATCH", path=f"{ONE}/content-types", caller=Caller.PEOPLE,
        run=choose_content_types, body=ChooseTypes, answer=ContentTypesOut,
        refuses=("changed_meanwhile",),
    ),
    Route(
        method="GET", path=f"{ONE}/events", caller=Caller.PEOPLE, run=list_events,
        query=EventsQuery, answer=list[EventOut],
    ),
]  # fmt: skip
