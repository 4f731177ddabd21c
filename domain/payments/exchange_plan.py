"""Plans of exchanges: which of the order's money pays for the new goods, and what moves.

The value that both sides have in common stays on the tenders of the order. It becomes the price of a new line of the order, so
that a return of the new goods pays it back like any other, to any depth.
"""

from datetime import datetime
from typing import NamedTuple

from domain import exchange_keys, payment_keys
from domain.model.exchange import ExchangePart
from domain.model.exchange_quote import ExchangedItem
from domain.model.order import OrderLine, Tender
from domain.model.payment import Purpose
from domain.model.quote import TenderShare
from domain.model.refund_part import RefundPart
from domain.model.return_case import ReturnCase
from domain.model.settlement import Settlement, legs_for, take_up_to
from domain.model.state import JourneyState
from domain.money import Money, total
from domain.payments.refund_amounts import Part, as_refund_parts, of_units, sum_of, unit_parts, value_of_units
from domain.payments.refund_plan import take_or_deduct
from domain.payments.refundable import payable_for, refundable_per_tender, reserved_for
from domain.units import UnitsByLine, units_in, without


class PlannedExchange(NamedTuple):
    """The settlement of units that came back, and the lines of the goods that leave for them."""

    settlement: Settlement
    lines: tuple[OrderLine, ...]


def plan_exchange(state: JourneyState, case: ReturnCase, part: int, now: datetime) -> PlannedExchange:
    """The exchange of the units that are payable now. Only what they were worth more than the new ones is paid back."""
    assert case.quote.exchange is not None, f"return {case.return_id} has no exchange"
    units, currency = state.payable_units(case), state.order.currency
    lines = _new_lines(case, units, part)
    parts = unit_parts(state.order, units, state.terms.policy.refunds)
    carried = min(sum_of(parts), sum(line.paid_minor for line in lines))
    if carried:
        parts.append(Part("exchanged", -carried))
    back = take_up_to(payable_for(state, case), Money(minor=sum_of(parts), currency=currency))
    occasion = payment_keys.occasion_of_return(case.return_id, len(state.settlements_of(case.return_id)) + 1)
    settlement = Settlement(
        occasion=occasion,
        return_id=case.return_id,
        purpose="refund",
        units=units,
        legs=legs_for(occasion, "refund", back, now),
        parts=as_refund_parts(parts, currency),
    )
    return PlannedExchange(settlement, lines)


def is_covered(state: JourneyState, case: ReturnCase) -> bool:
    """Whether the money that was promised to the return is still there: it pays for the new goods.

    A refund of the shop, or a dispute that was lost, may have used it.
    """
    held = sum(share.amount.minor for share in payable_for(state, case))
    return held >= sum(share.amount.minor for share in reserved_for(state, case))


def _new_lines(case: ReturnCase, units: UnitsByLine, part: int) -> tuple[OrderLine, ...]:
    exchange = case.quote.exchange
    items = exchange.items if exchange else ()
    return tuple(
        _new_line(exchange_keys.line(case.number, part, place), item, units[item.line_id])
        for place, item in enumerate(items, 1)
        if units.get(item.line_id)
    )


def _new_line(line_id: str, item: ExchangedItem, units: list[int]) -> OrderLine:
    """The line of the new goods for these units. It costs exactly their share of the price, whatever that divides to."""
    places = [item.units.index(unit) for unit in units]
    minor = of_units(item.price.minor, len(item.units), places)
    tax = None if item.tax is None else of_units(item.tax.minor, len(item.units), places)
    each = -(-minor // len(units))
    less, currency = each * len(units) - minor, item.price.currency
    return OrderLine(
        line_id=line_id,
        sku=item.sku,
        title=item.title,
        quantity=len(units),
        unit_price=Money(minor=each, currency=currency),
        discount=Money(minor=less, currency=currency) if less else None,
        tax=None if tax is None else Money(minor=tax, currency=currency),
        fulfilment="later",
    )


def plan_refused(state: JourneyState, case: ReturnCase, part: ExchangePart, now: datetime) -> Settlement:
    """The settlement of new goods that the shop does not send: their price goes back to the tenders that pay for them.

    Units that have a settlement are not paid again. What the tenders hold no more is deducted as paid back before.
    """
    occasion = exchange_keys.occasion_of_refused(case.return_id, part.part)
    exchange = case.exchange
    assert exchange is not None, f"return {case.return_id} has no exchange"
    units = without(part.units, units_in(one.units for one in state.settlements))
    parts = unit_parts(state.order, units, state.terms.policy.refunds)
    purpose: Purpose = "store_credit" if exchange.fallback == "store_credit" else "refund"
    shares = take_or_deduct(_own_tender_first(state, exchange.tender_id), parts, state.order.currency)
    return Settlement(
        occasion=occasion,
        purpose=purpose,
        units=units,
        legs=legs_for(occasion, purpose, shares, now),
        parts=as_refund_parts(parts, state.order.currency),
    )


def _own_tender_first(state: JourneyState, tender_id: str) -> list[TenderShare]:
    """The tenders with what is left on each; the one of the difference gives first what the others do not owe."""
    return sorted(refundable_per_tender(state), key=lambda share: share.tender_id != tender_id)


def plan_payment_back(state: JourneyState, case: ReturnCase, now: datetime) -> Settlement:
    """The settlement of what the customer paid on top for goods that do not leave."""
    tender_id = case.exchange.tender_id if case.exchange else ""
    unused = Money(minor=_unused(state, case), currency=state.order.currency)
    return _back_to(state, tender_id, unused, exchange_keys.occasion_of_payment(case.return_id), now)


def plan_further_payment_back(
    state: JourneyState, case: ReturnCase, tender: Tender, now: datetime
) -> Settlement:
    """The settlement of a payment for an exchange that another one has paid: all of it goes back."""
    occasions = [one.occasion for one in state.settlements]
    occasion = payment_keys.next_part(exchange_keys.occasion_of_further_payment(case.return_id), occasions)
    return _back_to(state, tender.tender_id, tender.amount, occasion, now)


def is_further_payment(state: JourneyState, case: ReturnCase, tender_id: str) -> bool:
    """Whether that tender paid for the exchange after another one, and goes back."""
    occasion = exchange_keys.occasion_of_further_payment(case.return_id)
    return any(
        leg.tender_id == tender_id
        for one in state.settlements
        if payment_keys.is_part_of(one.occasion, occasion)
        for leg in one.legs
    )


def _back_to(state: JourneyState, tender_id: str, amount: Money, occasion: str, now: datetime) -> Settlement:
    """The settlement of what was paid on top, as far as the tender has it."""
    shares = [share for share in refundable_per_tender(state) if share.tender_id == tender_id]
    paid = take_up_to(shares, amount)
    back = total([share.amount for share in paid], state.order.currency)
    return Settlement(
        occasion=occasion,
        purpose="refund",
        units={},
        legs=legs_for(occasion, "refund", paid, now),
        parts=(RefundPart(kind="paid_on_top", amount=back),) if back else (),
    )


def _unused(state: JourneyState, case: ReturnCase) -> int:
    """What was paid on top, less what the new goods cost more that did leave, in minor units."""
    exchange = case.exchange
    if exchange is None:
        return 0
    carried = sum(
        part.amount.minor
        for settlement in state.settlements_of(case.return_id)
        for part in settlement.parts
        if part.kind == "exchanged"
    )
    left = value_of_units(
        state.order, {line: units for part in exchange.parts for line, units in part.units.items()}
    )
    return max(0, exchange.to_pay.minor - left - carried)
