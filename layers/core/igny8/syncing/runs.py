"""Runs as people ask for them, look at them and end them."""

from dataclasses import dataclass, field, replace

from igny8.core.clock import Clock, epoch
from igny8.core.cursor import Page, PageRequest
from igny8.core.errors import Conflict, Unavailable
from igny8.core.rows import Commit, ConditionLost
from igny8.distribution.installation_store import InstallationStore
from igny8.distribution.versions import compare_loosely
from igny8.imports.model import Filters, Item, Outcome, Twins
from igny8.imports.shares import enabled_types, shares_of
from igny8.integrations.model import Integration
from igny8.integrations.service import IntegrationService
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Actor, Status
from igny8.journal.service import Journal
from igny8.sites.model import KeyOwner
from igny8.structure.model import TAXONOMIES
from igny8.structure.store import StructureStore
from igny8.syncing.check import Check, Phase
from igny8.syncing.model import Plan
from igny8.syncing.run import ACTIONS, Pull, Run, RunDirection, RunState, Terms
from igny8.syncing.run_store import RunStore
from igny8.syncing.store import PlanStore

RACE_RETRIES = 5
SINCE_VERSION = "2.1"
"""The first bridge that tells of posts as an import needs them."""
TOO_OLD = (
    "The bridge on the site is too old for this: it needs version 2.1 or later. Update the plugin"
    " in WordPress."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asked for; ``from_start`` forgets where the last import of a type ended."""

    direction: RunDirection
    filters: Filters = field(default_factory=Filters)
    from_start: bool = False
    twins: Twins = Twins.HOLD
    deep: bool = False
    dry_run: bool = False

    def is_for(self, run: Run) -> bool:
        """Whether a run is what is asked for."""
        if run.direction is not self.direction:
            return False
        if run.check is not None:
            return (self.deep, self.dry_run) == (run.check.deep, run.check.dry_run)
        if run.pull is None:
            return True
        pull = run.pull
        return (self.filters, self.twins, self.dry_run) == (pull.filters, pull.twins, pull.dry_run)


class RunPlanner:
    """Finds out what an import is to take."""

    def __init__(self, *, structures: StructureStore, installations: InstallationStore) -> None:
        self._structures = structures
        self._installations = installations

    def pull(self, integration: Integration, plan: Plan, wish: Wish) -> Pull:
        """An import; two reads at most.

        Raises :class:`Conflict` (``bridge_too_old``), :class:`Invalid`.
        """
        self._check_bridge(integration)
        known, _ = self._structures.get(integration.account_id, integration.id)
        shares = shares_of(known, wish.filters, plan.positions, from_start=wish.from_start)
        taxonomies = () if wish.dry_run else tuple(known.enabled(TAXONOMIES))
        return Pull(
            filters=wish.filters,
            types=tuple(wish.filters.types or enabled_types(known)),
            dry_run=wish.dry_run,
            twins=wish.twins,
            two_way=known.structure.two_way_sync_enabled,
            shares=shares,
            terms=Terms(taxonomies=taxonomies) if taxonomies else None,
        )

    def check(self, integration: Integration, wish: Wish) -> Check:
        """A comparison; one read at most. Raises :class:`Conflict` (``bridge_too_old``).

        One that only says what differs takes no events, and has the site look for none.
        """
        self._check_bridge(integration)
        phase = Phase.COMPARE if wish.dry_run else Phase.CHANGES
        return Check(deep=wish.deep, dry_run=wish.dry_run, phase=phase)

    def _check_bridge(self, integration: Integration) -> None:
        """By what it said when it paired, else by what it has told since: it may be newer."""
        if keeps_sums(integration):
            return
        heard = self._installations.get(integration.account_id, integration.id)
        if heard is None or not _is_able(heard.report.version):
            raise Conflict("bridge_too_old", TOO_OLD)


def keeps_sums(integration: Integration) -> bool:
    """Whether a bridge said, when it paired, that it can tell of posts and compare them."""
    return _is_able(integration.credentials_json.get("plugin_version"))


def _is_able(version: object) -> bool:
    return isinstance(version, str) and compare_loosely(version, SINCE_VERSION) >= 0


class RunService:
    """Shows runs and ends them."""

    def __init__(
        self,
        *,
        integrations: IntegrationService,
        store: IntegrationStore,
        plans: PlanStore,
        runs: RunStore,
        journal: Journal,
        commit: Commit,
        clock: Clock,
    ) -> None:
        self._integrations = integrations
        self._store = store
        self._plans = plans
        self._runs = runs
        self._journal = journal
        self._commit = commit
        self._clock = clock

    def page(self, account_id: int, integration_id: int, request: PageRequest) -> Page[Run]:
        """Runs that people began in the last 90 days, newest first. Raises :class:`NotFound`."""
        integration = self._integrations.get(account_id, integration_id)
        plan = self._plans.get(account_id, integration.site_id, integration_id)
        page = self._runs.page_of(account_id, integration_id, request)
        return Page([_newest(plan, run) for run in page.items], page.next)

    def get(self, account_id: int, integration_id: int, run_id: int) -> Run:
        """One of them. Raises :class:`NotFound`."""
        integration = self._integrations.get(account_id, integration_id)
        plan = self._plans.get(account_id, integration.site_id, integration_id)
        return _newest(plan, self._runs.get(account_id, integration_id, run_id))

    def items(
        self,
        account_id: int,
        integration_id: int,
        run_id: int,
        outcome: Outcome | None,
        request: PageRequest,
    ) -> Page[Item]:
        """What became of posts. Raises :class:`NotFound`."""
        self._integrations.get(account_id, integration_id)
        self._runs.get(account_id, integration_id, run_id)
        return self._runs.items(account_id, integration_id, run_id, outcome, request)

    def cancel(
        self, account_id: int, integration_id: int, run_id: int, actor: Actor
    ) -> tuple[Run, bool]:
        """End a run; what is in stays, the page that is under way included.

        Also answers whether there was anything to end. Raises :class:`NotFound`.
        """
        integration = self._integrations.get(account_id, integration_id)
        for _ in range(RACE_RETRIES):
            plan = self._plans.get(account_id, integration.site_id, integration_id)
            run = plan.run
            if run is None or run.id != run_id or not run.is_listed:
                return self._runs.get(account_id, integration_id, run_id), False
            if run.is_over:
                return run, False
            try:
                return self._cancelled(integration, plan, run, actor), True
            except ConditionLost:
                continue
        raise Unavailable("contention", retry_after=1)

    def _cancelled(self, integration: Integration, plan: Plan, run: Run, actor: Actor) -> Run:
        now = epoch(self._clock.now())
        over = replace(run, state=RunState.CANCELLED, reason=None, finished_at=now)
        owner = KeyOwner(plan.account_id, plan.site_id, plan.integration_id, "")
        writes = [self._plans.write(plan, replace(plan, run=over)), self._runs.whole(owner, over)]
        if not run.is_dry:
            writes += [
                self._store.sync_changed(
                    plan.account_id, plan.site_id, integration.id, "completed", None
                ),
                self._journal.record(
                    plan.account_id,
                    integration.id,
                    ACTIONS[run.direction],
                    Status.SUCCESS,
                    f"Cancelled a run after {run.done} posts",
                    actor=actor,
                    details={"run_id": run.id, "done": run.done},
                ),
            ]
        self._commit(writes)
        return over


def _newest(plan: Plan, run: Run) -> Run:
    """A run as its plan has it, if it is the plan's last one."""
    return plan.run if plan.run is not None and plan.run.id == run.id else run
