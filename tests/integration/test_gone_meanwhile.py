"""What is deleted between what a webhook or the sync worker reads and what it writes."""

from typing import Any

import pytest
from igny8.links.store import is_link, post_of

from tests.support.aws_calls import Overtaken, intercepted, stored_rows
from tests.support.site_events import published, seed_status
from tests.support.world import SITE_URL, World

CONTENT = "/api/v1/writer/content"


def of(rows: list[Any], content: dict[str, Any]) -> list[Any]:
    return [row for row in rows if row.get("content_id", {}).get("N") == str(content["id"])]


@pytest.mark.parametrize("kind", ["status", "metadata", ""])
def test_content_deleted_meanwhile_gets_no_publication(shared: World, kind: str) -> None:
    site, _ = published(shared)
    content = shared.content(site, status="draft")  # the event does not change it
    body = seed_status(content, 777, "draft", SITE_URL) | {"metadata": {"tags": ["a"]}}
    path = f"{CONTENT}/{content['id']}/"
    with intercepted(Overtaken(lambda: shared.call("DELETE", path))):
        answer = shared.told(site, body, kind=kind)
    assert answer.status == 404
    data = stored_rows()["igny8-test-data"]
    assert not any(row["sk"]["S"].startswith("PUB") for row in of(data, content))
    assert 777 not in {post_of(row) for row in data if is_link(row)}


@pytest.mark.parametrize("kind", ["status", "metadata", ""])
def test_a_site_deleted_meanwhile_is_told_nothing_more(shared: World, kind: str) -> None:
    site, content = published(shared)
    body = seed_status(content, 101, "draft", SITE_URL) | {"metadata": {"tags": ["a"]}}
    path = f"/api/v1/sites/{site['id']}/"
    act = Overtaken(lambda: shared.call("DELETE", path))
    with intercepted(act):
        answer = shared.told(site, body, kind=kind)
    assert act.answer.status == 200
    assert answer.status in {200, 404}
    assert shared.told(site, body, kind=kind).status == 401


def test_a_site_deleted_meanwhile_keeps_no_structure(shared: World) -> None:
    site, _ = published(shared)
    path = f"/api/v1/integration/integrations/{site['integration_id']}/sync/"
    assert shared.call("POST", path).status == 202
    ask = shared.services.http.request  # type: ignore[attr-defined]

    def deletes(method: str, url: str, **more: Any) -> Any:
        answer = ask(method, url, **more)
        if "structure" in url:
            assert shared.call("DELETE", f"/api/v1/sites/{site['id']}/").status == 200
        return answer

    shared.services.http.request = deletes  # type: ignore[method-assign]
    try:
        assert shared.synchronise()["batchItemFailures"] == []
    finally:
        del shared.services.http.request  # type: ignore[misc]
    kinds = {row["sk"]["S"] for row in stored_rows()["igny8-test-data"]}
    assert not any(name.startswith("TYPES#STRUCTURE") for name in kinds)
