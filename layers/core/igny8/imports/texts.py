"""The text of a post as people see it here."""

from igny8.content.kept import taken_in
from igny8.content.model import TextIn
from igny8.content.words import is_empty
from igny8.imports.model import SitePost

TOO_LARGE = "The text is larger than what can be edited here."
KEPT = "Some of the text ({}) cannot be shown here, and editing the rest would lose it."


class NotTaken(Exception):
    """A text that cannot come in; the message is for people."""


def taken_text(post: SitePost) -> TextIn:
    """The text as it is shown; nothing at all where a reader sees nothing.

    Raises :class:`NotTaken`.
    """
    if post.text is None:
        raise NotTaken(TOO_LARGE)
    text = taken_in(post.text, builder=post.builder)
    if text.kept:
        raise NotTaken(KEPT.format(", ".join(sorted({one.name for one in text.kept}))))
    return TextIn("", (), text.ranges) if is_empty(text.html) else text
