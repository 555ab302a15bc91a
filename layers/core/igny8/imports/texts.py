"""The text of a post as people see it here.

Only what our sanitiser leaves whole comes in: of the rest an edit here would take something away
there that nobody has looked at.
"""

from igny8.content.nesting import outline
from igny8.content.sanitise import sanitised, without_controls
from igny8.content.words import is_empty
from igny8.imports.model import SitePost

TOO_LARGE = "The text is larger than what can be edited here."
BUILT = "The text was made with a page builder ({}), and cannot be edited here."
WOULD_LOSE = "Editing the text here would lose some of it. {}"


class NotTaken(Exception):
    """A text that cannot come in; the message is for people."""


def taken_text(post: SitePost, most_bytes: int) -> str:
    """The text, clean; nothing at all where a reader sees nothing. Raises :class:`NotTaken`."""
    if post.text is None or len(post.text.encode()) > most_bytes:
        raise NotTaken(TOO_LARGE)
    if post.builder:
        raise NotTaken(BUILT.format(post.builder[:60]))
    complaint = outline(without_controls(post.text)).complaint
    if complaint is not None:
        raise NotTaken(WOULD_LOSE.format(complaint))
    clean = sanitised(post.text)
    if clean.taken_out:
        raise NotTaken(WOULD_LOSE.format(clean.taken_out[0]))
    if len(clean.html.encode()) > most_bytes:
        raise NotTaken(TOO_LARGE)
    return "" if is_empty(clean.html) else clean.html
