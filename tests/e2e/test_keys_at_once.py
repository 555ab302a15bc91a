"""A site's keys, made and ended by many processes at once on real transactions."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from tests.e2e.conftest import Stage

INTEGRATIONS = "/api/v1/integration/integrations"


class Keys:
    """A site of its own, and every key that was ever shown for it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        body = {"name": "Keys at once", "url": "http://localhost:8099"}
        self.site: dict[str, Any] = stage.ok("POST", "/api/v1/sites/", body)
        self.shown: list[str] = []

    def generate(self) -> int:
        answer = self._named("generate-api-key")
        if answer.ok:
            self.shown.append(answer.json()["data"]["api_key"])
        return answer.status_code

    def revoke(self) -> int:
        return self._named("revoke-api-key").status_code

    def delete(self) -> int:
        return self.stage.call("DELETE", f"/api/v1/sites/{self.site['id']}/").status_code

    def _named(self, action: str) -> requests.Response:
        return self.stage.call("POST", f"{INTEGRATIONS}/{action}/", {"site_id": self.site["id"]})

    def pair(self, key: str | None = None) -> int:
        body = {"site_id": self.site["id"], "site_url": self.site["url"]}
        headers = {"X-IGNY8-API-KEY": key or self.shown[-1]}
        path = f"{INTEGRATIONS}/test-connection/"
        return self.stage.call("POST", path, body, headers=headers).status_code

    def pairing(self) -> list[str]:
        return [key for key in self.shown if self.pair(key) == requests.codes.ok]


def at_once(acts: list[Any]) -> None:
    with ThreadPoolExecutor(len(acts)) as pool:
        statuses = list(pool.map(lambda act: act(), acts))
    assert all(status < 500 for status in statuses), statuses


def test_generate_against_revoke_against_pair(stage: Stage) -> None:
    keys = Keys(stage)
    keys.generate()
    for _ in range(3):
        at_once([keys.generate, keys.revoke, keys.pair, keys.generate, keys.pair, keys.revoke])
    assert keys.revoke() in {requests.codes.ok, requests.codes.conflict}
    assert keys.pairing() == []
    assert keys.delete() == requests.codes.ok


def test_generate_against_deleting_the_site(stage: Stage) -> None:
    keys = Keys(stage)
    keys.generate()
    at_once([keys.generate, keys.delete, keys.generate, keys.pair, keys.delete, keys.generate])
    for _ in range(5):
        if keys.delete() == requests.codes.not_found:
            break
    assert keys.delete() == requests.codes.not_found
    assert keys.pairing() == []
