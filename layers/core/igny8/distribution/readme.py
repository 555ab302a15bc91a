"""A plugin's ``readme.txt`` as HTML for WordPress's details window.

All text is escaped, and of tags only those are made here that core lets through there (``p``,
``h4``, ``ul``, ``ol``, ``li``, ``code``, ``strong``, ``em``, ``a``); links are absolute, because
core turns others into addresses at wordpress.org.
"""

import html
import re
from collections.abc import Iterator

SECTIONS = {
    "description": "description",
    "installation": "installation",
    "frequently asked questions": "faq",
    "faq": "faq",
    "changelog": "changelog",
}
"""Sections that the window has, by what the readme calls them."""
LISTS = {"ul": re.compile(r"[*-] +(.+)"), "ol": re.compile(r"[0-9]{1,3}\. +(.+)")}
# What is escaped has no angle brackets but those of tags made before: none is made across another.
INLINE = (
    (re.compile(r"`([^`<>]{1,500})`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*<>]{1,500})\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"\*([^*\s<>][^*<>]{0,500})\*"), r"<em>\1</em>"),
    (
        re.compile(r"\[([^\[\]<>]{1,200})\]\((https://[^\s()<>\"']{1,300})\)"),
        r'<a href="\2">\1</a>',
    ),
)


def sections(readme: str) -> dict[str, str]:
    """The sections that there are, by the window's names, as HTML."""
    return {
        SECTIONS[title.lower()]: _html(text)
        for title, text in _parts(readme)
        if title.lower() in SECTIONS and text.strip()
    }


def changes(readme: str, version: str) -> str:
    """What the changelog says of a version; empty where it says nothing."""
    return _titled(readme, "changelog", version)


def upgrade_notice(readme: str, version: str) -> str:
    """What is to be known before one updates to a version, in one line; mostly nothing."""
    return " ".join(_titled(readme, "upgrade notice", version).split())


def _titled(readme: str, section: str, title: str) -> str:
    text = next((text for name, text in _parts(readme) if name.lower() == section), "")
    wanted, found = False, []
    for line in text.splitlines():
        heading = _marked(line, "=")
        if heading:
            wanted = heading.split()[0] == title
        elif wanted:
            found.append(line)
    return "\n".join(found).strip()


def _parts(readme: str) -> Iterator[tuple[str, str]]:
    title = ""
    lines: list[str] = []
    for line in readme.splitlines():
        heading = _marked(line, "==")
        if heading:
            yield title, "\n".join(lines)
            title, lines = heading, []
        else:
            lines.append(line)
    yield title, "\n".join(lines)


def _marked(line: str, mark: str) -> str | None:
    """A title between marks, and no more of them."""
    line = line.strip()
    if len(line) <= 2 * len(mark) or not (line.startswith(mark) and line.endswith(mark)):
        return None
    title = line[len(mark) : -len(mark)]
    return None if title.startswith("=") or title.endswith("=") else title.strip() or None


def _html(text: str) -> str:
    """Paragraphs, titles and lists; a line that begins with nothing goes on with the one before."""
    blocks: list[tuple[str, list[str]]] = []
    goes_on = False
    for line in (line.strip() for line in text.splitlines()):
        kind, content = _line(line)
        if not line:
            goes_on = False
        elif kind == "p" and goes_on and blocks[-1][0] != "h4":
            blocks[-1][1][-1] += f" {content}"
        else:
            if kind in LISTS and blocks and blocks[-1][0] == kind:
                blocks[-1][1].append(content)
            else:
                blocks.append((kind, [content]))
            goes_on = True
    return "\n".join(_block(kind, contents) for kind, contents in blocks)


def _line(line: str) -> tuple[str, str]:
    title = _marked(line, "=")
    if title:
        return "h4", title
    for kind, form in LISTS.items():
        item = form.fullmatch(line)
        if item:
            return kind, item[1]
    return "p", line


def _block(kind: str, contents: list[str]) -> str:
    if kind in LISTS:
        return f"<{kind}>" + "".join(f"<li>{_inline(one)}</li>" for one in contents) + f"</{kind}>"
    return f"<{kind}>{_inline(contents[0])}</{kind}>"


def _inline(text: str) -> str:
    made = html.escape(text, quote=False)
    for form, tag in INLINE:
        made = form.sub(tag, made)
    return made
