"""Use cases of a site's structure: what the site tells, what people see and choose."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from igny8.content.text import plain_line
from igny8.core.clock import Clock, rfc3339
from igny8.core.errors import Conflict, Invalid, NotFound
from igny8.core.rows import Commit, ConditionLost, Write
from igny8.integrations.model import Integration
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Action, Actor, Status
from igny8.journal.service import Journal
from igny8.sites.model import KeyOwner
from igny8.structure.model import (
    MOST_KINDS,
    POST_TYPES,
    TAXONOMIES,
    Choice,
    Choices,
    ContentTypes,
    Kind,
    Structure,
)
from igny8.structure.store import StructureStore

NAME_MAX = 64
LABEL_MAX = 100
COUNT_MAX = 10**9
FETCH_LIMIT_MAX = 10_000
DEFAULT_FETCH_LIMIT = 100
MOST_NAMES_TOLD = 20


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

    def described(self, account_id: int, integration_id: int) -> tuple[Integration, ContentTypes]:
        """An integration with its types, as people want them; two reads. Raises :class:`NotFound`.

        What is counted is not among them: see :meth:`content_types`.
        """
        site_id = self._integrations.site_of(account_id, integration_id)
        return self._store.with_integration(account_id, site_id, integration_id)

    def choose(
        self, account_id: int, integration_id: int, choices: Choices, actor: Actor
    ) -> ContentTypes:
        """Enable, disable or limit types, by ``post_types`` and ``taxonomies``; the rest stays.

        Raises :class:`NotFound`, :class:`Invalid` for a type that the site does not have,
        :class:`Conflict` ``changed_meanwhile``.
        """
        site_id = self._integrations.site_of(account_id, integration_id)
        known, version = self._store.get(account_id, integration_id)
        _check_known(known.structure, choices)
        after = {
            group: _chosen(known, group, choices.get(group, {}))
            for group in (POST_TYPES, TAXONOMIES)
        }
        names = sorted(f"{group}.{name}" for group, kinds in choices.items() for name in kinds)
        event = self._journal.record(
            account_id,
            integration_id,
            Action.INTEGRATION_UPDATED,
            Status.SUCCESS,
            "Changed which content types are synchronised, and how much of them",
            actor=actor,
            details={"types": names[:MOST_NAMES_TOLD], "count": len(names)},
        )
        try:
            self._commit([
                self._integrations.exists(account_id, site_id, integration_id),
                self._store.chosen(account_id, integration_id, after, version),
                event,
            ])  # fmt: skip
        except ConditionLost as error:
            raise Conflict(
                "changed_meanwhile", "These settings were just changed. Look at them again."
            ) from error
        return replace(known, choices=after)

    def _now(self) -> str:
        return rfc3339(self._clock.now())


def _check_known(structure: Structure, choices: Choices) -> None:
    unknown = {
        f"{group}.{name}": ["The site has no such type."]
        for group, chosen in choices.items()
        for name in chosen
        if name not in structure.group(group)
    }
    if unknown:
        raise Invalid(unknown)


def _chosen(known: ContentTypes, group: str, choices: Mapping[str, Choice]) -> dict[str, Choice]:
    """What people chose so far, and now; of what the site no longer has only so much is kept."""
    after = dict(known.choices.get(group, {}))
    for name, choice in choices.items():
        after[name] = after.get(name, Choice()).changed(choice)
    if len(after) > MOST_KINDS:
        kinds = known.structure.group(group)
        after = {name: choice for name, choice in after.items() if name in kinds}
    return after


def structure_of(data: Mapping[str, Any], now: datetime) -> Structure:
    """What a site told, as far as it can be kept; nothing of it is trusted."""
    return Structure(
        post_types=_kinds(data.get(POST_TYPES)),
        taxonomies=_kinds(data.get(TAXONOMIES)),
        plugin_connection_enabled=data.get("plugin_connection_enabled") is not False,
        two_way_sync_enabled=data.get("two_way_sync_enabled") is True,
        fetched_at=rfc3339(now),
    )


def _kinds(told: Any) -> dict[str, Kind]:
    """Types by name, in the site's order; the first of them where there are too many."""
    if not isinstance(told, dict):
        return {}
    named = ((name, _kind(name, values)) for name, values in told.items())
    return dict(islice(((name, kind) for name, kind in named if kind is not None), MOST_KINDS))


def _kind(name: str, values: Any) -> Kind | None:
    if not isinstance(values, dict) or not 0 < len(name) <= NAME_MAX or not name.isprintable():
        return None
    label = values.get("label")
    return Kind(
        label=(plain_line(label[:LABEL_MAX]) if isinstance(label, str) else "") or name,
        count=_number(values.get("count"), 0, 0, COUNT_MAX),
        enabled=values.get("enabled") is True,
        fetch_limit=_number(values.get("fetch_limit"), DEFAULT_FETCH_LIMIT, 1, FETCH_LIMIT_MAX),
    )


def _number(value: Any, default: int, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        return default
    return min(max(value, least), most)
