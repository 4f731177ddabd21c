"""Quotes of returns: one function computes what is shown, what is checked and what is paid."""

from datetime import datetime, timedelta

from domain.model.quote import Quote, QuotedItem, ReturnItem
from domain.model.settlement import take_up_to
from domain.model.state import JourneyState
from domain.model.terms import credit_bonus
from domain.money import Money, total
from domain.payments.refundable import refundable_per_tender, value_of
from domain.reasons import Reason, Violation
from domain.returns.eligibility import ReturnableUnits, merge_lines


def quote(state: JourneyState, requested: list[ReturnItem], now: datetime) -> Quote:
    """What a return of these items pays. Check eligibility first: their lines and units must have no violation."""
    policy = state.terms.policy
    returnable = ReturnableUnits(state, now)
    items = tuple(_quoted(state, item, returnable) for item in merge_lines(requested))
    value = total([item.amount for item in items], state.order.currency)
    shares = tuple(take_up_to(refundable_per_tender(state), value))
    refund = total([share.amount for share in shares], state.order.currency)
    return Quote(
        order=state.order.order,
        items=items,
        refund=refund,
        shares=shares,
        credit_bonus=credit_bonus(refund, policy.credit),
        credit_days=policy.credit.days,
        terms=state.terms.hash,
        created_at=now,
        expires_at=now + timedelta(hours=policy.quote_hours),
    )


def _quoted(state: JourneyState, item: ReturnItem, returnable: ReturnableUnits) -> QuotedItem:
    units = returnable.units(item.line_id)[: item.quantity]
    amount = value_of(state, {item.line_id: units})
    return QuotedItem(line_id=item.line_id, units=tuple(units), reason=item.reason, amount=amount)


def quote_violations(state: JourneyState, shown: Quote, now: datetime) -> list[Violation]:
    """Why a quote is no longer valid; empty when it is.

    It expired, the terms changed, units are no longer returnable, or its money was promised to another return or
    settlement meanwhile.
    """
    if now >= shown.expires_at:
        return [Violation(code=Reason.QUOTE_EXPIRED, details={"expired_at": shown.expires_at.isoformat()})]
    if shown.order != state.order.order or shown.terms != state.terms.hash:
        return [Violation(code=Reason.QUOTE_STALE)]
    returnable = ReturnableUnits(state, now)
    gone = any(not set(item.units) <= set(returnable.units(item.line_id)) for item in shown.items)
    left = {share.tender_id: share.amount for share in refundable_per_tender(state)}
    short = any(left[share.tender_id] < share.amount for share in shown.shares)
    return [Violation(code=Reason.QUOTE_STALE)] if gone or short else []


def review_violations(state: JourneyState, refund: Money) -> list[Violation]:
    """Why an agent reviews the return first: the refund is above the merchant's limit, `review_above`."""
    limit = state.terms.policy.review_above
    if limit is None or refund.minor <= limit:
        return []
    return [Violation(code=Reason.VALUE_NEEDS_REVIEW, details={"refund": refund.minor, "limit": limit})]
