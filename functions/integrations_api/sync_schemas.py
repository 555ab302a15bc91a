"""What people send about synchronising, content types and history."""

from typing import Annotated, ClassVar, Literal

from igny8.core.cursor import PageRequest
from igny8.core.errors import Invalid, NotSupported
from igny8.core.ids import MAX_ID
from igny8.core.settings import Settings
from igny8.entrypoint.queries import PageQuery
from igny8.journal.model import EventType
from igny8.structure.model import Choice
from igny8.structure.service import FETCH_LIMIT_MAX
from igny8.syncing.model import RunDirection
from pydantic import BeforeValidator, Field, StringConstraints

from integrations_api.schemas import Id, People, boolean

NOT_YET = frozenset({"pull", "push", "check", "both"})


class StartSync(People):
    """Body of ``POST …/sync/``; empty refreshes metadata (seed 002, 6.1)."""

    direction: Literal["metadata", "changes", "pull", "push", "check", "both"] = "metadata"
    dry_run: bool = False

    @property
    def wanted(self) -> RunDirection:
        """Which run. Raises :class:`NotSupported` for those that do not exist yet."""
        if self.dry_run:
            raise NotSupported("dry_run")
        if self.direction in NOT_YET:
            raise NotSupported("direction")
        return RunDirection(self.direction)


class StartSiteSync(StartSync):
    """Body of ``POST /site-sync/``."""

    site_id: Id


class ChosenKind(People):
    """What people choose for a type; only what is given changes."""

    enabled: bool | None = None
    fetch_limit: Annotated[int, Field(ge=1, le=FETCH_LIMIT_MAX)] | None = None


class ChooseTypes(People):
    """Body of ``PATCH …/content-types/``."""

    post_types: dict[str, ChosenKind] = Field(default_factory=dict, max_length=200)
    taxonomies: dict[str, ChosenKind] = Field(default_factory=dict, max_length=200)

    def choices(self) -> dict[str, dict[str, Choice]]:
        """What is chosen, by group and name."""
        return {
            group: {name: Choice(**kind.model_dump()) for name, kind in kinds.items()}
            for group, kinds in (("post_types", self.post_types), ("taxonomies", self.taxonomies))
        }


class TestCollection(People):
    """Body of ``POST …/test-collection-connection/``."""

    __test__: ClassVar[bool] = False  # no test, whatever its name

    post_type: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class EventsQuery(PageQuery):
    """Query of ``GET …/events/``."""

    type: EventType | None = None
    success: Annotated[bool | None, BeforeValidator(boolean)] = None
    content_id: str | None = None
    before: str | None = None

    def request(self, settings: Settings) -> PageRequest:
        """Which page: below the id ``before``, and from where ``cursor`` goes on."""
        page = self.page(settings)
        if self.before is None:
            return page
        before = _id("before", self.before)
        return page.below(before if page.before is None else min(before, page.before))

    @property
    def content(self) -> int | None:
        """The content whose history is wanted."""
        return None if self.content_id is None else _id("content_id", self.content_id)


def _id(name: str, text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:17]) <= MAX_ID:
        return int(text[:17])
    raise Invalid({name: ["This is not an id."]})
