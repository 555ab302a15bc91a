"""The bridge's rooms know each other in one direction, and all its hooks stand in one file."""

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "plugins/wordpress/igny8-wp-bridge/src"

# A room may name those below it and, in its own row, those to its left.
FLOORS = [
    ("Core",),
    ("Connection",),
    ("Media", "Seo", "Publish", "Structure", "Outbox", "Update"),
    ("Jobs", "Admin", "Rest"),
    ("Plugin",),
]

# Hooks that live no longer than the work they surround, or that one request in many needs.
PASSING_HOOKS = {
    "Jobs/Runner.php": {"shutdown"},
    "Outbox/Recorder.php": {"shutdown"},
    "Rest/Gatekeeper.php": {"shutdown"},
    "Seo/Head.php": {"pre_get_document_title", "wp_head", "get_canonical_url"},
    "Publish/Fence.php": {"query"},
    "Publish/GuardedPost.php": {"wp_insert_post_data"},
    "Publish/PostWriter.php": {"wp_revisions_to_keep"},
    "Core/Html.php": {"pre_kses"},
    "Media/Download.php": {"http_api_curl"},
}

NOT_CODE = re.compile(r"/\*.*?\*/|//[^\n]*|#[^\n]*|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.S)
NAME = re.compile(r"\\?[A-Za-z_]\w*(?:\\\w+)*")

FILES = sorted(SOURCE.rglob("*.php"))
NAMESPACE = "Igny8\\Bridge\\"


def room_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).parts
    return parts[0] if len(parts) > 1 else path.stem


def code_of(text: str) -> str:
    return NOT_CODE.sub(" ", text)


CLASSES = {
    NAMESPACE + str(path.relative_to(SOURCE).with_suffix("")).replace("/", "\\"): room_of(path)
    for path in FILES
}
RANK = {room: rank for rank, room in enumerate(room for floor in FLOORS for room in floor)}


def rooms_named_by(path: Path, text: str) -> set[str]:
    """Rooms of the classes that a file names: imported, of its namespace, or in full.

    Callbacks that name a class in a string count, too.
    """
    imported = {
        name.rsplit("\\", 1)[-1]: name for name in re.findall(r"^use ([\w\\]+);", text, re.M)
    }
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


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
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
    ],
)
def test_an_arrow_backwards_is_seen(line: str):
    text = "<?php\nnamespace Igny8\\Bridge\\Outbox;\n" + line
    assert rooms_named_by(SOURCE / "Outbox/Made.php", text) == {"Jobs"}
    assert is_backwards("Outbox", "Jobs")


def test_a_class_of_the_same_namespace_is_no_arrow():
    text = "<?php\nnamespace Igny8\\Bridge\\Outbox;\n$store = new Store();"
    assert rooms_named_by(SOURCE / "Outbox/Made.php", text) == set()


def test_hooks_stand_in_one_file():
    elsewhere = {}
    for path in FILES:
        place = str(path.relative_to(SOURCE))
        hooks = set(re.findall(r"\badd_(?:action|filter)\(\s*'?([\w$]+)", path.read_text()))
        if hooks and place != "Plugin.php":
            elsewhere[place] = hooks
    assert elsewhere == PASSING_HOOKS


def test_hooks_name_their_callbacks():
    text = (SOURCE / "Plugin.php").read_text()
    calls = re.findall(r"add_(?:action|filter)\((.*)\);", text)
    assert calls
    assert all(re.search(r"array\( \w+::class, (?:'\w+'|\$method) \)", call) for call in calls)


def test_one_clock():
    for path in FILES:
        if path.stem != "Clock":
            code = code_of(path.read_text())
            code = re.sub(r"function \w+", "", code)
            assert not re.search(r"(?<![\w:>])(?:time|microtime|hrtime)\(", code), path


def test_nobody_makes_another_s_table():
    makers = {path.stem for path in FILES if "dbDelta" in code_of(path.read_text())}
    assert makers == {"Claims", "Store", "ImageIndex"}
