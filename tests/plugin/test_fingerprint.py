"""What counts as somebody's edit of a post: not that a term is gone, and never a guess."""

import re
from typing import Any

import pytest

from .conftest import Bridge


def update(bridge: Bridge, first: dict[str, Any], **fields: Any) -> Any:
    return bridge.publish(**{
        "content_id": first["content_id"], "rev": 2, "title": "Second", "post_id": first["post_id"],
        "base_fingerprint": first["fingerprint"], "categories": None, "tags": None, **fields,
    })  # fmt: skip


def delete_term(bridge: Bridge, name: str, taxonomy: str) -> None:
    gone = bridge.php(
        f"return wp_delete_term( get_term_by( 'name', '{name}', '{taxonomy}' )->term_id,"
        f" '{taxonomy}' );"
    )
    assert gone is True


BOTH = {"category": "categories", "post_tag": "tags"}


@pytest.mark.parametrize("taxonomy", BOTH)
@pytest.mark.parametrize("left", [["Stays"], []], ids=["one of two", "the only one"])
def test_a_deleted_term_is_nobodys_edit_of_its_posts(
    bridge: Bridge, taxonomy: str, left: list[str]
):
    mark = f"{taxonomy} {len(left)}"
    names = [f"{name} {mark}" for name in ["Goes", *left]]
    first = bridge.published(**{BOTH[taxonomy]: names})
    delete_term(bridge, names[0], taxonomy)
    answer = update(bridge, first)
    assert answer.status_code == 200, answer.text
    assert "terms" not in answer.json()["data"]
    # What is there now is what the next one is compared with.
    again = update(bridge, answer.json()["data"], rev=3, title="Third")
    assert again.status_code == 200, again.text


@pytest.mark.parametrize("taxonomy", BOTH)
@pytest.mark.parametrize("edit", ["title", "other", "added"])
def test_an_edit_beside_a_deleted_term_is_still_one(bridge: Bridge, taxonomy: str, edit: str):
    names = [f"{name} {taxonomy} {edit}" for name in ("Goes", "Stays")]
    first = bridge.published(**{BOTH[taxonomy]: names})
    delete_term(bridge, names[0], taxonomy)
    post = first["post_id"]
    left = f"get_term_by( 'name', '{names[1]}', '{taxonomy}' )->term_id"
    new = f"wp_insert_term( 'New {taxonomy} {edit}', '{taxonomy}' )['term_id']"
    bridge.php({
        "title": f"return wp_update_post( array( 'ID' => {post}, 'post_title' => 'Mine' ) );",
        "other": f"return wp_set_object_terms( {post}, array( {new} ), '{taxonomy}' );",
        "added": f"return wp_set_object_terms( {post}, array( {left}, {new} ), '{taxonomy}' );",
    }[edit])  # fmt: skip
    kept = [name for name in names if name != names[0]]
    answer = update(bridge, first, **{BOTH[taxonomy]: kept})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")


def test_the_default_category_is_an_edit_where_nothing_was_deleted(bridge: Bridge):
    first = bridge.published(categories=["Left by hand"])
    bridge.php(
        f"return wp_set_object_terms( {first['post_id']},"
        " array( (int) get_option( 'default_category' ) ), 'category' );"
    )
    assert update(bridge, first, categories=["Left by hand"]).status_code == 409


def older(bridge: Bridge, post_id: int, version: str) -> str:
    """The fingerprint that the first versions of the bridge would have taken."""
    fields = {"v1": "slugs", "v2": "ids"}[version]
    made: str = bridge.php(
        f"""$post = get_post( {post_id} );
        foreach ( array( 'category', 'post_tag' ) as $taxonomy ) {{
            $slugs = wp_get_object_terms( $post->ID, $taxonomy, array( 'fields' => '{fields}' ) );
            sort( $slugs ); $terms[ $taxonomy ] = $slugs; }}
        return '{version}:' . hash( 'sha256', wp_json_encode( array( $post->post_title,
            $post->post_content, $post->post_excerpt, $post->post_name, $terms,
            (int) get_post_thumbnail_id( $post ) ) ) ) . ':'
            . Igny8\\Bridge\\Seo\\Footprint::of( $post->ID );"""
    )
    return made


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_base_of_an_older_version_is_compared_in_its_own(bridge: Bridge, version: str):
    """Else every post would be in conflict after the upgrade."""
    first = bridge.published(tags=["Two", "One"], categories=["Older"])
    base = older(bridge, first["post_id"], version)
    edited = (
        f"return wp_update_post( array( 'ID' => {first['post_id']}, 'post_title' => 'Mine' ) );"
    )
    bridge.php(edited)
    answer = update(bridge, first, base_fingerprint=base)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert bridge.post(first["post_id"])["post_title"] == "Mine"
    base = older(bridge, first["post_id"], version)
    assert update(bridge, first, base_fingerprint=base).status_code == 200


def told(answer: Any) -> list[str]:
    """The groups that a conflict names."""
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict"), answer.text
    groups: list[str] = answer.json()["data"]["groups"]
    return groups


EVERYTHING = ["title", "body", "excerpt", "slug", "terms", "thumbnail", "meta", "seo"]
EDITS = {
    "title": "wp_update_post( array( 'ID' => {post}, 'post_title' => 'Mine' ) );",
    "body": "wp_update_post( array( 'ID' => {post}, 'post_content' => 'Mine' ) );",
    "excerpt": "wp_update_post( array( 'ID' => {post}, 'post_excerpt' => 'Mine' ) );",
    "slug": "wp_update_post( array( 'ID' => {post}, 'post_name' => 'mine-{post}' ) );",
    "terms": "wp_set_post_tags( {post}, array( 'Mine' ) );",
    "thumbnail": "update_post_meta( {post}, '_thumbnail_id', 1 );",
    "seo": "update_post_meta( {post}, '_igny8_seo_title', 'Mine' );",
}  # fmt: skip


def test_each_group_has_digits_of_its_own(bridge: Bridge):
    first = bridge.published(tags=["Ours"])
    assert re.fullmatch(r"v2:[0-9a-f]{112}:[A-Z]*[0-9a-f]{8}", first["fingerprint"])
    for number, edit in enumerate(EDITS, 1):
        bridge.php(EDITS[edit].format(post=first["post_id"]) + " return true;")
        whole = {"slug": "ours", "tags": ["Ours"], "featured_image_url": "", "seo_title": "Ours"}
        assert told(update(bridge, first, **whole)) == list(EDITS)[:number]


TOPICS = """add_action( 'init', static function () {
    register_taxonomy( 'topic', 'post', array( 'public' => true ) ); } );"""


def test_every_public_taxonomy_counts_and_none_that_comes_or_goes_with_its_plugin(bridge: Bridge):
    with bridge.beside(TOPICS):
        first = bridge.published(tags=["Ours"])
        bridge.php(f"return wp_set_object_terms( {first['post_id']}, array( 'Sea' ), 'topic' );")
        seen = bridge.content(first["content_id"]).json()["data"]["current_fingerprint"]
        assert seen != first["fingerprint"]
        second = update(bridge, first, tags=["Ours"], base_fingerprint=seen)
        assert second.status_code == 200, second.text
    third = update(bridge, second.json()["data"], rev=3, tags=["Ours"])
    assert third.status_code == 200, third.text
    with bridge.beside(TOPICS):
        fourth = update(bridge, third.json()["data"], rev=4, tags=["Ours"])
        assert fourth.status_code == 200, fourth.text
        assert [answer.json()["data"]["moved"] for answer in (second, third, fourth)] == [[]] * 3


BAD = [
    "v9:abc:def", "v1:older", "v2:", "nonsense", ":", "v0:x:y", "v2:" + "0" * 64 + ":S01234567",
    "v3:" + "0" * 112 + ":S01234567", "v1:" + "0" * 112 + ":S01234567",
    "v2:" + "A" * 112 + ":S01234567", "v2:" + "0" * 112 + ":", "v2:" + "0" * 112,
]  # fmt: skip


@pytest.mark.parametrize("base", BAD)
def test_a_base_that_nobody_can_read_is_a_conflict(bridge: Bridge, base: str):
    first = bridge.published()
    answer = update(bridge, first, base_fingerprint=base)
    assert set(told(answer)) <= set(EVERYTHING)
    assert {"title", "body"} <= set(told(answer))
    assert bridge.post(first["post_id"])["post_title"] == f"Article {first['content_id']}"
