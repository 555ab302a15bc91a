"""When all posts of a site are looked at: how soon after events were lost, how often at most.

And by itself now and then, for what no event tells of.
"""

from itertools import count

from igny8.syncing.model import MOST_ASKS, Plan

from tests.support.sync_stage import INTEGRATIONS, Stage, stage
from tests.support.world import SITE_URL

WEEK_HOURS = 7 * 24
NUMBERS = count(1)


def lose_events(here: Stage) -> None:
    """The site says that it had to drop events."""
    told = {
        "event_id": f"lost-{next(NUMBERS)}", "action": "data_loss", "post_id": 0,
        "post_type": "", "post_status": "",
    }  # fmt: skip
    answer = here.world.told(here.site, {"events": [told], "site_url": SITE_URL}, kind="")
    assert answer.data["results"][0]["result"] == "applied"


def pass_hour(here: Stage) -> None:
    for _ in range(2):
        here.serve()
        here.world.clock.advance(minutes=30)
        here.world.sweep("sync")
    here.serve()


def comparisons(here: Stage) -> int:
    """How often the site was asked about its first article."""
    asked = f"content/{here.contents[0]['id']}"
    return [route for _, route, _ in here.world.wordpress.calls].count(asked)


def delete_past_hooks(here: Stage, which: int) -> None:
    """The post goes by direct SQL: no event tells of it."""
    here.world.wordpress.posts[here.contents[which]["id"]].post_status = "trash"


def test_a_site_that_loses_events_all_the_time_is_looked_at_four_times_a_day() -> None:
    with stage() as here:
        before = comparisons(here)
        lose_events(here)
        here.serve()
        assert comparisons(here) == before + 1, "the first time at once"
        for _ in range(WEEK_HOURS):
            for _ in range(3):
                lose_events(here)
            pass_hour(here)
        looked = comparisons(here) - before
        assert 7 * 4 - 3 <= looked <= 7 * 4 + 1
        # What was wished for last is kept, and carried out once it may be.
        lose_events(here)
        delete_past_hooks(here, 0)
        before = comparisons(here)
        for _ in range(6):
            pass_hour(here)
        assert comparisons(here) == before + 1
        assert here.seen(0) == "trash"
        for _ in range(24):
            pass_hour(here)
        assert comparisons(here) == before + 1, "and then it is over"


def test_more_hints_than_are_kept_are_no_way_around_it() -> None:
    plan = Plan(account_id=1, site_id=2, integration_id=3, repair_after=1_000)
    for post_id in range(MOST_ASKS + 1):
        plan = plan.asking(post_id)
    assert (plan.asks, plan.due_at()) == ((), 1_000)


def test_people_are_not_held_back_by_what_the_site_wishes() -> None:
    with stage() as here:
        lose_events(here)
        here.serve()
        before = comparisons(here)
        path = f"{INTEGRATIONS}/{here.site['integration_id']}/sync/"
        for _ in range(3):
            assert here.world.call("POST", path, {}).status == 202
            here.serve()
        assert comparisons(here) == before + 3


def test_what_no_event_told_of_is_known_within_a_week() -> None:
    """PHP died between the change and its event, or somebody wrote into the database."""
    with stage() as here:
        pass_hour(here)
        delete_past_hooks(here, 1)
        before = comparisons(here)
        for _ in range(WEEK_HOURS + 24):
            pass_hour(here)
        assert here.seen(1) == "trash"
        assert comparisons(here) == before + 1
        for _ in range(WEEK_HOURS + 24):
            pass_hour(here)
        assert comparisons(here) == before + 2, "once a week, give or take a tenth"


def test_a_site_that_is_not_synchronised_by_itself_is_not_compared() -> None:
    with stage() as here:
        path = f"{INTEGRATIONS}/{here.site['integration_id']}/"
        assert here.world.call("PATCH", path, {"sync_enabled": False}).status == 200
        before = comparisons(here)
        for _ in range(WEEK_HOURS + 24):
            pass_hour(here)
        assert comparisons(here) == before


def test_a_site_that_forgets_events_all_the_time_is_no_exception() -> None:
    """It calls for a pull by telling a number that does not fit, and then counts on by itself."""
    with stage() as here:
        here.change(0, "private")
        for _ in range(7):
            pass_hour(here)
        before = comparisons(here)
        for _ in range(2 * 24):
            late = {
                "epoch": here.outbox.epoch, "head_seq": 0, "site_url": SITE_URL,
                "action": "post_updated", "post_id": here.posts[1],
            }  # fmt: skip
            assert here.world.told(here.site, late, kind="").status == 409
            here.outbox.head_seq += 5
            pass_hour(here)
        looked = comparisons(here) - before
        assert 1 <= looked <= 2 * 2 * 4 + 2, looked


def test_a_site_whose_numbers_have_gaps_is_compared_less_and_less() -> None:
    """Databases in a cluster count by threes; where webhooks are blocked each pull sees gaps."""

    def pass_hours(number: int) -> None:
        for hour in range(number):
            if hour % 5 == 0:
                here.outbox.head_seq += 2
                here.change(0, ("draft", "private")[hour // 5 % 2])
            pass_hour(here)

    with stage() as here:
        pass_hours(WEEK_HOURS)
        assert comparisons(here) <= 10
        pass_hours(WEEK_HOURS)
        before = comparisons(here)
        pass_hours(WEEK_HOURS)
        assert comparisons(here) - before <= 3
        assert here.plan().recalls >= 4
