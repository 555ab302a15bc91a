"""Bodies as their sites have them, in S3."""

import gzip
from collections import Counter

import pytest
from igny8.content.kept import taken_in
from igny8.core.errors import Lost

from tests.integration.test_cleaning import left_of, path, written
from tests.support.aws_calls import recorded_calls
from tests.support.bodies import BODIES
from tests.support.importing import Import, existing
from tests.support.site_texts import imported
from tests.support.steps import sweep_and_work
from tests.support.text_on_site import TextOnSite
from tests.support.world import ACCOUNT, World


@pytest.mark.parametrize("name", ["scripts", "emoji", "secrets", "classic"])
def test_a_body_comes_back_byte_for_byte(shared: World, name: str) -> None:
    raw = BODIES[name] + "\r\n\t "
    text = taken_in(raw)
    bodies = shared.services.bodies
    with recorded_calls() as calls:
        ref = bodies.put_raw(1, 2, raw, text.ranges)
        assert bodies.get_raw(ref) == (raw, text.ranges)
    assert calls == ["PutObject", "GetObject"]
    assert ref.size == len(raw.encode())
    assert ref == bodies.put_raw(1, 2, raw, text.ranges)


@pytest.mark.parametrize("part", [0, 1])
def test_a_body_or_ranges_that_were_altered_are_lost(shared: World, part: int) -> None:
    bodies = shared.services.bodies
    ref = bodies.put_raw(1, 2, "<p>a</p>", taken_in("<p>a</p>").ranges)
    client = bodies.client()
    stored = gzip.decompress(client.get_object(Bucket=bodies.bucket, Key=ref.key)["Body"].read())
    parts = stored.split(b"\n")
    parts[part] = parts[part].replace(b"8", b"7").replace(b"a", b"b")
    client.put_object(Bucket=bodies.bucket, Key=ref.key, Body=gzip.compress(b"\n".join(parts)))
    with pytest.raises(Lost):
        bodies.get_raw(ref)
    bodies.delete(ref.key)
    with pytest.raises(Lost):
        bodies.get_raw(ref)


def test_it_goes_with_its_content(shared: World) -> None:
    content = written(shared, 1)
    bodies = shared.services.bodies
    bodies.put_raw(ACCOUNT, content["id"], "<p>a</p>", ())
    assert any(".raw.gz" in str(left) for left in left_of(content))
    assert shared.call("DELETE", path(content)).status == 200
    sweep_and_work(shared, 2, minutes=6)
    assert left_of(content) == []


READING = ["Query", "GetObject"]
"""What an answer with a content's text reads."""


@pytest.mark.parametrize(
    ("raw", "looks"), [("scripts", []), ("classic", []), ("tables", ["GetObject"])]
)
def test_an_edit_looks_at_the_text_before_only_where_comments_may_be_lost(
    shared: World, raw: str, looks: list[str]
) -> None:
    content = imported(shared, BODIES[raw])
    html = taken_in(BODIES[raw]).html + "<p>more</p>"
    with recorded_calls() as calls:
        answer = shared.call(
            "PATCH", f"/api/v1/writer/content/{content.id}/", {"content_html": html}
        )
        assert answer.status == 200
    assert calls == ["Query", *looks, "PutObject", "TransactWriteItems", *READING]


def test_revisions_are_a_read_and_a_query_a_page(shared: World) -> None:
    content = written(shared, 40)
    revisions = f"{path(content)}revisions/"
    with recorded_calls() as calls:
        first = shared.call("GET", f"{revisions}?limit=20")
    assert calls == ["GetItem", "Query"]
    with recorded_calls() as calls:
        shared.call("GET", f"{revisions}?limit=20&cursor={first.body['meta']['next']}")
    assert calls == ["GetItem", "Query"]
    with recorded_calls() as calls:
        shared.call("GET", f"{revisions}41/")
    assert calls == ["GetItem", "GetObject"]
    with recorded_calls() as calls:
        shared.call("GET", f"{revisions}7/")
    assert calls == ["GetItem", "GetItem", "GetObject"]


def test_an_update_in_parts_reads_one_text_and_stores_one_more(shared: World) -> None:
    site = shared.connected_site(bridge="2.1.0")
    (post_id,) = existing(shared).add(text=BODIES["scripts"])
    done = Import(shared, site).run()
    content = {"id": done.of(post_id).content_id}
    TextOnSite(shared)
    shared.call("PATCH", path(content), {"title": "Another"})
    shared.publish(content)
    with recorded_calls() as fields:
        shared.work()
    html = shared.call("GET", path(content)).data["content_html"]
    shared.call("PATCH", path(content), {"content_html": f"{html}<p>more</p>"})
    shared.publish(content)
    with recorded_calls() as parts:
        shared.work()
    more = Counter(parts) - Counter(fields)
    assert more == {"GetObject": 1, "PutObject": 1}
