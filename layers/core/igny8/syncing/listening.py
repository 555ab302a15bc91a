"""What others write into an integration's plan and inbox, as writes for their transactions."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from igny8.core import jitter
from igny8.core.clock import Clock
from igny8.core.clock import epoch as seconds_of
from igny8.core.errors import Unavailable
from igny8.core.queue import Hint
from igny8.core.rows import Write
from igny8.core.settings import Settings
from igny8.inbound.model import Position
from igny8.inbound.store import InboxStore, inbox_deletion
from igny8.integrations.model import Integration
from igny8.integrations.notices import Hints
from igny8.integrations.store import IntegrationStore
from igny8.sites.model import KeyOwner, SiteKeys
from igny8.structure.store import StructureStore
from igny8.syncing.model import Farewell, Plan, anew
from igny8.syncing.store import PlanStore

SUSPECTED = (
    "What the site tells does not fit what it told before: its database was restored or copied."
    " The site is being asked."
)


class ListeningService:
    """Has somebody look at a site: when it pairs, and where its events do not say enough."""

    def __init__(
        self,
        *,
        inboxes: InboxStore,
        plans: PlanStore,
        integrations: IntegrationStore,
        structures: StructureStore,
        hints: Hints,
        clock: Clock,
        settings: Settings,
        uniform: Callable[[float, float], float] = jitter.uniform,
    ) -> None:
        self._inboxes = inboxes
        self._plans = plans
        self._integrations = integrations
        self._structures = structures
        self._hints = hints
        self._clock = clock
        self._settings = settings
        self._uniform = uniform

    def paired(
        self, integration: Integration, *, epoch: str | None, head_seq: int | None
    ) -> list[Write]:
        """The site is connected, or connected anew: what it says of itself now is the truth.

        In a new life of its database nothing that was counted before says what is there now. It may
        have paired with an older key: one that waits to be handed over is looked at once more.
        """
        position = None if epoch is None or head_seq is None else Position(epoch, head_seq)
        before, inbox = self._plans.get_with_inbox(
            integration.account_id, integration.site_id, integration.id
        )
        heard = inbox.paired(position)
        writes = [] if heard == inbox else [self._inboxes.change(inbox, heard)]
        now = seconds_of(self._clock.now())
        waits = before.handover_at is not None
        begins, soon = heard.life != inbox.life, now + self._settings.sync_retry_seconds
        after_repair = before.repair_after
        if begins and after_repair is not None:  # what was compared was another database
            after_repair = min(after_repair, soon)
        after = replace(
            before.awake(),
            check_at=None,
            pull_at=anew(now, before.pull_at),
            structure_at=before.structure_at or self._next_structure(now),
            handover_at=anew(now, before.handover_at) if waits else None,
            handover_tries=0,
            repair_at=anew(now, before.repair_at) if begins else before.repair_at,
            repair_after=after_repair,
            positions={} if begins else before.positions,
            seen_at=now,
        )
        return [*writes, self._plans.write(before, after)]

    def suspected(self, owner: KeyOwner) -> list[Write]:
        """What the site tells cannot be believed: say so, and ask it."""
        before = self._plan(owner.account_id, owner.site_id, owner.integration_id)
        now = seconds_of(self._clock.now())
        after = replace(
            before.awake(),
            check_at=anew(now, before.check_at),
            pull_at=anew(now, before.pull_at),
        )
        return [
            self._plans.write(before, after),
            self._integrations.sync_changed(
                owner.account_id, owner.site_id, owner.integration_id, "error", SUSPECTED
            ),
        ]

    def asked(
        self,
        owner: KeyOwner,
        post_ids: Sequence[int],
        *,
        lost: bool = False,
        edited: Sequence[int] = (),
        disputed: Sequence[int] = (),
    ) -> list[Write]:
        """Ask about posts of which a site said nothing but that something happened to them.

        ``edited``: somebody has changed their texts, which are read where two-way sync is on (one
        read more). ``disputed``: people have to decide about them; so they are read in any case,
        because nothing is written over that is not kept here. ``lost``: the bridge had to drop
        events, or has just been switched on again; then everything is looked at, and what waits for
        the site waits no longer.
        """
        reads = [*disputed]
        if edited and self._structures.is_two_way(owner.account_id, owner.integration_id):
            reads += edited
        if not (post_ids or reads or lost):
            return []
        before = self._plan(owner.account_id, owner.site_id, owner.integration_id)
        after = before
        for post_id in post_ids:
            after = after.asking(post_id)
        for post_id in reads:
            after = after.reading(post_id)
        if lost:
            now = seconds_of(self._clock.now())
            # Once: what says so all the time is asked as often as before.
            after = after.awake() if before.repair_at is None else after
            after = replace(after, repair_at=anew(now, before.repair_at))
        # Whoever is asking about the same post may have its answer already.
        is_told = after != before or (bool(post_ids or reads) and before.is_leased)
        return [self._plans.write(before, after)] if is_told else []

    def key_made(self, integration: Integration) -> list[Write]:
        """A new key waits to be handed over to the bridge."""
        before = self._plan(integration.account_id, integration.site_id, integration.id)
        now = seconds_of(self._clock.now())
        at = anew(now, before.handover_at)
        return [self._plans.write(before, replace(before, handover_at=at, handover_tries=0))]

    def resumed(self, integration: Integration) -> list[Write]:
        """People say that the site can be served again: what waited for it goes on."""
        before = self._plan(integration.account_id, integration.site_id, integration.id)
        after = before.awake()
        return [] if after == before else [self._plans.write(before, after)]

    def deleted(self, integration: Integration, keys: SiteKeys) -> list[Write]:
        """The integration is deleted: its bridge is told, for a day, and nothing else is done.

        Where there is nothing to say it with, what is left of it is looked for all the same.
        """
        before = self._plan(integration.account_id, integration.site_id, integration.id)
        now = seconds_of(self._clock.now())
        gone = inbox_deletion(integration.account_id, integration.id)
        if before.version == 0:
            return [gone]
        key = keys.outbound(now)
        farewell = Farewell(
            rest_url=integration.rest_url or "",
            site_url=integration.external_site_url,
            ciphertext=key.ciphertext if key else "",
            at=now,
            until=now + self._settings.key_grace_seconds,
        )
        empty = Plan(
            account_id=integration.account_id,
            site_id=integration.site_id,
            integration_id=integration.id,
        )
        return [gone, self._plans.write(before, replace(empty, farewell=farewell))]

    def wake(self, owner: KeyOwner) -> None:
        """Have the sync worker look now; the sweep does it otherwise."""
        with suppress(Unavailable):
            self._hints.send(Hint(owner.account_id, owner.site_id, owner.integration_id))

    def _plan(self, account_id: int, site_id: int, integration_id: int) -> Plan:
        return self._plans.get(account_id, site_id, integration_id)

    def _next_structure(self, now: int) -> int:
        return now + round(self._settings.structure_seconds * self._uniform(0.9, 1.1))
