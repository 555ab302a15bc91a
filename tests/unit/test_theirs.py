"""What comes of an edit on a site, by what was changed here since both sides last agreed."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from igny8.content.model import BodyRef, Content, Editorial, EditorialStatus
from igny8.imports.model import SitePost, SiteTerm
from igny8.imports.theirs import FIELDS_OF, Met, met
from igny8.inbound.rules import LOST_TEXT
from igny8.publishing.bases import FIELDS, NEVER_AGREED, Base, fields_of
from igny8.publishing.fingerprints import ALL, GROUPS
from igny8.publishing.model import Publication, new_publication
from igny8.publishing.payload import build_payload
from igny8.sites.model import TermsPolicy

THEN = datetime(2026, 1, 10, tzinfo=UTC)
HTML = "<p>The first words.</p>"
KNOWN = f"v2:{'0' * 112}:Y00000000"
AGREED = Editorial("Ours", slug="ours", tags=["green"], primary_keyword="tea", seo_title="Found")
PUBLICATION = replace(
    new_publication(
        account_id=1, site_id=2, integration_id=3, content_id=4, content_rev=5,
        post_status="publish", now=0,
    ),
    external_id=9, fingerprint=KNOWN, applied_intent=1,
)  # fmt: skip
THERE = SitePost(
    id=9, type="post", status="publish", content_id=4, fingerprint=None, title="Ours",
    excerpt="The first words.", slug="ours", text=HTML, seo={"title": "Found"},
    terms={
        "post_tag": [SiteTerm(id=1, name="green", slug="g"), SiteTerm(id=2, name="tea", slug="t")]
    },
)  # fmt: skip


def content(editorial: Editorial = AGREED, rev: int = 5) -> Content:
    ref = BodyRef("k", "s", 1)
    return Content(4, 1, 2, rev, EditorialStatus.PUBLISHED, editorial, ref, THEN, THEN)


def order(editorial: Editorial = AGREED, html: str = HTML) -> dict[str, Any]:
    return build_payload(content(editorial), html, PUBLICATION, TermsPolicy.CREATE)


BASE = Base(
    account_id=1, content_id=4, integration_id=3, rev=5, fingerprint=KNOWN,
    fields=fields_of(order()),
)  # fmt: skip


def moved(*groups: str) -> str:
    digits = "".join(("1" if name in groups else "0") * 16 for name in GROUPS)
    return f"v2:{digits}:Y0000000{int('seo' in groups)}"


def both(
    post: SitePost, *groups: str, ours: Editorial = AGREED, html: str = HTML,
    base: Base | None = BASE, rev: int = 5, publication: Publication = PUBLICATION,
) -> Met:  # fmt: skip
    there = replace(post, fingerprint=moved(*groups))
    return met(
        content(ours, rev), html, there, there.text or "", publication=publication, base=base,
        policy=TermsPolicy.CREATE,
    )  # fmt: skip


def test_every_group_of_a_fingerprint_is_about_something() -> None:
    assert set(FIELDS_OF) == ALL
    assert {name for names in FIELDS_OF.values() for name in names} <= set(FIELDS)


def test_what_was_changed_there_alone_comes_over() -> None:
    found = both(replace(THERE, title="Theirs &amp; more"), "title")
    assert (found.taken, found.clash, found.is_ours) == ({"title"}, frozenset(), False)
    assert found.merged.editorial == replace(AGREED, title="Theirs & more")
    assert found.merged_fields == fields_of(found.merged.order)


@pytest.mark.parametrize("groups", [GROUPS, ("seo",), ("terms",), ("excerpt",)])
def test_what_would_be_sent_of_ours_anyway_is_nobodys_edit(groups: tuple[str, ...]) -> None:
    """Tags are with our keyword, the excerpt is made of our text."""
    assert not both(THERE, *groups).taken


def test_only_what_moved_is_theirs() -> None:
    """A site has words in its own spelling from the first publish on."""
    spelled = replace(THERE, text="<p>The first words.</p>\n<!-- layout -->", slug="ours-2")
    found = both(replace(spelled, title="Theirs"), "title")
    assert found.taken == {"title"}
    assert (found.merged.html, found.merged.editorial.slug) == (HTML, "ours")


def test_other_fields_that_were_changed_here_stay_to_be_sent() -> None:
    ours = replace(AGREED, tags=["black"])
    found = both(replace(THERE, title="Theirs"), "title", ours=ours, rev=6)
    assert (found.taken, found.is_ours) == ({"title"}, True)
    assert found.merged.editorial == replace(ours, title="Theirs")
    sent = fields_of(found.merged.order)
    differing = {name for name in sent if found.merged_fields[name] != sent[name]}
    assert differing == {"tags"}


def test_the_same_field_on_both_sides_is_a_persons() -> None:
    ours = replace(AGREED, title="Ours, new", author="Joe")
    found = both(replace(THERE, title="Theirs", slug="x"), "title", "slug", ours=ours, rev=6)
    assert found.clash == {"title"}
    theirs = found.theirs
    assert (theirs.editorial.title, theirs.editorial.slug) == ("Theirs", "x")
    assert theirs.editorial.author == "Joe", "what no site tells stays as it is here"
    assert found.theirs_fields["author"] == BASE.fields["author"], "and is still to be sent"
    assert found.theirs_fields["title"] == fields_of(theirs.order)["title"]


def test_the_same_change_on_both_sides_is_none() -> None:
    ours = replace(AGREED, title="The same")
    found = both(replace(THERE, title="The same"), "title", ours=ours, rev=6)
    assert (found.taken, found.clash) == (frozenset(), frozenset())


def test_what_the_site_could_not_take_is_still_to_be_sent() -> None:
    fields = {**BASE.fields, "featured_image_url": NEVER_AGREED}
    found = both(replace(THERE, title="Theirs"), "title", base=replace(BASE, fields=fields))
    assert found.taken == {"title"}
    assert found.merged_fields["featured_image_url"] == NEVER_AGREED
    assert not found.is_ours


def test_without_a_base_the_revision_that_was_sent_is_not_changed_here() -> None:
    assert both(replace(THERE, title="Theirs"), "title", base=None).taken == {"title"}
    later = both(replace(THERE, title="Theirs"), "title", base=None, rev=6)
    assert later.clash >= {"title"}


@pytest.mark.parametrize("fingerprint", [None, LOST_TEXT])
def test_of_a_post_that_nobody_knows_all_that_differs_is_a_persons(fingerprint: str | None) -> None:
    unknown = replace(PUBLICATION, fingerprint=fingerprint)
    found = both(replace(THERE, title="Theirs"), base=None, publication=unknown)
    assert found.clash >= {"title"}
    assert not found.taken & {"title"}


def test_what_a_site_does_not_tell_of_is_not_taken_away() -> None:
    """A page without tags, a site without a place for keywords; but an empty one is empty."""
    silent = replace(THERE, terms={}, seo={"title": ""})
    found = both(silent, "terms", "seo")
    assert found.taken == {"seo_title"}
    kept = found.merged.editorial
    assert (kept.tags, kept.primary_keyword, kept.seo_title) == (["green"], "tea", None)


def test_an_excerpt_and_a_picture_that_are_taken_away_there_are_gone_here() -> None:
    ours = replace(AGREED, excerpt="Given", featured_image_url="http://e/i.jpg")
    base = replace(BASE, fields=fields_of(order(ours)))
    found = both(replace(THERE, excerpt=""), "excerpt", "thumbnail", ours=ours, base=base)
    assert found.merged.editorial.excerpt == ""
    assert found.merged.editorial.featured_image_url is None
