"""Routes of a site's publishing settings: one call, one answer."""

from igny8.bootstrap.integrations_api import IntegrationsApi
from igny8.entrypoint.rows import Answer, Call, Caller, Route

from integrations_api.pacing_schemas import (
    PublishingSettingsOut,
    ReplacePublishingSettings,
    publishing_settings_out,
)

PATH = "/api/v1/sites/{site_id}/publishing-settings"


def read_publishing_settings(call: Call, services: IntegrationsApi) -> Answer:
    """GET /sites/{id}/publishing-settings/."""
    found = services.publishing_settings.get(call.person.account_id, call.id("site_id"))
    return Answer(data=publishing_settings_out(*found))


def replace_publishing_settings(call: Call, services: IntegrationsApi) -> Answer:
    """PUT /sites/{id}/publishing-settings/."""
    body: ReplacePublishingSettings = call.body
    chosen = services.publishing_settings.replace(
        call.person.account_id, call.id("site_id"), body.choices(), body.timezone
    )
    return Answer(data=publishing_settings_out(*chosen))


PACING_ROUTES = [
    Route(
        method="GET", path=PATH, caller=Caller.PEOPLE, run=read_publishing_settings,
        answer=PublishingSettingsOut,
    ),
    Route(
        method="PUT", path=PATH, caller=Caller.PEOPLE, run=replace_publishing_settings,
        body=ReplacePublishingSettings, answer=PublishingSettingsOut,
    ),
]  # fmt: skip
