"""What comes in to the integrations' API."""

import zoneinfo
from typing import Annotated, Any, Literal

from igny8.content.text import is_blank, plain_line
from igny8.core.cursor import page_request
from igny8.core.errors import Invalid, NotSupported
from igny8.core.ids import MAX_ID
from igny8.core.settings import Settings
from igny8.core.urls import SiteRules, normalise_rest_url, normalise_site_url
from igny8.entrypoint.queries import PageQuery
from igny8.entrypoint.rows import as_id
from igny8.integrations.pairing import PairingRequest
from igny8.sites.model import TermsPolicy
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

DEFAULT_EVENTS = 50
KEEP = "keep"
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def _required(text: str) -> str:
    if is_blank(text):
        raise ValueError("This must not be empty.")
    return text


def known_timezone(name: str) -> str:
    """Refuse what is no name of a time zone (IANA)."""
    if name not in zoneinfo.available_timezones():
        raise ValueError("Give a time zone name such as Europe/Berlin.")
    return name


def boolean(text: str) -> bool:
    """Read a boolean of a query."""
    if text.lower() not in BOOLEANS:
        raise ValueError("Give true or false.")
    return BOOLEANS[text.lower()]


Id = Annotated[int, Field(gt=0, le=MAX_ID)]
Name = Annotated[
    str, StringConstraints(max_length=200), AfterValidator(plain_line), AfterValidator(_required)
]
Address = Annotated[str, StringConstraints(max_length=2048)]
Version = Annotated[str, StringConstraints(max_length=40)]


class People(BaseModel):
    """From people: types are what they are, and unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", defer_build=True)


class CreateSite(People):
    """Body of ``POST /sites/``."""

    name: Name
    url: Address
    hosting_type: Literal["wordpress", "shopify", "igny8_sites", "multi"] = "wordpress"
    timezone: Annotated[str, AfterValidator(known_timezone)] = "UTC"
    terms_policy: Literal["create", "existing_only", "none"] = "create"

    def values(self, rules: SiteRules) -> dict[str, Any]:
        """The fields that were given, or their defaults, as the domain keeps them."""
        return _site_values(self.model_dump(), rules)


class ChangeSite(People):
    """Body of ``PATCH /sites/{id}/``; only what is given changes."""

    name: Name = ""
    url: Address = ""
    hosting_type: Literal["wordpress", "shopify", "igny8_sites", "multi"] = "wordpress"
    timezone: Annotated[str, AfterValidator(known_timezone)] = "UTC"
    terms_policy: Literal["create", "existing_only", "none"] = "create"

    def values(self, rules: SiteRules) -> dict[str, Any]:
        """The fields that were given, as the domain keeps them."""
        return _site_values(self.model_dump(exclude_unset=True), rules)


class NameSite(People):
    """Body of the key routes."""

    site_id: Id


class CreateIntegration(People):
    """Body of ``POST /integrations/``."""

    site_id: Id
    platform: Literal["wordpress", "shopify", "custom"] = "wordpress"

    def check_platform(self) -> None:
        """Raises :class:`NotSupported` for a platform that does not exist yet."""
        if self.platform != "wordpress":
            raise NotSupported("platform")


class ChangeIntegration(People):
    """Body of ``PATCH /integrations/{id}/``; only what is given changes."""

    sync_enabled: bool = True
    is_active: bool = True
    debug_enabled: bool = False


class ReplaceIntegration(ChangeIntegration):
    """Body of ``PUT /integrations/{id}/``: everything that people may change."""

    sync_enabled: bool
    is_active: bool


class TestConnection(BaseModel):
    """What the bridge says when it connects; fields it may add later are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", defer_build=True)

    # The key tells the site; who names it too is refused for another one.
    site_id: Id = Field(default_factory=int)
    site_url: Address
    rest_url: Address | None = None
    api_key: Annotated[str, StringConstraints(max_length=200)] | None = None
    plugin_version: Version | None = None
    wp_version: Version | None = None
    php_version: Version | None = None
    epoch: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    head_seq: Annotated[int, Field(ge=0, le=MAX_ID)] | None = None

    def request(self, rules: SiteRules) -> PairingRequest:
        """The pairing as the domain sees it. Raises :class:`Invalid` for unusable addresses."""
        site_url = _address("site_url", self.site_url, normalise_site_url, rules)
        rest = self.rest_url or f"{site_url}/wp-json/"
        return PairingRequest(
            self.site_id or None, site_url, _address("rest_url", rest, normalise_rest_url, rules),
            self.api_key, self.plugin_version, self.wp_version, self.php_version,
            self.epoch, self.head_seq,
        )  # fmt: skip


def _keep_or_delete(text: str) -> str:
    if text not in {KEEP, "delete"}:
        raise ValueError("Say keep or delete.")
    return text


class SitesQuery(PageQuery):
    """Query of ``GET /sites/``; ``deleted`` lists those whose content was kept instead."""

    deleted: Annotated[bool, BeforeValidator(boolean)] = False


class DeleteSiteQuery(BaseModel):
    """Query of ``DELETE /sites/{id}/``: what becomes of its content here."""

    model_config = ConfigDict(defer_build=True)

    content: Annotated[str, AfterValidator(_keep_or_delete)] = KEEP


class IntegrationsQuery(PageQuery):
    """Query of ``GET /integrations/``."""

    site: str | None = None

    @property
    def site_id(self) -> int | None:
        """The site to list, if one is named. Raises :class:`Invalid`."""
        if self.site is None:
            return None
        number = as_id(self.site)
        if number is None:
            raise Invalid({"site": ["This is not an id."]})
        return number


class DebugQuery(BaseModel):
    """Query of ``GET /integrations/{id}/debug-status/``."""

    model_config = ConfigDict(defer_build=True)

    include_events: Annotated[bool, BeforeValidator(boolean)] = True
    event_limit: str | None = None
    include_validation: Annotated[bool, BeforeValidator(boolean)] = False

    def limit(self, settings: Settings) -> int:
        """How many events. Raises :class:`Invalid`."""
        most = settings.page_size_max
        try:
            return page_request(self.event_limit, None, default=DEFAULT_EVENTS, most=most).limit
        except Invalid as error:
            raise Invalid({"event_limit": error.fields["limit"]}) from error


def _site_values(values: dict[str, Any], rules: SiteRules) -> dict[str, Any]:
    if "url" in values:
        values["url"] = _address("url", values["url"], normalise_site_url, rules)
    if "terms_policy" in values:
        values["terms_policy"] = TermsPolicy(values["terms_policy"])
    return values


def _address(name: str, text: str, normalise: Any, rules: SiteRules) -> str:
    try:
        return str(normalise(text, rules))
    except ValueError as error:
        raise Invalid({name: [str(error)]}) from error
