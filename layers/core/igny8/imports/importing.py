"""Taking a page of a site's posts over: whose each is, and what is written because of it.

A post is one transaction, so a page that is begun again finds what it has done. Its site is told
whose its posts are (`links`) last: who dies before that tells it the next time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from igny8.content.text import as_typed
from igny8.core.errors import DomainError, NotFound, TooLarge, Unavailable
from igny8.core.logging import get_logger
from igny8.core.rows import ConditionLost
from igny8.imports.adopting import Adopted, Adopter
from igny8.imports.asking import Whole, whole_posts
from igny8.imports.belief import Belief, Believer
from igny8.imports.creating import Creator
from igny8.imports.identity import (
    Known,
    Lookalikes,
    Unreadable,
    Verdict,
    Whose,
    is_same,
    named_in,
    whose,
)
from igny8.imports.model import Item, LightPost, Outcome, SitePost
from igny8.imports.reading import TITLE_SHOWN, read_links
from igny8.imports.runs import PageContext, Taken, Twins
from igny8.imports.texts import NotTaken
from igny8.imports.twins import TwinFinder
from igny8.links.model import Link
from igny8.links.store import LinkStore
from igny8.publishing.store import ContentBundle, PublicationStore
from igny8.wordpress.response import BridgeResponse

RACE_RETRIES = 5
DELETED_MEANWHILE = "The post was deleted meanwhile."
OUR_FAULT = "We could not take this post over. Our own code is at fault; it will be looked at."
REFUSED_THERE = {
    "gone": DELETED_MEANWHILE,
    "taken": "The bridge says that this post belongs to other content.",
    "not_allowed": "Posts of this type are switched off in the bridge's settings.",
}

logger = get_logger()


@dataclass(slots=True)
class _Page:
    """How far a page is: what is known, what each post came to, and what its site is to be told."""

    context: PageContext
    links: Mapping[int, Link]
    strange: frozenset[int]
    known: Known
    claims: dict[int, int]
    items: dict[int, Item] = field(default_factory=dict)
    tells: dict[int, Verdict] = field(default_factory=dict)
    lookalikes: Lookalikes | None = None

    def verdict(self, post: LightPost, twin: int | None = None) -> Verdict:
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


class Importer:
    """Takes pages of posts over; implements `igny8.imports.runs.PageImporter`."""

    def __init__(
        self,
        *,
        links: LinkStore,
        publications: PublicationStore,
        believer: Believer,
        creator: Creator,
        adopter: Adopter,
        twins: TwinFinder,
    ) -> None:
        self._links = links
        self._publications = publications
        self._believer = believer
        self._creator = creator
        self._adopter = adopter
        self._twins = twins

    def page(self, context: PageContext, posts: Sequence[LightPost]) -> Taken:
        """Take a page over. Raises what `PageImporter` says, and :class:`Conflict` `sync_frozen`.

        100 posts that are as they are known cost one batch read.
        """
        page = self._begun(context, posts)
        left = [post.id for post in posts if self._is_left(page, post)]
        refused: BridgeResponse | None = None
        while left and refused is None:
            whole = self._asked(context, left)
            if not whole.done and whole.refused is None:
                break  # the time is up
            self._take(page, whole)
            left, refused = left[len(whole.done) :], whole.refused
        if page.tells and not context.dry_run:
            refused = self._tell(page) or refused
        return Taken(items=_first(posts, page.items), refused=refused)

    def _begun(self, context: PageContext, posts: Sequence[LightPost]) -> _Page:
        """Whose the posts are as far as that is known here; another batch read for what is new."""
        owner = context.owner
        account_id, integration_id = owner.account_id, owner.integration_id
        links, strange = self._links.get_many(account_id, owner.site_id, [one.id for one in posts])
        named = {
            content_id
            for post in posts
            if not is_same(post, links.get(post.id), integration_id)
            for content_id in named_in(post, links.get(post.id))
        }
        bundles, unreadable = self._publications.known(
            account_id, sorted(named), sorted({integration_id, *_former(links, integration_id)})
        )
        here = {
            number: self._with_former(bundle, integration_id)
            for number, bundle in bundles.items()
            if bundle.content.site_id == owner.site_id
        }
        claims: dict[int, int] = {}
        known = Known(bundles=here, unreadable=unreadable, claims=claims)
        return _Page(context, links, strange, known, claims)

    def _with_former(self, bundle: ContentBundle, integration_id: int) -> ContentBundle:
        """With what the site's former integrations knew, of content that is older than this one."""
        if bundle.publications or bundle.content.id > integration_id:
            return bundle
        try:
            return self._publications.bundle(bundle.content.account_id, bundle.content.id)
        except NotFound:  # deleted just now
            return bundle

    def _is_left(self, page: _Page, post: LightPost) -> bool:
        """Whether the whole post has to be looked at; else it is settled."""
        integration_id = page.context.owner.integration_id
        link = page.links.get(post.id)
        if link is not None and is_same(post, link, integration_id):
            page.items[post.id] = self._unchanged(page, post, link.content_id)
            return False
        verdict = page.verdict(post)
        if verdict.whose is Whose.SAME:
            page.items[post.id] = self._unchanged(page, post, verdict.content_id)
            page.tells[post.id] = verdict
        elif verdict.whose in {Whose.LEFT, Whose.UNREADABLE}:
            page.items[post.id] = _left_alone(post, verdict)
        else:
            return True
        return False

    def _unchanged(self, page: _Page, post: LightPost, content_id: int | None) -> Item:
        outcome = Outcome.UNCHANGED
        if page.is_of_this_run(post.id):
            made = content_id is not None and content_id > page.context.run_id
            outcome = Outcome.CREATED if made else Outcome.LINKED
        return _item(post, outcome, content_id)

    def _asked(self, context: PageContext, ids: Sequence[int]) -> Whole:
        """The next whole posts, as many as one answer holds: no more are in memory at once."""
        calls = iter([True])
        return whole_posts(
            context.client,
            context.target,
            ids,
            may_go_on=lambda: next(calls, False) and context.may_go_on(),
        )

    # --- What becomes of whole posts ------------------------------------------------------------

    def _take(self, page: _Page, whole: Whole) -> None:
        if not whole.done:
            return
        belief = self._believer.believe(page.context.owner, whole.position)
        adopted: list[Adopted] = []
        for item in whole.failed:
            page.items[item.external_id] = item
        for post_id in whole.gone:
            page.items[post_id] = self._gone(page, post_id)
        for post in whole.posts:
            try:
                verdict = self._whole_verdict(page, post)
                if verdict.whose in {Whose.OURS, Whose.LOST}:
                    bundle = page.known.bundles[verdict.content_id or 0]
                    adopted.append(Adopted(post, verdict, bundle))
                else:
                    page.items[post.id] = self._one(page, post, verdict, belief)
            except DomainError:
                raise
            except Exception:
                logger.exception("crashed", extra={"post_id": post.id})
                page.items[post.id] = _item(post, Outcome.FAILED, reason=OUR_FAULT)
        self._adopt(page, adopted, whole, belief)

    def _whole_verdict(self, page: _Page, post: SitePost) -> Verdict:
        verdict = page.verdict(post)
        is_nobodys = verdict.whose is Whose.NOBODYS and verdict.instead_of is None
        if not is_nobodys or page.context.twins is Twins.IMPORT:
            return verdict
        if page.lookalikes is None:
            page.lookalikes = self._twins.lookalikes(page.context.owner, page.context.run_id)
        return page.verdict(post, page.lookalikes.of(post, as_typed(post.title)))

    def _one(self, page: _Page, post: SitePost, verdict: Verdict, belief: Belief) -> Item:
        if verdict.whose is Whose.NOBODYS:
            return self._created(page, post, verdict, belief)
        if verdict.whose is Whose.TWIN:
            return _item(post, Outcome.TWIN, verdict.content_id, verdict.reason)
        if verdict.whose is Whose.SAME:
            page.tells[post.id] = verdict
            return self._unchanged(page, post, verdict.content_id)
        return _left_alone(post, verdict)

    def _created(self, page: _Page, post: SitePost, verdict: Verdict, belief: Belief) -> Item:
        context = page.context
        try:
            draft = self._creator.draft(post)
        except (NotTaken, TooLarge) as error:
            return _item(post, Outcome.SKIPPED, reason=str(error))
        if context.dry_run:
            return _item(post, Outcome.CREATED)
        for _ in range(RACE_RETRIES):
            try:
                made = self._creator.create(
                    context.owner,
                    post,
                    draft,
                    run_id=context.run_id,
                    site=belief.site,
                    home=context.site_url,
                    present=self._believer.still(context.owner, belief),
                )
            except ConditionLost as lost:
                belief = self._believer.again(context.owner, belief, lost)
                continue
            is_mine = made.link is None or made.link.run_id == context.run_id
            told = replace(verdict, content_id=made.content_id, unknown_there=True)
            if is_mine:
                page.tells[post.id] = told
            outcome = Outcome.CREATED if is_mine else Outcome.UNCHANGED
            return _item(post, outcome, made.content_id)
        raise Unavailable("contention", retry_after=1)

    def _gone(self, page: _Page, post_id: int) -> Item:
        """A post that was deleted since it was listed; of ours its event tells more."""
        link = page.links.get(post_id)
        kind = link.post_type if link is not None else ""
        return Item(
            external_id=post_id, type=kind, title="", url="", outcome=Outcome.SKIPPED,
            content_id=link.content_id if link is not None else None, reason=DELETED_MEANWHILE,
        )  # fmt: skip

    def _adopt(self, page: _Page, found: Sequence[Adopted], whole: Whole, belief: Belief) -> None:
        """What is ours already: linked where it was not, then heard of as of an event."""
        context = page.context
        for one in found:
            outcome = one.outcome(context.owner.integration_id)
            if page.is_of_this_run(one.post.id):
                outcome = self._unchanged(page, one.post, one.verdict.content_id).outcome
            page.items[one.post.id] = _item(one.post, outcome, one.verdict.content_id)
            if one.verdict.unknown_there:
                page.tells[one.post.id] = one.verdict
        if found and not context.dry_run:
            present = self._believer.still(context.owner, belief)
            self._adopter.adopt(context, found, whole.position, present)

    # --- What the site is told ------------------------------------------------------------------

    def _tell(self, page: _Page) -> BridgeResponse | None:
        """Have the bridge know whose its posts are; its answer where it was none.

        What it has not heard of is not done with: those posts come again.
        """
        context = page.context
        told = list(page.tells.items())
        answer = None
        if context.may_go_on():
            items = [_told(post_id, verdict) for post_id, verdict in told]
            answer = context.client.links(context.target, items)
        if answer is None or not (answer.ours and answer.success):
            for post_id, _ in told:
                del page.items[post_id]
            return answer
        said = read_links(answer, [post_id for post_id, _ in told])
        for post_id, verdict in told:
            word = said.get(post_id)
            if word is None:
                del page.items[post_id]
            elif word != "linked":
                page.items[post_id] = self._refused(page, post_id, verdict, word)
        return None

    def _refused(self, page: _Page, post_id: int, verdict: Verdict, word: str) -> Item:
        """The bridge does not let us have a post: content that was just made of it goes again."""
        item = page.items[post_id]
        reason = REFUSED_THERE[word]
        if item.outcome is Outcome.CREATED and verdict.content_id is not None:
            owner = page.context.owner
            bundle = self._publications.bundle(owner.account_id, verdict.content_id)
            if self._creator.take_back(bundle):
                return replace(item, outcome=Outcome.SKIPPED, content_id=None, reason=reason)
        return replace(item, outcome=Outcome.SKIPPED, reason=reason)


def _former(links: Mapping[int, Link], integration_id: int) -> set[int]:
    return {link.integration_id for link in links.values()} - {integration_id}


def _told(post_id: int, verdict: Verdict) -> dict[str, int]:
    item = {"post_id": post_id, "content_id": verdict.content_id or 0}
    return item if verdict.instead_of is None else item | {"instead_of": verdict.instead_of}


def _first(posts: Sequence[LightPost], items: Mapping[int, Item]) -> list[Item]:
    """The items of the first posts, up to one that is not done with."""
    done: list[Item] = []
    for post in posts:
        if post.id not in items:
            break
        done.append(items[post.id])
    return done


def _left_alone(post: LightPost, verdict: Verdict) -> Item:
    outcome = Outcome.FAILED if verdict.whose is Whose.UNREADABLE else Outcome.SKIPPED
    return _item(post, outcome, verdict.content_id, verdict.reason)


def _item(
    post: LightPost, outcome: Outcome, content_id: int | None = None, reason: str | None = None
) -> Item:
    title, url = (post.title, post.url) if isinstance(post, SitePost) else ("", "")
    return Item(
        external_id=post.id, type=post.type, title=as_typed(title)[:TITLE_SHOWN], url=url,
        outcome=outcome, content_id=content_id, reason=reason,
    )  # fmt: skip
