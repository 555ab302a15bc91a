"""WordPress's own rules for plugins, where no package brings them (docs/adr: the PHP checks).

An exception is named where it stands, as the WordPress Coding Standards have it: a comment
``phpcs:ignore WordPress.<rule> -- why`` on the line or above it, or ``phpcs:disable`` until
``phpcs:enable``. Parts of SQL that are not values are listed here with what makes them safe.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.php import (
    Code,
    Lexeme,
    calls,
    lexemes,
    methods,
    shown,
    split,
    until,
    without_comments,
)

PLUGIN = Path(__file__).parents[2] / "plugins/wordpress/igny8-wp-bridge"
FILES = sorted(PLUGIN.rglob("*.php"))
DOMAIN = "'igny8-wp-bridge'"

ESCAPING = re.compile(
    r"esc_(html|attr|url|js|textarea|xml)(__|_x)?|absint|intval|wp_kses(_post|_data)?"
    r"|checked|selected|disabled|readonly"
)
TRANSLATES = re.compile(r"(?:esc_(?:html|attr))?(?:__|_e|_x)|_ex|_n|_nx|_n_noop|_nx_noop")
DOMAIN_AT = {"__": 2, "_e": 2, "_x": 3, "_ex": 3, "_n": 4, "_nx": 5, "_n_noop": 3, "_nx_noop": 4}
ASKS_DATABASE = re.compile(r"query|prepare|get_var|get_row|get_col|get_results")
TABLES = re.compile(r"\$wpdb->\w+|\$this->table|\$table")
INTERPOLATED = re.compile(r"\{?\$\w+(?:->\w+)?(?:\[[^\]]*\])?\}?")
NONCES = {"check_admin_referer", "check_ajax_referer", "wp_verify_nonce"}
PERSONS_INPUT = {"$_POST", "$_GET", "$_REQUEST", "$_FILES"}

SAFE_SQL = {
    ("src/Media/ImageIndex.php", "$marks"): "one %s a hash",
    ("src/Media/ImageIndex.php", "implode(', ',$values)"): "each was prepared",
    ("src/Outbox/Store.php", "Table::numbers($seqs)"): "prepared",
    ("src/Publish/LostRows.php", "$in"): "integers",
    ("src/Publish/Posts.php", "$in"): "one %s a post type",
    ("src/Publish/TermMaking.php", "$marks"): "one %s a name",
    ("src/Publish/LostRows.php", "implode(', ',$rows)"): "each was prepared",
    ("src/Publish/Publications.php", "Table::numbers($post_ids)"): "prepared",
    ("src/Publish/Publications.php", "implode(', ',$values)"): "each was prepared",
    ("src/Seo/AllInOne.php", "Table::numbers($post_ids)"): "prepared",
    ("src/Structure/Ledger.php", "Table::numbers($post_ids)"): "prepared",
    ("src/Structure/Ledger.php", "implode(', ',$values)"): "each was prepared",
    ("src/Structure/Ledger.php", "$ours"): "a table",
    ("src/Structure/PostBatch.php", "Table::numbers($ids)"): "prepared",
    ("src/Structure/PostQuery.php", "$marks"): "one %s a status",
    ("src/Structure/PostQuery.php", "$condition"): "one of ours, with a mark",
    ("src/Structure/PostQuery.php", "$this->from"): "prepared",
}
IGNORE = re.compile(r"phpcs:(ignore|disable|enable)\s*(.*?)(?:\s*--\s*(.*?))?\s*(?:\*/)?$", re.S)

Finding = tuple[int, str, str]  # line, rule, what


def findings_of(text: str, name: str = "some.php") -> list[str]:
    """What a file does that WordPress's rules forbid, but for what is excepted by name."""
    everything = lexemes(text)
    code = without_comments(everything)
    found = [*_outputs(code), *_queries(code, name), *_inputs(code), *_translations(code)]
    excepted = _exceptions(everything)
    return [
        f"{name}:{line}: {rule}: {what}"
        for line, rule, what in sorted(found)
        if not any(line in lines and _covers(to, rule) for to, lines in excepted)
    ]


def _covers(excepted: str, rule: str) -> bool:
    """Whether an exception names the rule, a part of it, or what it is a part of."""
    return rule.startswith(excepted) or excepted.startswith(rule)


def _exceptions(code: Code) -> list[tuple[str, set[int]]]:
    """Rules and the lines on which they do not count. One that gives no reason is none.

    Of SQL no file is excepted whole: each statement is looked at.
    """
    found: list[tuple[str, set[int]]] = []
    began: dict[str, int] = {}
    for one in code:
        match = IGNORE.search(one.text) if one.kind == "comment" else None
        if match is None:
            continue
        verb, named, why = match.groups()
        rules = re.split(r",\s*", named.strip()) if why else []
        if verb == "ignore":
            found += [(rule, {one.line, one.line + 1}) for rule in rules if rule]
        elif verb == "disable":
            began |= {rule: one.line for rule in rules if not rule.startswith("WordPress.DB")}
        else:
            found += [(rule, set(range(line, one.line))) for rule, line in began.items()]
            began.clear()
    last = code[-1].line + 1 if code else 0
    return found + [(rule, set(range(line, last))) for rule, line in began.items() if rule]


# --- What is printed -----------------------------------------------------------------------------


def _outputs(code: Code) -> Iterator[Finding]:
    rule = "WordPress.Security.EscapeOutput"
    for number, one in enumerate(code):
        named = number and code[number - 1].text in {"->", "::", "function"}
        if one.text in {"echo", "print"} and not named:
            printed = until(code, number + 1, ";")
            for part in split(printed, ","):
                for bad in _unescaped(part):
                    yield one.line, rule, shown(bad)
    for number, name, arguments in calls(code, re.compile(r"v?printf|_ex?")):
        if name.startswith("_"):
            yield code[number].line, rule, f"{name}() prints what translators wrote"
        for argument in arguments if "printf" in name else []:
            for bad in _unescaped(argument):
                yield code[number].line, rule, shown(bad)


def _unescaped(code: Code) -> Iterator[Code]:
    """The parts of an expression that reach the page as they are."""
    if _is_wrapped(code):
        yield from _unescaped(code[1:-1])
        return
    chosen = split(code, "?")
    if len(chosen) > 1:
        for branch in split([one for part in chosen[1:] for one in part], ":"):
            yield from _unescaped(branch)
        return
    for part in split(code, "."):
        if not _is_harmless(part):
            if _is_wrapped(part) or len(split(part, "?")) > 1:
                yield from _unescaped(part)
            else:
                yield part


def _is_wrapped(code: Code) -> bool:
    if not code or code[0].text != "(":
        return False
    return len(until(code, 1, "")) == len(code) - 2


def _is_harmless(code: Code) -> bool:
    if not code:
        return True
    if len(code) == 1:
        one = code[0]
        literal = one.kind == "string" and (one.text[0] == "'" or "$" not in one.text)
        return literal or one.kind == "number"
    if [one.text for one in code[:3]] == ["(", "int", ")"]:
        return True
    call = next(calls(code, re.compile(r".*")), None)
    if call is None or call[0] != 0 or len(until(code, 2, "")) != len(code) - 3:
        return False
    if call[1] == "sprintf":
        return not [bad for argument in call[2] for bad in _unescaped(argument)]
    return ESCAPING.fullmatch(call[1]) is not None


# --- What is asked of the database ---------------------------------------------------------------


def _queries(code: Code, name: str) -> Iterator[Finding]:
    extents = list(methods(code))
    for number, _, arguments in calls(code, ASKS_DATABASE):
        if number < 2 or shown(code[number - 2 : number]) != "$wpdb->" or not arguments:
            continue
        around = [code[start:end] for _, start, end in extents if start < number < end] or [code]
        for bad in _unprepared(arguments[0]):
            if (name, bad) not in SAFE_SQL and not _is_prepared(bad, around[0]):
                yield code[number].line, "WordPress.DB.PreparedSQL", bad


def _is_prepared(variable: str, code: Code) -> bool:
    """Whether a function gives it nothing but what was prepared."""
    given = [
        shown(code[number + 1 : number + 6])
        for number, one in enumerate(code)
        if one.text == variable and shown(code[number + 1 : number + 2]) in {"=", ".="}
    ]
    return bool(given) and all(one == "=$wpdb->prepare(" for one in given)


def _unprepared(sql: Code) -> Iterator[str]:
    """What of a statement is neither written out, nor a table, nor prepared."""
    for part in split(sql, "."):
        if shown(part[:4]) == "$wpdb->prepare(" and len(until(part, 4, "")) == len(part) - 5:
            continue
        if len(part) == 1 and part[0].kind == "string":
            if part[0].text[0] == '"':
                names = (found.strip("{}") for found in INTERPOLATED.findall(part[0].text))
                yield from (one for one in names if not TABLES.fullmatch(one))
        elif not TABLES.fullmatch(shown(part)):
            yield shown(part)


# --- What a person sends, and what is translated -------------------------------------------------


def _inputs(code: Code) -> Iterator[Finding]:
    extents = list(methods(code))
    checking = NONCES | {
        name for name, start, end in extents if NONCES & {one.text for one in code[start:end]}
    }
    for number, one in enumerate(code):
        if one.text not in PERSONS_INPUT:
            continue
        start = max((s for _, s, end in extents if s < number < end), default=0)
        before: list[Lexeme] = list(code[start:number])
        if not any(called in checking for _, called, _ in calls(before, re.compile(r"\w+"))):
            yield one.line, "WordPress.Security.NonceVerification", one.text


def _translations(code: Code) -> Iterator[Finding]:
    for number, name, arguments in calls(code, TRANSLATES):
        if number and code[number - 1].text in {"->", "::"}:
            continue
        kind = re.sub(r"^esc_(html|attr)", "", name)
        if len(arguments) != DOMAIN_AT[kind] or shown(arguments[-1]) != DOMAIN:
            yield code[number].line, "WordPress.WP.I18n", f"{name}() without {DOMAIN}"
        for text in arguments[: 2 if kind.startswith("_n") else 1]:
            literal = len(text) == 1 and text[0].kind == "string"
            if not literal or (text[0].text[0] == '"' and "$" in text[0].text):
                yield code[number].line, "WordPress.WP.I18n", f"{name}( {shown(text)} )"


# --- The plugin ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PLUGIN)))
def test_the_plugin_keeps_wordpresss_rules(path: Path) -> None:
    assert findings_of(path.read_text(), str(path.relative_to(PLUGIN))) == []


def test_every_part_of_sql_that_is_excepted_is_there() -> None:
    said = {
        (str(path.relative_to(PLUGIN)), bad)
        for path in FILES
        for _, _, arguments in calls(without_comments(lexemes(path.read_text())), ASKS_DATABASE)
        if arguments
        for bad in _unprepared(arguments[0])
    }
    assert SAFE_SQL.keys() <= said


# --- The rules themselves ------------------------------------------------------------------------

BAD = [
    "echo $title;",
    "echo '<p>' . $title . '</p>';",
    "echo esc_html( $a ), $b;",
    'echo "<p>$title</p>";',
    "echo $yes ? esc_html( $a ) : $b;",
    "echo '<p>' . ( $yes ? $a : '' ) . '</p>';",
    "echo esc_html( $a ) . $b;",
    "echo get_the_title();",
    "echo __( 'Words', 'igny8-wp-bridge' );",
    "print $title;",
    "printf( '<p>%s</p>', $title );",
    "printf( $format, esc_html( $title ) );",
    "echo sprintf( '<p>%s</p>', $title );",
    "?><p><?= $title ?></p><?php",
    "?><p><?php echo $title ?></p><?php",
    "_e( 'Words', 'igny8-wp-bridge' );",
    '$wpdb->query( "DELETE FROM $wpdb->posts WHERE ID = $id" );',
    '$wpdb->query( "DELETE FROM $wpdb->posts WHERE ID = {$post->ID}" );',
    "$wpdb->get_var( 'SELECT 1 FROM ' . $name );",
    "$wpdb->get_row( $sql );",
    '$wpdb->get_col( $wpdb->prepare( "SELECT 1 FROM $wpdb->posts WHERE ID = $id AND %s", 1 ) );',
    "$wpdb->get_results( $wpdb->prepare( 'SELECT %d', 1 ) . $order );",
    "function a() { $q = 'SELECT ' . $b; $wpdb->query( $q ); $q = $wpdb->prepare( '%d', 1 ); }",
    "function a() { $q = $wpdb->prepare( '%d', 1 ); $q .= $order; $wpdb->query( $q ); }",
    "function a() { $q = $wpdb->prepare( '%d', 1 ); } function b() { $wpdb->query( $q ); }",
    "function save() { update_option( 'a', $_POST['a'] ); }",
    "function show() { return $_GET['a']; }",
    "function save() { $a = $_POST['a']; check_admin_referer( 'save' ); }",
    "function one() { check_admin_referer( 'one' ); } function two() { return $_REQUEST['a']; }",
    "__( 'Words' );",
    "__( 'Words', 'default' );",
    "__( $words, 'igny8-wp-bridge' );",
    "__( \"$words\", 'igny8-wp-bridge' );",
    "esc_html__( 'Words' );",
    "_n( 'One', 'Many', $n );",
    "_n( 'One', $many, $n, 'igny8-wp-bridge' );",
    "echo $a; // phpcs:ignore WordPress.DB -- the wrong rule.",
    "// phpcs:ignore WordPress.Security -- only the next line.\n\necho $a;",
    "// phpcs:disable WordPress.Security -- for a while.\n// phpcs:enable\necho $a;",
    "// phpcs:ignore WordPress.Security\necho $a;",
    "// phpcs:disable WordPress.DB -- all of it.\n$wpdb->query( $sql );",
]
GOOD = [
    "echo 'plain', \"\\n\", 7;",
    "echo '<p>' . esc_html( $a ) . '</p>' . absint( $b );",
    "echo (int) $a;",
    "echo esc_html( sprintf( 'x %s', $a ) );",
    "echo sprintf( '<b>%s</b>', esc_html( $a ) );",
    "echo $yes ? 'a' : esc_attr( $b );",
    "echo '<p>' . ( $link ? '<a href=\"' . esc_url( $link ) . '\">' : '' ) . '</p>';",
    "// echo $title;\n$a = 'echo $b;';",
    "?><p>it's <?= esc_html( $title ) ?></p><?php",
    "printf( '<p class=\"%s\">%s</p>', 'a' === $b ? 'c' : 'd', esc_html( $e ) );",
    "$out = fopen( 'php://output' ); $this->print( $title );",
    "$wpdb->query( 'DELETE FROM x' );",
    '$wpdb->query( "DELETE FROM $this->table WHERE a = 1" );',
    '$wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM $wpdb->posts WHERE ID = %d", $id ) );',
    "function a() { $q = $wpdb->prepare( '%d', 1 ); $wpdb->query( $q ); }",
    "$wpdb->insert( $table, array( 'a' => $b ) );",
    "$other->query( $anything );",
    "function save() { check_admin_referer( 'save' ); return absint( $_POST['a'] ); }",
    "function a() { self::b(); return $_POST['a']; } function b() { check_admin_referer( 'a' ); }",
    "__( 'Words', 'igny8-wp-bridge' );",
    "_n( 'One', 'Many', $n, 'igny8-wp-bridge' );",
    "_x( 'Words', 'where', 'igny8-wp-bridge' );",
    "echo $a; // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- JSON.",
    "// phpcs:ignore WordPress.Security -- why.\necho $a;",
    "// phpcs:disable WordPress.Security -- for a while.\necho $a;\necho $b;\n// phpcs:enable",
]


@pytest.mark.parametrize("code", BAD)
def test_what_is_forbidden_is_found(code: str) -> None:
    assert findings_of(f"<?php\n{code}\n")


@pytest.mark.parametrize("code", GOOD)
def test_what_is_allowed_is_not(code: str) -> None:
    assert findings_of(f"<?php\n{code}\n") == []
