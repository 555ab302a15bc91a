"""Text fields: plain text in, plain text out.

A title, a name, an excerpt is kept and answered as it was sent, ``Tea & <Coffee>`` included. The
form that WordPress stores is made in one place, where the payload is built.
"""

import html
import re

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LINE_BREAKS = re.compile(r"[\r\n\t\u2028\u2029]+")
INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]")


def plain_line(text: str) -> str:
    r"""What was sent, in one line: control characters go, line breaks become a space.

    >>> plain_line(' Tea & <Coffee>\n"now" ')
    'Tea & <Coffee> "now"'
    """
    return LINE_BREAKS.sub(" ", CONTROL.sub("", text)).strip()


def is_blank(text: str) -> bool:
    """Whether there is nothing to see: spaces, no-break or zero-width ones included."""
    return not INVISIBLE.sub("", text)


def as_stored(text: str) -> str:
    """The form in which WordPress keeps what an editor types: quotes as they are.

    >>> as_stored('Tea & <Coffee> "now"')
    'Tea &amp; &lt;Coffee&gt; "now"'
    """
    return html.escape(text, quote=False)


def as_typed(stored: str) -> str:
    """What an editor typed, by the form in which WordPress keeps it.

    >>> as_typed('Tea &amp; &lt;Coffee&gt; "now"')
    'Tea & <Coffee> "now"'
    """
    return plain_line(html.unescape(stored))
