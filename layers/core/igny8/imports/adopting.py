"""Posts that are content of this site already: their link, and what is there now.

What is told of them is judged as what an event tells, so that each change is told once, in whatever
order it comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from igny8.content.store import ContentStore
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.imports.editorial import metadata_of
from igny8.imports.identity import Verdict, Whose
from igny8.imports.model import Outcome, SitePost
from igny8.imports.runs import PageContext
from igny8.inbound.model import Position, PostEvent
from igny8.inbound.planning import Telling
from igny8.inbound.rules import LOST_TEXT, unheard_of
from igny8.inbound.service import InboundService
from igny8.journal.model import SYNC_WORKER, Action, Status
from igny8.journal.service import Journal
from igny8.links.model import NOTHING_SEEN, Link
from igny8.links.service import LinkService
from igny8.publishing.linking import digest_known, unlinked
from igny8.publishing.model import DELETED, Publication
from igny8.publishing.store import ContentBundle, PublicationStore

RACE_RETRIES = 5


@dataclass(frozen=True, slots=True)
class Adopted:
    """A post, and the content of this site that it is."""

    post: SitePost
    verdict: Verdict
    bundle: ContentBundle

    def outcome(self, integration_id: int) -> Outcome:
        """What comes of it: linked where it was not, or told of what is new."""
        publication = self.bundle.on(integration_id)
        if self.verdict.whose is Whose.LOST or publication is None:
            return Outcome.LINKED
        known = publication.wordpress_status, publication.site_fingerprint
        is_news = known != (self.post.status, self.post.fingerprint)
        return Outcome.PULLED if is_news else Outcome.UNCHANGED


class Adopter:
    """Links posts to contents that are there, and hears what is told of them."""

    def __init__(
        self,
        *,
        contents: ContentStore,
        publications: PublicationStore,
        links: LinkService,
        inbound: InboundService,
        journal: Journal,
        commit: Commit,
    ) -> None:
        self._contents = contents
        self._publications = publications
        self._links = links
        self._inbound = inbound
        self._journal = journal
        self._commit = commit

    def adopt(
        self,
        context: PageContext,
        adopted: Sequence[Adopted],
        position: Position | None,
        present: Sequence[Write],
    ) -> None:
        """Write down whose they are, and hear of them. Raises :class:`Conflict` `sync_frozen`."""
        for one in adopted:
            if one.outcome(context.owner.integration_id) is Outcome.LINKED:
                self._link(context, one, present)
        events = [_event(one) for one in adopted]
        told = Telling(events=events, position=position, is_answer=True, is_pulled=True)
        self._inbound.hear(context.owner, told)

    def heard_gone(
        self, context: PageContext, deleted: Mapping[int, int], position: Position | None
    ) -> None:
        """Hear that posts of contents are not there any more; by post the content."""
        events = [
            PostEvent(post_id=post_id, content_id=content_id, post_status=DELETED)
            for post_id, content_id in deleted.items()
        ]
        told = Telling(events=events, position=position, is_answer=True, is_pulled=True)
        self._inbound.hear(context.owner, told)

    def _link(self, context: PageContext, one: Adopted, present: Sequence[Write]) -> None:
        """Make a post the content's, unless somebody is quicker: who that is has seen more.

        What both sides last agreed on is not known any more: no text is written over unasked.
        """
        owner, content, post = context.owner, one.bundle.content, one.post
        stored = one.bundle.on(owner.integration_id)
        known = one.bundle.known_on(owner.integration_id)
        known = known or unheard_of(content, owner.integration_id)
        after = replace(
            known,
            external_id=post.id,
            home=context.site_url,
            fingerprint=known.fingerprint or LOST_TEXT,
            version=(stored.version if stored else 0) + 1,
        )
        link = Link(
            content.id, owner.integration_id, post.type, digest_known(after), context.run_id
        )
        seen = NOTHING_SEEN
        for _ in range(RACE_RETRIES):
            change = self._links.made(owner.account_id, owner.site_id, post.id, link, seen)
            try:
                self._commit([
                    self._publications.write(stored, after),
                    *self._links.writes(owner.account_id, change, seen),
                    *self._sent(one),
                    *present,
                ])  # fmt: skip
            except ConditionLost as lost:
                seen = seen.corrected(lost.rows)
                found = seen.of(post.id, None)
                if not seen.tells(lost.rows) or (found and found.content_id != content.id):
                    return
            else:
                return

    def let_go(self, bundle: ContentBundle, publication: Publication, reason: str) -> None:
        """A person said that a content is this post, and it is not; unless somebody knows more."""
        content, seen = bundle.content, NOTHING_SEEN
        line = self._journal.record(
            content.account_id,
            publication.integration_id,
            Action.CONTENT_IMPORT,
            Status.FAILED,
            f"'{content.editorial.title}' is not post {publication.external_id}: {reason}",
            actor=SYNC_WORKER,
            content_id=content.id,
            content_type=content.editorial.post_type,
            external_id=publication.external_id,
            error_message=reason,
        )
        gone = self._publications.deletion(publication)
        for _ in range(RACE_RETRIES):
            post_type = content.editorial.post_type
            links = unlinked(self._links, [publication], post_type, seen)
            try:
                self._commit([gone, self._contents.exists(content), line, *links])
            except ConditionLost as lost:
                if not seen.tells(lost.rows):
                    return
                seen = seen.corrected(lost.rows)
            else:
                return

    def _sent(self, one: Adopted) -> list[Write]:
        """Nobody takes it for content that was never sent; it is still there."""
        content = one.bundle.content
        if content.was_sent:
            return [self._contents.exists(content)]
        return self._contents.revision(content, replace(content, was_sent=True))


def was_named_by_a_person(publication: Publication) -> bool:
    """Whether somebody tied it to a post; what both sides have was never known to be the same."""
    is_lost = publication.fingerprint == LOST_TEXT
    return is_lost and not publication.applied_intent and publication.external_id is not None


def _event(one: Adopted) -> PostEvent:
    post = one.post
    return PostEvent(
        post_id=post.id,
        content_id=one.verdict.content_id,
        post_status=post.status,
        post_url=post.url or None,
        post_title=post.title,
        post_type=post.type,
        password_protected=post.password_protected,
        fingerprint=post.fingerprint,
        metadata=metadata_of(post),
    )
