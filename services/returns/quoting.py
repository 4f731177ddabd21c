"""Quotes of returns: what items pay, and the exchange that a customer wishes for, with the shop's own stock and prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.model.exchange_quote import ExchangeWish, StockedArticle
from domain.model.quote import Quote, ReturnItem
from domain.model.return_choices import ReturnMethod
from domain.model.risk import RiskAssessment
from domain.model.state import JourneyState
from domain.reasons import Violation
from domain.returns import eligibility, quotes
from domain.returns.exchange_quotes import not_offered, offer_exchange
from domain.returns.risk import assess, risk_violations
from ports.stock import NoShopSystem, ShopUnavailable, Stock, WantedArticle
from services.order_reader import FoundOrder, OrderReader
from services.tokens import QuoteClaims, TokenSigner
from store.orders.customer_history import CustomerHistories


@dataclass(frozen=True)
class ReturnQuote:
    """What items pay, or why they cannot come back. `token`: holds exactly this quote; None when it is refused.

    risk: the points behind it, for staff.
    exchange_reasons: why the exchange that was wished for is not in the quote.
    """

    verdict: Literal["accepted", "refused", "needs_agent"]
    reasons: tuple[Violation, ...] = ()
    quote: Quote | None = None
    token: str | None = None
    risk: RiskAssessment | None = None
    exchange_reasons: tuple[Violation, ...] = ()


@dataclass(frozen=True)
class ReturnQuoting:
    """Makes quotes."""

    orders: OrderReader
    tokens: TokenSigner
    stock: Stock
    histories: CustomerHistories

    async def quote(
        self,
        order: FoundOrder,
        items: Sequence[ReturnItem],
        method: ReturnMethod,
        wishes: Sequence[ExchangeWish],
        now: datetime,
    ) -> ReturnQuote:
        """What these items pay, side by side, or every reason why they cannot come back."""
        state = (await self.orders.state(order)).state
        found = eligibility.violations(state, [*items], now)
        if found:
            return ReturnQuote("refused", tuple(found))
        plain = await self.claims(state, items, now, method)
        quote, why_not = await self.with_exchange(state, plain.quote, wishes)
        made = plain.model_copy(update={"quote": quote})
        review = [*quotes.review_violations(state, quote), *risk_violations(state, made.risk)]
        verdict: Literal["accepted", "needs_agent"] = "needs_agent" if review else "accepted"
        token = self.tokens.sign_quote(made)
        return ReturnQuote(verdict, tuple(review), quote, token, made.risk, tuple(why_not))

    async def claims(
        self, state: JourneyState, items: Sequence[ReturnItem], now: datetime, method: ReturnMethod
    ) -> QuoteClaims:
        """The quote with the points of its risk, where the policy has any: only then the customer's other orders are read."""
        if state.terms.policy.risk is None:
            return QuoteClaims(quote=quotes.quote(state, [*items], now, method))
        history = await self.histories.of(state.order.merchant, state.order.customer.customer, now)
        quote = quotes.quote(state, [*items], now, method, history)
        return QuoteClaims(quote=quote, risk=assess(state, quote.refund, history))

    async def with_exchange(
        self, state: JourneyState, quote: Quote, wishes: Sequence[ExchangeWish]
    ) -> tuple[Quote, list[Violation]]:
        """The quote with the exchange, or as it was with every reason why there is none."""
        if not wishes:
            return quote, []
        articles = await self._articles(state, quote, wishes)
        found = articles if isinstance(articles, list) else offer_exchange(state, quote, wishes, articles)
        return (found, []) if isinstance(found, Quote) else (quote, found)

    async def _articles(
        self, state: JourneyState, quote: Quote, wishes: Sequence[ExchangeWish]
    ) -> dict[str, StockedArticle] | list[Violation]:
        order, counts = state.order, {item.line_id: len(item.units) for item in quote.items}
        lines = {line.line_id: line for line in order.lines}
        wanted = [
            WantedArticle(wish.sku, counts[wish.line_id], wish.line_id, lines[wish.line_id].sku)
            for wish in wishes
            if wish.line_id in counts
        ]
        try:
            if not await self.stock.connected(order.merchant):
                return [not_offered("no_shop_system")]
            found = await self.stock.articles(order.merchant, order.order_id, order.currency, wanted)
        except NoShopSystem:
            return [not_offered("no_shop_system")]
        except ShopUnavailable:
            return [not_offered("shop_does_not_answer")]
        return {article.sku: article for article in found}
