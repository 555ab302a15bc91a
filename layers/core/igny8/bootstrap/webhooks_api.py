"""Parts of the webhooks' API."""

from igny8.bootstrap.caller_parts import CallerParts
from igny8.bootstrap.listening_parts import ListeningParts
from igny8.bootstrap.resources import once


class WebhooksApi(CallerParts, ListeningParts):
    """Hears what sites tell."""


def services() -> WebhooksApi:
    """The parts of this process."""
    return once(WebhooksApi)
