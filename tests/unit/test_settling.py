"""What each outcome makes of a publication: one case an outcome, with the gate open and closed."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from igny8.admission.model import Gate
from igny8.admission.slots import HeldSlot
from igny8.core.http import Fate
from igny8.core.settings import Settings
from igny8.integrations.model import ConnectionStatus, Integration
from igny8.publishing.answers import Outcome, Pause
from igny8.publishing.backoff import Waits
from igny8.publishing.dispatch import AttemptResult, Job
from igny8.publishing.model import Doubt, Publication, PublishState, new_publication
from igny8.publishing.settling import SETTLINGS, settled
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
        publication=publication, was_in_doubt=False, title="T", payload={},
        held=HeldSlot(integration=integration, gate=Gate(3), seen=Gate(3), number=0, owner="w"),
        target=Target("", "", ""),
    )  # fmt: skip


def after(
    outcome: Outcome, before: Publication, *, taken: Publication | None = None,
    blocked: bool = False, **told: Any,
) -> Publication:  # fmt: skip
    data = SAID.get(outcome, {})
    result = AttemptResult(
        outcome=outcome, reason="why", message="What.", duration_ms=7, uses_attempt=True,
        answer=BridgeResponse(Fate.ANSWERED, status=500, retry_after=90),
        pause=Pause.RETRY_AFTER, **{"data": data, **told},
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
