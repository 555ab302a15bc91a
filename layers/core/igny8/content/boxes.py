"""The boxes in an edited text: comments that stand for parts which its site keeps.

Only those of this very content pass, each by itself, once, and in the order in which the site has
them; and none is lost by a client that does not know them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from igny8.content.markers import ANY_MARKER, MARKER, marked, marker, pieces
from igny8.content.markup import meaning
from igny8.content.model import Content, Kept
from igny8.core.errors import Invalid

# For what the sanitiser has written alone: there every comment ends.
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Boxed:
    """A text whose boxes are right, and the ids of those that it left out on purpose."""

    html: str
    dropped: tuple[str, ...]


def boxed(html: str, content: Content | None, drop: Sequence[str] | None) -> Boxed:
    """Check the boxes of a text that was sanitised. ``drop`` are those that may be missing.

    Raises :class:`Invalid` as ``kept_part_unknown`` and ``kept_parts_missing``.
    """
    kept = {one.id: one for one in content.kept} if content else {}
    dropped = set(content.dropped) if content else set()
    _refuse_unknown([one for one in drop or () if one not in kept])
    found = _found(html, kept)
    missing = [one for one in kept if one not in found and one not in dropped]
    unwanted = [one for one in missing if one not in (drop or ())]
    if unwanted:
        raise _refusal(
            "kept_parts_missing",
            f"The text has lost parts that its site keeps: {_listed(unwanted)}. Leave their"
            " comments where they are, or name them in drop_kept.",
        )
    if missing and content is not None and content.raw is None:
        raise _refusal(
            "kept_parts_missing",
            f"{_listed(missing)} cannot be dropped: its text is too large to be kept here.",
        )
    html = MARKER.sub(lambda at: marker(kept[at["id"]]), html) if found else html
    return Boxed(html, tuple(one for one in kept if one not in found))


def lost_comments(before: str, html: str) -> Invalid | None:
    """What is wrong with a text that says the same without its comments, if that is so.

    A text that is another one altogether needs none.
    """
    if "<!--" not in before or "<!--" in html:
        return None
    words = {meaning(piece) for piece in pieces(COMMENT.sub("", before))}
    if words.isdisjoint(meaning(piece) for piece in pieces(html)):
        return None
    return _refusal(
        "kept_parts_missing",
        "The text has lost the comments that say what its blocks are. Leave them where they are, or"
        " say drop_kept, which may be empty.",
    )


def _found(html: str, kept: dict[str, Kept]) -> list[str]:
    """The ids of the boxes in a text, in order."""
    number = len(ANY_MARKER.findall(html))
    if not number:
        return []
    _refuse_unknown([at["id"] for at in MARKER.finditer(html) if at["id"] not in kept])
    found = [one for one in map(marked, pieces(html)) if one is not None]
    if len(found) != number:
        raise _refusal(
            "kept_part_unknown",
            "Each comment igny8:kept stands by itself, as it was, and in no other element.",
        )
    starts = [kept[one].start for one in found]
    if any(first >= second for first, second in pairwise(starts)):
        raise _refusal(
            "kept_part_unknown", "Parts that the site keeps are there once, in the site's order."
        )
    return found


def _refuse_unknown(ids: Sequence[str]) -> None:
    if ids:
        raise _refusal("kept_part_unknown", f"This content has no such kept parts: {_listed(ids)}.")


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(sorted(set(ids))[:20])


def _refusal(code: str, reason: str) -> Invalid:
    error = Invalid({"content_html": [reason]}, reason)
    error.code = code
    return error
