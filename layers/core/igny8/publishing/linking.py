"""How a publication's link goes with its post: made, moved and removed in the same transaction."""

from collections.abc import Sequence

from igny8.core.rows import Write
from igny8.links.model import Link, LinkChange, Seen
from igny8.links.service import LinkService
from igny8.publishing.model import Publication


def relinked(
    links: LinkService, before: Publication, after: Publication, post_type: str, seen: Seen
) -> list[Write]:
    """Writes by which a publication's link moves with its post id; none where that stays."""
    if after.external_id is None or after.external_id == before.external_id:
        return []
    owner = _link(after, post_type)
    change = links.made(after.account_id, after.site_id, after.external_id, owner, seen)
    if before.external_id is not None:
        change += links.removed(before.account_id, before.site_id, before.external_id, owner, seen)
    return links.writes(after.account_id, change, seen)


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
        owner = _link(one, post_type)
        change += links.removed(account_id, one.site_id, post_id, owner, seen)
    return links.writes(account_id, change, seen)


def _link(publication: Publication, post_type: str) -> Link:
    return Link(publication.content_id, publication.integration_id, post_type)
