"""Theirs: what somebody wrote in WordPress, brought to what is here. Nothing is ever sent for it.

With two-way sync on, what was changed there alone becomes the newest revision here; where both
sides have changed the same, or an order of ours was refused for it, a person decides, and the text
of the post is kept here before anything may write over it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from igny8.content.model import Content, MadeBy, RawRef, TextIn
from igny8.content.service import Bodies, check_fields
from igny8.content.store import ContentStore
from igny8.core.clock import Clock, epoch
from igny8.core.errors import DomainError, Invalid, Lost, TooLarge, Unavailable
from igny8.core.logging import get_logger
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.imports.ancestors import Ancestry
from igny8.imports.asking import whole_posts
from igny8.imports.model import Outcome, SitePost
from igny8.imports.reading import SiteRepeatsItself
from igny8.imports.sides import Known, Sides, SidesReader
from igny8.imports.texts import NotTaken, taken_text
from igny8.imports.theirs import Met, met
from igny8.inbound.model import Trust
from igny8.inbound.rules import ENDED, LOST_TEXT
from igny8.inbound.store import InboxStore
from igny8.journal.model import SYNC_WORKER, Action, Status
from igny8.journal.service import Journal
from igny8.links.model import NOTHING_SEEN, Seen
from igny8.links.service import LinkService
from igny8.publishing.answers import NEWER_THERE
from igny8.publishing.base_store import BaseStore
from igny8.publishing.bases import FIELDS, NEVER_AGREED, Base, Theirs
from igny8.publishing.deciding import is_in_conflict
from igny8.publishing.fingerprints import ALL, differing
from igny8.publishing.linking import relinked
from igny8.publishing.model import DELETED, TRASH, Clash, LastError, Publication, PublishState
from igny8.publishing.seen import state_by
from igny8.publishing.store import PublicationStore
from igny8.publishing.telling import about
from igny8.sites.model import KeyOwner, TermsPolicy
from igny8.wordpress.client import BridgeClient, Target
from igny8.wordpress.response import BridgeResponse

RACE_RETRIES = 5
BOTH_CHANGED = LastError(
    "conflict", "This content was changed here, and its post in WordPress. Decide which to keep."
)

logger = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What came of reading posts: outcomes by post, those that are done with.

    ``refused`` is the site's answer where it was not the bridge's; ``strange``: it is of another
    life of the site's database, or makes no sense.
    """

    done: Sequence[int] = ()
    outcomes: Sequence[Outcome] = ()
    refused: BridgeResponse | None = None
    strange: bool = False


class Puller:
    """Brings edits over."""

    def __init__(
        self,
        *,
        sides: SidesReader,
        contents: ContentStore,
        publications: PublicationStore,
        bases: BaseStore,
        inboxes: InboxStore,
        links: LinkService,
        ancestry: Ancestry,
        bodies: Bodies,
        journal: Journal,
        commit: Commit,
        clock: Clock,
    ) -> None:
        self._sides = sides
        self._contents = contents
        self._publications = publications
        self._bases = bases
        self._inboxes = inboxes
        self._links = links
        self._ancestry = ancestry
        self._bodies = bodies
        self._journal = journal
        self._commit = commit
        self._clock = clock

    def read(
        self, owner: KeyOwner, target: Target, client: BridgeClient, post_ids: Sequence[int]
    ) -> Pulled:
        """Read posts whose texts were changed, as far as somebody wants that; one call of the site.

        Raises :class:`NotFound` where the site is gone, :class:`Unavailable`.
        """
        ids = sorted(set(post_ids))
        sides = self._sides.read(owner, ids)
        wanted = [one for one in ids if one in sides.known and _is_wanted(sides.known[one], sides)]
        if not wanted:
            return Pulled(done=ids)
        try:
            whole = whole_posts(client, target, wanted)
        except SiteRepeatsItself:
            return Pulled(strange=True)
        inbox = sides.docket.inbox
        if inbox.trust is not Trust.TRUSTED or not inbox.fits(whole.position):
            return Pulled(strange=True)
        posts = self._ancestry.completed(owner, whole.posts)
        outcomes = [self._take(owner, post, sides) for post in posts]
        left = set(wanted) - set(whole.done)
        done = [one for one in ids if one not in left]
        return Pulled(done=done, outcomes=outcomes, refused=whole.refused)

    # --- One post -------------------------------------------------------------------------------

    def _take(self, owner: KeyOwner, post: SitePost, sides: Sides) -> Outcome:
        """Bring one post over; one at which our own code crashes keeps back no other."""
        try:
            return self._brought(owner, post, sides)
        except (NotTaken, Invalid, TooLarge, Lost) as why:
            logger.info("not taken", extra={"post_id": post.id, "reason": str(why)})
            return Outcome.SKIPPED
        except DomainError:
            raise
        except Exception:
            logger.exception("crashed", extra={"post_id": post.id})
            return Outcome.FAILED

    def _brought(self, owner: KeyOwner, post: SitePost, sides: Sides) -> Outcome:
        seen = NOTHING_SEEN
        for _ in range(RACE_RETRIES):
            known = sides.known.get(post.id)
            if known is None or not _is_wanted(known, sides):
                return Outcome.SKIPPED
            try:
                return self._bring(known, post, sides, seen)
            except ConditionLost as lost:
                seen = seen.corrected(lost.rows)
                sides = self._sides.read(owner, [post.id])
        raise Unavailable("contention", retry_after=1)

    def _bring(self, known: Known, post: SitePost, sides: Sides, seen: Seen) -> Outcome:
        content, publication = known.bundle.content, known.publication
        is_it = publication.external_id == post.id and post.content_id in {None, content.id}
        if not is_it or post.fingerprint is None or post.status in {TRASH, DELETED}:
            return Outcome.SKIPPED
        if publication.overwrites == post.fingerprint:
            return Outcome.UNCHANGED  # it has been decided about
        # Its fingerprint is known from the answer that told of it, its text is not.
        is_unknown = is_in_conflict(publication) and publication.reason == NEWER_THERE.reason
        if publication.fingerprint == post.fingerprint and not is_unknown:
            return self._calmed(known, post, sides, seen)
        if not (sides.two_way or is_in_conflict(publication)):
            return Outcome.SKIPPED
        moved = ALL if is_unknown else differing(publication.fingerprint, post.fingerprint)
        text = taken_text(post) if "body" in moved else None
        held_to = known
        if is_unknown:  # there is nothing on which both sides agree
            lost = replace(publication, fingerprint=LOST_TEXT)
            held_to = replace(known, publication=lost, base=None)
        both = self._met(held_to, post, text, sides.docket.site.terms_policy)
        if both.clash or is_in_conflict(publication):
            return self._disputed(known, both, post, text, sides, seen)
        return self._agreed(known, both, post, text, sides, seen)

    def _met(self, known: Known, post: SitePost, text: TextIn | None, policy: TermsPolicy) -> Met:
        html = self._bodies.get(known.bundle.content.body)
        return met(
            known.bundle.content,
            html,
            post,
            html if text is None else text.html,
            publication=known.publication,
            base=known.base,
            policy=policy,
        )

    def _agreed(
        self,
        known: Known,
        both: Met,
        post: SitePost,
        text: TextIn | None,
        sides: Sides,
        seen: Seen,
    ) -> Outcome:
        """A revision of theirs, with what was changed here: that alone waits for a click.

        Where nobody would see a difference there is none: the post is known as it is now.
        """
        content, publication, side = known.bundle.content, known.publication, both.merged
        raw = self._raw(known, post, text)
        after = content
        if both.taken:
            check_fields(side.editorial)
            body = content.body
            if "content_html" in both.taken:
                body = self._bodies.put(content.account_id, content.id, side.html)
            after = content.revised(side.editorial, body, content.taken_out, self._clock.now())
            made_by = MadeBy.MERGED if both.is_ours else MadeBy.WORDPRESS
            after = replace(after, made_by=made_by, site_rev=after.rev)
        if text is not None and "content_html" in both.taken:
            after = replace(after, raw=raw, kept=text.kept, dropped=(), taken_out=[])
        rev = publication.content_rev if both.is_ours else after.rev
        agreed = publication.agreed_upon(post.fingerprint or "", rev)
        writes = []
        if known.base is not None or not both.is_ours:
            writes.append(self._bases.write(self._base(agreed, both, post, raw)))
        if both.taken:
            action = Action.CONTENT_MERGE if both.is_ours else Action.CONTENT_PULL
            words = f"Took over what was changed in WordPress of '{content.editorial.title}'"
            writes.append(self._told(after, agreed, action, words, both.taken))
        self._write(known, after, agreed, writes, sides, seen)
        return Outcome.PULLED if both.taken else Outcome.UNCHANGED

    def _raw(self, known: Known, post: SitePost, text: TextIn | None) -> RawRef | None:
        """The text as the site stores it: as it was known, where nobody has changed it there."""
        content = known.bundle.content
        if text is not None:
            raw = post.text or ""
            return self._bodies.put_raw(content.account_id, content.id, raw, text.ranges)
        there = known.base.raw if known.base is not None else None
        return there if there is not None and there.sha256 == post.text_sha256 else None

    def _base(self, agreed: Publication, both: Met, post: SitePost, raw: RawRef | None) -> Base:
        return Base(
            account_id=agreed.account_id,
            content_id=agreed.content_id,
            integration_id=agreed.integration_id,
            rev=agreed.content_rev,
            fingerprint=agreed.fingerprint or "",
            fields=both.merged_fields,
            raw=raw,
            text_sha256=post.text_sha256,
            revised_at=epoch(self._clock.now()),
        )

    def _disputed(
        self,
        known: Known,
        both: Met,
        post: SitePost,
        text: TextIn | None,
        sides: Sides,
        seen: Seen,
    ) -> Outcome:
        """A person decides; what is there is kept here first."""
        content, publication, side = known.bundle.content, known.publication, both.theirs
        body = content.body
        if side.html != both.ours.html:
            body = self._bodies.put(content.account_id, content.id, side.html)
        theirs = Theirs(
            account_id=content.account_id,
            content_id=content.id,
            integration_id=publication.integration_id,
            fingerprint=post.fingerprint or "",
            editorial=side.editorial,
            body=body,
            fields=both.theirs_fields,
            kept=content.kept if text is None else text.kept,
            raw=self._raw(known, post, text),
            text_sha256=post.text_sha256,
            found_at=epoch(self._clock.now()),
        )
        was = publication.clash
        after = publication.disputed(
            Clash(theirs.fingerprint, post.status), publication.last_error or BOTH_CHANGED
        )
        writes = [self._bases.keep(theirs)]
        if was is None or was.fingerprint != theirs.fingerprint:
            words = f"'{content.editorial.title}' was changed in WordPress, and here as well"
            writes.append(self._told(content, after, Action.CONFLICT, words, both.clash))
        self._write(known, content, after, writes, sides, seen)
        return Outcome.CONFLICT

    def _calmed(self, known: Known, post: SitePost, sides: Sides, seen: Seen) -> Outcome:
        """It is as both sides know it. What was in conflict for that alone is so no more.

        Of a text that is not shown whole here, the bytes that its site keeps are known again.
        """
        publication = known.publication
        after = replace(publication, site_fingerprint=post.fingerprint)
        if is_in_conflict(publication) and publication.applied_intent == publication.intent:
            state = state_by(publication, post.status) or PublishState.PUBLISHED
            after = replace(after, state=state, clash=None, reason=None, last_error=None)
        writes = [self._bases.write(self._with_raw(known, post))] if _lacks_raw(known) else []
        if after != publication or writes:
            after = replace(after, version=publication.version + 1)
            self._write(known, known.bundle.content, after, writes, sides, seen)
        return Outcome.UNCHANGED

    def _with_raw(self, known: Known, post: SitePost) -> Base:
        """The base with the text that the site has; without one it agrees on nothing else."""
        publication = known.publication
        base = known.base or Base(
            account_id=publication.account_id,
            content_id=publication.content_id,
            integration_id=publication.integration_id,
            rev=publication.content_rev,
            fingerprint=post.fingerprint or "",
            fields=dict.fromkeys(FIELDS, NEVER_AGREED),
        )
        raw = self._raw(known, post, taken_text(post))
        now = epoch(self._clock.now())
        return replace(base, raw=raw, text_sha256=post.text_sha256, revised_at=now)

    # --- Writing it down ------------------------------------------------------------------------

    def _write(
        self,
        known: Known,
        content: Content,
        publication: Publication,
        writes: Sequence[Write],
        sides: Sides,
        seen: Seen,
    ) -> None:
        """All of it or nothing, if both are as they were read, and the site is to be believed."""
        before, kind = known.bundle.content, content.editorial.post_type
        changed = content != before
        self._commit([
            *(self._contents.revision(before, content) if changed else []),
            *([] if changed else [self._contents.exists(before)]),
            self._publications.write(known.publication, publication),
            *relinked(self._links, known.publication, publication, kind, seen),
            *writes,
            *self._inboxes.unchanged(sides.docket.inbox),
        ])  # fmt: skip

    def _told(
        self,
        content: Content,
        publication: Publication,
        action: Action,
        words: str,
        fields: Iterable[str],
    ) -> Write:
        told = about(content, publication)
        failed = action is Action.CONFLICT
        told["details"] = {**told["details"], "fields": sorted(fields), "rev": content.rev}
        return self._journal.record(
            content.account_id,
            publication.integration_id,
            action,
            Status.FAILED if failed else Status.SUCCESS,
            words,
            actor=SYNC_WORKER,
            error_message=BOTH_CHANGED.message if failed else None,
            **told,
        )


def _is_wanted(known: Known, sides: Sides) -> bool:
    """Whether somebody wants to know what is there: to decide, or because two-way sync is on.

    While something of ours is under way its answer decides.
    """
    publication = known.publication
    if publication.wordpress_status in {TRASH, DELETED}:
        return False
    if is_in_conflict(publication):
        return True
    rests = publication.state in ENDED - {PublishState.GONE}
    wanted = sides.two_way or _lacks_raw(known)
    return wanted and rests and not publication.deletes_content


def _lacks_raw(known: Known) -> bool:
    """Whether its site keeps parts of the text, and the text that it has now is not known here.

    Nothing of it could be sent: a site's own bytes are named by their place in that text.
    """
    content, base = known.bundle.content, known.base
    return bool(content.kept_parts) and (base is None or base.raw is None)
