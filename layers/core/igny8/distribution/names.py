"""Names that files of a release may have: those that every machine can have, and unpacks alike."""

import re
from collections.abc import Callable, Iterable, Sequence

from igny8.distribution.model import SLUG

PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
PART_MAX = 100
# Devices, to Windows, whatever comes after a dot: there WordPress could not unpack the rest either.
DEVICE = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9])(?:\..*)?", re.I)
KINDS = frozenset({
    "php", "txt", "md", "js", "css", "json", "svg", "png", "jpg", "gif", "webp", "woff2", "pot",
    "po", "mo",
})  # fmt: skip
BARE = frozenset({"LICENSE"})
TESTS = frozenset({"test", "tests", "node_modules", "__macosx"})


def wrong_names(names: Iterable[str]) -> list[str]:
    """What is wrong with the names of a ZIP's files and folders (which end with a slash)."""
    given = list(names)
    wrong = [why for name in given for why in _wrong_name(name)]
    roots = sorted({name.partition("/")[0] for name in given})
    if roots != [SLUG]:
        wrong.append(f"it has to hold one folder, {SLUG}, and holds {', '.join(roots)[:200]}")
    return wrong + _twins(given)


def _can_be_had(part: str) -> bool:
    is_plain = len(part) <= PART_MAX and PART.fullmatch(part) is not None
    return is_plain and DEVICE.fullmatch(part) is None


def _is_of_a_kind(parts: Sequence[str]) -> bool:
    last = parts[-1]
    return last in BARE or ("." in last and last.rpartition(".")[2] in KINDS)


Rule = tuple[Callable[[str, Sequence[str]], bool], str]
WRONG: tuple[Rule, ...] = (
    (lambda name, _: "\\" in name, "has a backslash in its name"),
    (lambda name, _: name.startswith("/") or name[1:2] == ":", "is an absolute path"),
    (lambda _, parts: ".." in parts, "leads out of its folder"),
    (
        lambda _, parts: any(part.startswith(".") for part in parts),
        "is hidden: dotfiles are no part of a release",
    ),
    (
        lambda _, parts: any(part.lower() in TESTS for part in parts),
        "is a test or a tool: they are no part of a release",
    ),
    (
        lambda _, parts: not all(map(_can_be_had, parts)),
        "is a name that some machines cannot have",
    ),
    (
        lambda name, parts: not name.endswith("/") and not _is_of_a_kind(parts),
        "is of a kind that the plugin does not consist of",
    ),
)
"""The first that holds is said."""


def _wrong_name(name: str) -> list[str]:
    parts = name.removesuffix("/").split("/")
    found = (what for holds, what in WRONG if holds(name, parts))
    return [f"{name} {what}" for what in found][:1]


def _twins(names: Iterable[str]) -> list[str]:
    """Names that are one where letters' case does not count, and files that are folders as well."""
    files = {name for name in names if not name.endswith("/")}
    parents = (name.removesuffix("/").split("/") for name in names)
    folders = {"/".join(parts[:n]) for parts in parents for n in range(1, len(parts))}
    folders |= {name.removesuffix("/") for name in names if name.endswith("/")}
    spelt: dict[str, str] = {}
    wrong = [f"{name} is a file and a folder" for name in sorted(files & folders)]
    for name in sorted(files | folders):
        twin = spelt.setdefault(name.lower(), name)
        if twin != name:
            wrong.append(f"{twin} and {name} are one where letters' case does not count")
    return wrong
