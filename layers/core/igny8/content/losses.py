"""What sanitising took out of an article, in words.

The article is parsed a second time, by the same parser and with nothing forbidden, and what that
finds is compared with what passed: comments, quoted values and the text of scripts look like tags,
and only the parser knows. What the parser itself leaves out, such as a cell outside any table, is
found by a mark that does not come out again.
"""

import re
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

import nh3

# No article can hold these: control characters are taken out before it is parsed, and no attribute
# of an article has a name with a slash.
SEEN = "/"
HIDE = "\x01"
MARK = "\x02"
MOST_NOTES = 50
MOST_CHARACTERS = 60

_NAME = r"[a-zA-Z][^ \t\n\f\r/>]*+"
TAG = re.compile(rf"<({_NAME})")
# The library checks what these lead to; under another name it does not know them.
ADDRESS = re.compile(
    r"(?=(?:action|background|cite|data|formaction|href|longdesc|ping|poster|src)[ \t\n\r]*=)",
    re.IGNORECASE,
)
# The parser leaves these out where they do not belong.
PLACED = re.compile(
    r"<(!doctype|html|head|body|frameset|frame|caption|colgroup|col|tbody|td|tfoot|thead|th|tr|form"
    r"|select|option|optgroup)(?=[ \t\n\f\r/>])",
    re.IGNORECASE,
)
MARKED = re.compile(rf"{MARK}=\D{{0,6}}(\d+)")
OUR_MARKS = re.compile(rf"{HIDE}| {MARK}=\d+ ")
SCHEME = re.compile(r"\s*([a-z][a-z0-9+.\s-]{0,99}):", re.IGNORECASE)
BLANK = re.compile(r"\s")
ADDRESSES = frozenset({"cite", "href", "longdesc", "poster", "src", "srcset", "usemap"})
LOST_WITH_CONTENT = frozenset({"math", "script", "style", "svg", "template"})


@dataclass(slots=True)
class Tree:
    """What was met in an article: tags; attributes by tag, name and value; properties of styles."""

    tags: Counter[str] = field(default_factory=Counter)
    attributes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    styles: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def lose_style(self, name: str) -> None:
        """A declaration of this property does not pass."""
        self.styles[name] += 1


def every_tag(html: str) -> Tree:
    """What the parser finds in an article where nothing is forbidden."""
    tree = Tree()
    marked, marks = _marked(html)

    def meeting(tag: str, name: str, value: str) -> str:
        if name == SEEN:
            tree.tags[tag] += 1
        elif name != MARK:
            tree.attributes[_plain(tag, name, value)] += 1
        return value

    names = set(TAG.findall(html))
    names |= {name.lower() for name in names}
    everything = nh3.Cleaner(
        tags=names,
        attributes={},
        attribute_filter=meeting,
        generic_attribute_prefixes={""},
        set_tag_attribute_values={name: {SEEN: ""} for name in names},
        link_rel=None,
        strip_comments=False,
        clean_content_tags=set(),
    )
    written = {int(number) for number in MARKED.findall(everything.clean(marked))}
    tree.left_out.update(name for number, name in enumerate(marks) if number not in written)
    return tree


def _marked(html: str) -> tuple[str, list[str]]:
    """The article with a mark in each tag that needs its place, and with unknown addresses."""
    names: list[str] = []

    def marking(found: re.Match[str]) -> str:
        names.append(found[1].lower())
        return f"{found[0]} {MARK}={len(names) - 1} "

    return PLACED.sub(marking, ADDRESS.sub(HIDE, html)), names


@dataclass(slots=True)
class Losses:
    """What is gone, and how often each: names of tags and properties, the rest in words."""

    styles: Counter[str]
    controls: int = 0
    frames: int = 0
    framed_texts: int = 0
    tags: Counter[str] = field(default_factory=Counter)
    misplaced: Counter[str] = field(default_factory=Counter)
    attributes: Counter[str] = field(default_factory=Counter)

    def compare(self, there: Tree, kept: Tree, allowed: Mapping[str, Set[str]]) -> None:
        """Note what was there and did not pass of the ``allowed`` tags and their attributes.

        Attributes go with their tag, unmentioned.
        """
        self.misplaced = there.left_out
        self.tags = there.tags - kept.tags
        passed: Counter[tuple[str, str, str]] = Counter()
        for found, number in kept.attributes.items():
            passed[_plain(*found)] += number
        for (tag, name, value), number in (there.attributes - passed).items():
            # Of a style of which nothing is left the declarations are noted.
            declares = name == "style" and bool(value.strip(" ;\n\r\t"))
            if tag in allowed and not (declares and "style" in allowed[tag]):
                self.attributes[_attribute(tag, name, value)] += number

    def notes(self) -> list[str]:
        """A sentence for each kind of thing, the first fifty; then how many more kinds."""
        tags = self.tags + Counter(iframe=self.frames)
        notes = [
            *(_note(_tag(name), number, _content(name)) for name, number in sorted(tags.items())),
            *(
                _note(_tag(name), number, ", where it has no place,")
                for name, number in sorted(self.misplaced.items())
            ),
            *(_note(what, number) for what, number in sorted(self.attributes.items())),
            *(
                _note(f"“{_short(name)}” in a style", number)
                for name, number in sorted(self.styles.items())
            ),
            _note("The text inside <iframe>", self.framed_texts),
            _note("A control character", self.controls),
        ]
        notes = [note for note in notes if note]
        more = len(notes) - MOST_NOTES
        return (
            notes
            if more <= 0
            else [*notes[:MOST_NOTES], f"And {more:,} more kinds of things were taken out."]
        )


def _plain(tag: str, name: str, value: str) -> tuple[str, str, str]:
    """An attribute without what was put into the article here."""
    return tag, name.replace(HIDE, ""), OUR_MARKS.sub("", value)


def _attribute(tag: str, name: str, value: str) -> str:
    place = f"{_short(name)} of {_tag(tag)}"
    if name not in ADDRESSES:
        return place
    scheme = SCHEME.match(value)
    if scheme is None or scheme[1].lower() in {"http", "https"}:
        return f"“{_short(value)}” as {place}"
    return f"“{_short(BLANK.sub('', scheme[1]).lower())}:” in {place}"


def _tag(name: str) -> str:
    return f"<{_short(name)}>"


def _content(tag: str) -> str:
    return " with its content" if tag in LOST_WITH_CONTENT else ""


def _note(what: str, number: int, how: str = "") -> str:
    times = f" ({number:,} times)" if number > 1 else ""
    return f"{what}{how} was taken out{times}." if number else ""


def _short(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text[:MOST_CHARACTERS])
    return shown if len(text) <= MOST_CHARACTERS else f"{shown}…"
