"""Refunds beside other facts: money that moved in the storefront, short payments, waived payments, credit taken back."""

from typing import Any

import pytest

from domain.journey.external_events import apply_event
from domain.model.order import OrderLine, Tender
from domain.model.refund_terms import FastReturnTerms, RefundTerms
from domain.model.scan import ParcelStatus
from domain.model.shipment import ExternalRefund, RefundedLine, RefundedPart
from domain.model.terms import CreditTerms, Policy
from domain.money import Money
from domain.payments.captures import apply_capture
from domain.payments.extras import extras_left
from domain.payments.fast_return import FAST_RETURN_TENDER
from domain.payments.refundable import payable_for, refundable_per_tender
from domain.tracking.commands.report_handover import ReportHandover
from tests.builders import a_state, an_order, gbp
from tests.domain.state_driver import SENIOR, StateDriver, reasons

WHOLE_ORDER = Policy(refunds=RefundTerms(shipping="whole_order"), review_above=None)
CAPPED = Policy(
    fast_return=FastReturnTerms(cap={"GBP": 450}), credit=CreditTerms(cap={"GBP": 450}), review_above=None
)


def by_card(minor: int = 7000, shop: int | None = None, *, captured: bool = True) -> Tender:
    return Tender(
        tender_id="card", kind="card", amount=gbp(minor), payment="pay_1", provider="sandbox", captured=captured,
        in_shop_currency=Money(minor=shop, currency="EUR") if shop else None,
    )  # fmt: skip


def tipped(**changed: Any) -> StateDriver:
    """68.00 and a tip of 2.00, by card."""
    return StateDriver(a_state(an_order(**{"tip": gbp(200), "tenders": (by_card(),), **changed})))


def in_storefront(journey: StateDriver, minor: int, line: str = "") -> None:
    parts = (RefundedPart(kind="card", amount=gbp(minor)),)
    lines = (RefundedLine(line_id=line, quantity=1, taken_back=True),) if line else ()
    refund = f"r{len(journey.state.external_refunds)}"
    fact = ExternalRefund(storefront="shopify", refund=refund, at=journey.now, parts=parts, lines=lines)
    assert apply_event(journey.state, fact, journey.now)
    journey.apply_due()


def capture(journey: StateDriver, minor: int) -> None:
    assert apply_capture(journey.state, by_card(minor), journey.now)
    journey.apply_due()


def lose(journey: StateDriver, lines: dict[str, int] | None = None) -> None:
    journey.ship(lines)
    journey.scan(ParcelStatus.IN_TRANSIT, journey.state.parcels[-1].tracking_number)
    journey.advance(days=60)


def last_parts(journey: StateDriver) -> list[tuple[str, int]]:
    return [(part.kind, part.amount.minor) for part in journey.state.settlements[-1].parts]


def paid(journey: StateDriver) -> int:
    return sum(leg.principal.minor for leg in journey.state.legs() if leg.status != "skipped")


# A cancellation pays all that is left


@pytest.mark.parametrize(
    ("refunded", "parts"),
    [
        (0, [("goods", 6400), ("shipping", 400), ("tip", 200)]),
        (300, [("goods", 6400), ("shipping", 100), ("tip", 200)]),
        (500, [("goods", 6400), ("tip", 100)]),
        (1000, [("goods", 6400), ("already_refunded", -400)]),
    ],
)
def test_what_the_shop_paid_back_for_nothing_counts_as_shipping_then_as_tip(
    refunded: int, parts: list[tuple[str, int]]
) -> None:
    journey = tipped()
    if refunded:
        in_storefront(journey, refunded)
    journey.cancel_order()
    assert (last_parts(journey), paid(journey)) == (parts, 7000)
    assert all(leg.to in ("provider", "external") for leg in journey.state.legs())


@pytest.mark.parametrize(
    ("captured", "parts"),
    [
        (5000, [("goods", 6400), ("shipping", 400), ("tip", 200), ("unpaid", -2000)]),
        (7100, [("goods", 6400), ("shipping", 400), ("tip", 200), ("other", 100)]),
    ],
)
def test_a_cancellation_pays_what_was_captured_whatever_the_bill_was(
    captured: int, parts: list[tuple[str, int]]
) -> None:
    journey = tipped(tenders=(by_card(captured=False),))
    capture(journey, captured)
    journey.cancel_order()
    assert (last_parts(journey), paid(journey)) == (parts, captured)


def test_a_short_payment_is_paid_back_of_a_lost_order_and_no_more() -> None:
    journey = tipped(tenders=(by_card(captured=False),))
    capture(journey, 5000)
    lose(journey)
    assert last_parts(journey) == [("goods", 6400), ("shipping", 400), ("tip", 200), ("unpaid", -2000)]
    assert paid(journey) == 5000


def test_a_unit_that_left_the_order_without_money_was_not_to_be_paid() -> None:
    """One mug is edited out of an order of 68.00 before it is paid; 56.00 come, and all that is left can come back."""
    journey = StateDriver(a_state(an_order(tenders=(by_card(6800, captured=False),))))
    fact = ExternalRefund(
        storefront="shopify",
        refund="edit",
        at=journey.now,
        parts=(),
        lines=(RefundedLine(line_id="1", quantity=1, removed=True),),
    )
    assert apply_event(journey.state, fact, journey.now)
    capture(journey, 5600)
    journey.deliver()
    assert journey.quote({"1": 1, "2": 1}).refund == gbp(5200)


# Shipping and tip


def test_shipping_that_the_shop_paid_back_is_not_paid_back_again() -> None:
    journey = StateDriver(a_state(an_order(tenders=(by_card(6800),)), WHOLE_ORDER))
    journey.deliver()
    in_storefront(journey, 400)
    assert journey.quote({"1": 2, "2": 1}).refund == gbp(6400)


def test_a_refund_of_a_unit_in_the_storefront_is_no_refund_of_shipping() -> None:
    journey = StateDriver(a_state(an_order(tenders=(by_card(6800),)), WHOLE_ORDER))
    journey.deliver()
    in_storefront(journey, 1200, "1")
    in_storefront(journey, 1000, "1")
    quote = journey.quote({"2": 1})
    assert [(part.kind, part.amount.minor) for part in quote.parts] == [("goods", 4000), ("shipping", 400)]


def test_shipping_and_tip_of_a_lost_order_are_paid_back_once() -> None:
    journey = tipped()
    lose(journey)
    assert paid(journey) == 7000
    journey.settle_sent_legs()
    journey.until_at_rest()
    assert paid(journey) == 7000


@pytest.mark.parametrize("fulfilment", ["digital", "pickup"])
def test_who_has_a_part_of_the_order_gets_the_price_of_the_lost_part(fulfilment: str) -> None:
    mug, lamp = an_order().lines
    got = OrderLine.model_validate({**mug.model_dump(), "fulfilment": fulfilment})
    journey = StateDriver(a_state(an_order(lines=(got, lamp))))
    if fulfilment == "pickup":
        handed = {"command_id": "h", "actor": SENIOR, "status": "collected", "lines": ()}
        assert journey.execute(ReportHandover.model_validate(handed)).verdict == "accepted"
    lose(journey, {"2": 1})
    assert paid(journey) == 4000


def test_shipping_of_a_return_whose_credit_was_taken_back_goes_back_with_the_next_one() -> None:
    journey = StateDriver(a_state(an_order(tenders=(by_card(6800),)), WHOLE_ORDER))
    journey.deliver()
    subject = journey.open({"1": 2, "2": 1}, "store_credit").subject
    journey.drop_off(subject)
    journey.settle_sent_legs()
    journey.cancel_return(subject, SENIOR)
    journey.settle_sent_legs()
    assert journey.quote({"1": 2}).refund == gbp(2400)
    assert journey.quote({"1": 2, "2": 1}).refund == gbp(6800)


def test_shipping_and_tip_that_went_back_are_not_left() -> None:
    journey = tipped()
    assert [(part.kind, part.minor) for part in extras_left(journey.state, with_tip=True)] == [
        ("shipping", 400),
        ("tip", 200),
    ]
    lose(journey)
    assert extras_left(journey.state, with_tip=True) == []


@pytest.mark.parametrize("fulfilment", ["ship", "digital", "pickup"])
def test_goods_that_arrived_and_were_paid_back_in_the_storefront_did_arrive(fulfilment: str) -> None:
    mug, lamp = an_order().lines
    got = OrderLine.model_validate({**mug.model_dump(), "fulfilment": fulfilment})
    journey = StateDriver(a_state(an_order(lines=(got, lamp), tenders=(by_card(6800),))))
    if fulfilment == "pickup":
        handed = {"command_id": "h", "actor": SENIOR, "status": "collected", "lines": ()}
        assert journey.execute(ReportHandover.model_validate(handed)).verdict == "accepted"
    elif fulfilment == "ship":
        journey.deliver({"1": 2})
    for _ in range(2):
        in_storefront(journey, 1200, "1")
    lose(journey, {"2": 1})
    assert paid(journey) == 6400


# What is left


def test_what_a_return_has_been_promised_and_not_been_paid_is_promised_to_no_other() -> None:
    policy = Policy(pay_on="receipt", review_above=None)
    journey = StateDriver(a_state(an_order(tenders=(by_card(6800),)), policy))
    journey.deliver()
    subject = journey.open({"1": 2}).subject
    for received, promised in ((0, 2400), (1, 1200), (2, 0)):
        if received:
            journey.receive(subject, {"1": 1})
        case = journey.case(subject)
        assert [share.amount.minor for share in payable_for(journey.state, case)] == [promised] * bool(
            promised
        )
        assert [share.amount.minor for share in refundable_per_tender(journey.state)] == [4400]


def test_money_that_the_shop_paid_back_is_deducted_and_finance_is_asked() -> None:
    journey = StateDriver(a_state(an_order(tenders=(by_card(6800),))))
    journey.deliver()
    in_storefront(journey, 3000)
    quote = journey.quote({"1": 2, "2": 1})
    assert [(part.kind, part.amount.minor) for part in quote.parts] == [
        ("goods", 6400),
        ("already_refunded", -2600),
    ]
    journey.drop_off(journey.open(quote).subject)
    assert (last_parts(journey)[1], paid(journey)) == (("already_refunded", -2600), 6800)
    assert journey.attention_kinds() == ["refund_mismatch"]


def test_what_was_waived_before_a_short_payment_is_not_deducted_again() -> None:
    journey = StateDriver(a_state(an_order(tenders=(by_card(6800, captured=False),)), Policy(window=200)))
    journey.deliver()
    journey.drop_off(journey.open({"1": 2}).subject)
    journey.advance(days=60)
    assert [leg.status for leg in journey.state.legs()] == ["skipped"]
    capture(journey, 4400)
    assert journey.quote({"2": 1}).refund == gbp(4000)


def test_occasions_name_what_is_paid() -> None:
    lost, cancelled = tipped(), tipped()
    lose(lost)
    cancelled.cancel_order()
    back = StateDriver(a_state(policy=CAPPED))
    back.deliver()
    subject = back.open({"2": 1}, "store_credit").subject
    back.drop_off(subject)
    back.settle_sent_legs()
    back.cancel_return(subject, SENIOR)
    occasions = [s.occasion for journey in (lost, cancelled, back) for s in journey.state.settlements]
    assert occasions == [
        "undelivered/ord_one/p1",
        "cancel/ord_one",
        f"return/{subject}/1",
        f"reversal/{subject}",
    ]
    assert [leg.to for journey in (lost, cancelled) for leg in journey.state.legs()] == ["provider"] * 2


# The shop's own currency


def test_a_waived_payment_does_not_count_in_the_currency_of_the_books() -> None:
    journey = StateDriver(a_state(an_order(tenders=(by_card(6800, 10_000),))))
    journey.deliver()
    journey.drop_off(journey.open({"1": 1}).subject)
    journey.settle_sent_legs("declined")
    [leg] = journey.state.legs()
    assert journey.override("skip_step", SENIOR, leg=leg.key).verdict == "accepted"
    journey.drop_off(journey.open({"1": 1}).subject)
    booked = [one.in_shop_currency for one in journey.state.legs()]
    assert [one.minor for one in booked if one] == [1764, 1764]


def test_store_credit_that_is_taken_back_frees_its_amount_in_the_books() -> None:
    journey = StateDriver(a_state(an_order(tenders=(by_card(6800, 10_000),)), WHOLE_ORDER))
    journey.deliver()
    subject = journey.open({"2": 1}, "store_credit").subject
    journey.drop_off(subject)
    journey.settle_sent_legs()
    journey.cancel_return(subject, SENIOR)
    journey.settle_sent_legs()
    journey.drop_off(journey.open({"1": 2, "2": 1}).subject)
    booked = [one.in_shop_currency for one in journey.state.legs()]
    assert [one.minor for one in booked if one] == [5882, 5882, 10_000]


def test_a_payment_that_is_lowered_is_lowered_in_the_books_too() -> None:
    tender = by_card(6800, 10_000, captured=False)
    journey = StateDriver(a_state(an_order(tenders=(tender,))))
    journey.deliver()
    journey.drop_off(journey.open({"1": 2}).subject)
    capture(journey, 5000)
    [leg] = journey.state.legs()
    assert (leg.principal, leg.in_shop_currency) == (
        gbp(600),
        Money(minor=3529 * 600 // 2400, currency="EUR"),
    )


# Bonuses that are promised, paid, taken back


def best(journey: StateDriver) -> tuple[int, int]:
    """The highest fast-return bonus, and the bonus of store credit, that both mugs would have now."""
    quote = journey.quote({"1": 2})
    return max((row.bonus.minor for row in quote.fast_return), default=0), quote.credit_bonus.minor


def test_a_bonus_is_promised_from_the_opening_fixed_by_the_scan_and_free_again_when_it_was_taken_back() -> (
    None
):
    journey = StateDriver(a_state(policy=CAPPED))
    journey.deliver()
    assert best(journey) == (240, 240)
    subject = journey.open({"2": 1}, "store_credit").subject
    assert best(journey) == (50, 50), "as if the goods came today"
    journey.advance(days=5)
    journey.drop_off(subject)
    assert best(journey) == (170, 50), "they came on the sixth day"
    journey.settle_sent_legs()
    assert best(journey) == (170, 50)
    journey.cancel_return(subject, SENIOR)
    assert best(journey) == (170, 50), "until it has been taken back"
    journey.settle_sent_legs()
    assert best(journey) == (240, 240)


def test_a_return_in_review_holds_its_bonus_and_one_without_a_bonus_holds_none() -> None:
    policy = CAPPED.model_copy(update={"review_above": {"GBP": 3000}})
    journey = StateDriver(a_state(policy=policy))
    journey.deliver()
    subject = journey.open({"2": 1}).subject
    assert journey.case(subject).decision == "in_review"
    assert best(journey)[0] == 50
    journey.override_return(subject, "refuse")
    assert best(journey)[0] == 240


def test_a_return_whose_scan_came_too_late_for_a_bonus_holds_none() -> None:
    policy = CAPPED.model_copy(update={"pay_on": "receipt", "code_days": 30})
    journey = StateDriver(a_state(policy=policy))
    journey.deliver()
    subject = journey.open({"2": 1}).subject
    journey.advance(days=15)
    assert best(journey)[0] == 50
    journey.drop_off(subject)
    assert best(journey)[0] == 240
    assert journey.legs("sent") == [("gift", 1000), ("card", 3000)], (
        "paid on receipt, but the date of the law is over"
    )


def test_goods_without_a_bonus_that_are_rejected_take_nothing_back() -> None:
    journey = StateDriver(a_state(policy=Policy(fast_return=FastReturnTerms(cap={"GBP": 450}))))
    journey.deliver()
    subject = journey.open({"1": 1}).subject
    journey.advance(days=13, hours=23)
    journey.drop_off(subject)
    journey.settle_sent_legs()
    assert [leg.bonus.minor for leg in journey.state.legs() if leg.tender_id == FAST_RETURN_TENDER] == [60]
    assert reasons(journey.cancel_return(subject, SENIOR)) == ["money_already_sent"]


def test_no_tender_may_have_the_name_of_a_bonus() -> None:
    with pytest.raises(ValueError, match="is no name of a tender"):
        Tender(tender_id=FAST_RETURN_TENDER, kind="card", amount=gbp(1), payment="pay_1")
