"""The backend says that the site was deleted there: the key is forgotten, the posts stay."""

from .conftest import Bridge


def test_a_deleted_site_forgets_its_key_keeps_its_posts_and_says_why(bridge: Bridge):
    post_id = bridge.published()["post_id"]
    try:
        answer = bridge.call("POST", "disconnect", json={})
        assert answer.json()["data"] == {"disconnected": True}
        assert bridge.php("return Igny8\\Bridge\\Core\\Options::api_key();") == ""
        assert bridge.call("GET", "status").json()["error"]["code"] == "not_paired"
        assert bridge.php(f"return get_post_status( {post_id} );") == "publish"
        attempt = bridge.php("return get_option( 'igny8_last_attempt' );")
        assert attempt["code"] == "deleted_there"
        assert "deleted in IGNY8" in attempt["message"]
    finally:
        bridge.option(igny8_api_key=bridge.key, igny8_last_attempt=None)
