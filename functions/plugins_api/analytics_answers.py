"""What administrators are told of installations and downloads."""

from igny8.distribution.analytics import Analytics, VersionUse
from igny8.distribution.model import SLUG
from typing_extensions import TypedDict


class VersionUseOut(TypedDict):
    """How many sites have a version; those of which the last week knows are judged by it."""

    version: str
    state: str | None
    rollout_percent: float | None
    rollout_halted: bool
    installations: int
    active: int
    stale: int
    lately: int
    with_errors: int
    silent: int


class InstallationsOut(TypedDict):
    """How many sites have the bridge; active ones were heard within the last fourteen days."""

    total: int
    active: int
    stale: int
    by_version: list[VersionUseOut]


class DayOut(TypedDict):
    """How often a version was downloaded on a day."""

    date: str
    version: str
    downloads: int


class DownloadsOut(TypedDict):
    """What was downloaded; countries where the edge tells them."""

    total: int
    by_version: dict[str, int]
    by_day: list[DayOut]
    countries: dict[str, int]
    failed: dict[str, int]


class AnalyticsOut(TypedDict):
    """Who has which version of the bridge, and what was downloaded."""

    slug: str
    days: int
    installations: InstallationsOut
    downloads: DownloadsOut


def analytics_out(found: Analytics) -> AnalyticsOut:
    """The answer to ``analytics``."""
    by_version: dict[str, int] = {}
    for day in found.downloads:
        by_version[day.version] = by_version.get(day.version, 0) + day.number
    return {
        "slug": SLUG,
        "days": found.days,
        "installations": {
            "total": sum(use.installations for use in found.versions),
            "active": sum(use.active for use in found.versions),
            "stale": sum(use.stale for use in found.versions),
            "by_version": [_use_out(use) for use in found.versions],
        },
        "downloads": {
            "total": sum(by_version.values()),
            "by_version": by_version,
            "by_day": [
                {"date": day.date, "version": day.version, "downloads": day.number}
                for day in found.downloads
            ],
            "countries": dict(found.countries),
            "failed": dict(found.failed),
        },
    }


def _use_out(use: VersionUse) -> VersionUseOut:
    entry = use.entry
    return {
        "version": use.version,
        "state": str(entry.state) if entry else None,
        "rollout_percent": entry.rollout_percent if entry else None,
        "rollout_halted": entry is not None and entry.rollout_halted,
        "installations": use.installations,
        "active": use.active,
        "stale": use.stale,
        "lately": use.trouble.updated,
        "with_errors": use.trouble.errors,
        "silent": use.trouble.silent,
    }
