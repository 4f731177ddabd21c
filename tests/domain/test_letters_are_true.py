"""Each sentence of a letter is judged by the newest facts at the moment the letter leaves."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.delays.notice_outcomes import DelayNoticeDropped, DelayNoticeSent
from domain.journey.external_events import apply_event
from domain.model.delay_terms import GoodwillTerms, GoodwillTier
from domain.model.promise import Promise
from domain.model.scan import ParcelStatus
from domain.model.terms import Policy
from domain.notifications.causes import explains
from domain.notifications.facts import SentNotice
from domain.notifications.urgency import last_throttling_at
from domain.orders.commands.request_delay_consent import RequestDelayConsent
from domain.orders.commands.respond_to_delay_consent import RespondToDelayConsent
from tests.builders import a_state
from tests.domain.letters import details_of, last, left, stale_reason
from tests.domain.state_driver import CUSTOMER, SENIOR, SHOP, StateDriver

S = ParcelStatus
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATE = datetime(2026, 3, 7, tzinfo=UTC)  # the promise of the builders' order breaks


@pytest.fixture
def moving(journey: StateDriver) -> StateDriver:
    """On its way, a day before its promise breaks."""
    journey.ship()
    journey.jump_to(LATE - 30 * HOUR).scan(S.IN_TRANSIT)
    return journey


def test_a_problem_is_not_told_while_the_parcel_is_out_for_delivery(moving: StateDriver) -> None:
    moving.scan(S.EXCEPTION)
    letter = last(moving, "delayed")
    assert details_of(moving, letter)["reason"] == "exception"
    moving.advance(hours=2).scan(S.OUT_FOR_DELIVERY)
    assert stale_reason(moving, letter) == "no_longer_delayed"
    moving.jump_to(LATE + HOUR)
    assert details_of(moving, letter) | {"revision": 0} == {
        "reason": "promise_broken", "revision": 0, "due": LATE.isoformat(), "late": 1,
        "known": details_of(moving, letter)["known"], "next_update": details_of(moving, letter)["next_update"],
    }  # fmt: skip


def test_a_parcel_that_may_be_late_is_late_once_its_promise_is_broken(moving: StateDriver) -> None:
    moving.scan(S.EXCEPTION)
    letter = last(moving, "delayed")
    assert "late" not in details_of(moving, letter)
    assert details_of(moving.jump_to(LATE), letter)["late"] == 1


def test_a_failed_attempt_stays_true_at_the_depot_and_not_on_the_next_tour(moving: StateDriver) -> None:
    moving.scan(S.ATTEMPT_FAILED)
    letter = last(moving, "delayed")
    moving.advance(hours=1).scan(S.IN_TRANSIT)
    assert details_of(moving, letter)["reason"] == "attempt_failed"
    moving.advance(hours=9).scan(S.OUT_FOR_DELIVERY)
    assert stale_reason(moving, letter) == "no_longer_delayed"


def test_the_newest_expected_date_is_told_and_none_that_is_past(moving: StateDriver) -> None:
    moving.estimate(LATE + 20 * HOUR)
    letter = last(moving, "delayed")
    moving.advance(minutes=5).estimate(LATE + 30 * HOUR)
    assert details_of(moving, letter)["expected"] == (LATE + 30 * HOUR).isoformat()
    past = details_of(moving.jump_to(LATE + 31 * HOUR), letter)
    assert (past["reason"], "expected" in past) == ("promise_broken", False)


def test_the_next_letter_is_promised_only_for_a_time_to_come(moving: StateDriver) -> None:
    moving.scan(S.EXCEPTION)
    letter = last(moving, "delayed")
    assert "next_update" in details_of(moving, letter)
    moving.now += 80 * HOUR  # the outbox stood still, and the journey too
    assert "next_update" not in details_of(moving, letter)


def test_a_dropped_letter_is_untold_so_that_the_delay_is_news_again(moving: StateDriver) -> None:
    moving.scan(S.EXCEPTION)
    letter = last(moving, "delayed")
    moving.advance(hours=2).scan(S.OUT_FOR_DELIVERY)
    dropped = DelayNoticeDropped(subject="p1", revision=1, at=moving.now)
    assert apply_event(moving.state, dropped, moving.now)
    assert not apply_event(moving.state, dropped, moving.now), "once"
    assert [one.expired_at for one in moving.state.follow_ups] == [moving.now]
    moving.jump_to(LATE)
    again = last(moving, "delayed")
    assert (again.key != letter.key, details_of(moving, again)["reason"]) == (True, "promise_broken")


def test_a_dropped_letter_leaves_the_promise_of_the_letter_before_in_force(moving: StateDriver) -> None:
    moving.scan(S.EXCEPTION)
    promised = moving.state.follow_ups[0].due
    moving.advance(hours=1).scan(S.ATTEMPT_FAILED)
    dropped = DelayNoticeDropped(subject="p1", revision=2, at=moving.now, promised_until=promised)
    apply_event(moving.state, dropped, moving.now)
    assert [(one.open, one.due) for one in moving.state.follow_ups] == [(True, promised)]


def test_the_journey_knows_what_a_letter_said_instead(moving: StateDriver) -> None:
    moving.scan(S.EXCEPTION)
    said = DelayNoticeSent(subject="p1", revision=1, at=LATE, reason="promise_broken")
    apply_event(moving.state, said, LATE)
    [notice] = moving.state.delay_notices
    assert (notice.reason, notice.sent_at) == ("promise_broken", LATE)


def test_no_news_is_said_only_when_there_is_none_since_the_last_letter(moving: StateDriver) -> None:
    moving.scan(S.EXCEPTION)
    first = left(moving, last(moving, "delayed"))
    moving.advance(hours=73)
    letter = last(moving, "follow_up")
    assert "news" not in details_of(moving, letter, first)
    moving.scan(S.IN_TRANSIT)
    assert details_of(moving, letter, first)["news"] == "in_transit"
    told = left(moving, letter, first)
    moving.advance(hours=73)
    assert "news" not in details_of(moving, last(moving, "follow_up"), first, told)
    assert stale_reason(moving, letter) == "nothing_promised", "no letter promised it"


def test_a_follow_up_about_goods_in_the_warehouse_is_about_the_order(journey: StateDriver) -> None:
    journey.jump_to(LATE - 24 * HOUR)
    first = left(journey, last(journey, "delayed"))
    journey.advance(hours=73)
    letter = last(journey, "follow_up")
    assert details_of(journey, letter, first)["unshipped"] == 1
    assert "news" not in details_of(journey, letter, first)
    journey.ship({"1": 1})
    assert details_of(journey, letter, first)["news"] == "partly_shipped"


def test_the_carrier_waits_for_the_customer(moving: StateDriver) -> None:
    moving.scan(S.EXCEPTION)
    letter, parcel = last(moving, "delayed"), moving.state.parcels[0]
    assert "action" not in details_of(moving, letter)
    parcel.scans = [
        one.model_copy(update={"action_required": True}) if one.status is S.EXCEPTION else one
        for one in parcel.scans
    ]
    assert details_of(moving, letter)["action"] == 1
    first = left(moving, letter)
    moving.advance(hours=73)
    follow_up = details_of(moving, last(moving, "follow_up"), first)
    assert (follow_up["action"], follow_up.get("news")) == (1, None), "it waits also when nothing is new"


def test_a_note_of_the_carrier_is_spoken_of_also_when_nothing_is_new(moving: StateDriver) -> None:
    moving.scan(S.ATTEMPT_FAILED)
    first = left(moving, last(moving, "delayed"))
    moving.advance(hours=73)
    follow_up = details_of(moving, last(moving, "follow_up"), first)
    assert (follow_up["status"], follow_up.get("news")) == ("attempt_failed", None)


def test_a_parcel_is_to_be_collected_only_while_it_waits_and_in_time(moving: StateDriver) -> None:
    moving.scan(S.AVAILABLE_FOR_PICKUP)
    moving.advance(days=5)
    letter = last(moving, "pickup_reminder")
    assert stale_reason(moving, letter) is None
    moving.now += 3 * DAY
    assert stale_reason(moving, letter) == "time_over"
    moving.scan(S.DELIVERED)
    assert stale_reason(moving, letter) == "already_collected"


def test_a_choice_is_offered_only_before_its_deadline(journey: StateDriver) -> None:
    deadline = journey.now + DAY
    request = RequestDelayConsent(
        command_id="c", actor=SHOP, promise=Promise(at=LATE + 9 * DAY), deadline=deadline, default_answer="wait"
    )  # fmt: skip
    journey.execute(request)
    letter = last(journey, "consent_requested")
    assert details_of(journey, letter)["default_answer"] == "wait"
    journey.now = deadline
    assert stale_reason(journey, letter) == "time_over"
    journey.now = deadline - HOUR
    answer = RespondToDelayConsent(command_id="a", actor=CUSTOMER, consent_id=letter.subject, answer="wait")
    journey.execute(answer)
    assert stale_reason(journey, letter) == "already_answered"


def test_a_cancelled_order_says_what_is_still_to_be_paid(journey: StateDriver) -> None:
    journey.cancel_order()
    letter = last(journey, "order_cancelled")
    assert details_of(journey, letter)["payment"] == "due"
    journey.settle_sent_legs()
    assert details_of(journey, letter)["payment"] == "paid"
    refund = last(journey, "refunded")
    assert explains(letter, refund, journey.state.order.order)
    assert not explains(refund, letter, journey.state.order.order)


def test_a_code_is_shown_only_while_it_can_be_used(delivered: StateDriver, opened: str) -> None:
    letter = last(delivered, "return_authorized")
    assert stale_reason(delivered, letter) is None
    delivered.drop_off(opened)
    assert stale_reason(delivered, letter) == "already_handed_over"


def test_a_code_that_has_run_out_is_not_sent(delivered: StateDriver, opened: str) -> None:
    letter = last(delivered, "return_authorized")
    delivered.now = delivered.case(opened).code_expires_at
    assert stale_reason(delivered, letter) == "code_expired"


def test_goods_that_were_handed_over_do_not_stay_with_the_customer(delivered: StateDriver) -> None:
    subject = delivered.open({"1": 2}, resolution="store_credit").subject
    delivered.drop_off(subject)
    delivered.settle_sent_legs()
    refund = last(delivered, "refunded")
    assert stale_reason(delivered, refund) is None
    delivered.cancel_return(subject, actor=SENIOR)
    cancelled = last(delivered, "return_cancelled")
    assert details_of(delivered, cancelled)["handed_over"] == 1
    delivered.settle_sent_legs()
    assert stale_reason(delivered, refund) == "credit_reversed"
    taken_back = last(delivered, "credit_reversed")
    assert details_of(delivered, taken_back)["credit"] == details_of(delivered, taken_back)["amount"]
    assert explains(cancelled, taken_back, delivered.state.order.order)


def test_a_lost_parcel_is_refunded_only_while_that_is_due_and_not_found(moving: StateDriver) -> None:
    moving.override("mark_lost", parcel="p1", actor=SENIOR)
    letter = last(moving, "parcel_lost")
    assert details_of(moving, letter)["payment"] == "due"
    moving.settle_sent_legs()
    assert details_of(moving, letter)["payment"] == "paid"
    assert explains(letter, last(moving, "refunded"), moving.state.order.order)
    moving.advance(hours=1).scan(S.DELIVERED)
    assert stale_reason(moving, letter) == "parcel_found"
    assert stale_reason(moving, last(moving, "parcel_found")) is None


def test_a_correction_needs_a_false_letter_and_the_arrival(moving: StateDriver) -> None:
    moving.scan(S.EXCEPTION)
    told = left(moving, last(moving, "delayed"))
    moving.advance(hours=2).scan(S.DELIVERED, at=told.at - HOUR)
    letter = last(moving, "delay_corrected")
    assert stale_reason(moving, letter, told) is None
    assert stale_reason(moving, letter) == "no_false_notice_sent"
    searched = told.model_copy(update={"kind": "trace_opened", "key": "k"})
    assert stale_reason(moving, letter, searched) == "no_false_notice_sent"


def test_goodwill_says_how_late_the_order_was() -> None:
    goodwill = GoodwillTerms(tiers=(GoodwillTier(days=1, shipping=10000),))
    journey = StateDriver(a_state(policy=Policy(goodwill=goodwill)))
    journey.ship()
    journey.jump_to(LATE + 30 * HOUR).scan(S.DELIVERED)
    journey.settle_sent_legs()
    assert details_of(journey, last(journey, "goodwill_issued"))["lateness_days"] == 2


def test_a_more_urgent_letter_does_not_wait_for_the_throttle_of_a_lesser_one(moving: StateDriver) -> None:
    moving.scan(S.ATTEMPT_FAILED)
    letter = last(moving, "delayed")

    def sent(reason: str, kind: str = "delayed") -> SentNotice:
        return SentNotice.model_validate(
            {"key": "k", "kind": kind, "subject": "p1", "at": moving.now, "details": {"reason": reason}}
        )

    lesser = [sent(one) for one in ("no_first_scan", "no_movement", "exception", "promise_broken")]
    assert last_throttling_at(letter, [*lesser, sent("", "follow_up")]) is None
    assert last_throttling_at(letter, [sent("attempt_failed")]) == moving.now
    mere = letter.model_copy(update={"details": {"reason": "no_movement"}})
    assert last_throttling_at(mere, lesser) == moving.now
