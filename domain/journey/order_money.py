"""The money of an order as its view shows it: what it cost, how it was paid, and what went back to each payment."""

from collections import Counter

from domain.base import Frozen
from domain.model.leg import Leg
from domain.model.order import Tender, TenderKind
from domain.model.payment import RefundedTo
from domain.model.state import JourneyState
from domain.money import Money, total
from domain.payments.views import refunded_total


class TenderView(Frozen):
    """One means of payment, and what went back from it."""

    tender_id: str
    """The shop's own id of the payment."""
    kind: TenderKind
    """What kind it is."""
    amount: Money
    """How much."""
    payment: str | None
    """The provider's id of the captured payment, where a provider holds it."""
    captured: bool
    """Whether the money is there. Nothing goes back of a tender that is not captured."""
    refunded_to: RefundedTo
    """The way back of its money: through its provider, to store credit, or by a person."""
    provider: str | None
    """The payment provider that holds it; null where none does."""
    refunded: Money
    """What has gone back, less what was taken back."""
    pending: Money
    """What is owed and has not gone back yet."""


class OrderTotals(Frozen):
    """What the order cost, tax included: the lines, shipping and tip."""

    lines: Money
    """All lines and their duty, after their discounts, which hold their shares of the order's own discount."""
    discounts: Money
    """The discounts of the lines."""
    discount: Money | None
    """The discount of the order as a whole, which is a part of `discounts`; null if there was none."""
    tip: Money | None
    """What the customer added of their own; null if they added nothing."""
    tax: Money | None
    """The tax in all that was paid; null where it is not known."""
    shipping: Money
    """What shipping cost."""
    captured: Money
    """What the customer paid."""
    refunded: Money
    """What was paid back, without bonus."""
    bonuses: Money
    """What was added on top of refunds as store credit, and goodwill."""


def order_totals(state: JourneyState) -> OrderTotals:
    """The sums of the order as it stands."""
    order, currency = state.order, state.order.currency
    return OrderTotals(
        lines=total([line.charged for line in order.lines], currency),
        discounts=total([line.discount for line in order.lines if line.discount], currency),
        discount=order.discount,
        tip=order.tip,
        tax=order.tax,
        shipping=order.shipping,
        captured=order.captured,
        refunded=refunded_total(state),
        bonuses=_bonuses(state),
    )


def _bonuses(state: JourneyState) -> Money:
    paid: Counter[bool] = Counter()
    for settlement in state.settlements:
        for leg in settlement.legs:
            if leg.status == "settled":
                paid[settlement.takes_back] += leg.bonus.minor
    return Money(minor=paid[False] - paid[True], currency=state.order.currency)


def tender_views(state: JourneyState) -> tuple[TenderView, ...]:
    """The tenders in the order in which they were paid."""
    refunded: Counter[str] = Counter()
    pending: Counter[str] = Counter()
    for settlement in state.settlements:
        sign = -1 if settlement.takes_back else 1
        for leg in settlement.legs:
            amounts = _amounts_of(leg, refunded, pending)
            if amounts is not None:
                amounts[leg.tender_id] += sign * leg.principal.minor
    return tuple(
        _tender_view(tender, refunded[tender.tender_id], pending[tender.tender_id])
        for tender in state.order.tenders
    )


def _amounts_of(leg: Leg, refunded: Counter[str], pending: Counter[str]) -> Counter[str] | None:
    """Where the leg counts; nowhere when it was waived."""
    if leg.status == "settled":
        return refunded
    return pending if leg.open else None


def _tender_view(tender: Tender, refunded: int, pending: int) -> TenderView:
    currency = tender.amount.currency
    return TenderView(
        tender_id=tender.tender_id,
        kind=tender.kind,
        amount=tender.amount,
        payment=tender.payment,
        captured=tender.captured,
        refunded_to=tender.refunded_to,
        provider=tender.provider,
        refunded=Money(minor=refunded, currency=currency),
        pending=Money(minor=pending, currency=currency),
    )
