"""The text of a post as people see it here."""

from igny8.content.kept import taken_in
from igny8.content.model import TextIn
from igny8.content.words import is_empty
from igny8.imports.model import SitePost

TOO_LARGE = "The text is larger than what can be edited here."


class NotTaken(Exception):
    """A text that cannot come in; the message is for people."""


def taken_text(post: SitePost) -> TextIn:
    """The text as it is shown; nothing at all where a reader sees nothing.

    Raises :class:`NotTaken`.
    """
    if post.text is None:
        raise NotTaken(TOO_LARGE)
    text = taken_in(post.text, builder=post.builder)
    return TextIn("", (), text.ranges) if is_empty(text.html) and not text.kept else text
