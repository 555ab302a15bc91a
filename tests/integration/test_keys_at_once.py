"""Making, revoking and pairing a site's keys in real threads: none lives that nobody can revoke."""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from igny8.core.table import DATA
from igny8.sites.store import KEYS_TABLE
from igny8.syncing.store import to_plan

from tests.support.meeting import Meeting
from tests.support.world import ACCOUNT, Response, World, world_in_memory

GENERATE = "/api/v1/integration/integrations/generate-api-key/"
REVOKE = "/api/v1/integration/integrations/revoke-api-key/"
GAMES = range(40)
Act = Callable[[], Response]


class NoQueue:
    def send(self, *_: object, **__: object) -> None: ...


class Game:
    """A site whose keys are made and ended by many at once."""

    def __init__(self, world: World, meeting: Meeting, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.meeting = meeting
        self.site = world.site()
        self.keys: list[str] = []

    def generate(self) -> Response:
        answer = self.world.call("POST", GENERATE, {"site_id": self.site["id"]})
        if answer.status == 201:
            self.keys.append(answer.data["api_key"])
        return answer

    def revoke(self) -> Response:
        return self.world.call("POST", REVOKE, {"site_id": self.site["id"]})

    def delete(self) -> Response:
        return self.world.call("DELETE", f"/api/v1/sites/{self.site['id']}/")

    def pair(self, key: str | None = None) -> Response:
        return self.world.pair(self.site, key or self.random.choice(self.keys))

    def play(self, *acts: Act) -> None:
        answers = self.meeting.round(self.random.sample(acts, len(acts)))
        assert all(answer.status < 500 for answer in answers), answers

    def listed(self) -> set[str]:
        store = self.world.services.integration_store
        return {key.key_hmac for key in store.bundle(ACCOUNT, self.site["id"]).keys.keys}

    def stored(self) -> set[str]:
        tables: Any = self.world.services.tables
        return {row["key_hmac"]["S"] for row in tables.rows(KEYS_TABLE)}

    def pairing(self) -> list[str]:
        return [key for key in self.keys if self.pair(key).status == 200]


@contextmanager
def game(seed: int) -> Iterator[Game]:
    with world_in_memory() as world:
        meeting = Meeting(world.services.tables.commit)
        world.services.commit = meeting.commit
        world.services.hints = NoQueue()  # type: ignore[assignment]
        for part in ("access", "pairing", "integrations", "sites"):
            getattr(world.services, part)  # made before the threads start
        yield Game(world, meeting, seed)


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.parametrize("seed", GAMES)
def test_generate_against_revoke_against_pair(seed: int) -> None:
    with game(seed) as played:
        played.generate()
        for _ in range(5):
            acts = played.random.choices([played.generate, played.revoke, played.pair], k=3)
            played.play(played.generate, played.revoke, played.pair, *acts)
            assert played.stored() == played.listed(), "a key that no revoke would find"
        if played.listed():
            assert played.revoke().status == 200
        assert (played.stored(), played.pairing()) == (set(), [])


@pytest.mark.parametrize("seed", GAMES)
def test_generate_and_pair_against_deleting_the_site(seed: int) -> None:
    with game(seed) as played:
        played.generate()
        played.play(played.generate, played.delete, played.generate, played.pair, played.delete)
        while played.delete().status != 404:
            pass  # somebody else's change came first: again, as people do
        assert (played.stored(), played.pairing()) == (set(), [])
        tables: Any = played.world.services.tables
        left = {row["sk"]["S"]: row for row in tables.rows(DATA)}
        farewell = left.pop("SYNC", None)
        assert left.pop(f"GONE#{played.site['id']:016d}")  # its content is kept
        assert list(left) == ["KEYS"], "emptied, never deleted"
        assert farewell is None or to_plan(farewell).farewell, "its bridge has to be told"


@pytest.mark.parametrize("late", ["generate", "pair", "revoke"])
@pytest.mark.parametrize("uses", [True, False])
def test_who_read_before_a_revoke_writes_nothing_after_it(late: str, uses: bool) -> None:
    """Nor after a new key, which brings the list to as many changes as it had then."""
    with game(0) as played:
        played.generate()
        assert (played.pair() if uses else played.generate()).status < 300

        def meanwhile() -> None:
            assert played.revoke().status == 200
            assert played.generate().status == 201

        played.meeting.late(getattr(played, late), meanwhile)
        assert played.stored() == played.listed()
        assert set(played.pairing()) <= {played.keys[-1]}
        played.revoke()
        assert (played.stored(), played.pairing()) == (set(), [])


def test_a_key_that_the_bridge_has_just_used_outlives_a_rotation() -> None:
    with game(0) as played:
        for _ in range(30):
            played.generate()
            key = played.keys[-1]
            paired: list[Response] = []
            played.play(lambda k=key, p=paired: p.append(played.pair(k)) or p[-1], played.generate)  # type: ignore[misc,func-returns-value]
            if paired[0].status == 200:
                assert played.pair(key).status == 200


def test_a_hundred_rotations_can_be_ended_at_once(shared: World) -> None:
    site = shared.site()
    keys = []
    for _ in range(105):
        keys.append(shared.key(site)["api_key"])
        assert shared.pair(site, keys[-1]).status == 200
    assert [key for key in keys if shared.pair(site, key).status == 200] == keys[-3:]
    assert shared.call("POST", REVOKE, {"site_id": site["id"]}).status == 200
    assert [key for key in keys if shared.pair(site, key).status == 200] == []
    assert shared.call("DELETE", f"/api/v1/sites/{site['id']}/").status == 200
