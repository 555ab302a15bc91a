"""The demonstration of an import: what would come in, what came in, and both sides compared."""

import time
from typing import Any

from local.api import Api
from local.failure import StageError
from local.progress import say, step

RUN_SECONDS = 120
OVER = {"done", "failed", "cancelled"}


class Import:
    """WordPress's own sample post and page, taken over from the site of the stage."""

    def __init__(self, api: Api, facts: dict[str, Any]) -> None:
        self._api = api
        self._path = f"integration/integrations/{facts['integration_id']}"

    def show(self) -> None:
        """Import them, a dry run first. Raises StageError when something else comes of it."""
        say("\nWhat stood on the site before comes in, too:")
        with step("asking the site what it consists of"):
            self._run({"direction": "metadata"})
        with step("trying what an import would do"):
            dry = self._run({"direction": "pull", "dry_run": True})
        would = self._items(dry)
        for item in would:
            name = item["title"] or f"number {item['external_id']}"
            say(f"      {item['outcome']:10} {item['type']:6} {name}")
        with step("importing"):
            run = self._run({"direction": "pull"})
        did = self._items(run)
        alike = [(item["external_id"], item["outcome"]) for item in would]
        if alike != [(item["external_id"], item["outcome"]) for item in did]:
            raise StageError(f"The dry run said otherwise: {would} and {did}")
        with step("comparing both sides"):
            check = self._run({"direction": "check"})
        if check["done"]:
            raise StageError(f"They differ: {check}")
        told = ", ".join(f"{count} {name}" for name, count in run["counts"].items())
        say(
            f"\nImported: {told}. Both sides are equal. What came in is edited here like any other."
        )

    def _run(self, wish: dict[str, Any]) -> Any:
        run = self._api.post(f"{self._path}/sync/", wish)["run"]
        deadline = time.monotonic() + RUN_SECONDS
        while run["state"] not in OVER:
            if time.monotonic() > deadline:
                raise StageError(f"The run did not end: {run}")
            time.sleep(0.2)
            run = self._api.get(f"{self._path}/runs/{run['id']}/")
        if run["state"] != "done":
            raise StageError(f"The run failed: {run}")
        return run

    def _items(self, run: dict[str, Any]) -> Any:
        return self._api.get(f"{self._path}/runs/{run['id']}/items/?limit=100")
