"""What an article may consist of: what WordPress keeps in posts, and the bridge beside it.

This is `wp_kses_allowed_html( 'post' )` of WordPress 5.8, which is the oldest that the bridge runs
on, and what `Core/Html.php` of the bridge adds and takes away. What newer ones allow beyond that
would be lost on an older site. A test compares these lists with those of a running WordPress.
"""

import re

ARIA = {
    "aria-controls", "aria-current", "aria-describedby", "aria-details", "aria-expanded",
    "aria-hidden", "aria-label", "aria-labelledby", "aria-level", "aria-live", "aria-modal",
}  # fmt: skip
GLOBAL = {"class", "dir", "id", "lang", "role", "style", "title", *ARIA}
ALIGNED = {"align"}
NOTHING: set[str] = set()
CELLS = {"align", "char", "charoff", "valign"}
COLUMN = {*CELLS, "span", "width"}
CELL = {
    *CELLS, "abbr", "axis", "bgcolor", "colspan", "headers", "height", "nowrap", "rowspan", "scope",
    "width",
}  # fmt: skip
MEDIA = {"autoplay", "controls", "loop", "muted", "preload", "src"}

OF_ITS_OWN: dict[str, set[str]] = {
    "a": {"download", "href", "hreflang", "name", "rel", "rev", "target"},
    "area": {"alt", "coords", "href", "nohref", "shape", "target"},
    "audio": MEDIA,
    "blockquote": {"cite"},
    "col": COLUMN,
    "colgroup": COLUMN,
    "del": {"datetime"},
    "details": {"align", "open"},
    "font": {"color", "face", "size"},
    "hr": {"align", "noshade", "size", "width"},
    "img": {
        "align", "alt", "border", "decoding", "fetchpriority", "height", "hspace", "loading",
        "longdesc", "sizes", "src", "srcset", "usemap", "vspace", "width",
    },
    "ins": {"cite", "datetime"},
    "label": {"for"},
    "li": {"align", "value"},
    "map": {"name"},
    "menu": {"type"},
    "ol": {"reversed", "start", "type"},
    "pre": {"width"},
    "q": {"cite"},
    "table": {
        "align", "bgcolor", "border", "cellpadding", "cellspacing", "rules", "summary", "width",
    },
    "tbody": CELLS,
    "td": CELL,
    "tfoot": CELLS,
    "th": CELL,
    "thead": CELLS,
    "tr": {*CELLS, "bgcolor"},
    "track": {"default", "kind", "label", "src", "srclang"},
    "ul": {"type"},
    "video": {*MEDIA, "height", "playsinline", "poster", "width"},
    **dict.fromkeys(
        ["article", "aside", "caption", "div", "figcaption", "figure", "footer", "h1", "h2", "h3",
         "h4", "h5", "h6", "header", "hgroup", "legend", "main", "nav", "p", "section", "span",
         "summary"],
        ALIGNED,
    ),
    **dict.fromkeys(
        ["abbr", "acronym", "address", "b", "bdo", "big", "br", "cite", "code", "dd", "dfn", "dl",
         "dt", "em", "i", "kbd", "mark", "rb", "rp", "rt", "rtc", "ruby", "s", "samp",
         "small", "strike", "strong", "sub", "sup", "tt", "u", "var"],
        NOTHING,
    ),
}  # fmt: skip
ATTRIBUTES = {
    **{tag: GLOBAL | own for tag, own in OF_ITS_OWN.items()},
    # These the bridge describes whole.
    "iframe": {
        "allow", "allowfullscreen", "class", "frameborder", "height", "loading", "referrerpolicy",
        "src", "style", "title", "width",
    },
    "picture": {
        "aria-controls", "aria-current", "aria-expanded", "aria-level", "aria-live", "aria-modal",
        "class", "dir", "lang",
    },
    "source": {"media", "sizes", "src", "srcset", "type"},
}  # fmt: skip
TAGS = set(ATTRIBUTES)
WITH_DATA = set(OF_ITS_OWN)
DATA = re.compile(r"data(?:-[a-z0-9_]+)+")

# Core's `wp_allowed_protocols`, but for feed, which nests other addresses.
URL_SCHEMES = {
    "fax", "ftp", "ftps", "gopher", "http", "https", "irc", "irc6", "ircs", "mailto", "mms", "news",
    "nntp", "rtsp", "sms", "svn", "tel", "telnet", "urn", "webcal", "xmpp",
}  # fmt: skip

# The hosts whose frames the bridge lets through.
FRAME_HOSTS = {
    "www.youtube.com", "youtube.com", "www.youtube-nocookie.com", "youtube-nocookie.com",
    "player.vimeo.com", "open.spotify.com", "w.soundcloud.com", "www.google.com",
    "maps.google.com",
}  # fmt: skip

# Core's `safe_style_css` of WordPress 5.8, and at the end what the bridge adds for older ones.
STYLE_PROPERTIES = {
    "background", "background-attachment", "background-blend-mode", "background-color",
    "background-image", "background-position", "background-size", "border", "border-bottom",
    "border-bottom-color", "border-bottom-left-radius", "border-bottom-right-radius",
    "border-bottom-style", "border-bottom-width", "border-collapse", "border-color", "border-left",
    "border-left-color", "border-left-style", "border-left-width", "border-radius", "border-right",
    "border-right-color", "border-right-style", "border-right-width", "border-spacing",
    "border-style", "border-top", "border-top-color", "border-top-left-radius",
    "border-top-right-radius", "border-top-style", "border-top-width", "border-width",
    "caption-side", "clear", "color", "column-count", "column-fill", "column-gap", "column-rule",
    "column-span", "column-width", "columns", "cursor", "direction", "filter", "flex",
    "flex-basis", "flex-direction", "flex-flow", "flex-grow", "flex-shrink", "float", "font",
    "font-family", "font-size", "font-style", "font-variant", "font-weight", "grid-auto-columns",
    "grid-auto-rows", "grid-column-end", "grid-column-gap", "grid-column-start", "grid-gap",
    "grid-row-end", "grid-row-gap", "grid-row-start", "grid-template-columns",
    "grid-template-rows", "height", "justify-content", "justify-items", "justify-self",
    "align-content", "align-items", "align-self", "letter-spacing", "line-height",
    "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top",
    "max-height", "max-width", "min-height", "min-width", "object-position", "overflow", "padding",
    "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align",
    "text-decoration", "text-indent", "text-transform", "vertical-align", "width",
    "aspect-ratio", "background-repeat", "flex-wrap", "gap", "margin-block-end",
    "margin-block-start", "margin-inline-end", "margin-inline-start", "object-fit",
    "padding-block-end", "padding-block-start", "padding-inline-end", "padding-inline-start",
    "row-gap",
}  # fmt: skip
# Values of these may be pictures.
STYLES_WITH_ADDRESS = {"background", "background-image", "cursor"}
STYLES_WITH_GRADIENT = {"background", "background-image"}
