"""A site's structure as it told it (seed 001), the choices of people, and what was published."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_KINDS = 200


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What a site consists of. ``fetched_at`` is RFC 3339."""

    post_types: Mapping[str, Kind] = field(default_factory=dict)
    taxonomies: Mapping[str, Kind] = field(default_factory=dict)
    plugin_connection_enabled: bool = True
    two_way_sync_enabled: bool = False
    fetched_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """How much of a type is connected with content here, and since when (RFC 3339)."""

    count: int = 0
    last_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentTypes:
    """Everything that is known of an integration's types."""

    structure: Structure = field(default_factory=Structure)
    choices: Mapping[str, Choice] = field(default_factory=dict)
    synced: Mapping[str, Synced] = field(default_factory=dict)
