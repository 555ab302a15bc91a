"""PHP in lexemes, as far as rules about calls and expressions need it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

OPEN = re.compile(r"<\?(?:php\b|=)")
LEXEME = re.compile(
    r"""(?P<close>\?>)
    |(?P<comment>/\*.*?\*/|(?://|\#)(?:(?!\?>)[^\n])*)
    |(?P<string>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")
    |(?P<name>\$?[A-Za-z_\\][\w\\]*)
    |(?P<number>\d[\w.]*)
    |(?P<operator>->|::|=>|\?\?|&&|\|\||===|!==|==|!=|<=|>=|\.=|.)
    |(?P<space>\s+)""",
    re.S | re.X,
)
PAIRS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Lexeme:
    """One piece of code. What ``<?=`` prints begins with an ``echo`` of its own."""

    kind: str
    text: str
    line: int


Code = Sequence[Lexeme]


def lexemes(text: str) -> list[Lexeme]:
    """The code of a file, without its HTML and spaces; comments stay."""
    found: list[Lexeme] = []
    position = 0
    while opened := OPEN.search(text, position):
        position = opened.end()
        if opened[0] == "<?=":
            found.append(Lexeme("name", "echo", _line(text, opened.start())))
        while position < len(text):
            match = LEXEME.match(text, position)
            assert match is not None
            assert match.lastgroup is not None
            position = match.end()
            if match.lastgroup == "close":
                found.append(Lexeme("operator", ";", _line(text, match.start())))
                break
            if match.lastgroup != "space" and match[0].strip():
                found.append(Lexeme(match.lastgroup, match[0], _line(text, match.start())))
    return found


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def without_comments(code: Code) -> list[Lexeme]:
    return [one for one in code if one.kind != "comment"]


def split(code: Code, separator: str) -> list[Code]:
    """The parts between separators that stand in no brackets."""
    parts: list[list[Lexeme]] = [[]]
    depth = 0
    for one in code:
        if one.kind == "operator":
            depth += (one.text in PAIRS) - (one.text in PAIRS.values())
        if depth == 0 and one.text == separator and one.kind == "operator":
            parts.append([])
        else:
            parts[-1].append(one)
    return list(parts)


def until(code: Code, start: int, ends: str) -> Code:
    """From ``start`` to one of ``ends`` in no brackets, or to the bracket that closes around it."""
    depth = 0
    for number in range(start, len(code)):
        one = code[number]
        if one.kind != "operator":
            continue
        if depth == 0 and (one.text in ends or one.text in PAIRS.values()):
            return code[start:number]
        depth += (one.text in PAIRS) - (one.text in PAIRS.values())
    return code[start:]


def calls(code: Code, name: re.Pattern[str]) -> Iterator[tuple[int, str, list[Code]]]:
    """Where a function is called by a name, the name, and its arguments; no declarations."""
    for number, one in enumerate(code[:-1]):
        if one.kind != "name" or code[number + 1].text != "(" or not name.fullmatch(one.text):
            continue
        if number and code[number - 1].text == "function":
            continue
        inside = until(code, number + 2, "")
        yield number, one.text, [part for part in split(inside, ",") if part]


def methods(code: Code) -> Iterator[tuple[str, int, int]]:
    """Name and extent of every named function."""
    for number, one in enumerate(code[:-2]):
        if one.text == "function" and code[number + 1].kind == "name":
            start = next(n for n in range(number, len(code)) if code[n].text in "{;")
            body = until(code, start + 1, "") if code[start].text == "{" else []
            yield code[number + 1].text, start, start + 1 + len(body)


def shown(code: Code) -> str:
    """As it may be quoted in a message."""
    return "".join(one.text for one in code)
