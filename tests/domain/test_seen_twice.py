"""A refund that the storefront and the provider both report is entered once; what is not clear is a question to finance."""

from datetime import timedelta
from typing import Any

from domain import payment_keys
from domain.journey import external_events
from domain.model.order import Tender
from domain.model.shipment import ExternalRefund, RefundedLine, RefundedPart
from domain.payments.refundable import refundable_per_tender
from domain.payments.seen_twice import may_be_under_way
from tests.builders import PLACED, a_state, an_order, gbp
from tests.domain.state_driver import StateDriver

HOUR = timedelta(hours=1)


def report(
    journey: StateDriver, by: str, name: str, minor: int, after: timedelta = HOUR, **more: Any
) -> None:
    """That reporter's refund of that amount, so long after the order was placed."""
    journey.state.seq += external_events.apply_event(
        journey.state, refund(by, name, minor, after, **more), journey.now
    )
    journey.apply_due()


def refund(by: str, name: str, minor: int, after: timedelta = HOUR, **more: Any) -> ExternalRefund:
    part = RefundedPart(kind="card", amount=gbp(minor))
    return ExternalRefund(storefront=by, refund=name, at=PLACED + after, parts=(part,), **more)


def entered(journey: StateDriver) -> int:
    """What is entered as paid outside, in minor units."""
    return sum(leg.principal.minor for leg in journey.state.legs() if leg.to == "external")


def test_one_amount_at_two_reporters_is_one_refund_and_the_units_that_one_of_them_names_are_paid(
    journey: StateDriver,
) -> None:
    journey.deliver()
    report(journey, "stripe", "re_1", 1200)
    report(journey, "shopify", "77", 1200, 2 * HOUR, lines=(RefundedLine(line_id="1", quantity=1),))
    report(journey, "shopify", "77", 1200, 2 * HOUR, lines=(RefundedLine(line_id="1", quantity=1),))
    assert (entered(journey), journey.attention_kinds()) == (1200, [])
    assert len(journey.state.externally_refunded_units()) == 1


def test_two_refunds_of_one_amount_are_two_whoever_reports_them_first(journey: StateDriver) -> None:
    for by, name, after in (
        ("stripe", "re_1", 1),
        ("stripe", "re_2", 3),
        ("shopify", "1", 2),
        ("shopify", "2", 4),
    ):
        report(journey, by, name, 1200, after * HOUR)
    assert (entered(journey), journey.attention_kinds()) == (2400, [])


def test_what_is_not_clear_is_entered_and_finance_is_asked_until_it_is_clear(journey: StateDriver) -> None:
    report(journey, "shopify", "1", 1000)
    report(journey, "stripe", "re_1", 1100)
    assert (entered(journey), journey.attention_kinds()) == (2100, ["refund_seen_twice"])
    report(journey, "stripe", "re_2", 1000)
    report(journey, "shopify", "2", 1100)
    assert (entered(journey), journey.attention_kinds()) == (2100, [])


def test_one_amount_many_days_apart_may_be_two_refunds(journey: StateDriver) -> None:
    report(journey, "shopify", "1", 1000)
    report(journey, "stripe", "re_1", 1000, timedelta(days=9))
    assert (entered(journey), journey.attention_kinds()) == (2000, ["refund_seen_twice"])


def a_journey(provider: str) -> StateDriver:
    """A delivered order that one card paid, at that provider, with a mug on its way back and its money on the way."""
    card = Tender(tender_id="card", kind="card", amount=gbp(6800), payment="pay_1", provider=provider)
    journey = StateDriver(a_state(an_order(tenders=(card,))))
    journey.deliver()
    journey.drop_off(journey.open({"1": 1}).subject)
    return journey


def paid_here() -> StateDriver:
    """The journey once the money is there."""
    journey = a_journey("stripe")
    journey.settle_sent_legs()
    return journey


def test_a_shops_row_about_a_payment_of_ours_is_not_another_refund() -> None:
    journey = paid_here()
    [leg] = journey.state.legs()
    days = (leg.settled_at or PLACED) - PLACED
    mug = (RefundedLine(line_id="1", quantity=1),)
    report(journey, "woocommerce", "5", leg.principal.minor, days, lines=mug)
    assert entered(journey) == 0
    lamp = (RefundedLine(line_id="2", quantity=1),)
    report(journey, "woocommerce", "6", leg.principal.minor, days, lines=lamp)
    assert entered(journey) == leg.principal.minor


def test_our_own_record_in_the_shop_is_known_and_a_copy_of_its_note_is_another_refund() -> None:
    journey = paid_here()
    key = payment_keys.provider_refund(journey.state.order.merchant, journey.state.legs()[0].key)
    minor, months = journey.state.legs()[0].principal.minor, timedelta(days=90)
    left = sum(share.amount.minor for share in refundable_per_tender(journey.state))
    report(journey, "woocommerce", "5", minor, months, records=key)
    report(journey, "woocommerce", "5", minor, months, records=key)
    assert sum(share.amount.minor for share in refundable_per_tender(journey.state)) == left
    report(journey, "woocommerce", "6", minor, months, records=key)
    assert entered(journey) == minor
    report(journey, "woocommerce", "7", minor + 1, months, records=key)
    assert entered(journey) == 2 * minor + 1


def test_a_refund_of_the_amount_of_one_that_is_under_way_waits_for_its_answer() -> None:
    journey = a_journey("shopify")
    [leg] = journey.state.legs()
    assert leg.status == "sent"
    assert may_be_under_way(journey.state, "shopify", refund("shopify", "9", leg.principal.minor))
    assert not may_be_under_way(journey.state, "woocommerce", refund("woocommerce", "9", leg.principal.minor))
    assert not may_be_under_way(journey.state, "shopify", refund("shopify", "9", leg.principal.minor + 1))
    journey.settle_sent_legs()
    assert not may_be_under_way(journey.state, "shopify", refund("shopify", "9", leg.principal.minor))
