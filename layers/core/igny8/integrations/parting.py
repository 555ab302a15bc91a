"""Letting go of an integration, or of a site with all of it: posts stay, what is pending ends."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from igny8.core.clock import Clock, epoch
from igny8.core.errors import Contended, NotFound, Unavailable
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.integrations.model import Integration
from igny8.integrations.notices import Hints, wake
from igny8.integrations.service import Gates, keys_changed
from igny8.integrations.store import IntegrationStore
from igny8.sites.model import KeyOwner, SiteKeys
from igny8.sites.store import SiteStore

SITE_DELETED = "The site was deleted."
DELETED = "The integration was deleted."
TRIES = 5
HEARD = "installation"
"""What is lost where a bridge was heard meanwhile: what is known of it is read anew."""
MOST_BESIDES = 60
"""Rows that go in the deleting transaction, which holds 100; more types than that nobody has."""


class Listening(Protocol):
    """Who tells a bridge that it is let go; see `igny8.syncing.listening.ListeningService`."""

    def deleted(self, integration: Integration, keys: SiteKeys) -> list[Write]: ...
    def wake(self, owner: KeyOwner) -> None: ...


class Leftovers(Protocol):
    """Has the content of a site deleted; see `igny8.cleaning.service.Cleaner`."""

    def noting_site(self, account_id: int, site_id: int) -> Write: ...


class Pacing(Protocol):
    """Keeps publishing settings; see `igny8.pacing.store.PacingStore`."""

    def deletion(self, account_id: int, site_id: int) -> list[Write]: ...


class Installations(Protocol):
    """Counts bridges; see `igny8.distribution.installations.InstallationService`."""

    def gone(self, account_id: int, integration_id: int) -> list[Write]: ...


class PartingService:
    """Deletes integrations and sites. Their bridges are told, for a day.

    A worker that finds the integration gone cancels a delivery; what is on no sweep, behind a gate
    that was closed, is looked for until all of it is cancelled.
    """

    def __init__(
        self,
        *,
        sites: SiteStore,
        integrations: IntegrationStore,
        gates: Gates,
        listening: Listening,
        installations: Installations,
        leftovers: Leftovers,
        pacing: Pacing,
        hints: Hints,
        commit: Commit,
        clock: Clock,
    ) -> None:
        self._installations = installations
        self._sites = sites
        self._integrations = integrations
        self._gates = gates
        self._listening = listening
        self._leftovers = leftovers
        self._pacing = pacing
        self._hints = hints
        self._commit = commit
        self._clock = clock

    def delete(self, account_id: int, integration_id: int) -> None:
        """Delete an integration and end its keys, which name it.

        Raises :class:`NotFound`, :class:`Conflict` ``changed_meanwhile``.
        """
        site_id = self._integrations.site_of(account_id, integration_id)
        bundle = self._integrations.bundle(account_id, site_id)
        integration = bundle.required(integration_id)
        ended = self._sites.key_removal(bundle.keys, self._clock.now(), of=integration_id)
        self._let_go([integration], bundle.keys, ended, DELETED)

    def delete_site(self, account_id: int, site_id: int, *, keeps_content: bool) -> None:
        """Delete a site with its keys and integrations, and in the end its content.

        Content that is kept can be listed as before, and deleted by deleting the site once more.
        Raises :class:`NotFound`, :class:`Conflict` ``changed_meanwhile``.
        """
        try:
            bundle = self._integrations.bundle(account_id, site_id)
        except NotFound:
            if keeps_content:
                raise
            self._delete_kept(account_id, site_id)
            return
        ended = self._sites.deletion(bundle.site, bundle.keys)
        ended += self._pacing.deletion(account_id, site_id)
        if keeps_content:
            ids = [*(one.id for one in bundle.integrations), *bundle.keys.former]
            ended.append(self._sites.leaving(bundle.site, ids, self._clock.now()))
        else:
            ended.append(self._leftovers.noting_site(account_id, site_id))
        self._let_go(bundle.integrations, bundle.keys, ended, SITE_DELETED)

    def _delete_kept(self, account_id: int, site_id: int) -> None:
        """Delete the content of a site that was deleted before without it."""
        forgetting = self._sites.forgetting(account_id, site_id)
        try:
            self._commit([forgetting, self._leftovers.noting_site(account_id, site_id)])
        except ConditionLost as lost:
            raise NotFound from lost

    def _let_go(
        self, integrations: Sequence[Integration], keys: SiteKeys, ended: list[Write], why: str
    ) -> None:
        besides = self._ended(integrations, keys, ended, why)
        with suppress(Unavailable):  # it is deleted; of what is left some counts stay at worst
            for start in range(MOST_BESIDES, len(besides), MOST_BESIDES):
                self._commit(besides[start : start + MOST_BESIDES])
        for one in integrations:
            self._listening.wake(KeyOwner(one.account_id, one.site_id, one.id, ""))
            wake(self._hints, one)  # so that it cancels

    def _ended(
        self, integrations: Sequence[Integration], keys: SiteKeys, ended: list[Write], why: str
    ) -> list[Write]:
        """Commit the end of it all, anew where a bridge was heard at that moment."""
        for _ in range(TRIES):
            writes, besides = self._ending(integrations, keys, why)
            try:
                self._commit([*ended, *writes, *besides[:MOST_BESIDES]])
            except ConditionLost as lost:
                if set(lost.rows) != {HEARD}:
                    raise keys_changed() from lost
            else:
                return besides
        raise Contended("dynamodb")

    def _ending(
        self, integrations: Sequence[Integration], keys: SiteKeys, why: str
    ) -> tuple[list[Write], list[Write]]:
        now = epoch(self._clock.now())
        writes = self._integrations.deletion(integrations)
        besides: list[Write] = []
        for one in integrations:
            writes.append(self._gates.deleted(one.id, why, now))
            told = self._listening.deleted(one, keys)
            told += self._installations.gone(one.account_id, one.id)
            writes += told
            besides += self._integrations.besides(one.account_id, one.id, told)
        return writes, besides
