"""Exchanges beside other money: a dispute, refunds of the shop, and goods that never come. Nothing is given twice, or lost."""

from datetime import timedelta

from domain.journey.external_events import apply_event
from domain.model.dispute import DisputeState, DisputeStatement
from domain.model.exchange import ExchangeResult
from domain.model.exchange_quote import ExchangeWish, StockedArticle
from domain.model.quote import Quote
from domain.model.return_case import ReturnCase
from domain.model.shipment import ExternalRefund, RefundedPart
from domain.model.terms import Policy
from domain.payments.disputes.statements import DisputeReported
from domain.returns.commands.report_exchange import ReportExchange
from domain.returns.exchange_quotes import offer_exchange
from domain.returns.exchange_results import record_exchange_result, start_step
from tests.builders import PLACED, a_delivered_state, an_order, gbp
from tests.domain.state_driver import SHOP, StateDriver

BLUE = StockedArticle(sku="MUG-BLUE", title="Blue mug", available=9)


class ExchangeDriver(StateDriver):
    """A journey whose shop answers at once: goods are kept for sixty days, and each request to send is accepted."""

    def start_exchange_step(self, return_id: str, key: str) -> None:
        kind = start_step(self.state, return_id, key, self.now).step.kind
        outcomes = {"reserve": "reserved", "release": "released", "send": "accepted"}
        result = ExchangeResult.model_validate(
            {
                "return_id": return_id,
                "key": key,
                "outcome": outcomes[kind],
                "reserved_until": self.now + timedelta(days=60) if kind == "reserve" else None,
            }
        )
        record_exchange_result(self.state, result, self.now)
        self.state.seq += 1

    def exchange(self, count: int = 1, article: StockedArticle = BLUE) -> ReturnCase:
        """Mugs are exchanged for other ones."""
        wish = ExchangeWish(line_id="1", sku=article.sku)
        quote = offer_exchange(self.state, self.quote({"1": count}), [wish], {article.sku: article})
        assert isinstance(quote, Quote), quote
        opened = self.execute(self.opening(quote, "exchange"))
        assert opened.verdict == "accepted", opened
        return self.case(opened.subject)

    def refuse(self, case: ReturnCase, part: int = 1) -> None:
        """The shop's fulfilment does not send the goods after all."""
        report = ReportExchange(
            **self._envelope(SHOP), return_id=case.return_id, part=part, status="rejected"
        )
        assert self.execute(report).verdict == "accepted"


def exchanging(lamp: bool = True, **policy: object) -> ExchangeDriver:
    """Two mugs, and a lamp, that were paid by card alone, 24.00 or 68.00, and have arrived."""
    order = an_order()
    tender = order.tenders[1].model_copy(update={"amount": gbp(6800 if lamp else 2400)})
    changed = {"tenders": (tender,)} | ({} if lamp else {"lines": order.lines[:1], "shipping": gbp(0)})
    terms = Policy.model_validate({"resolutions": ["refund", "store_credit", "exchange"], **policy})
    state = a_delivered_state(order=order.model_copy(update=changed), policy=terms)
    return ExchangeDriver(state, state.clock)


def dispute(driver: StateDriver, said: DisputeState, hour: int, minor: int = 6800) -> None:
    at = PLACED + timedelta(days=3, hours=hour)
    statement = DisputeStatement(amount=gbp(minor), state=said, at=at)
    event = DisputeReported(provider="sandbox", reference="dp_1", payment="pay_1", statement=statement)
    driver.state.seq += apply_event(driver.state, event, driver.now)
    driver.apply_due()


def refund_of_the_shop(driver: StateDriver, minor: int) -> None:
    """Its staff pay an amount back that names no goods."""
    part = RefundedPart(kind="card", amount=gbp(minor))
    event = ExternalRefund(refund="re_shop", storefront="shop", lines=(), parts=(part,), at=driver.now)
    driver.state.seq += apply_event(driver.state, event, driver.now)
    driver.apply_due()
    driver.settle_sent_legs()


def test_new_goods_do_not_leave_while_the_bank_has_the_money_that_pays_for_them() -> None:
    driver = exchanging()
    case = driver.exchange()
    dispute(driver, "needs_response", 0)
    driver.drop_off(case.return_id)
    assert case.exchange is not None
    assert case.exchange.parts == []
    dispute(driver, "won", 9)
    assert [part.status for part in case.exchange.parts] == ["accepted"]


def test_after_a_lost_dispute_the_new_goods_are_given_back_to_the_shop() -> None:
    driver = exchanging()
    case = driver.exchange()
    dispute(driver, "needs_response", 0)
    driver.drop_off(case.return_id)
    dispute(driver, "lost", 9)
    driver.settle_sent_legs()
    assert case.exchange is not None
    assert (case.exchange.status, case.exchange.parts) == ("cancelled", [])
    assert driver.legs("settled") == [("card", 1200), ("card", 5600)]


def test_a_value_that_the_shop_has_paid_back_pays_for_no_new_goods() -> None:
    driver = exchanging()
    case = driver.exchange()
    refund_of_the_shop(driver, 6000)
    driver.drop_off(case.return_id)
    driver.settle_sent_legs()
    assert case.exchange is not None
    assert (case.exchange.status, case.exchange.ended) == ("fell_back", "not_covered")
    assert driver.legs("settled") == [("card", 6000), ("card", 800)]
    assert "refund_mismatch" in driver.attention_kinds()


def test_a_part_that_the_shop_refuses_is_paid_while_the_rest_of_the_return_is_awaited() -> None:
    driver = exchanging(lamp=False, pay_on="receipt")
    case = driver.exchange(2)
    driver.drop_off(case.return_id)
    driver.receive(case.return_id, {"1": 1})
    driver.refuse(case)
    driver.settle_sent_legs()
    assert driver.legs("settled") == [("card", 1200)]
    driver.receive(case.return_id, {"1": 1})
    driver.settle_sent_legs()
    assert driver.legs("settled") == [("card", 1200), ("card", 1200)]
