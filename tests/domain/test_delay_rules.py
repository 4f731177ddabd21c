"""Delays are notified before the customer asks: once, only when true, and corrected when they were false.

Promised for Friday 6 March 2026 in London: late from midnight on.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.model.delay_terms import DelayTerms
from domain.model.estimate import Estimate
from domain.model.notice import Notice
from domain.model.promise import Promise
from domain.model.scan import ParcelStatus, Scan
from domain.model.terms import Policy
from domain.notifications.facts import SentNotice
from tests.builders import PLACED, a_state, an_order
from tests.domain.letters import stale_reason
from tests.domain.state_driver import StateDriver

S = ParcelStatus
HOUR = timedelta(hours=1)
LATE = datetime(2026, 3, 7, tzinfo=UTC)


def sent(notice: Notice, at: datetime) -> SentNotice:
    return SentNotice(key=notice.key, kind=notice.kind, subject=notice.subject, at=at, details=notice.details)


@pytest.fixture
def shipped(journey: StateDriver) -> StateDriver:
    """Handed over on Tuesday, and moving."""
    journey.advance(days=1).ship()
    journey.scan(S.IN_TRANSIT)
    return journey


def delay_reasons(journey: StateDriver) -> list[str]:
    return [notice.reason for notice in journey.state.delay_notices]


@pytest.mark.scenario("S-24")
def test_an_estimate_past_the_promise_by_more_than_the_tolerance_is_notified_exactly_once(
    shipped: StateDriver,
) -> None:
    shipped.estimate(LATE + 13 * HOUR)
    shipped.scan(S.IN_TRANSIT)
    shipped.estimate(LATE + 13 * HOUR)
    shipped.jump_to(LATE + 12 * HOUR)
    assert shipped.notice_kinds() == ["delayed"]
    (notice,) = shipped.state.delay_notices
    assert (notice.reason, notice.expected) == ("estimate_after_promise", LATE + 13 * HOUR)
    assert notice.due - notice.notified_at == LATE - PLACED - timedelta(days=1)


@pytest.mark.scenario("S-25")
def test_an_estimate_that_varies_within_the_tolerance_is_not_notified(shipped: StateDriver) -> None:
    for hours in (-5, 12, 2, 11, -20):
        shipped.advance(hours=1).estimate(LATE + hours * HOUR)
    assert shipped.notice_kinds() == []


@pytest.mark.scenario("S-25", "S-26")
def test_it_is_notified_again_only_when_it_slips_by_a_further_day_and_not_more_than_the_maximum(
    shipped: StateDriver,
) -> None:
    counts = []
    for hours in (20, 30, 43, 20, 44, 60, 68, 200, 400):
        shipped.advance(minutes=5).estimate(LATE + hours * HOUR)
        counts.append(len(shipped.notice_kinds()))
    assert counts == [1, 1, 1, 1, 2, 2, 3, 3, 3]
    assert [notice.revision for notice in shipped.state.delay_notices] == [1, 2, 3]


@pytest.mark.scenario("S-26")
def test_a_merchant_who_notifies_every_slip_still_notifies_each_date_once() -> None:
    journey = StateDriver(a_state(policy=Policy(delays=DelayTerms(slip=0))))
    journey.ship()
    for hours in (20, 20, 30, 25, 30):
        journey.advance(minutes=5).estimate(LATE + hours * HOUR)
    assert [notice.expected for notice in journey.state.delay_notices] == [
        LATE + 20 * HOUR,
        LATE + 30 * HOUR,
    ]


@pytest.mark.scenario("S-27")
def test_delivered_before_the_timer_fires_is_no_delay(shipped: StateDriver) -> None:
    shipped.advance(days=1).scan(S.DELIVERED)
    shipped.jump_to(LATE + timedelta(days=20))
    assert shipped.notice_kinds() == []


@pytest.mark.scenario("S-27")
def test_a_parcel_without_a_scan_is_notified_as_late_a_day_before_its_promise_breaks(
    journey: StateDriver,
) -> None:
    journey.advance(days=2).ship()
    journey.jump_to(LATE - 25 * HOUR)
    assert journey.notice_kinds() == []
    journey.jump_to(LATE - 24 * HOUR)
    assert delay_reasons(journey) == ["no_first_scan"]
    journey.jump_to(LATE + timedelta(days=9))
    assert delay_reasons(journey) == ["no_first_scan"]


def test_a_parcel_that_moves_is_notified_as_late_only_when_the_promise_is_broken(
    shipped: StateDriver,
) -> None:
    shipped.jump_to(LATE - 25 * HOUR).scan(S.IN_TRANSIT)
    shipped.jump_to(LATE - 2 * HOUR).scan(S.IN_TRANSIT)
    assert delay_reasons(shipped) == []
    shipped.jump_to(LATE)
    assert delay_reasons(shipped) == ["promise_broken"]


def test_a_parcel_out_for_delivery_is_not_at_risk(shipped: StateDriver) -> None:
    shipped.advance(hours=3).scan(S.OUT_FOR_DELIVERY)
    shipped.jump_to(LATE - HOUR)
    assert delay_reasons(shipped) == []


def test_trouble_is_notified_three_days_ahead(shipped: StateDriver) -> None:
    shipped.scan(S.EXCEPTION)
    shipped.jump_to(LATE - 73 * HOUR)
    assert delay_reasons(shipped) == []
    shipped.jump_to(LATE - 72 * HOUR)
    assert delay_reasons(shipped) == ["exception"]


def test_unshipped_goods_are_notified_a_day_ahead_and_not_again_when_they_ship_too_late(
    journey: StateDriver,
) -> None:
    journey.jump_to(LATE - 24 * HOUR)
    assert delay_reasons(journey) == ["not_shipped"]
    journey.jump_to(LATE + HOUR).ship()
    assert delay_reasons(journey) == ["not_shipped"]
    journey.estimate(LATE + timedelta(days=3))
    assert delay_reasons(journey) == ["not_shipped", "estimate_after_promise"], "a date is news"


def test_goods_that_ship_on_the_last_day_and_break_their_promise_are_notified(journey: StateDriver) -> None:
    journey.jump_to(LATE - 20 * HOUR).ship()
    journey.jump_to(LATE)
    assert delay_reasons(journey) == ["not_shipped", "no_first_scan"]


def test_a_parcel_with_a_new_promise_is_late_only_by_that_one(journey: StateDriver) -> None:
    journey.jump_to(LATE + HOUR).ship(promise=Promise(day=date(2026, 3, 20)))
    journey.scan(S.IN_TRANSIT)
    journey.jump_to(LATE + timedelta(days=5))
    assert delay_reasons(journey) == ["not_shipped"]


@pytest.mark.scenario("S-24")
def test_a_worker_that_was_down_through_two_reasons_notifies_one(journey: StateDriver) -> None:
    journey.ship()
    journey.jump_to(LATE + timedelta(days=2))
    assert delay_reasons(journey) == ["no_first_scan"]


def test_a_late_parcel_is_notified_also_when_the_rest_of_the_order_is_no_longer_expected(
    journey: StateDriver,
) -> None:
    journey.advance(days=45)
    assert journey.state.untracked_at is not None
    journey.ship(promise=Promise(at=journey.now + timedelta(days=3)))
    journey.advance(days=3)
    assert delay_reasons(journey) == ["not_shipped", "no_first_scan"]


@pytest.mark.scenario("S-27")
def test_a_false_delay_notice_is_corrected_exactly_once(journey: StateDriver) -> None:
    journey.ship()
    journey.jump_to(LATE)
    assert journey.notice_kinds() == ["delayed"]
    journey.advance(hours=5).scan(S.DELIVERED, at=LATE - 30 * HOUR)
    journey.advance(hours=5).scan(S.DELIVERED, at=LATE - 29 * HOUR)
    journey.advance(days=2)
    assert journey.notice_kinds() == ["delayed", "delay_corrected"]


def test_a_delay_that_was_true_when_notified_is_not_corrected(journey: StateDriver) -> None:
    journey.ship()
    journey.jump_to(LATE - 24 * HOUR)
    journey.jump_to(LATE).scan(S.DELIVERED, at=LATE - 22 * HOUR)
    assert journey.notice_kinds() == ["delayed"]


def test_a_parcel_that_arrived_while_its_notice_lay_in_the_outbox_is_corrected_if_that_left(
    journey: StateDriver,
) -> None:
    journey.ship()
    journey.jump_to(LATE - 24 * HOUR)
    delay = journey.sent[-1]
    arrived = LATE - 24 * HOUR + timedelta(minutes=20)
    journey.jump_to(LATE).scan(S.DELIVERED, at=arrived)
    correction = journey.sent[-1]
    assert correction.kind == "delay_corrected"
    assert stale_reason(journey, delay) == "already_delivered"
    assert stale_reason(journey, correction) == "no_false_notice_sent"
    assert stale_reason(journey, correction, sent(delay, arrived - HOUR)) == "no_false_notice_sent"
    assert stale_reason(journey, correction, sent(delay, arrived + HOUR)) is None


def test_a_notice_that_is_no_longer_true_when_it_would_leave_stays(journey: StateDriver) -> None:
    journey.jump_to(LATE - 24 * HOUR)
    unshipped = journey.sent[-1]
    assert stale_reason(journey, unshipped) is None
    journey.ship()
    assert stale_reason(journey, unshipped) == "already_shipped"
    journey.estimate(LATE + 20 * HOUR)
    first = journey.sent[-1]
    assert stale_reason(journey, first) is None
    journey.estimate(LATE + 50 * HOUR)
    assert stale_reason(journey, first) == "superseded"
    assert stale_reason(journey, journey.sent[-1]) is None


def test_a_date_the_carrier_has_taken_back_meanwhile_is_not_sent(shipped: StateDriver) -> None:
    shipped.estimate(LATE + 20 * HOUR)
    sent = shipped.sent[-1]
    shipped.advance(minutes=5).estimate(LATE + 19 * HOUR)
    assert stale_reason(shipped, sent) is None, "it is late all the same"
    shipped.advance(minutes=5).estimate(LATE - 5 * HOUR)
    assert stale_reason(shipped, sent) == "estimate_improved"


def test_each_parcel_has_its_own_notice(journey: StateDriver) -> None:
    journey.ship({"1": 2}, number="A")
    journey.ship({"2": 1}, number="B")
    journey.scan(S.DELIVERED, "A")
    journey.jump_to(LATE)
    assert [notice.subject for notice in journey.state.delay_notices] == ["p2"]


def test_a_merchant_may_switch_off_all_delay_notices() -> None:
    journey = StateDriver(a_state(policy=Policy(delays=DelayTerms(max_notices=0))))
    journey.ship()
    journey.jump_to(LATE + timedelta(days=3))
    assert journey.notice_kinds() == []


@pytest.mark.parametrize(
    ("day", "zone", "late"),
    [
        (date(2026, 3, 6), "Europe/London", datetime(2026, 3, 7, 0, tzinfo=UTC)),
        (date(2026, 3, 28), "Europe/London", datetime(2026, 3, 29, 0, tzinfo=UTC)),
        (date(2026, 3, 29), "Europe/London", datetime(2026, 3, 29, 23, tzinfo=UTC)),
        (date(2026, 10, 25), "Europe/London", datetime(2026, 10, 26, 0, tzinfo=UTC)),
        (date(2026, 3, 6), "Pacific/Auckland", datetime(2026, 3, 6, 11, tzinfo=UTC)),
        (date(2026, 3, 6), "Pacific/Honolulu", datetime(2026, 3, 7, 10, tzinfo=UTC)),
        (date(2026, 9, 5), "America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
    ],
)
def test_a_promised_day_lasts_until_its_end_at_the_destination(day: date, zone: str, late: datetime) -> None:
    assert Promise(day=day).due(zone) == late


def test_hours_before_a_promise_are_hours_also_where_the_clocks_change() -> None:
    order = an_order(promise=Promise(day=date(2026, 3, 29)), placed_at=datetime(2026, 3, 25, tzinfo=UTC))
    journey = StateDriver(a_state(order, Policy(delays=DelayTerms(first_scan=None))))
    journey.ship()
    journey.jump_to(datetime(2026, 3, 28, 22, 59, tzinfo=UTC))
    assert journey.notice_kinds() == []
    journey.jump_to(datetime(2026, 3, 28, 23, 0, tzinfo=UTC))
    assert delay_reasons(journey) == ["no_first_scan"]


def test_an_estimate_of_a_day_holds_until_the_end_of_that_day(shipped: StateDriver) -> None:
    shipped.receive_scans(estimate=Estimate(reported_at=shipped.now, day=date(2026, 3, 6)))
    assert shipped.notice_kinds() == []
    shipped.advance(hours=1)
    shipped.receive_scans(estimate=Estimate(reported_at=shipped.now, day=date(2026, 3, 7)))
    assert delay_reasons(shipped) == ["estimate_after_promise"]


def test_an_older_estimate_that_comes_late_is_not_believed(shipped: StateDriver) -> None:
    shipped.estimate(LATE - HOUR)
    shipped.receive_scans(estimate=Estimate(reported_at=shipped.now - HOUR, at=LATE + timedelta(days=9)))
    assert shipped.notice_kinds() == []


def test_a_day_precise_scan_counts_from_the_start_of_its_day(shipped: StateDriver) -> None:
    shipped.receive_scans(Scan(key="d", at=PLACED + 26 * HOUR, status=S.IN_TRANSIT, precision="day"))
    assert shipped.state.parcels[0].tracking.moved_at == PLACED + 26 * HOUR


def test_a_cancelled_order_is_never_late(journey: StateDriver) -> None:
    journey.ship()
    journey.cancel_order()
    journey.settle_sent_legs()
    journey.jump_to(LATE + timedelta(days=30))
    assert "delayed" not in journey.notice_kinds()
    assert journey.state.attention == []


@pytest.mark.parametrize(("day", "corrected"), [("2026-03-04", 1), ("2026-03-05", 1), ("2026-03-06", 0)])
def test_a_delivery_with_only_a_day_corrects_a_delay_only_when_that_day_was_over(
    shipped: StateDriver, day: str, corrected: int
) -> None:
    shipped.jump_to(LATE - 24 * HOUR)
    assert shipped.notice_kinds() == ["delayed"], "at the first moment of the sixth"
    at = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    shipped.receive_scans(Scan(key="d", at=at, status=S.DELIVERED, precision="day", local=day))
    assert shipped.notice_kinds().count("delay_corrected") == corrected
