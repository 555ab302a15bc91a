"""What comes in and goes out of publishing settings."""

from itertools import combinations
from typing import Annotated, Any, Literal

from igny8.entrypoint.shapes import one_of
from igny8.pacing.model import DAYS, PublishingSettings, Slot
from pydantic import AfterValidator, Field, model_validator
from typing_extensions import TypedDict

from integrations_api.schemas import People, known_timezone

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MOST_SLOTS = 24


class TimeSlot(People):
    """A part of the day, ``HH:MM`` to ``HH:MM``; one that passes midnight ends on the next."""

    start: str
    end: str

    @model_validator(mode="after")
    def _is_one(self) -> "TimeSlot":
        self.as_slot()
        return self

    def as_slot(self) -> Slot:
        """The slot. Raises ``ValueError``."""
        return Slot.between(self.start, self.end)


def _apart(slots: list[TimeSlot]) -> list[TimeSlot]:
    for (one, first), (two, second) in combinations(enumerate(slots), 2):
        if first.as_slot().overlaps(second.as_slot()):
            raise ValueError(
                f"Slots {one + 1} ({first.start} to {first.end}) and {two + 1} ({second.start} to"
                f" {second.end}) overlap. Join them, or move one."
            )
    return slots


def _usual_days() -> list[Day]:
    return ["mon", "wed", "fri"]


class ReplacePublishingSettings(People):
    """Body of ``PUT /sites/{id}/publishing-settings/``: what is left out is the default again.

    But for the time zone, which is the site's and stays as it is.
    """

    auto_approval_enabled: bool = False
    auto_publish_enabled: bool = False
    daily_publish_limit: Annotated[int, Field(ge=0, le=1_000)] = 5
    weekly_publish_limit: Annotated[int, Field(ge=0, le=7_000)] = 20
    monthly_publish_limit: Annotated[int, Field(ge=0, le=31_000)] = 60
    publish_days: Annotated[list[Day], Field(min_length=1, max_length=7)] = Field(
        default_factory=_usual_days
    )
    publish_time_slots: Annotated[
        list[TimeSlot], Field(min_length=1, max_length=MOST_SLOTS), AfterValidator(_apart)
    ] = Field(default_factory=lambda: [TimeSlot(start="09:00", end="17:00")])
    timezone: Annotated[str, AfterValidator(known_timezone)] | None = None

    def choices(self) -> dict[str, Any]:
        """The choices as the domain keeps them: days in the order of the week, slots of the day."""
        values = self.model_dump(exclude={"timezone"})
        return {
            **values,
            "publish_days": tuple(day for day in DAYS if day in self.publish_days),
            "publish_time_slots": tuple(sorted(one.as_slot() for one in self.publish_time_slots)),
        }


class TimeSlotOut(TypedDict):
    """A part of the day in which content may go out."""

    start: str
    end: str


class PublishingSettingsOut(TypedDict):
    """What automation may do at a site."""

    site_id: int
    auto_approval_enabled: bool
    auto_publish_enabled: bool
    daily_publish_limit: int
    weekly_publish_limit: int
    monthly_publish_limit: int
    publish_days: list[Annotated[str, one_of(DAYS)]]
    publish_time_slots: list[TimeSlotOut]
    timezone: str


def publishing_settings_out(settings: PublishingSettings, timezone: str) -> PublishingSettingsOut:
    """Publishing settings as people see them."""
    times = [slot.times for slot in settings.publish_time_slots]
    return {
        "site_id": settings.site_id,
        "auto_approval_enabled": settings.auto_approval_enabled,
        "auto_publish_enabled": settings.auto_publish_enabled,
        "daily_publish_limit": settings.daily_publish_limit,
        "weekly_publish_limit": settings.weekly_publish_limit,
        "monthly_publish_limit": settings.monthly_publish_limit,
        "publish_days": list(settings.publish_days),
        "publish_time_slots": [{"start": start, "end": end} for start, end in times],
        "timezone": timezone,
    }
