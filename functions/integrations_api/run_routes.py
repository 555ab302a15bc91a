"""Routes of runs: one call, one answer."""

from igny8.bootstrap.integrations_api import IntegrationsApi
from igny8.entrypoint.queries import PageQuery
from igny8.entrypoint.rows import Answer, Call, Caller, Route

from integrations_api.run_answers import DecidedOut, ItemOut, RunOut, decided_out, item_out, run_out
from integrations_api.sync_schemas import DecideTwins, ItemsQuery

RUNS = "/api/v1/integration/integrations/{integration_id}/runs"
ONE = f"{RUNS}/{{run_id}}"


def list_runs(call: Call, services: IntegrationsApi) -> Answer:
    """GET /integrations/{id}/runs/."""
    query: PageQuery = call.query
    request = query.page(services.settings)
    page = services.runs.page(call.person.account_id, call.id("integration_id"), request)
    return Answer(data=[run_out(run) for run in page.items], meta={"next": page.next})


def read_run(call: Call, services: IntegrationsApi) -> Answer:
    """GET /integrations/{id}/runs/{run}/."""
    ids = (call.id("integration_id"), call.id("run_id"))
    return Answer(data=run_out(services.runs.get(call.person.account_id, *ids)))


def list_items(call: Call, services: IntegrationsApi) -> Answer:
    """GET /integrations/{id}/runs/{run}/items/?outcome=."""
    query: ItemsQuery = call.query
    ids = (call.id("integration_id"), call.id("run_id"))
    request = query.page(services.settings)
    page = services.runs.items(call.person.account_id, *ids, query.outcome, request)
    return Answer(data=[item_out(item) for item in page.items], meta={"next": page.next})


def cancel_run(call: Call, services: IntegrationsApi) -> Answer:
    """POST /integrations/{id}/runs/{run}/cancel/."""
    person = call.person
    ids = (call.id("integration_id"), call.id("run_id"))
    run, accepted = services.runs.cancel(person.account_id, *ids, person.actor)
    return Answer(data=run_out(run), status=202 if accepted else 200)


def decide_twins(call: Call, services: IntegrationsApi) -> Answer:
    """POST /integrations/{id}/runs/{run}/twins/."""
    body: DecideTwins = call.body
    person = call.person
    ids = (call.id("integration_id"), call.id("run_id"))
    decided = services.twins.decide(person.account_id, *ids, body.choices, person.actor)
    return Answer(data=decided_out(decided), status=202)


PEOPLE = Caller.PEOPLE
RUN_ROUTES = [
    Route(
        method="GET", path=RUNS, caller=PEOPLE, run=list_runs, query=PageQuery,
        answer=list[RunOut], refuses=("not_found",),
    ),
    Route(method="GET", path=ONE, caller=PEOPLE, run=read_run, answer=RunOut),
    Route(
        method="GET", path=f"{ONE}/items", caller=PEOPLE, run=list_items, query=ItemsQuery,
        answer=list[ItemOut],
    ),
    Route(
        method="POST", path=f"{ONE}/cancel", caller=PEOPLE, run=cancel_run, answer=RunOut,
        statuses=(202, 200),
    ),
    Route(
        method="POST", path=f"{ONE}/twins", caller=PEOPLE, run=decide_twins, body=DecideTwins,
        answer=DecidedOut, statuses=(202,),
        refuses=("no_integration", "sync_running", "bridge_too_old"),
    ),
]  # fmt: skip
