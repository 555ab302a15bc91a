"""Routes of an integration as people manage it: one call, one answer."""

from igny8.bootstrap.integrations_api import IntegrationsApi
from igny8.entrypoint.rows import Answer, Call, Caller, Route

from integrations_api.answers import DeletedOut, IntegrationOut, described_out, integration_out
from integrations_api.schemas import ChangeIntegration, CreateIntegration, ReplaceIntegration

INTEGRATIONS = "/api/v1/integration/integrations"
ONE = f"{INTEGRATIONS}/{{integration_id}}"


def create_integration(call: Call, services: IntegrationsApi) -> Answer:
    """POST /integrations/."""
    body: CreateIntegration = call.body
    body.check_platform()
    person = call.person
    made = services.managing.create(
        person.account_id, body.site_id, person.actor, request=call.request
    )
    return Answer(data=integration_out(made), status=201)


def change_integration(call: Call, services: IntegrationsApi) -> Answer:
    """PATCH /integrations/{id}/."""
    return _changed(call, services)


def replace_integration(call: Call, services: IntegrationsApi) -> Answer:
    """PUT /integrations/{id}/."""
    return _changed(call, services)


def _changed(call: Call, services: IntegrationsApi) -> Answer:
    body: ChangeIntegration = call.body
    person = call.person
    services.managing.change(
        person.account_id,
        call.id("integration_id"),
        body.model_dump(exclude_unset=True),
        person.actor,
    )
    return _read(call, services)


def resume(call: Call, services: IntegrationsApi) -> Answer:
    """POST /integrations/{id}/resume/."""
    person = call.person
    services.managing.resume(person.account_id, call.id("integration_id"), person.actor)
    return _read(call, services)


def _read(call: Call, services: IntegrationsApi) -> Answer:
    """What reading it answers: clients put it in the place of what they had."""
    described = services.structure.described(call.person.account_id, call.id("integration_id"))
    return Answer(data=described_out(*described))


def delete_integration(call: Call, services: IntegrationsApi) -> Answer:
    """DELETE /integrations/{id}/."""
    integration_id = call.id("integration_id")
    services.parting.delete(call.person.account_id, integration_id)
    return Answer(data={"id": integration_id, "deleted": True})


MANAGE_ROUTES = [
    Route(
        method="POST", path=INTEGRATIONS, caller=Caller.PEOPLE, run=create_integration,
        body=CreateIntegration, creates=True, answer=IntegrationOut, statuses=(201,),
        refuses=("not_found", "already_there", "not_supported"),
    ),
    Route(
        method="PATCH", path=ONE, caller=Caller.PEOPLE, run=change_integration,
        body=ChangeIntegration, answer=IntegrationOut, refuses=("no_integration",),
    ),
    Route(
        method="PUT", path=ONE, caller=Caller.PEOPLE, run=replace_integration,
        body=ReplaceIntegration, answer=IntegrationOut, refuses=("no_integration",),
    ),
    Route(
        method="DELETE", path=ONE, caller=Caller.PEOPLE, run=delete_integration,
        answer=DeletedOut, refuses=("changed_meanwhile",),
    ),
    Route(
        method="POST", path=f"{ONE}/resume", caller=Caller.PEOPLE, run=resume,
        answer=IntegrationOut, refuses=("no_api_key",),
    ),
]  # fmt: skip
