"""The running local stage: the real template on the local cloud, and a real WordPress."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from local import people, wordpress
from local import stage as local_stage
from tests.support.waiting import wait_until

CALL_SECONDS = 150  # twenty functions at once start cold on two cores
PUBLISH_SECONDS = 90
FINAL = {"published", "failed", "blocked", "conflict", "gone", "cancelled"}


@dataclass
class Stage:
    """The facts of `.local/stage.json`, and ways to use them."""

    facts: dict[str, Any]
    session: requests.Session

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.session.request(
            method, f"{self.facts['api_url']}{path}", json=body, timeout=CALL_SECONDS, **more
        )

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.call(method, path, body)
        assert answer.ok, answer.text
        return answer.json()["data"]

    def content(self, **fields: Any) -> Any:
        body = {
            "site_id": self.facts["site_id"],
            "title": "An article",
            "content_html": "<p>Text of an article.</p>",
            **fields,
        }
        return self.ok("POST", "/api/v1/writer/content/", body)

    def publish(self, content: dict[str, Any]) -> Any:
        return self.ok("POST", f"/api/v1/writer/content/{content['id']}/publish/", {})

    def publication(self, content: dict[str, Any]) -> Any:
        return self.ok("GET", f"/api/v1/writer/content/{content['id']}/publication/")

    def delivered(self, content: dict[str, Any], expected: str = "published") -> Any:
        """Wait for the end of a delivery."""
        publication = wait_until(
            lambda: self.publication(content),
            lambda found: found["publish_state"] in FINAL,
            seconds=PUBLISH_SECONDS,
        )
        assert publication["publish_state"] == expected, publication
        return publication

    def in_wordpress(self, php: str) -> Any:
        """Run PHP in the site and read the JSON it echoes."""
        return json.loads(wordpress.wp_eval(local_stage.the_wordpress(), php))

    def posts_of(self, content: dict[str, Any]) -> list[dict[str, Any]]:
        """Every post, whatever its status, that carries this content's id."""
        php = """
            global $wpdb;
            echo wp_json_encode( $wpdb->get_results( $wpdb->prepare(
                "SELECT p.ID, p.post_title, p.post_content, p.post_status, p.post_excerpt
                 FROM $wpdb->posts p JOIN $wpdb->postmeta m ON m.post_id = p.ID
                 WHERE m.meta_key = '_igny8_content_id' AND m.meta_value = %s
                 AND p.post_type <> 'revision'", '{id}' ), ARRAY_A ) );
        """.replace("{id}", str(content["id"]))
        found: list[dict[str, Any]] = self.in_wordpress(php)
        return found

    def client(self, name: str) -> Any:
        return local_stage.the_cloud().client(name)

    def hint(self, content: dict[str, Any]) -> str:
        return json.dumps({
            "account_id": int(people.ACCOUNT_ID),
            "site_id": self.facts["site_id"],
            "integration_id": self.facts["integration_id"],
            "content_id": content["id"],
        })  # fmt: skip

    def invoke_worker(self, content: dict[str, Any]) -> Any:
        """Deliver one SQS message straight to the worker function."""
        record = {"messageId": f"m-{content['id']}", "body": self.hint(content)}
        answer = self.client("lambda").invoke(
            FunctionName=self.facts["outputs"]["PublishWorkerFunctionName"],
            Payload=json.dumps({"Records": [record]}).encode(),
        )
        return json.loads(answer["Payload"].read())


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The stage that runs, or one that is started for the tests and stopped after them."""
    was_up = local_stage.is_up()
    if not was_up:
        os.environ["ENFORCE_IAM"] = "1"  # every call is checked against the template's roles
    try:
        if not was_up:
            local_stage.up()
        token = local_stage.fresh_token()
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Authorization"] = f"Bearer {token}"
            yield Stage(local_stage.read(), session)
    finally:
        if not was_up:
            local_stage.down()


@pytest.fixture
def visitor() -> Iterator[Callable[[str], requests.Response]]:
    """Somebody who reads the site."""
    with requests.Session() as session:
        session.trust_env = False
        yield lambda url: session.get(url, timeout=60)
