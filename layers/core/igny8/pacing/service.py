"""What people choose of automatic publishing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from igny8.core.clock import Clock, epoch
from igny8.core.errors import Unavailable
from igny8.core.rows import Commit, ConditionLost
from igny8.pacing.model import PublishingSettings
from igny8.pacing.store import PacingStore
from igny8.sites.store import SiteStore

RACE_RETRIES = 5


class PublishingSettingsService:
    """Reads and replaces a site's settings. The time zone is the site's: there is only one."""

    def __init__(
        self, *, store: PacingStore, sites: SiteStore, commit: Commit, clock: Clock
    ) -> None:
        self._store = store
        self._sites = sites
        self._commit = commit
        self._clock = clock

    def get(self, account_id: int, site_id: int) -> tuple[PublishingSettings, str]:
        """The settings and the site's time zone. Raises :class:`NotFound`."""
        site = self._sites.get(account_id, site_id)
        return self._store.settings(account_id, site_id), site.timezone

    def replace(
        self, account_id: int, site_id: int, choices: Mapping[str, Any], timezone: str | None
    ) -> tuple[PublishingSettings, str]:
        """Choose everything anew, in one transaction with the time zone, where one is given.

        What is automatic is looked at by the next sweep. Raises :class:`NotFound`.
        """
        for _ in range(RACE_RETRIES):
            now = self._clock.now()
            site = self._sites.get(account_id, site_id, consistent=True)
            before = self._store.settings(account_id, site_id)
            after = PublishingSettings(
                account_id=account_id, site_id=site_id, version=before.version, **choices
            )
            after = replace(after, wake_at=epoch(now) if after.is_automatic else None)
            moved = replace(site, timezone=timezone or site.timezone, updated_at=now)
            stays = moved.timezone == site.timezone
            beside = self._sites.exists(site) if stays else self._sites.replacement(site, moved)
            try:
                self._commit([self._store.replacement(before, after), beside])
            except ConditionLost:
                continue  # somebody else chose, or the site was changed or deleted: look again
            return after, moved.timezone
        raise Unavailable("contention", retry_after=1)

    def look_again(self, account_id: int, site_id: int) -> None:
        """Have the next sweep look: by another time zone a slot may be open now.

        Raises :class:`Unavailable`.
        """
        for _ in range(RACE_RETRIES):
            settings = self._store.settings(account_id, site_id)
            if not settings.is_automatic:
                return
            woken = replace(settings, wake_at=epoch(self._clock.now()))
            try:
                self._commit([self._store.replacement(settings, woken)])
            except ConditionLost:
                continue  # somebody chose meanwhile, or the site was deleted
            return
        raise Unavailable("contention", retry_after=1)
