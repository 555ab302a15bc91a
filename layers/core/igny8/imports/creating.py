"""Making content of a post: one transaction, so that two runs at once make one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from igny8.content.model import BodyRef, Content, Editorial, MadeBy, TextIn
from igny8.content.service import Bodies, Leftovers, check_fields
from igny8.content.store import ContentStore
from igny8.core.clock import Clock, epoch, rfc3339
from igny8.core.errors import Contended, Unavailable
from igny8.core.ids import IdSource
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.imports.editorial import editorial_of, publication_of, status_of
from igny8.imports.model import SitePost
from igny8.imports.texts import taken_text
from igny8.links.model import LINK, NOTHING_SEEN, Link
from igny8.links.service import LinkService
from igny8.publishing.base_store import BaseStore
from igny8.publishing.bases import Base, fields_of
from igny8.publishing.linking import digest_known, unlinked
from igny8.publishing.payload import build_payload
from igny8.publishing.store import ContentBundle, PublicationStore
from igny8.sites.model import KeyOwner, Site

DRAWS = 5
"""Ids of one millisecond that may be taken."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a post will be here: decided without writing anything, the same in a dry run."""

    editorial: Editorial
    text: TextIn
    raw: str


@dataclass(frozen=True, slots=True)
class Made:
    """What a post is: content made now, or the one of ``link``, which somebody else has made."""

    content_id: int
    link: Link | None = None


class Creator:
    """Makes contents of posts, and takes back those that are none."""

    def __init__(
        self,
        *,
        contents: ContentStore,
        publications: PublicationStore,
        links: LinkService,
        bases: BaseStore,
        bodies: Bodies,
        leftovers: Leftovers,
        commit: Commit,
        ids: IdSource,
        clock: Clock,
    ) -> None:
        self._contents = contents
        self._publications = publications
        self._links = links
        self._bases = bases
        self._bodies = bodies
        self._leftovers = leftovers
        self._commit = commit
        self._ids = ids
        self._clock = clock

    def draft(self, post: SitePost) -> Draft:
        """What a post will be. Raises :class:`NotTaken`, :class:`TooLarge`."""
        editorial = editorial_of(post)
        check_fields(editorial)
        return Draft(editorial, taken_text(post), post.text or "")

    def create(
        self,
        owner: KeyOwner,
        post: SitePost,
        draft: Draft,
        *,
        run_id: int,
        site: Site,
        home: str,
        present: Sequence[Write],
    ) -> Made:
        """Make content of a post that is nobody's, if it still is; ``home`` is the site's address.

        ``present`` are conditions under which the site is believed; where one of them was lost, it
        raises :class:`ConditionLost`.
        """
        for _ in range(DRAWS):
            content = self._content(owner, post, draft)
            try:
                with self._noted_if_it_fails(content):
                    writes = self._writes(owner, content, post, draft, run_id, site, home)
                    self._commit([*writes, *present])
            except ConditionLost as lost:
                self._withdraw(content)
                found = lost.rows.get(f"{LINK} {post.id}")
                if isinstance(found, Link):
                    return Made(found.content_id, found)
                if not lost.rows.keys() & {"content", "publication"}:
                    raise
                continue  # the id was taken in this very millisecond
            except Contended:
                self._withdraw(content)
                raise
            return Made(content.id)
        raise Unavailable("contention", retry_after=1)

    def take_back(self, bundle: ContentBundle) -> bool:
        """Remove content that was made of a post which is not there, or another's; if untouched."""
        content, publications = bundle.content, bundle.publications
        writes = [
            self._contents.deletion(content),
            self._leftovers.noting(content.account_id, content.id),
            *[self._publications.deletion(one) for one in publications],
        ]
        seen = NOTHING_SEEN
        for _ in range(DRAWS):
            links = unlinked(self._links, publications, content.editorial.post_type, seen)
            try:
                self._commit([*writes, *links])
            except ConditionLost as lost:
                if not seen.tells(lost.rows):
                    return False
                seen = seen.corrected(lost.rows)
            else:
                return True
        raise Unavailable("contention", retry_after=1)

    def _content(self, owner: KeyOwner, post: SitePost, draft: Draft) -> Content:
        """The content with its texts, which are stored then."""
        content_id, now = self._ids.next(), self._clock.now()
        content = Content(
            id=content_id,
            account_id=owner.account_id,
            site_id=owner.site_id,
            rev=1,
            status=status_of(post),
            editorial=draft.editorial,
            body=BodyRef("", "", 0),
            created_at=now,
            updated_at=now,
            source="wordpress",
            was_sent=True,  # what came from WordPress makes nothing due
            made_by=MadeBy.WORDPRESS,
            site_rev=1,
            kept=draft.text.kept,
        )
        with self._noted_if_it_fails(content):
            body = self._bodies.put(owner.account_id, content_id, draft.text.html)
            raw = self._bodies.put_raw(owner.account_id, content_id, draft.raw, draft.text.ranges)
        return replace(content, body=body, raw=raw)

    def _writes(
        self,
        owner: KeyOwner,
        content: Content,
        post: SitePost,
        draft: Draft,
        run_id: int,
        site: Site,
        home: str,
    ) -> list[Write]:
        now = self._clock.now()
        publication = publication_of(
            post, content, owner.integration_id, home=home, now_text=rfc3339(now)
        )
        base = Base(
            account_id=owner.account_id,
            content_id=content.id,
            integration_id=owner.integration_id,
            rev=content.rev,
            fingerprint=post.fingerprint or "",
            fields=fields_of(
                build_payload(content, draft.text.html, publication, site.terms_policy)
            ),
            raw=content.raw,
            text_sha256=post.text_sha256,
            revised_at=epoch(now),
        )
        link = Link(content.id, owner.integration_id, post.type, digest_known(publication), run_id)
        change = self._links.made(owner.account_id, owner.site_id, post.id, link, NOTHING_SEEN)
        return [
            self._contents.creation(content),
            self._publications.write(None, publication),
            *self._links.writes(owner.account_id, change, NOTHING_SEEN),
            *([self._bases.write(base)] if post.fingerprint else []),
        ]

    def _withdraw(self, content: Content) -> None:
        """Remove the texts of content that was certainly not made."""
        with suppress(Unavailable), self._noted_if_it_fails(content):
            for ref in (content.body, content.raw):
                if ref is not None:
                    self._bodies.delete(ref.key)

    @contextmanager
    def _noted_if_it_fails(self, content: Content) -> Iterator[None]:
        """Have whatever was stored looked for later: what did not answer may have been done."""
        try:
            yield
        except Contended:
            raise
        except Unavailable:
            with suppress(Unavailable):
                self._commit([self._leftovers.noting(content.account_id, content.id)])
            raise
