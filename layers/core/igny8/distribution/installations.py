"""Installations: what bridges tell of themselves is kept, and counted in the same transaction."""

from contextlib import suppress
from dataclasses import replace

from igny8.core.clock import Clock, epoch
from igny8.core.errors import Contended, NotFound, Unavailable
from igny8.core.logging import get_logger
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.distribution.installation import (
    BUCKET_SECONDS,
    GONE,
    Installation,
    Report,
    tells_of_a_refusal,
)
from igny8.distribution.installation_store import InstallationStore
from igny8.distribution.model import SLUG, Catalogue
from igny8.distribution.tally_store import TallyStore
from igny8.distribution.versions import Version
from igny8.integrations.store import IntegrationStore
from igny8.sites.model import KeyOwner

RACE_RETRIES = 5
REFUSED = "refused"
"""Why an update failed that a site would not install, as downloads are counted that failed."""
INTEGRATION = "integration"
"""What the condition is called that the integration still exists."""

logger = get_logger()


class InstallationService:
    """Hears bridges."""

    def __init__(
        self,
        *,
        store: InstallationStore,
        tallies: TallyStore,
        integrations: IntegrationStore,
        commit: Commit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._tallies = tallies
        self._integrations = integrations
        self._commit = commit
        self._clock = clock

    def heard(
        self, owner: KeyOwner, report: Report, address: str, catalogue: Catalogue
    ) -> Installation:
        """Keep what a bridge tells; one read, one transaction.

        Raises :class:`NotFound` where the integration was just deleted, :class:`Unavailable`.
        """
        now = self._now()
        refused = []
        if tells_of_a_refusal(report):  # no error of the version that runs, and seen all the same
            refused = [self._tallies.failed(SLUG, owner.integration_id, REFUSED, now)]
        for _ in range(RACE_RETRIES):
            known = self._store.get(owner.account_id, owner.integration_id, consistent=True)
            before = known or Installation.of(owner)
            after = before.heard(report, now, address, catalogue)
            if known is not None and not self._is_noted(known, report.version):
                continue
            besides = [*self._first_of(owner, before), *refused]
            if self._is_kept(before, after, now, besides):
                _log(before, after)
                return after
        raise Contended("dynamodb")

    def asked(
        self, known: Installation, report: Report, address: str, catalogue: Catalogue
    ) -> None:
        """Take a question for a sign of life, once in six hours or when it tells of a new version.

        Nobody who asks is refused for it: it costs no read, and what fails is left to the next.
        """
        now = self._now()
        is_news = report.version != known.report.version or known.report.status in GONE
        if known.last_seen // BUCKET_SECONDS == now // BUCKET_SECONDS and not is_news:
            return
        with suppress(Unavailable, NotFound):
            if self._is_noted(known, report.version):
                self._is_kept(known, known.asked(report, now, address, catalogue), now, [])

    def took(self, account_id: int, integration_id: int, version: Version) -> list[Write]:
        """What counts that a site fetched a version: it is expected to be heard with it now.

        One read. Nothing of a site that was never heard.
        """
        before = self._store.get(account_id, integration_id, consistent=True)
        if before is None:
            return []
        now = self._now()
        after = before.took(version, now)
        return [] if after == before else self._writes(before, after, now)

    def gone(self, account_id: int, integration_id: int) -> list[Write]:
        """What forgets an installation whose integration is deleted; one read.

        It is counted nowhere any more: who is gone on purpose is not silent. Loses
        ``installation`` where the bridge was heard after that read.
        """
        known = self._store.get(account_id, integration_id, consistent=True)
        place = known.place if known else None
        moved = self._tallies.moved(SLUG, integration_id, place, None, self._now())
        return [self._store.deletion(account_id, integration_id, known), *moved]

    def _is_noted(self, known: Installation, version: str) -> bool:
        """Whether the integration says which bridge it has now: what it can do depends on that.

        Where that is news, two reads and one write; false where another writer came first.
        """
        if version == known.report.version:
            return True
        site_id = self._integrations.site_of(known.account_id, known.integration_id)
        bundle = self._integrations.bundle(known.account_id, site_id)
        integration = bundle.required(known.integration_id)
        told = {**integration.credentials_json, "plugin_version": version}
        if told == integration.credentials_json:
            return True
        after = replace(integration, credentials_json=told)
        try:
            self._commit([self._integrations.replacement(integration, after)])
        except ConditionLost:
            return False
        return True

    def _is_kept(
        self, before: Installation, after: Installation, now: int, besides: list[Write]
    ) -> bool:
        try:
            self._commit([*self._writes(before, after, now), *besides])
        except ConditionLost as lost:
            if INTEGRATION in lost.rows:
                raise NotFound from lost
            return False
        return True

    def _writes(self, before: Installation, after: Installation, now: int) -> list[Write]:
        moved = self._tallies.moved(SLUG, after.integration_id, before.place, after.place, now)
        return [self._store.write(before, after), *moved]

    def _first_of(self, owner: KeyOwner, before: Installation) -> list[Write]:
        """One that is made must not outlive what it belongs to; one that is there goes with it."""
        if before.row_version:
            return []
        return [self._integrations.exists(owner.account_id, owner.site_id, owner.integration_id)]

    def _now(self) -> int:
        return epoch(self._clock.now())


def _log(before: Installation, after: Installation) -> None:
    """Whose bridge tells of errors now that did not before: a halt asks whether it is one owner."""
    place = after.place
    if place is None or not after.is_in_trouble or before.is_in_trouble:
        return
    logger.info(
        "bridge in trouble",
        extra={
            "version": place.version,
            "account_id": after.account_id,
            "integration_id": after.integration_id,
        },
    )
