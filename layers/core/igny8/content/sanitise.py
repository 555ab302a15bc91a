"""What of an article's HTML may pass, in the very form in which WordPress keeps it.

The output is stable under `wp_kses_post` and the bridge, so that the API and the site hold the
same bytes (`igny8.content.allowed`). Block-editor markup lives in comments, so comments stay. What
does not pass is named (`igny8.content.losses`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import nh3

from igny8.content.allowed import ATTRIBUTES, DATA, FRAME_HOSTS, TAGS, URL_SCHEMES, WITH_DATA
from igny8.content.losses import SEEN, Losses, Tree, every_tag
from igny8.content.styles import kept_style

FRAME_SOURCE = re.compile(r"https://([\w.-]+)/")
FRAME_OR_COMMENT = re.compile(r"<!--|<iframe\b")
# nh3 checks the schemes of href, src and poster; kses those of these too.
OTHER_ADDRESSES = {"cite", "longdesc", "usemap"}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
BLANK_START = re.compile(r"[\s\ufeff]+")
SCHEME_OR_RELATIVE = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):|[^:]*(?:[/?#]|$)", re.IGNORECASE)
NOT_OF_FILES = re.compile(r"(?:javascript|vbscript|data)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """An article that was sanitised, and in words for people what was taken out."""

    html: str
    taken_out: list[str]


def sanitised(html: str) -> Cleaned:
    """Sanitise an article's body and say what that took out of it."""
    visible = without_controls(html)
    kept = Tree()
    clean = _cleaned(visible, kept)
    losses = Losses(styles=kept.styles, controls=len(html) - len(visible))
    framed, losses.frames, losses.framed_texts = _emptied_frames(clean)
    if framed != visible:
        losses.compare(every_tag(visible), kept, ATTRIBUTES)
    return Cleaned(_trimmed(framed), losses.notes())


def clean_html(html: str) -> str:
    """Sanitise an article's body."""
    return sanitiser()(html)


def sanitiser() -> Callable[[str], str]:
    """What sanitises one piece after another: beginning is dear, and shared so."""

    def passing(tag: str, name: str, value: str) -> str | None:
        return None if tag not in TAGS or name == SEEN else _attribute(tag, name, value, _unheard)

    cleaner = _cleaner(passing)
    return lambda html: _trimmed(_emptied_frames(cleaner.clean(without_controls(html)))[0])


def _unheard(_property: str) -> None:
    """Nobody asks what is lost."""


def without_controls(html: str) -> str:
    """The text as it is parsed."""
    return CONTROL.sub("", html)


def _trimmed(clean: str) -> str:
    """Without what the parser would not see at the edges either, a byte order mark for one."""
    begun = BLANK_START.match(clean)
    return clean[begun.end() if begun else 0 :].rstrip()


def _cleaned(html: str, kept: Tree) -> str:
    """What the library lets pass; ``kept`` is told of it."""

    def passing(tag: str, name: str, value: str) -> str | None:
        if tag not in TAGS:
            return None  # the library asks before it takes the tag out
        if name == SEEN:
            kept.tags[tag] += 1
            return None
        passed = _attribute(tag, name, value, kept.lose_style)
        if passed is not None:
            kept.attributes[tag, name, value] += 1
        return passed

    return _cleaner(passing).clean(html)


def _cleaner(passing: Callable[[str, str, str], str | None]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=passing,
        generic_attribute_prefixes={"data-"},
        set_tag_attribute_values={tag: {SEEN: ""} for tag in TAGS},
        url_schemes=URL_SCHEMES,
        link_rel=None,
        strip_comments=False,
        clean_content_tags={"script", "style"},
    )


def _attribute(tag: str, name: str, value: str, lose_style: Callable[[str], None]) -> str | None:
    """What WordPress would keep of an attribute, beside what the library checks."""
    if name.startswith("data-") and not (tag in WITH_DATA and DATA.fullmatch(name)):
        return None
    if name == "style":
        return kept_style(value, lose_style)
    if tag == "iframe" and not _fits_frame(name, value):
        return None
    if name in OTHER_ADDRESSES and not _may_lead_to(value):
        return None
    return None if name == "srcset" and NOT_OF_FILES.search(value) else value


def _may_lead_to(address: str) -> bool:
    found = SCHEME_OR_RELATIVE.match(address)
    scheme = found and found["scheme"]
    return found is not None and (scheme is None or scheme.lower() in URL_SCHEMES)


def _fits_frame(name: str, value: str) -> bool:
    """Whether a frame may have this; a ``>`` in a value would end its tag for whoever searches."""
    if name == "src":
        host = FRAME_SOURCE.match(value)
        return host is not None and host[1].lower() in FRAME_HOSTS and ">" not in value
    return "<" not in value and ">" not in value


def _emptied_frames(clean: str) -> tuple[str, int, int]:
    """Empty the frames, and take out those that show nothing; how many, and how many texts.

    For what nh3 has written alone: there ``<`` begins nothing but markup, and comments end.
    """
    kept, position, frames, texts = [], 0, 0, 0
    while found := FRAME_OR_COMMENT.search(clean, position):
        if found[0] == "<!--":
            end = clean.index("-->", found.end()) + 3
            kept.append(clean[position:end])
        else:
            begun = clean.index(">", found.end()) + 1
            closing = clean.index("</iframe>", begun)
            end = closing + len("</iframe>")
            tag = clean[found.start() : begun]
            shows = " src=" in tag
            frames += not shows
            texts += shows and bool(clean[begun:closing].strip())
            kept.append(clean[position : found.start()])
            kept.append(f"{tag}</iframe>" if shows else "")
        position = end
    return "".join([*kept, clean[position:]]), frames, texts
