"""A body that goes to its site as what changed of it, where the site's own text is known here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from igny8.content.kept import as_it_was
from igny8.content.markers import ANY_MARKER
from igny8.content.model import Range, RawRef
from igny8.content.outgoing import MOST_PARTS, Going, KeptPartGoneError, going
from igny8.core.errors import Lost
from igny8.publishing.bases import Base

TEXT = "content_html"
PARTS = "content_parts"
UNKNOWN_THERE = "text_unknown"
TEXT_UNKNOWN = (
    "The site keeps parts of this text that are not here, and what it has now is not known. It is"
    " being read: publish again in a minute."
)
PART_GONE = (
    "The text names parts that the site no longer has, or has in another order. Take its text over"
    " with a sync, and publish again."
)


class RawBodies(Protocol):
    """Keeps texts as sites have them; see `igny8.content.bodies.BodyStore`."""

    def get_shown(self, ref: RawRef) -> tuple[str, tuple[Range, ...], str | None]: ...
    def put_raw(
        self,
        account_id: int,
        content_id: int,
        raw: str,
        ranges: Sequence[Range],
        shown: str | None = None,
    ) -> RawRef: ...


class CannotBeSentError(Exception):
    """Sent whole, the text would lose what its site keeps of it."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Partial:
    """What is sent; ``raw`` is the text that the site has then, if it takes all of it as it is."""

    order: Mapping[str, Any]
    raw: RawRef | None = None


def in_parts(order: Mapping[str, Any], base: Base | None, bodies: RawBodies) -> Partial:
    """The order with the parts of its text that changed, named by the text that the site has.

    Two calls to S3, if the text is known that the site has and has changed here. Raises
    :class:`CannotBeSentError`; :class:`Unavailable`.
    """
    html = order.get(TEXT)
    if not isinstance(html, str):
        return Partial(order)
    must = ANY_MARKER.search(html) is not None
    if base is None or base.raw is None or base.raw.sha256 != base.text_sha256:
        if must:
            raise CannotBeSentError(UNKNOWN_THERE, TEXT_UNKNOWN)
        return Partial(order)
    try:
        found = _going(html, base.raw, bodies)
    except Lost:
        if must:
            raise CannotBeSentError(UNKNOWN_THERE, TEXT_UNKNOWN) from None
        return Partial(order)
    except KeptPartGoneError:
        raise CannotBeSentError("kept_part_unknown", PART_GONE) from None
    if len(found.parts) > MOST_PARTS and not must:
        return Partial(order)
    raw = bodies.put_raw(base.account_id, base.content_id, found.raw, found.ranges, html)
    rest = {name: value for name, value in order.items() if name != TEXT}
    return Partial({**rest, PARTS: found.parts, "text_sha256": base.raw.sha256}, raw)


def _going(html: str, ref: RawRef, bodies: RawBodies) -> Going:
    raw, ranges, shown = bodies.get_shown(ref)
    if shown is None:
        text = as_it_was(raw, ranges)
        ranges, shown = text.ranges, text.html
    return going(ranges, shown, html, raw)
