"""Kinds of payment: what is not captured never goes back, and what no provider can pay back waits for a person."""

import pytest
from pydantic import ValidationError

from domain.journey.external_events import apply_event
from domain.model.order import Order, Tender, TenderKind
from domain.model.shipment import ExternalRefund, RefundedLine, RefundedPart
from domain.model.terms import Policy
from domain.payments.captures import apply_capture
from tests.builders import a_state, an_order, gbp
from tests.domain.state_driver import SENIOR, StateDriver


def paid_by(kind: TenderKind, *, captured: bool, payment: str | None = None) -> Order:
    """Two mugs, a lamp and shipping for 68.00 on one tender."""
    provider = "sandbox" if payment else None
    tender = Tender(
        tender_id="t", kind=kind, amount=gbp(6800), payment=payment, provider=provider, captured=captured
    )
    return an_order(tenders=(tender,))


def returned(order: Order, resolution: str = "refund") -> StateDriver:
    """Both mugs came back: 24.00."""
    journey = StateDriver(a_state(order, Policy(tender_order=())))
    journey.deliver()
    opened = journey.open({"1": 2}, resolution=resolution)  # type: ignore[arg-type]
    journey.drop_off(opened.subject)
    return journey


def capture(journey: StateDriver, minor: int = 6800, payment: str | None = None) -> bool:
    known = journey.state.order.tender("t")
    assert known is not None
    provider = "sandbox" if payment else None
    paid = known.model_copy(
        update={"amount": gbp(minor), "captured": True, "payment": payment, "provider": provider}
    )
    news = apply_capture(journey.state, paid, journey.now)
    journey.apply_due()
    return news


@pytest.mark.parametrize("kind", ["wallet", "bank", "pay_later", "card", "invoice", "cash_on_delivery"])
def test_a_payment_that_a_provider_holds_goes_back_through_it(kind: TenderKind) -> None:
    journey = returned(paid_by(kind, captured=True, payment="pay_1"))
    assert [(leg.to, leg.status) for leg in journey.state.legs()] == [("provider", "sent")]


@pytest.mark.parametrize("kind", ["wallet", "bank", "invoice", "cash_on_delivery"])
def test_a_captured_payment_without_a_provider_is_paid_back_by_a_person(kind: TenderKind) -> None:
    journey = returned(paid_by(kind, captured=True))
    [leg] = journey.state.legs()
    assert (leg.to, leg.status, journey.attention_kinds()) == ("by_hand", "planned", ["refund_by_hand"])
    journey.advance(days=200)
    assert leg.status == "planned"
    assert sorted(journey.attention_kinds()) == ["refund_by_hand", "refund_due"], "its date by law is over"
    assert journey.override("paid_by_hand", leg=leg.key).verdict == "refused"  # an agent has no bank account
    assert journey.override("paid_by_hand", actor=SENIOR, leg=leg.key).verdict == "accepted"
    assert (leg.status, journey.attention_kinds()) == ("sent", [])
    journey.settle_sent_legs()
    assert (leg.status, journey.notice_kinds()[-1]) == ("settled", "refunded")


@pytest.mark.parametrize("resolution", ["refund", "store_credit"])
@pytest.mark.parametrize("kind", ["invoice", "cash_on_delivery", "card"])
def test_nothing_goes_back_of_what_was_not_paid_and_a_person_is_asked(
    kind: TenderKind, resolution: str
) -> None:
    journey = returned(paid_by(kind, captured=False, payment="pay_1" if kind == "card" else None), resolution)
    [leg] = journey.state.legs()
    assert (leg.status, journey.attention_kinds()) == ("planned", ["payment_not_captured"])
    journey.advance(days=60)
    assert (leg.status, journey.attention_kinds()) == ("skipped", [])
    assert "refunded" not in journey.notice_kinds()
    assert journey.until_at_rest() >= 0


@pytest.mark.parametrize(
    ("paid", "back"), [(6800, 2400), (4400, 0), (5000, 600)], ids=["all of it", "what is left", "a part"]
)
def test_what_the_customer_paid_above_what_they_owe_goes_back_when_it_comes(paid: int, back: int) -> None:
    journey = returned(paid_by("invoice", captured=False))
    assert capture(journey, paid, "pay_1")
    sent = [(leg.to, leg.principal.minor) for leg in journey.state.legs() if leg.status == "sent"]
    assert sent == ([("provider", back)] if back else [])
    assert journey.attention_kinds() == []
    assert journey.state.order.captured == gbp(paid)
    assert not capture(journey, paid, "pay_1")


@pytest.mark.parametrize(("paid", "asked"), [(6800, ["refund_mismatch"]), (4400, [])])
def test_after_the_question_has_ended_a_payment_in_excess_is_one_for_finance(
    paid: int, asked: list[str]
) -> None:
    journey = returned(paid_by("invoice", captured=False))
    journey.advance(days=40)
    capture(journey, paid)
    assert journey.attention_kinds() == asked
    assert journey.legs("sent") == []


def test_an_order_that_is_cancelled_unpaid_pays_nothing_until_it_is_paid_after_all() -> None:
    journey = StateDriver(a_state(paid_by("bank", captured=False)))
    journey.cancel_order()
    assert (journey.state.stage, journey.legs(), journey.attention_kinds()) == ("cancelled", [], [])
    capture(journey, payment="pay_1")
    assert journey.legs("sent") == [("t", 6800)]


@pytest.mark.parametrize("kind", ["gift_card", "store_credit"])
def test_a_gift_card_is_always_captured(kind: TenderKind) -> None:
    with pytest.raises(ValidationError):
        Tender(tender_id="t", kind=kind, amount=gbp(1), captured=False)


@pytest.mark.parametrize(("payment", "to"), [("pay_1", "provider"), (None, "by_hand")])
def test_a_return_that_was_opened_before_the_order_was_paid_pays_back_what_was_paid_meanwhile(
    payment: str | None, to: str
) -> None:
    journey = StateDriver(a_state(paid_by("invoice", captured=False), Policy(tender_order=())))
    journey.deliver()
    opened = journey.open({"1": 2})
    capture(journey, payment=payment)
    journey.drop_off(opened.subject)
    [leg] = journey.state.legs()
    assert (leg.to, leg.principal) == (to, gbp(2400))
    assert "payment_not_captured" not in journey.attention_kinds()


def refunded_in_storefront(journey: StateDriver, minor: int, quantity: int) -> None:
    lines = (RefundedLine(line_id="1", quantity=quantity),) if quantity else ()
    parts = (RefundedPart(kind="bank", amount=gbp(minor)),)
    refund = ExternalRefund(storefront="shopify", refund="r1", at=journey.now, parts=parts, lines=lines)
    assert apply_event(journey.state, refund, journey.now)
    journey.apply_due()


@pytest.mark.parametrize("named", [1, 0], ids=["unit named", "the amount alone"])
def test_what_the_shop_paid_back_in_its_storefront_is_not_asked_for_by_hand_again(named: int) -> None:
    journey = StateDriver(a_state(paid_by("bank", captured=True), Policy(tender_order=())))
    journey.deliver()
    journey.drop_off(journey.open({"1": 1}).subject)
    assert journey.attention_kinds() == ["refund_by_hand"]
    refunded_in_storefront(journey, 1200, named)
    assert journey.attention_kinds() == []
    assert [(leg.to, leg.status, leg.principal.minor) for leg in journey.state.legs()] == [
        ("by_hand", "skipped", 1200),
        ("external", "sent", 1200),
    ]
    assert journey.violations({"1": 1}) == [], "the other mug may still come back"


def test_of_a_payment_by_hand_the_rest_stays_owed_where_the_storefront_paid_less() -> None:
    journey = returned(paid_by("bank", captured=True))
    refunded_in_storefront(journey, 2000, 2)
    assert journey.attention_kinds() == ["refund_by_hand"]
    assert [(leg.to, leg.principal.minor) for leg in journey.state.legs()] == [
        ("by_hand", 400),
        ("external", 2000),
    ]


def test_what_the_customer_has_not_paid_of_the_bill_is_deducted_once_and_finance_is_asked() -> None:
    """68.00 on an invoice, of which 50.00 came: the first 18.00 of what comes back are not theirs."""
    journey = StateDriver(a_state(paid_by("invoice", captured=False), Policy(tender_order=())))
    journey.deliver()
    capture(journey, 5000, "pay_1")
    quote = journey.quote({"1": 2})
    assert [(part.kind, part.amount.minor) for part in quote.parts] == [("goods", 2400), ("unpaid", -1800)]
    subject = journey.open(quote).subject
    assert journey.quote({"2": 1}).refund == gbp(4000), "it is promised to the first return"
    journey.drop_off(journey.open({"2": 1}).subject)
    assert (journey.legs(), journey.attention_kinds()) == ([("t", 4000)], [])
    journey.drop_off(subject)
    assert (journey.legs(), journey.attention_kinds()) == ([("t", 4000), ("t", 600)], ["refund_mismatch"])


def test_an_invoice_paid_short_after_its_goods_came_back_deducts_what_is_missing_once() -> None:
    journey = returned(paid_by("invoice", captured=False))
    capture(journey, 5000, "pay_1")
    [settlement] = journey.state.settlements
    assert [(part.kind, part.amount.minor) for part in settlement.parts] == [
        ("goods", 2400),
        ("unpaid", -1800),
    ]
    assert journey.quote({"2": 1}).refund == gbp(4000)
