"""Whose a post of a site is: each row of the table, and what could be taken for it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from igny8.content.model import BodyRef, Content, Editorial, EditorialStatus
from igny8.imports.identity import (
    ANOTHER_POST,
    LOOKS_LIKE,
    NOT_KEPT,
    UNDER_WAY,
    UNREADABLE_HERE,
    Known,
    Lookalikes,
    Verdict,
    Whose,
    is_same,
    marks_of,
    named_in,
    whose,
)
from igny8.imports.model import LightPost, SitePost
from igny8.links.digest import digest_of
from igny8.links.model import Link
from igny8.publishing.model import Doubt, Publication, PublishState
from igny8.publishing.store import ContentBundle

HERE, FORMER = 500, 400
OURS, OTHER, FOREIGN = 1001, 1002, 999_999
POST = 7
SAME_DIGEST = digest_of(POST, "publish", "v2:now")


def content(number: int, **fields: Any) -> Content:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Content(
        id=number, account_id=1, site_id=2, rev=1, status=EditorialStatus.DRAFT,
        editorial=Editorial(**{"title": "T", **fields}), body=BodyRef("k", "s", 1),
        created_at=at, updated_at=at,
    )  # fmt: skip


def publication(state: str = "published", **fields: Any) -> Publication:
    known: dict[str, Any] = {
        "account_id": 1, "site_id": 2, "integration_id": HERE, "content_id": OURS, "intent": 1,
        "content_rev": 1, "post_status": "publish", "state": PublishState(state),
        "external_id": POST, "wordpress_status": "publish", **fields,
    }  # fmt: skip
    return Publication(**known)


DOUBT = Doubt("1001-500-1", 1, 0)
NEVER_SENT = None
SENT: dict[str, Publication | None] = {
    "there": publication(),
    "on a former integration": publication(integration_id=FORMER),
    "elsewhere": publication(external_id=8),
    "gone": publication("gone", wordpress_status="deleted"),
    "gone, another": publication("gone", wordpress_status="deleted", external_id=8),
    "conflict": publication("conflict"),
    "conflict, never made": publication("conflict", external_id=None),
    "failed, never made": publication("failed", external_id=None),
    "cancelled, never made": publication("cancelled", external_id=None),
    "unpublished": publication("unpublished", wordpress_status="draft"),
    "queued": publication("queued", external_id=None),
    "waiting": publication("waiting", external_id=None),
    "sending": publication("sending", external_id=None, doubt=DOUBT),
    "unknown": publication("unknown", external_id=None, doubt=DOUBT),
    "failed in doubt": publication("failed", external_id=None, doubt=DOUBT),
    "update queued": publication("queued"),
    "update in doubt": publication("unknown", doubt=DOUBT),
}


@dataclass(frozen=True)
class Case:
    """What is told and known, and what follows; what is not said is the ordinary."""

    name: str
    says: int | None
    expected: Verdict
    link: Any = None
    sent: str | None = None
    others: tuple[int, ...] = ()
    unreadable: frozenset[int] = frozenset()
    claims: dict[int, int] = field(default_factory=dict)
    status: str = "publish"
    fingerprint: str | None = "v2:now"
    twin: int | None = None
    here: bool = True


MINE = Link(OURS, HERE, "post", SAME_DIGEST)
THEN = replace(MINE, digest=(1, 2))
BEFORE = replace(MINE, integration_id=FORMER)
LEFT_UNDER_WAY = Verdict(Whose.LEFT, OURS, reason=UNDER_WAY)
LEFT_TWO_POSTS = Verdict(Whose.LEFT, OURS, reason=ANOTHER_POST)
CASES = [
    # Our link names it.
    Case("as it is known", OURS, Verdict(Whose.SAME, OURS), MINE, "there"),
    Case("edited", OURS, Verdict(Whose.OURS, OURS), THEN, "there"),
    Case("another status", OURS, Verdict(Whose.OURS, OURS), MINE, "there", status="draft"),
    Case("in the trash by now", OURS, Verdict(Whose.OURS, OURS), MINE, "there", status="trash"),
    Case("nobody has compared", OURS, Verdict(Whose.OURS, OURS), MINE, "there", fingerprint=None),
    Case("was deleted, is back", OURS, Verdict(Whose.OURS, OURS), replace(MINE, digest=None),
         "gone"),
    Case("in conflict, edited again", OURS, Verdict(Whose.OURS, OURS), THEN, "conflict"),
    Case("the bridge was not told", None, Verdict(Whose.SAME, OURS, unknown_there=True), MINE,
         "there"),
    Case("the bridge was not told, edited", None, Verdict(Whose.OURS, OURS, unknown_there=True),
         THEN, "there"),
    Case("the bridge names what is not ours", FOREIGN,
         Verdict(Whose.SAME, OURS, FOREIGN, unknown_there=True), MINE, "there"),
    Case("the bridge names other content of the site", OTHER, LEFT_TWO_POSTS, MINE, "there",
         others=(OTHER,)),
    Case("the bridge names other content that is unreadable", OTHER, LEFT_TWO_POSTS, MINE, "there",
         unreadable=frozenset({OTHER})),
    Case("an update is on its way", OURS, LEFT_UNDER_WAY, THEN, "update queued"),
    Case("an update is in doubt", OURS, LEFT_UNDER_WAY, THEN, "update in doubt"),
    Case("an update is on its way, nothing moved", OURS, Verdict(Whose.SAME, OURS), MINE,
         "update queued"),
    Case("of a former integration", OURS, Verdict(Whose.OURS, OURS), BEFORE,
         "on a former integration"),
    Case("of content that cannot be read", OURS,
         Verdict(Whose.UNREADABLE, OURS, reason=UNREADABLE_HERE), THEN, here=False,
         unreadable=frozenset({OURS})),
    Case("a link that cannot be read", OURS, Verdict(Whose.UNREADABLE, reason=UNREADABLE_HERE),
         "unreadable", "there"),
    Case("a link that cannot be read, of whom nobody says anything", None,
         Verdict(Whose.UNREADABLE, reason=UNREADABLE_HERE), "unreadable"),
    # The bridge names content of this site that has no link here.
    Case("never sent, as far as is known", OURS, Verdict(Whose.LOST, OURS)),
    Case("its link alone is lost", OURS, Verdict(Whose.LOST, OURS), sent="there"),
    Case("gone, its link is lost", OURS, Verdict(Whose.LOST, OURS), sent="gone"),
    Case("in conflict, its link is lost", OURS, Verdict(Whose.LOST, OURS), sent="conflict"),
    Case("in conflict over nothing", OURS, Verdict(Whose.LOST, OURS), sent="conflict, never made"),
    Case("given up", OURS, Verdict(Whose.LOST, OURS), sent="failed, never made"),
    Case("cancelled", OURS, Verdict(Whose.LOST, OURS), sent="cancelled, never made"),
    Case("down", OURS, Verdict(Whose.LOST, OURS), sent="unpublished", status="draft"),
    Case("a former integration had it", OURS, Verdict(Whose.LOST, OURS),
         sent="on a former integration"),
    Case("in the trash", OURS, Verdict(Whose.LOST, OURS), sent="unpublished", status="trash"),
    Case("looks like another, and is this", OURS, Verdict(Whose.LOST, OURS), twin=OTHER),
    *[
        Case(f"no link, {state}", OURS, LEFT_UNDER_WAY, sent=state)
        for state in ("queued", "waiting", "sending", "unknown", "failed in doubt")
    ],
    Case("its content has another post", OURS, LEFT_TWO_POSTS, sent="elsewhere"),
    Case("its content had another post", OURS, LEFT_TWO_POSTS, sent="gone, another"),
    Case("its content has become another post just now", OURS, LEFT_TWO_POSTS, claims={OURS: 8}),
    Case("its content has become this post just now", OURS, Verdict(Whose.LOST, OURS),
         claims={OURS: POST}),
    Case("named content cannot be read", OURS,
         Verdict(Whose.UNREADABLE, OURS, reason=UNREADABLE_HERE), here=False,
         unreadable=frozenset({OURS})),
    # The bridge names content that is not this site's: deleted, of another connection or account.
    Case("another's content", FOREIGN, Verdict(Whose.NOBODYS, instead_of=FOREIGN)),
    Case("another's content, looks like ours", FOREIGN, Verdict(Whose.NOBODYS, instead_of=FOREIGN),
         twin=OTHER),
    Case("another's content, in the trash", FOREIGN, Verdict(Whose.LEFT, reason=NOT_KEPT),
         status="trash"),
    # The bridge names nobody.
    Case("looks like ours", None, Verdict(Whose.TWIN, OTHER, reason=LOOKS_LIKE), twin=OTHER),
    Case("nobody's", None, Verdict(Whose.NOBODYS)),
    Case("nobody's draft", None, Verdict(Whose.NOBODYS), status="draft"),
    Case("nobody's, of some plugin's status", None, Verdict(Whose.NOBODYS), status="acf-disabled"),
    Case("nobody's, in the trash", None, Verdict(Whose.LEFT, reason=NOT_KEPT), status="trash"),
    Case("never saved", None, Verdict(Whose.LEFT, reason=NOT_KEPT), status="auto-draft"),
    Case("a revision", None, Verdict(Whose.LEFT, reason=NOT_KEPT), status="inherit"),
]  # fmt: skip


def told(case: Case) -> LightPost:
    return LightPost(id=POST, type="post", status=case.status, content_id=case.says,
                     fingerprint=case.fingerprint)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_whose_a_post_is(case: Case) -> None:
    sent = SENT[case.sent] if case.sent else None
    bundles = {OURS: ContentBundle(content(OURS), (sent,) if sent else ())} if case.here else {}
    bundles |= {number: ContentBundle(content(number), ()) for number in case.others}
    known = Known(bundles=bundles, unreadable=case.unreadable, claims=case.claims)
    assert whose(told(case), case.link, known, HERE, case.twin) == case.expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_the_same_needs_nothing_read_and_nothing_else_is(case: Case) -> None:
    if isinstance(case.link, str):
        return
    verdict = case.expected
    whole = verdict.whose is Whose.SAME and not verdict.unknown_there
    assert is_same(told(case), case.link, HERE) is whole


def test_what_has_to_be_known_of_a_post() -> None:
    light = LightPost(id=7, type="post", status="publish", content_id=None, fingerprint=None)
    assert named_in(light, None) == []
    assert named_in(light, MINE) == [OURS]
    assert named_in(replace(light, content_id=OURS), MINE) == [OURS]
    assert named_in(replace(light, content_id=OTHER), MINE) == [OURS, OTHER]
    assert named_in(replace(light, content_id=OTHER), None) == [OTHER]


# --- Twins ----------------------------------------------------------------------------------------


def looks_like(post_type: str = "post", slug: str = "", title: str = "") -> int | None:
    contents = [
        content(30, title="Tea & Cakes", slug="tea", post_type="post"),
        content(20, title="Äpfel", slug="äpfel", post_type="post"),
        content(10, title="Tea & Cakes", slug=None, post_type="page"),
        content(5, title="No slug", slug=None, post_type="post"),
    ]
    post = SitePost(id=7, type=post_type, status="publish", content_id=None, fingerprint=None,
                    slug=slug)  # fmt: skip
    return Lookalikes([(one.id, marks_of(one)) for one in contents]).of(post, title)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"slug": "tea"}, 30),
        ({"slug": "TEA"}, 30),
        ({"slug": "%c3%a4pfel"}, 20),
        ({"title": "tea &  cakes"}, 30),
        ({"title": "Tea & Cakes", "post_type": "page"}, 10),
        ({"slug": "tea", "post_type": "page"}, None),
        ({"slug": "tea", "title": "No slug"}, 30),
        ({"slug": "tea-2", "title": "Tea and cakes"}, None),
        ({"slug": "", "title": ""}, None),
        ({"slug": " ", "title": " "}, None),
    ],
)
def test_what_looks_like_a_post(told: dict[str, str], expected: int | None) -> None:
    assert looks_like(**told) == expected
