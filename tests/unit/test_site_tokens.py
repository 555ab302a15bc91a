"""Tokens in addresses of downloads: whose they are, for how long, and what else is sent there."""

import base64

import pytest
from igny8.core.keys import KeyHasher
from igny8.distribution.tokens import Holder, SiteTokens

from tests.support.clock import FrozenClock

SLUG = "igny8-wp-bridge"
SITE = Holder(2**53 - 2, 2**53 - 1)
SEVEN = Holder(5, 7)


def tokens(clock: FrozenClock, secret: bytes = b"one") -> SiteTokens:
    return SiteTokens(secret=lambda _purpose: secret, clock=clock)


def test_a_token_names_its_site_for_thirty_days() -> None:
    clock = FrozenClock()
    token = tokens(clock).make(SLUG, SITE)
    assert len(token) < 128
    assert token.replace("_", "").replace("-", "").replace(".", "").isalnum()
    clock.advance(days=29, hours=23)
    assert tokens(clock).read(SLUG, token) == SITE
    clock.advance(hours=1)
    assert tokens(clock).read(SLUG, token) is None


def test_a_token_of_another_plugin_secret_site_or_time_is_none() -> None:
    clock = FrozenClock()
    token = tokens(clock).make(SLUG, SEVEN)
    form, account, site, time, mark = token.split(".")
    assert tokens(clock).read("another", token) is None
    assert tokens(clock, b"two").read(SLUG, token) is None
    assert tokens(clock).read(SLUG, ".".join((form, account, "8", time, mark))) is None
    assert (
        tokens(clock).read(SLUG, ".".join((form, account, site, str(int(time) + 1), mark))) is None
    )
    assert tokens(clock).read(SLUG, ".".join((form, account, f"0{site}", time, mark))) is None
    assert tokens(clock).read(SLUG, ".".join((form, site, account, time, mark))) is None
    assert tokens(clock).read(SLUG, token) == SEVEN


@pytest.mark.parametrize(
    "token",
    [
        None, "", "v1", "v1...", "v1.5.7.9.", "v2.5.7.99999999999.x", "v1.5.-7.99999999999.x",
        "v1.5.7.9" + "9" * 5_000 + ".x", "v1.5." + "7" * 5_000 + ".99.x", "v1.5.٧.99999999999.x",
        "." * 500, "v1.5.7.99999999999." + "é" * 40, "v1.5.7.99999999999.\udcff", "\x00",
        "v1.0.0.0.x", "v1....", "v1.....x",
    ],
)  # fmt: skip
def test_what_is_no_token_is_none(token: str | None) -> None:
    assert tokens(FrozenClock()).read(SLUG, token) is None


def test_the_secret_is_drawn_from_the_pepper_as_rfc_5869_says() -> None:
    hasher = KeyHasher(lambda: None, "")  # type: ignore[arg-type,return-value]
    hasher._pepper = b"pepper"
    drawn = hasher.derived("igny8 site tokens v1")
    assert drawn == base64.b64decode(EXPECTED)
    assert hasher.derived("another") != drawn


EXPECTED = "IhPM3/qnVmQhH8Wrha33lMvwFRKywunnPmysd9xmqEE="
