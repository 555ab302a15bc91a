"""The bridge's template for translators holds every text that it shows."""

from local import translations


def test_template_is_up_to_date():
    """`make plugin-pot` writes it anew."""
    assert translations.TEMPLATE.read_text(encoding="utf-8") == translations.template()


def test_texts_notes_and_plurals(tmp_path):
    (tmp_path / "a.php").write_text(
        "<?php\n/* translators: %s: a name. */\n"
        "echo sprintf( __( 'It\\'s \"%s\"', 'igny8-wp-bridge' ), $x );\n"
        "esc_html_e( 'Connect', 'igny8-wp-bridge' );\n"
        "_n( 'one', '%d many', $n, 'igny8-wp-bridge' );\n"
        "__( 'Connect', 'igny8-wp-bridge' ); __( 'theirs', 'other-domain' );\n"
    )
    made = translations.template(tmp_path)
    assert '#. translators: %s: a name.\n#: a.php:3\nmsgid "It\'s \\"%s\\""\nmsgstr ""\n' in made
    assert '#: a.php:4\n#: a.php:6\nmsgid "Connect"\n' in made
    assert 'msgid "one"\nmsgid_plural "%d many"\nmsgstr[0] ""\nmsgstr[1] ""\n' in made
    assert "theirs" not in made
