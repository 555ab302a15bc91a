"""Asking a site what is there: for posts it said something about, and for all of them in a run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from igny8.content.store import ContentStore
from igny8.core.cursor import PageRequest, decode_cursor, encode_cursor
from igny8.core.errors import Conflict
from igny8.inbound.planning import Telling
from igny8.inbound.service import InboundService
from igny8.inbound.store import InboxStore
from igny8.publishing.model import Publication
from igny8.publishing.store import PublicationStore
from igny8.sites.model import KeyOwner
from igny8.syncing.site_answers import facts_of, position_told
from igny8.wordpress.client import BridgeClient, Target
from igny8.wordpress.response import BridgeResponse


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking. ``refused`` is the site's answer where it is none about a post.

    ``strange``: what it answered is of another life of the site's database, or was not to be heard.
    """

    done: int = 0
    changed: int = 0
    next: str | None = None
    refused: BridgeResponse | None = None
    strange: bool = False


class FactFinder:
    """Compares what is known of posts with what is there."""

    def __init__(
        self,
        *,
        contents: ContentStore,
        publications: PublicationStore,
        inboxes: InboxStore,
        inbound: InboundService,
        page_size: int,
    ) -> None:
        self._contents = contents
        self._publications = publications
        self._inboxes = inboxes
        self._inbound = inbound
        self._page_size = page_size

    def page(
        self,
        owner: KeyOwner,
        target: Target,
        client: BridgeClient,
        cursor: str | None,
        *,
        may_go_on: Callable[[], bool],
    ) -> Asked:
        """Ask about a page of the site's content, newest first; those with a post alone.

        One that has to stop in the middle goes on after the last that it asked about.
        """
        before = decode_cursor(cursor) if cursor else None
        request = PageRequest(self._page_size, before)
        ids = self._contents.ids_of_site(owner.account_id, owner.site_id, None, request)
        bundles = self._publications.bundles(owner.account_id, ids.items, [owner.integration_id])
        done = changed = last = 0
        for bundle in bundles:
            if done and not may_go_on():
                return Asked(done, changed, encode_cursor(last))
            publication = bundle.on(owner.integration_id)
            asked = self._ask(owner, target, client, [publication] if publication else [])
            if asked.refused is not None or asked.strange:
                return asked
            done, changed, last = done + 1, changed + asked.changed, bundle.content.id
        return Asked(done, changed, ids.next)

    def posts(
        self, owner: KeyOwner, target: Target, client: BridgeClient, post_ids: Sequence[int]
    ) -> Asked:
        """Ask about these posts, as far as they are content of ours."""
        docket = self._inboxes.read(owner, [], post_ids)
        content_ids = list(dict.fromkeys(docket.links.values()))
        bundles = self._publications.bundles(
            owner.account_id, content_ids, [owner.integration_id], consistent=True
        )
        known = [one for one in (bundle.on(owner.integration_id) for bundle in bundles) if one]
        return self._ask(owner, target, client, known)

    def _ask(
        self,
        owner: KeyOwner,
        target: Target,
        client: BridgeClient,
        publications: Sequence[Publication],
    ) -> Asked:
        changed = done = 0
        for publication in publications:
            if publication.external_id is None:
                continue
            answer = client.ask(target, publication.content_id)
            facts = facts_of(answer, publication.content_id, publication.external_id)
            done += 1
            if facts is not None:
                telling = Telling(
                    events=[facts], position=position_told(answer), is_answer=True, is_pulled=True
                )
                try:
                    heard = self._inbound.hear(owner, telling)
                except Conflict:
                    return Asked(done, changed, strange=True)
                changed += sum(one.result == "applied" for one in heard)
            elif not answer.ours:
                return Asked(done, changed, refused=answer)
        return Asked(done, changed)
