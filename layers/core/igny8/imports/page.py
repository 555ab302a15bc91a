"""A page of posts while it is taken over: what is known, and what each post came to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from igny8.content.text import as_typed
from igny8.imports.identity import Known, Lookalikes, Unreadable, Verdict, Whose, whose
from igny8.imports.model import Item, LightPost, Outcome, SitePost
from igny8.imports.reading import TITLE_SHOWN
from igny8.imports.runs import PageContext
from igny8.links.model import Link
from igny8.publishing.store import ContentBundle

DELETED_MEANWHILE = "The post was deleted meanwhile."


@dataclass(slots=True)
class Page:
    """How far a page is: what is known, what each post came to, and what its site is to be told."""

    context: PageContext
    links: Mapping[int, Link]
    strange: frozenset[int]
    bundles: dict[int, ContentBundle] = field(default_factory=dict)
    unreadable: frozenset[int] = frozenset()
    looked_up: set[int] = field(default_factory=set)
    claims: dict[int, int] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    tells: dict[int, Verdict] = field(default_factory=dict)
    lookalikes: Lookalikes | None = None

    @property
    def known(self) -> Known:
        """What is known here of the contents that its posts are said to be."""
        return Known(bundles=self.bundles, unreadable=self.unreadable, claims=self.claims)

    def learn(
        self,
        looked_up: Iterable[int],
        bundles: Mapping[int, ContentBundle],
        unreadable: frozenset[int],
    ) -> None:
        """Of contents that were read; those that are in neither are not this site's."""
        self.looked_up.update(looked_up)
        self.bundles.update(bundles)
        self.unreadable |= unreadable

    def verdict(self, post: LightPost, twin: int | None = None) -> Verdict:
        """Whose a post is, with what the others of this page have become."""
        link: Link | Unreadable | None = self.links.get(post.id)
        link = "unreadable" if post.id in self.strange else link
        found = whose(post, link, self.known, self.context.owner.integration_id, twin)
        if found.whose is Whose.LOST and found.content_id is not None:
            self.claims[found.content_id] = post.id
        return found

    def is_of_this_run(self, post_id: int) -> bool:
        """Whether an earlier try of this page has found whose a post is."""
        link = self.links.get(post_id)
        return link is not None and link.run_id == self.context.run_id

    def unchanged(self, post: LightPost, content_id: int | None) -> Item:
        """Of a post that is as it is known; what this run has made of it before counts as that."""
        outcome = Outcome.UNCHANGED
        if self.is_of_this_run(post.id):
            made = content_id is not None and content_id > self.context.run_id
            outcome = Outcome.CREATED if made else Outcome.LINKED
        return item_of(post, outcome, content_id)

    def first(self, posts: Sequence[LightPost]) -> list[Item]:
        """The items of the first posts, up to one that is not done with."""
        done: list[Item] = []
        for post in posts:
            if post.id not in self.items:
                break
            done.append(self.items[post.id])
        return done


def gone(post_id: int, link: Link | None) -> Item:
    """Of a post that was deleted since it was listed."""
    kind, content_id = (link.post_type, link.content_id) if link is not None else ("", None)
    return Item(
        external_id=post_id, type=kind, title="", url="", outcome=Outcome.SKIPPED,
        content_id=content_id, reason=DELETED_MEANWHILE,
    )  # fmt: skip


def left_alone(post: LightPost, verdict: Verdict) -> Item:
    """Of a post about which nothing is done, and why."""
    outcome = Outcome.FAILED if verdict.whose is Whose.UNREADABLE else Outcome.SKIPPED
    return item_of(post, outcome, verdict.content_id, verdict.reason)


def item_of(
    post: LightPost, outcome: Outcome, content_id: int | None = None, reason: str | None = None
) -> Item:
    """What is told of a post; light ones have neither title nor address."""
    title, url = (post.title, post.url) if isinstance(post, SitePost) else ("", "")
    return Item(
        external_id=post.id, type=post.type, title=as_typed(title)[:TITLE_SHOWN], url=url,
        outcome=outcome, content_id=content_id, reason=reason,
    )  # fmt: skip
