"""The bridge's template for translators: every text of its PHP, with the notes beside it."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from local.places import BRIDGE_SOURCE

DOMAIN = "igny8-wp-bridge"
TEMPLATE = BRIDGE_SOURCE / "languages" / f"{DOMAIN}.pot"
STRING = r"'((?:[^'\\]|\\.)*)'"
CALL = re.compile(
    rf"\b(?:__|_e|esc_html__|esc_html_e|esc_attr__|esc_attr_e)\(\s*{STRING}\s*,\s*'{DOMAIN}'"
)
NUMBER_CALL = re.compile(rf"\b_n\(\s*{STRING}\s*,\s*{STRING}\s*,[^;]*?'{DOMAIN}'")
NOTE = re.compile(r"/\*\s*(translators:.*?)\s*\*/", re.DOTALL)
# A note belongs to the text that comes within so many lines after it.
NOTE_LINES = 2
HEADERS = re.compile(r"^ \* (Plugin Name|Description|Plugin URI|Author|Author URI):\s+(.+)$", re.M)
HEAD = f"""msgid ""
msgstr ""
"Project-Id-Version: {DOMAIN}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"X-Domain: {DOMAIN}\\n"
"""


@dataclass
class Text:
    """One text: where it stands, what translators should know, its plural."""

    places: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    plural: str | None = None


def write() -> Path:
    """Write the template anew. Returns its path."""
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_text(template(), encoding="utf-8")
    return TEMPLATE


def template(source: Path = BRIDGE_SOURCE) -> str:
    """The template of the plugin in a folder. The same texts always give the same bytes."""
    texts: dict[str, Text] = {}
    for file in sorted(source.rglob("*.php")):
        code = file.read_text(encoding="utf-8")
        place = file.relative_to(source).as_posix()
        if place == f"{DOMAIN}.php":
            for name, value in HEADERS.findall(code):
                note = f"{name} of the plugin"
                texts.setdefault(value, Text()).notes.append(note)
        notes = {_line(code, note.end()): _tidy(note[1]) for note in NOTE.finditer(code)}
        calls = [*CALL.finditer(code), *NUMBER_CALL.finditer(code)]
        for call in sorted(calls, key=lambda found: found.start()):
            text = texts.setdefault(_php(call[1]), Text())
            line = _line(code, call.start())
            text.places.append(f"{place}:{line}")
            if call.re is NUMBER_CALL:
                text.plural = _php(call[2])
            near = (notes[at] for at in range(line - NOTE_LINES, line + 1) if at in notes)
            text.notes += [note for note in near if note not in text.notes]
    return "\n".join([HEAD, *(_entry(msgid, text) for msgid, text in texts.items())])


def _entry(msgid: str, text: Text) -> str:
    lines = [f"#. {note}" for note in text.notes] + [f"#: {place}" for place in text.places]
    lines.append(f"msgid {_quoted(msgid)}")
    if text.plural is None:
        lines.append('msgstr ""')
    else:
        lines += [f"msgid_plural {_quoted(text.plural)}", 'msgstr[0] ""', 'msgstr[1] ""']
    return "\n".join(lines) + "\n"


def _line(code: str, position: int) -> int:
    return code.count("\n", 0, position) + 1


def _tidy(note: str) -> str:
    return re.sub(r"\s+", " ", note)


def _php(literal: str) -> str:
    """What a single-quoted literal of PHP stands for."""
    return re.sub(r"\\([\\'])", r"\1", literal)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
