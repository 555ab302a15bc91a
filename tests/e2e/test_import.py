"""Posts that stood in WordPress before come in on the deployed template, by a person's click."""

from collections import Counter
from typing import Any

from tests.e2e.conftest import INTEGRATIONS, Stage
from tests.support.kinds_of_posts import KINDS, LEFT_OUT, making
from tests.support.waiting import wait_until

IMPORT_SECONDS = 240
OVER = {"done", "failed", "cancelled"}


def imported(stage: Stage, **wish: Any) -> Any:
    """A run, to its end."""
    path = f"{INTEGRATIONS}/{stage.facts['integration_id']}"
    run = stage.ok("POST", f"{path}/sync/", wish)["run"]
    return wait_until(
        lambda: stage.ok("GET", f"{path}/runs/{run['id']}/"),
        lambda found: found["state"] in OVER,
        seconds=IMPORT_SECONDS,
    )


def items_of(stage: Stage, run: Any) -> dict[int, Any]:
    path = f"{INTEGRATIONS}/{stage.facts['integration_id']}/runs/{run['id']}/items/?limit=100"
    return {int(one["external_id"]): one for one in stage.ok("GET", path)}


def test_posts_of_every_kind_come_in_once(stage: Stage) -> None:
    code = f"echo wp_json_encode( ( static function () {{ {making()} }} )() );"
    ids: dict[str, int] = stage.in_wordpress(code)
    assert len(ids) == len(KINDS)
    assert imported(stage, direction="metadata")["state"] == "done"
    wish = {"direction": "pull", "ids": [ids[name] for name in KINDS]}
    run = imported(stage, **wish)
    assert (run["state"], run["reason"]) == ("done", None)
    items = items_of(stage, run)
    told = {name: (items[ids[name]]["outcome"], items[ids[name]]["reason"]) for name in ids}
    expected = {**dict.fromkeys(KINDS, "created"), "trash": "skipped"}
    assert {name: outcome for name, (outcome, _) in told.items()} == expected, told
    assert run["counts"] == Counter(expected.values())
    again = imported(stage, **wish)
    assert again["counts"] == {"unchanged": len(KINDS) - 1, "skipped": 1}
    block = stage.ok("GET", f"/api/v1/writer/content/{items[ids['block 7']]['content_id']}/")
    assert (block["title"], block["publish_state"]) == ("Block & <em>7</em>", "published")
    assert "Words of 7." in block["content_html"]
    draft = stage.ok("GET", f"/api/v1/writer/content/{items[ids['draft']]['content_id']}/")
    assert draft["publish_state"] == "unpublished"
    assert LEFT_OUT - {"trash"} <= ids.keys()
