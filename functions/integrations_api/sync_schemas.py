"""What people send about synchronising, content types and history."""

import re
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal

from igny8.core.clock import rfc3339
from igny8.core.cursor import PageRequest
from igny8.core.errors import Invalid, NotSupported
from igny8.core.ids import MAX_ID
from igny8.core.settings import Settings
from igny8.entrypoint.queries import PageQuery
from igny8.imports.model import Filters, Outcome, Twins
from igny8.journal.model import EventType
from igny8.structure.model import Choice
from igny8.structure.service import FETCH_LIMIT_MAX
from igny8.syncing.run import RunDirection
from igny8.syncing.runs import Wish
from igny8.syncing.twins import TwinChoice
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
)

from integrations_api.schemas import Id, People, boolean

NOT_YET = frozenset({"push", "both"})
LIMIT_MAX = 1_000_000
MOST_TWINS = 100
TERM = r"^[A-Za-z0-9_-]{1,32}:[1-9][0-9]{0,15}$"
BY_DEFAULT = ("publish", "future", "private")
"""Drafts and what waits for review come in where somebody asks for them."""
BESIDE_IDS = (
    "types", "status", "author", "term", "date_after", "date_before", "modified_after", "limit",
    "start",
)  # fmt: skip
OF_POSTS = (*BESIDE_IDS, "ids", "twins")


def _moment(text: str) -> str:
    """A time as UTC, as all times are compared on the site."""
    if not RFC3339.fullmatch(text):
        raise ValueError("Give a time such as 2026-01-10T12:00:00Z.")
    return rfc3339(datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0))


RFC3339 = re.compile(
    r"[1-9]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII
)
Moment = Annotated[str, StringConstraints(max_length=40), AfterValidator(_moment)]
TypeName = Annotated[str, StringConstraints(min_length=1, max_length=20)]
PostId = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,14}$")]
PostStatus = Literal["publish", "future", "private", "draft", "pending"]


class StartSync(People):
    """Body of ``POST …/sync/``; empty refreshes metadata (seed 002, 6.1).

    What stands after ``direction`` says which posts an import is of, and is refused beside others.
    """

    direction: Literal["metadata", "changes", "pull", "push", "check", "both"] = "metadata"
    types: Annotated[list[TypeName], Field(min_length=1, max_length=200)] | None = None
    ids: Annotated[list[Id], Field(min_length=1, max_length=100)] | None = None
    status: Annotated[list[PostStatus], Field(min_length=1, max_length=5)] | None = None
    author: Id | None = None
    term: Annotated[str, StringConstraints(max_length=64, pattern=TERM)] | None = None
    date_after: Moment | None = None
    date_before: Moment | None = None
    modified_after: Moment | None = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] | None = None
    start: Annotated[Literal["cursor", "start"] | None, Field(alias="from")] = None
    twins: Literal["hold", "import"] | None = None
    deep: bool = False
    dry_run: bool = False

    @property
    def wanted(self) -> Wish:
        """Which run. Raises :class:`Invalid`, :class:`NotSupported` for what does not exist yet."""
        if self.direction in NOT_YET:
            raise NotSupported("direction")
        direction = RunDirection(self.direction)
        if direction is not RunDirection.PULL:
            self._check_alone(direction)
            return Wish(direction=direction, deep=self.deep, dry_run=self.dry_run)
        if self.deep:
            raise Invalid({"deep": ["This is for direction check alone."]})
        return Wish(
            direction=direction,
            filters=self._filters(),
            from_start=self.start == "start",
            twins=Twins(self.twins or Twins.HOLD),
            dry_run=self.dry_run,
        )

    def _check_alone(self, direction: RunDirection) -> None:
        if direction is not RunDirection.CHECK:
            if self.dry_run:
                raise NotSupported("dry_run")
            if self.deep:
                raise Invalid({"deep": ["This is for direction check alone."]})
        if self.deep and self.dry_run:
            raise Invalid({"deep": ["Give this, or dry_run, not both."]})
        given = [name for name in OF_POSTS if getattr(self, name) is not None]
        if given:
            reason = "This is for direction pull alone."
            raise Invalid({"from" if name == "start" else name: [reason] for name in given})

    def _filters(self) -> Filters:
        if self.ids is not None:
            others = [name for name in BESIDE_IDS if getattr(self, name) is not None]
            if others:
                raise Invalid({name: ["Give this, or ids, not both."] for name in others})
            return Filters(ids=tuple(sorted(set(self.ids))))
        after, before = self.date_after, self.date_before
        if after is not None and before is not None and after >= before:
            raise Invalid({"date_before": ["This must be later than date_after."]})
        return Filters(
            types=tuple(dict.fromkeys(self.types or ())),
            status=tuple(dict.fromkeys(self.status or BY_DEFAULT)),
            author=self.author,
            term=self.term,
            date_after=after,
            date_before=before,
            modified_after=self.modified_after,
            limit=self.limit,
        )


class DecideTwins(RootModel[dict[PostId, Literal["link", "import"]]]):
    """Body of ``POST …/runs/{run}/twins/``: by post, ``link`` or ``import``."""

    model_config = ConfigDict(strict=True, defer_build=True)
    root: Annotated[
        dict[PostId, Literal["link", "import"]], Field(min_length=1, max_length=MOST_TWINS)
    ]

    @property
    def choices(self) -> dict[int, TwinChoice]:
        """What was chosen, by the post's id."""
        return {int(post_id): TwinChoice(choice) for post_id, choice in self.root.items()}


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


class ItemsQuery(PageQuery):
    """Query of ``GET …/runs/{run}/items/``."""

    outcome: Outcome | None = None


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
