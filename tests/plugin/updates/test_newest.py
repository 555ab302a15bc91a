"""The newest WordPress at hand: what its updater does that those before it did not."""

from .conftest import NEXT, NOW, Updates
from .releases import broken
from .test_installed import BY_ITSELF


def test_update_now(updates: Updates):
    updates.offer()
    updates.look()
    before = updates.errors()
    assert f"View version {NEXT} details" in updates.row()
    assert updates.update_now()["success"] is True
    assert updates.installed() == NEXT
    assert updates.errors() == before


def test_a_version_that_breaks_the_site_is_taken_back_and_told_of(updates: Updates):
    """Since 6.6 it looks whether the site still runs, after it updated a plugin by itself."""
    updates.shop.release(NEXT, broken(updates.package(NEXT)), updates.key)
    updates.php(
        f"update_site_option( 'auto_update_plugins', array( '{updates.file}' ) ); return 1;"
    )
    updates.php(f"{BY_ITSELF} return 1;")
    assert [path for path, *_ in updates.shop.asked if "/download/" in path]
    assert updates.installed() == NOW
    updates.php("do_action( 'igny8_report' ); return 1;")
    [error] = updates.shop.to("register")[0]["errors"]
    assert (error["code"], error["message"][:7]) == ("update_taken_back", f"{NEXT}: ")


def test_it_is_not_tried_again_by_itself_but_by_hand_and_the_next_one_is(updates: Updates):
    """It would break the site twice a day."""
    updates.shop.release(NEXT, broken(updates.package(NEXT)), updates.key)
    updates.php(
        f"update_site_option( 'auto_update_plugins', array( '{updates.file}' ) ); return 1;"
    )
    for _ in range(2):
        updates.php(f"{BY_ITSELF} return 1;")
        updates.php("do_action( 'igny8_report' ); return 1;")
    assert len([path for path, *_ in updates.shop.asked if "/download/" in path]) == 1
    assert f"View version {NEXT} details" in updates.row()
    updates.offer("2.2.0")
    updates.later(12 * 3600)
    updates.look()
    updates.php(f"{BY_ITSELF} return 1;")
    assert updates.installed() == "2.2.0"
