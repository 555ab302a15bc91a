"""One article, from a click to a real WordPress."""

from collections.abc import Callable

import requests

from tests.e2e.conftest import Stage
from tests.support.waiting import wait_until

Visitor = Callable[[str], requests.Response]


def test_article_is_readable_on_the_site_and_has_a_history(stage: Stage, visitor: Visitor) -> None:
    content = stage.content(
        title="Kettles & <tea>",
        content_html="<p>Seven sounds of a kettle, listed.</p>",
        categories=[["Kitchen", "Tea"]],
        tags=["Water"],
        slug="kettles-of-the-first-article",
    )
    clicked = stage.publish(content)
    assert clicked["publish_state"] == "queued"

    publication = stage.delivered(content)
    assert publication["wordpress_status"] == "publish"
    page = visitor(publication["external_url"])
    assert page.status_code == 200
    assert "Seven sounds of a kettle, listed." in page.text

    (post,) = stage.posts_of(content)
    assert str(post["ID"]) == publication["external_id"]
    path = f"/api/v1/integration/integrations/{stage.facts['integration_id']}/debug-status/"
    events = [e for e in stage.ok("GET", path)["events"] if e["content_id"] == content["id"]]
    ours = [event for event in events if event["action"] == "content_publish"]  # and its echo
    assert [event["status"] for event in ours] == ["success", "pending", "pending"]
    assert ours[0]["duration_ms"] > 0
    assert ours[0]["details"]["categories"] == [["Kitchen", "Tea"]]


def test_edited_text_goes_to_the_same_post(stage: Stage) -> None:
    content = stage.content(title="First title")
    stage.publish(content)
    first = stage.delivered(content)
    path = f"/api/v1/writer/content/{content['id']}/"
    stage.ok("PATCH", path, {"title": "Second title", "status": "published"})
    second = stage.delivered(content)

    assert second["intent"] == first["intent"] + 1
    assert second["external_id"] == first["external_id"]
    (post,) = stage.posts_of(content)
    assert post["post_title"] == "Second title"


def test_post_deleted_on_the_site_is_never_silently_made_again(stage: Stage) -> None:
    content = stage.content(title="Soon gone")
    stage.publish(content)
    post_id = stage.delivered(content)["external_id"]
    stage.in_wordpress(f"wp_delete_post( {post_id}, true ); echo 'true';")
    path = f"/api/v1/writer/content/{content['id']}/"
    wait_until(  # WordPress tells
        lambda: stage.publication(content),
        lambda found: found["publish_state"] == "gone",
        seconds=30,
    )
    stage.ok("PATCH", path, {"title": "Edited after that"})
    assert stage.posts_of(content) == []

    refused = stage.call("POST", f"{path}publish/", {})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "gone")
    stage.ok("POST", f"{path}publish/", {"recreate": True})
    again = stage.delivered(content)
    assert len(stage.posts_of(content)) == 1
    assert again["external_id"] != post_id


def test_both_slash_forms_and_older_paths_answer_alike(stage: Stage) -> None:
    content = stage.content()
    forms = [
        f"/api/v1/writer/content/{content['id']}",
        f"/api/v1/writer/content/{content['id']}/",
        f"/v1/writer/content/{content['id']}/",
    ]
    answers = [stage.ok("GET", form) for form in forms]
    assert answers[0] == answers[1] == answers[2]


def test_gateway_refuses_in_our_envelope(stage: Stage) -> None:
    url = f"{stage.facts['api_url']}/api/v1/sites/"
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        answer = requests.get(url, headers=headers, timeout=30)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "unauthorized"
    unknown = stage.call("GET", "/api/v2/nothing")
    assert unknown.json()["success"] is False
