"""What follows a change of an integration: a line of its history, and a worker that looks."""

from contextlib import suppress
from typing import Protocol

from igny8.core.errors import Unavailable
from igny8.core.queue import Hint
from igny8.core.rows import Write
from igny8.integrations.model import Integration
from igny8.journal.model import Action, Actor, Status
from igny8.journal.service import Journal


class Hints(Protocol):
    """Sends wake-up hints; see `igny8.core.queue.HintQueue`."""

    def send(self, hint: Hint, *, delay_seconds: int = 0) -> None: ...


def done(
    journal: Journal, integration: Integration, action: Action, description: str, actor: Actor
) -> Write:
    """Record what somebody did to an integration."""
    return journal.record(
        integration.account_id,
        integration.id,
        action,
        Status.SUCCESS,
        description,
        actor=actor,
    )


def wake(hints: Hints, integration: Integration) -> None:
    """Have the publish worker look at what waits there; without an answer the sweep finds it."""
    with suppress(Unavailable):
        hints.send(Hint(integration.account_id, integration.site_id, integration.id))
