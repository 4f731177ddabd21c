"""However an order ends, every unit is paid back at most once, and what never arrives is paid back by default."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.journey import JourneyState
from domain.parcels import ParcelStatus
from domain.refundable import refundable_per_tender
from domain.terms import CreditTerms, Policy
from domain.views import order_view, return_view
from tests.builders import a_state, gbp
from tests.domain.driving import AGENT, SENIOR, StateDriver, reasons
from tests.domain.test_life import an_uneven_order


@pytest.fixture
def delivered(life: StateDriver) -> StateDriver:
    life.advance(days=2).deliver()
    return life


def money(life: StateDriver, return_id: str) -> str:
    return return_view(life.state, life.case(return_id)).money


# Any sequence


@pytest.mark.scenario("S-64", "S-83")
@given(st.data())
def test_however_it_comes_back_each_unit_is_paid_once_and_all_units_what_was_paid(
    data: st.DataObject,
) -> None:
    pay_on = data.draw(st.sampled_from(["drop_off", "receipt"]))
    credit = CreditTerms(bonus=data.draw(st.integers(0, 10_000)), cap=data.draw(st.integers(0, 9000)))
    life = StateDriver(
        a_state(
            an_uneven_order(),
            Policy.model_validate({"pay_on": pay_on, "credit": credit, "review_above": None}),
        )
    )
    life.deliver()
    for _ in range(data.draw(st.integers(0, 3))):
        left = {line: count for line in "123" if (count := free(life.state, line))}
        cancelled(life, data, {line: data.draw(st.integers(1, count)) for line, count in left.items()})
    while left := {line: count for line in "123" if (count := free(life.state, line))}:
        line = data.draw(st.sampled_from(sorted(left)))
        send_back(life, data, {line: data.draw(st.integers(1, left[line]))})
        assert never_too_much(life.state)
    assert sum(principal for _, principal in life.legs("settled")) == 1000 + 8999


def free(state: JourneyState, line: str) -> int:
    return len(state.delivered_units().get(line, {})) - sum(out == line for out, _ in state.unavailable_units())


def cancelled(life: StateDriver, data: st.DataObject, wishes: dict[str, int]) -> None:
    subject = life.open(wishes).subject
    if data.draw(st.booleans()):
        life.cancel_return(subject)
    else:
        life.jump_to(life.case(subject).code_expires_at)
    assert life.legs() == []


def send_back(life: StateDriver, data: st.DataObject, wishes: dict[str, int]) -> None:
    """By drop-off or mail, received unit by unit or at once, as refund or credit."""
    resolution = data.draw(st.sampled_from(["refund", "store_credit"]))
    waived = {"actor": AGENT, "reason": "whenever it comes"}
    subject = life.open(wishes, resolution, **waived).subject  # type: ignore[arg-type]
    if data.draw(st.booleans()):
        life.drop_off(subject)
    while life.case(subject).missing:
        line, units = next(iter(life.case(subject).missing.items()))
        life.receive(subject, {line: data.draw(st.integers(1, len(units)))})
    life.settle_sent_legs()
    case = life.case(subject)
    legs = [leg for settlement in life.state.settlements_of(subject) for leg in settlement.legs]
    assert sum(leg.principal.minor for leg in legs) == case.quote.refund.minor
    earned = case.quote.credit_bonus.minor if resolution == "store_credit" else 0
    assert sum(leg.bonus.minor for leg in legs) == earned
    assert money(life, subject) == "paid"


def never_too_much(state: JourneyState) -> bool:
    return all(share.amount.minor >= 0 for share in refundable_per_tender(state))


# Orders that never arrive


@pytest.mark.scenario("S-6")
def test_before_anything_left_an_order_is_cancelled_and_all_of_it_refunded(life: StateDriver) -> None:
    life.ship()
    life.scan(ParcelStatus.PRE_TRANSIT)
    assert life.cancel_order().verdict == "accepted"
    assert life.legs() == [("gift", 1000), ("card", 5800)]
    assert reasons(life.cancel_order()) == ["order_cancelled"]
    assert reasons(life.ship(number="T9")) == ["order_cancelled", "units_already_shipped"]
    life.settle_sent_legs()
    assert life.state.stage == "cancelled"
    assert life.state.at_rest


@pytest.mark.scenario("S-30")
def test_what_a_carrier_has_cannot_be_cancelled(life: StateDriver) -> None:
    life.ship()
    life.scan(ParcelStatus.PICKED_UP)
    assert reasons(life.cancel_order()) == ["order_shipped"]


@pytest.mark.scenario("S-23")
def test_a_parcel_gone_silent_is_presumed_lost_and_paid_back_by_default(life: StateDriver) -> None:
    life.ship({"1": 2}, number="A")
    life.deliver({"2": 1})
    due = life.state.order.due()
    life.jump_to(due + timedelta(days=10) - timedelta(seconds=1))
    assert life.attention_kinds() == []
    life.advance(seconds=1)
    assert life.attention_kinds() == ["presumed_lost"]
    life.advance(days=3)
    assert sum(principal for _, principal in life.legs()) == 2400
    assert life.notice_kinds()[-1] == "parcel_lost"
    life.until_at_rest()
    assert life.violations({"1": 1}) == ["outside_window", "units_unavailable"] or "units_unavailable" in life.violations(
        {"1": 1}
    )


@pytest.mark.scenario("S-23")
@pytest.mark.parametrize("status", [ParcelStatus.DELIVERED, ParcelStatus.IN_TRANSIT])
def test_a_parcel_presumed_lost_that_moves_is_not_paid_back(life: StateDriver, status: ParcelStatus) -> None:
    life.ship()
    life.jump_to(life.state.order.due() + timedelta(days=11))
    assert life.attention_kinds() == ["presumed_lost"]
    life.scan(status)
    assert life.attention_kinds() == []
    life.advance(days=4)
    assert life.legs() == []


@pytest.mark.scenario("S-23")
def test_a_parcel_paid_back_and_found_again_is_a_question_and_no_second_payment(life: StateDriver) -> None:
    life.ship()
    assert reasons(life.override("mark_lost", AGENT, parcel="p1")) == ["role_too_low"]
    assert life.override("mark_lost", SENIOR, parcel="p1").verdict == "accepted"
    life.settle_sent_legs()
    life.advance(days=2).scan(ParcelStatus.DELIVERED)
    assert life.attention_kinds() == ["parcel_found"]
    assert "units_unavailable" in life.violations({"1": 1})
    assert reasons(life.override("mark_lost", SENIOR, parcel="p1")) == ["nothing_to_override"]
    life.until_at_rest()
    assert order_view(life.state, life.now).refunded == gbp(6400)


@pytest.mark.scenario("S-13")
def test_a_parcel_on_its_way_back_to_the_shop_is_paid_back_when_nobody_says_otherwise(life: StateDriver) -> None:
    life.ship()
    life.scan(ParcelStatus.IN_TRANSIT)
    life.advance(days=1).scan(ParcelStatus.RETURN_TO_SENDER)
    assert (life.state.stage, life.attention_kinds()) == ("shipped", ["returned_to_sender"])
    life.advance(days=3)
    assert sum(principal for _, principal in life.legs()) == 6400
    life.scan(ParcelStatus.RETURN_TO_SENDER)
    assert life.attention_kinds() == [], "that it moves homewards is no find"
    life.until_at_rest()


def test_sent_back_while_presumed_lost_is_asked_once_and_paid_once(life: StateDriver) -> None:
    life.ship()
    life.jump_to(life.state.order.due() + timedelta(days=10))
    life.advance(days=1).scan(ParcelStatus.RETURN_TO_SENDER)
    assert life.attention_kinds() == ["returned_to_sender"]
    life.until_at_rest()
    assert life.notice_kinds().count("parcel_lost") == 1


def test_what_is_never_shipped_is_asked_about_then_waited_for_no_longer(life: StateDriver) -> None:
    life.ship({"1": 1}, number="A")
    life.scan(ParcelStatus.DELIVERED, "A")
    life.jump_to(life.state.order.due() + timedelta(days=30))
    assert life.attention_kinds() == ["not_shipped"]
    life.until_at_rest()
    assert life.legs() == [], "nobody is paid back by guess"
    assert life.state.untracked_at is not None
    assert life.state.stage == "closed"


def test_a_parcel_that_ships_after_all_answers_the_question(life: StateDriver) -> None:
    life.jump_to(life.state.order.due() + timedelta(days=30))
    assert life.attention_kinds() == ["not_shipped"]
    life.ship()
    assert life.attention_kinds() == []


def test_a_closed_order_whose_parcel_comes_back_after_all_is_open_again(delivered: StateDriver) -> None:
    delivered.until_at_rest()
    assert delivered.state.stage == "closed"
    delivered.advance(days=2).scan(ParcelStatus.RETURN_TO_SENDER)
    assert delivered.attention_kinds() == ["returned_to_sender"]
    delivered.until_at_rest()
    assert order_view(delivered.state, delivered.now).refunded == gbp(6400)
