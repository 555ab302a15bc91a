"""The restore drill: our tables go back in time, WordPress does not, and everything ends true.

What the restored rows mean, and what to do on AWS: docs/restoring.md.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from local import bridge, stage, tables, wordpress
from local.api import Api
from local.drill_site import Check, DrillSite
from local.failure import StageError
from local.places import LOGS, TEMPORARY
from local.progress import say, step

REVOKED_URL = "http://127.0.0.1:9"


def run() -> None:
    """Run it on the running stage. Raises StageError where something is not as it has to be."""
    facts = stage.read()
    api = Api(facts["api_url"], stage.fresh_token())
    where, outputs = stage.the_cloud(), facts["outputs"]
    say("\nThe restore drill:")
    with _sites(facts, api) as sites:
        with step(f"publishing what is there before the backup, on {len(sites)} sites"):
            for site in sites:
                site.prepare()
        key = _key_of_a_site(api)
        dead = _dead_letters(where, outputs)
        on_their_way = "clicks that are on their way, and a backup of the tables"
        with step(on_their_way), tables.standing_still(where):
            for site in sites:
                site.send_away()
            backup = tables.back_up(where, outputs)
        with step("time passes: published, edited, taken down, here and in WordPress"):
            for site in sites:
                site.go_on()
        api.post("integration/integrations/revoke-api-key/", {"site_id": key["site_id"]})
        back = "restoring the tables, while WordPress, queues and texts go on"
        with step(back), tables.standing_still(where):
            rows = tables.restore(where, backup)
        say(f"    {rows} rows are other ones now")
        _sweep(where, outputs)
        checks = _afterwards(sites)
        checks.append(_revoked(facts, key))
        dead = _dead_letters(where, outputs) - dead
        checks.append(Check("all", "new dead letters", "0", str(dead)))
        checks.append(Check("all", "articles that are due", "0", str(_due(where, outputs, sites))))
    _show(checks)


def _sweep(where: Any, outputs: dict[str, str]) -> None:
    """The hints of what was on its way are gone; the sweep would come within a minute."""
    where.client("lambda").invoke(
        FunctionName=outputs["DueSweepFunctionName"], Payload=b'{"sweep": "due"}'
    )


def _afterwards(sites: list[DrillSite]) -> list[Check]:
    checks: list[Check] = []
    with step("listening to the sites: what is missing is asked for"):
        for site in sites:
            site.settle()
            site.hear()
            site.settle()
            checks += site.found_by_asking()
    with step("people click, and know nothing of it"):
        for site in sites:
            site.click_afterwards()
            checks += site.after_clicks()
    with step("and decide what to keep"):
        for site in sites:
            site.decide()
            checks += site.true_and_single()
    return checks


@contextmanager
def _sites(facts: dict[str, Any], api: Api) -> Iterator[list[DrillSite]]:
    """The stage's own WordPress, and further ones (``SITES``, 2 in all) for the time being."""
    first = DrillSite(
        "site 1", stage.the_wordpress(), facts["site_id"], facts["integration_id"], api
    )
    sites, started = [first], []
    try:
        for number in range(2, int(os.environ.get("SITES") or 2) + 1):
            with step(f"starting WordPress number {number}"):
                more = wordpress.start(
                    _folder(number), engine=os.environ.get("WP_ENGINE") or "auto",
                    version=os.environ.get("WP_VERSION") or "latest",
                    log=LOGS / f"wordpress-{number}.log",
                )  # fmt: skip
                started.append(more)
                sites.append(_connected(facts, api, more, number))
        yield sites
    finally:
        for one in started:
            wordpress.stop(one)


def _folder(number: int) -> Path:
    return TEMPORARY / f"drill-{number}-{os.getpid()}"


def _connected(
    facts: dict[str, Any], api: Api, site: wordpress.WordPressSite, number: int
) -> DrillSite:
    bridge.install(site, bridge.pack())
    made = api.post("sites/", {"name": f"Drill {number}", "url": site.url})
    key = api.post("integration/integrations/generate-api-key/", {"site_id": made["id"]})
    bridge.connect(site, api_url=facts["api_url"], api_key=key["api_key"], site_id=made["id"])
    return DrillSite(f"site {number}", site, made["id"], key["integration_id"], api)


def _key_of_a_site(api: Api) -> dict[str, Any]:
    """A key that is revoked after the backup."""
    made = api.post("sites/", {"name": "Revoked", "url": REVOKED_URL})
    key: dict[str, Any] = api.post(
        "integration/integrations/generate-api-key/", {"site_id": made["id"]}
    )
    return key


def _revoked(facts: dict[str, Any], key: dict[str, Any]) -> Check:
    """Keys are not restored, so that this one does not open the door again."""
    with requests.Session() as caller:
        caller.trust_env = False
        answer = caller.post(
            f"{facts['api_url']}/api/v1/integration/webhooks/wordpress/", json={"events": []},
            headers={"X-IGNY8-API-KEY": key["api_key"]}, timeout=30,
        )  # fmt: skip
    return Check("a third", "a key that was revoked", "401", str(answer.status_code))


def _dead_letters(where: Any, outputs: dict[str, str]) -> int:
    """What waits because a worker crashed over it."""
    sqs, names = where.client("sqs"), ["ApproximateNumberOfMessages"]
    queues = [url for name, url in outputs.items() if name.endswith("DeadLetterQueueUrl")]
    found = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names) for url in queues]
    return sum(int(queue["Attributes"][names[0]]) for queue in found)


def _due(where: Any, outputs: dict[str, str], sites: list[DrillSite]) -> int:
    """How many of the drill's articles still want something; the stage may have others."""
    pages = where.client("dynamodb").get_paginator("scan").paginate(
        TableName=outputs["DataTableName"], FilterExpression="attribute_exists(due_integration)"
    )  # fmt: skip
    ours = {article for site in sites for article in site.articles.values()}
    rows = (row for page in pages for row in page["Items"])
    return sum(int(row["content_id"]["N"]) in ours for row in rows if "content_id" in row)


def _show(checks: list[Check]) -> None:
    say(f"\n  {'':4}{'site':10}{'what':46}{'has to be':22}is")
    for one in checks:
        mark = "ok" if one.holds else "NOT"
        say(f"  {mark:4}{one.site:10}{one.article:46}{one.wanted:22}{one.found}")
    wrong = sum(not one.holds for one in checks)
    if wrong:
        raise StageError(f"{wrong} of {len(checks)} are not as they have to be.")
    say(f"\nTrue and single: {len(checks)} checks.")
