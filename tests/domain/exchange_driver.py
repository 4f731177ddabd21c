"""Drives a journey whose shop has stock and fulfilment systems, which answer when the test says so."""

from datetime import datetime, timedelta
from typing import Any

from domain.model.exchange import ExchangeOutcome, ExchangeRequest, ExchangeResult
from domain.model.exchange_quote import ExchangeFallback, ExchangeWish, StockedArticle
from domain.model.order import Tender
from domain.model.quote import Quote
from domain.model.return_case import ReturnCase
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from domain.money import Money
from domain.reasons import CommandResult, Violation
from domain.returns.commands.pay_exchange import PayExchange
from domain.returns.exchange_quotes import offer_exchange
from domain.returns.exchange_results import record_exchange_result, start_step
from tests.domain.state_driver import CUSTOMER, SHOP, Quantities, StateDriver

MINE = "MUG-BLUE"


def article(sku: str = MINE, price: int | None = None, available: int = 9) -> StockedArticle:
    """An article that the shop has."""
    cost = None if price is None else Money(minor=price, currency="GBP")
    return StockedArticle(sku=sku, title=sku.title(), price=cost, available=available)


class ExchangeDriver(StateDriver):
    """`called`: the calls to the shop that are not answered yet; `made`: the keys of all calls."""

    def __init__(self, state: JourneyState, now: datetime | None = None) -> None:
        self.called: list[ExchangeRequest] = []
        self.made: list[str] = []
        super().__init__(state, now)

    def start_exchange_step(self, return_id: str, step: str) -> None:
        request = start_step(self.state, return_id, step, self.now)
        self.called.append(request)
        self.made.append(request.step.key)

    def answer(self, outcome: ExchangeOutcome, hours: float | None = None, **more: Any) -> str:
        """The shop answers the oldest call; what kind of call it was. hours: how long goods are kept."""
        request = self.called.pop(0)
        until = self.now + timedelta(hours=hours) if hours is not None else request.until
        result = ExchangeResult(
            return_id=request.return_id,
            key=request.step.key,
            outcome=outcome,
            reserved_until=until if outcome == "reserved" else None,
            **more,
        )
        record_exchange_result(self.state, result, self.now)
        self.state.seq += 1
        self.apply_due()
        return request.step.kind

    def answer_all(self) -> None:
        """The shop has everything and sends everything."""
        outcomes: dict[str, ExchangeOutcome] = {
            "reserve": "reserved", "release": "released", "send": "accepted",
        }  # fmt: skip
        while self.called:
            self.answer(outcomes[self.called[0].step.kind])

    def exchange_quote(
        self, items: Quantities, wanted: StockedArticle, reason: str = "unwanted", method: Any = "drop_off"
    ) -> Quote | list[Violation]:
        """The quote of these items with the article for each of them."""
        wishes = [ExchangeWish(line_id=line, sku=wanted.sku) for line in items]
        plain = self.quote(items, reason, method)
        return offer_exchange(self.state, plain, wishes, {wanted.sku: wanted})

    def open_exchange(
        self,
        items: Quantities,
        wanted: StockedArticle | None = None,
        fallback: ExchangeFallback = "refund",
        method: Any = "drop_off",
    ) -> ReturnCase:
        quote = self.exchange_quote(items, wanted or article(), method=method)
        assert isinstance(quote, Quote), quote
        command = self.opening(quote, "exchange", CUSTOMER, method=method)
        opened = self.execute(command.model_copy(update={"fallback": fallback}))
        assert opened.verdict == "accepted", opened
        return self.case(opened.subject)

    def pay_exchange(self, case: ReturnCase, tender_id: str = "more") -> CommandResult:
        assert case.exchange is not None
        tender = Tender(
            tender_id=tender_id,
            kind="card",
            amount=case.exchange.to_pay,
            payment=f"pay_{tender_id}",
            provider="sandbox",
        )
        return self.execute(PayExchange(**self._envelope(SHOP), return_id=case.return_id, tender=tender))

    def scan_delivered(self, number: str) -> None:
        """The carrier delivers that parcel."""
        assert self.scan(ParcelStatus.DELIVERED, number)
