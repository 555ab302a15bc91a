"""What is told of a publication, to people and in history."""

from typing import Any

from igny8.content.model import Content
from igny8.journal.model import Action
from igny8.publishing.model import Publication


def action_of(publication: Publication) -> Action:
    """What history calls that which a publication's newest decision wants."""
    if publication.takes_down:
        return Action.CONTENT_UNPUBLISH
    return Action.CONTENT_UPDATE if publication.is_update else Action.CONTENT_PUBLISH


def cancelling(title: str, publication: Publication) -> str:
    """What is told where WordPress has to be asked first."""
    if publication.takes_down:
        return f"Cancelling to take down '{title}', unless that is done"
    return f"Cancelling '{title}', unless WordPress has it"


def cancelled(title: str, publication: Publication) -> str:
    """What is told of a decision that was cancelled before anything came of it."""
    if publication.waits_for_deletion:
        return f"Cancelled deleting '{title}', whose post is taken down"
    if publication.takes_down:
        return f"Cancelled taking down '{title}': its post stays as it is"
    if publication.is_update:
        return f"Cancelled updating '{title}': WordPress keeps what it has"
    return f"Cancelled '{title}': WordPress does not have it"


def former_address(publication: Publication) -> str:
    """What a person has to decide about a post that did not move with its site."""
    return (
        f"This post is on the site's former address, {publication.home}. Send"
        ' {"recreate": true} to publish it here as a new post.'
    )


def elsewhere(publication: Publication) -> str:
    """Why nothing can be done from here with a post that did not move with its site."""
    return (
        f"This post is on the site's former address, {publication.home}, which this site's key"
        " does not reach. Change it there."
    )


def about(content: Content, publication: Publication) -> dict[str, Any]:
    """What a line of history says of a content and its publication."""
    return {
        "content_id": content.id,
        "content_type": content.editorial.post_type,
        "external_id": publication.external_id,
        "details": {"intent": publication.intent, "content_rev": publication.content_rev},
        "operation_id": publication.operation_id,
    }
