"""No secret in anything that a whole run wrote or answered."""

import re

from local import stage as local_stage
from tests.e2e.conftest import Stage

SECRET = re.compile(
    r"igny8_(?:live|test)_[0-9A-Za-z]{20,}|Bearer\s+\S{20,}|eyJ[\w-]{20,}\.[\w-]{20,}"
)


def test_no_secret_in_logs_events_or_pages(stage: Stage) -> None:
    content = stage.content(title="Secrets")
    stage.publish(content)
    stage.delivered(content)
    # a wrong key in both headers, and a right one in the wrong place
    path = "/api/v1/integration/integrations/test-connection/"
    key = stage.facts["api_key"]
    stage.session.post(
        f"{stage.facts['api_url']}{path}",
        json={"site_id": stage.facts["site_id"], "api_key": key, "site_url": "nonsense"},
        headers={"X-IGNY8-API-KEY": key, "Authorization": f"Bearer {key}"},
        timeout=30,
    )
    seen = {
        "functions": _function_logs(stage),
        "events": _rows(stage, "EventsTableName"),
        "data": _rows(stage, "DataTableName"),
        "wordpress": (local_stage.LOGS / "wordpress.log").read_text(errors="replace"),
        "page": stage.session.get(stage.facts["wordpress"]["url"], timeout=60).text,
        "rest index": stage.session.get(
            f"{stage.facts['wordpress']['url']}/?rest_route=/", timeout=60
        ).text,
    }
    assert "served" in seen["functions"]
    for name, text in seen.items():
        found = SECRET.search(text)
        assert found is None, f"{name}: …{found[0][-4:]}"
        assert key not in text, name


def _function_logs(stage: Stage) -> str:
    logs = stage.client("logs")
    lines = []
    outputs: dict[str, str] = stage.facts["outputs"]
    functions = [value for name, value in outputs.items() if name.endswith("FunctionName")]
    assert len(functions) > 5
    for function in functions:
        group = f"/aws/lambda/{function}"
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
            lines += [event["message"] for event in page["events"]]
    return "\n".join(lines)


def _rows(stage: Stage, table: str) -> str:
    pages = stage.client("dynamodb").get_paginator("scan")
    return str([p["Items"] for p in pages.paginate(TableName=stage.facts["outputs"][table])])
