"""How deeply an article's tags are nested, told before it is parsed.

The sanitiser's HTML5 parser looks through all open elements at every block tag: two megabytes of
``<div>`` would keep it busy for minutes.
"""

import re

TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
# Void elements, and those whose end tag may be left out (HTML, "Optional tags").
UNCOUNTED = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup",
    "option", "optgroup", "rp", "rt",
})  # fmt: skip


def nesting(html: str) -> int:
    """The largest number of elements that are open at once.

    >>> nesting("<div><p><b>x</b><br></div>")
    2
    """
    depth = deepest = 0
    for closing, name in TAG.findall(html):
        if name.lower() in UNCOUNTED:
            continue
        depth = max(depth - 1, 0) if closing else depth + 1
        deepest = max(deepest, depth)
    return deepest
