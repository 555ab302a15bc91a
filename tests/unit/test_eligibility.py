"""Which version a site is offered, and what is said of the one that it has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from igny8.distribution.eligibility import (
    LONGEST_VERSION,
    RULES,
    Asker,
    Installed,
    Standing,
    offered,
    suits,
)
from igny8.distribution.model import Advisory, Channel, Entry, State
from igny8.distribution.versions import Version, compare_loosely

from tests.support.releases import entry

BETA = Channel.BETA


def told(*entries: Entry, **asker: object) -> str | None:
    found = offered(entries, Asker(**asker))  # type: ignore[arg-type]
    return found and str(found.version)


def test_the_tenth_patch_is_newer_than_the_ninth() -> None:
    assert told(entry("1.3.10"), entry("1.3.9"), installed="1.3.9") == "1.3.10"
    assert told(entry("1.3.10"), entry("1.3.9"), installed="1.3.10") is None


def test_who_leaves_the_beta_channel_is_offered_nothing_lower() -> None:
    entries = [entry("1.5.0-beta.4"), entry("1.5.0-beta.3"), entry("1.4.2")]
    assert told(*entries, installed="1.5.0-beta.3", channel=BETA) == "1.5.0-beta.4"
    assert told(*entries, installed="1.5.0-beta.3") is None
    assert told(entry("1.5.0"), *entries, installed="1.5.0-beta.3") == "1.5.0"


@pytest.mark.parametrize(
    ("wordpress", "php", "wanted"),
    [
        ("5.9", "8.2", "2.1.0"),
        ("5.9.10", "8.2.12-1+deb12", "2.1.0"),
        ("6.8-alpha-59000", "8.2", "3.0.0"),
        ("6.8-RC1", "8.2", "3.0.0"),
        ("6.7.2", "8.2", "2.2.0"),
        ("6.8", "7.4.33", "2.1.0"),
        ("5.5", "8.2", None),
        ("", "", "3.0.0"),
    ],
)
def test_a_site_gets_the_newest_that_it_can_run(
    wordpress: str, php: str, wanted: str | None
) -> None:
    entries = [
        entry("3.0.0", requires="6.8", requires_php="8.1"),
        entry("2.2.0", requires="6.0", requires_php="8.0"),
        entry("2.1.0", requires="5.6", requires_php="7.4"),
        entry("2.0.0", requires="5.6", requires_php="7.4"),
    ]
    assert told(*entries, installed="2.0.0", wordpress=wordpress, php=php) == wanted


@pytest.mark.parametrize(
    ("state", "stable", "beta"),
    [
        (State.DEVELOPMENT, False, False),
        (State.BETA, False, True),
        (State.RELEASED, True, True),
        (State.DEPRECATED, False, False),
        (State.YANKED, False, False),
    ],
)
def test_what_state_is_offered_in_which_channel(state: State, stable: bool, beta: bool) -> None:
    assert suits(entry("2.0.0", state), Asker()) is stable
    assert suits(entry("2.0.0", state), Asker(channel=BETA)) is beta
    assert not suits(entry("2.0.0-rc.1", state), Asker())


@pytest.mark.parametrize(
    ("installed", "can"), [("1.9.9", False), ("2.0.0", True), ("2.0.0-rc.1", False), ("", False)]
)
def test_a_version_that_follows_only_some_is_offered_to_no_others(
    installed: str, can: bool
) -> None:
    newest = entry("3.0.0", min_from_version="2.0.0")
    wanted = "3.0.0" if can else "2.5.0"
    assert told(newest, entry("2.5.0"), installed=installed) == wanted


def test_a_halted_version_is_offered_to_nobody() -> None:
    halted = entry("2.1.0", rollout_halted=True)
    assert told(halted, entry("2.0.1"), installed="2.0.0", integration_id=7) == "2.0.1"


@pytest.mark.parametrize("percent", [0, 5, 99.99])
def test_who_is_not_known_is_asked_last(percent: float) -> None:
    assert not suits(entry("2.1.0", rollout_percent=percent), Asker())
    assert suits(entry("2.1.0", rollout_percent=100), Asker())


def test_each_rule_can_decide_alone() -> None:
    """One that never refused would be missed by nobody."""
    refused = {
        "_is_offered": (entry("2.0.0", State.YANKED), Asker()),
        "_is_of_its_channel": (entry("2.0.0-beta.1"), Asker()),
        "_runs_on_its_wordpress": (entry("2.0.0", requires="6.8"), Asker(wordpress="6.7")),
        "_runs_on_its_php": (entry("2.0.0", requires_php="8.4"), Asker(php="8.3.9")),
        "_can_follow_what_it_has": (entry("2.0.0", min_from_version="1.0.0"), Asker()),
        "_has_reached_it": (entry("2.0.0", rollout_percent=0), Asker()),
    }
    assert {rule.__name__ for rule in RULES} == set(refused)
    for name, (one, asker) in refused.items():
        assert [rule.__name__ for rule in RULES if not rule(one, asker)] == [name]


ADVISORY = Advisory(severity="high", summary="Lets anybody publish", url="https://example.com/1")


@pytest.mark.parametrize(
    ("known", "standing"),
    [
        (entry("2.0.0"), Standing.OK),
        (entry("2.0.0", State.BETA), Standing.OK),
        (entry("2.0.0", State.DEPRECATED), Standing.DEPRECATED),
        (entry("2.0.0", State.DEPRECATED, advisory=ADVISORY), Standing.VULNERABLE),
        (entry("2.0.0", advisory=ADVISORY), Standing.VULNERABLE),
        (entry("2.0.0", State.YANKED, advisory=ADVISORY), Standing.YANKED),
        (entry("2.0.1"), Standing.UNKNOWN),
    ],
)
def test_what_is_said_of_what_a_site_has(known: Entry, standing: str) -> None:
    assert Installed.among([known], "2.0.0").standing == standing
    assert Installed.among([known], "v2.0.0").standing == Standing.UNKNOWN


VERSIONS = st.builds(
    lambda numbers, rest: ".".join(map(str, numbers)) + rest,
    st.tuples(*[st.integers(0, 12)] * 3),
    st.sampled_from(["", "-alpha.1", "-beta.2", "-rc.3"]),
)
ANYTHING = st.one_of(
    VERSIONS,
    st.text(max_size=LONGEST_VERSION),
    st.from_regex(r"[0-9]{50,64}(\.[0-9]+)?", fullmatch=True).map(lambda t: t[:LONGEST_VERSION]),
)


@given(st.lists(VERSIONS, max_size=8, unique=True), ANYTHING, ANYTHING, ANYTHING)
def test_whatever_a_site_tells_it_is_never_offered_what_wordpress_would_call_lower(
    versions: list[str], installed: str, wordpress: str, php: str
) -> None:
    entries = [entry(one) for one in versions]
    asker = Asker(installed=installed, wordpress=wordpress, php=php, channel=BETA)
    found = offered(entries, asker)
    if found is None:
        return
    assert compare_loosely(str(found.version), installed) > 0
    assert found.version == max(Version.parse(one) for one in versions)
