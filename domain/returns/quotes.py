"""Quotes of returns: one function computes what is shown, what is checked and what is paid."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.model.country_packs import PackName
from domain.model.order import OrderLine
from domain.model.quote import Quote, QuotedItem, ReturnItem, TenderShare
from domain.model.return_choices import Resolution, ReturnMethod
from domain.model.risk import CustomerHistory
from domain.model.state import JourneyState
from domain.money import Money, total
from domain.payments.bonuses import lacks_cap, quoted_bonus
from domain.payments.fast_return import quoted_table
from domain.payments.refund_amounts import Part, as_refund_parts, priced_units
from domain.payments.refund_plan import take_or_deduct
from domain.payments.refundable import refundable_per_tender
from domain.payments.return_amounts import quoted_parts
from domain.reasons import Reason, Violation
from domain.returns.eligibility import ReturnableUnits, merge_lines
from domain.returns.offers import Offers
from domain.returns.risk import assess, pays_on
from domain.returns.row_verdicts import row_violations
from domain.units import UnitsByLine

_UNKNOWN = CustomerHistory()  # of a customer about whom nothing is known


class PricedReturn(NamedTuple):
    """What a return pays, before it is offered in several ways. law: see `Quote`."""

    items: tuple[QuotedItem, ...]
    parts: list[Part]
    shares: list[TenderShare]
    refund: Money
    law: PackName | None

    @property
    def units(self) -> UnitsByLine:
        """Its units by line."""
        return {item.line_id: list(item.units) for item in self.items}


def priced(
    state: JourneyState, requested: list[ReturnItem], now: datetime, method: ReturnMethod
) -> PricedReturn:
    """What a return of these items pays, by what, and from which tenders."""
    merged, currency = merge_lines(requested), state.order.currency
    reasons = {item.line_id: item.reason for item in merged}
    returnable = ReturnableUnits(state, now, reasons)
    lines = {line.line_id: line for line in state.order.lines}
    items = tuple(_quoted(lines[item.line_id], item, returnable) for item in merged)
    law = returnable.law_for(merged)
    units = {item.line_id: list(item.units) for item in items}
    parts = quoted_parts(state, units, reasons, method, law)
    shares = take_or_deduct(refundable_per_tender(state), parts, currency)
    return PricedReturn(items, parts, shares, total([share.amount for share in shares], currency), law)


def quote(
    state: JourneyState,
    requested: list[ReturnItem],
    now: datetime,
    method: ReturnMethod = "drop_off",
    history: CustomerHistory = _UNKNOWN,
) -> Quote:
    """What a return of these items pays. Check eligibility first: their lines and units must have no violation."""
    found, policy = priced(state, requested, now, method), state.terms.policy
    refund, shares = found.refund, found.shares
    bonus = quoted_bonus(state, shares)
    pay_on = pays_on(state, assess(state, refund, history), method)
    return Quote(
        order=state.order.order,
        items=found.items,
        method=method,
        pay_on=pay_on,
        parts=as_refund_parts(found.parts, state.order.currency),
        refund=refund,
        shares=tuple(shares),
        credit_bonus=bonus,
        credit_days=policy.credit.days,
        offers=Offers(state, found.units, shares, bonus).all(pay_on, now),
        fast_return=quoted_table(state, shares, method, now),
        law=found.law,
        terms=state.terms.hash,
        created_at=now,
        expires_at=now + timedelta(hours=policy.quote_hours),
    )


def _quoted(line: OrderLine, item: ReturnItem, returnable: ReturnableUnits) -> QuotedItem:
    units, currency = returnable.units(item.line_id)[: item.quantity], line.unit_price.currency
    price = priced_units(line, units)
    return QuotedItem(
        line_id=item.line_id,
        units=tuple(units),
        reason=item.reason,
        amount=Money(minor=price.minor, currency=currency),
        tax=None if price.tax is None else Money(minor=price.tax, currency=currency),
    )


def items_of(quote: Quote) -> list[ReturnItem]:
    """The items that the quote was asked for."""
    return [
        ReturnItem(line_id=item.line_id, quantity=len(item.units), reason=item.reason) for item in quote.items
    ]


def quote_violations(
    state: JourneyState, shown: Quote, now: datetime, resolution: Resolution
) -> list[Violation]:
    """Why a quote is no longer valid; empty when it is.

    It expired, the terms changed, units are no longer returnable, or its money or its bonus was promised to another
    return or settlement meanwhile.
    """
    if now >= shown.expires_at:
        return [Violation(code=Reason.QUOTE_EXPIRED, details={"expired_at": shown.expires_at.isoformat()})]
    if shown.order != state.order.order or shown.terms != state.terms.hash:
        return [Violation(code=Reason.QUOTE_STALE)]
    returnable = ReturnableUnits(state, now)
    gone = any(not set(item.units) <= set(returnable.units(item.line_id)) for item in shown.items)
    left = {share.tender_id: share.amount for share in refundable_per_tender(state)}
    short = any(left[share.tender_id] < share.amount for share in shown.shares)
    bonus = resolution == "store_credit" and quoted_bonus(state, list(shown.shares)) < shown.credit_bonus
    stale = gone or short or bonus or _promises_more(state, shown, now)
    return [Violation(code=Reason.QUOTE_STALE)] if stale else []


def depends_on_method(state: JourneyState) -> bool:
    """Whether what a return pays depends on how its goods come back."""
    policy = state.terms.policy
    return bool(policy.refunds.method_fees) or policy.fast_return is not None


def _promises_more(state: JourneyState, shown: Quote, now: datetime) -> bool:
    """Whether the quote has a fast-return bonus that other returns have used up meanwhile."""
    left = {row.days: row.bonus for row in quoted_table(state, list(shown.shares), shown.method, now)}
    return any(row.days not in left or left[row.days] < row.bonus for row in shown.fast_return)


def review_violations(
    state: JourneyState, quote: Quote, resolution: Resolution | None = None
) -> list[Violation]:
    """Why an agent reviews the return first. `resolution`: if the customer has chosen one.

    The refunds of the order come to more than the merchant's limit, `review_above`: a limit of each return alone would
    let through in parts what it stops at once. Or the policy has no limit in the order's currency. Or the storefront paid
    back an unknown amount and did not say for what, so these units may be paid already. Or a row of the policy says so.
    """
    violations = [*unread_refunds(state), *_value_violations(state, quote.refund)]
    violations += row_violations(state, items_of(quote), Reason.POLICY_NEEDS_REVIEW)
    if resolution == "store_credit" and lacks_cap(state, list(quote.shares)):
        violations.append(_no_limit(state, "credit.cap"))
    return violations


def unread_refunds(state: JourneyState) -> list[Violation]:
    """A reason for each refund of the storefront that may have paid for any unit of the order."""
    return [
        Violation(code=Reason.REFUND_AMOUNT_UNKNOWN, details={"refund": refund})
        for refund in state.unread_refunds()
    ]


def _value_violations(state: JourneyState, refund: Money) -> Iterator[Violation]:
    limits = state.terms.policy.review_above
    if limits is None or not refund:
        return
    limit = limits.get(state.order.currency)
    if limit is None:
        yield _no_limit(state, "review_above")
        return
    earlier = total([case.quote.refund for case in state.returns if case.live], state.order.currency)
    if (earlier + refund).minor > limit:
        details: dict[str, str | int] = {"refund": refund.minor, "limit": limit}
        if earlier:
            details["earlier"] = earlier.minor
        yield Violation(code=Reason.VALUE_NEEDS_REVIEW, details=details)


def _no_limit(state: JourneyState, setting: str) -> Violation:
    details: dict[str, str | int] = {"setting": setting, "currency": state.order.currency}
    return Violation(code=Reason.NO_LIMIT_IN_CURRENCY, details=details)
