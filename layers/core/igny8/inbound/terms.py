"""What events tell of terms: they are kept by their ids, as what an import reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard
from urllib.parse import unquote

from igny8.content.text import as_typed
from igny8.core.ids import MAX_ID
from igny8.core.rows import Write
from igny8.inbound.model import PostEvent
from igny8.inbound.planning import Telling
from igny8.sites.model import KeyOwner
from igny8.structure.model import TAXONOMIES
from igny8.structure.store import StructureStore
from igny8.terms.model import Term, TermId, TermNews
from igny8.terms.service import TermService

SAVED, DELETED = "term_saved", "term_deleted"
TAXONOMY_MAX = 64
LINE_MAX = 1_000
MOST_CHILDREN = 1_000


def term_news(told: Mapping[str, Any]) -> TermNews | None:
    """What an event of a term tells; ``None`` of another one, or where no term can be read.

    Nothing of it is trusted; a child that cannot be read is left out.
    """
    taxonomy, entry = told.get("taxonomy"), told.get("term")
    if told.get("action") not in {SAVED, DELETED} or not isinstance(entry, dict):
        return None
    if not isinstance(taxonomy, str) or not 0 < len(taxonomy) <= TAXONOMY_MAX:
        return None
    if told["action"] == SAVED:
        term = _term(taxonomy, entry)
        return None if term is None else TermNews(taxonomy=taxonomy, saved=(term,))
    if not _is_id(entry.get("id")):
        return None
    entries = told.get("children")
    children = entries[:MOST_CHILDREN] if isinstance(entries, list) else []
    saved = [_term(taxonomy, one) for one in children if isinstance(one, dict)]
    return TermNews(
        taxonomy=taxonomy,
        saved=tuple(one for one in saved if one is not None),
        deleted=TermId(taxonomy, entry["id"]),
    )


def _term(taxonomy: str, entry: Mapping[str, Any]) -> Term | None:
    name, slug = entry.get("name"), entry.get("slug")
    parent, count = entry.get("parent") or 0, entry.get("count") or 0
    if not _is_id(entry.get("id")) or not (_is_line(name) and name and _is_line(slug)):
        return None
    if not (_is_id(parent) or parent == 0) or not (_is_id(count) or count == 0):
        return None
    return Term(
        taxonomy=taxonomy,
        wordpress_id=entry["id"],
        name=as_typed(name),
        slug=unquote(slug),
        parent=int(parent),
        told=int(parent),
        count=int(count),
    )


def _is_id(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_ID


def _is_line(value: Any) -> TypeGuard[str]:
    if not isinstance(value, str) or len(value) > LINE_MAX or "\0" in value:
        return False
    return not any("\ud800" <= one <= "\udfff" for one in value)


@dataclass(frozen=True, slots=True)
class TermListener:
    """Keeps what events tell of terms."""

    structures: StructureStore
    terms: TermService

    def known(self, owner: KeyOwner, telling: Telling) -> Telling:
        """Without what is told of taxonomies that are not enabled; one batch read, if any is."""
        if not any(event.terms for event in telling.events):
            return telling
        known = self.structures.uncounted(owner.account_id, owner.integration_id)
        enabled = known.enabled(TAXONOMIES)
        events = [
            replace(event, terms=None) if event.terms and event.terms.taxonomy not in enabled
            else event
            for event in telling.events
        ]  # fmt: skip
        return replace(telling, events=events)

    def hear(self, owner: KeyOwner, telling: Telling, believed: Sequence[Write]) -> None:
        """Keep the last word about each term, if what is ``believed`` of the site still holds.

        A batch read, and a transaction where something changed; nothing where no term is told of.
        Raises :class:`ConditionLost` where it does not hold, :class:`NotFound`.
        """
        words = dict(_words(telling.events))
        if not words:
            return
        saved = [term for term in words.values() if term is not None]
        deleted = [one for one, term in words.items() if term is None]
        self.terms.heard(owner, saved, deleted, believed=believed)


def _words(events: Sequence[PostEvent]) -> Iterator[tuple[TermId, Term | None]]:
    """Each word about a term in its order: what it is, or that it is no more."""
    for event in events:
        if event.terms is None:
            continue
        if event.terms.deleted is not None:
            yield event.terms.deleted, None
        yield from ((term.id, term) for term in event.terms.saved)
