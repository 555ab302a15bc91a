"""Which of a site's keys is valid, and which one is sent."""

from igny8.sites.model import SiteKey, SiteKeys

DAY = 86_400


def key(name: str, **times: int) -> SiteKey:
    return SiteKey(name, name[-4:], f"cipher {name}", created_at=0, **times)


def names(keys: SiteKeys) -> list[str]:
    return [one.key_hmac for one in keys.keys]


def test_a_key_that_the_bridge_never_used_is_not_sent() -> None:
    keys = SiteKeys(1, 2, (key("a"),))
    assert keys.outbound(0) is None
    used = keys.marked_used("a", 5)
    assert used.outbound(6) == used.keys[0]
    assert used.marked_used("a", 9).keys[0].used_at == 5


def test_after_a_rotation_the_old_key_is_sent_until_the_new_one_was_used() -> None:
    keys = SiteKeys(1, 2, (key("a", used_at=1),)).rotated(key("b"), 10, DAY)
    assert [one.valid_until for one in keys.keys] == [10 + DAY, None]
    assert keys.outbound(11) == keys.keys[0]
    assert keys.marked_used("b", 12).outbound(13) == keys.keys[1].__class__(
        "b", "b", "cipher b", 0, used_at=12
    )
    assert keys.outbound(10 + DAY) is None


def test_a_second_rotation_does_not_lengthen_the_first_keys_life() -> None:
    keys = SiteKeys(1, 2, (key("a", used_at=1),)).rotated(key("b"), 10, DAY)
    twice = keys.rotated(key("c"), 20, DAY)
    assert names(twice) == ["a", "c"], "b was never used: it ends at once"
    assert twice.keys[0].valid_until == 10 + DAY
    assert names(twice.rotated(key("d"), 10 + DAY, DAY)) == ["d"]
    assert twice.version == 2


def test_of_the_used_keys_the_newest_two_live_on() -> None:
    keys = SiteKeys(1, 2)
    for number in range(5):
        keys = keys.rotated(key(str(number)), number, DAY).marked_used(str(number), number)
        assert keys is not None
    assert names(keys) == ["2", "3", "4"]
