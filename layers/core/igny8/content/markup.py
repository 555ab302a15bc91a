"""Markup read token by token, in linear time, to cut it into parts and to say what it means.

The sanitiser's parser says what an article *is*; it gives no positions and mends what it reads.
This reads the same tags without mending them. Where the two disagree nothing is lost: such a piece
does not mean the same before and after sanitising, so it stays as its site has it.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5

from igny8.content.nesting import ATTRIBUTE, SPACE, VOID
from igny8.content.styles import kept_style

TAG = re.compile(
    rf"<(?P<closing>/?)(?P<name>[a-zA-Z][^{SPACE}/>]*+)(?P<attributes>(?:{ATTRIBUTE})*+)"
    rf"[{SPACE}/]*+>?|<!--|<[!?/][^>]*+>?"
)
ATTRIBUTES = re.compile(
    rf"[{SPACE}/]*+(?P<name>[^{SPACE}/>][^{SPACE}/>=]*+)(?:[{SPACE}]*+=[{SPACE}]*+"
    rf"(?:\"(?P<double>[^\"]*+)\"|'(?P<single>[^']*+)'|(?P<bare>[^{SPACE}>\"'][^{SPACE}>]*+))?+)?+"
)
COMMENT_END = re.compile(r"-->|(?<!<!)--!>")
# What follows these is text up to their end tag, whatever it looks like.
RAW_TEXT = frozenset({
    "script", "style", "xmp", "iframe", "noembed", "noframes", "textarea", "title",
})  # fmt: skip
REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{0,31});?")
LINE_END = re.compile(r"\r\n?+")
SPACES = re.compile(r"[ \t\n\r\f\v]+")

# Those that WordPress's paragraphs end at (`wpautop`), and those that may not pass the sanitiser.
BLOCK_LEVEL = frozenset({
    "table", "thead", "tfoot", "caption", "col", "colgroup", "tbody", "tr", "td", "th", "div", "dl",
    "dd", "dt", "ul", "ol", "li", "pre", "form", "map", "area", "blockquote", "address", "style",
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "fieldset", "legend", "section", "article",
    "aside", "hgroup", "header", "footer", "main", "nav", "figure", "figcaption", "details", "menu",
    "summary", "script", "noscript", "template",
})  # fmt: skip
# HTML, "Optional tags": the parser writes them all.
END_IS_IMPLIED = frozenset({
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "rt", "rp",
})  # fmt: skip
START_IS_IMPLIED = frozenset({"tbody", "colgroup"})
AS_WRITTEN = frozenset({"pre", "textarea"})


@dataclass(frozen=True, slots=True)
class Token:
    """A tag or a comment, by characters. ``name`` is lower case; of a comment it is ``!``."""

    start: int
    end: int
    name: str
    closing: bool = False
    attributes: str = ""


def tokens(text: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """The tags and comments between two positions, in order.

    >>> [token.name for token in tokens("<p>a<!-- <b> --></p>")]
    ['p', '!', 'p']
    """
    position, end = start, len(text) if end is None else end
    while found := TAG.search(text, position, end):
        position = found.end()
        if found[0] == "<!--":
            closed = COMMENT_END.search(text, found.start() + 2, end)
            position = closed.end() if closed else end
        if found["name"] is None:
            yield Token(found.start(), position, "!")
            continue
        name = found["name"].lower()
        yield Token(found.start(), position, name, bool(found["closing"]), found["attributes"])
        if name in RAW_TEXT and not found["closing"]:
            ending = re.compile(rf"</{name}(?=[{SPACE}/>])", re.IGNORECASE)
            closing = ending.search(text, position, end)
            position = closing.start() if closing else end


def meaning(text: str) -> str:
    r"""What a piece of HTML says: the same for two pieces that differ in spelling alone.

    Spelling is: quotes and order of attributes, entities, letters' case in names, a slash in
    ``<br/>``, tags that HTML lets one leave out, white space where it does not show.

    >>> meaning("<p>a  b<BR />\n&copy;</p>") == meaning("\n<p>a b<br>\u00a9\n")
    True
    >>> meaning("<p>a</p>") == meaning("<p><b>a</b></p>")
    False
    """
    said = _Said()
    position = 0
    for token in tokens(text):
        said.words(text[position : token.start])
        said.tag(token, text)
        position = token.end
    said.words(text[position:])
    return "\n".join(said.all())


class _Said:
    """Collects what was said: a line begins with ``<`` or ``!`` for markup, ``.`` for words."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._words: list[str] = []
        self._written = 0
        self._begun = False  # a line end that comes right after <pre> is none
        self._edge = True

    def words(self, text: str) -> None:
        if text:
            self._words.append(LINE_END.sub("\n", text))

    def tag(self, token: Token, text: str) -> None:
        if token.name == "!":
            self._say("!" + LINE_END.sub("\n", text[token.start : token.end]), edge=True)
        elif token.closing:
            self._ends(token.name)
        else:
            self._begins(token.name, _attributes(token.attributes))

    def _begins(self, name: str, attributes: str) -> None:
        if name in START_IS_IMPLIED and not attributes:
            self._flush(edge=True)
            return
        self._say(f"<{name} {attributes}", edge=_is_edge(name))
        self._written += name in AS_WRITTEN
        self._begun = name in AS_WRITTEN

    def _ends(self, name: str) -> None:
        if name in END_IS_IMPLIED or (name in VOID and name != "br"):
            self._flush(edge=_is_edge(name))
            return
        self._say(f"</{name}", edge=_is_edge(name))
        self._written = max(self._written - (name in AS_WRITTEN), 0)

    def _say(self, line: str, *, edge: bool) -> None:
        self._flush(edge=edge)
        self._lines.append(line)

    def _flush(self, *, edge: bool) -> None:
        """Take down the words so far; at an ``edge`` white space does not show."""
        words = "".join(self._words)
        if self._begun:
            words = words.removeprefix("\n")
        if not self._written:
            words = SPACES.sub(" ", words)
            words = words.lstrip(" ") if self._edge else words
            words = words.rstrip(" ") if edge else words
        if words:
            self._lines.append("." + REFERENCE.sub(lambda found: html.unescape(found[0]), words))
        self._words = []
        self._begun = False
        self._edge = edge or (self._edge and not words)

    def all(self) -> list[str]:
        self._flush(edge=True)
        return self._lines


def _is_edge(name: str) -> bool:
    return name in BLOCK_LEVEL or name == "br"


def _attributes(text: str) -> str:
    values: dict[str, str] = {}
    for found in ATTRIBUTES.finditer(text):
        value = found["double"] or found["single"] or found["bare"] or ""
        value = REFERENCE.sub(_referred, LINE_END.sub("\n", value))
        name = found["name"].lower()
        if name == "style":
            lost: list[str] = []
            value = f"{kept_style(value, lost.append)}{lost or ''}"
        values.setdefault(name, value)
    return repr(sorted(values.items())) if values else ""


def _referred(found: re.Match[str]) -> str:
    """In addresses ``&copy=1`` is no sign (HTML, "Named character reference state")."""
    whole = found[0]
    if whole.startswith("&#"):
        return html.unescape(whole)
    follows = found.string[found.end() : found.end() + 1]
    if not whole.endswith(";") and (follows == "=" or follows.isalnum()):
        return whole
    return html5.get(whole[1:], whole)
