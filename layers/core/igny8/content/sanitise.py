"""What of an article's HTML may pass, in the very form in which WordPress keeps it.

The allow-list is a subset of what `wp_kses_post` of WordPress 5.8 lets through, and the output is
stable under it, so that the API and the site hold the same bytes. Block-editor markup lives in
comments, so comments stay.
"""

import re
from collections import Counter

import nh3

GLOBAL_ATTRIBUTES = {"class", "id", "style", "title", "role", "dir", "lang"}
CELL = {"abbr", "align", "colspan", "headers", "rowspan", "scope", "valign"}
ATTRIBUTES: dict[str, set[str]] = {
    "*": GLOBAL_ATTRIBUTES,
    "a": {"href", "rel", "target", "name", "download", "hreflang"},
    "audio": {"autoplay", "controls", "loop", "muted", "preload", "src"},
    "blockquote": {"cite"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "del": {"datetime"},
    "details": {"open"},
    "iframe": {"src", "width", "height", "allow", "allowfullscreen", "frameborder", "loading",
               "referrerpolicy"},
    "img": {"src", "alt", "width", "height", "loading", "srcset", "sizes"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "type", "reversed"},
    "q": {"cite"},
    "table": {"border", "cellpadding", "cellspacing", "summary", "width"},
    "td": CELL,
    "th": CELL,
    "source": {"src", "srcset", "media", "sizes", "type"},
    "track": {"default", "kind", "label", "src", "srclang"},
    "video": {"autoplay", "controls", "height", "loop", "muted", "playsinline", "poster",
              "preload", "src", "width"},
}  # fmt: skip
TAGS = {
    "a", "abbr", "address", "article", "aside", "audio", "b", "big", "blockquote", "br", "caption",
    "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i",
    "img", "ins", "kbd", "li", "main", "mark", "nav", "ol", "p", "pre", "q", "s", "samp", "section",
    "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot",
    "th", "thead", "tr", "tt", "u", "ul", "var", "video", "track", "iframe",
    "picture", "source",
}  # fmt: skip
URL_SCHEMES = {"http", "https", "mailto", "tel"}
STYLE_PROPERTIES = {
    "background-color", "border", "border-bottom", "border-collapse", "border-color",
    "border-left", "border-radius", "border-right", "border-spacing", "border-style", "border-top",
    "border-width", "clear", "color", "float", "font-family", "font-size", "font-style",
    "font-weight", "height", "letter-spacing", "line-height", "list-style-type", "margin",
    "margin-bottom", "margin-left", "margin-right", "margin-top", "max-height", "max-width",
    "min-height", "min-width", "object-position", "overflow", "padding", "padding-bottom",
    "padding-left", "padding-right", "padding-top", "text-align", "text-decoration",
    "text-indent", "text-transform", "vertical-align", "width",
}  # fmt: skip
# The hosts whose frames the bridge lets through.
FRAME_HOSTS = {
    "www.youtube.com", "www.youtube-nocookie.com", "player.vimeo.com", "open.spotify.com",
    "w.soundcloud.com", "www.google.com", "maps.google.com",
}  # fmt: skip
FRAME_SOURCE = re.compile(r"https://([\w.-]+)/")
FRAME_OR_COMMENT = re.compile(r"<!--|<iframe\b")
RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", re.IGNORECASE)
TAG = re.compile(r"<([a-z][\w:-]*)", re.IGNORECASE)
STYLE_VALUE = re.compile(r"[\w\s#%.,!+-]+")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SPACE = re.compile(r"\s+")
WEB_OR_RELATIVE = re.compile(r"https?:|[^:]*(?:[/?#]|$)", re.IGNORECASE)
BLOCK_END = re.compile(
    r"</(?:p|h\d|li|div|t[dhr]|d[dt]|caption|figcaption|blockquote|pre|section|summary)>|<[bh]r>"
)
ENTITY_OR_CHARACTER = re.compile(r"&(?:\w+|#\d+);|.", re.DOTALL)
LINE_BREAKS = re.compile(r"[\n\r\t]")
INVISIBLE = re.compile(r"&nbsp;|[\s\u00ad\u200b-\u200f\u2060\ufeff]")
MEDIA = re.compile(r"<(?:img|audio|video|iframe)\b")
COMMENT_OR_TAG = re.compile(r"(<!--.*?-->)|<[a-z/](?:[^>\"]|\"[^\"]*\")*+>", re.DOTALL)


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return _style(value)
    if tag == "iframe" and not _fits_frame(name, value):
        return None
    # nh3 checks the schemes of href, src and poster; kses those of cite too.
    return None if name == "cite" and not WEB_OR_RELATIVE.match(value) else value


def _fits_frame(name: str, value: str) -> bool:
    """Whether a frame may have this; a ``>`` in a value would end its tag for whoever searches."""
    if name == "src":
        host = FRAME_SOURCE.match(value)
        return host is not None and host[1].lower() in FRAME_HOSTS and ">" not in value
    return "<" not in value and ">" not in value


def _emptied_frames(clean: str) -> str:
    """Empty the frames, and take out those that show nothing.

    For what nh3 has written alone: there ``<`` begins nothing but markup, and comments end.
    """
    kept, position = [], 0
    while found := FRAME_OR_COMMENT.search(clean, position):
        if found[0] == "<!--":
            end = clean.index("-->", found.end()) + 3
            kept.append(clean[position:end])
        else:
            begun = clean.index(">", found.end()) + 1
            end = clean.index("</iframe>", begun) + len("</iframe>")
            tag = clean[found.start() : begun]
            kept.append(clean[position : found.start()])
            kept.append(f"{tag}</iframe>" if " src=" in tag else "")
        position = end
    return "".join([*kept, clean[position:]])


def _hexadecimal(found: re.Match[str]) -> str:
    """A colour as kses lets it pass."""
    return "#" + "".join(f"{min(int(part), 255):02x}" for part in found.groups())


def _style(value: str) -> str | None:
    """Keep what kses keeps, written as kses writes it: ``a: b;c: d``."""
    kept = []
    for declaration in LINE_BREAKS.sub("", value).split(";"):
        name, _, text = declaration.strip().partition(":")
        name = name.lower()
        text = RGB.sub(_hexadecimal, text)
        if name.strip() in STYLE_PROPERTIES and STYLE_VALUE.fullmatch(text):
            kept.append(f"{name}:{text}")
    return ";".join(kept) or None


_HTML = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    attribute_filter=_attribute,
    generic_attribute_prefixes={"data-", "aria-"},
    url_schemes=URL_SCHEMES,
    link_rel=None,
    strip_comments=False,
    clean_content_tags={"script", "style"},
)


def without_controls(html: str) -> str:
    """The text as it is parsed."""
    return CONTROL.sub("", html)


def clean_html(html: str) -> str:
    """Sanitise an article's body."""
    return _emptied_frames(_HTML.clean(without_controls(html))).strip()


def taken_out(html: str, clean: str) -> dict[str, int]:
    """The tags that sanitising took out of a text, and how often each."""
    before = Counter(name.lower() for name in TAG.findall(html))
    before.subtract(name.lower() for name in TAG.findall(clean))
    return {name: number for name, number in sorted(before.items()) if number > 0}


def plain_text(clean: str) -> str:
    """The words of an article that was sanitised, still escaped for HTML, without comments."""
    words = COMMENT_OR_TAG.sub(lambda found: " " if found[1] else "", BLOCK_END.sub(" ", clean))
    return SPACE.sub(" ", words).strip()


def is_empty(html: str) -> bool:
    """Whether a reader would see nothing at all."""
    return _is_blank(plain_text(html)) and not MEDIA.search(html)


def _is_blank(text: str) -> bool:
    return not INVISIBLE.sub("", text)


def make_excerpt(html: str, longest: int = 150) -> str:
    """The first ``longest`` characters of the text, cut at a word (seed 002, 3.2).

    Counted after unescaping an entity as one character, so that none is cut in half.
    """
    words: list[str] = []
    length = 0
    for word in plain_text(html).split(" "):
        length += len(ENTITY_OR_CHARACTER.findall(word)) + (1 if words else 0)
        if length > longest:
            break
        words.append(word)
    if not words:
        return "".join(ENTITY_OR_CHARACTER.findall(plain_text(html).split(" ")[0])[:longest])
    return " ".join(words)
