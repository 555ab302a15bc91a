"""Use cases of a site's structure: what the site tells, what people see and choose."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from igny8.core.clock import Clock, rfc3339
from igny8.core.errors import Conflict, Invalid, NotFound
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Action, Actor, Status
from igny8.journal.service import Journal
from igny8.sites.model import KeyOwner
from igny8.structure.model import MOST_KINDS, Choice, ContentTypes, Kind, Structure
from igny8.structure.store import StructureStore

NAME_MAX = 64
LABEL_MAX = 200
COUNT_MAX = 10**9
FETCH_LIMIT_MAX = 10_000
DEFAULT_FETCH_LIMIT = 100


class StructureService:
    """Keeps and shows what sites consist of."""

    def __init__(
        self,
        *,
        store: StructureStore,
        integrations: IntegrationStore,
        journal: Journal,
        commit: Commit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._integrations = integrations
        self._journal = journal
        self._commit = commit
        self._clock = clock

    def update(self, owner: KeyOwner, integration_id: int, structure: Structure) -> Structure:
        """Keep what a site tells of itself. Raises :class:`NotFound` for another's id."""
        if integration_id != owner.integration_id:
            raise NotFound
        kept = replace(structure, fetched_at=self._now())
        try:
            self._commit(self.writes(owner, kept, Actor.site(owner.site_id)))
        except ConditionLost as error:
            raise NotFound from error
        return kept

    def writes(self, owner: KeyOwner, structure: Structure, actor: Actor) -> list[Write]:
        """What keeps a structure, and tells of it; of an integration that is still there."""
        present = self._integrations.exists(owner.account_id, owner.site_id, owner.integration_id)
        event = self._journal.record(
            owner.account_id,
            owner.integration_id,
            Action.STRUCTURE_UPDATE,
            Status.SUCCESS,
            f"The site has {len(structure.post_types)} post types and"
            f" {len(structure.taxonomies)} taxonomies",
            actor=actor,
            details={
                "post_types_count": len(structure.post_types),
                "taxonomies_count": len(structure.taxonomies),
            },
        )
        kept = self._store.told(owner.account_id, owner.integration_id, structure)
        return [present, kept, event]

    def content_types(self, account_id: int, integration_id: int) -> ContentTypes:
        """What is known of an integration's types; two reads. Raises :class:`NotFound`."""
        self._integrations.site_of(account_id, integration_id)
        known, _ = self._store.get(account_id, integration_id)
        return known

    def choose(
        self,
        account_id: int,
        integration_id: int,
        choices: Mapping[str, Mapping[str, Choice]],
    ) -> ContentTypes:
        """Enable, disable or limit types, by ``post_types`` and ``taxonomies``; the rest stays.

        Raises :class:`NotFound`, :class:`Invalid` for a type that the site does not have,
        :class:`Conflict` ``changed_meanwhile``.
        """
        self._integrations.site_of(account_id, integration_id)
        known, version = self._store.get(account_id, integration_id)
        groups = {
            "post_types": known.structure.post_types,
            "taxonomies": known.structure.taxonomies,
        }
        unknown = {
            f"{group}.{name}": ["The site has no such type."]
            for group, chosen in choices.items()
            for name in chosen
            if name not in groups[group]
        }
        if unknown:
            raise Invalid(unknown)
        after = dict(known.choices)
        for chosen in choices.values():
            for name, choice in chosen.items():
                after[name] = after.get(name, Choice()).changed(choice)
        try:
            self._commit([self._store.chosen(account_id, integration_id, after, version)])
        except ConditionLost as error:
            raise Conflict(
                "changed_meanwhile", "These settings were just changed. Look at them again."
            ) from error
        return replace(known, choices=after)

    def _now(self) -> str:
        return rfc3339(self._clock.now())


def structure_of(data: Mapping[str, Any], now: datetime) -> Structure:
    """What a site answered, as far as it can be kept; nothing of it is trusted."""
    return Structure(
        post_types=_kinds(data.get("post_types")),
        taxonomies=_kinds(data.get("taxonomies")),
        plugin_connection_enabled=data.get("plugin_connection_enabled") is not False,
        two_way_sync_enabled=data.get("two_way_sync_enabled") is True,
        fetched_at=rfc3339(now),
    )


def _kinds(told: Any) -> dict[str, Kind]:
    if not isinstance(told, dict):
        return {}
    kinds = {}
    for name, values in list(told.items())[:MOST_KINDS]:
        if isinstance(name, str) and 0 < len(name) <= NAME_MAX and isinstance(values, dict):
            kinds[name] = Kind(
                label=str(values.get("label") or name)[:LABEL_MAX],
                count=_number(values.get("count"), 0, COUNT_MAX),
                enabled=values.get("enabled") is True,
                fetch_limit=_number(
                    values.get("fetch_limit"), DEFAULT_FETCH_LIMIT, FETCH_LIMIT_MAX
                ),
            )
    return kinds


def _number(value: Any, default: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return default
    return min(value, most)
