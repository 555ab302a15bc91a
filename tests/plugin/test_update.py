"""Everything that can be wanted of a post that is there: update, take down, bring back, move."""

import pytest

from .conftest import Bridge, new_id

DAY = "2099-01-31T12:00:00+02:00"


def later(first: dict, rev: int, **fields) -> dict:
    """The next order for a post, as the backend sends it."""
    known = {"content_id": first["content_id"], "post_id": first["post_id"],
             "base_fingerprint": first["fingerprint"]}  # fmt: skip
    return {**known, "rev": rev, **fields}


def refusal(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_down_into_the_trash_and_back_to_the_same_address(bridge: Bridge):
    first = bridge.published(slug="comes-back", title="Comes back", tags=["kept"])
    down = bridge.published(**later(first, 2, post_status="trash", title="Comes back"))
    assert (down["post_id"], down["post_status"]) == (first["post_id"], "trash")
    assert (down["warnings"], down["altered"]) == ([], [])
    assert bridge.http.get(first["post_url"], timeout=60).status_code == 404
    there = bridge.content(first["content_id"]).json()["data"]
    assert (there["state"], there["rev"], there["post_status"]) == ("done", 2, "trash")
    assert there["current_fingerprint"] == first["fingerprint"]
    # A late message of the first intent brings nothing back.
    late = bridge.published(content_id=first["content_id"], rev=1)
    assert (late["replayed"], late["post_status"]) == (True, "trash")
    # The same order again changes nothing, a newer one for the same is obeyed.
    again = bridge.published(content_id=first["content_id"], rev=2, post_status="trash")
    assert again["replayed"] is True
    assert bridge.published(**later(down, 3, post_status="trash"))["post_status"] == "trash"
    back = bridge.published(**later(down, 4, title="Back again", slug="comes-back", tags=["kept"]))
    assert (back["post_id"], back["post_status"]) == (first["post_id"], "publish")
    assert (back["post_url"], back["altered"]) == (first["post_url"], [])
    assert bridge.posts_of(first["content_id"]) == [first["post_id"]]


def test_what_a_person_trashed_after_we_brought_it_back_stays_down(bridge: Bridge):
    first = bridge.published()
    bridge.published(**later(first, 2, post_status="trash"))
    bridge.published(content_id=first["content_id"], rev=3)
    bridge.php(
        f"wp_trash_post( {first['post_id']} );"
        f" return update_post_meta( {first['post_id']}, '_wp_trash_meta_time', time() + 3600 );"
    )
    answer = bridge.publish(content_id=first["content_id"], rev=4)
    assert refusal(answer) == (410, "gone")
    assert answer.json()["data"]["post_status"] == "trash"  # a person may bring it back
    # It is where it is wanted already: nothing to do.
    assert bridge.published(**later(first, 5, post_status="trash"))["post_status"] == "trash"


def test_what_we_trashed_and_a_person_brought_back_is_theirs(bridge: Bridge):
    first = bridge.published(title="As it was")
    down = bridge.published(**later(first, 2, post_status="trash"))
    bridge.php(
        f"wp_untrash_post( {first['post_id']} ); return wp_update_post( array("
        f" 'ID' => {first['post_id']}, 'post_title' => 'Mine now' ) );"
    )
    assert refusal(bridge.publish(**later(down, 3))) == (409, "conflict")
    assert bridge.post(first["post_id"])["post_title"] == "Mine now"


def test_where_the_trash_is_switched_off_nothing_is_deleted(bridge: Bridge):
    first = bridge.published()
    config = bridge.site.path / "wp-config.php"
    before = config.read_text()
    config.write_text(before.replace("<?php", "<?php define( 'EMPTY_TRASH_DAYS', 0 );", 1))
    try:
        down = bridge.published(**later(first, 2, post_status="trash"))
    finally:
        config.write_text(before)
    assert down["post_status"] == "draft"
    assert [warning["code"] for warning in down["warnings"]] == ["trash_disabled"]
    assert down["altered"] == ["post_status"]


def test_nothing_there_to_take_down(bridge: Bridge):
    content_id = new_id()
    answer = bridge.publish(content_id=content_id, post_status="trash")
    assert refusal(answer) == (410, "gone")
    assert answer.json()["data"] == {"content_id": content_id, "post_status": "deleted", "rev": 1}
    assert bridge.content(content_id).status_code == 404


def test_unpublish_to_draft_and_live_again_with_a_new_date(bridge: Bridge):
    first = bridge.published()
    draft = bridge.published(**later(first, 2, post_status="draft"))
    assert (draft["post_id"], draft["post_status"]) == (first["post_id"], "draft")
    assert bridge.published(**later(draft, 3))["post_status"] == "publish"


def test_a_scheduled_post_moves_floats_and_goes_live(bridge: Bridge):
    first = bridge.published(post_status="future", publish_at=DAY)
    post_id = first["post_id"]
    assert bridge.post(post_id)["post_date_gmt"] == "2099-01-31 10:00:00"
    at = f"return wp_next_scheduled( 'publish_future_post', array( {post_id} ) );"
    assert bridge.php(at) == 4073536800
    sooner = later(first, 2, post_status="future", publish_at="2098-12-24T18:30:00Z")
    moved = bridge.published(**sooner)
    assert (moved["post_status"], moved["altered"]) == ("future", [])
    stored = bridge.post(post_id)
    assert stored["post_date_gmt"] == "2098-12-24 18:30:00"
    assert bridge.php(at) == 4070284200
    floating = bridge.published(**later(moved, 3, post_status="draft"))
    assert bridge.post(post_id)["post_date_gmt"] == "0000-00-00 00:00:00"
    assert bridge.php(at) is False
    bridge.published(**later(floating, 4, post_status="future", publish_at=DAY))
    live = bridge.published(content_id=first["content_id"], rev=5)
    assert (live["post_status"], live["altered"]) == ("publish", [])


def test_dates_are_gmt_whatever_the_site_thinks_of_time(bridge: Bridge):
    zone = bridge.php("return get_option( 'timezone_string' );")
    bridge.option(timezone_string="America/New_York")
    try:
        data = bridge.published(post_status="future", publish_at="2031-07-01T12:00:00Z")
        past = bridge.published(post_status="future", publish_at="2001-07-01T12:00:00Z")
    finally:
        bridge.option(timezone_string=zone)
    stored = bridge.post(data["post_id"])
    assert stored["post_date_gmt"] == "2031-07-01 12:00:00"
    assert stored["post_date"] == "2031-07-01 08:00:00"
    # A time that is over already: WordPress publishes at once, and the answer says so.
    assert (past["post_status"], past["altered"]) == ("publish", ["post_status"])


def test_author_by_login_email_or_id(bridge: Bridge):
    made = bridge.php(
        """foreach ( array( 'editor', 'author', 'subscriber' ) as $role ) {
        $all[] = wp_insert_user( array( 'user_login' => "a-$role", 'user_pass' => 'x',
            'user_email' => "$role@example.org", 'role' => $role ) ); } return $all;"""
    )
    editor, author, subscriber = made
    for who in ("a-editor", "editor@example.org", str(editor), editor):
        data = bridge.published(author=who)
        assert data["warnings"] == []
        assert bridge.post(data["post_id"])["post_author"] == str(editor)
    for who in ("nobody", subscriber, "subscriber@example.org", 987654):
        data = bridge.published(author=who)
        assert [warning["code"] for warning in data["warnings"]] == ["author_unknown"]
        assert bridge.post(data["post_id"])["post_author"] == "1"
    # An author may publish posts, but no pages.
    page = bridge.published(author=author, post_type="page")
    assert [warning["field"] for warning in page["warnings"]] == ["author"]
    # An update without a wish keeps who is there; one with a wish changes it.
    first = bridge.published(author=author)
    kept = bridge.published(**later(first, 2, title="Kept"))
    assert bridge.post(first["post_id"])["post_author"] == str(author)
    bridge.published(**later(kept, 3, author=editor))
    assert bridge.post(first["post_id"])["post_author"] == str(editor)


TYPES = """<?php
add_action( 'init', static function () {
    register_post_type( 'test_recipe', array( 'public' => true, 'label' => 'Recipes',
        'supports' => array( 'title', 'editor', 'revisions' ), 'taxonomies' => array( 'category' ) ) );
    register_post_type( 'test_secret', array( 'public' => false, 'label' => 'Secrets' ) );
    register_post_type( 'test_bare', array( 'public' => true, 'supports' => array( 'title' ) ) );
    register_post_type( 'test_closed', array( 'public' => true, 'label' => 'Closed' ) );
} );
add_filter( 'igny8_post_types', static function ( $types ) {
    return array_merge( array_diff( $types, array( 'test_closed' ) ), array( 'not_there' ) );
} );
"""  # noqa: E501


@pytest.fixture
def types(bridge: Bridge):
    plugin = bridge.site.path / "wp-content" / "mu-plugins" / "test-types.php"
    plugin.write_text(TYPES)
    yield
    plugin.unlink()


@pytest.mark.usefixtures("types")
def test_public_post_types_and_no_others(bridge: Bridge):
    data = bridge.published(post_type="test_recipe", categories=["Soup"], cluster="Warm")
    assert data["warnings"] == []
    stored = bridge.post(data["post_id"])
    assert (stored["post_type"], stored["post_status"]) == ("test_recipe", "publish")
    assert bridge.published(post_type="page")["warnings"] == []
    before = bridge.counts()
    for kind in ("test_secret", "test_bare", "test_closed", "not_there", "attachment", "revision",
                 "nav_menu_item", "wp_block", "wp_template", "custom_css", "oembed_cache",
                 "user_request", "wp_navigation", "any", ""):  # fmt: skip
        answer = bridge.publish(post_type=kind)
        assert refusal(answer) == (422, "not_supported"), kind
        assert list(answer.json()["error"]["fields"]) == ["post_type"]
    assert bridge.counts() == before


def test_clusters_and_sectors(bridge: Bridge):
    def terms(post_id: int, taxonomy: str) -> list:
        return bridge.php(
            f"foreach ( wp_get_object_terms( {post_id}, '{taxonomy}' ) as $term ) {{"
            " $all[] = array( $term->name, get_term_meta( $term->term_id, '_igny8_id', true )"
            " ); } return $all;"
        )

    first = bridge.published(cluster="Green & tea", cluster_id=11, sector="Drinks", sector_id=2)
    assert first["warnings"] == []
    assert terms(first["post_id"], "igny8_cluster") == [["Green &amp; tea", "11"]]
    assert terms(first["post_id"], "igny8_sector") == [["Drinks", "2"]]
    # The same id is the same cluster, also under a new name; the same name with another id is not.
    renamed = bridge.published(cluster="Tea", cluster_id=11, terms_policy="none")
    assert terms(first["post_id"], "igny8_cluster") == [["Tea", "11"]]
    assert terms(renamed["post_id"], "igny8_cluster") == [["Tea", "11"]]
    other = bridge.published(cluster="Tea", cluster_id=12)
    assert terms(other["post_id"], "igny8_cluster") == [["Tea", "12"]]
    # Known by its id alone; one that is not known is said.
    by_id = bridge.published(cluster_id=12)
    assert terms(by_id["post_id"], "igny8_cluster") == [["Tea", "12"]]
    unknown = bridge.published(cluster_id=13)
    assert [warning["field"] for warning in unknown["warnings"]] == ["cluster"]
    # What an update leaves out stays; what it names replaces.
    kept = bridge.published(**later(first, 2, cluster="Water", cluster_id=14))
    assert terms(first["post_id"], "igny8_cluster") == [["Water", "14"]]
    assert terms(kept["post_id"], "igny8_sector") == [["Drinks", "2"]]
    # Nobody outside sees them.
    rest = f"{bridge.site.url}/wp-json/wp/v2"
    assert bridge.http.get(f"{rest}/igny8_cluster", timeout=60).status_code == 404
    assert "igny8_cluster" not in bridge.http.get(f"{rest}/taxonomies", timeout=60).text
    assert bridge.php("return is_taxonomy_viewable( 'igny8_cluster' );") is False


def test_the_default_category_goes_when_ours_come(bridge: Bridge):
    def names(post_id: int) -> list[str]:
        return bridge.php(
            f"return wp_get_object_terms( {post_id}, 'category', array( 'fields' => 'names' ) );"
        )

    assert names(bridge.published(categories=["Own"])["post_id"]) == ["Own"]
    assert names(bridge.published(categories=[])["post_id"]) == ["Uncategorized"]
    assert names(bridge.published(categories=None)["post_id"]) == ["Uncategorized"]
    assert names(bridge.published(categories=["Own"], terms_policy="none")["post_id"]) == [
        "Uncategorized"
    ]
    nowhere = bridge.published(categories=["Nowhere at all"], terms_policy="existing_only")
    assert names(nowhere["post_id"]) == ["Uncategorized"]


def test_one_name_under_two_parents_is_two_categories(bridge: Bridge):
    first = bridge.published(categories=[["North", "Towns"], ["South", "Towns"]])
    paths = bridge.php(
        f"foreach ( wp_get_object_terms( {first['post_id']}, 'category' ) as $term ) {{"
        " $all[] = get_term( $term->parent )->name . ' > ' . $term->name; } sort( $all );"
        " return $all;"
    )
    assert paths == ["North > Towns", "South > Towns"]


def test_an_update_leaves_alone_what_is_the_sites_own(bridge: Bridge):
    first = bridge.published(content_html="<p>first</p>")
    post_id = first["post_id"]
    bridge.php(
        f"""stick_post( {post_id} ); update_post_meta( {post_id}, 'own_field', 'own' );
        set_post_format( {post_id}, 'aside' ); return wp_update_post( array( 'ID' => {post_id},
        'comment_status' => 'closed', 'ping_status' => 'closed', 'post_password' => 'pw',
        'menu_order' => 7 ) );"""
    )
    data = bridge.published(**later(first, 2, content_html="<p>second</p>"))
    assert data["post_status"] == "publish"
    left = bridge.php(
        f"return array( is_sticky( {post_id} ), get_post_meta( {post_id}, 'own_field', true ),"
        f" get_post_format( {post_id} ), get_post( {post_id} )->comment_status,"
        f" get_post( {post_id} )->ping_status, get_post( {post_id} )->post_password,"
        f" get_post( {post_id} )->menu_order );"
    )
    assert left == [True, "own", "aside", "closed", "closed", "pw", 7]


def test_a_persons_text_is_in_the_revisions_before_it_is_overwritten(bridge: Bridge):
    first = bridge.published(content_html="<p>ours</p>")
    bridge.php(
        "remove_action( 'wp_after_insert_post', 'wp_save_post_revision_on_insert', 9 );"
        " remove_action( 'post_updated', 'wp_save_post_revision', 10 );"
        f" return wp_update_post( array( 'ID' => {first['post_id']},"
        " 'post_content' => '<p>theirs</p>' ) );"
    )
    bridge.published_over(content_id=first["content_id"], rev=2, content_html="<p>ours again</p>")
    kept = bridge.php(
        f"return wp_list_pluck( array_values( wp_get_post_revisions( {first['post_id']} ) ),"
        " 'post_content' );"
    )
    assert "<p>theirs</p>" in kept


def test_a_live_post_stays_live_during_an_update(bridge: Bridge):
    first = bridge.published()
    seen = bridge.php(
        f"""$tell = static function ( $new, $old, $post ) use ( &$seen ) {{
            if ( {first["post_id"]} === $post->ID ) {{ $seen[] = "$old-$new"; }} }};
        add_action( 'transition_post_status', $tell, 10, 3 );
        $request = new WP_REST_Request( 'POST', '/igny8/v1/publish' );
        $request->set_header( 'Content-Type', 'application/json' );
        $request->set_header( 'Authorization', 'Bearer {bridge.key}' );
        $request->set_body( '{{"content_id":{first["content_id"]},"rev":2,"title":"T",
            "content_html":"<p>n</p>"}}' );
        rest_get_server()->dispatch( $request ); return $seen;"""
    )
    assert seen == ["publish-publish"]


def test_conflict_names_both_fingerprints_and_take_down_respects_it_too(bridge: Bridge):
    first = bridge.published()
    bridge.php(
        f"return wp_update_post( array( 'ID' => {first['post_id']}, 'post_excerpt' => 'Mine' ) );"
    )
    for status in ("publish", "draft", "trash"):
        answer = bridge.publish(**later(first, 2, post_status=status))
        assert refusal(answer) == (409, "conflict")
        facts = answer.json()["data"]
        assert facts["base_fingerprint"] == first["fingerprint"]
        assert facts["current_fingerprint"] != first["fingerprint"]
    assert bridge.post(first["post_id"])["post_status"] == "publish"


def test_open_editor_locks_also_with_one_administrator_only(bridge: Bridge):
    """The one who edits is the one in whose name we write: core's own check overlooks that."""
    users = bridge.php("return get_users( array( 'role' => 'administrator', 'fields' => 'ID' ) );")
    assert len(users) == 1
    first = bridge.published(author=int(users[0]))
    bridge.php(
        f"return update_post_meta( {first['post_id']}, '_edit_lock', time() . ':{users[0]}' );"
    )
    for fields in ({"title": "Later"}, {"post_status": "trash"}):
        answer = bridge.publish(**later(first, 2, **fields))
        assert refusal(answer) == (423, "locked")
        assert int(answer.headers["Retry-After"]) > 0
    bridge.php(
        f"return update_post_meta( {first['post_id']}, '_edit_lock', ( time() - 151 ) . ':1' );"
    )
    assert bridge.published(**later(first, 2, title="Later"))["rev"] == 2


def test_altered_names_what_is_stored_otherwise(bridge: Bridge):
    bridge.published(slug="taken")
    data = bridge.published(slug="taken", title="<script>x</script>Fine")
    assert sorted(data["altered"]) == ["slug", "title"]
    other = bridge.published(**later(data, 2, post_type="page", title="Fine", slug="taken-2"))
    assert other["altered"] == ["post_type"]
