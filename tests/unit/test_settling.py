"""What each outcome makes of a publication: one case an outcome, with the gate open and closed."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from igny8.admission.model import Gate
from igny8.admission.slots import HeldSlot
from igny8.content.model import Content
from igny8.core.http import Fate
from igny8.core.settings import Settings
from igny8.integrations.model import ConnectionStatus, Integration
from igny8.publishing.answers import NEWER_THERE, Outcome, Pause
from igny8.publishing.backoff import Waits
from igny8.publishing.dispatch import AttemptResult, Job
from igny8.publishing.model import Clash, Doubt, Publication, PublishState, new_publication
from igny8.publishing.settling import SETTLINGS, settled
from igny8.sites.model import SiteKeys
from igny8.wordpress.client import Target
from igny8.wordpress.response import BridgeResponse

NOW = int(datetime(2026, 1, 10, 12, tzinfo=UTC).timestamp())
NEW = new_publication(
    account_id=1,
    site_id=2,
    integration_id=3,
    content_id=4,
    content_rev=5,
    post_status="publish",
    now=NOW,
)
HOME = "https://e.example"
THERE = {"content_id": 4, "post_id": 9, "rev": 1, "post_status": "publish",
         "post_url": f"{HOME}/a"}  # fmt: skip
S = PublishState
SAID = {Outcome.PUBLISHED: THERE, Outcome.GONE: {"post_status": "deleted"}}


@dataclass(frozen=True)
class Case:
    """State, seconds until it is tried again, attempts used and doubt: gate open, gate closed."""

    outcome: Outcome
    open: tuple[PublishState, int | None, int, bool]
    closed: tuple[PublishState, int | None, int, bool]
    wordpress_status: str | None = "draft"


CASES = [
    Case(Outcome.PUBLISHED, (S.PUBLISHED, None, 0, False), (S.PUBLISHED, None, 0, False),
         "publish"),
    Case(Outcome.CONFLICT, (S.CONFLICT, None, 2, False), (S.CONFLICT, None, 2, False)),
    Case(Outcome.GONE, (S.GONE, None, 2, False), (S.GONE, None, 2, False), "deleted"),
    Case(Outcome.FAILED, (S.FAILED, None, 2, False), (S.FAILED, None, 2, False)),
    Case(Outcome.STOPPED, (S.CANCELLED, None, 2, False), (S.CANCELLED, None, 2, False)),
    Case(Outcome.WAIT, (S.WAITING, 90, 2, False), (S.QUEUED, 0, 0, False)),
    Case(Outcome.AGAIN, (S.WAITING, 90, 2, False), (S.QUEUED, 0, 0, False)),
    Case(Outcome.SITE, (S.WAITING, 90, 2, False), (S.QUEUED, 0, 0, False)),
    Case(Outcome.RUNNING, (S.WAITING, 90, 2, True), (S.UNKNOWN, 0, 0, True)),
    Case(Outcome.UNANSWERED, (S.UNKNOWN, 90, 2, True), (S.UNKNOWN, 0, 0, True)),
    Case(Outcome.UNKNOWN, (S.UNKNOWN, 90, 2, True), (S.UNKNOWN, 0, 2, True)),
]  # fmt: skip


def job_of(publication: Publication) -> Job:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    integration = Integration(
        id=3, account_id=1, site_id=2, external_site_url=HOME, is_active=True, sync_enabled=True,
        connection_status=ConnectionStatus.CONNECTED, created_at=made, updated_at=made,
    )  # fmt: skip
    return Job(
        publication=publication, content=cast("Content", None), was_in_doubt=False, title="T",
        payload={},
        held=HeldSlot(
            integration=integration, keys=SiteKeys(1, 2), gate=Gate(3), seen=Gate(3), number=0,
            owner="w",
        ),
        target=Target("", "", ""),
    )  # fmt: skip


def after(
    outcome: Outcome, before: Publication, *, taken: Publication | None = None,
    blocked: bool = False, **told: Any,
) -> Publication:  # fmt: skip
    data = SAID.get(outcome, {})
    result = AttemptResult(
        outcome=outcome, message="What.", duration_ms=7, uses_attempt=True,
        answer=BridgeResponse(Fate.ANSWERED, status=500, retry_after=90),
        pause=Pause.RETRY_AFTER, **{"reason": "why", "data": data, **told},
    )  # fmt: skip
    waits = Waits(Settings(), lambda low, high: (low + high) / 2)
    return settled(before, job_of(taken or before), result, blocked=blocked, waits=waits, now=NOW)


def taken_with(**fields: Any) -> Publication:
    earlier = replace(NEW, attempt=1, external_id=8, wordpress_status="draft", **fields)
    return earlier.taken("w", NOW, 150)


@pytest.mark.parametrize("blocked", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.outcome.value)
def test_each_outcome_as_the_table_says(case: Case, blocked: bool) -> None:
    before = taken_with()
    row = after(case.outcome, before, blocked=blocked)
    state, wait, attempt, doubt = case.closed if blocked else case.open
    assert row.state is state
    assert (row.due_at, row.wake_at) == ((None, None) if wait is None else (NOW + wait,) * 2)
    assert row.attempt == attempt
    assert row.doubt == (Doubt("4-3-1", 1, NOW, "publish", NOW) if doubt else None)
    assert row.wordpress_status == case.wordpress_status
    assert (row.lease_owner, row.lease_until, row.crashes) == (None, None, 0)
    assert row.version == before.version + 1
    if case.outcome is Outcome.PUBLISHED:
        assert (row.reason, row.last_error, row.external_id, row.home) == (None, None, 9, HOME)
    else:
        assert row.last_error is not None
        assert (row.reason, row.last_error.http_status, row.external_id) == ("why", 500, 8)


def test_there_is_a_case_for_every_outcome_that_can_come_of_an_attempt() -> None:
    assert [case.outcome for case in CASES] == list(SETTLINGS)
    assert SETTLINGS.keys() == set(Outcome) - {Outcome.ASK}


def test_a_row_rests_or_goes_on_and_what_keeps_doubt_goes_on() -> None:
    for settling in SETTLINGS.values():
        assert not (settling.delivered and settling.rests)
        assert settling.goes_on or not settling.keeps_doubt
        assert (settling.behind is PublishState.UNKNOWN) == settling.keeps_doubt


def test_what_success_means_is_what_was_wanted() -> None:
    assert after(Outcome.PUBLISHED, taken_with(post_status="trash")).state is S.UNPUBLISHED


@pytest.mark.parametrize("outcome", SETTLINGS, ids=lambda one: one.value)
def test_a_newer_intent_follows_once_the_old_one_is_out_of_doubt(outcome: Outcome) -> None:
    taken = taken_with()
    before = taken.decided(6, "publish", NOW)
    row = after(outcome, before, taken=taken)
    follows = outcome in {Outcome.PUBLISHED, Outcome.FAILED, Outcome.STOPPED}
    waits = SETTLINGS[outcome].goes_on
    assert row.intent == 2
    assert (row.state is S.QUEUED) is follows
    assert (row.due_at is not None) is (follows or waits)
    assert row.attempt == 0, "the new intent has not been tried yet"


@pytest.mark.parametrize("outcome", SETTLINGS, ids=lambda one: one.value)
def test_an_older_post_that_was_found_is_kept_whatever_becomes_of_this(outcome: Outcome) -> None:
    row = after(outcome, taken_with(intent=2), found=THERE | {"post_id": 77})
    assert row.external_id == (9 if outcome is Outcome.PUBLISHED else 77)
    assert row.home == HOME


# --- Taken down, cancelled, deleted with its content -------------------------------------------


def taking_down(to: str = "draft", **wishes: Any) -> Publication:
    live = replace(NEW, external_id=8, wordpress_status="publish", applied_intent=1)
    return live.decided(6, to, NOW, takes_down=True, **wishes).taken("w", NOW, 150)


@pytest.mark.parametrize("to", ["draft", "trash"])
def test_what_was_taken_down_is_unpublished(to: str) -> None:
    data = {**SAID[Outcome.PUBLISHED], "rev": 2, "post_status": to}
    row = after(Outcome.PUBLISHED, taking_down(to), data=data)
    assert (row.state, row.wordpress_status, row.due_at) == (S.UNPUBLISHED, to, None)
    assert not row.wants(6), "the next click is another decision"


@pytest.mark.parametrize(
    ("said", "known", "state"),
    [
        ({"post_status": "trash"}, 8, S.UNPUBLISHED),
        ({"post_status": "deleted"}, 8, S.GONE),
        ({"post_status": "deleted", "post_id": 9}, None, S.GONE),
        ({"post_status": "deleted"}, None, S.CANCELLED),
    ],
)
def test_what_is_gone_already_is_a_quiet_end(
    said: dict[str, Any], known: int | None, state: PublishState
) -> None:
    row = after(Outcome.GONE, replace(taking_down(), external_id=known), data=said)
    assert (row.state, row.reason, row.last_error, row.doubt) == (state, None, None, None)


def test_confirmed_later_is_what_people_have_made_of_it_by_then() -> None:
    data = {**SAID[Outcome.PUBLISHED], "rev": 2, "post_status": "publish"}
    row = after(Outcome.PUBLISHED, taking_down(), data=data, reason="confirmed")
    assert row.state is S.PUBLISHED


@pytest.mark.parametrize("outcome", SETTLINGS, ids=lambda one: one.value)
def test_what_was_cancelled_ends_unless_it_is_in_doubt(outcome: Outcome) -> None:
    taken = taken_with()
    row = after(outcome, taken.cancelled(NOW), taken=taken)
    if SETTLINGS[outcome].keeps_doubt:
        assert (row.cancel_requested, row.due_at is not None) == (True, True)
        return
    ended = {Outcome.PUBLISHED: S.PUBLISHED, Outcome.GONE: S.GONE}.get(outcome, S.CANCELLED)
    assert (row.state, row.cancel_requested, row.due_at) == (ended, False, None)
    assert (row.reason == "too_late_to_cancel") is (outcome is Outcome.PUBLISHED)


def test_an_older_text_that_arrived_is_not_what_was_cancelled() -> None:
    taken = taken_with()
    before = taken.decided(6, "publish", NOW).cancelled(NOW)
    row = after(Outcome.PUBLISHED, before, taken=taken)
    assert (row.state, row.applied_intent, row.intent) == (S.CANCELLED, 1, 2)
    assert row.is_live
    assert not row.wants(6)


def test_a_decision_after_the_cancellation_wins() -> None:
    taken = taken_with()
    before = taken.cancelled(NOW).decided(6, "publish", NOW)
    assert after(Outcome.STOPPED, before, taken=taken).state is S.QUEUED


def test_content_that_goes_with_its_post_stays_due_until_it_is_gone() -> None:
    data = {**SAID[Outcome.PUBLISHED], "rev": 2, "post_status": "trash"}
    row = after(Outcome.PUBLISHED, taking_down("trash", deletes_content=True), data=data)
    assert (row.waits_for_deletion, row.due_at, row.wake_at) == (True, NOW, NOW)
    assert not row.decided(6, "publish", NOW).deletes_content
    assert not row.cancelled(NOW).waits_for_deletion
    refused = after(Outcome.FAILED, taking_down(deletes_content=True))
    assert (refused.state, refused.waits_for_deletion, refused.due_at) == (S.FAILED, False, None)


def test_an_older_answer_does_not_forget_that_the_content_is_to_go() -> None:
    taken = taken_with()
    before = taken.decided(6, "trash", NOW, takes_down=True, deletes_content=True)
    row = after(Outcome.PUBLISHED, before, taken=taken)
    assert (row.state, row.takes_down, row.deletes_content) == (S.QUEUED, True, True)


def test_a_conflict_keeps_what_it_showed_and_ours_goes_over_that_alone() -> None:
    seen = {"current_fingerprint": "theirs", "post_status": "private"}
    row = after(Outcome.CONFLICT, taken_with(fingerprint="ours"), data=seen)
    assert row.clash == Clash("theirs", "private")
    ours = row.decided(6, "publish", NOW, over=row.clash)
    assert (ours.overwrites, ours.base_status, ours.fingerprint) == ("theirs", "private", "ours")
    assert ours.cancelled(NOW).overwrites is None
    theirs = row.kept_theirs(S.PUBLISHED, "publish")
    assert (theirs.fingerprint, theirs.base_status, theirs.intent) == ("theirs", "private", 2)
    assert theirs.site_changed
    assert not theirs.wants(row.content_rev)


def test_a_text_that_nobody_here_knows_stays_to_be_decided_also_where_this_is_cancelled() -> None:
    taken = taken_with()
    row = after(Outcome.CONFLICT, taken.cancelled(NOW), taken=taken, reason=NEWER_THERE.reason)
    assert (row.state, row.cancel_requested) == (S.CONFLICT, False)
