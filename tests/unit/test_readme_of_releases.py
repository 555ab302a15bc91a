"""A readme becomes what WordPress's details window shows, and nothing that it would not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from igny8.distribution.readme import changes, sections, upgrade_notice

from local.places import BRIDGE_SOURCE

README = """=== IGNY8 ===
Stable tag: 2.0.1

Short.

== Description ==

It publishes **articles**,
each once, by `post_id` & [more](https://example.com/?a=1&b=2).

= For whom =
1. You
2. Me,
   too

* One

== Frequently Asked Questions ==

= Why? =

Because *of* <script>alert(1)</script>.

== Changelog ==

= 2.0.1 =
* Mended.

= 2.0.0 (2026-01-01) =
* New.

== Upgrade Notice ==

= 2.0.1 =
Please
update.
"""
# Among those that core lets through there (wp-admin/includes/plugin-install.php).
ALLOWED = {"p", "h4", "ul", "ol", "li", "code", "strong", "em", "a"}


def test_the_sections() -> None:
    assert sections(README) == {
        "description": (
            "<p>It publishes <strong>articles</strong>, each once, by <code>post_id</code> &amp;"
            ' <a href="https://example.com/?a=1&amp;b=2">more</a>.</p>\n<h4>For whom</h4>\n'
            "<ol><li>You</li><li>Me, too</li></ol>\n<ul><li>One</li></ul>"
        ),
        "faq": "<h4>Why?</h4>\n<p>Because <em>of</em> &lt;script&gt;alert(1)&lt;/script&gt;.</p>",
        "changelog": (
            "<h4>2.0.1</h4>\n<ul><li>Mended.</li></ul>\n<h4>2.0.0 (2026-01-01)</h4>\n"
            "<ul><li>New.</li></ul>"
        ),
    }


def test_what_is_said_of_a_version() -> None:
    assert changes(README, "2.0.1") == "* Mended."
    assert changes(README, "2.0.0") == "* New."
    assert changes(README, "2.0") == ""
    assert upgrade_notice(README, "2.0.1") == "Please update."
    assert upgrade_notice(README, "2.0.0") == ""


@pytest.mark.parametrize(
    "text", ["[x](javascript:alert(1))", "[x](//e.com)", "[x](/a)", '[x](https://e.com/"a)']
)
def test_other_links_stay_text(text: str) -> None:
    assert "<a" not in sections(f"== FAQ ==\n{text}")["faq"]


PIECES = st.sampled_from(
    ["`", "*", "**", "[", "](https://e.com/)", "<b>", "&", "x", " ", "\n", "\n\n", "= t =", "\n* ",
     "\n1. ", '"', "](https://e.com/`*)"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join))
def test_whatever_is_written_tags_are_allowed_and_closed_in_order(text: str) -> None:
    made = sections(f"== Description ==\n{text}").get("description", "")
    opened = []
    for close, name in re.findall(r"<(/?)([^\s>]*)[^>]*>", made):
        assert name in ALLOWED
        if close:
            assert opened.pop() == name, made
        else:
            opened.append(name)
    assert not opened, made
    assert not re.search(r"<(?!/?(?:p|h4|ul|ol|li|code|strong|em)>|a href=\"https://|/a>)", made)


def test_the_readme_of_the_bridge_has_every_section() -> None:
    readme = (BRIDGE_SOURCE / "readme.txt").read_text()
    assert set(sections(readme)) == {"description", "installation", "faq", "changelog"}
