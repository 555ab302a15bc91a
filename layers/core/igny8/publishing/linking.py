"""How a publication's link goes with its post: made, moved and removed in the same transaction."""

from collections.abc import Sequence

from igny8.core.rows import Write
from igny8.links.digest import Digest, digest_of
from igny8.links.model import Link, LinkChange, Seen
from igny8.links.service import LinkService
from igny8.publishing.model import DELETED, Publication


def relinked(
    links: LinkService, before: Publication, after: Publication, post_type: str, seen: Seen
) -> list[Write]:
    """Writes by which a publication's link follows it; none where nothing of the post changes."""
    change, _ = following(links, before, after, post_type, seen)
    return links.writes(after.account_id, change, seen)


def following(
    links: LinkService, before: Publication | None, after: Publication, post_type: str, seen: Seen
) -> tuple[LinkChange, Link]:
    """How the link follows from ``before`` to ``after``, and what it is then.

    It moves with the post id, and its digest with what the site tells of the post.
    """
    post_id, owner = after.external_id, owner_of(after, post_type)
    if post_id is None:
        return LinkChange(), owner
    known = before.external_id if before is not None else None
    if before is not None and post_id == known:
        if digest_known(before) == owner.digest:
            return LinkChange(), owner
        return links.kept(after.account_id, after.site_id, post_id, owner, seen), owner
    change = links.made(after.account_id, after.site_id, post_id, owner, seen)
    if known is not None:
        change += links.removed(after.account_id, after.site_id, known, owner, seen)
    return change, owner


def unlinked(
    links: LinkService, publications: Sequence[Publication], post_type: str, seen: Seen
) -> list[Write]:
    """Writes by which the posts of a content's publications become nobody's.

    After an integration was made anew a content has two publications of one post; the newer one
    has its link.
    """
    named = sorted(publications, key=lambda one: one.integration_id)
    posts = {one.external_id: one for one in named if one.external_id is not None}
    change, account_id = LinkChange(), 0
    for post_id, one in posts.items():
        account_id = one.account_id
        owner = owner_of(one, post_type)
        change += links.removed(account_id, one.site_id, post_id, owner, seen)
    return links.writes(account_id, change, seen)


def digest_known(publication: Publication) -> Digest | None:
    """Of what the site told last of its post; ``None`` where it is deleted, or nothing is known."""
    status, fingerprint = publication.wordpress_status, publication.site_fingerprint
    if publication.external_id is None or not status or not fingerprint or status == DELETED:
        return None
    return digest_of(publication.external_id, status, fingerprint)


def owner_of(publication: Publication, post_type: str) -> Link:
    """The link of a publication's post, as it ought to be."""
    digest = digest_known(publication)
    return Link(publication.content_id, publication.integration_id, post_type, digest)
