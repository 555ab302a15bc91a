"""How an event of a site is told in history: who did it, by which way, and what came of it."""

from collections.abc import Sequence
from typing import Any

from igny8.content.model import Content
from igny8.core.rows import Write
from igny8.inbound.model import WORDPRESS, PostEvent, Result
from igny8.inbound.rules import Judgement, is_echo
from igny8.journal.model import Action, Actor, Channel, Status
from igny8.journal.service import Journal
from igny8.publishing.model import Publication
from igny8.publishing.seen import VISIBLE
from igny8.sites.model import KeyOwner
from igny8.wordpress.remarks import is_web_address

ACTOR_MAX = 100
TITLE_MAX = 200
MOST_TOLD = 20
NOT_ITS_OWN = "The site told of content that is not its own"
NOT_THIS_SITES = "This content does not belong to the site whose key was shown."
NOT_HERE = "A post is live in WordPress whose content is not here any more"
LIVE_ALONE = (
    "Its content was deleted here, or is not this site's. Nothing that is done here reaches the"
    " post: keep it in WordPress, or delete it there."
)
CHANNELS = {
    "admin": Channel.WP_ADMIN,
    "rest": Channel.WP_REST,
    "cron": Channel.WP_CRON,
    "cli": Channel.WP_CLI,
    "igny8": Channel.BRIDGE,
}


def actor_of(event: PostEvent) -> Actor:
    """Who did it, as far as the site says."""
    channel = CHANNELS.get(event.channel or "", Channel.WEBHOOK)
    name = (event.actor or "unknown")[:ACTOR_MAX]
    return Actor(f"{WORDPRESS}:{name}", channel)


def told(
    journal: Journal,
    event: PostEvent,
    content: Content,
    before: Publication,
    judgement: Judgement,
    *,
    is_metadata: bool,
) -> Write:
    """One line about an event that was heard."""
    after = judgement.publication
    ignored = judgement.result is Result.IGNORED
    return journal.record(
        content.account_id,
        after.integration_id,
        Action.METADATA_UPDATE if is_metadata else Action.STATUS_UPDATE,
        Status.FAILED if ignored else Status.SUCCESS,
        _sentence(event, content, before, judgement, is_metadata=is_metadata),
        actor=actor_of(event),
        content_id=content.id,
        content_type=event.post_type or content.editorial.post_type,
        external_id=event.post_id,
        details=_details(event, before, judgement),
        error_message=f"The site {judgement.note}." if ignored else None,
        operation_id=event.operation_id,
    )


def passed_over(journal: Journal, owner: KeyOwner, event: PostEvent) -> Write:
    """One line about an event at which our own code crashed."""
    return journal.record(
        owner.account_id,
        owner.integration_id,
        Action.WEBHOOK_REFUSED,
        Status.FAILED,
        "Passed over an event of the site: it could not be taken in",
        actor=Actor.site(owner.site_id),
        external_id=event.post_id or None,
        details={"event_id": event.event_id, "seq": event.seq, "content_id": event.content_id},
        error_message="This failed on our side. We have been told; start a synchronisation to"
        " look at the post.",
    )


def of_nobody(journal: Journal, owner: KeyOwner, events: Sequence[PostEvent]) -> Write | None:
    """One line about events of content that is not here; what we took down ourselves is no news.

    Should a post of theirs be live, somebody has made it so while its content was being deleted, or
    the content came after a backup that was restored: nothing else here tells of it.
    """
    live = [event for event in events if event.post_status in VISIBLE]
    if not live and all(event.is_ours for event in events):
        return None
    ids = sorted({event.content_id for event in events if event.content_id is not None})
    words, why = (NOT_HERE, LIVE_ALONE) if live else (NOT_ITS_OWN, NOT_THIS_SITES)
    return journal.record(
        owner.account_id,
        owner.integration_id,
        Action.WEBHOOK_REFUSED,
        Status.FAILED,
        words,
        actor=actor_of(live[0]) if live else Actor.site(owner.site_id),
        external_id=live[0].post_id if len(live) == 1 else None,
        details={
            "content_ids": ids[:MOST_TOLD],
            "count": len(ids),
            "live": [_post(event) for event in live[:MOST_TOLD]],
        },
        error_message=why,
    )


def _post(event: PostEvent) -> dict[str, Any]:
    return {
        "content_id": event.content_id,
        "post_id": event.post_id,
        "post_title": (event.post_title or "")[:TITLE_MAX],
        "post_url": event.post_url if is_web_address(event.post_url) else None,
        "wordpress_status": event.post_status,
    }


def another_sites(journal: Journal, owner: KeyOwner, site_id: int) -> Write:
    """One line about a call that names another site than its key's."""
    return journal.record(
        owner.account_id,
        owner.integration_id,
        Action.WEBHOOK_REFUSED,
        Status.FAILED,
        "The site told of another site",
        actor=Actor.site(owner.site_id),
        details={"named_site_id": site_id},
        error_message="The site that was named is not the one whose key was shown.",
    )


def _sentence(
    event: PostEvent,
    content: Content,
    before: Publication,
    judgement: Judgement,
    *,
    is_metadata: bool,
) -> str:
    title = f"'{content.editorial.title[:TITLE_MAX]}'"
    if judgement.result is Result.IGNORED:
        return f"Ignored an event about {title}: it {judgement.note}"
    if is_echo(event, before):
        return f"WordPress confirmed what we did to {title}"
    if is_metadata:
        return f"WordPress told the metadata of {title}"
    hidden = ", behind a password" if event.password_protected else ""
    if event.post_status in {None, before.wordpress_status}:
        return f"{title} was changed in WordPress{hidden}"
    if before.wordpress_status is None:
        return f"{title} is {event.post_status} in WordPress{hidden}"
    went = f"went from {before.wordpress_status} to {event.post_status}"
    return f"{title} {went} in WordPress{hidden}"


def _details(event: PostEvent, before: Publication, judgement: Judgement) -> dict[str, Any]:
    after = judgement.publication
    return {
        "result": str(judgement.result),
        "action": event.action,
        "wordpress_status": event.post_status,
        "previous_status": before.wordpress_status,
        "password_protected": event.password_protected,
        "post_url": event.post_url if is_web_address(event.post_url) else None,
        "publish_state": str(after.state),
        "content_status": str(judgement.status),
        "event_id": event.event_id,
        "seq": event.seq,
        "occurred_at": event.occurred_at,
    }
