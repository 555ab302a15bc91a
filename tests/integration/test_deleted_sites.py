"""What becomes of content whose site is deleted: kept and listed, or gone in the end."""

from typing import Any

import pytest
from igny8.core.errors import Conflict
from igny8.publishing.deleting import DeletingService

from tests.integration.test_sweep import change_row, data_table
from tests.support.aws_calls import FaultAt, intercepted, recorded_calls, stored_rows, stored_texts
from tests.support.steps import sweep_and_work
from tests.support.world import ACCOUNT, HTML, Response, World

OTHER = ACCOUNT + 1
SITES = "/api/v1/sites/"
CONTENT = "/api/v1/writer/content/"


def delete(world: World, site: dict[str, Any], query: str = "", **call: Any) -> Response:
    return world.call("DELETE", f"{SITES}{site['id']}/{query}", **call)


def listed(world: World, site: dict[str, Any], query: str = "", **call: Any) -> Response:
    return world.call("GET", f"{CONTENT}?site={site['id']}{query}", **call)


def published(world: World, site: dict[str, Any], number: int = 1) -> list[dict[str, Any]]:
    contents = [world.content(site) for _ in range(number)]
    for content in contents:
        world.publish(content)
    world.work()
    return contents


def left_of(site: dict[str, Any], contents: list[dict[str, Any]]) -> list[str]:
    """Whatever still names the site's content: rows and texts."""
    marks = [f"#C#{content['id']}" for content in contents] + [f"#S#{site['id']}#LINKS"]
    rows = [f"{row['pk']['S']} {row['sk']['S']}" for row in stored_rows()["igny8-test-data"]]
    texts = [text for one in contents for text in stored_texts() if f"/{one['id']}/" in text]
    return [row for row in rows if any(mark in row for mark in marks)] + texts


def test_content_stays_and_can_be_listed_and_read(shared: World) -> None:
    site = shared.connected_site()
    (content,) = published(shared, site)
    before = listed(shared, site).data
    assert before[0]["publish_state"] == "published"
    assert delete(shared, site).status == 200
    sweep_and_work(shared, 2, minutes=6)
    assert listed(shared, site).data == before
    assert listed(shared, site, "&status=published").data == before
    assert listed(shared, site, "&status=draft").data == []
    path = f"{CONTENT}{content['id']}/"
    assert shared.call("GET", path).data["content_html"] == HTML
    assert shared.publication(content)["external_id"] == before[0]["external_id"]
    assert shared.publish(content).code == "no_integration"
    body = {"site_id": site["id"], "title": "T", "content_html": HTML}
    assert shared.call("POST", CONTENT, body).status == 404
    assert listed(shared, site, account=OTHER).status == 404


def test_deleted_sites_whose_content_was_kept_are_listed_apart(shared: World) -> None:
    sites = [shared.site() for _ in range(4)]
    for site in sites[:3]:
        delete(shared, site, "?content=keep")
    delete(shared, sites[3], "?content=delete")
    gone = shared.call("GET", f"{SITES}?deleted=true")
    assert [one["id"] for one in gone.data] == [one["id"] for one in reversed(sites[:3])]
    assert gone.data[0].keys() == sites[2].keys()
    assert gone.data[0]["api_key_last4"] is None
    assert shared.call("GET", SITES).data == []
    assert shared.call("GET", f"{SITES}?deleted=true", account=OTHER).data == []
    first = shared.call("GET", f"{SITES}?deleted=true&limit=2")
    rest = shared.call("GET", f"{SITES}?deleted=true&cursor={first.body['meta']['next']}")
    assert [*first.data, *rest.data] == gone.data
    assert shared.call("GET", f"{SITES}{sites[0]['id']}/").status == 404


def test_a_list_costs_no_call_more_and_that_of_a_deleted_site_one(shared: World) -> None:
    site = shared.connected_site()
    published(shared, site)
    with recorded_calls() as calls:
        listed(shared, site)
    assert calls == ["Query", "Query", "BatchGetItem", "BatchGetItem"]
    delete(shared, site)
    with recorded_calls() as calls:
        listed(shared, site)
    assert calls == ["Query", "GetItem", "Query", "BatchGetItem", "BatchGetItem"]


@pytest.mark.parametrize("kept_before", [False, True])
def test_content_goes_with_its_site_and_the_posts_stay(shared: World, kept_before: bool) -> None:
    site, neighbour = shared.connected_site(), shared.connected_site()
    contents = [*published(shared, site), shared.content(site)]
    (theirs,) = published(shared, neighbour)
    if kept_before:
        assert delete(shared, site).status == 200
        sweep_and_work(shared, 2, minutes=6)
        assert delete(shared, site).status == 404
        assert delete(shared, site, "?content=delete", account=OTHER).status == 404
    assert delete(shared, site, "?content=delete").status == 200
    assert listed(shared, site).status == 404
    assert delete(shared, site, "?content=delete").status == 404
    posts = dict(shared.wordpress.posts)
    assert left_of(site, contents)
    sweep_and_work(shared, 4, minutes=6)
    assert left_of(site, contents) == []
    assert [shared.call("GET", f"{CONTENT}{one['id']}/").status for one in contents] == [404, 404]
    assert shared.wordpress.posts == posts
    assert shared.call("GET", f"{CONTENT}{theirs['id']}/").data["content_html"] == HTML
    assert shared.publication(theirs)["publish_state"] == "published"


def test_what_becomes_of_it_has_to_be_said_clearly(shared: World) -> None:
    site = shared.site()
    refused = delete(shared, site, "?content=perhaps")
    assert (refused.status, list(refused.body["error"]["fields"])) == (422, ["content"])
    assert shared.call("GET", f"{SITES}{site['id']}/").status == 200


def test_what_was_being_made_meanwhile_goes_too(shared: World) -> None:
    site = shared.connected_site()
    body = {"site_id": site["id"], "title": "T", "content_html": HTML}
    put = shared.services.bodies.put

    def late(*arguments: Any) -> Any:
        assert delete(shared, site, "?content=delete").status == 200
        return put(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(shared.services.bodies), "put", lambda _self, *a: late(*a))
        made = shared.call("POST", CONTENT, body)
    assert made.status == 201
    sweep_and_work(shared, 4, minutes=6)
    assert left_of(site, [made.data]) == []


def test_what_changes_just_then_goes_the_next_time(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = shared.connected_site()
    contents = published(shared, site, 3)
    assert delete(shared, site, "?content=delete").status == 200
    remove = DeletingService.delete
    busy = [contents[1]["id"]]

    def once_busy(self: Any, account_id: int, content_id: int, **how: Any) -> None:
        if content_id in busy:
            busy.remove(content_id)
            raise Conflict("in_flight", "It is being sent.")
        remove(self, account_id, content_id, **how)

    monkeypatch.setattr(DeletingService, "delete", once_busy)
    shared.clock.advance(minutes=6)
    shared.sweep("clean")
    assert left_of(site, contents)
    sweep_and_work(shared, 4, minutes=12)
    assert left_of(site, contents) == []


def test_a_content_that_cannot_be_read_keeps_back_no_other(
    shared: World, caplog: pytest.LogCaptureFixture
) -> None:
    site = shared.connected_site()
    contents = published(shared, site, 5)
    row = change_row(shared, contents[2], state="someday")
    assert delete(shared, site, "?content=delete").status == 200
    others = [shared.content(shared.connected_site()) for _ in range(12)]
    for content in others:
        assert shared.call("DELETE", f"{CONTENT}{content['id']}/").status == 200
    for _ in range(3):
        shared.clock.advance(minutes=30)
        report = shared.sweep("clean")
        assert report["left_over"] == 1
        crashed = [one for one in caplog.records if one.message == "crashed"]
        assert {vars(one)["content_id"] for one in crashed} == {contents[2]["id"]}
    assert left_of(site, [one for one in contents if one != contents[2]]) == left_of(site, [])
    assert all(not left_of({"id": 0}, [content]) for content in others)
    data_table(shared).update_item(
        Key=row, AttributeUpdates={"state": {"Action": "PUT", "Value": "published"}}
    )
    sweep_and_work(shared, 4, minutes=90)
    assert left_of(site, contents) == []


def test_sixty_contents_go_in_sweeps_that_run_out_of_time(shared: World) -> None:
    site = shared.site()
    contents = [shared.content(site) for _ in range(60)]
    assert delete(shared, site, "?content=delete").status == 200
    counts = []
    for minutes in (6, 6, 12, 22, 45, 90):
        shared.clock.advance(minutes=minutes)
        left = iter([100.0] * 20 + [20.0] * 1_000)
        shared.services.clean_sweep.run(lambda left=left: next(left))  # type: ignore[misc]
        counts.append(sum(row.endswith(" META") for row in left_of(site, contents)))
    assert counts == sorted(counts, reverse=True)
    assert 0 < counts[0] < 60
    sweep_and_work(shared, 8, minutes=60)
    assert left_of(site, contents) == []


def test_a_fault_at_any_call_of_a_sweep_ends_in_nothing_all_the_same(shared: World) -> None:
    for number in range(0, 30, 2):
        site = shared.connected_site()
        contents = published(shared, site, 2)
        assert delete(shared, site, "?content=delete").status == 200
        shared.clock.advance(minutes=6)
        with intercepted(FaultAt(number, after_effect=number % 4 == 0)):
            shared.sweep("clean")
        sweep_and_work(shared, 5, minutes=15)
        assert left_of(site, contents) == []
