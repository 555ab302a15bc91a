"""What sites tell. Fields that are not known are ignored; texts are cut to what is kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from igny8.core.errors import Invalid
from igny8.core.ids import MAX_ID
from igny8.core.logging import as_correlation_id
from igny8.inbound.metadata import WpMetadata, kept
from igny8.inbound.model import DATA_LOSS, NO_POST, WORDPRESS, Heard, Position, PostEvent
from igny8.inbound.planning import Telling
from igny8.inbound.terms import term_news
from igny8.inbound.told import taken
from igny8.structure.model import Structure
from igny8.structure.service import structure_of
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

MOST_EVENTS = 100
URL_MAX = 2048


def _cut(characters: int) -> BeforeValidator:
    return BeforeValidator(lambda text: text[:characters] if isinstance(text, str) else text)


def _nothing(text: Any) -> Any:
    """Where WordPress has none it may say ``false`` or nothing: no reason to hold up a batch."""
    return None if text is False or text == "" else text


def _short_enough(text: Any) -> Any:
    return None if isinstance(text, str) and len(text) > URL_MAX else _nothing(text)


def _absent(number: Any) -> Any:
    """Where a bridge has nothing to name it may say 0."""
    return None if number == 0 and number is not False else number


def _flag(value: Any) -> Any:
    return value if isinstance(value, bool) else None


Id = Annotated[int, Field(gt=0, le=MAX_ID)]
MaybeId = Annotated[Id | None, BeforeValidator(_absent)]
Count = Annotated[int, Field(ge=0, le=MAX_ID)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]
MaybeFlag = Annotated[bool | None, BeforeValidator(_flag)]
MaybeWord = Annotated[Word | None, BeforeValidator(_nothing)]
MaybeName = Annotated[Name | None, BeforeValidator(_nothing)]
TypeName = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Title = Annotated[str, _cut(500)]
Address = Annotated[str | None, BeforeValidator(_short_enough)]


class Told(BaseModel):
    """Every body that a site sends: types are what they are, unknown fields are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", defer_build=True)


class Event(Told):
    """One event of a post, as our bridge tells it; the seeds' bodies are a part of it."""

    post_id: MaybeId = None
    content_id: MaybeId = None
    action: Annotated[str, _cut(40)] = "post_updated"
    post_status: MaybeWord = None
    previous_status: Annotated[str | None, _cut(40)] = None
    password_protected: MaybeFlag = None
    post_url: Address = None
    post_title: Title | None = None
    post_type: Annotated[str | None, _cut(40)] = None
    event_id: MaybeName = None
    seq: Count | None = None
    origin: Annotated[str, _cut(40)] = WORDPRESS
    operation_id: Annotated[str | None, _cut(128)] = None
    correlation_id: Annotated[str | None, BeforeValidator(as_correlation_id)] = None
    rev: Count | None = None
    fingerprint: Annotated[str | None, _cut(200)] = None
    actor: Annotated[str | None, _cut(100)] = None
    channel: Annotated[str | None, _cut(40)] = None
    occurred_at: Annotated[str | None, _cut(40)] = None

    def event(self, metadata: dict[str, Any] | None = None) -> PostEvent:
        """The event as the domain sees it."""
        told = {**self.model_dump(include=FIELDS), "metadata": metadata}
        return PostEvent(**{**told, "post_id": self.post_id or NO_POST})

    @property
    def goes_on_with(self) -> str | None:
        """Whose lines in the logs go on here: a bridge before 2.0 names the operation alone."""
        return self.correlation_id or as_correlation_id(self.operation_id)


FIELDS = set(Event.model_fields) - {"correlation_id"}


class Positioned(Told):
    """How far the site has counted, where it says so, and which site it says that it is."""

    site_url: Annotated[str, StringConstraints(max_length=URL_MAX)] | None = None
    epoch: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    head_seq: Count | None = None

    @property
    def position(self) -> Position | None:
        """The position; a number alone says nothing, for nobody knows in which life."""
        return None if self.epoch is None else Position(self.epoch, self.head_seq)


class StatusBody(Event, Positioned):
    """Body of ``POST …/webhooks/wordpress/status/`` (seed 000)."""

    post_id: Id
    content_id: Id
    post_status: Word

    def telling(self) -> Telling:
        """The call as the domain sees it."""
        return Telling(events=[self.event()], site_url=self.site_url, position=self.position)


class MetadataBody(Event, Positioned):
    """Body of ``POST …/webhooks/wordpress/metadata/`` (seed 000)."""

    post_id: Id
    content_id: Id
    metadata: WpMetadata

    def telling(self) -> Telling:
        """The call as the domain sees it."""
        return Telling(
            events=[self.event(kept(self.metadata))],
            site_url=self.site_url,
            position=self.position,
            is_metadata=True,
        )


class Change(Event):
    """An event as our bridge tells it of posts, with what it knows of them beside their text."""

    metadata: Annotated[dict[str, Any] | None, BeforeValidator(taken)] = None
    taxonomy: Any = None
    term: Any = None
    children: Any = None

    def change(self) -> PostEvent:
        """The event as the domain sees it."""
        names = {"action", "taxonomy", "term", "children"}
        return replace(self.event(self.metadata), terms=term_news(self.model_dump(include=names)))


class GenericBody(Change, Positioned):
    """Body of ``POST …/webhooks/wordpress/``: one event (seed 004), or a batch of our bridge's."""

    site_id: Id | None = None
    events: Annotated[list[Change], Field(min_length=1, max_length=MOST_EVENTS)] | None = None

    @property
    def told(self) -> list[Change]:
        """The events, one or many."""
        return self.events if self.events is not None else [self]

    def names_nobodys(self, heard: Sequence[Heard]) -> bool:
        """Whether it is one event, of a content that is not the site's; of many each is told."""
        named = self.events is None and self.content_id is not None and self.action != DATA_LOSS
        return named and heard[0].content_id is None

    def telling(self) -> Telling:
        """The call as the domain sees it. Raises :class:`Invalid` where no post is named."""
        if self.events is None and self.post_id is None:
            raise Invalid({"post_id": ["Field required"]})
        events = [one.change() for one in self.told]
        return Telling(events=events, site_url=self.site_url, position=self.position)


class KindBody(Told):
    """A post type or a taxonomy (seed 001)."""

    label: Annotated[str | None, _cut(200)] = None
    count: Count = 0
    enabled: bool = False
    fetch_limit: Count = 100


class StructureBody(Told):
    """Body of ``POST …/integrations/{id}/update-structure/`` (seed 001)."""

    post_types: dict[TypeName, KindBody]
    taxonomies: dict[TypeName, KindBody]
    plugin_connection_enabled: bool = True
    two_way_sync_enabled: bool = False

    def structure(self, now: datetime) -> Structure:
        """The structure as the domain sees it."""
        return structure_of(self.model_dump(), now)
