"""Exchanges beside other money: a dispute, refunds of the shop, and goods that never come. Nothing is given twice, or lost."""

from datetime import timedelta

import pytest

from domain.journey.external_events import apply_event
from domain.model.dispute import DisputeState, DisputeStatement
from domain.model.leg import Leg
from domain.model.payment import PaymentResult
from domain.model.provider_event import ProviderEvent
from domain.model.return_case import ReturnCase
from domain.model.shipment import ExternalRefund, RefundedLine, RefundedPart
from domain.model.terms import Policy
from domain.payments.commands.choose_refund import ChooseRefund
from domain.payments.disputes.statements import DisputeReported
from domain.payments.exchange_plan import is_further_payment
from domain.payments.payment_results import record_payment_result
from domain.payments.refund_reports import RefundReported
from domain.returns.commands.report_exchange import ReportExchange
from tests.builders import PLACED, a_delivered_state, an_order, gbp
from tests.domain.exchange_driver import ExchangeDriver, article
from tests.domain.state_driver import CUSTOMER, SHOP, Outcome


def exchanging(lamp: bool = True, **policy: object) -> ExchangeDriver:
    """Two mugs, and a lamp, that were paid by card alone, 24.00 or 68.00, and have arrived."""
    order = an_order()
    tender = order.tenders[1].model_copy(update={"amount": gbp(6800 if lamp else 2400)})
    changed = {"tenders": (tender,)} | ({} if lamp else {"lines": order.lines[:1], "shipping": gbp(0)})
    terms = Policy.model_validate({"resolutions": ["refund", "store_credit", "exchange"], **policy})
    state = a_delivered_state(order=order.model_copy(update=changed), policy=terms)
    return ExchangeDriver(state, state.clock)


def begun(driver: ExchangeDriver, count: int = 1) -> ReturnCase:
    """Mugs are exchanged for other ones, which the shop keeps."""
    case = driver.open_exchange({"1": count})
    driver.answer_all()
    return case


def refuse(driver: ExchangeDriver, case: ReturnCase) -> None:
    """The shop's fulfilment does not send the first goods after all."""
    report = ReportExchange(**driver._envelope(SHOP), return_id=case.return_id, status="rejected")
    assert driver.execute(report).verdict == "accepted"


def dispute(driver: ExchangeDriver, said: DisputeState, hour: int, minor: int = 6800) -> None:
    at = PLACED + timedelta(days=3, hours=hour)
    statement = DisputeStatement(amount=gbp(minor), state=said, at=at)
    event = DisputeReported(provider="sandbox", reference="dp_1", payment="pay_1", statement=statement)
    driver.state.seq += apply_event(driver.state, event, driver.now)
    driver.apply_due()


def refund_of_the_shop(driver: ExchangeDriver, minor: int) -> None:
    """Its staff pay an amount back that names no goods."""
    part = RefundedPart(kind="card", amount=gbp(minor))
    event = ExternalRefund(refund="re_shop", storefront="shop", lines=(), parts=(part,), at=driver.now)
    driver.state.seq += apply_event(driver.state, event, driver.now)
    driver.apply_due()
    driver.settle_sent_legs()


def test_new_goods_do_not_leave_while_the_bank_has_the_money_that_pays_for_them() -> None:
    driver = exchanging()
    case = begun(driver)
    dispute(driver, "needs_response", 0)
    driver.drop_off(case.return_id)
    assert case.exchange is not None
    assert case.exchange.parts == []
    driver.advance(days=1)
    assert driver.notice_kinds().count("exchange_held") == 1
    dispute(driver, "won", 9)
    driver.answer_all()
    assert [part.status for part in case.exchange.parts] == ["accepted"]


def test_after_a_lost_dispute_the_new_goods_are_given_back_to_the_shop() -> None:
    driver = exchanging()
    case = begun(driver)
    dispute(driver, "needs_response", 0)
    driver.drop_off(case.return_id)
    dispute(driver, "lost", 9)
    driver.settle_sent_legs()
    assert case.exchange is not None
    assert (case.exchange.status, case.exchange.parts) == ("cancelled", [])
    assert driver.legs("settled") == [("card", 1200), ("card", 5600)]


def test_a_value_that_the_shop_has_paid_back_pays_for_no_new_goods() -> None:
    driver = exchanging()
    case = begun(driver)
    refund_of_the_shop(driver, 6000)
    driver.drop_off(case.return_id)
    driver.settle_sent_legs()
    assert case.exchange is not None
    assert (case.exchange.status, case.exchange.ended) == ("fell_back", "not_covered")
    assert driver.legs("settled") == [("card", 6000), ("card", 800)]
    assert "refund_mismatch" in driver.attention_kinds()


def test_finance_is_asked_where_the_tenders_hold_less_than_refused_goods_were_worth() -> None:
    driver = exchanging()
    case = begun(driver)
    driver.drop_off(case.return_id)
    refund_of_the_shop(driver, 6000)
    before = driver.attention_kinds()
    refuse(driver, case)
    settlement = driver.state.settlements[-1]
    assert [(part.kind, part.amount.minor) for part in settlement.parts] == [
        ("goods", 1200), ("already_refunded", -400),
    ]  # fmt: skip
    assert [leg.principal.minor for leg in settlement.legs] == [800]
    assert "refund_mismatch" not in before
    assert driver.state.has_open("refund_mismatch", case.return_id)


def test_a_part_that_the_shop_refuses_is_paid_while_the_rest_of_the_return_is_awaited() -> None:
    driver = exchanging(lamp=False, pay_on="receipt")
    case = begun(driver, 2)
    driver.drop_off(case.return_id)
    driver.receive(case.return_id, {"1": 1})
    driver.answer_all()
    refuse(driver, case)
    driver.settle_sent_legs()
    assert driver.legs("settled") == [("card", 1200)]
    driver.receive(case.return_id, {"1": 1})
    driver.settle_sent_legs()
    assert driver.legs("settled") == [("card", 1200), ("card", 1200)]


def returned(driver: ExchangeDriver, outcome: Outcome) -> Leg:
    """A mug is returned, and its refund ends so at the provider. Nothing else is left on the card."""
    driver.drop_off(driver.open({"1": 1}).subject)
    [leg] = driver.state.legs()
    driver.settle_leg(leg.key, outcome)
    return leg


def choose_credit(driver: ExchangeDriver, leg: Leg) -> list[str]:
    choice = ChooseRefund(**driver._envelope(CUSTOMER), leg=leg.key, choice="store_credit")
    return [one.code.value for one in choice.violations(driver.state, driver.now)]


def test_a_refund_that_came_back_and_was_paid_by_the_shop_cannot_be_chosen_again() -> None:
    driver = exchanging()
    leg = returned(driver, "settled")
    back = PaymentResult(leg=leg.key, outcome="reversed", decline="expired_or_canceled_card")
    record_payment_result(driver.state, back, driver.now)
    assert choose_credit(driver, leg) == []
    came_back = leg.key
    refund_of_the_shop(driver, 1200)
    assert choose_credit(driver, leg) == ["nothing_to_choose"]
    assert driver.legs("settled") == [("card", 1200)]
    assert driver.state.legs()[-1].replaces == came_back, "its reserved money pays the shop's refund"
    driver.advance(days=30)
    driver.settle_sent_legs()
    assert driver.legs("settled") == [("card", 1200)]


def test_a_refused_refund_that_was_paid_by_the_shop_is_not_tried_again() -> None:
    driver = exchanging()
    leg = returned(driver, "declined")
    refund_of_the_shop(driver, 1200)
    assert choose_credit(driver, leg) == ["nothing_to_choose"]
    driver.advance(days=30)
    driver.settle_sent_legs()
    assert driver.legs("settled") == [("card", 1200)]


def test_a_refused_refund_that_its_provider_calls_paid_later_is_not_paid_again_without_a_person() -> None:
    driver = exchanging()
    leg = returned(driver, "declined")
    key = leg.key
    said = ProviderEvent(
        reference="re_1", leg=key, amount=leg.principal, state="settled", raw_state="succeeded", at=driver.now
    )
    driver.state.seq += apply_event(driver.state, RefundReported(event=said), driver.now)
    assert choose_credit(driver, leg) == ["nothing_to_choose"]
    driver.advance(days=60)
    assert (leg.key, leg.status) == (key, "failed")
    assert driver.state.has_open("payment_failed", key)


@pytest.mark.parametrize("over", [False, True])
def test_of_two_payments_of_an_exchange_the_second_goes_back(over: bool) -> None:
    driver = exchanging()
    case = driver.open_exchange({"1": 1}, article(price=1700))
    driver.answer_all()
    if over:
        driver.cancel_return(case.return_id)
    for tender in ("first", "second", "third"):
        assert driver.pay_exchange(case, tender).verdict == "accepted"
        assert driver.pay_exchange(case, tender).repeated
    driver.settle_sent_legs()
    all_back = [("second", 500), ("third", 500)]
    assert driver.legs("settled") == ([("first", 500), *all_back] if over else all_back)
    assert case.exchange is not None
    assert case.exchange.tender_id == "first"
    assert is_further_payment(driver.state, case, "second")
    assert not is_further_payment(driver.state, case, "first")


def test_what_was_paid_for_goods_that_the_shop_paid_back_itself_goes_back_beside_a_part_that_leaves() -> None:
    driver = exchanging(lamp=False, pay_on="receipt")
    case = driver.open_exchange({"1": 2}, article(price=1700))
    driver.answer_all()
    driver.pay_exchange(case)
    driver.drop_off(case.return_id)
    driver.receive(case.return_id, {"1": 1})
    driver.answer_all()
    goods = RefundedLine(line_id="1", quantity=1)
    part = RefundedPart(kind="card", amount=gbp(1200))
    event = ExternalRefund(refund="re_shop", storefront="shop", lines=(goods,), parts=(part,), at=driver.now)
    driver.state.seq += apply_event(driver.state, event, driver.now)
    driver.apply_due()
    driver.answer_all()
    driver.settle_sent_legs()
    assert sorted(driver.legs("settled")) == [("card", 1200), ("more", 500)]
    assert case.exchange is not None
    assert (case.exchange.status, [one.status for one in case.exchange.parts]) == ("cancelled", ["accepted"])
    driver.ship({"R1.1.1": 1}, number="T2")
    assert "exchange_sent" in driver.notice_kinds()
