"""The demonstration: one article from a click to a real WordPress, its way back, its history."""

import time
from typing import Any

import requests

from local import stage
from local.api import Api
from local.failure import StageError
from local.importing import Import
from local.progress import say, step
from local.way_back import WayBack

PUBLISH_SECONDS = 60
FINAL = {"published", "failed", "blocked", "conflict", "gone", "cancelled"}
PROOF = "A kettle that whistles in F sharp tells you more about your water than a strip of paper."
ARTICLE: dict[str, Any] = {
    "title": "How to read a kettle — 7 sounds & what they mean",
    "content_html": (
        "<!-- wp:paragraph -->\n<p>Water talks before it boils. Most people wait for the click; "
        "this guide is for those who listen.</p>\n<!-- /wp:paragraph -->\n\n"
        "<!-- wp:heading -->\n<h2>The first hiss</h2>\n<!-- /wp:heading -->\n\n"
        f"<!-- wp:paragraph -->\n<p>{PROOF}</p>\n<!-- /wp:paragraph -->\n\n"
        "<!-- wp:list -->\n<ul><li>Below 60 °C: silence</li><li>At 80 °C: sand on glass</li>"
        "<li>At 96 °C: the song — السلام عليكم ☕</li></ul>\n<!-- /wp:list -->"
    ),
    "excerpt": "Water talks before it boils.",
    "slug": "how-to-read-a-kettle",
    "primary_keyword": "kettle sounds",
    "categories": [["Kitchen", "Tea"]],
    "tags": ["Water", "Listening"],
}


def run() -> None:
    """Publish the sample article on the running stage and show what became of it.

    Raises StageError when the post is not there, or not what was sent.
    """
    facts = stage.read()
    api = Api(facts["api_url"], stage.fresh_token())
    say("\nOne article, from a click to WordPress:")
    with step("creating the content"):
        content = api.post("writer/content/", {"site_id": facts["site_id"], **ARTICLE})
    begun = time.monotonic()
    with step("clicking publish"):
        api.post(f"writer/content/{content['id']}/publish/")
    with step("waiting until WordPress has it"):
        publication = _await_end(api, content["id"])
    seconds = time.monotonic() - begun
    if publication["publish_state"] != "published":
        raise StageError(f"It was not published: {publication}")
    url = publication["external_url"]
    with step("reading the post as a visitor"):
        _check_page(url)
    say(f"\nPublished {seconds:.1f} s after the click: {url}\n")
    WayBack(api, facts, content["id"], int(publication["external_id"])).show()
    Import(api, facts).show()
    _show_events(api, facts["integration_id"])
    _show_around(facts, content["id"])


def _await_end(api: Api, content_id: int) -> dict[str, Any]:
    deadline = time.monotonic() + PUBLISH_SECONDS
    while True:
        publication: dict[str, Any] = api.get(f"writer/content/{content_id}/publication/")
        if publication["publish_state"] in FINAL or time.monotonic() > deadline:
            return publication
        time.sleep(0.2)


def _check_page(url: str) -> None:
    with requests.Session() as visitor:
        visitor.trust_env = False
        page = visitor.get(url, timeout=30)
    if page.status_code != requests.codes.ok:
        raise StageError(f"{url} answers {page.status_code}")
    page.encoding = "utf-8"
    if PROOF not in page.text:
        raise StageError(f"{url} does not contain the article's text")


def _show_events(api: Api, integration_id: int) -> None:
    say("Its history, newest first:")
    status = api.get(f"integration/integrations/{integration_id}/debug-status/")
    for event in status["events"]:
        duration = event.get("duration_ms")
        took = f"{duration} ms" if duration is not None else ""
        mark = "ok " if event["success"] else "NOT"
        say(f"  {event['timestamp']}  {mark}  {event['type']:10} {event['action']:16} {took:>8}  "
            f"{event['description']}")  # fmt: skip


def _show_around(facts: dict[str, Any], content_id: int) -> None:
    site = facts["wordpress"]
    say(f"""
Look around:
  the site        {site["url"]}
  its admin       {site["url"]}/wp-admin/   {site["admin_user"]} / {site["admin_password"]}
  the API         curl -H "Authorization: Bearer $(.venv/bin/python -m local token)" \\
                    {facts["api_url"]}/api/v1/writer/content/{content_id}/publication/
  all the facts   .local/stage.json
  the logs        make logs
""")
