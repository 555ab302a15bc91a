"""The bridge's rooms know each other in one direction, and all its hooks stand in one file."""

import re
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "plugins/wordpress/igny8-wp-bridge"
SOURCE = PLUGIN / "src"

# A room may name those below it and, in its own row, those to its left.
FLOORS = [
    ("Core",),
    ("Connection",),
    ("Media", "Seo", "Publish", "Structure", "Outbox", "Update"),
    ("Jobs", "Admin", "Rest"),
    ("Plugin",),
    # The plugin's own files: WordPress loads them.
    ("igny8-wp-bridge", "uninstall"),
]

# Hooks that live no longer than the work they surround, or that one request in many needs.
PASSING_HOOKS = {
    "Jobs/Runner.php": {"shutdown"},
    "Outbox/Recorder.php": {"shutdown"},
    "Rest/Gatekeeper.php": {"shutdown"},
    "Core/Database.php": {"query"},
    "Core/LookOnly.php": {"query"},
    "Publish/Fence.php": {"query", "added_term_relationship", "deleted_term_relationships"},
    "Publish/KeptTexts.php": {"wp_insert_post_data"},
    "Publish/RowGuard.php": {"wp_insert_post_data"},
    "Publish/TermCounting.php": {"transition_post_status"},
    "Publish/MetaGuard.php": {
        "update_post_meta",
        "delete_post_meta",
        "added_post_meta",
        "updated_post_meta",
        "deleted_post_meta",
    },
    "Publish/PostWriter.php": {"transition_post_status", "wp_revisions_to_keep"},
    "Publish/Trash.php": {"wp_untrash_post_status"},
    "Core/Html.php": {"pre_kses", "safe_style_css"},
    "Media/Download.php": {"http_api_curl"},
}

NOT_CODE = re.compile(r"/\*.*?\*/|//[^\n]*|#[^\n]*|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.S)
NAME = re.compile(r"\\?[A-Za-z_]\w*(?:\\\w+)*")

FILES = sorted([*SOURCE.rglob("*.php"), *PLUGIN.glob("*.php")])
NAMESPACE = "Igny8\\Bridge\\"


def place_of(path: Path) -> str:
    return str(path.relative_to(SOURCE if SOURCE in path.parents else PLUGIN))


def room_of(path: Path) -> str:
    parts = Path(place_of(path)).parts
    return parts[0] if len(parts) > 1 else path.stem


def code_of(text: str) -> str:
    return NOT_CODE.sub(" ", text)


CLASSES = {
    NAMESPACE + place_of(path.with_suffix("")).replace("/", "\\"): room_of(path)
    for path in FILES
    if SOURCE in path.parents
}
RANK = {room: rank for rank, room in enumerate(room for floor in FLOORS for room in floor)}


def imports_of(text: str) -> dict[str, str]:
    """Full names by the names that a file uses, also `use A\\B as C;` and `use A\\{B, C as D};`."""
    found = {}
    for clause in re.findall(r"^\s*use\s+([\w\\{},\s]+?)\s*;", text, re.M):
        prefix, grouped, rest = clause.partition("{")
        for name in (rest.rstrip("} \n\t") if grouped else clause).split(","):
            full, _, alias = name.strip().partition(" as ")
            full = (prefix.strip() if grouped else "") + full.strip()
            found[alias.strip() or full.rsplit("\\", 1)[-1]] = full.lstrip("\\")
    return found


def rooms_named_by(path: Path, text: str) -> set[str]:
    """Rooms of the classes that a file names: imported, of its namespace, or in full.

    Callbacks that name a class in a string count, too.
    """
    imported = imports_of(text)
    own = re.search(r"^namespace ([\w\\]+);", text, re.M)
    here = own.group(1) + "\\" if own else ""
    named = set()
    for word in NAME.findall(code_of(text)):
        for candidate in (word.lstrip("\\"), here + word, imported.get(word, "")):
            if candidate in CLASSES:
                named.add(CLASSES[candidate])
    for string in re.findall(r"'(Igny8(?:\\{1,2}\w+)+)'", text):
        named.add(CLASSES[string.replace("\\\\", "\\")])
    return named - {room_of(path)}


def is_backwards(room: str, named: str) -> bool:
    return RANK[named] > RANK[room]


@pytest.mark.parametrize("path", FILES, ids=place_of)
def test_no_arrow_points_backwards(path: Path):
    if path.stem == "autoload":
        return
    room = room_of(path)
    assert room in RANK, f"{room} is not a room of the bridge"
    backwards = {
        named for named in rooms_named_by(path, path.read_text()) if is_backwards(room, named)
    }
    assert not backwards, f"{room} must not know {', '.join(sorted(backwards))}"


@pytest.mark.parametrize(
    "line",
    [
        "use Igny8\\Bridge\\Jobs\\Runner;\nRunner::soon();",
        "\\Igny8\\Bridge\\Jobs\\Runner::soon();",
        "$x = array( 'Igny8\\Bridge\\Jobs\\Runner', 'soon' );",
        "use Igny8\\Bridge\\Jobs\\{Loopback, Runner};\nRunner::soon();",
        "use Igny8\\Bridge\\{\n\tCore\\Clock,\n\tJobs\\Runner as Later,\n};\nLater::soon();",
        "use Igny8\\Bridge\\Core\\Clock, Igny8\\Bridge\\Jobs\\Runner;\nRunner::soon();",
    ],
)
def test_an_arrow_backwards_is_seen(line: str):
    text = "<?php\nnamespace Igny8\\Bridge\\Outbox;\n" + line
    assert "Jobs" in rooms_named_by(SOURCE / "Outbox/Made.php", text)
    assert is_backwards("Outbox", "Jobs")


def test_a_class_of_the_same_namespace_is_no_arrow():
    text = "<?php\nnamespace Igny8\\Bridge\\Outbox;\n$store = new Store();"
    assert rooms_named_by(SOURCE / "Outbox/Made.php", text) == set()


def test_hooks_stand_in_one_file():
    elsewhere = {}
    for path in FILES:
        place = place_of(path)
        hooks = set(re.findall(r"\badd_(?:action|filter)\(\s*'?([\w$]+)", path.read_text()))
        if hooks and place != "Plugin.php":
            elsewhere[place] = hooks
    assert elsewhere == PASSING_HOOKS


def test_hooks_name_their_callbacks():
    text = (SOURCE / "Plugin.php").read_text()
    calls = re.findall(r"add_(?:action|filter)\((.*)\);", text)
    assert calls
    assert all(re.search(r"array\( \w+::class, (?:'\w+'|\$method) \)", call) for call in calls)


# What reads the machine's clock by itself, and what does unless it is told a time.
READS_CLOCK = re.compile(
    r"(?<![\w:>])(?:time|microtime|hrtime|current_time|current_datetime|date_create|getdate"
    r"|localtime|new\s+\\?DateTime(?:Immutable)?)\s*\("
)
TOLD_A_TIME = re.compile(
    r"(?<![\w:>])(?:gmdate|date|wp_date|date_i18n|idate|mktime|strtotime)\s*\("
)


def arguments(code: str, begin: int) -> int:
    """How many arguments the call has whose bracket was opened right before `begin`."""
    depth, commas, end = 1, 0, begin
    while depth and end < len(code):
        depth += (code[end] in "([{") - (code[end] in ")]}")
        commas += depth == 1 and code[end] == ","
        end += 1
    return commas + 1


def clocks_in(text: str) -> list[str]:
    code = re.sub(r"function \w+", "", code_of(text))
    found = [match[0] for match in READS_CLOCK.finditer(code)]
    # A lone text is a moment that was written down; a lone format is now.
    return found + [
        match[0]
        for match in TOLD_A_TIME.finditer(code)
        if "strtotime" not in match[0] and arguments(code, match.end()) == 1
    ]


@pytest.mark.parametrize("path", FILES, ids=place_of)
def test_one_clock(path: Path):
    if path.stem != "Clock":
        assert clocks_in(path.read_text()) == []


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("gmdate( 'Y' );", True), ("date('H:i, s');", True),
        ("wp_date( get_option( 'x', 1 ) );", True),
        ("current_time( 'mysql' );", True), ("new DateTime( 'now' );", True),
        ("new \\DateTimeImmutable();", True), ("time();", True),
        ("gmdate( 'Y', Clock::now() );", False), ("wp_date( get_option( 'f' ), $time );", False),
        ("$this->date( $post );", False), ("self::time();", False),
    ],
)  # fmt: skip
def test_another_clock_is_seen(line: str, seen: bool):
    assert bool(clocks_in("<?php\n$x = " + line)) is seen


def test_nobody_makes_another_s_table():
    makers = {path.stem for path in FILES if "dbDelta" in code_of(path.read_text())}
    assert makers == {"Publications", "Store", "ImageIndex", "Ledger"}
