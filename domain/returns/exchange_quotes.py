"""What an exchange comes to, and why one is not offered.

The rule of the value (docs/adr): what was paid for the units that come back pays for the new ones, no more and no less. No fee is
deducted and no bonus is added, since no money moves for the value that both sides have in common.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from domain.model.exchange_quote import ExchangedItem, ExchangeQuote, ExchangeWish, StockedArticle
from domain.model.extension import MAX_LINES
from domain.model.order import Order, TenderKind
from domain.model.quote import Quote, QuotedItem
from domain.model.state import JourneyState
from domain.money import Money
from domain.reasons import Reason, Violation
from domain.returns.offers import Offers, resolutions

_AUTHORIZED: frozenset[TenderKind] = frozenset(
    {"card", "wallet"}
)  # kinds that are authorized before they are captured


def offer_exchange(
    state: JourneyState, quote: Quote, wishes: Sequence[ExchangeWish], articles: Mapping[str, StockedArticle]
) -> Quote | list[Violation]:
    """The quote with the exchange that is wished for, or every reason why it is not offered."""
    found = [*_order_violations(state, quote), *_wish_violations(state, quote, wishes)]
    found = found or [*_stock_violations(quote, wishes, articles)]
    if found:
        return found
    exchange = _quoted(quote, wishes, articles)
    more = [item.price.minor - item.carries.minor for item in exchange.items]
    if min(more) < 0 < max(more):
        return [
            not_offered("dearer_and_cheaper")
        ]  # each may come back by itself, so each is exchanged by itself
    units = {item.line_id: list(item.units) for item in quote.items}
    offers = Offers(state, units, list(quote.shares), quote.credit_bonus, exchange)
    return quote.model_copy(
        update={"exchange": exchange, "offers": offers.all(quote.pay_on, quote.created_at)}
    )


def not_offered(why: str, **facts: str | int) -> Violation:
    """`why`: in one word."""
    return Violation(code=Reason.EXCHANGE_NOT_OFFERED, details={"why": why, **facts})


def hold_limit(order: Order, days: int) -> datetime | None:
    """When the first authorization of the order ends, which would have to pay for new goods; None where all is captured.

    MON-10: money that is captured stays with the shop and can be paid back, so it holds no exchange back.
    """
    authorized = any(one.kind in _AUTHORIZED and not one.captured for one in order.tenders)
    return order.placed_at + timedelta(days=days) if authorized else None


def _order_violations(state: JourneyState, quote: Quote) -> Iterator[Violation]:
    units = {item.line_id: list(item.units) for item in quote.items}
    if "exchange" not in resolutions(state, units, quote.created_at):
        yield not_offered("policy")
    if any(part.kind in ("unpaid", "already_refunded") for part in quote.parts):
        yield not_offered("not_paid_in_full")
    limit = hold_limit(state.order, state.terms.policy.exchange.authorization_days)
    if limit is not None and limit <= quote.created_at:
        yield not_offered("authorization_ended")
    if len(state.order.lines) + sum(len(item.units) for item in quote.items) > MAX_LINES:
        yield Violation(code=Reason.ORDER_TOO_LARGE)


def _wish_violations(
    state: JourneyState, quote: Quote, wishes: Sequence[ExchangeWish]
) -> Iterator[Violation]:
    """Each line that comes back has one article. Another piece of the same one only replaces what was wrong (S-89)."""
    wanted = {wish.line_id: wish.sku for wish in wishes}
    if len(wanted) < len(wishes):
        yield not_offered("line_named_twice")
    for line_id in wanted.keys() - {item.line_id for item in quote.items}:
        yield Violation(code=Reason.LINE_NOT_IN_ORDER, details={"line": line_id})
    for item in quote.items:
        line = state.order.line(item.line_id)
        if item.line_id not in wanted:
            yield not_offered("line_without_article", line=item.line_id)
        elif line and wanted[item.line_id] == line.sku and not _was_wrong(state, item):
            yield not_offered("same_article", line=item.line_id)


def _was_wrong(state: JourneyState, item: QuotedItem) -> bool:
    return item.reason in state.terms.policy.refunds.free_reasons


def _stock_violations(
    quote: Quote, wishes: Sequence[ExchangeWish], articles: Mapping[str, StockedArticle]
) -> Iterator[Violation]:
    wanted: dict[str, int] = {}
    for wish in wishes:
        wanted[wish.sku] = wanted.get(wish.sku, 0) + _count(quote, wish.line_id)
    for sku, quantity in wanted.items():
        article = articles.get(sku)
        if article is None:
            yield Violation(code=Reason.ARTICLE_UNKNOWN, details={"sku": sku})
        elif article.price is not None and (
            article.price.currency != quote.refund.currency or article.price.minor < 0
        ):
            yield not_offered("price_not_in_currency", sku=sku)
        elif article.available < quantity:
            yield Violation(
                code=Reason.OUT_OF_STOCK, details={"sku": sku, "available": max(0, article.available)}
            )


def _count(quote: Quote, line_id: str) -> int:
    return sum(len(item.units) for item in quote.items if item.line_id == line_id)


def _quoted(
    quote: Quote, wishes: Sequence[ExchangeWish], articles: Mapping[str, StockedArticle]
) -> ExchangeQuote:
    wanted, currency = {wish.line_id: articles[wish.sku] for wish in wishes}, quote.refund.currency
    items = tuple(_exchanged(item, wanted[item.line_id]) for item in quote.items)
    more = sum(item.price.minor - item.carries.minor for item in items)
    return ExchangeQuote(
        items=items,
        to_pay=Money(minor=max(0, more), currency=currency),
        pays_back=Money(minor=max(0, -more), currency=currency),
    )


def _exchanged(item: QuotedItem, article: StockedArticle) -> ExchangedItem:
    """An article without a price of its own leaves for what was paid."""
    price = item.amount
    if article.price is not None:
        price = Money(minor=article.price.minor * len(item.units), currency=article.price.currency)
    return ExchangedItem(
        line_id=item.line_id,
        units=item.units,
        sku=article.sku,
        title=article.title,
        carries=item.amount,
        price=price,
        tax=item.tax if article.price is None else None,
    )
