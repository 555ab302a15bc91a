"""Inline styles: what WordPress keeps of them (`safecss_filter_attr`), in the form it keeps.

WordPress divides at every semicolon and looks at each declaration as it is written in the HTML;
what stands for a character there (``&quot;``) would be divided too, so it is not written.
"""

import colorsys
import re
from collections.abc import Callable

from igny8.content.allowed import STYLE_PROPERTIES, STYLES_WITH_ADDRESS, STYLES_WITH_GRADIENT

LINE_BREAKS = re.compile(r"[\n\r\t]")
COLOUR = re.compile(r"\b(rgb|hsl)a?\(([\d .,%/+deg-]{1,80})\)", re.IGNORECASE)
NUMBERS = re.compile(r"[ ,/]+")
VARIABLE = re.compile(r"\bvar\(--[a-zA-Z0-9_-]+\)")
CALCULATION = re.compile(r"\bcalc\((?:[\w .%+*/,-]++|\([\w .%+*/,-]*+\))*+\)", re.ASCII)
ADDRESS = re.compile(
    r"\burl\( ?(?P<quote>'?)(?:https?://[a-zA-Z0-9.-]+(?::\d{1,5})?/)?[a-zA-Z0-9._~/%+,@!?#=$-]*+"
    r"(?P=quote) ?\)"
)
EMPTY_ADDRESS = re.compile(r"url\( ?'?0?'? ?\)")
GRADIENT = re.compile(r"(?:repeating-)?(?:linear|radial|conic)-gradient\([\w #%.,+-]++\)", re.ASCII)
OPAQUE = 255
PLAIN = re.compile(r"[\w #%.,!+/'-]*")


def kept_style(value: str, lost: Callable[[str], None]) -> str | None:
    """What may stay of a style, written as WordPress writes it: ``a: b;c: d``.

    ``lost`` is told each property of which a declaration goes.

    >>> kept_style("color: red; position: fixed", print)
    position
    'color: red'
    """
    kept = []
    for declaration in LINE_BREAKS.sub("", value).split(";"):
        name, _, text = declaration.strip(" ").partition(":")
        name = name.lower()
        text = _in_hexadecimal(text.replace('"', "'") if "'" not in text else text)
        if name.strip(" ") in STYLE_PROPERTIES and _fits(name.strip(" "), text):
            kept.append(f"{name}:{text}")
        elif declaration.strip(" "):
            lost(name.strip())
    return ";".join(kept) or None


def _fits(name: str, text: str) -> bool:
    if "/*" in text or not text.strip(" ") or text.count("'") % 2:
        return False
    if "(" not in text:
        return bool(PLAIN.fullmatch(text))
    if name in STYLES_WITH_GRADIENT and GRADIENT.fullmatch(text.strip(" ")):
        return True
    if name in STYLES_WITH_ADDRESS:
        if EMPTY_ADDRESS.search(text):
            return False
        text = ADDRESS.sub("", text)
    return bool(PLAIN.fullmatch(CALCULATION.sub("", VARIABLE.sub("", text))))


def _in_hexadecimal(text: str) -> str:
    """Colours in the one notation that every WordPress keeps."""
    return COLOUR.sub(_colour, text) if "(" in text else text


def _colour(found: re.Match[str]) -> str:
    try:
        first, second, third, *opacity = NUMBERS.split(found[2].strip(" "))
        (alpha,) = (_byte(_share(part, 1)) for part in opacity or ["1"])
        colour = _channels(found[1].lower(), first, second, third)
    except ValueError:
        return found[0]
    return "#" + "".join(f"{part:02x}" for part in [*colour, *([alpha] if alpha < OPAQUE else [])])


def _channels(notation: str, first: str, second: str, third: str) -> list[int]:
    """Red, green and blue, of those or of hue, saturation and lightness."""
    if notation == "rgb":
        return [_byte(_share(part, OPAQUE)) for part in (first, second, third)]
    turn = float(first.removesuffix("deg")) / 360 % 1
    return [
        _byte(part) for part in colorsys.hls_to_rgb(turn, _share(third, 100), _share(second, 100))
    ]


def _byte(share: float) -> int:
    return round(OPAQUE * share)


def _share(part: str, whole: int) -> float:
    """A number of 0 to ``whole``, or a percentage, as a share of 1."""
    share = float(part[:-1]) / 100 if part.endswith("%") else float(part) / whole
    return min(max(share, 0.0), 1.0)
