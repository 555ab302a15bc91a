"""Telling a site whose its posts are, and what follows where it disagrees."""

from contextlib import suppress
from dataclasses import replace

from igny8.core.errors import NotFound
from igny8.imports.adopting import Adopter, was_named_by_a_person
from igny8.imports.creating import Creator
from igny8.imports.identity import Verdict
from igny8.imports.model import Item, Outcome
from igny8.imports.page import DELETED_MEANWHILE, Page
from igny8.imports.reading import read_links
from igny8.publishing.model import Publication
from igny8.publishing.store import ContentBundle, PublicationStore
from igny8.wordpress.response import BridgeResponse

REFUSED_THERE = {
    "gone": DELETED_MEANWHILE,
    "taken": "The bridge says that this post belongs to other content.",
    "not_allowed": "Posts of this type are switched off in the bridge's settings.",
}


class Teller:
    """Tells sites (`links`)."""

    def __init__(
        self, *, publications: PublicationStore, creator: Creator, adopter: Adopter
    ) -> None:
        self._publications = publications
        self._creator = creator
        self._adopter = adopter

    def tell(self, page: Page) -> BridgeResponse | None:
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

    def _refused(self, page: Page, post_id: int, verdict: Verdict, word: str) -> Item:
        """The bridge does not let us have a post: content that was just made of it goes again."""
        item = page.items[post_id]
        reason = REFUSED_THERE[word]
        owner = page.context.owner
        with suppress(NotFound):  # somebody has deleted it just now
            bundle = self._publications.bundle(owner.account_id, verdict.content_id or 0)
            publication = bundle.on(owner.integration_id)
            if item.outcome is Outcome.CREATED:
                if self._creator.take_back(bundle):
                    item = replace(item, content_id=None)
            elif publication is not None:
                self.let_go(page, bundle, publication, reason)
        return replace(item, outcome=Outcome.SKIPPED, reason=reason)

    def let_go(
        self, page: Page, bundle: ContentBundle, publication: Publication, reason: str
    ) -> None:
        """What a person tied to a post that is not there, or another's, is not that post."""
        if was_named_by_a_person(publication) and not page.context.dry_run:
            self._adopter.let_go(bundle, publication, reason)


def _told(post_id: int, verdict: Verdict) -> dict[str, int]:
    item = {"post_id": post_id, "content_id": verdict.content_id or 0}
    return item if verdict.instead_of is None else item | {"instead_of": verdict.instead_of}
