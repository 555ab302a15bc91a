"""A release of the bridge, and what is known of all of them at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from igny8.distribution.versions import Version

SLUG = "igny8-wp-bridge"
"""The only plugin that there is."""
PLUGIN_FILE = f"{SLUG}/{SLUG}.php"
MOST_WHOLE = 100
"""Of how many offered versions the catalogue says everything; of others it says the state."""
MOST_VERSIONS = 1_000
NOTICE_MAX = 200
SUMMARY_MAX = 200
URL_MAX = 300


class State(StrEnum):
    """How far a version has come."""

    DEVELOPMENT = "development"
    BETA = "beta"
    RELEASED = "released"
    DEPRECATED = "deprecated"
    YANKED = "yanked"


class Channel(StrEnum):
    """Whom a version is for."""

    STABLE = "stable"
    BETA = "beta"


OFFERED = frozenset({State.BETA, State.RELEASED})
"""States in which sites may be offered a version; only then is there a signed manifest."""
NEXT: Mapping[State, frozenset[State]] = {
    State.DEVELOPMENT: frozenset({State.BETA, State.RELEASED, State.YANKED}),
    State.BETA: frozenset({State.RELEASED, State.DEPRECATED, State.YANKED}),
    State.RELEASED: frozenset({State.DEPRECATED, State.YANKED}),
    State.DEPRECATED: frozenset({State.RELEASED, State.YANKED}),
    State.YANKED: frozenset(),
}
"""What a version may become; a yank is for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """What is wrong with a version. ``severity``: low, medium, high or critical."""

    severity: str
    summary: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What checking for an update needs to know of a version.

    ``manifest`` is the canonical JSON that ``signature`` (Ed25519, base64) is of; both are empty
    unless the version is offered, as is the rest of what only an offer says. ``rollout_percent`` is
    the share of sites, 0 to 100; ``widened_at`` is when it last grew, ``resumed_at`` when a person
    last let a halted rollout go on. Times are RFC 3339.
    """

    version: Version
    state: State
    requires: str = ""
    requires_php: str = ""
    tested: str = ""
    min_from_version: Version | None = None
    sha256: str = ""
    size: int = 0
    signature: str = ""
    key_id: str = ""
    manifest: str = ""
    released_at: str | None = None
    rollout_percent: int = 100
    rollout_salt: str = ""
    rollout_halted: bool = False
    widened_at: str | None = None
    resumed_at: str | None = None
    advisory: Advisory | None = None
    upgrade_notice: str = ""
    api_url: str = ""
    update_host: str = ""

    @property
    def channel(self) -> Channel:
        """Stable, unless it is a pre-release or has not come further than a beta."""
        is_beta = self.version.is_prerelease or self.state is State.BETA
        return Channel.BETA if is_beta else Channel.STABLE

    @property
    def object_key(self) -> str:
        """Where its ZIP lies in the bucket; another ZIP would lie elsewhere."""
        return f"plugins/wordpress/{SLUG}/{self.version}/{self.sha256}.zip"

    @property
    def is_offered(self) -> bool:
        """Whether sites may be offered it, if it suits them."""
        return self.state in OFFERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Entry):
    """A version with everything that is known of it.

    ``sections`` are HTML for WordPress's details window, by name; ``linted_with`` names the
    versions of PHP that its maker had parse it. ``row_version`` is raised by every write.
    """

    md5: str = ""
    sections: Mapping[str, str] = field(default_factory=dict)
    linted_with: Sequence[str] = ()
    created_at: str = ""
    row_version: int = 0

    @property
    def changelog_html(self) -> str:
        """The changelog among the sections."""
        return self.sections.get("changelog", "")

    @property
    def entry(self) -> Entry:
        """What the catalogue says of it."""
        if not self.is_offered:
            return Entry(version=self.version, state=self.state, advisory=self.advisory)
        return Entry(**{name: getattr(self, name) for name in Entry.__dataclass_fields__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All versions, newest first."""

    entries: Sequence[Entry] = ()
    row_version: int = 0

    def find(self, version: Version) -> Entry | None:
        """What is known of a version; ``None`` where there is none."""
        return next((one for one in self.entries if one.version == version), None)

    def with_release(self, release: Release) -> "Catalogue":
        """With a version as it is now.

        The oldest offered ones beyond :data:`MOST_WHOLE` are offered no more: who needs those?
        """
        others = [one for one in self.entries if one.version != release.version]
        entries = sorted([*others, release.entry], key=lambda one: one.version, reverse=True)
        whole = 0
        for number, one in enumerate(entries):
            whole += one.is_offered
            if one.is_offered and whole > MOST_WHOLE:
                entries[number] = Entry(
                    version=one.version, state=State.DEPRECATED, advisory=one.advisory
                )
        return replace(self, entries=tuple(entries))
