"""Asking a site what is there: for posts it said something about, and for all of them in a run.

One post about which nobody can find out anything holds back no other: it is passed over, and
counted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from igny8.content.store import ContentStore
from igny8.core.cursor import PageRequest, decode_cursor, encode_cursor
from igny8.core.errors import Conflict, DomainError
from igny8.core.logging import get_logger
from igny8.imports.model import LightPost, Outcome
from igny8.imports.reading import SiteRepeatsItself
from igny8.imports.runs import PageContext, PageImporter
from igny8.inbound.planning import Telling
from igny8.inbound.service import InboundService
from igny8.inbound.store import InboxStore
from igny8.publishing.answers import Presence, presence
from igny8.publishing.model import Publication
from igny8.publishing.store import PublicationStore
from igny8.sites.model import KeyOwner
from igny8.syncing.site_answers import facts_of, position_told
from igny8.wordpress.client import BridgeClient, Target
from igny8.wordpress.response import BridgeResponse

MOST_UNREADABLE = 3
"""So many posts in a row that the site does not answer about are no longer the posts' fault."""

logger = get_logger()


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking. ``refused`` is the site's answer where it is none about a post.

    ``failed`` are contents about which the site answered nothing of the bridge's, although it does
    otherwise, or whose answer we could not bear. ``strange``: what it answered is of another life
    of the site's database, or was not to be heard.
    """

    done: int = 0
    changed: int = 0
    next: str | None = None
    failed: tuple[int, ...] = ()
    refused: BridgeResponse | None = None
    strange: bool = False


class _Word(Enum):
    """What one post came to."""

    CHANGED = "changed"
    SAME = "same"
    STRANGE = "strange"
    CRASHED = "crashed"


class FactFinder:
    """Compares what is known of posts with what is there."""

    def __init__(
        self,
        *,
        contents: ContentStore,
        publications: PublicationStore,
        inboxes: InboxStore,
        inbound: InboundService,
        importer: PageImporter,
        page_size: int,
    ) -> None:
        self._contents = contents
        self._publications = publications
        self._inboxes = inboxes
        self._inbound = inbound
        self._importer = importer
        self._page_size = page_size

    def page(
        self,
        owner: KeyOwner,
        target: Target,
        client: BridgeClient,
        cursor: str | None,
        *,
        may_go_on: Callable[[], bool],
        everything: bool = False,
    ) -> Asked:
        """Ask about a page of the site's content, newest first; those with a post, or of all.

        One that has to stop in the middle goes on after the last that it asked about.
        """
        before = decode_cursor(cursor) if cursor else None
        request = PageRequest(self._page_size, before)
        ids = self._contents.ids_of_site(owner.account_id, owner.site_id, None, request)
        bundles = self._publications.bundles(owner.account_id, ids.items, [owner.integration_id])
        known = [(bundle.content.id, bundle.on(owner.integration_id)) for bundle in bundles]
        asked, last = self._ask(owner, target, client, known, may_go_on, everything=everything)
        if asked.strange or (last is None and asked.refused is not None):
            return asked
        whole = asked.done == len(known) and asked.refused is None
        return replace(asked, next=ids.next if whole else encode_cursor(last or 0))

    def posts(
        self, owner: KeyOwner, target: Target, client: BridgeClient, post_ids: Sequence[int]
    ) -> Asked:
        """Ask about these posts, as far as they are content of ours."""
        docket = self._inboxes.read(owner, [], post_ids)
        content_ids = list(dict.fromkeys(docket.links.values()))
        bundles = self._publications.bundles(
            owner.account_id, content_ids, [owner.integration_id], consistent=True
        )
        known = [(bundle.content.id, bundle.on(owner.integration_id)) for bundle in bundles]
        return self._ask(owner, target, client, known, lambda: True)[0]

    def _ask(
        self,
        owner: KeyOwner,
        target: Target,
        client: BridgeClient,
        known: Sequence[tuple[int, Publication | None]],
        may_go_on: Callable[[], bool],
        *,
        everything: bool = False,
    ) -> tuple[Asked, int | None]:
        """Ask about contents in their order, and the last of them that is done with."""
        done, changed, in_a_row = 0, 0, 0
        failed: list[int] = []
        last: int | None = None
        for content_id, publication in known:
            if done and not may_go_on():
                break
            post_id = publication.external_id if publication else None
            word: _Word | BridgeResponse = _Word.SAME
            if post_id is not None or everything:
                # Of what it never had an order for it may not have been told whose it is.
                may_know = publication is not None and publication.applied_intent > 0
                moved = publication is not None and publication.is_elsewhere(target.site_url)
                known_here = post_id if may_know else None
                if moved:
                    post_id = known_here = None
                word = self._ask_one(owner, target, client, content_id, post_id, known_here)
            if word is _Word.STRANGE:
                return Asked(done, changed, None, tuple(failed), strange=True), last
            if isinstance(word, BridgeResponse):
                in_a_row += 1
                if in_a_row >= MOST_UNREADABLE or not self._answers(target, client):
                    return Asked(done, changed, None, tuple(failed), refused=word), last
            elif word is not _Word.CRASHED:
                in_a_row = 0
            if isinstance(word, BridgeResponse) or word is _Word.CRASHED:
                failed.append(content_id)
            done, changed, last = done + 1, changed + (word is _Word.CHANGED), content_id
        return Asked(done, changed, None, tuple(failed)), last

    def _ask_one(
        self,
        owner: KeyOwner,
        target: Target,
        client: BridgeClient,
        content_id: int,
        post_id: int | None,
        known_here: int | None,
    ) -> _Word | BridgeResponse:
        """Ask about one; the site's answer where it is not the bridge's.

        ``known_here`` is its post if the bridge has had an order for it.
        """
        answer = client.ask(target, content_id)
        facts = facts_of(answer, content_id, known_here)
        if facts is None and known_here is None and presence(answer) is Presence.ABSENT:
            return self._told_of(owner, target, client, post_id)
        if facts is None:
            return _Word.SAME if answer.ours else answer
        position = position_told(answer)
        telling = Telling(events=[facts], position=position, is_answer=True, is_pulled=True)
        try:
            heard = self._inbound.hear(owner, telling)
        except Conflict:
            return _Word.STRANGE
        except DomainError:
            raise
        except Exception:
            logger.exception("crashed", extra={"content_id": content_id})
            return _Word.CRASHED
        return _Word.CHANGED if heard[0].result == "applied" else _Word.SAME

    def _told_of(
        self, owner: KeyOwner, target: Target, client: BridgeClient, post_id: int | None
    ) -> _Word | BridgeResponse:
        """Have a bridge know whose a post is that it has not been told of, if there is one."""
        if post_id is None:
            return _Word.SAME
        context = PageContext(
            owner=owner, run_id=0, actor="", channel="", target=target, client=client
        )
        post = LightPost(id=post_id, type="", status="", content_id=None, fingerprint=None)
        try:
            taken = self._importer.page(context, [post])
        except Conflict:
            return _Word.STRANGE
        except SiteRepeatsItself:
            return _Word.SAME
        if taken.refused is not None:
            return _Word.SAME if taken.refused.ours else taken.refused
        new = {Outcome.LINKED, Outcome.PULLED}
        is_new = any(item.outcome in new for item in taken.items)
        return _Word.CHANGED if is_new else _Word.SAME

    def _answers(self, target: Target, client: BridgeClient) -> bool:
        """Whether the bridge is there at all, though not for this post."""
        answer = client.status(target)
        return answer.ours and answer.success
