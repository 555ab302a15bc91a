"""The running local stage: the real template on the local cloud, and a real WordPress."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from local import people, wordpress
from local import stage as local_stage
from tests.support.faulty_proxy import FaultyProxy, faulty_proxy
from tests.support.waiting import wait_until

CALL_SECONDS = 150  # twenty functions at once start cold on two cores
PUBLISH_SECONDS = 90
INTEGRATIONS = "/api/v1/integration/integrations"
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

    def lines(self, content: dict[str, Any]) -> list[dict[str, Any]]:
        """All that history says of a content, oldest first."""
        path = f"{INTEGRATIONS}/{self.facts['integration_id']}/events/"
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            query = f"?content_id={content['id']}&limit=100{cursor}"
            page = self.call("GET", f"{path}{query}").json()
            found += page["data"]
            if page["meta"]["next"] is None:
                return found[::-1]
            cursor = f"&cursor={page['meta']['next']}"


@dataclass
class Proxied(Stage):
    """The same WordPress as another site, with a line before it on which answers are lost."""

    proxy: FaultyProxy

    def until(self, content: dict[str, Any], state: str) -> Any:
        """Wait for a state of a delivery."""
        seen = wait_until(
            lambda: self.publication(content),
            lambda found: found["publish_state"] == state,
            seconds=PUBLISH_SECONDS,
        )
        assert seen["publish_state"] == state, seen
        return seen

    def hasten(self, content: dict[str, Any]) -> int:
        """Have what would be tried later tried now, as a person may."""
        return self.call("POST", f"/api/v1/writer/content/{content['id']}/retry/", {}).status_code

    def resume(self) -> None:
        """Open the gate, as a person may who has seen to the site."""
        self.call("POST", f"{INTEGRATIONS}/{self.facts['integration_id']}/resume/", {})

    def insist(self, content: dict[str, Any]) -> None:
        """Try now what would be tried later, and what was given up."""
        if self.hasten(content) == requests.codes.accepted:
            self.resume()

    def gate_lines(self) -> list[dict[str, Any]]:
        """What history says of the gate closing."""
        path = f"{INTEGRATIONS}/{self.facts['integration_id']}/events/?success=false&limit=100"
        lines = self.call("GET", path).json()["data"]
        return [line for line in lines if line["content_id"] is None]

    def pair_anew(self) -> None:
        """A new key, and the bridge that shows it, as its owner does by two clicks."""
        body = {"site_id": self.facts["site_id"]}
        key = self.ok("POST", f"{INTEGRATIONS}/generate-api-key/", body)["api_key"]
        told = {
            **body, "site_url": self.proxy.url, "rest_url": f"{self.proxy.url}/wp-json/",
            "plugin_version": "2.0.0",
        }  # fmt: skip
        path, headers = f"{INTEGRATIONS}/test-connection/", {"X-IGNY8-API-KEY": key}
        paired = self.call("POST", path, told, headers=headers)
        assert paired.ok, paired.text


@contextmanager
def proxied(stage: Stage) -> Iterator[Proxied]:
    """A site behind a faulty proxy, paired; it is deleted in the end."""
    with faulty_proxy(local_stage.the_wordpress().url, stage.facts["api_key"]) as proxy:
        body = {"name": "On a bad line", "url": proxy.url}
        own = {"site_id": stage.ok("POST", "/api/v1/sites/", body)["id"]}
        site = Proxied(facts={**stage.facts, **own}, session=stage.session, proxy=proxy)
        site.pair_anew()
        (made,) = stage.ok("GET", f"{INTEGRATIONS}/?site={own['site_id']}")
        site.facts["integration_id"] = made["id"]
        try:
            yield site
        finally:
            stage.call("DELETE", f"/api/v1/sites/{own['site_id']}/")


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
