"""What the content API answers and what WordPress stores: the same bytes, and titles in words."""

from html import escape as html_form

import pytest

from tests.e2e.conftest import Stage

BLOCKS = (
    '<!-- wp:paragraph {"className":"a\\u002d\\u002db",'
    '"note":"\\u003cb\\u003e \\u0026 \\\\n"} -->\n'
    "<p>C:\\new\\table \\u003c \\\\ \\' \\\" $1 %s {{x}}</p>\n"
    "<!-- /wp:paragraph -->"
)
CORPUS = {
    "frames and pictures": (
        "Frames",
        '<p style="color: #ff000a">Red</p>'
        '<figure><iframe src="https://www.youtube-nocookie.com/embed/x" width="560"'
        ' height="315" allowfullscreen=""></iframe></figure>'
        '<picture><source srcset="https://a.example/1.avif" type="image/avif">'
        '<img src="https://a.example/1.jpg" alt=""></picture>'
        '<video controls=""><source src="https://a.example/1.mp4" type="video/mp4"></video>',
    ),
    "backslashes": (
        "Back\\slash \\\\ \\n \\u003c",
        "<p>C:\\dir\\new \\\\server \\u003c\\u00e9</p>",
    ),
    "blocks": ("Blocks", BLOCKS),
    "emoji": ("Emoji 👩‍👩‍👧‍👦 🏳️‍🌈", "<p>😀 family 👩‍👩‍👧‍👦 flag 🇩🇪 and astral 𝒳</p>"),
    "right-to-left": ("שלום עולם — مرحبا", '<p dir="rtl">السلام عليكم ورحمة الله</p><p>עברית</p>'),
    "long-title": ("Τίτλος " * 42 + "end77", "<p>Long title.</p>"),
    "entities": ("AT&T < \"Q\" > 'x' &amp; &lt;b&gt;", "<p>5 &lt; 6 &amp;&amp; a &nbsp; b > c</p>"),
    "markup": (
        "Markup",
        '<h2 id="a" class="x y">H</h2><figure class="wp-block-table"><table><tbody><tr><td>1</td>'
        '</tr></tbody></table></figure><p style="color: red; text-align:center;">s</p>'
        '<a href="https://example.com/?a=1&b=2" rel="nofollow">l</a><br/><hr><pre>  x\n\n  y</pre>',
    ),
    "scripts": (
        "T<script>alert(1)</script>itle",
        '<p onclick="x()">a</p><script>alert(1)</script><img src=x onerror=alert(1)>'
        '<a href="javascript:alert(1)">l</a><iframe src="https://evil.example"></iframe><p>b</p>',
    ),
}


@pytest.mark.parametrize("name", CORPUS)
def test_round_trip(stage: Stage, name: str) -> None:
    title, html = CORPUS[name]
    content = stage.content(title=title, content_html=html)
    stage.publish(content)
    publication = stage.delivered(content)

    answered = stage.ok("GET", f"/api/v1/writer/content/{content['id']}/")
    (post,) = stage.posts_of(content)
    assert answered["title"] == title
    assert post["post_title"] == html_form(title, quote=False)
    assert post["post_content"] == answered["content_html"]
    assert publication["altered"] == []
    if name not in {"entities", "scripts", "markup"}:
        assert answered["content_html"] == html
    for forbidden in ("<script", "onclick", "onerror", "javascript:", "evil.example"):
        assert forbidden not in post["post_content"]
        assert forbidden not in post["post_title"]


def test_one_megabyte_of_arabic(stage: Stage) -> None:
    paragraph = "<p>" + "السلام عليكم " * 40 + "</p>\n"
    html = (paragraph * (1_048_576 // len(paragraph.encode()) + 1)).strip()
    content = stage.content(title="One megabyte", content_html=html)
    stage.publish(content)
    stage.delivered(content)
    (post,) = stage.posts_of(content)
    answered = stage.ok("GET", f"/api/v1/writer/content/{content['id']}/")
    assert post["post_content"] == answered["content_html"] == html


def test_html_above_two_megabytes_is_refused_and_leaves_nothing(stage: Stage) -> None:
    objects = _objects(stage)
    body = {"site_id": stage.facts["site_id"], "title": "Too large"}
    answer = stage.call(
        "POST", "/api/v1/writer/content/", {**body, "content_html": "a" * 2_097_153}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert _objects(stage) == objects
    listed = stage.ok("GET", f"/api/v1/writer/content/?site={stage.facts['site_id']}&limit=100")
    assert "Too large" not in [content["title"] for content in listed]


def _objects(stage: Stage) -> set[str]:
    bucket = stage.facts["outputs"]["ContentBucketName"]
    pages = stage.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {found["Key"] for page in pages for found in page.get("Contents", [])}
