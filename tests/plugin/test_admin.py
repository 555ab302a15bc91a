"""Settings, IGNY8: what an owner sees and switches, by keyboard, reader and phone."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import requests

from .conftest import SITE_ID, Backend, Bridge

PAGE = "/wp-admin/options-general.php?page=igny8-wp-bridge"
ANSWER = json.dumps({"success": True, "data": {"id": 9, "integration_id": 9}})
BUTTONS = ["igny8_connect", "igny8_disconnect", "igny8_save", "igny8_sync", "igny8_site_moved",
           "igny8_site_copy"]  # fmt: skip


def log_in(url: str, user: str, password: str) -> requests.Session:
    browser = requests.Session()
    browser.trust_env = False
    browser.get(f"{url}/wp-login.php", timeout=60)
    form = {"log": user, "pwd": password, "testcookie": "1", "redirect_to": f"{url}/wp-admin/"}
    browser.post(f"{url}/wp-login.php", timeout=60, data=form)
    return browser


@pytest.fixture(scope="module")
def admin(unpaired: Bridge) -> Iterator[requests.Session]:
    site = unpaired.site
    with log_in(site.url, site.admin_user, site.admin_password) as browser:
        yield browser


@pytest.fixture
def connected(bridge: Bridge, backend: Backend) -> Bridge:
    """Connected to the stand-in, with every switch as it comes."""
    backend.answer = (200, ANSWER)
    bridge.php(
        "foreach ( array( 'igny8_switches', 'igny8_seo_output', 'igny8_structure_state',"
        " 'igny8_outbox_state', 'igny8_refused_key', 'igny8_last_error', 'igny8_erase_marks' )"
        " as $name ) { delete_option( $name ); }"
        " return Igny8\\Bridge\\Connection\\Pairing::connect("
        f" '{backend.url}', '{bridge.key}', {SITE_ID} );"
    )
    bridge.touched = True
    return bridge


def page(admin: requests.Session, bridge: Bridge) -> str:
    answer = admin.get(bridge.site.url + PAGE, timeout=60)
    assert answer.status_code == 200
    return answer.text


def form(text: str, action: str) -> str:
    return next(f for f in re.findall(r"<form.*?</form>", text, re.DOTALL) if f'"{action}"' in f)


def press(admin: requests.Session, bridge: Bridge, action: str, **fields: object) -> str:
    found = re.search(r'name="_wpnonce" value="(\w+)"', form(page(admin, bridge), action))
    assert found
    answer = admin.post(f"{bridge.site.url}/wp-admin/admin-post.php", timeout=60, data={
        "action": action, "_wpnonce": found[1], **fields})  # fmt: skip
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def shown(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.rsplit('id="igny8-state"', 1)[-1]))


def test_switches_are_kept_and_obeyed(connected: Bridge, admin: requests.Session):
    before = page(admin, connected)
    assert re.search(r'name="operations" value="1" +checked', before)
    assert not re.search(r'name="two_way" value="1" +checked', before)
    assert re.search(r'name="types\[\]" value="post" +checked', before)
    text = press(admin, connected, "igny8_save", two_way="1", author="1",
                 **{"types[]": ["page", "category"]})  # fmt: skip
    assert "Settings saved." in text
    assert "Publishing is paused." in text
    assert not re.search(r'name="types\[\]" value="post" +checked', text)
    assert re.search(r'name="types\[\]" value="page" +checked', text)
    stored = connected.php("return get_option( 'igny8_switches' );")
    assert (stored["operations"], stored["two_way"]) == (False, True)
    assert connected.php("return get_option( 'igny8_seo_output' );") == "0"
    refused = connected.publish()
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "paused")
    # What is here can still be asked, and the backend's probe hears of the pause.
    assert connected.call("GET", "status").json()["data"]["paused"] is True
    press(admin, connected, "igny8_save", operations="1", seo_output="1", author="1")
    assert connected.call("GET", "status").json()["data"]["paused"] is False
    assert connected.publish().status_code == 201


def test_only_who_may_publish_becomes_the_author(connected: Bridge, admin: requests.Session):
    users = connected.php(
        "foreach ( array( 'editor', 'subscriber' ) as $role ) { $all[] = wp_insert_user( array("
        " 'user_login' => \"s-$role\", 'user_pass' => 'x', 'role' => $role ) ); } return $all;"
    )
    press(admin, connected, "igny8_save", operations="1", author=users[0])
    press(admin, connected, "igny8_save", operations="1", author=users[1])
    assert connected.post(connected.published()["post_id"])["post_author"] == str(users[0])


def test_sync_now_sends_the_structure_and_says_how_it_went(
    connected: Bridge, admin: requests.Session, backend: Backend
):
    backend.seen.clear()
    text = press(admin, connected, "igny8_sync")
    assert "IGNY8 is up to date." in text
    sent = [body for path, _, body in backend.seen if "update-structure" in path]
    assert sent
    assert "post" in sent[0]["post_types"]
    backend.answer = (500, "{}")
    assert "IGNY8 did not take it." in press(admin, connected, "igny8_sync")


def test_states_in_plain_words(connected: Bridge, admin: requests.Session):
    assert "Connected." in page(admin, connected)
    connected.php("( new Igny8\\Bridge\\Connection\\Gate() )->stop();"
                  " return true;")  # fmt: skip
    assert "IGNY8 no longer accepts this key." in page(admin, connected)
    connected.option(igny8_refused_key=None, igny8_home="moc.elpmaxe.gro")
    text = page(admin, connected)
    assert "This site has another address than when it was connected." in text
    assert "org.example.com" in text
    assert "igny8_site_copy" in text
    text = press(admin, connected, "igny8_site_copy")
    assert "Not connected yet." in text
    assert connected.call("GET", "status").status_code == 403
    connected.option(igny8_home=None)


def test_a_restored_database_is_told_from_a_backend_that_is_down(
    connected: Bridge, admin: requests.Session, backend: Backend
):
    press(admin, connected, "igny8_save", operations="1", two_way="1", author="1",
          **{"types[]": ["post"]})  # fmt: skip
    frozen = {"success": False, "error": {"code": "sync_frozen", "message": "Restored."}}
    for answer, words in [
        ((409, json.dumps(frozen)), "restored from a backup, or copied"),
        ((503, "{}"), "may make outgoing connections"),
    ]:
        backend.answer = answer
        connected.php(
            "return wp_insert_post("
            " array( 'post_title' => 'By hand', 'post_status' => 'publish' ) );"
        )
        press(admin, connected, "igny8_sync")
        assert words in page(admin, connected)
    paired = {"id": 9, "integration_id": 9, "site_id": SITE_ID}
    backend.answer = (200, json.dumps({"success": True, "data": paired}))
    press(admin, connected, "igny8_connect", api_key="", api_url=backend.url, author="1")
    text = page(admin, connected)
    assert "Connected." in text
    assert "restored from" not in text


def test_what_the_ticks_are_for(connected: Bridge, admin: requests.Session):
    assert "take over existing posts of what is ticked" in page(admin, connected)


def test_latest_articles_and_what_became_of_them(connected: Bridge, admin: requests.Session):
    live = connected.published(title="Tea &amp; <em>water</em>")
    gone = connected.published(title="Not here any more")
    connected.php(f"return (bool) wp_delete_post( {gone['post_id']}, true );")
    text = page(admin, connected)
    assert "Tea &amp; water</a>" in text
    assert f"post={live['post_id']}&#038;action=edit" in text
    assert f"Content {gone['content_id']}" in shown(text)
    assert "deleted here" in text


def test_the_key_is_nowhere_on_the_page(connected: Bridge, admin: requests.Session):
    text = page(admin, connected)
    assert f"ends in {connected.key[-4:]}" in text
    assert connected.key not in text
    assert connected.key[:20] not in text


def test_every_button_wants_a_nonce_and_an_administrator(
    connected: Bridge, admin: requests.Session, backend: Backend
):
    connected.php(
        "return wp_insert_user( array( 'user_login' => 'mere', 'user_pass' => 'editor-pw',"
        " 'role' => 'editor' ) );"
    )
    connected.option(igny8_home="moc.elpmaxe.gro")
    nonces = {
        action: re.search(r'name="_wpnonce" value="(\w+)"', form(page(admin, connected), action))[1]
        for action in BUTTONS
    }
    snapshot = "return array_map( 'get_option', Igny8\\Bridge\\Core\\Options::ALL );"
    before = connected.php(snapshot)
    target = f"{connected.site.url}/wp-admin/admin-post.php"
    backend.seen.clear()
    with log_in(connected.site.url, "mere", "editor-pw") as editor:
        assert editor.get(connected.site.url + PAGE, timeout=60).status_code == 403
        for action in BUTTONS:
            fields = {"action": action, "api_url": backend.url, "_wpnonce": nonces[action]}
            assert editor.post(target, data=fields, timeout=60).status_code == 403, action
            connected.http.post(target, data=fields, timeout=60)
            del fields["_wpnonce"]
            assert admin.post(target, data=fields, timeout=60).status_code == 403, action
            # Another button's nonce opens nothing.
            fields["_wpnonce"] = nonces[BUTTONS[BUTTONS.index(action) - 1]]
            assert admin.post(target, data=fields, timeout=60).status_code == 403, action
    assert connected.php(snapshot) == before
    assert backend.seen == []
    connected.option(igny8_home=None)


class Labels(HTMLParser):
    """Collects what fields there are and what names them."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[dict[str, str | None]] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.described: list[str] = []
        self._label_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.described += (found.get("aria-describedby") or "").split()
        self.described += (found.get("aria-labelledby") or "").split()
        if tag == "label":
            self._label_depth += 1
            self.labelled.add(found.get("for") or "")
        hidden = found.get("type") in {"hidden", "submit"}
        if tag in {"input", "select", "textarea"} and not hidden:
            self.fields.append({**found, "inside": "1" if self._label_depth else None})

    def handle_endtag(self, tag: str) -> None:
        self._label_depth -= tag == "label"


def test_every_field_has_a_label_and_every_id_is_one(connected: Bridge, admin: requests.Session):
    text = page(admin, connected).split('<h1>')[1].split('id="wpfooter"')[0]  # fmt: skip
    labels = Labels()
    labels.feed(text)
    assert len(labels.fields) > 8
    for field in labels.fields:
        assert field["inside"] or field.get("id") in labels.labelled, field
    assert len(labels.ids) == len(set(labels.ids))
    assert set(labels.described) <= set(labels.ids)
    assert 'aria-live="polite"' in text


@pytest.mark.parametrize("ignored", [[], ["capability", "capability__in", "role__in"]])
def test_the_author_box_lists_who_may_publish(
    connected: Bridge, admin: requests.Session, ignored: list[str]
):
    """WordPress before 5.9 does not know how to choose users by what they may do."""
    made = connected.php(
        "foreach ( array( 'author', 'subscriber', 'contributor' ) as $role ) { $all[] ="
        f" wp_insert_user( array( 'user_login' => \"box{len(ignored)}-$role\","
        " 'user_pass' => 'x', 'role' => $role ) ); } return $all;"
    )
    listed = connected.php(
        f"""$ignored = array_flip( {json.dumps(ignored)} );
        add_filter( 'wp_dropdown_users_args', static function ( $args ) use ( $ignored ) {{
            return array_diff_key( $args, $ignored ); }} );
        require_once ABSPATH . 'wp-admin/includes/template.php';
        ob_start(); ( new Igny8\\Bridge\\Admin\\SettingsForm() )->show(); return ob_get_clean();"""
    )
    offered = re.findall(r"<option value='(\d+)'", listed)
    assert str(made[0]) in offered
    assert "1" in offered
    assert not {str(made[1]), str(made[2])} & set(offered)


def test_the_page_has_a_heading_for_each_part(connected: Bridge, admin: requests.Session):
    heads = re.findall(r"<h[23][^>]*>([^<]+)</h[23]>", page(admin, connected))
    wanted = ["Connection", "Status", "Latest articles", "Settings", "Switches", "Site structure",
              "Disconnect"]  # fmt: skip
    assert [head for head in heads if head in wanted] == wanted


def test_disconnect_asks_first(connected: Bridge, admin: requests.Session):
    text = page(admin, connected)
    assert "Forget the key?" in form(text, "igny8_disconnect")
    assert 'data-igny8-confirm=""' in form(text, "igny8_sync")
    script = connected.http.get(
        f"{connected.site.url}/wp-content/plugins/igny8-wp-bridge/assets/settings.js", timeout=60
    ).text
    assert "window.confirm( confirm )" in script


def test_the_last_problem_goes_when_it_works_again(
    connected: Bridge, admin: requests.Session, backend: Backend
):
    remember = "Igny8\\Bridge\\Core\\Options::remember_error( '{}', 'It broke.' ); return true;"
    connected.php(remember.format("internal_error"))
    assert "It broke." in page(admin, connected)
    press(admin, connected, "igny8_sync")  # another thing that works
    assert "It broke." in page(admin, connected)
    assert connected.publish().status_code == 201
    assert "It broke." not in page(admin, connected)
    assert connected.call("GET", "status").json()["data"]["last_error"] is None
    connected.php(remember.format("invalid_api_key"))
    connected.php("( new Igny8\\Bridge\\Connection\\Gate() )->passed(); return true;")
    assert "It broke." not in page(admin, connected)


def test_seo_plugins_are_called_by_their_names(connected: Bridge):
    shown_names = connected.php(
        "define( 'WPSEO_VERSION', '22.0' ); return Igny8\\Bridge\\Seo\\Plugins::names();"
    )
    assert shown_names == ["Yoast SEO"]


def test_a_text_for_the_privacy_policy_is_suggested(connected: Bridge, admin: requests.Session):
    guide = admin.get(f"{connected.site.url}/wp-admin/privacy-policy-guide.php", timeout=60)
    assert guide.status_code == 200
    assert "IGNY8 Bridge" in guide.text
    assert "display name of the editor" in guide.text
