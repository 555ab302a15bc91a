"""Releases and their catalogue, as they are kept."""

import json
from dataclasses import replace

import pytest
from igny8.core.errors import NotFound
from igny8.core.rows import ConditionLost
from igny8.core.table import DATA, plugin_partition
from igny8.distribution.manifest import canonical
from igny8.distribution.model import (
    MOST_VERSIONS,
    MOST_WHOLE,
    NEXT,
    NOTICE_MAX,
    SLUG,
    SUMMARY_MAX,
    URL_MAX,
    Advisory,
    Catalogue,
    Channel,
    Entry,
    Release,
    State,
)
from igny8.distribution.store import INDEX, IndexItem, ReleaseStore, _listed
from igny8.distribution.versions import Version

from tests.support.memory import MemoryTables
from tests.support.releases import NOT_AFTER, a_release


@pytest.fixture
def tables() -> MemoryTables:
    return MemoryTables()


def put(tables: MemoryTables, *releases: Release) -> ReleaseStore:
    store = ReleaseStore(tables)
    for release in releases:
        tables.commit(store.put_new(SLUG, release, store.catalogue(SLUG)))
    return store


def test_a_release_is_read_as_it_was_put(tables: MemoryTables) -> None:
    whole = a_release(
        min_from_version=Version.parse("1.9.0"),
        advisory=Advisory(severity="high", summary="Ünsafe", url="https://example.com/1"),
        rollout_percent=5,
        rollout_halted=True,
        upgrade_notice="Please update.",
        linted_with=("7.4.33", "8.2.12"),
    )
    store = put(tables, whole)
    assert store.get(SLUG, whole.version) == replace(whole, row_version=1)
    assert store.all(SLUG) == [replace(whole, row_version=1)]
    assert store.catalogue(SLUG).entries == (whole.entry,)
    with pytest.raises(NotFound):
        store.get(SLUG, Version.parse("9.9.9"))
    assert store.catalogue("another") == Catalogue()


def test_all_are_listed_newest_first(tables: MemoryTables) -> None:
    store = put(tables, *map(a_release, ("1.3.9", "1.3.10", "1.3.10-beta.2", "1.3.10-beta.10")))
    newest_first = ["1.3.10", "1.3.10-beta.10", "1.3.10-beta.2", "1.3.9"]
    assert [str(one.version) for one in store.all(SLUG)] == newest_first
    catalogue = store.catalogue(SLUG)
    assert [str(one.version) for one in catalogue.entries] == newest_first
    assert [one.channel for one in catalogue.entries] == ["stable", "beta", "beta", "stable"]
    assert catalogue.find(Version.parse("1.3.9")) == a_release("1.3.9").entry
    assert catalogue.find(Version.parse("1.3.8")) is None


def test_a_version_never_changes(tables: MemoryTables) -> None:
    store = put(tables, a_release())
    with pytest.raises(ConditionLost) as lost:
        tables.commit(store.put_new(SLUG, a_release(size=1), store.catalogue(SLUG)))
    assert set(lost.value.rows) == {"release"}
    assert store.get(SLUG, Version.parse("2.0.1")).size == 123_456


def test_two_versions_at_once_do_not_drop_each_other(tables: MemoryTables) -> None:
    store = put(tables, a_release("1.0.0"))
    seen = store.catalogue(SLUG)
    tables.commit(store.put_new(SLUG, a_release("1.0.1"), seen))
    with pytest.raises(ConditionLost) as lost:
        tables.commit(store.put_new(SLUG, a_release("1.0.2"), seen))
    assert set(lost.value.rows) == {"index"}
    assert [str(one.version) for one in store.all(SLUG)] == ["1.0.1", "1.0.0"], "all or none"


def test_a_change_of_what_was_changed_since_is_lost(tables: MemoryTables) -> None:
    store = put(tables, a_release())
    seen = store.get(SLUG, Version.parse("2.0.1"))
    tables.commit(store.change(SLUG, replace(seen, rollout_halted=True), store.catalogue(SLUG)))
    with pytest.raises(ConditionLost) as lost:
        tables.commit(store.change(SLUG, replace(seen, rollout_percent=50), store.catalogue(SLUG)))
    assert "release" in lost.value.rows
    now = store.get(SLUG, seen.version)
    assert (now.rollout_halted, now.rollout_percent, now.row_version) == (True, 100, 2)
    assert store.catalogue(SLUG).entries == (now.entry,)


def test_what_is_not_offered_is_known_by_its_state_alone(tables: MemoryTables) -> None:
    advisory = Advisory(severity="critical", summary="s", url="https://example.com")
    yanked = a_release(state=State.YANKED, advisory=advisory)
    store = put(tables, yanked)
    (entry,) = store.catalogue(SLUG).entries
    assert entry == Entry(version=yanked.version, state=State.YANKED, advisory=advisory)
    assert not entry.is_offered


def test_a_row_of_a_newer_version_is_read_for_what_is_known(tables: MemoryTables) -> None:
    store = put(tables, a_release())
    for sort, name in ((INDEX, "entries"), ("RELEASE#2.0.1", "release")):
        key = DATA.key(plugin_partition(SLUG), sort)
        row = dict(tables.get(DATA, key) or {})
        newer = row[name]["S"].replace('"version"', '"of_a_newer":1,"version"')
        assert newer != row[name]["S"]
        tables._rows["data"][plugin_partition(SLUG)][(plugin_partition(SLUG), sort)] = {
            **row, name: {"S": newer},
        }  # fmt: skip
    assert store.catalogue(SLUG).entries == (a_release().entry,)
    assert store.get(SLUG, Version.parse("2.0.1")) == a_release(row_version=1)


def test_the_catalogue_fits_into_a_row_at_its_worst() -> None:
    """400 KB are DynamoDB's; a letter is four bytes at most, and a quote is two."""
    texts = {
        "upgrade_notice": "\U0001f600" * NOTICE_MAX,
        "advisory": Advisory(
            severity="critical", summary="\U0001f600" * SUMMARY_MAX, url="https://" + "a" * URL_MAX
        ),
        "api_url": "https://" + "a" * 200,
        "update_host": "a" * 200,
        "rollout_percent": 99,
        "rollout_halted": True,
        "rollout_salt": "0" * 32,
        "signature": "0" * 88,
    }
    offered = [a_release(f"{n}.999999999.0-alpha.999999999", **texts) for n in range(MOST_WHOLE)]
    others = [
        Entry(version=Version(0, number, 0), state=State.DEPRECATED)
        for number in range(MOST_VERSIONS - MOST_WHOLE)
    ]
    catalogue = Catalogue(entries=[*(one.entry for one in reversed(offered)), *others])
    write = _listed(SLUG, offered[-1], catalogue)
    assert write.row is not None
    size = len(str(write.row["entries"]["S"]).encode())
    assert 200_000 < size < 390_000
    assert len(json.loads(write.row["entries"]["S"])) == MOST_VERSIONS
    assert IndexItem.entries.attr_name == "entries"


def test_the_oldest_beyond_the_most_are_not_offered() -> None:
    catalogue = Catalogue()
    for number in range(MOST_WHOLE + 2):
        catalogue = catalogue.with_release(a_release(f"1.{number}.0"))
    offered = [one for one in catalogue.entries if one.is_offered]
    assert len(offered) == MOST_WHOLE
    assert str(offered[-1].version) == "1.2.0"
    assert catalogue.entries[-1] == Entry(version=Version(1, 0, 0), state=State.DEPRECATED)


def test_channels_and_states() -> None:
    assert a_release().channel is Channel.STABLE
    assert a_release(state=State.BETA).channel is Channel.BETA
    assert a_release("2.0.1-rc.1").channel is Channel.BETA
    assert set(NEXT) == set(State)
    assert not NEXT[State.YANKED], "a yank is for good"
    assert all(State.DEVELOPMENT not in after for after in NEXT.values())


def test_the_manifest_byte_for_byte() -> None:
    release = a_release(min_from_version=Version.parse("1.9.0"), requires="5.8é")
    assert canonical(release, not_after=NOT_AFTER) == (
        '{"channel":"stable","min_from_version":"1.9.0","not_after":"2028-01-01T00:00:00.000Z",'
        '"released_at":"2026-01-01T00:00:00.000Z","requires":"5.8é","requires_php":"7.4",'
        f'"sha256":"{"a1" * 32}","size":123456,"slug":"igny8-wp-bridge","version":"2.0.1"}}'
    )
    assert '"min_from_version":null' in canonical(a_release(), not_after=NOT_AFTER)
