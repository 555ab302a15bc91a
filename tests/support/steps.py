"""Ways into each state of a publication, through the doors where there is one."""

from dataclasses import replace
from typing import Any

from igny8.bootstrap.sweeps import SWEEPS
from igny8.publishing.model import Publication, PublishState

from tests.support.wordpress import lost, refusal, reply
from tests.support.world import ACCOUNT, World


def publication_row(world: World, content: dict[str, Any]) -> Publication:
    """The stored publication, lease and all."""
    bundle = world.services.publication_store.bundle(ACCOUNT, content["id"])
    return bundle.publications[0]


def put_to_rest(world: World, content: dict[str, Any], state: PublishState) -> None:
    """Store a state that no route of this version leads to."""
    before = publication_row(world, content)
    after = before.at_rest(state)
    world.services.commit([world.services.publication_store.write(before, after)])


def edit(world: World, content: dict[str, Any], **fields: Any) -> Any:
    answer = world.call("PATCH", f"/api/v1/writer/content/{content['id']}/", fields)
    assert answer.status == 200, answer.body
    return answer.data


def bring_to(world: World, state: str, site: dict[str, Any] | None = None) -> dict[str, Any]:
    """A content whose publication is in ``state``, on a site of its own."""
    content = world.content(site or world.connected_site())
    if state == "none":
        return content
    assert world.publish(content).status == 202
    hints = world.messages()
    if state == "queued":
        return content
    if state in {"cancelled", "unpublished"}:
        put_to_rest(world, content, PublishState(state))
        return content
    if state == "sending":
        die_before_settling(world, hints)
        return content
    answers = {
        "unknown": lost(),
        "waiting": reply(429, b"", **{"retry-after": "90"}),
        "conflict": refusal(409, "conflict"),
        "gone": refusal(410, "gone"),
        "failed": refusal(422, "invalid"),
    }
    if state in answers:
        world.wordpress.before.append(answers[state])
    world.work(hints)
    assert world.publication(content)["publish_state"] == state
    return content


class Died(BaseException):
    """A process that ended; nothing in it could catch that."""


def die_before_settling(world: World, hints: list[dict[str, Any]]) -> dict[str, Any]:
    """Serve the hints with a worker that dies after WordPress answered; answer what SQS is told."""
    settlement = world.services.settlement

    def die(*_: object) -> None:
        raise Died

    settlement.settle = die
    try:
        return world.work(hints)
    except Died:  # the batch as a whole comes back
        return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in hints]}
    finally:
        del settlement.settle


def sweep_and_work(world: World, times: int = 1, *, minutes: int = 5) -> None:
    """Let time pass, sweep, and serve what the sweep woke."""
    for _ in range(times):
        world.clock.advance(minutes=minutes)
        for kind in SWEEPS:
            world.sweep(kind)
        world.work()


def with_slots_free(world: World, integration_id: int) -> bool:
    gate = world.services.gate_store.get(integration_id)
    return all(slot.until is None for slot in gate.slots)


def gate_of(world: World, site: dict[str, Any]) -> Any:
    return replace(world.services.gate_store.get(site["integration_id"]), slots=())
