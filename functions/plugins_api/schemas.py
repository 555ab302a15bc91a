"""What sites say when they ask. Strangers ask too: what cannot be read is not there."""

from typing import Annotated, Any

from igny8.distribution.eligibility import LONGEST_VERSION
from igny8.distribution.model import Channel
from igny8.distribution.offers import Asked
from igny8.distribution.versions import Version
from pydantic import BaseModel, BeforeValidator, ConfigDict

CHANNELS = {str(channel): channel for channel in Channel}
WORDPRESS = "WordPress/"
"""How WordPress begins its User-Agent, followed by its version."""


def printed(value: Any) -> str:
    """A version as told: what is printed of ASCII, and no more than anybody needs."""
    text = value if isinstance(value, str) else ""
    return "".join(letter for letter in text if "!" <= letter <= "~")[:LONGEST_VERSION]


def _channel(value: Any) -> str | None:
    return value if isinstance(value, str) and value in CHANNELS else None


Told = Annotated[str, BeforeValidator(printed)]
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


class VersionQuery(BaseModel):
    """Query of ``info``."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    version: Told | None = None


def as_version(text: str | None) -> Version | None:
    """A version that a release may have; ``None`` for what cannot be one."""
    try:
        return Version.parse(text or "")
    except ValueError:
        return None
