"""What people decide about posts that a run has held, because they look like contents."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from igny8.core.cursor import PageRequest, decode_cursor
from igny8.core.errors import Conflict, DomainError, Invalid, NotFound
from igny8.imports.model import Filters, Item, Outcome, Twins
from igny8.imports.tying import TyingService
from igny8.journal.model import Actor
from igny8.syncing.run import Run, RunDirection
from igny8.syncing.runs import RunService, Wish
from igny8.syncing.service import SyncService

AT_ONCE = 100
NONE_OF_THESE = "The run has held no such post."


class TwinChoice(StrEnum):
    """The post is the content, or another thing that comes in."""

    LINK = "link"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What came of one choice; ``refusal`` says why it could not be."""

    item: Item
    choice: TwinChoice
    refusal: DomainError | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of all; ``run`` brings in what is another thing, if anything is."""

    chosen: list[Chosen]
    run: Run | None


class TwinService:
    """Decides about twins: nothing but a person does."""

    def __init__(self, *, runs: RunService, sync: SyncService, tying: TyingService) -> None:
        self._runs = runs
        self._sync = sync
        self._tying = tying

    def decide(
        self,
        account_id: int,
        integration_id: int,
        run_id: int,
        choices: Mapping[int, TwinChoice],
        actor: Actor,
    ) -> Decided:
        """Link posts to the contents that they look like, or begin a run that imports them.

        Raises :class:`NotFound`, :class:`Invalid` for posts that the run has not held, and
        :class:`Conflict` (``sync_running``, ``no_integration``, ``bridge_too_old``); nothing is
        done then.
        """
        held = self._held(account_id, integration_id, run_id, choices)
        imports = [post_id for post_id, choice in choices.items() if choice is TwinChoice.IMPORT]
        run = None
        if imports:
            filters = Filters(ids=tuple(sorted(imports)))
            wish = Wish(direction=RunDirection.PULL, filters=filters, twins=Twins.IMPORT)
            run = self._sync.start(account_id, integration_id, wish, actor).run
        chosen = [
            self._linked(account_id, integration_id, held[post_id], actor)
            if choice is TwinChoice.LINK
            else Chosen(held[post_id], choice)
            for post_id, choice in sorted(choices.items())
        ]
        return Decided(chosen, run)

    def _linked(self, account_id: int, integration_id: int, item: Item, actor: Actor) -> Chosen:
        try:
            self._tying.tie(
                account_id,
                item.content_id or 0,
                item.external_id,
                actor=actor,
                integration_id=integration_id,
            )
        except (Conflict, NotFound) as refusal:
            return Chosen(item, TwinChoice.LINK, refusal)
        return Chosen(item, TwinChoice.LINK)

    def _held(
        self, account_id: int, integration_id: int, run_id: int, choices: Mapping[int, TwinChoice]
    ) -> dict[int, Item]:
        """The twins of a run that are chosen about; a query for each fifty of its pages."""
        held: dict[int, Item] = {}
        request = PageRequest(AT_ONCE)
        while True:
            page = self._runs.items(account_id, integration_id, run_id, Outcome.TWIN, request)
            held |= {one.external_id: one for one in page.items if one.external_id in choices}
            if page.next is None or len(held) == len(choices):
                break
            request = request.below(decode_cursor(page.next))
        missing = sorted(choices.keys() - held.keys())
        if missing:
            raise Invalid({str(post_id): [NONE_OF_THESE] for post_id in missing})
        return held
