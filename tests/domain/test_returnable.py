"""What a return form offers is what a quote accepts, and what it denies is refused for the same reasons."""

from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import given, settings

from domain.model.quote import ReturnItem
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.model.terms import Policy
from domain.reasons import Reason
from domain.returns import eligibility, quotes
from domain.returns.returnable import returnable
from tests.builders import PLACED, a_delivered_state, a_return, a_state
from tests.domain.journey_strategies import POLICIES, an_uneven_order
from tests.domain.state_driver import StateDriver

STEPS = st.lists(st.sampled_from(["ship", "deliver", "return", "drop", "lost", "cancel", "wait"]), max_size=8)


def a_journey(policy: Policy, steps: list[str], flags: tuple[bool, bool]) -> StateDriver:
    order = an_uneven_order()
    lines = tuple(
        line.model_copy(update={"final_sale": flags[0], "returnable": not flags[1]})
        if line.line_id == "2"
        else line
        for line in order.lines
    )
    journey = StateDriver(a_state(order.model_copy(update={"lines": lines}), policy))
    for step in steps:
        match step:
            case "ship":
                journey.ship({"1": 1})
            case "deliver":
                journey.ship()
                for parcel in journey.state.parcels:
                    journey.scan(ParcelStatus.DELIVERED, parcel.tracking_number)
            case "return" if not journey.violations({"1": 1}):
                journey.open({"1": 1})
            case "drop" if journey.state.returns:
                journey.drop_off(journey.state.returns[-1].return_id)
            case "lost" if journey.state.parcels:
                journey.override("mark_lost", parcel="p1")
            case "cancel":
                journey.override("cancel")
            case "wait":
                journey.advance(days=11)
    return journey


def codes(state: JourneyState, journey: StateDriver, line: str, quantity: int) -> list[Reason]:
    items = [ReturnItem(line_id=line, quantity=quantity, reason=state.terms.policy.reasons[0])]
    return [one.code for one in eligibility.violations(state, items, journey.now)]


@settings(max_examples=25)
@given(POLICIES, STEPS, st.tuples(st.booleans(), st.booleans()))
def test_an_offer_is_quoted_and_a_denial_is_refused_for_the_same_reasons(
    policy: Policy, steps: list[str], flags: tuple[bool, bool]
) -> None:
    journey = a_journey(policy, steps, flags)
    state = journey.state
    offer = returnable(state, journey.now)
    for line in offer.lines:
        for quantity in range(1, line.units_left + 1):
            assert codes(state, journey, line.line_id, quantity) == []
        refused = codes(state, journey, line.line_id, line.units_left + 1)
        assert refused, "one more is refused"
        if not line.units_left:
            assert [reason.code for reason in line.reasons] == refused
            assert (line.returnable_until, line.refund.minor) == (None, 0)
        else:
            assert line.reasons == ()
            assert line.returnable_until
            assert line.returnable_until > journey.now
    left = {line.line_id: line.units_left for line in offer.lines if line.units_left}
    if left:
        items = [ReturnItem(line_id=line, quantity=count, reason="unwanted") for line, count in left.items()]
        assert eligibility.violations(state, items, journey.now) == []
        quote = quotes.quote(state, items, journey.now)
        assert (quote.refund, quote.credit_bonus) == (offer.refund, offer.credit_bonus)
    else:
        assert (offer.refund.minor, offer.credit_bonus.minor) == (0, 0)


def test_units_on_a_return_are_not_offered_and_a_line_out_of_time_says_until_when_it_was() -> None:
    state = a_delivered_state()
    a_return(state)
    assert state.clock is not None
    [mugs, lamp] = returnable(state, state.clock).lines
    assert (mugs.units_left, mugs.refund.minor, mugs.credit_bonus.minor) == (1, 1200, 120)
    assert (lamp.units_left, lamp.refund.minor) == (1, 4000)
    [mugs, _] = returnable(state, PLACED + timedelta(days=60)).lines
    assert [reason.code for reason in mugs.reasons] == ["outside_window"]
    assert "window_end" in mugs.reasons[0].details
