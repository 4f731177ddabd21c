"""In every ending of an order each unit is refunded at most once, and what never arrives is refunded by default."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.journey.order_view import order_view
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.model.terms import CreditTerms, Policy
from domain.payments.refundable import refundable_per_tender
from domain.returns.views import return_view
from tests.builders import a_state, gbp
from tests.domain.journey_strategies import an_uneven_order
from tests.domain.state_driver import AGENT, SENIOR, StateDriver, reasons


def money(journey: StateDriver, return_id: str) -> str:
    return return_view(journey.state, journey.case(return_id)).money


# Any sequence


@pytest.mark.scenario("S-64", "S-83")
@given(st.data())
def test_however_it_comes_back_each_unit_is_paid_once_and_all_units_what_was_paid(
    data: st.DataObject,
) -> None:
    pay_on = data.draw(st.sampled_from(["drop_off", "receipt"]))
    credit = CreditTerms(
        bonus=data.draw(st.integers(0, 10_000)), cap={"GBP": data.draw(st.integers(0, 9000))}
    )
    journey = StateDriver(
        a_state(
            an_uneven_order(),
            Policy.model_validate({"pay_on": pay_on, "credit": credit, "review_above": None}),
        )
    )
    journey.deliver()
    for _ in range(data.draw(st.integers(0, 3))):
        left = {line: count for line in "123" if (count := free(journey.state, line))}
        cancelled(journey, data, {line: data.draw(st.integers(1, count)) for line, count in left.items()})
    while left := {line: count for line in "123" if (count := free(journey.state, line))}:
        line = data.draw(st.sampled_from(sorted(left)))
        send_back(journey, data, {line: data.draw(st.integers(1, left[line]))})
        assert balances_are_not_negative(journey.state)
    assert sum(principal for _, principal in journey.legs("settled")) == 1000 + 8999


def free(state: JourneyState, line: str) -> int:
    return len(state.arrivals().get(line, {})) - sum(out == line for out, _ in state.unavailable_units())


def cancelled(journey: StateDriver, data: st.DataObject, units: dict[str, int]) -> None:
    subject = journey.open(units).subject
    if data.draw(st.booleans()):
        journey.cancel_return(subject)
    else:
        journey.jump_to(journey.case(subject).code_expires_at)
    assert journey.legs() == []


def send_back(journey: StateDriver, data: st.DataObject, units: dict[str, int]) -> None:
    """By drop-off or mail, received unit by unit or at once, as refund or credit."""
    resolution = data.draw(st.sampled_from(["refund", "store_credit"]))
    waived = {"actor": AGENT, "reason": "whenever it comes"}
    subject = journey.open(units, resolution, **waived).subject  # type: ignore[arg-type]
    if data.draw(st.booleans()):
        journey.drop_off(subject)
    while journey.case(subject).missing:
        line, missing = next(iter(journey.case(subject).missing.items()))
        journey.receive(subject, {line: data.draw(st.integers(1, len(missing)))})
    journey.settle_sent_legs()
    case = journey.case(subject)
    legs = [leg for settlement in journey.state.settlements_of(subject) for leg in settlement.legs]
    assert sum(leg.principal.minor for leg in legs) == case.quote.refund.minor
    earned = case.quote.credit_bonus.minor if resolution == "store_credit" else 0
    assert sum(leg.bonus.minor for leg in legs) == earned
    assert money(journey, subject) == "paid"


def balances_are_not_negative(state: JourneyState) -> bool:
    return all(share.amount.minor >= 0 for share in refundable_per_tender(state))


# Orders that never arrive


@pytest.mark.scenario("S-6")
def test_before_anything_is_shipped_an_order_is_cancelled_and_refunded_whole(journey: StateDriver) -> None:
    journey.ship()
    journey.scan(ParcelStatus.PRE_TRANSIT)
    assert journey.cancel_order().verdict == "accepted"
    assert journey.legs() == [("gift", 1000), ("card", 5800)]
    assert reasons(journey.cancel_order()) == ["order_cancelled"]
    assert reasons(journey.ship(number="T9")) == ["order_cancelled", "units_already_shipped"]
    journey.settle_sent_legs()
    assert journey.state.stage == "cancelled"
    assert journey.state.at_rest


@pytest.mark.scenario("S-30")
def test_units_that_a_carrier_has_cannot_be_cancelled(journey: StateDriver) -> None:
    journey.ship()
    journey.scan(ParcelStatus.PICKED_UP)
    assert reasons(journey.cancel_order()) == ["order_shipped"]


@pytest.mark.scenario("S-23")
def test_a_silent_parcel_is_presumed_lost_and_refunded_by_default(journey: StateDriver) -> None:
    journey.ship({"1": 2}, number="A")
    journey.scan(ParcelStatus.IN_TRANSIT, number="A")
    journey.deliver({"2": 1})
    due = journey.state.order.due()
    journey.jump_to(due + timedelta(days=10) - timedelta(seconds=1))
    assert journey.attention_kinds() == []
    journey.advance(seconds=1)
    assert journey.attention_kinds() == ["presumed_lost"]
    journey.advance(days=3)
    assert sum(principal for _, principal in journey.legs()) == 2400
    assert journey.notice_kinds()[-1] == "parcel_lost"
    journey.until_at_rest()
    assert journey.violations({"1": 1}) == [
        "outside_window",
        "units_unavailable",
    ] or "units_unavailable" in journey.violations({"1": 1})


@pytest.mark.scenario("S-23")
@pytest.mark.parametrize("status", [ParcelStatus.DELIVERED, ParcelStatus.IN_TRANSIT])
def test_a_parcel_presumed_lost_that_moves_is_not_refunded(
    journey: StateDriver, status: ParcelStatus
) -> None:
    journey.ship()
    journey.scan(ParcelStatus.PICKED_UP)
    journey.jump_to(journey.state.order.due() + timedelta(days=11))
    assert journey.attention_kinds() == ["presumed_lost"]
    journey.scan(status)
    assert journey.attention_kinds() == []
    journey.advance(days=4)
    assert journey.legs() == []


@pytest.mark.scenario("S-23")
def test_a_refunded_parcel_that_is_found_again_raises_a_question_and_no_second_payment(
    journey: StateDriver,
) -> None:
    journey.ship()
    assert reasons(journey.override("mark_lost", AGENT, parcel="p1")) == ["role_too_low"]
    assert journey.override("mark_lost", SENIOR, parcel="p1").verdict == "accepted"
    journey.settle_sent_legs()
    journey.advance(days=2).scan(ParcelStatus.DELIVERED)
    assert journey.attention_kinds() == ["parcel_found"]
    assert "units_unavailable" in journey.violations({"1": 1})
    assert reasons(journey.override("mark_lost", SENIOR, parcel="p1")) == ["nothing_to_override"]
    journey.until_at_rest()
    assert order_view(journey.state, journey.now).refunded == gbp(6800)


@pytest.mark.scenario("S-13")
def test_a_parcel_on_its_way_back_to_the_shop_is_refunded_by_default(
    journey: StateDriver,
) -> None:
    journey.ship()
    journey.scan(ParcelStatus.IN_TRANSIT)
    journey.advance(days=1).scan(ParcelStatus.RETURN_TO_SENDER)
    assert (journey.state.stage, journey.attention_kinds()) == ("shipped", ["returned_to_sender"])
    journey.advance(days=3)
    assert sum(principal for _, principal in journey.legs()) == 6800
    journey.scan(ParcelStatus.RETURN_TO_SENDER)
    assert journey.attention_kinds() == [], "that it moves homewards is no find"
    journey.until_at_rest()


def test_a_parcel_returned_to_sender_while_presumed_lost_raises_one_question_and_is_paid_once(
    journey: StateDriver,
) -> None:
    journey.ship()
    journey.jump_to(journey.state.order.due() + timedelta(days=10))
    journey.advance(days=1).scan(ParcelStatus.RETURN_TO_SENDER)
    assert journey.attention_kinds() == ["returned_to_sender"]
    journey.until_at_rest()
    assert journey.notice_kinds().count("parcel_lost") == 1


def test_goods_never_shipped_raise_a_question_and_are_then_no_longer_expected(journey: StateDriver) -> None:
    journey.ship({"1": 1}, number="A")
    journey.scan(ParcelStatus.DELIVERED, "A")
    journey.jump_to(journey.state.order.due() + timedelta(days=30))
    assert journey.attention_kinds() == ["not_shipped"]
    journey.until_at_rest()
    assert journey.legs() == [], "no refund by guess"
    assert journey.state.untracked_at is not None
    assert journey.state.stage == "closed"


def test_a_parcel_that_ships_late_resolves_the_question(journey: StateDriver) -> None:
    journey.jump_to(journey.state.order.due() + timedelta(days=30))
    assert journey.attention_kinds() == ["not_shipped"]
    journey.ship()
    assert journey.attention_kinds() == []


def test_a_closed_order_whose_parcel_comes_back_after_all_is_open_again(delivered: StateDriver) -> None:
    delivered.until_at_rest()
    assert delivered.state.stage == "closed"
    delivered.advance(days=2).scan(ParcelStatus.RETURN_TO_SENDER)
    assert delivered.attention_kinds() == ["returned_to_sender"]
    delivered.until_at_rest()
    assert order_view(delivered.state, delivered.now).refunded == gbp(6800)
