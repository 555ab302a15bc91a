"""What sites say when they ask. Strangers ask too: what cannot be read is not there."""

import re
from typing import Annotated, Any

from igny8.content.text import plain_line
from igny8.core.ids import MAX_ID
from igny8.distribution.analytics import DEFAULT_DAYS, MOST_DAYS
from igny8.distribution.eligibility import LONGEST_VERSION
from igny8.distribution.installation import ERROR_MAX, MOST_ERRORS, Report, Status
from igny8.distribution.model import Channel
from igny8.distribution.offers import Asked
from igny8.distribution.versions import Version
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

STATUSES = {str(status): status for status in Status}
CHANNELS = {str(channel): channel for channel in Channel}
COUNTRY = re.compile(r"[A-Z]{2}")
WORDPRESS = "WordPress/"
"""How WordPress begins its User-Agent, followed by its version."""


def printed(value: Any) -> str:
    """A version as told: what is printed of ASCII, and no more than anybody needs."""
    text = value if isinstance(value, str) else ""
    return "".join(letter for letter in text if "!" <= letter <= "~")[:LONGEST_VERSION]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _channel(value: Any) -> str | None:
    return value if isinstance(value, str) and value in CHANNELS else None


Told = Annotated[str, BeforeValidator(printed)]
Named = Annotated[str | None, BeforeValidator(_text)]
"""A version that is asked for: that one to the letter, or none."""
ToldChannel = Annotated[str | None, BeforeValidator(_channel)]


class CheckUpdate(BaseModel):
    """Body, or query, of ``check-update``."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    installed_version: Told = ""
    wp_version: Told = ""
    php_version: Told = ""
    channel: ToldChannel = None

    def asked(self, user_agent: str) -> Asked:
        """The question as the domain sees it; WordPress says its version in its name, too."""
        named = user_agent.partition(";")[0]
        called = named.removeprefix(WORDPRESS) if named.startswith(WORDPRESS) else ""
        return Asked(
            installed=self.installed_version,
            wordpress=self.wp_version or printed(called),
            php=self.php_version,
            channel=CHANNELS.get(self.channel or ""),
        )


def _errors(value: Any) -> list[str]:
    """The last few, each as one line; a bridge tells them with their codes."""
    told = value if isinstance(value, list) else []
    return [line for line in map(_line, told[-MOST_ERRORS:]) if line]


def _line(value: Any) -> str:
    parts: list[Any] = [value]
    if isinstance(value, dict):
        parts = [value.get("code"), value.get("message")]
    text = ": ".join(part for part in parts if isinstance(part, str) and part)
    return plain_line(text[:ERROR_MAX])


def _status(value: Any) -> str:
    return value if isinstance(value, str) and value in STATUSES else str(Status.ACTIVE)


def _id(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


class TellOfItself(BaseModel):
    """Body of ``register`` and ``health-check``."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    plugin_version: Told
    site_id: Annotated[int | None, BeforeValidator(_id)] = None
    wp_version: Told = ""
    php_version: Told = ""
    status: Annotated[str, BeforeValidator(_status)] = "active"
    errors: Annotated[list[Any], BeforeValidator(_errors)] = []
    channel: ToldChannel = None
    locale: Told = ""
    is_multisite: Annotated[bool | None, BeforeValidator(_flag)] = None
    auto_update_enabled: Annotated[bool | None, BeforeValidator(_flag)] = None

    def report(self) -> Report:
        """The report as the domain sees it."""
        return Report(
            version=self.plugin_version,
            wordpress=self.wp_version,
            php=self.php_version,
            status=STATUSES[self.status],
            errors=tuple(self.errors),
            channel=CHANNELS.get(self.channel or ""),
            auto_update=self.auto_update_enabled,
            locale=self.locale,
            is_multisite=self.is_multisite,
        )


class VersionQuery(BaseModel):
    """Query of ``info``."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    version: Named = None


class DownloadQuery(BaseModel):
    """Query of ``download``."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    version: Named = None
    t: Annotated[str | None, BeforeValidator(_text)] = None


class LinkedSite(BaseModel):
    """Body of ``install-link``."""

    model_config = ConfigDict(strict=True, extra="forbid", defer_build=True)

    site_id: Annotated[int, Field(gt=0, le=MAX_ID)]


class AnalyticsQuery(BaseModel):
    """Query of ``analytics``."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = DEFAULT_DAYS


def country(header: str) -> str | None:
    """A country as the edge names it, ISO 3166."""
    return header if COUNTRY.fullmatch(header) else None


def as_version(text: str | None) -> Version | None:
    """A version that a release may have; ``None`` for what cannot be one."""
    try:
        return Version.parse(text or "")
    except ValueError:
        return None
