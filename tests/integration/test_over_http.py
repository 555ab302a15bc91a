"""Many bridges, or one many times, at once and over HTTP: real threads, real requests."""

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from igny8.core.keys import generate_key

from tests.integration.test_structure import SEED
from tests.support.aws import client
from tests.support.aws_calls import intercepted, stored_rows
from tests.support.doorway import all_at_once, doorway
from tests.support.site_events import Bridge, published, seen
from tests.support.world import ACCOUNT, World

WEBHOOK = "/api/v1/integration/webhooks/wordpress/"
INTEGRATIONS = "/api/v1/integration/integrations"
SITES = 200
THREADS = 20


def test_the_same_event_ten_times_at_once_has_one_effect(shared: World) -> None:
    site, content = published(shared)
    bridge = Bridge(shared, site)
    event = bridge.event(content, "draft")
    body = {"site_id": site["id"], "site_url": site["url"], "epoch": bridge.epoch,
            "head_seq": bridge.head_seq, "events": [event]}  # fmt: skip
    with doorway(shared) as door:
        answers = all_at_once([lambda: door.post(WEBHOOK, body, site["api_key"])] * 10, 10)
    assert [status for status, _ in answers] == [200] * 10
    results = [body["data"]["results"][0]["result"] for _, body in answers]
    assert sorted(results) == ["applied"] + ["duplicate"] * 9
    assert seen(shared, content) == ("draft", "draft", "unpublished")
    told = [one["action"] for one in shared.events(site)]
    assert told.count("status_update") == 1


class Touched:
    """Which partition keys each call reads and writes."""

    def __init__(self) -> None:
        self.reads: Counter[tuple[str, str]] = Counter()
        self.writes: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def __call__(self, operation: str, asked: Any, proceed: Callable[[], Any]) -> Any:
        with self._lock:
            if operation == "TransactWriteItems":
                for item in asked["TransactItems"]:
                    ((kind, write),) = item.items()
                    key = write.get("Key") or write["Item"]
                    counted = self.reads if kind == "ConditionCheck" else self.writes
                    counted[write["TableName"], _hash(key)] += 1
            elif operation in {"PutItem", "UpdateItem", "DeleteItem"}:
                self.writes[asked["TableName"], _hash(asked.get("Key") or asked["Item"])] += 1
            elif operation == "GetItem":
                self.reads[asked["TableName"], _hash(asked["Key"])] += 1
            elif operation == "BatchGetItem":
                for table, wanted in asked["RequestItems"].items():
                    self.reads.update((table, _hash(key)) for key in wanted["Keys"])
            else:
                assert operation in {"GetSecretValue"}, operation
        return proceed()


def _hash(key: Any) -> str:
    names = ("pk", "key_hmac", "integration_key")
    return next(key[name]["S"] for name in names if name in key)


def many_like(world: World, site: dict[str, Any], number: int) -> list[dict[str, Any]]:
    """So many connected sites more, each with ids and a key of its own: the rows of one, copied."""
    old = (site["id"], site["integration_id"], world.services.hasher(site["api_key"]))
    stored = json.dumps(stored_rows())
    made = []
    for turn in range(1, number + 1):
        key = generate_key("local")
        new = (old[0] + 2 * turn, old[1] + 2 * turn, world.services.hasher(key))
        rows = stored
        for before, after in zip(old, new, strict=True):
            rows = rows.replace(str(before), str(after))
        for table, copies in json.loads(rows).items():
            for row in copies:
                client("dynamodb").put_item(TableName=table, Item=row)
        made.append({**site, "id": new[0], "integration_id": new[1], "api_key": key})
    return made


def test_two_hundred_sites_push_their_structure_at_once(shared: World) -> None:
    sites = many_like(shared, shared.connected_site(), SITES)
    touched, lost = Touched(), defaultdict(list)
    with doorway(shared) as door, intercepted(touched):

        def push(number: int) -> Callable[[], Any]:
            site = sites[number]
            path = f"{INTEGRATIONS}/{site['integration_id']}/update-structure/"
            kinds = {**SEED["post_types"], f"kind{number}": SEED["post_types"]["post"]}
            body = {**SEED, "post_types": kinds}
            return lambda: door.post(path, body, site["api_key"])

        answers = all_at_once([push(number) for number in range(SITES)], THREADS)
    for number, (status, body) in enumerate(answers):
        if status != 200:
            lost[status].append((number, body))
    assert not lost
    for number, site in enumerate(sites):
        known, _ = shared.services.structure_store.get(ACCOUNT, site["integration_id"])
        assert set(known.structure.post_types) == {*SEED["post_types"], f"kind{number}"}
    # No key is everybody's: what one push reads and writes is its own site's, a few times.
    assert len(touched.writes) >= 2 * SITES
    assert max(touched.writes.values()) <= 2, touched.writes.most_common(3)
    assert max(touched.reads.values()) <= 2, touched.reads.most_common(3)
