"""Lead times that a merchant tries out: recorded when they would have sent a notice, and no notice is sent.

Promised for Friday 6 March 2026 in London: late from midnight on.
"""

from datetime import UTC, datetime, timedelta

import pytest

from domain.journey import agenda
from domain.journey.order_view import order_view
from domain.model.delay_terms import DelayTerms
from domain.model.scan import ParcelStatus
from domain.model.terms import Policy
from tests.builders import a_state
from tests.domain.state_driver import StateDriver

S = ParcelStatus
HOUR = timedelta(hours=1)
LATE = datetime(2026, 3, 7, tzinfo=UTC)


def with_trials(*hours: int, **terms: int) -> StateDriver:
    delays = DelayTerms(lead_time_trials=hours, first_scan=None, max_next_updates=0, **{"silent": 0, **terms})
    return StateDriver(a_state(policy=Policy(delays=delays)))


def noted(journey: StateDriver) -> dict[int, datetime]:
    return {trial.hours: trial.since for trial in order_view(journey.state, journey.now).lead_time_trials}


def test_each_lead_time_is_recorded_at_its_time_and_the_customer_is_notified_once() -> None:
    journey = with_trials(24, 48, 72).advance(hours=1)
    journey.ship()
    journey.advance(days=20)
    assert noted(journey) == {hours: LATE - hours * HOUR for hours in (24, 48, 72)}
    assert [notice.notified_at for notice in journey.state.delay_notices] == [LATE - 24 * HOUR]
    assert journey.notice_kinds().count("delayed") == 1


def test_a_parcel_that_arrives_is_at_risk_only_under_the_lead_times_before_that() -> None:
    journey = with_trials(24, 48, 72).advance(hours=1)
    journey.ship()
    journey.advance(hours=(LATE - 60 * HOUR - journey.now) / HOUR).scan(S.DELIVERED)
    journey.advance(days=20)
    assert noted(journey) == {72: LATE - 72 * HOUR}
    assert journey.notice_kinds() == []


def test_trials_are_recorded_for_unshipped_goods_too() -> None:
    journey = with_trials(48).advance(days=3)
    assert [(trial.subject, trial.reason) for trial in journey.state.lead_time_trials] == [
        ("unshipped", "not_shipped")
    ]


def test_scans_make_lead_time_trials_as_precise_as_notices() -> None:
    journey = with_trials(72, silent=24).advance(hours=1)
    journey.ship()
    journey.advance(hours=(LATE - 73 * HOUR - journey.now) / HOUR).scan(S.IN_TRANSIT)
    journey.advance(days=20)
    assert noted(journey) == {72: LATE - 49 * HOUR}, "a day of silence after the last scan"


@pytest.mark.parametrize("most", [0, 3])
def test_the_maximum_of_notices_does_not_change_the_trials(most: int) -> None:
    journey = with_trials(96, max_notices=most).advance(days=20)
    assert set(noted(journey)) == {96}


def test_without_lead_times_to_try_no_step_is_scheduled_or_recorded() -> None:
    journey = with_trials()
    assert not any(
        wait.action.kind == "record_lead_time_trial" for wait in agenda.scheduled_actions(journey.state)
    )
    assert journey.advance(days=20).state.lead_time_trials == []
