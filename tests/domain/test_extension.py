"""An order that is extended after it was placed: once, whatever is told how often."""

import pytest

from domain.journey.external_events import apply_event
from domain.model.extension import OrderExtended
from domain.model.order import OrderLine, Tender
from domain.money import Money, zero
from domain.orders.commands.cancel_order import CancelOrder
from domain.payments.refundable import refundable_per_tender
from tests.builders import a_state, gbp
from tests.domain.state_driver import SHOP, StateDriver

LINE = OrderLine(line_id="3", sku="CUP", title="Cup", quantity=2, unit_price=gbp(500), fulfilment="later")
PAID = Tender(tender_id="card-3", kind="card", amount=gbp(1000), payment="pay_3", provider="sandbox")
DOLLAR = Money(minor=1, currency="USD")
EXTENSION = OrderExtended(storefront="shopify", lines=(LINE,), tenders=(PAID,))


def test_added_units_are_waited_for_without_a_notice_and_their_money_can_go_back() -> None:
    journey = StateDriver(a_state())
    journey.deliver()
    assert apply_event(journey.state, EXTENSION, journey.now)
    assert journey.state.unshipped() == {"3": [0, 1]}
    assert sum(share.amount.minor for share in refundable_per_tender(journey.state)) == 7800
    journey.apply_due()
    assert [notice.kind for notice in journey.sent] == []


def test_the_same_extension_again_changes_nothing() -> None:
    journey = StateDriver(a_state())
    apply_event(journey.state, EXTENSION, journey.now)
    before = journey.state.order
    assert not apply_event(journey.state, EXTENSION, journey.now)
    assert journey.state.order == before


def test_a_line_gets_more_units_and_never_fewer() -> None:
    journey = StateDriver(a_state())
    [mug, _] = journey.state.order.lines
    more, fewer = mug.model_copy(update={"quantity": 3}), mug.model_copy(update={"quantity": 1})
    for line, quantity in ((more, 3), (fewer, 3)):
        apply_event(journey.state, OrderExtended(storefront="shopify", lines=(line,)), journey.now)
        assert journey.state.order.lines[0].quantity == quantity


def test_a_cancelled_order_is_not_extended() -> None:
    journey = StateDriver(a_state())
    journey.execute(CancelOrder(command_id="c", actor=SHOP))
    assert not apply_event(journey.state, EXTENSION, journey.now)


def test_an_order_that_was_closed_is_open_again() -> None:
    journey = StateDriver(a_state())
    journey.deliver()
    journey.until_at_rest()
    assert journey.state.stage == "closed"
    apply_event(journey.state, EXTENSION, journey.now)
    assert journey.state.closed_at is None


@pytest.mark.parametrize(
    "extension",
    [
        OrderExtended(storefront="shopify", lines=(LINE.model_copy(update={"unit_price": gbp(10**15)}),)),
        OrderExtended(storefront="shopify", lines=(), tenders=(PAID.model_copy(update={"amount": gbp(10**15)}),)),
        OrderExtended(storefront="shopify", lines=(LINE.model_copy(update={"unit_price": zero("USD")}),)),
        OrderExtended(storefront="shopify", lines=(), tenders=(PAID.model_copy(update={"amount": DOLLAR}),)),
        OrderExtended(
            storefront="shopify",
            lines=tuple(LINE.model_copy(update={"line_id": name, "quantity": 1000}) for name in ("3", "4")),
        ),
    ],
)  # fmt: skip
def test_an_extension_that_could_not_be_an_order_is_left_out_and_the_journey_goes_on(
    extension: OrderExtended,
) -> None:
    journey = StateDriver(a_state())
    before = journey.state.order
    assert not apply_event(journey.state, extension, journey.now)
    assert journey.state.order == before


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"fulfilment": "digital"}, "not_returnable"),
        ({"returnable": False}, "not_returnable"),
        ({"final_sale": True}, "final_sale"),
    ],
)
def test_an_added_line_is_returnable_only_as_if_it_had_been_placed(
    changed: dict[str, object], rule: str
) -> None:
    journey = StateDriver(a_state())
    journey.deliver()
    line = LINE.model_copy(update={"fulfilment": "ship", **changed})
    apply_event(journey.state, OrderExtended(storefront="shopify", lines=(line,)), journey.now)
    if journey.state.unshipped():
        journey.deliver()
    assert journey.violations({"3": 1}) == [rule]
