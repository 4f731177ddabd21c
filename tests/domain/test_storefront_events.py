"""A storefront's messages come in any order and any number of times, and the order ends the same."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.journey import external_events
from domain.journey.order_view import order_view
from domain.model.scan import ParcelStatus
from domain.model.shipment import ExternalRefund, FulfilmentUpdate, RefundedLine, RefundedPart, Shipment
from domain.money import Money
from domain.orders.cancellation import cancel_rest
from domain.orders.commands.cancel_order import CancelOrder
from domain.payments.refundable import refundable_per_tender
from domain.tracking.commands.resolve_lost_parcel import ResolveLostParcel
from tests.builders import PLACED, a_state, an_order, gbp
from tests.domain.state_driver import SHOP, Outcome, StateDriver

Step = Callable[[StateDriver], None]


def fulfilled(hours: float, *numbers: str, **changed: Any) -> Step:
    reported_at = PLACED + timedelta(hours=hours)
    shipment = Shipment(
        fulfilment="f1",
        updated_at=reported_at,
        carrier="ups",
        tracking_numbers=numbers,
        quantities={"1": 2, "2": 1},
        **changed,
    )
    return lambda journey: apply_fact(journey, FulfilmentUpdate(storefront="shopify", shipment=shipment))


def refunded(name: str, minor: int, *lines: RefundedLine, kind: Any = "card") -> Step:
    part = RefundedPart(kind=kind, amount=gbp(minor))
    fact = ExternalRefund(storefront="shopify", refund=name, at=PLACED, parts=(part,), lines=lines)
    return lambda journey: apply_fact(journey, fact)


def apply_fact(journey: StateDriver, fact: external_events.ExternalEvent) -> None:
    if external_events.apply_event(journey.state, fact, journey.now):
        journey.state.seq += 1
    journey.apply_due()


def pay(journey: StateDriver) -> None:
    """The provider settles every leg that was sent."""
    for leg in [leg for leg in journey.state.legs() if leg.status == "sent"]:
        leg.status = "settled"


def cancel(journey: StateDriver) -> None:
    journey.execute(CancelOrder(command_id=f"c{journey.state.seq}", actor=SHOP, rest=True))


def outcome(journey: StateDriver) -> dict[str, Any]:
    pay(journey)
    state = journey.state
    return {
        "stage": state.stage,
        "delivered": state.delivered,
        "parcels": sorted(
            (p.tracking_number, p.tracking.status, sorted(p.units.items())) for p in state.parcels
        ),
        "back": sum(leg.principal.minor for leg in state.legs()),
        "elsewhere": sum(leg.principal.minor for leg in state.legs() if leg.to == "external"),
        "left": [share.amount.minor for share in refundable_per_tender(state)],
    }


LABEL = fulfilled(1, "A")
MOVED = fulfilled(2, "B", status=ParcelStatus.IN_TRANSIT, code="in_transit")
RENAMED = fulfilled(2, "B")
REFUND = refunded("r1", 1200, RefundedLine(line_id="1", quantity=1))


def shipped_cancel(journey: StateDriver) -> None:
    """A cancelled order comes whole: with its shipments and refunds."""
    for step in (RENAMED, REFUND, cancel):
        step(journey)


@pytest.mark.parametrize(
    "steps",
    [
        (LABEL, RENAMED, REFUND, shipped_cancel),
        (LABEL, MOVED, REFUND),
        (LABEL, fulfilled(2, "A", "B"), fulfilled(3, "B", "C"), REFUND),
        (LABEL, fulfilled(2, "A", cancelled=True), REFUND),
        (LABEL, RENAMED, fulfilled(4, "B", status=ParcelStatus.DELIVERED), REFUND, REFUND),
    ],
)
def test_every_order_of_arrival_ends_the_same(steps: tuple[Step, ...]) -> None:
    ends = []
    for arrival in itertools.permutations(steps):
        journey = StateDriver(a_state())
        for step in arrival:
            step(journey)
            pay(journey)
        ends.append(outcome(journey))
    assert [end for end in ends if end != ends[0]] == []


def test_a_status_received_again_moves_no_parcel(journey: StateDriver) -> None:
    fulfilled(1, "A", status=ParcelStatus.IN_TRANSIT)(journey)
    fulfilled(9, "A", status=ParcelStatus.IN_TRANSIT)(journey)
    [parcel] = journey.state.parcels
    assert parcel.tracking.moved_at == PLACED + timedelta(hours=1)


def test_a_label_that_was_scanned_already_is_not_voided_by_a_new_number(journey: StateDriver) -> None:
    fulfilled(1, "A", status=ParcelStatus.IN_TRANSIT)(journey)
    fulfilled(2, "B")(journey)
    first, second = journey.state.parcels
    assert (first.void, second.units) == (False, {})


def test_units_removed_from_the_order_are_not_waited_for(journey: StateDriver) -> None:
    lines = (
        RefundedLine(line_id="1", quantity=2, removed=True),
        RefundedLine(line_id="2", quantity=1, removed=True),
    )
    refunded("r1", 6400, *lines)(journey)
    pay(journey)
    assert journey.state.unshipped() == {}
    journey.advance(days=90)
    assert journey.state.stage == "closed"
    assert [notice.kind for notice in journey.sent] == []


def test_the_same_refund_counts_once_and_none_of_ours_counts_at_all(journey: StateDriver) -> None:
    REFUND(journey)
    REFUND(journey)
    pay(journey)
    assert outcome(journey)["elsewhere"] == 1200
    journey.state.legs()[0].reference = "ours"
    refunded("ours", 1200)(journey)
    assert outcome(journey)["elsewhere"] == 1200


@pytest.mark.parametrize(
    ("reference", "key", "counts"),
    [
        ("", "{merchant}/{leg}", False),  # reported before the provider's answer
        ("t1", "", False),
        ("t1", "{merchant}/{leg}", False),
        ("t2", "{merchant}/{leg}", True),  # a copy of our note: the leg was paid by another payment
        ("", "another/{leg}", True),
        ("", "{merchant}/{leg}9", True),
    ],
)
def test_a_refund_of_the_shop_is_ours_by_its_payment_or_by_its_key(
    journey: StateDriver, reference: str, key: str, counts: bool
) -> None:
    cancel(journey)
    leg = journey.state.legs()[0]
    leg.reference = reference
    fact = ExternalRefund(
        storefront="shopify",
        refund="r1",
        at=PLACED,
        parts=(RefundedPart(kind="card", amount=leg.principal),),
        key=key.format(merchant=journey.state.order.merchant, leg=leg.key),
        transactions=("t1",),
    )
    apply_fact(journey, fact)
    assert bool(journey.state.external_refunds) == counts


@given(
    st.lists(
        st.tuples(
            st.integers(1, 8000), st.sampled_from(["card", "gift_card"]), st.sampled_from(["1", "2", "9"]),
            st.integers(1, 3), st.booleans(),
        ),
        max_size=5,
    ),
    st.integers(0, 5),
)  # fmt: skip
def test_refunds_never_exceed_the_capture(refunds: list[Any], cancelled_after: int) -> None:
    journey = StateDriver(a_state())
    for number, (minor, kind, line, quantity, unsent) in enumerate(refunds):
        if number == cancelled_after:
            cancel(journey)
        lines = RefundedLine(line_id=line, quantity=quantity, removed=unsent)
        refunded(f"r{number}", minor, lines, kind=kind)(journey)
        pay(journey)
    cancel(journey)
    pay(journey)
    order = journey.state.order
    for tender in order.tenders:
        back = sum(leg.principal.minor for leg in journey.state.legs() if leg.tender_id == tender.tender_id)
        assert back <= tender.amount.minor
    units = [(line, u) for s in journey.state.settlements for line, us in s.units.items() for u in us]
    assert len(units) == len(set(units))


def refund_reported(
    journey: StateDriver, name: str, *parts: int, lines: tuple[RefundedLine, ...] = ()
) -> None:
    moved = tuple(RefundedPart(kind="card", amount=gbp(minor)) for minor in parts)
    apply_fact(
        journey, ExternalRefund(storefront="shopify", refund=name, at=PLACED, parts=moved, lines=lines)
    )


def test_a_refund_counts_when_it_is_money_and_not_when_it_is_first_reported() -> None:
    journey = StateDriver(a_state())
    refund_reported(journey, "r1")
    refund_reported(journey, "r1", 5800)
    refund_reported(journey, "r1", 5800)
    pay(journey)
    cancel(journey)
    assert [(leg.to, leg.principal.minor) for leg in journey.state.legs()] == [
        ("external", 5800),
        ("credit", 1000),
    ]


def test_a_refund_that_fails_after_it_counted_raises_one_question() -> None:
    journey = StateDriver(a_state())
    refund_reported(journey, "r1", 5800)
    refund_reported(journey, "r1")
    refund_reported(journey, "r1")
    assert journey.attention_kinds() == ["refund_failed"]
    assert sum(entry.action == "external_refund" for entry in journey.written) == 2


def test_a_refund_that_failed_is_not_refunded_and_one_that_takes_its_place_is() -> None:
    journey = StateDriver(a_state())
    refund_reported(journey, "r1", 5800)
    pay(journey)
    assert order_view(journey.state, journey.now).refunded == gbp(5800)
    refund_reported(journey, "r1")
    assert order_view(journey.state, journey.now).refunded == gbp(0)
    refund_reported(journey, "r2", 5800)
    pay(journey)
    assert (journey.attention_kinds(), order_view(journey.state, journey.now).refunded) == ([], gbp(5800))
    refund_reported(journey, "r3", 2000)
    pay(journey)
    assert journey.attention_kinds() == ["refund_mismatch"]


def test_a_line_removed_without_a_refund_is_not_waited_for_and_removed_once() -> None:
    journey = StateDriver(a_state())
    free = (RefundedLine(line_id="1", quantity=1, removed=True),)
    refund_reported(journey, "r1", lines=free)
    refund_reported(journey, "r1", 0, lines=free)
    assert journey.state.unshipped() == {"1": [1], "2": [0]}


def test_a_refund_of_other_goods_waives_no_payment_that_was_refused() -> None:
    journey = StateDriver(a_state())
    journey.deliver()
    journey.open({"1": 1})
    journey.drop_off(journey.state.returns[0].return_id)
    for leg in journey.state.legs():
        leg.status = "failed"
    refund_reported(journey, "r1", 5800, lines=(RefundedLine(line_id="2", quantity=1),))
    assert "skipped" not in {leg.status for leg in journey.state.legs()}


def test_a_replaced_label_of_a_reshipment_keeps_its_goods() -> None:
    journey = StateDriver(a_state())
    fulfilled(1, "A")(journey)
    journey.scan(ParcelStatus.IN_TRANSIT, number="A")
    journey.jump_to(journey.state.order.due() + timedelta(days=10))
    command = {"command_id": "x", "actor": SHOP, "parcel": "p1", "choice": "resend"}
    assert journey.execute(ResolveLostParcel.model_validate(command)).verdict == "accepted"
    for hours, number in ((300, "B"), (301, "C")):
        again = Shipment(
            fulfilment="f2",
            updated_at=PLACED + timedelta(hours=hours),
            carrier="ups",
            tracking_numbers=(number,),
            quantities={"1": 2, "2": 1},
        )
        apply_fact(journey, FulfilmentUpdate(storefront="shopify", shipment=again))
    assert [p.units for p in journey.state.parcels if p.tracking_number == "C"] == [{"1": [0, 1], "2": [0]}]


def reported(name: str, *lines: RefundedLine, **changed: Any) -> Step:
    """A report without a readable amount: an edit, an exchange, a failed refund, or an unknown amount."""
    fact = ExternalRefund(storefront="shopify", refund=name, at=PLACED, parts=(), lines=lines, **changed)
    return lambda journey: apply_fact(journey, fact)


@pytest.mark.parametrize("kind", [{}, {"removed": True}, {"taken_back": True}])
@pytest.mark.parametrize("minor", [0, 6400])
def test_nobody_waits_for_units_that_left_the_order_before_they_shipped(
    kind: dict[str, bool], minor: int
) -> None:
    journey = StateDriver(a_state())
    lines = (RefundedLine(line_id="1", quantity=2, **kind), RefundedLine(line_id="2", quantity=1, **kind))
    refunded("r1", minor, *lines)(journey)
    pay(journey)
    journey.advance(days=40)
    assert (journey.state.unshipped(), journey.sent, journey.state.attention) == ({}, [], [])
    assert journey.state.stage == "closed"


def test_units_that_left_the_order_and_were_shipped_all_the_same_are_followed() -> None:
    journey = StateDriver(a_state())
    refunded("r1", 2400, RefundedLine(line_id="1", quantity=2))(journey)
    LABEL(journey)
    assert journey.state.parcels[0].units == {"1": [0, 1], "2": [0]}
    assert journey.state.unshipped() == {}


def test_a_unit_that_came_back_without_money_can_be_returned_no_more_and_its_neighbour_once() -> None:
    journey = StateDriver(a_state())
    journey.deliver()
    back = RefundedLine(line_id="1", quantity=1, taken_back=True)
    reported("r1", back)(journey)
    reported("r1", back)(journey)
    assert journey.state.unavailable_units() == {("1", 0)}
    assert journey.state.legs() == []
    assert journey.violations({"1": 2}) == ["units_unavailable"]
    assert journey.open({"1": 1}).verdict == "accepted"


def test_an_exchange_of_goods_on_a_return_here_is_asked_about_and_not_paid() -> None:
    journey = StateDriver(a_state())
    journey.deliver()
    journey.open({"1": 2})
    reported("r1", RefundedLine(line_id="1", quantity=1, taken_back=True))(journey)
    assert [item.kind for item in journey.state.attention] == ["refund_mismatch"]
    journey.drop_off(journey.state.returns[0].return_id)
    assert sum(leg.principal.minor for leg in journey.state.legs()) == 1200


def test_units_that_an_edit_takes_out_are_those_that_have_not_shipped() -> None:
    journey = StateDriver(a_state())
    shipment = Shipment(
        fulfilment="f1",
        updated_at=PLACED + timedelta(hours=1),
        carrier="ups",
        tracking_numbers=("A",),
        quantities={"1": 1},
    )
    apply_fact(journey, FulfilmentUpdate(storefront="shopify", shipment=shipment))
    reported("r1", RefundedLine(line_id="1", quantity=1))(journey)
    assert (journey.state.unshipped(), journey.state.removed_units) == ({"2": [0]}, {"1": [1]})


def test_a_refund_that_failed_leaves_shipped_units_on_the_order() -> None:
    journey = StateDriver(a_state())
    journey.deliver()
    reported("r1", RefundedLine(line_id="1", quantity=1, taken_back=True), failed=True)(journey)
    assert journey.state.unavailable_units() == frozenset()
    refunded("r1", 1200, RefundedLine(line_id="1", quantity=1, taken_back=True))(journey)
    assert journey.state.unavailable_units() == {("1", 0)}
    assert outcome(journey)["elsewhere"] == 1200


def test_of_an_unknown_amount_finance_is_asked_and_nothing_is_paid_on_top() -> None:
    journey = StateDriver(a_state())
    journey.deliver()
    reported("r1", RefundedLine(line_id="1", quantity=1), amount_unknown=True)(journey)
    assert [(item.kind, item.owner) for item in journey.state.attention] == [
        ("refund_amount_unknown", "finance")
    ]
    assert journey.state.unavailable_units() == {("1", 0)}
    refunded("r1", 1200, RefundedLine(line_id="1", quantity=1))(journey)
    assert (journey.state.attention, outcome(journey)["elsewhere"]) == ([], 1200)
    reported("r1", RefundedLine(line_id="1", quantity=1), amount_unknown=True)(journey)
    assert (journey.state.attention, outcome(journey)["elsewhere"]) == ([], 1200)


def test_a_return_whose_units_were_paid_by_an_unknown_amount_pays_nothing() -> None:
    journey = StateDriver(a_state())
    journey.deliver()
    journey.open({"1": 1})
    reported("r1", RefundedLine(line_id="1", quantity=1), amount_unknown=True)(journey)
    journey.drop_off(journey.state.returns[0].return_id)
    assert journey.state.legs() == []


def test_a_cancellation_beside_an_unknown_amount_pays_nothing_and_the_question_stays() -> None:
    journey = StateDriver(a_state())
    reported("r1", amount_unknown=True)(journey)
    cancel(journey)
    assert (journey.state.stage, journey.state.legs()) == ("cancelled", [])
    assert [item.kind for item in journey.state.attention] == ["refund_amount_unknown"]


def test_a_refund_whose_units_were_never_on_the_order_takes_no_others() -> None:
    order = an_order(included_refunds=("r1",))
    journey = StateDriver(a_state(order))
    reported("r1", RefundedLine(line_id="1", quantity=1, removed=True))(journey)
    assert journey.state.unshipped() == {"1": [0, 1], "2": [0]}


@pytest.mark.parametrize(
    "amounts",
    [
        [Money(minor=1200, currency="USD")],
        [gbp(1200), Money(minor=1, currency="USD")],
        [gbp(10**15), gbp(10**15)],
    ],
)
def test_money_that_an_order_cannot_count_is_an_unknown_amount_and_never_stops_the_journey(
    amounts: list[Money],
) -> None:
    journey = StateDriver(a_state())
    journey.deliver()
    parts = tuple(RefundedPart(kind="card", amount=amount) for amount in amounts)
    apply_fact(journey, ExternalRefund(storefront="shopify", refund="r1", at=PLACED, parts=parts))
    assert [item.kind for item in journey.state.attention] == ["refund_amount_unknown"]
    assert outcome(journey)["elsewhere"] == 0


def test_the_rest_is_not_paid_where_an_unknown_amount_may_have_paid_for_it() -> None:
    journey = StateDriver(a_state())
    journey.deliver({"1": 2})
    reported("r1", amount_unknown=True)(journey)
    cancel(journey)
    assert (journey.state.unshipped(), journey.state.legs()) == ({}, [])
    assert [item.kind for item in journey.state.attention] == ["refund_amount_unknown"]


@pytest.mark.parametrize(
    ("answer", "question"), [("declined", "payment_failed"), ("unknown", "payment_unknown")]
)
def test_a_payment_that_failed_before_the_cancellation_is_still_asked_about(
    answer: Outcome, question: str
) -> None:
    journey = StateDriver(a_state())
    cancel_rest(journey.state, journey.now, ("1",))
    journey.apply_due()
    journey.settle_sent_legs(answer, tender="card")
    journey.settle_sent_legs()
    cancel(journey)
    journey.settle_sent_legs()
    assert journey.state.stage == "cancelled"
    assert [item.kind for item in journey.state.attention] == [question]
    journey.until_at_rest()
    assert outcome(journey)["back"] == 6800


def test_the_rest_is_paid_where_an_unknown_amount_names_other_units() -> None:
    journey = StateDriver(a_state())
    journey.deliver({"1": 2})
    reported("r1", RefundedLine(line_id="1", quantity=1), amount_unknown=True)(journey)
    cancel(journey)
    assert sum(leg.principal.minor for leg in journey.state.legs()) == 4000
