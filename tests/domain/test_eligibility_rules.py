"""What may be returned, until when, and all reasons at once why something may not.

Delivered on Wednesday 4 March 2026 in London; the window of thirty days ends with 3 April there.
"""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from domain.model.order import Destination, OrderLine
from domain.model.quote import ReturnItem
from domain.model.scan import ParcelStatus
from domain.model.terms import Policy
from domain.returns.eligibility import violations
from tests.builders import a_state, an_order, gbp
from tests.domain.state_driver import AGENT, CUSTOMER, SENIOR, StateDriver, reasons, return_items

CLOSES = datetime(2026, 4, 3, 23, tzinfo=UTC)  # midnight in London, where summer time began on 29 March


def test_delivered_goods_may_be_sent_back(delivered: StateDriver) -> None:
    assert delivered.violations({"1": 2, "2": 1}) == []


@pytest.mark.scenario("S-30")
def test_a_return_without_deliveries_without_items_or_of_a_cancelled_order_is_refused(
    journey: StateDriver,
) -> None:
    assert journey.violations({"1": 1}) == ["nothing_delivered", "units_unavailable"]
    assert journey.violations({}) == ["no_items", "nothing_delivered"]
    journey.ship()
    assert journey.violations({"1": 1}) == ["nothing_delivered", "units_unavailable"]
    journey.cancel_order()
    assert journey.violations({"1": 1}) == ["order_cancelled", "units_unavailable"]


@pytest.mark.scenario("S-31")
def test_a_line_of_another_order_is_refused_by_name(delivered: StateDriver) -> None:
    (violation,) = violations(delivered.state, return_items({"77": 1}), delivered.now)
    assert (violation.code, violation.details) == ("line_not_in_order", {"line": "77"})


@pytest.mark.scenario("S-32")
def test_a_return_of_more_than_was_delivered_is_refused_with_what_is_left(delivered: StateDriver) -> None:
    (violation,) = violations(delivered.state, return_items({"1": 3}), delivered.now)
    assert (violation.code, violation.details) == (
        "units_unavailable",
        {"line": "1", "requested": 3, "available": 2},
    )


@pytest.mark.scenario("S-32")
def test_a_unit_that_is_still_on_its_way_cannot_be_returned(journey: StateDriver) -> None:
    journey.deliver({"1": 1})
    journey.ship({"1": 1})
    assert journey.violations({"1": 1}) == []
    assert journey.violations({"1": 2}) == ["units_unavailable"]


@pytest.mark.scenario("S-33")
def test_a_unit_on_an_open_return_cannot_be_returned_again(delivered: StateDriver) -> None:
    delivered.open({"1": 1})
    assert delivered.violations({"1": 2}) == ["units_unavailable"]
    assert delivered.violations({"1": 1}) == []


@pytest.mark.scenario("S-34")
def test_a_unit_already_returned_cannot_be_returned_again(delivered: StateDriver) -> None:
    subject = delivered.open({"1": 2}).subject
    delivered.drop_off(subject)
    delivered.receive(subject)
    delivered.settle_sent_legs()
    delivered.advance(days=5)
    assert delivered.violations({"1": 1}) == ["units_unavailable"]


@pytest.mark.scenario("S-35")
def test_the_same_line_listed_twice_is_its_sum(delivered: StateDriver) -> None:
    twice = [*return_items({"1": 1}), *return_items({"1": 2})]
    (violation,) = violations(delivered.state, twice, delivered.now)
    assert violation.details["requested"] == 3


@pytest.mark.scenario("S-36")
@pytest.mark.parametrize("quantity", [0, -1, 1.5, "2", 1001])
def test_a_quantity_is_a_positive_whole_number(quantity: object) -> None:
    with pytest.raises(ValidationError):
        ReturnItem.model_validate({"line_id": "1", "quantity": quantity, "reason": "unwanted"})


@pytest.mark.scenario("S-37")
def test_of_two_quotes_for_the_last_unit_one_is_accepted(delivered: StateDriver) -> None:
    first, second = delivered.quote({"2": 1}), delivered.quote({"2": 1})
    assert delivered.open(first).verdict == "accepted"
    assert reasons(delivered.open(second)) == ["units_unavailable"]


@pytest.mark.scenario("S-37")
def test_a_quote_whose_very_units_are_gone_is_stale(delivered: StateDriver) -> None:
    first, second = delivered.quote({"1": 1}), delivered.quote({"1": 1})
    delivered.open(first)
    assert reasons(delivered.open(second)) == ["quote_stale"]
    assert delivered.open({"1": 1}).verdict == "accepted", "a new quote names the other unit"


@pytest.mark.scenario("S-38")
def test_cancelling_a_return_frees_its_units(delivered: StateDriver) -> None:
    subject = delivered.open({"1": 2}).subject
    assert delivered.violations({"1": 1}) == ["units_unavailable"]
    assert delivered.cancel_return(subject).verdict == "accepted"
    assert delivered.violations({"1": 2}) == []
    assert reasons(delivered.cancel_return(subject)) == ["return_closed"]


@pytest.mark.scenario("S-39", "S-40")
def test_the_window_is_open_through_its_last_day_at_the_destination(delivered: StateDriver) -> None:
    delivered.jump_to(CLOSES - timedelta(seconds=1))
    assert delivered.violations({"1": 1}) == []
    delivered.jump_to(CLOSES)
    (violation,) = violations(delivered.state, return_items({"1": 1}), delivered.now)
    assert (violation.code, violation.details["window_end"]) == (
        "outside_window",
        "2026-04-04T00:00:00+01:00",
    )


@pytest.mark.scenario("S-40")
@pytest.mark.parametrize(
    ("zone", "delivered_at", "closes"),
    [
        ("Europe/London", "2026-03-04T23:59:59+00:00", "2026-04-03T23:00:00+00:00"),
        ("Europe/London", "2026-03-05T00:00:00+00:00", "2026-04-04T23:00:00+00:00"),
        ("Europe/London", "2026-09-26T12:00:00+01:00", "2026-10-27T00:00:00+00:00"),
        ("Asia/Tokyo", "2026-03-04T15:00:00+00:00", "2026-04-04T15:00:00+00:00"),
        ("America/New_York", "2026-03-05T04:59:00+00:00", "2026-04-04T04:00:00+00:00"),
    ],
)
def test_days_are_counted_where_the_customer_lives(zone: str, delivered_at: str, closes: str) -> None:
    state = a_state(an_order(destination=Destination(country="GB", zone=zone)))
    assert state.window_end(datetime.fromisoformat(delivered_at)) == datetime.fromisoformat(closes)


@pytest.mark.scenario("S-40")
def test_each_unit_has_the_window_of_its_own_parcel_and_the_oldest_still_open_goes_first(
    journey: StateDriver,
) -> None:
    journey.deliver({"1": 1})
    journey.advance(days=10).deliver({"1": 1})
    assert journey.quote({"1": 1}).items[0].units == (0,)
    journey.advance(days=25)
    assert journey.quote({"1": 1}).items[0].units == (1,), "the older one is too late, the younger is not"
    assert journey.violations({"1": 1}) == []
    assert journey.violations({"1": 2}) == ["outside_window"]


@pytest.mark.scenario("S-39")
def test_an_agent_may_overrule_the_window_and_the_exception_is_kept(delivered: StateDriver) -> None:
    delivered.jump_to(CLOSES + timedelta(days=3))
    quote = delivered.quote({"1": 1})
    assert reasons(delivered.open(quote)) == ["outside_window"]
    assert reasons(delivered.open(quote, actor=AGENT)) == ["outside_window"], "not without a reason"
    answer = delivered.open(quote, actor=AGENT, reason="was in hospital")
    assert answer.verdict == "accepted"
    case = delivered.case(answer.subject)
    assert [one.code for one in case.waived] == ["outside_window"]
    assert (case.reason, case.opened_by) == ("was in hospital", AGENT)


@pytest.mark.scenario("S-39")
def test_a_customer_who_passes_a_reason_overrules_nothing(delivered: StateDriver) -> None:
    delivered.jump_to(CLOSES)
    answer = delivered.open(delivered.quote({"1": 1}), actor=CUSTOMER, reason="please")
    assert (answer.verdict, reasons(answer)) == ("refused", ["outside_window"])


@pytest.mark.scenario("S-39")
def test_an_agent_cannot_return_units_that_are_not_there(delivered: StateDriver) -> None:
    quote = delivered.quote({"2": 1})
    delivered.open(quote)
    assert reasons(delivered.open(quote, actor=SENIOR, reason="be kind")) == ["units_unavailable"]


@pytest.mark.scenario("S-42", "S-45", "S-46")
def test_all_reasons_are_given_together() -> None:
    lines = (
        OrderLine(line_id="1", sku="MUG", title="Mug", quantity=2, unit_price=gbp(1200), returnable=False),
        OrderLine(
            line_id="2", sku="CARD", title="Gift card", quantity=1, unit_price=gbp(4000), final_sale=True
        ),
    )
    journey = StateDriver(a_state(an_order(lines=lines)))
    journey.advance(days=2).deliver()
    journey.jump_to(CLOSES)
    items = [
        ReturnItem(line_id="1", quantity=1, reason="unwanted"),
        ReturnItem(line_id="2", quantity=2, reason="aliens"),
        ReturnItem(line_id="9", quantity=1, reason="unwanted"),
    ]
    assert [violation.code.value for violation in violations(journey.state, items, journey.now)] == [
        "not_returnable",
        "outside_window",
        "final_sale",
        "reason_unknown",
        "units_unavailable",
        "outside_window",
        "line_not_in_order",
    ]


@pytest.mark.scenario("S-39")
def test_extending_the_window_lets_the_customer_return_and_reopens_a_closed_order(
    delivered: StateDriver,
) -> None:
    delivered.advance(days=40)
    assert delivered.state.stage == "closed"
    assert delivered.override("extend_window", days=20).verdict == "accepted"
    assert (delivered.state.stage, delivered.violations({"1": 1})) == ("delivered", [])
    delivered.until_at_rest()
    assert delivered.now == CLOSES + timedelta(days=20)


def test_a_quote_holds_for_its_hours_and_under_its_terms_only(delivered: StateDriver) -> None:
    quote = delivered.quote({"1": 1})
    assert reasons(delivered.open(quote.model_copy(update={"terms": "others"}))) == ["quote_stale"]
    assert reasons(delivered.open(quote.model_copy(update={"order": "ord_two"}))) == ["quote_stale"]
    assert reasons(delivered.open(quote, resolution="store_credit")) == []
    late = delivered.quote({"2": 1})
    delivered.jump_to(late.expires_at)
    assert reasons(delivered.open(late)) == ["quote_expired"]


@pytest.mark.scenario("S-86")
def test_only_a_resolution_of_the_terms_is_offered() -> None:
    journey = StateDriver(a_state(policy=Policy(resolutions=("store_credit",))))
    journey.deliver()
    journey.advance(days=15)
    assert reasons(journey.open({"1": 1})) == ["resolution_not_offered"]
    assert journey.open({"1": 1}, resolution="store_credit").verdict == "accepted"


def test_within_the_days_of_withdrawal_the_original_payments_are_offered_first() -> None:
    """Directive 2011/83/EU, article 13; regulation 34 of SI 2013/3134 in the United Kingdom."""
    journey = StateDriver(a_state(policy=Policy(resolutions=("store_credit",))))
    journey.deliver()
    offers = journey.quote({"1": 1}).offers
    assert [(one.resolution, one.pays, one.bonus) for one in offers] == [
        ("refund", gbp(1200), gbp(0)),
        ("store_credit", gbp(1320), gbp(120)),
    ]
    assert journey.open({"1": 1}).verdict == "accepted"
    journey.advance(days=15)
    assert [one.resolution for one in journey.quote({"2": 1}).offers] == ["store_credit"]


def test_elsewhere_the_offers_are_in_the_order_of_the_policy() -> None:
    there = Destination(country="US", zone="America/New_York")
    journey = StateDriver(
        a_state(an_order(destination=there), Policy(resolutions=("store_credit", "refund")))
    )
    journey.deliver()
    assert [one.resolution for one in journey.quote({"1": 1}).offers] == ["store_credit", "refund"]


@pytest.mark.scenario("S-43")
def test_a_high_value_return_waits_for_an_agent_and_is_decided_by_default() -> None:
    for default, decision in (("approve", "authorized"), ("refuse", "refused")):
        journey = StateDriver(a_state(policy=Policy(review_above={"GBP": 3999}, review_default=default)))
        journey.deliver()
        assert journey.open({"1": 1}).verdict == "accepted"
        answer = journey.open({"2": 1})
        assert (answer.verdict, reasons(answer)) == ("needs_agent", ["value_needs_review"])
        assert answer.reasons[0].details == {"refund": 4000, "limit": 3999, "earlier": 1200}
        assert reasons(journey.drop_off(answer.subject)) == ["return_in_review"]
        journey.advance(hours=48)
        assert journey.case(answer.subject).decision == decision
        assert journey.violations({"2": 1}) == (["units_unavailable"] if default == "approve" else [])


@pytest.mark.scenario("S-43")
def test_an_agent_with_a_reason_waives_the_review() -> None:
    journey = StateDriver(a_state(policy=Policy(review_above={"GBP": 0})))
    journey.deliver()
    answer = journey.open({"2": 1}, actor=AGENT, reason="old customer")
    assert answer.verdict == "accepted"
    assert [one.code for one in journey.case(answer.subject).waived] == ["value_needs_review"]


def test_goods_on_their_way_back_to_the_shop_are_not_returnable(delivered: StateDriver) -> None:
    delivered.advance(hours=1).scan(ParcelStatus.RETURN_TO_SENDER)
    assert delivered.violations({"1": 1}) == ["nothing_delivered", "units_unavailable"]
