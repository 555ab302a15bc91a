"""Taking a page of a site's posts over: whose each is, and what is written because of it.

A post is one transaction, so a page that is begun again finds what it has done. Its site is told
whose its posts are (`links`) last: who dies before that tells it the next time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from igny8.content.text import as_typed
from igny8.core.errors import DomainError, Invalid, NotFound, TooLarge, Unavailable
from igny8.core.logging import get_logger
from igny8.core.rows import ConditionLost
from igny8.imports.adopting import Adopted, Adopter
from igny8.imports.ancestors import Ancestry
from igny8.imports.asking import Whole, whole_posts
from igny8.imports.belief import Belief, Believer
from igny8.imports.creating import Creator
from igny8.imports.identity import (
    Verdict,
    Whose,
    is_same,
    named_in,
)
from igny8.imports.model import Item, LightPost, Outcome, SitePost
from igny8.imports.page import DELETED_MEANWHILE, Page, gone, item_of, left_alone
from igny8.imports.runs import PageContext, Taken, Twins
from igny8.imports.telling import Teller
from igny8.imports.texts import NotTaken
from igny8.imports.twins import TwinFinder
from igny8.links.model import Link
from igny8.links.store import LinkStore
from igny8.publishing.store import ContentBundle, PublicationStore
from igny8.wordpress.response import BridgeResponse

RACE_RETRIES = 5
OUR_FAULT = "We could not take this post over. Our own code is at fault; it will be looked at."
OF_NOBODY = "It belongs to no content here."

logger = get_logger()


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
        teller: Teller,
        twins: TwinFinder,
        ancestry: Ancestry,
    ) -> None:
        self._links = links
        self._publications = publications
        self._believer = believer
        self._creator = creator
        self._adopter = adopter
        self._teller = teller
        self._twins = twins
        self._ancestry = ancestry

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
            refused = self._teller.tell(page) or refused
        return Taken(items=page.first(posts), refused=refused)

    def _begun(self, context: PageContext, posts: Sequence[LightPost]) -> Page:
        """Whose the posts are as far as that is known here; another batch read for what is new."""
        owner = context.owner
        ids = [post.id for post in posts]
        links, strange = self._links.get_many(owner.account_id, owner.site_id, ids)
        page = Page(context, links, strange)
        named = {
            content_id
            for post in posts
            if not is_same(post, links.get(post.id), owner.integration_id)
            for content_id in named_in(post, links.get(post.id))
        }
        self._look_up(page, named)
        return page

    def _look_up(self, page: Page, named: set[int]) -> None:
        """Read contents that posts are said to be; those of other sites are nobody's here."""
        owner = page.context.owner
        integration_id = owner.integration_id
        new = sorted(named - page.looked_up)
        bundles, unreadable = self._publications.known(
            owner.account_id, new, sorted({integration_id, *_former(page.links, integration_id)})
        )
        here = {
            number: self._with_former(bundle, integration_id)
            for number, bundle in bundles.items()
            if bundle.content.site_id == owner.site_id
        }
        page.learn(new, here, unreadable)

    def _with_former(self, bundle: ContentBundle, integration_id: int) -> ContentBundle:
        """With what the site's former integrations knew, of content that is older than this one."""
        if bundle.publications or bundle.content.id > integration_id:
            return bundle
        try:
            return self._publications.bundle(bundle.content.account_id, bundle.content.id)
        except NotFound:  # deleted just now
            return bundle

    def _is_left(self, page: Page, post: LightPost) -> bool:
        """Whether the whole post has to be looked at; else it is settled."""
        integration_id = page.context.owner.integration_id
        link = page.links.get(post.id)
        if link is not None and is_same(post, link, integration_id):
            page.items[post.id] = page.unchanged(post, link.content_id)
            return False
        verdict = page.verdict(post)
        if verdict.whose is Whose.SAME:
            page.items[post.id] = page.unchanged(post, verdict.content_id)
            page.tells[post.id] = verdict
        elif verdict.whose in {Whose.LEFT, Whose.UNREADABLE}:
            page.items[post.id] = left_alone(post, verdict)
        else:
            return True
        return False

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

    def _take(self, page: Page, whole: Whole) -> None:
        if not whole.done:
            return
        belief = self._believer.believe(page.context.owner, whole.position)
        adopted: list[Adopted] = []
        self._look_again(page, whole.posts)
        for item in whole.failed:
            page.items[item.external_id] = item
        self._gone(page, whole)
        for post in self._ancestry.completed(page.context.owner, whole.posts):
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
                page.items[post.id] = item_of(post, Outcome.FAILED, reason=OUR_FAULT)
        self._adopt(page, adopted, whole, belief)

    def _look_again(self, page: Page, posts: Sequence[SitePost]) -> None:
        """Whose a post is may have been said since it was listed: by a publish, by another run."""
        said = {post.id: post.content_id for post in posts if post.content_id}
        new = {one: named for one, named in said.items() if named not in page.looked_up}
        if new:
            owner = page.context.owner
            links, _ = self._links.get_many(
                owner.account_id, owner.site_id, list(new), consistent=True
            )
            page.links = {**page.links, **links}
            self._look_up(page, set(new.values()))

    def _whole_verdict(self, page: Page, post: SitePost) -> Verdict:
        verdict = page.verdict(post)
        is_nobodys = verdict.whose is Whose.NOBODYS and verdict.instead_of is None
        if not is_nobodys or page.context.twins is Twins.IMPORT:
            return verdict
        if page.lookalikes is None:
            page.lookalikes = self._twins.lookalikes(page.context.owner, page.context.run_id)
        return page.verdict(post, page.lookalikes.of(post, as_typed(post.title)))

    def _one(self, page: Page, post: SitePost, verdict: Verdict, belief: Belief) -> Item:
        if page.context.only_known and verdict.whose in {Whose.NOBODYS, Whose.TWIN}:
            return item_of(post, Outcome.SKIPPED, reason=OF_NOBODY)
        if verdict.whose is Whose.NOBODYS:
            return self._created(page, post, verdict, belief)
        if verdict.whose is Whose.TWIN:
            return item_of(post, Outcome.TWIN, verdict.content_id, verdict.reason)
        if verdict.whose is Whose.SAME:
            page.tells[post.id] = verdict
            return page.unchanged(post, verdict.content_id)
        return left_alone(post, verdict)

    def _created(self, page: Page, post: SitePost, verdict: Verdict, belief: Belief) -> Item:
        context = page.context
        try:
            draft = self._creator.draft(post)
        except (NotTaken, TooLarge, Invalid) as error:
            return item_of(post, Outcome.SKIPPED, reason=str(error))
        if context.dry_run:
            return item_of(post, Outcome.CREATED)
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
            return item_of(post, outcome, made.content_id)
        raise Unavailable("contention", retry_after=1)

    def _gone(self, page: Page, whole: Whole) -> None:
        """Posts that are not there any more; of ours it is heard of as of an event."""
        context = page.context
        deleted: dict[int, int] = {}
        for post_id in whole.gone:
            link = page.links.get(post_id)
            page.items[post_id] = gone(post_id, link)
            bundle = page.known.bundles.get(link.content_id) if link is not None else None
            publication = bundle.on(context.owner.integration_id) if bundle else None
            if bundle is None or publication is None:
                continue
            if publication.wordpress_status is None:
                self._teller.let_go(page, bundle, publication, DELETED_MEANWHILE)
            else:
                deleted[post_id] = bundle.content.id
        if deleted and not context.dry_run:
            self._adopter.heard_gone(context, deleted, whole.position)

    def _adopt(self, page: Page, found: Sequence[Adopted], whole: Whole, belief: Belief) -> None:
        """What is ours already: linked where it was not, then heard of as of an event."""
        context = page.context
        for one in found:
            outcome = one.outcome(context.owner.integration_id)
            if page.is_of_this_run(one.post.id):
                outcome = page.unchanged(one.post, one.verdict.content_id).outcome
            page.items[one.post.id] = item_of(one.post, outcome, one.verdict.content_id)
            if one.verdict.unknown_there:
                page.tells[one.post.id] = one.verdict
        if found and not context.dry_run:
            present = self._believer.still(context.owner, belief)
            self._adopter.adopt(context, found, whole.position, present)


def _former(links: Mapping[int, Link], integration_id: int) -> set[int]:
    return {link.integration_id for link in links.values()} - {integration_id}
