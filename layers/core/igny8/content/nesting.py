"""What an article's HTML would cost the sanitiser's HTML5 parser, told before it is parsed.

The parser looks through all open elements at many tags, through all attributes at each attribute,
and after each block opens anew what formats text: two megabytes of the wrong tags would keep it
busy for minutes, or fill the memory.

What is counted here is never less than what the parser will have, whatever is a comment, a quoted
value or raw text to it and whatever it ignores: an end tag closes an element only where everything
between was closed before it.
"""

import re
from dataclasses import dataclass, field

DEEPEST = 256
MOST_UNCLOSED = 1_000
MOST_ATTRIBUTES = 1_000
MOST_REPEATED_BYTES = 4_194_304
# The parser moves what is left of a piece of text at each entity in it: about 0.4 s.
MOST_MOVED_CHARACTERS = 40_000_000_000

SPACE = r" \t\n\f\r"
ATTRIBUTE = (
    rf"[{SPACE}/]*+[^{SPACE}/>][^{SPACE}/>=]*+"
    rf"(?:[{SPACE}]*+=[{SPACE}]*+(?:\"[^\"]*+\"|'[^']*+'|[^{SPACE}>\"'][^{SPACE}>]*+)?+)?+"
)
TOKEN = re.compile(
    r"(?P<mark><!--|<!\[CDATA\[)|(?P<unmark>-->|\]\]>)|<[!?][^>]*+|</[^a-zA-Z>][^>]*+"
    rf"|<(?P<closing>/?)(?P<name>[a-zA-Z][^{SPACE}/>]*+)(?P<attributes>(?:{ATTRIBUTE})*+)"
)
TOO_MANY = re.compile(rf"(?:{ATTRIBUTE}){{{MOST_ATTRIBUTES + 1}}}")
# In a quoted value, which may be none to the parser.
QUOTED_TAG = re.compile(rf"<(/?)([a-zA-Z][^{SPACE}/>]*+)(>?)")
TOO_MANY_QUOTED = re.compile(rf"<[a-zA-Z][^{SPACE}/>]*+(?:{ATTRIBUTE}){{{MOST_ATTRIBUTES + 1}}}")
TEXT_END = re.compile(r"<(?!/)")
# Void elements, and those that close one of their own or exist in a table alone.
UNCOUNTED = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr", "p", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup",
})  # fmt: skip
VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
})  # fmt: skip
# Their end tags may be left out (HTML, "Optional tags"): before one of their own, or of the parent.
LEAVES = {
    "li": {"li"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}, "option": {"option"},
    "rt": set(), "rp": set(), "optgroup": set(),
}  # fmt: skip
# While one of these is open, a tag may be no tag at all, or be ignored.
ODD = frozenset({
    "script", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "textarea", "title",
    "plaintext", "select", "template", "svg", "math", "frameset",
})  # fmt: skip
FORMATTING = frozenset({
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
})  # fmt: skip
MARK = ""
"""Stands among the open elements where what follows may be no markup."""


@dataclass(slots=True)
class Outline:
    """What was counted: ``deepest`` properly nested elements, ``unclosed`` that were open at once.

    ``repeated`` are the bytes that opening formats anew may add, ``moved`` the characters that
    entities make the parser move.
    """

    deepest: int = 0
    unclosed: int = 0
    attributes: bool = False
    repeated: int = 0
    moved: int = 0
    _open: list[tuple[str, int]] = field(default_factory=list)
    _left: int = 0
    _odd: int = 0
    _depth: int = 0
    _formats: int = 0

    @property
    def complaint(self) -> str | None:
        """What is wrong, in words for people."""
        if self.attributes:
            return f"A tag has over {MOST_ATTRIBUTES:,} attributes."
        if self.deepest > DEEPEST:
            return f"The tags are nested over {DEEPEST} deep."
        if self.unclosed > MOST_UNCLOSED:
            return f"Over {MOST_UNCLOSED:,} tags are open at once or closed in the wrong order."
        if self.repeated > MOST_REPEATED_BYTES:
            return "Too many tags that format text, such as <b>, are left open across paragraphs."
        if self.moved > MOST_MOVED_CHARACTERS:
            return "A single piece of text has too many entities, such as &amp;. Divide it."
        return None

    def read(self, html: str) -> None:
        """Count an article; ends early once it is too much."""
        if html.count("&") * len(html) > MOST_MOVED_CHARACTERS:
            self.moved = sum(text.count("&") * len(text) for text in TEXT_END.split(html))
        for found in TOKEN.finditer(html):
            name = found["name"]
            if name is None:
                self._other(found)
            else:
                name = name.lower()
                if found["attributes"]:
                    self._attributes(html, *found.span("attributes"))
                if found["closing"]:
                    self._closes(name)
                else:
                    self._opens(name, found.end() - found.start())
            if self.complaint is not None:
                return

    def _other(self, found: re.Match[str]) -> None:
        if found["mark"]:
            self._open.append((MARK, self._depth))
        elif found["unmark"]:
            self._forget_to_mark()

    def _forget_to_mark(self) -> None:
        """What was opened behind the last mark can no longer be told from what was not."""
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == MARK:
                self._depth = self._open[place][1]
                self._left += len(self._open) - place - 1
                del self._open[place:]
                return

    def _attributes(self, html: str, start: int, end: int) -> None:
        if end - start > MOST_ATTRIBUTES and TOO_MANY.match(html, start, end):
            self.attributes = True
        elif "<" in html[start:end]:
            self._left += _unpaired(html[start:end])
            self.unclosed = max(self.unclosed, len(self._open) + self._left)
            too_long = end - start > MOST_ATTRIBUTES and self.unclosed <= MOST_UNCLOSED
            self.attributes = bool(too_long and TOO_MANY_QUOTED.search(html, start, end))

    def _opens(self, name: str, size: int) -> None:
        if name not in FORMATTING and name not in VOID:
            self.repeated += self._formats
        if name in UNCOUNTED:
            return
        open_ = self._open
        if name in LEAVES and open_ and open_[-1][0] in LEAVES[name]:
            open_[-1] = (name, 0)
            return
        formats = size if name in FORMATTING else 0
        open_.append((name, formats))
        self._formats += formats
        self._odd += name in ODD
        if name not in LEAVES:
            self._depth += 1
            self.deepest = max(self.deepest, self._depth)
        self.unclosed = max(self.unclosed, len(open_) + self._left)

    def _closes(self, name: str) -> None:
        open_ = self._open
        if name not in LEAVES and name not in UNCOUNTED:
            self._depth = max(self._depth - 1, 0)
        if open_ and open_[-1][0] == name:
            self._pop()
        elif not self._odd and len(open_) > 1 and open_[-1][0] in LEAVES and open_[-2][0] == name:
            self._pop()
            self._pop()
        else:
            self.repeated += self._formats
            return
        if name not in FORMATTING:
            self.repeated += self._formats

    def _pop(self) -> None:
        name, formats = self._open.pop()
        self._formats -= formats
        self._odd -= name in ODD


def outline(html: str) -> Outline:
    """Count the whole of an article.

    >>> outline("<div><p><b>x</b><br></div>").deepest
    2
    """
    counted = Outline()
    counted.read(html)
    return counted


def _unpaired(attributes: str) -> int:
    """How many start tags stand in a tag's values, those aside that are closed at once."""
    starts = [found.groups() for found in QUOTED_TAG.finditer(attributes)]
    if "<!" in attributes or "<?" in attributes:
        return len(starts)
    open_: list[str] = []
    for closing, name, plain in starts:
        if not closing:
            open_.append(name.lower() if plain else MARK)
        elif open_ and open_[-1] == name.lower():
            open_.pop()
    return len(open_)
