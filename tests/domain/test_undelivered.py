"""Units that will not arrive or will not be sent are refunded, also those on a return or a cancellation.

Two mugs at 12.00, a lamp for 40.00, shipping 4.00; paid with 10.00 of a gift card and 58.00 by card.
"""

from datetime import timedelta

import pytest

from domain.journey.order_view import order_view
from domain.model.scan import ParcelStatus
from domain.model.terms import Policy
from tests.builders import a_state, gbp
from tests.domain.state_driver import AGENT, CUSTOMER, SENIOR, SHOP, StateDriver, reasons

S = ParcelStatus


def paid_back(journey: StateDriver) -> int:
    return order_view(journey.state, journey.now).refunded.minor


def facts(journey: StateDriver, kind: str) -> dict[str, str | int]:
    (notice,) = [notice for notice in journey.sent if notice.kind == kind]
    return notice.details


# Returns of lost units


@pytest.mark.scenario("S-13")
def test_a_return_that_was_not_handed_over_ends_when_its_parcel_goes_back_to_the_shop(
    delivered: StateDriver,
) -> None:
    subject = delivered.open({"1": 2}).subject
    delivered.advance(days=1).scan(S.RETURN_TO_SENDER)
    delivered.advance(days=3)
    case = delivered.case(subject)
    assert (case.decision, delivered.state.parcels[0].lost_at) == ("cancelled", delivered.now)
    wanted = ["return_authorized", "parcel_returning", "return_cancelled", "parcel_lost"]
    assert delivered.notice_kinds() == wanted
    assert facts(delivered, "return_cancelled")["reason"] == "parcel_lost"
    assert "return_cancelled" in [entry.action for entry in delivered.written]
    delivered.until_at_rest()
    assert paid_back(delivered) == 6800
    assert "units_unavailable" in delivered.violations({"1": 1})
    assert reasons(delivered.override_return(subject, "reopen")) == ["quote_stale"]


def test_a_return_still_in_review_ends_too() -> None:
    journey = StateDriver(a_state(policy=Policy(review_above={"GBP": 0}, review_hours=24 * 9)))
    journey.deliver()
    subject = journey.open({"1": 1}).subject
    journey.scan(S.RETURN_TO_SENDER)
    assert journey.attention_kinds() == ["review", "returned_to_sender"]
    assert journey.override("mark_lost", SENIOR, parcel="p1").verdict == "accepted"
    assert (journey.case(subject).decision, journey.attention_kinds()) == ("cancelled", [])
    journey.until_at_rest()
    assert paid_back(journey) == 6800


def test_a_return_that_was_handed_over_stays_and_pays_its_units_itself(delivered: StateDriver) -> None:
    subject = delivered.open({"1": 2, "2": 1}).subject
    delivered.drop_off(subject)
    delivered.settle_sent_legs()
    delivered.scan(S.RETURN_TO_SENDER)
    delivered.advance(days=3)
    assert delivered.case(subject).decision == "authorized"
    assert "parcel_lost" not in delivered.notice_kinds(), "nothing is paid back for it"
    assert [s.occasion for s in delivered.state.settlements] == [f"return/{subject}/1"]
    delivered.until_at_rest()
    assert paid_back(delivered) == 6400


def test_a_return_of_another_parcel_is_left_alone(journey: StateDriver) -> None:
    journey.deliver({"1": 2})
    journey.deliver({"2": 1})
    mugs, lamp = journey.open({"1": 1}).subject, journey.open({"2": 1}).subject
    journey.scan(S.RETURN_TO_SENDER, "T1")
    journey.advance(days=3)
    assert (journey.case(mugs).decision, journey.case(lamp).decision) == ("cancelled", "authorized")
    journey.until_at_rest()
    assert paid_back(journey) == 2400


def test_a_held_return_of_a_lost_parcel_is_refunded_after_the_return_has_ended(
    delivered: StateDriver,
) -> None:
    subject = delivered.open({"1": 2}).subject
    delivered.override_return(subject, "hold", days=60)
    delivered.scan(S.RETURN_TO_SENDER)
    delivered.advance(days=3)
    assert (delivered.case(subject).decision, paid(delivered)) == ("authorized", 4000)
    delivered.jump_to(delivered.case(subject).code_expires_at)
    assert delivered.case(subject).decision == "expired"
    assert paid(delivered) == 6800
    occasions = [s.occasion for s in delivered.state.settlements]
    assert occasions == ["undelivered/ord_one/p1", "undelivered/ord_one/p1/2"]
    assert delivered.notice_kinds().count("parcel_lost") == 1
    delivered.until_at_rest()
    assert (paid_back(delivered), delivered.duplicate_notices()) == (6800, [])


def paid(journey: StateDriver) -> int:
    return sum(principal for _, principal in journey.legs())


def test_goods_lost_after_the_window_closed_are_paid_before_the_order_rests() -> None:
    """A run ends as soon as nothing is open: money that is due and not yet planned is open."""
    journey = StateDriver(a_state(policy=Policy(pay_on="receipt")))
    journey.advance(days=2).deliver()
    subject = journey.open({"1": 2}).subject
    journey.advance(days=13).drop_off(subject)
    journey.until_at_rest()
    assert (journey.case(subject).goods, paid_back(journey)) == ("lost", 2400)


# Cancelled, and still under way


@pytest.mark.scenario("S-6")
def test_a_parcel_of_a_cancelled_order_that_still_moves_raises_one_question(
    journey: StateDriver,
) -> None:
    journey.ship()
    journey.scan(S.PRE_TRANSIT)
    journey.cancel_order()
    journey.settle_sent_legs()
    assert journey.state.at_rest
    journey.advance(hours=5).scan(S.PICKED_UP)
    (question,) = journey.state.attention
    raised = (question.kind, question.subject, question.owner, question.default)
    assert raised == ("shipped_after_cancel", "p1", "merchant", "dismiss")
    journey.advance(days=4).scan(S.DELIVERED)
    assert journey.attention_kinds() == []
    journey.until_at_rest()
    assert paid_back(journey) == 6800


# Part of an order that is never sent


@pytest.mark.scenario("S-6")
def test_an_agent_may_cancel_unshipped_units_and_only_those_are_refunded(journey: StateDriver) -> None:
    journey.ship({"1": 1}, number="A")
    journey.scan(S.IN_TRANSIT, "A")
    journey.jump_to(journey.state.due + timedelta(days=30))
    assert "not_shipped" in journey.attention_kinds()
    assert reasons(journey.cancel_order(CUSTOMER)) == reasons(journey.cancel_order(SHOP)) == ["order_shipped"]
    assert reasons(journey.override("cancel", SHOP)) == ["role_too_low"]
    assert journey.override("cancel", AGENT).verdict == "accepted"
    assert "not_shipped" not in journey.attention_kinds()
    (settlement,) = journey.state.settlements
    assert (settlement.occasion, settlement.units) == ("unshipped/ord_one", {"1": [1], "2": [0]})
    assert settlement.principal == gbp(1200 + 4000), "shipping stays"
    assert (journey.state.cancelled_at, journey.state.unshipped()) == (None, {})
    assert journey.sent[-1].kind == "rest_cancelled"
    assert reasons(journey.ship({"2": 1}, number="B")) == ["units_already_shipped"]
    assert reasons(journey.override("cancel", AGENT)) == ["order_shipped"]
    journey.scan(S.DELIVERED, "A")
    assert journey.state.stage == "delivered"
    assert journey.violations({"2": 1}) == ["units_unavailable"]
    journey.drop_off(journey.open({"1": 1}).subject)
    journey.until_at_rest()
    assert (journey.state.stage, paid_back(journey)) == ("closed", 6400)


def test_cancelled_goods_are_never_late(journey: StateDriver) -> None:
    journey.ship({"1": 2}, number="A")
    journey.scan(S.DELIVERED, "A")
    journey.override("cancel")
    journey.settle_sent_legs()
    journey.jump_to(journey.state.due + timedelta(days=40))
    assert (journey.notice_kinds(), journey.state.untracked_at) == (["rest_cancelled", "refunded"], None)
    assert journey.state.at_rest


def test_before_anything_is_shipped_an_agent_cancels_the_whole_order(journey: StateDriver) -> None:
    journey.ship({"1": 1})
    assert journey.override("cancel").verdict == "accepted"
    assert journey.state.cancelled_at is not None
    assert paid(journey) == 6800


def test_a_label_voided_after_the_rest_was_cancelled_can_be_cancelled_too(journey: StateDriver) -> None:
    journey.ship({"1": 1}, number="A")
    journey.ship({"1": 1}, number="B")
    journey.scan(S.PICKED_UP, "A")
    journey.override("cancel")
    journey.scan(S.CANCELLED, "B")
    assert journey.override("cancel").verdict == "accepted"
    journey.advance(hours=1).scan(S.CANCELLED, "A")
    assert journey.override("cancel").verdict == "accepted"
    occasions = [s.occasion for s in journey.state.settlements]
    assert occasions == ["unshipped/ord_one", "unshipped/ord_one/2", "unshipped/ord_one/3"]
    journey.until_at_rest()
    assert (paid_back(journey), journey.duplicate_notices()) == (6800, [])


def test_a_voided_label_whose_cancelled_goods_still_arrive_raises_a_question(
    journey: StateDriver,
) -> None:
    journey.ship({"1": 1}, number="A")
    journey.ship(number="B")
    journey.scan(S.DELIVERED, "A")
    journey.scan(S.CANCELLED, "B")
    journey.override("cancel")
    journey.advance(days=1).scan(S.DELIVERED, "B")
    assert journey.attention_kinds() == ["shipped_after_cancel"]
    journey.until_at_rest()
    assert paid_back(journey) == 5200


def test_a_label_voided_after_its_goods_went_on_a_return_frees_only_what_is_on_no_return(
    delivered: StateDriver,
) -> None:
    """Found by the journey machine: a late "cancelled" scan, older than the delivery, voids the label (S-14)."""
    delivered.open({"1": 1})
    arrived = delivered.state.parcels[0].delivered_at
    assert arrived is not None
    delivered.scan(S.CANCELLED, at=arrived - timedelta(hours=1))
    assert delivered.state.parcels[0].void
    delivered.override("cancel", AGENT)
    claimed = {unit for case in delivered.state.returns for unit in case.units["1"]}
    paid = {u for s in delivered.state.settlements if s.return_id is None for u in s.units.get("1", [])}
    assert not claimed & paid
    assert "return_under_way" in reasons(delivered.cancel_order(SHOP))
