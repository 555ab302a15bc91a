"""Telling a bridge that its site or integration was deleted here; for a day, then it is let go.

What a delivery or a call that was under way has written since goes then, too.
"""

from contextlib import suppress
from dataclasses import replace

from igny8.admission.store import GateStore
from igny8.admission.visits import Vault
from igny8.core.clock import Clock, epoch
from igny8.core.errors import Lost
from igny8.core.rows import Commit, ConditionLost
from igny8.core.settings import Settings
from igny8.integrations.store import IntegrationStore
from igny8.syncing.backoff import after_tries
from igny8.syncing.model import Farewell, Plan
from igny8.syncing.store import PlanStore
from igny8.wordpress.client import BridgeClient, Target

KNOWS = frozenset({"not_paired", "invalid_api_key", "unauthorized"})
"""What a bridge answers that is no longer ours anyway."""
MOST_AT_ONCE = 90


class FarewellService:
    """Says goodbye."""

    def __init__(
        self,
        *,
        plans: PlanStore,
        integrations: IntegrationStore,
        gates: GateStore,
        vault: Vault,
        commit: Commit,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._plans = plans
        self._integrations = integrations
        self._gates = gates
        self._vault = vault
        self._commit = commit
        self._clock = clock
        self._settings = settings

    def say(self, plan: Plan, farewell: Farewell, client: BridgeClient) -> None:
        """Try once; the plan goes with it, or is due again later."""
        now = epoch(self._clock.now())
        told = self._is_told(plan, farewell, client) or now >= farewell.until
        if told and not self._is_being_served(plan.integration_id, now):
            last = self._plans.deletion(plan)
            left = self._integrations.besides(plan.account_id, plan.integration_id, [last])
            for start in range(0, len(left), MOST_AT_ONCE):
                self._commit(left[start : start + MOST_AT_ONCE])
            writes = [last]
        else:
            wait = after_tries(self._settings.sync_retry_seconds, farewell.tries)
            later = replace(farewell, at=now + wait, tries=farewell.tries + 1)
            writes = [self._plans.write(plan, replace(plan.released(), farewell=later))]
        with suppress(ConditionLost):
            self._commit(writes)

    def _is_being_served(self, integration_id: int, now: int) -> bool:
        """Whether a delivery that began before is still under way, and may write of it."""
        slots = self._gates.get(integration_id).slots
        return not all(slot.is_free(now) for slot in slots)

    def _is_told(self, plan: Plan, farewell: Farewell, client: BridgeClient) -> bool:
        if not farewell.ciphertext or not farewell.rest_url:
            return True
        try:
            key = self._vault.decrypt(farewell.ciphertext, plan.account_id, plan.site_id)
        except Lost:
            return True  # there is nothing to say it with
        answer = client.say_goodbye(Target(farewell.rest_url, farewell.site_url, key))
        return answer.ours and (answer.success or answer.code in KNOWS)
