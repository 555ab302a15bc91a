"""Which version a site gets: computed each time, of what is offered, and never a lower one.

Versions of WordPress and PHP are as sites tell them, so anything may stand there. Of what a site
does not tell WordPress itself is the judge: it knows its own versions, and refuses what needs more.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from igny8.distribution.model import Channel, Entry, State
from igny8.distribution.rollout import has_reached
from igny8.distribution.versions import Version, compare_loosely

LONGEST_VERSION = 64
"""Characters; more of a version nobody reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The site that asks. ``integration_id`` is known of one that showed its key."""

    installed: str = ""
    wordpress: str = ""
    php: str = ""
    channel: Channel = Channel.STABLE
    integration_id: int | None = None

    @property
    def plain_wordpress(self) -> str:
        """Its WordPress as WordPress compares it: ``6.8-alpha-59000`` is a 6.8.

        As in ``is_wp_version_compatible`` (wp-includes/functions.php).
        """
        return self.wordpress.partition("-")[0]


Rule = Callable[[Entry, Asker], bool]


def _suits(told: str, needed: str) -> bool:
    return not told or not needed or compare_loosely(told, needed) >= 0


def _is_offered(entry: Entry, _asker: Asker) -> bool:
    return entry.is_offered


def _is_of_its_channel(entry: Entry, asker: Asker) -> bool:
    return entry.channel is Channel.STABLE or asker.channel is Channel.BETA


def _runs_on_its_wordpress(entry: Entry, asker: Asker) -> bool:
    return _suits(asker.plain_wordpress, entry.requires)


def _runs_on_its_php(entry: Entry, asker: Asker) -> bool:
    return _suits(asker.php, entry.requires_php)


def _can_follow_what_it_has(entry: Entry, asker: Asker) -> bool:
    oldest = entry.min_from_version
    return oldest is None or compare_loosely(asker.installed, str(oldest)) >= 0


def _has_reached_it(entry: Entry, asker: Asker) -> bool:
    return has_reached(entry, asker.integration_id)


RULES: tuple[Rule, ...] = (
    _is_offered,
    _is_of_its_channel,
    _runs_on_its_wordpress,
    _runs_on_its_php,
    _can_follow_what_it_has,
    _has_reached_it,
)
"""What a version has to meet, in this order."""


def suits(entry: Entry, asker: Asker) -> bool:
    """Whether the site may have the version, newer than what it has or not."""
    return all(rule(entry, asker) for rule in RULES)


def best(entries: Iterable[Entry], asker: Asker) -> Entry | None:
    """The highest version that the site may have."""
    return max(
        (entry for entry in entries if suits(entry, asker)),
        key=lambda entry: entry.version,
        default=None,
    )


def offered(entries: Iterable[Entry], asker: Asker) -> Entry | None:
    """What the site is offered: the best, if that is higher than what it has."""
    found = best(entries, asker)
    if found is None or compare_loosely(str(found.version), asker.installed) <= 0:
        return None
    return found


def newest(entries: Iterable[Entry], integration_id: int | None = None) -> Entry | None:
    """The highest stable version for who has none yet, of whatever it is to run on."""
    asker = Asker(integration_id=integration_id)
    rules = (_is_offered, _is_of_its_channel, _has_reached_it)
    return max(
        (entry for entry in entries if all(rule(entry, asker) for rule in rules)),
        key=lambda entry: entry.version,
        default=None,
    )


class Standing(StrEnum):
    """What is said of the version that a site has."""

    OK = "ok"
    DEPRECATED = "deprecated"
    YANKED = "yanked"
    VULNERABLE = "vulnerable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Installed:
    """The version that a site has, as far as we know it."""

    text: str
    entry: Entry | None = None

    @classmethod
    def among(cls, entries: Iterable[Entry], text: str) -> "Installed":
        """Look it up by what the site calls it."""
        try:
            version = Version.parse(text)
        except ValueError:
            return cls(text)
        return cls(text, next((one for one in entries if one.version == version), None))

    @property
    def standing(self) -> Standing:
        """What is to be said of it: a yank above all, then what is wrong with it."""
        if self.entry is None:
            return Standing.UNKNOWN
        if self.entry.state is State.YANKED:
            return Standing.YANKED
        if self.entry.advisory is not None:
            return Standing.VULNERABLE
        if self.entry.state is State.DEPRECATED:
            return Standing.DEPRECATED
        return Standing.OK
