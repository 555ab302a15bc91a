"""Telling a bridge that its site or integration was deleted here; for a day, then it is let go."""

from contextlib import suppress
from dataclasses import replace

from igny8.admission.visits import Vault
from igny8.core.clock import Clock, epoch
from igny8.core.errors import Lost
from igny8.core.rows import Commit, ConditionLost
from igny8.core.settings import Settings
from igny8.syncing.backoff import after_tries
from igny8.syncing.model import Farewell, Plan
from igny8.syncing.store import PlanStore
from igny8.wordpress.client import BridgeClient, Target

KNOWS = frozenset({"not_paired", "invalid_api_key", "unauthorized"})
"""What a bridge answers that is no longer ours anyway."""


class FarewellService:
    """Says goodbye."""

    def __init__(
        self,
        *,
        plans: PlanStore,
        vault: Vault,
        commit: Commit,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._plans = plans
        self._vault = vault
        self._commit = commit
        self._clock = clock
        self._settings = settings

    def say(self, plan: Plan, farewell: Farewell, client: BridgeClient) -> None:
        """Try once; the plan goes with it, or is due again later."""
        now = epoch(self._clock.now())
        if self._is_told(plan, farewell, client) or now >= farewell.until:
            writes = [self._plans.deletion(plan)]
        else:
            wait = after_tries(self._settings.sync_retry_seconds, farewell.tries)
            later = replace(farewell, at=now + wait, tries=farewell.tries + 1)
            writes = [self._plans.write(plan, replace(plan.released(), farewell=later))]
        with suppress(ConditionLost):
            self._commit(writes)

    def _is_told(self, plan: Plan, farewell: Farewell, client: BridgeClient) -> bool:
        try:
            key = self._vault.decrypt(farewell.ciphertext, plan.account_id, plan.site_id)
        except Lost:
            return True  # there is nothing to say it with
        answer = client.say_goodbye(Target(farewell.rest_url, farewell.site_url, key))
        return answer.ours and (answer.success or answer.code in KNOWS)
