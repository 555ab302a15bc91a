"""Whether a site is still the one that was counted on: nothing is taken over from another one."""

from dataclasses import dataclass

from igny8.core.errors import NotFound
from igny8.core.rows import ConditionLost, Write
from igny8.inbound.model import Inbox, Position, Trust
from igny8.inbound.planning import Telling
from igny8.inbound.service import InboundService, Integrations
from igny8.inbound.store import InboxStore
from igny8.sites.model import KeyOwner, Site


@dataclass(frozen=True, slots=True)
class Belief:
    """A site that is believed, by the numbers that came with its answer."""

    site: Site
    inbox: Inbox
    position: Position | None


class Believer:
    """Holds answers of sites to what was counted."""

    def __init__(
        self, *, inboxes: InboxStore, inbound: InboundService, integrations: Integrations
    ) -> None:
        self._inboxes = inboxes
        self._inbound = inbound
        self._integrations = integrations

    def believe(self, owner: KeyOwner, position: Position | None) -> Belief:
        """Take an answer for true; one batch read.

        Raises :class:`NotFound` where the site is gone, and :class:`Conflict` ``sync_frozen`` for a
        database that is another one, or older: then it is being looked at.
        """
        docket = self._inboxes.read(owner, [])
        if docket.inbox.trust is not Trust.TRUSTED or not docket.inbox.fits(position):
            self._inbound.hear(owner, Telling(events=[], position=position, is_pulled=True))
        return Belief(docket.site, docket.inbox, position)

    def still(self, owner: KeyOwner, belief: Belief) -> list[Write]:
        """Require that it still is so; an integration's inbox goes with it."""
        if belief.inbox.version:
            return self._inboxes.unchanged(belief.inbox)
        ids = (owner.account_id, owner.site_id, owner.integration_id)
        return [self._integrations.exists(*ids)]

    def again(self, owner: KeyOwner, belief: Belief, lost: ConditionLost) -> Belief:
        """Look again after that was not so any more. Raises as :meth:`believe`."""
        gone = "integration" in lost.rows or lost.rows.get("inbox", belief.inbox) is None
        if gone:
            raise NotFound
        return self.believe(owner, belief.position)
