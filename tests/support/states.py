"""Every state that a publication can be in, reached as it is reached in life."""

from collections.abc import Callable

from tests.support.actions import revoke
from tests.support.case import Case
from tests.support.wordpress import lost, refusal, reply

State = Callable[[Case], None]
STATES: dict[str, State] = {}


def state(name: str) -> Callable[[State], State]:
    def named(reach: State) -> State:
        STATES[name] = reach
        return reach

    return named


@state("none")
def _none(case: Case) -> None:
    assert case.state == "not_published"


@state("queued")
def _queued(case: Case) -> None:
    case.click()


@state("sending, not sent")
def _sending(case: Case) -> None:
    case.click()
    case.dies_before_sending()
    assert case.state == "sending"


@state("sending, sent")
def _sent(case: Case) -> None:
    case.click()
    case.dies_after_sending()
    assert case.state == "sending"


@state("overtaken, not sent")
def _overtaken(case: Case) -> None:
    _sending(case)
    case.update()
    assert case.state == "sending"


@state("overtaken, sent")
def _overtaken_sent(case: Case) -> None:
    _sent(case)
    case.update()
    assert case.state == "sending"


@state("overtaken in doubt")
def _overtaken_in_doubt(case: Case) -> None:
    _unknown_there(case)
    case.update()
    assert case.state == "unknown"


@state("update overtaken, sent")
def _update_overtaken(case: Case) -> None:
    _update_sent(case)
    case.update()
    assert case.state == "sending"


@state("unknown, not there")
def _unknown(case: Case) -> None:
    case.click()
    case.loses(applied=False)
    assert case.state == "unknown"


@state("unknown, there")
def _unknown_there(case: Case) -> None:
    case.click()
    case.loses(applied=True)
    assert case.state == "unknown"


@state("waiting")
def _waiting(case: Case) -> None:
    case.click()
    case.meets(reply(429, b"", **{"retry-after": "90"}))
    assert case.state == "waiting"


@state("waiting in doubt")
def _waiting_in_doubt(case: Case) -> None:
    case.click()
    case.meets(refusal(409, "in_progress", **{"retry-after": "90"}))
    assert case.state == "waiting"


def _blocked(case: Case, reason: str) -> None:
    assert case.state == "blocked"
    assert case.world.publication(case.content)["reason"] == reason


def _shut(case: Case, gate: str) -> None:
    """Close the site's gate, for the reason given, over what is due there."""
    if gate == "unreachable":
        case.wordpress.up = False
        case.work(rounds=3, minutes=3)
    elif gate == "auth":
        case.wordpress.accepted_key = "another"
        case.work()
    elif gate == "misconfigured":
        case.wordpress.before += [refusal(403, "author_unavailable")] * 9
        case.work(minutes=3)
    elif gate == "paused":
        case.wordpress.paused = True
        case.work()
    elif gate == "inactive":
        assert case.world.call("PATCH", case.integration, {"is_active": False}).status == 200
    elif gate == "revoked":
        assert revoke(case).status == 200
        case.work()
    else:
        case.wordpress.up = False
        case.work(rounds=60, minutes=150)
    reasons = {"disabled": "disabled_after_failures", "revoked": "auth"}
    _blocked(case, reasons.get(gate, gate))


GATES = ("unreachable", "auth", "misconfigured", "paused", "inactive", "disabled", "revoked")


def _behind(gate: str, before: State, begins: str) -> None:
    @state(f"{begins}: {gate}")
    def _reach(case: Case) -> None:
        before(case)
        _shut(case, gate)


for _gate in GATES:
    _behind(_gate, _queued, "blocked")
for _gate in ("unreachable", "paused", "revoked"):
    _behind(_gate, _unknown_there, "blocked in doubt")


@state("failed")
def _failed(case: Case) -> None:
    case.click()
    case.meets(refusal(422, "invalid"))
    assert case.state == "failed"


@state("failed, attempts used up")
def _used_up(case: Case) -> None:
    case.click()
    case.loses(applied=False)
    case.wordpress._publish = lambda *_: lost()  # type: ignore[method-assign]
    case.work(rounds=9)
    del case.wordpress._publish  # type: ignore[misc]
    assert case.state == "failed"


@state("published")
def _published(case: Case) -> None:
    case.publish()


@state("published, edited")
def _edited(case: Case) -> None:
    case.publish()
    case.edit()


@state("update queued")
def _update(case: Case) -> None:
    case.publish()
    case.update()
    assert case.state == "queued"


@state("update waiting")
def _update_waiting(case: Case) -> None:
    _update(case)
    case.meets(refusal(423, "locked"))
    assert case.state == "waiting"


@state("update sending, not sent")
def _update_sending(case: Case) -> None:
    _update(case)
    case.dies_before_sending()
    assert case.state == "sending"


@state("update sending, sent")
def _update_sent(case: Case) -> None:
    _update(case)
    case.dies_after_sending()
    assert case.state == "sending"


@state("update unknown, not there")
def _update_unknown(case: Case) -> None:
    _update(case)
    case.loses(applied=False)
    assert case.state == "unknown"


@state("update unknown, there")
def _update_unknown_there(case: Case) -> None:
    _update(case)
    case.loses(applied=True)
    assert case.state == "unknown"


for _gate in ("unreachable", "paused", "inactive", "revoked"):
    _behind(_gate, _update, "update blocked")


@state("update failed")
def _update_failed(case: Case) -> None:
    _update(case)
    case.meets(refusal(422, "invalid"))
    assert case.state == "failed"


@state("conflict over the text")
def _conflict(case: Case) -> None:
    case.publish()
    case.wordpress.rewrite(case.id)
    case.update()
    case.work()
    assert case.state == "conflict"


@state("conflict over the status")
def _conflict_status(case: Case) -> None:
    case.publish()
    case.wordpress.set_status(case.id, "draft")
    case.update()
    case.work()
    assert case.state == "conflict"


@state("gone, deleted")
def _gone(case: Case) -> None:
    case.publish()
    case.wordpress.delete(case.id)
    case.update()
    case.work()
    assert case.state == "gone"


@state("gone, in the trash")
def _gone_trash(case: Case) -> None:
    case.publish()
    case.wordpress.set_status(case.id, "trash")
    case.update()
    case.work()
    assert case.state == "gone"


@state("gone, told")
def _gone_told(case: Case) -> None:
    case.publish()
    assert case.person("deleted").status == 200
    assert case.state == "gone"


@state("unpublished, draft")
def _unpublished(case: Case) -> None:
    case.publish()
    assert case.person("draft").status == 200
    assert case.state == "unpublished"


@state("unpublished, trash")
def _unpublished_trash(case: Case) -> None:
    case.publish()
    assert case.person("trash").status == 200
    assert case.state == "unpublished"


def _cancel(case: Case) -> None:
    assert case.delete_integration().status == 200
    case.work()
    assert case.state == "cancelled"


@state("cancelled")
def _cancelled(case: Case) -> None:
    _queued(case)
    _cancel(case)


@state("cancelled in doubt")
def _cancelled_in_doubt(case: Case) -> None:
    _unknown_there(case)
    _cancel(case)


@state("cancelled, connected anew")
def _cancelled_anew(case: Case) -> None:
    _cancelled(case)
    assert case.connect_anew().status == 200


@state("cancelled in doubt, connected anew")
def _doubt_anew(case: Case) -> None:
    _cancelled_in_doubt(case)
    assert case.connect_anew().status == 200


@state("update cancelled, connected anew")
def _update_cancelled(case: Case) -> None:
    _update(case)
    _cancel(case)
    assert case.connect_anew().status == 200


@state("cancelled by people")
def _cancelled_by_people(case: Case) -> None:
    _queued(case)
    assert case.act("cancel").status == 200
    assert case.state == "cancelled"


@state("update cancelled by people")
def _update_cancelled_by_people(case: Case) -> None:
    _update(case)
    assert case.act("cancel").status == 200
    assert case.state == "cancelled"


@state("being cancelled, not there")
def _being_cancelled(case: Case) -> None:
    _unknown(case)
    assert case.act("cancel").status == 202
    assert case.state == "unknown"


@state("being cancelled, there")
def _being_cancelled_there(case: Case) -> None:
    _unknown_there(case)
    assert case.act("cancel").status == 202
    assert case.state == "unknown"


@state("update being cancelled, sent")
def _update_being_cancelled(case: Case) -> None:
    _update_sent(case)
    assert case.act("cancel").status == 202
    assert case.state == "sending"


def _take_down(case: Case, to: str) -> None:
    case.publish()
    assert case.act("unpublish", to=to).status == 202
    assert case.state == "queued"


@state("being taken down")
def _being_taken_down(case: Case) -> None:
    _take_down(case, "draft")


@state("being taken down, sent")
def _being_taken_down_sent(case: Case) -> None:
    _take_down(case, "trash")
    case.dies_after_sending()
    assert case.state == "sending"


@state("being taken down, unknown, not done")
def _being_taken_down_unknown(case: Case) -> None:
    _take_down(case, "draft")
    case.loses(applied=False)
    assert case.state == "unknown"


@state("sending, to be taken down")
def _to_be_taken_down(case: Case) -> None:
    _sent(case)
    assert case.act("unpublish", to="draft").status == 202
    assert case.state == "sending"


@state("taken down, draft")
def _taken_down(case: Case) -> None:
    _take_down(case, "draft")
    case.work()
    assert case.state == "unpublished"


@state("taken down, trash")
def _taken_down_trash(case: Case) -> None:
    _take_down(case, "trash")
    case.work()
    assert case.state == "unpublished"


@state("taken down, published again")
def _published_again(case: Case) -> None:
    _taken_down_trash(case)
    assert case.click().status == 202
    case.work()
    assert case.state == "published"


@state("taking down failed")
def _taking_down_failed(case: Case) -> None:
    _take_down(case, "draft")
    case.meets(refusal(422, "invalid"))
    assert case.state == "failed"


@state("conflict over taking it down")
def _conflict_down(case: Case) -> None:
    case.publish()
    case.wordpress.rewrite(case.id)
    assert case.act("unpublish", to="trash").status == 202
    case.work()
    assert case.state == "conflict"


def _delete_with_post(case: Case) -> None:
    case.publish()
    assert case.world.call("DELETE", f"{case.path}?unpublish=trash").status == 202
    assert case.state == "queued"


@state("being deleted")
def _being_deleted(case: Case) -> None:
    _delete_with_post(case)


@state("being deleted, unknown, done")
def _being_deleted_done(case: Case) -> None:
    _delete_with_post(case)
    case.loses(applied=True)
    assert case.state == "unknown"


@state("being deleted, conflict")
def _being_deleted_conflict(case: Case) -> None:
    case.publish()
    case.wordpress.rewrite(case.id)
    assert case.world.call("DELETE", f"{case.path}?unpublish=trash").status == 202
    case.work()
    assert case.state == "conflict"


@state("being deleted, taken down")
def _being_deleted_down(case: Case) -> None:
    _delete_with_post(case)
    case.world.work()
    assert case.state == "unpublished"


@state("published, let go")
def _let_go(case: Case) -> None:
    case.publish()
    assert case.delete_integration().status == 200


@state("published, connected anew")
def _published_anew(case: Case) -> None:
    _let_go(case)
    assert case.connect_anew().status == 200


@state("published, moved")
def _moved(case: Case) -> None:
    case.publish()
    assert case.move().status == 200


@state("in doubt, moved")
def _doubt_moved(case: Case) -> None:
    _unknown_there(case)
    assert case.move().status == 200


@state("conflict, former address")
def _former(case: Case) -> None:
    case.publish()
    case.update()
    assert case.move().status == 200
    case.work()
    assert case.state == "conflict"
