"""Some sixty posts of every kind, as PHP that makes them in a WordPress."""

import base64
import json
from typing import Any

TEXT = "<p>Words.</p>"
BLOCK = "<!-- wp:paragraph -->\n<p>Words of {}.</p>\n<!-- /wp:paragraph -->"
KINDS: dict[str, dict[str, Any]] = {
    **{
        f"block {number}": {
            "post_title": f"Block & <em>{number}</em>",
            "post_content": BLOCK.format(number),
            "post_category": ["child"],
            "tags_input": [f"Tag {number}", "C++"],
        }
        for number in range(40)
    },
    "classic": {"post_content": 'One.\n\nAnother & <strong>one</strong>.\n\n[gallery ids="1"]'},
    "script": {"post_content": "<p>Before</p>\n<script>alert(1)</script>\n<p>After</p>"},
    "frame": {"post_content": '<p>x</p><iframe src="https://example.com/"></iframe>'},
    "svg": {"post_content": '<p>x</p><svg viewBox="0 0 1 1"><path d="M0 0"/></svg>'},
    "no title": {"post_title": ""},
    "no text": {"post_content": ""},
    "cyrillic": {"post_title": "Чай и кофе 🍵", "post_content": "<p>Чай 🍵</p>"},
    "password": {"post_password": "open"},
    "private": {"post_status": "private"},
    "future": {"post_status": "future", "post_date": "2099-01-01 12:00:00"},
    "builder": {"post_content": "<div>x</div>", "meta_input": {"_elementor_edit_mode": "builder"}},
    "key": {"post_content": "<p>Bearer abc, igny8_live_0123456789, X-Amz-Signature=abc</p>"},
    "image": {"meta_input": {"_thumbnail_id": "image"}},
    "large": {"post_content": f"<p>{'Many words. ' * 80_000}</p>"},
    "page": {"post_type": "page"},
    "below": {"post_type": "page", "post_parent": "page"},
    "draft": {"post_status": "draft"},
    "pending": {"post_status": "pending"},
    "trash": {"post_status": "trash"},
}
LEFT_OUT = {"draft", "pending", "trash"}
MAKE = r"""
$term_of = static function ( $term ) {  // or it is there already
    return is_wp_error( $term ) ? (int) $term->get_error_data( 'term_exists' ) : $term['term_id'];
};
$top = $term_of( wp_insert_term( 'Drinks & "more"', 'category' ) );
$child = $term_of( wp_insert_term( 'Tea', 'category', array( 'parent' => $top ) ) );
$ids = array( 'child' => $child );
$ids['image'] = wp_insert_post( array(
    'post_type' => 'attachment', 'post_status' => 'inherit', 'post_title' => 'A cup',
    'post_mime_type' => 'image/png', 'meta_input' => array(
        '_wp_attached_file' => '2026/01/cup.png', '_wp_attachment_image_alt' => 'A cup of "tea"',
) ) );
$named = static function ( $value ) use ( &$ids ) {
    return is_string( $value ) && isset( $ids[ $value ] ) ? $ids[ $value ] : $value;
};
foreach ( $kinds as $name => $kind ) {
    foreach ( array( 'post_category', 'meta_input' ) as $list ) {
        if ( isset( $kind[ $list ] ) ) { $kind[ $list ] = array_map( $named, $kind[ $list ] ); }
    }
    $kind['post_parent'] = $named( isset( $kind['post_parent'] ) ? $kind['post_parent'] : 0 );
    $made[ $name ] = wp_insert_post( wp_slash( $kind ), true );
    if ( is_wp_error( $made[ $name ] ) ) { return $made[ $name ]->get_error_message(); }
    if ( 'page' === $name ) { $ids['page'] = $made[ $name ]; }
}
return $made;
"""


def making() -> str:
    """PHP that makes them and returns their ids, by what they are."""
    usual = {"post_status": "publish", "post_type": "post", "post_content": TEXT}
    kinds = {name: {**usual, "post_title": name, **kind} for name, kind in KINDS.items()}
    packed = base64.b64encode(json.dumps(kinds).encode()).decode()
    return f"$kinds = json_decode( base64_decode( '{packed}' ), true );{MAKE}"
