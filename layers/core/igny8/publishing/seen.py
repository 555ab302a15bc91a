"""What people do to a post in WordPress while, or after, something of ours is delivered."""

from igny8.content.model import Content, EditorialStatus
from igny8.publishing.model import DELETED, TRASH, Publication, PublishState

VISIBLE = frozenset({"publish", "private"})
TAKEN_DOWN = frozenset({TRASH, "draft", "pending"})
HIDDEN = TAKEN_DOWN | {"future"}
FOUND_DOWN = frozenset({PublishState.GONE, PublishState.UNPUBLISHED})

EDITORIAL: dict[str, EditorialStatus] = {
    "publish": EditorialStatus.PUBLISHED,
    "private": EditorialStatus.PUBLISHED,
    "draft": EditorialStatus.DRAFT,
    TRASH: EditorialStatus.DRAFT,
    DELETED: EditorialStatus.DRAFT,
    "pending": EditorialStatus.REVIEW,
    "future": EditorialStatus.REVIEW,
}
"""What a status in WordPress means here; one that is not named changes nothing (seed 000).

The seed has no word for a deleted post: nothing of it lives on the site, as of one in the trash.
"""


def state_by(publication: Publication, seen: str) -> PublishState | None:
    """Where a delivery is at rest, by the status that its post has now.

    ``None`` for some plugin's own status: nobody knows what it means.
    """
    if seen == DELETED:
        return PublishState.GONE
    if seen == publication.post_status:
        return publication.delivered_state
    if seen in VISIBLE:
        return PublishState.PUBLISHED
    return PublishState.UNPUBLISHED if seen in HIDDEN else None


def is_overtaken(before: Publication, now: Publication, head_seq: int | None) -> bool:
    """Whether an event was heard during an attempt that is newer than the attempt's last answer.

    ``before`` is the publication as the attempt began, ``now`` as it ends; ``head_seq`` is how far
    the site had counted when it answered, if it said so.
    """
    if (now.heard_life, now.heard_seq) == (before.heard_life, before.heard_seq):
        return False
    return head_seq is None or head_seq < now.heard_seq


def editorial_status(content: Content, publication: Publication) -> EditorialStatus:
    """The content's status once an attempt has found what people have made of its post.

    Who takes a post down has said so already; what failed or was cancelled changes nothing.
    """
    found_down = publication.state in FOUND_DOWN and not publication.takes_down
    if not found_down or content.status is not EditorialStatus.PUBLISHED:
        return content.status
    return EDITORIAL.get(publication.wordpress_status or DELETED, EditorialStatus.DRAFT)
