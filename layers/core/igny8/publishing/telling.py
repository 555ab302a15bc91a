"""What is told of a publication, to people and in history."""

from typing import Any

from igny8.content.model import Content
from igny8.publishing.model import Publication


def former_address(publication: Publication) -> str:
    """What a person has to decide about a post that did not move with its site."""
    return (
        f"This post is on the site's former address, {publication.home}. Send"
        ' {"recreate": true} to publish it here as a new post.'
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
