"""Each reason of a delay has its own timer (DLY-1), and a notified customer hears again when we promised (NEW-5).

Placed on Monday 2 March 2026 at 09:00, promised for Friday 6 March in London: late from midnight on.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.model.delay_terms import DelayTerms
from domain.model.estimate import Estimate
from domain.model.promise import Promise
from domain.model.scan import ParcelStatus, Scan
from domain.model.terms import Policy
from tests.builders import PLACED, a_state, an_order
from tests.domain.letters import stale_reason
from tests.domain.state_driver import StateDriver

S = ParcelStatus
HOUR = timedelta(hours=1)
LATE = datetime(2026, 3, 7, tzinfo=UTC)


@pytest.fixture
def far_promise() -> StateDriver:
    """Promised for the end of the month, so that no promise is at risk yet."""
    return StateDriver(a_state(an_order(promise=Promise(day=date(2026, 3, 31)))))


@pytest.fixture
def shipped(journey: StateDriver) -> StateDriver:
    journey.advance(days=1).ship()
    journey.scan(S.IN_TRANSIT)
    return journey


def delays_notified(journey: StateDriver) -> list[tuple[str, datetime]]:
    return [(notice.reason, notice.notified_at) for notice in journey.state.delay_notices]


def test_a_label_without_a_scan_for_three_days_is_notified(far_promise: StateDriver) -> None:
    far_promise.ship()
    far_promise.advance(days=10)
    assert delays_notified(far_promise) == [("no_first_scan", PLACED + 72 * HOUR)]


def resting(journey: StateDriver, *days: int) -> StateDriver:
    """On these days of March the carrier does not work there."""
    off = tuple(date(2026, 3, day) for day in days)
    journey.state.terms = journey.state.terms.model_copy(update={"off_days": off})
    journey.ship()
    journey.scan(S.IN_TRANSIT)
    return journey.advance(days=12)


def test_a_parcel_without_movement_for_five_working_days_is_notified_when_they_are_over(
    far_promise: StateDriver,
) -> None:
    assert delays_notified(resting(far_promise, 7, 8)) == [
        ("no_movement", datetime(2026, 3, 9, 9, tzinfo=UTC))
    ]


def test_a_public_holiday_does_not_count(far_promise: StateDriver) -> None:
    assert delays_notified(resting(far_promise, 7, 8, 9)) == [
        ("no_movement", datetime(2026, 3, 10, 9, tzinfo=UTC))
    ]


def test_a_failed_attempt_is_notified_at_once_and_the_next_one_again(shipped: StateDriver) -> None:
    shipped.advance(hours=3).scan(S.ATTEMPT_FAILED)
    assert [(t.reason, t.attempt) for t in shipped.state.delay_notices] == [("attempt_failed", 1)]
    shipped.advance(hours=24).scan(S.ATTEMPT_FAILED)
    assert [(t.reason, t.attempt) for t in shipped.state.delay_notices] == [
        ("attempt_failed", 1),
        ("attempt_failed", 2),
    ]
    assert shipped.sent[-1].details["attempts"] == 2


def test_an_attempt_that_several_senders_report_is_one_attempt(shipped: StateDriver) -> None:
    at = shipped.advance(hours=3).now
    shipped.scan(S.ATTEMPT_FAILED, at=at)
    for minutes in (0, 1, 40):
        code = f"another sender's {minutes}"
        told = Scan(key=code, at=at + timedelta(minutes=minutes), status=S.ATTEMPT_FAILED, code=code)
        shipped.receive_scans(told)
    midnight = at.replace(hour=0, minute=0, second=0)
    shipped.receive_scans(
        Scan(key="day", at=midnight, status=S.ATTEMPT_FAILED, precision="day", local="2026-03-02")
    )
    assert [(t.reason, t.attempt) for t in shipped.state.delay_notices] == [("attempt_failed", 1)]


def test_an_older_attempt_received_after_the_delivery_is_no_news(shipped: StateDriver) -> None:
    at = shipped.advance(hours=3).now
    shipped.advance(hours=20).scan(S.DELIVERED)
    shipped.scan(S.ATTEMPT_FAILED, at=at)
    assert delays_notified(shipped) == []


@pytest.mark.parametrize(("hours", "reasons"), [(71, []), (72, ["estimate_slipped"])])
def test_a_date_that_slips_within_the_promise_is_notified_from_three_days_on(
    far_promise: StateDriver, hours: int, reasons: list[str]
) -> None:
    far_promise.ship()
    far_promise.scan(S.IN_TRANSIT)
    first = PLACED + timedelta(days=5)
    far_promise.estimate(first)
    far_promise.advance(hours=1).receive_scans(
        estimate=Estimate(reported_at=far_promise.now, at=first + hours * HOUR)
    )
    assert [reason for reason, _ in delays_notified(far_promise)] == reasons


def test_a_reason_that_the_merchant_switches_off_is_never_notified() -> None:
    quiet = Policy(delays=DelayTerms(first_scan=None, no_movement_days=None, slipped=None))
    journey = StateDriver(a_state(an_order(promise=Promise(day=date(2026, 3, 31))), quiet))
    journey.ship()
    journey.advance(days=27)
    assert delays_notified(journey) == []


def test_a_parcel_at_a_pickup_point_is_reminded_of_two_days_before_it_goes_back(shipped: StateDriver) -> None:
    shipped.advance(days=1).scan(S.AVAILABLE_FOR_PICKUP)
    arrived = shipped.now
    shipped.advance(days=4)
    assert "pickup_reminder" not in shipped.notice_kinds()
    shipped.advance(days=1)
    assert shipped.notice_kinds().count("pickup_reminder") == 1
    reminder = next(one for one in shipped.sent if one.kind == "pickup_reminder")
    assert reminder.details == {"collect_by": (arrived + timedelta(days=7)).isoformat()}
    shipped.advance(hours=1).scan(S.DELIVERED)
    assert stale_reason(shipped, reminder) == "already_collected"
    shipped.advance(days=3)
    assert shipped.notice_kinds().count("pickup_reminder") == 1


# NEW-5


def test_a_delay_has_a_follow_up_when_promised_though_nothing_is_new(shipped: StateDriver) -> None:
    shipped.jump_to(LATE - 24 * HOUR)
    (delayed,) = shipped.sent
    by = shipped.now + timedelta(hours=72)
    assert delayed.details["next_update"] == by.isoformat()
    shipped.jump_to(by - HOUR)
    assert shipped.notice_kinds() == ["delayed"]
    shipped.jump_to(by)
    assert shipped.notice_kinds() == ["delayed", "follow_up"]
    assert shipped.sent[-1].details["next_update"] == (by + timedelta(hours=72)).isoformat()


def test_a_follow_up_is_fulfilled_by_any_notice_that_comes_before(shipped: StateDriver) -> None:
    shipped.jump_to(LATE - 24 * HOUR)
    shipped.advance(hours=20).estimate(LATE + timedelta(days=2, hours=9))
    assert shipped.notice_kinds() == ["delayed", "delayed"]
    (follow_up,) = shipped.state.follow_ups
    assert (follow_up.number, follow_up.due) == (2, shipped.now + timedelta(hours=72))
    assert [entry.action for entry in shipped.written if entry.action.startswith("follow_up")] == [
        "follow_up_promised", "follow_up_fulfilled", "follow_up_promised",
    ]  # fmt: skip


def test_no_notice_is_sent_about_a_parcel_that_has_arrived(shipped: StateDriver) -> None:
    shipped.jump_to(LATE - 24 * HOUR)
    shipped.advance(hours=20).scan(S.DELIVERED)
    (follow_up,) = shipped.state.follow_ups
    assert follow_up.expired_at == shipped.now
    shipped.advance(days=10)
    assert shipped.notice_kinds() == ["delayed"]


def test_a_named_date_later_than_that_is_the_next_update(shipped: StateDriver) -> None:
    expected = LATE + timedelta(days=9, hours=9)
    shipped.estimate(expected)
    assert shipped.sent[-1].details["next_update"] == expected.isoformat()


def test_follow_ups_end_and_each_is_fulfilled_or_expired_when_the_order_rests(shipped: StateDriver) -> None:
    shipped.jump_to(LATE - 24 * HOUR)
    shipped.until_at_rest()
    assert all(not follow_up.open for follow_up in shipped.state.follow_ups)
    assert shipped.duplicate_notices() == []
    ends = {"follow_up_fulfilled", "follow_up_expired"}
    given = sum(entry.action == "follow_up_promised" for entry in shipped.written)
    assert given == sum(entry.action in ends for entry in shipped.written)


def test_a_cancelled_order_has_no_follow_up_left(journey: StateDriver) -> None:
    journey.jump_to(LATE - 24 * HOUR)
    assert journey.notice_kinds() == ["delayed"]
    journey.cancel_order()
    assert [follow_up.expired_at for follow_up in journey.state.follow_ups] == [journey.now]


def test_a_notice_about_unshipped_goods_still_counts_for_their_parcel(journey: StateDriver) -> None:
    journey.jump_to(LATE - 24 * HOUR)
    assert journey.notice_kinds() == ["delayed"]
    journey.advance(hours=5).ship()
    (follow_up,) = journey.state.follow_ups
    assert (follow_up.subject, follow_up.open) == ("p1", True)
    journey.jump_to(follow_up.due)
    assert journey.notice_kinds().count("follow_up") + journey.notice_kinds().count("delayed") >= 2, (
        "they did hear from us"
    )
