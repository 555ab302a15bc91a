"""A site's structure as it told it (seed 001), the choices of people, and what was published."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

MOST_KINDS = 200
"""Of each group: what a row holds at its worst, and more than any site shows."""
POST_TYPES, TAXONOMIES = "post_types", "taxonomies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A post type or a taxonomy, as the site told it."""

    label: str
    count: int
    enabled: bool
    fetch_limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What people chose for a type; what they did not choose is the site's word."""

    enabled: bool | None = None
    fetch_limit: int | None = None

    def changed(self, by: "Choice") -> "Choice":
        """With what another one says."""
        return Choice(
            enabled=self.enabled if by.enabled is None else by.enabled,
            fetch_limit=self.fetch_limit if by.fetch_limit is None else by.fetch_limit,
        )

    def applied(self, kind: Kind) -> Kind:
        """A type as people want it."""
        return replace(
            kind,
            enabled=kind.enabled if self.enabled is None else self.enabled,
            fetch_limit=kind.fetch_limit if self.fetch_limit is None else self.fetch_limit,
        )


Choices = Mapping[str, Mapping[str, Choice]]
"""By group and name: a post type and a taxonomy may have one name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What a site consists of. ``fetched_at`` is RFC 3339."""

    post_types: Mapping[str, Kind] = field(default_factory=dict)
    taxonomies: Mapping[str, Kind] = field(default_factory=dict)
    plugin_connection_enabled: bool = True
    two_way_sync_enabled: bool = False
    fetched_at: str | None = None

    def group(self, name: str) -> Mapping[str, Kind]:
        """The post types, or the taxonomies."""
        return self.post_types if name == POST_TYPES else self.taxonomies


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """How many posts of a type are content's here, and when they were last synced (RFC 3339).

    That is when a run last ended well, or the last of them became so, whichever is later.
    """

    count: int = 0
    last_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentTypes:
    """Everything that is known of an integration's types."""

    structure: Structure = field(default_factory=Structure)
    choices: Choices = field(default_factory=dict)
    synced: Mapping[str, Synced] = field(default_factory=dict)

    def group(self, name: str) -> dict[str, Kind]:
        """The post types, or the taxonomies, as people want them."""
        chosen = self.choices.get(name, {})
        kinds = self.structure.group(name)
        return {kind: chosen.get(kind, Choice()).applied(told) for kind, told in kinds.items()}

    def enabled(self, name: str) -> dict[str, Kind]:
        """Those of them that are enabled here and on the site."""
        told = self.structure.group(name)
        return {
            kind: one
            for kind, one in self.group(name).items()
            if one.enabled and told[kind].enabled
        }

    def synced_of(self, group: str, name: str) -> Synced:
        """How much of a type is here; of terms nothing is counted."""
        return self.synced.get(name, Synced()) if group == POST_TYPES else Synced()
