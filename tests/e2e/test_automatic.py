"""Content that goes out by itself on real transactions, by functions that run at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from tests.e2e.conftest import Stage

SWEEPS = 3
DUE = 20
LIMIT = 5
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def nearly_over() -> dict[str, str]:
    """A slot of nearly a day that ends in ten minutes: all that it may take has come due."""
    now = datetime.now(UTC)
    begun, ends = now + timedelta(minutes=15), now + timedelta(minutes=10)
    return {"start": f"{begun:%H:%M}", "end": f"{ends:%H:%M}"}


def paired_site(stage: Stage) -> dict[str, Any]:
    """A site whose bridge has paired, and that nobody answers for."""
    body = {"name": "By itself", "url": "http://localhost:8097"}
    site: dict[str, Any] = stage.ok("POST", "/api/v1/sites/", body)
    integrations = "/api/v1/integration/integrations"
    key = stage.ok("POST", f"{integrations}/generate-api-key/", {"site_id": site["id"]})
    answer = stage.call(
        "POST",
        f"{integrations}/test-connection/",
        {"site_id": site["id"], "site_url": site["url"]},
        headers={"X-IGNY8-API-KEY": key["api_key"]},
    )
    assert answer.ok, answer.text
    return site


def sweep(stage: Stage) -> int:
    """Run the function as its schedule does; how many it published, of whichever site."""
    invoked = stage.client("lambda").invoke(
        FunctionName=stage.facts["outputs"]["AutomaticSweepFunctionName"],
        Payload=b'{"sweep": "automatic"}',
    )
    report = json.loads(invoked["Payload"].read())
    assert "errorMessage" not in report, report
    return int(report["published"])


def test_schedulers_at_once_spend_a_days_limit_once(stage: Stage) -> None:
    site = paired_site(stage)
    path = f"/api/v1/sites/{site['id']}"
    try:
        for _ in range(DUE):
            stage.content(site_id=site["id"], status="approved")
        chosen = {
            "auto_publish_enabled": True,
            "daily_publish_limit": LIMIT,
            "publish_days": EVERY_DAY,
            "publish_time_slots": [nearly_over()],
        }
        for _ in range(LIMIT):  # each choice has the site looked at anew, by all at once
            stage.ok("PUT", f"{path}/publishing-settings/", chosen)
            with ThreadPoolExecutor(SWEEPS) as pool:
                list(pool.map(lambda _: sweep(stage), range(SWEEPS)))
        listed = stage.ok("GET", f"/api/v1/writer/content/?site={site['id']}&limit=100")
        sent = [one for one in listed if one["publish_state"] != "not_published"]
        assert sorted(one["id"] for one in sent) == sorted(one["id"] for one in listed)[:LIMIT]
    finally:
        assert stage.call("DELETE", f"{path}/?content=delete").status_code == requests.codes.ok
