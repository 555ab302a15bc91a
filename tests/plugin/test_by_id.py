"""Terms and featured images that are named by the ids that they have on the site."""

from typing import Any

import pytest

from .conftest import Bridge, article
from .pictures import Gallery, png


def term(bridge: Bridge, name: str, taxonomy: str = "category", under: int = 0) -> int:
    made: int = bridge.php(
        f"$t = wp_insert_term( '{name}', '{taxonomy}', array( 'parent' => {under} ) );"
        " return is_wp_error( $t ) ? $t->get_error_data() : $t['term_id'];"
    )
    return made


def terms_of(bridge: Bridge, post_id: int, taxonomy: str = "category") -> list[int]:
    ids: list[int] = bridge.php(
        f"$ids = wp_get_object_terms( {post_id}, '{taxonomy}', array( 'fields' => 'ids' ) );"
        " sort( $ids ); return $ids;"
    )
    return ids


def codes(data: dict[str, Any]) -> list[str]:
    """Of warnings but for the theme's."""
    found = [warning["code"] for warning in data["warnings"]]
    return [code for code in found if code != "featured_image_not_shown"]


def by_id(wordpress_id: int, *path: str) -> dict[str, Any]:
    return {"wordpress_id": wordpress_id, "path": list(path)}


def test_the_id_counts_whatever_the_name(bridge: Bridge):
    root = term(bridge, "Renamed root")
    leaf = term(bridge, "Renamed leaf", under=root)
    tag = term(bridge, "Renamed tag", "post_tag")
    data = bridge.published(
        categories=[by_id(leaf, "Root as it was", "Leaf as it was"), "By name", ["Path", "To"]],
        tags=[by_id(tag, "Tag as it was"), "Another"],
    )
    assert data["warnings"] == []
    assert leaf in terms_of(bridge, data["post_id"])
    assert tag in terms_of(bridge, data["post_id"], "post_tag")
    assert len(terms_of(bridge, data["post_id"])) == 3
    for name in ("Root as it was", "Leaf as it was", "Tag as it was"):
        assert bridge.php(f"return term_exists( '{name}' );") is None
    # Also where nothing may be made, and twice is once.
    data = bridge.published(categories=[by_id(leaf, "A"), by_id(leaf, "B")],
                            terms_policy="existing_only")  # fmt: skip
    assert (terms_of(bridge, data["post_id"]), data["warnings"]) == ([leaf], [])


def test_one_that_was_deleted_is_left_out_and_not_made_anew(bridge: Bridge):
    gone, tag = term(bridge, "Gone"), term(bridge, "Gone tag", "post_tag")
    stays = term(bridge, "Stays")
    bridge.php(
        f"return wp_delete_term( {gone}, 'category' ) && wp_delete_term( {tag}, 'post_tag' );"
    )
    data = bridge.published(
        categories=[by_id(gone, "Gone"), by_id(stays, "Stays")], tags=[by_id(tag, "Gone tag")]
    )
    assert codes(data) == ["term_deleted", "term_deleted"]
    assert [w["field"] for w in data["warnings"]] == ["categories", "tags"]
    assert terms_of(bridge, data["post_id"]) == [stays]
    assert terms_of(bridge, data["post_id"], "post_tag") == []
    for name in ("Gone", "Gone tag"):
        assert bridge.php(f"return term_exists( '{name}' );") is None
    # One of the same name that somebody has made since is it.
    anew = term(bridge, "Gone")
    data = bridge.published(categories=[by_id(gone, "Gone")])
    assert (terms_of(bridge, data["post_id"]), data["warnings"]) == ([anew], [])
    # But not one of the same name elsewhere in the tree.
    bridge.php(f"return wp_delete_term( {anew}, 'category' );")
    below = term(bridge, "Gone", under=stays)
    data = bridge.published(categories=[by_id(gone, "Gone")])
    assert codes(data) == ["term_deleted"]
    assert below not in terms_of(bridge, data["post_id"])


def test_an_id_of_another_taxonomy_proves_nothing(bridge: Bridge):
    """After a restored backup an id is another term's: then the names decide."""
    tag = term(bridge, "A tag by id", "post_tag")
    data = bridge.published(categories=[by_id(tag, "Made by path")])
    assert data["warnings"] == []
    [made] = terms_of(bridge, data["post_id"])
    assert bridge.php(f"return get_term( {made} )->name;") == "Made by path"
    data = bridge.published(categories=[by_id(tag, "Not made")], terms_policy="existing_only")
    assert codes(data) == ["term_skipped"]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("categories", {"wordpress_id": 1}),
        ("categories", {"wordpress_id": 0, "path": ["A"]}),
        ("categories", {"wordpress_id": "1", "path": ["A"]}),
        ("categories", {"wordpress_id": 1, "path": []}),
        ("categories", {"wordpress_id": 1, "path": "A"}),
        ("categories", {"wordpress_id": 1, "path": [7]}),
        ("categories", {"wordpress_id": 1, "path": ["A"], "name": "A"}),
        ("categories", {"path": ["A"]}),
        ("tags", ["A"]),
        ("tags", {"wordpress_id": 1, "path": ["A", "B"]}),
        ("tags", {"wordpress_id": 1.5, "path": ["A"]}),
    ],
)
def test_what_is_no_term_is_refused(bridge: Bridge, field: str, wrong: Any):
    answer = bridge.publish(**{field: [wrong]})
    assert answer.status_code == 422
    assert list(answer.json()["error"]["fields"]) == [field]


# --- Featured images ------------------------------------------------------------------------------


def thumbnail(bridge: Bridge, post_id: int) -> int:
    found: int = bridge.php(f"return (int) get_post_thumbnail_id( {post_id} );")
    return found


def test_an_image_of_the_site_is_featured_by_its_id(bridge: Bridge, gallery: Gallery):
    first = bridge.published(featured_image_url=gallery.put("one", png(90, 60)))
    image = thumbnail(bridge, first["post_id"])
    elsewhere = gallery.put("never-fetched", png(30, 30))
    asked = len(gallery.asked)
    # The one that is here is not fetched from anywhere.
    data = bridge.published(featured_image_id=image, featured_image_url=elsewhere)
    assert (thumbnail(bridge, data["post_id"]), codes(data)) == (image, [])
    assert len(gallery.asked) == asked
    # And it goes like one that was fetched.
    bridge.published(content_id=data["content_id"], rev=2, featured_image_url=None)
    assert thumbnail(bridge, data["post_id"]) == 0


@pytest.mark.parametrize("with_url", [True, False])
def test_what_is_no_image_of_the_site_is_not_featured(
    bridge: Bridge, gallery: Gallery, with_url: bool
):
    post = bridge.published()["post_id"]
    text: int = bridge.php(
        "return wp_insert_attachment( array( 'post_mime_type' => 'text/plain', 'post_title' => 'x'"
        " ), 'x.txt' );"
    )
    for wrong in (post, text, 987654):
        payload = article(featured_image_id=wrong)
        if with_url:
            payload["featured_image_url"] = gallery.put("fallback", png(90, 60, colour=7))
        data = bridge.published(**payload)
        assert codes(data) == ["featured_image_unknown"]
        assert bool(thumbnail(bridge, data["post_id"])) is with_url
    assert bridge.publish(featured_image_id="7").status_code == 422


def test_a_wrong_id_leaves_the_image_that_is_there(bridge: Bridge, gallery: Gallery):
    first = bridge.published(featured_image_url=gallery.put("stays", png(90, 60)))
    image = thumbnail(bridge, first["post_id"])
    bridge.published(content_id=first["content_id"], rev=2, featured_image_id=987654)
    assert thumbnail(bridge, first["post_id"]) == image
