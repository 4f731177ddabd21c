"""Making a quote: one function for what is shown, what is guarded and what is paid."""

from datetime import datetime, timedelta

from domain.eligibility import Returnable, summed
from domain.journey import JourneyState
from domain.money import Money, total
from domain.quotes import Quote, QuotedItem, ReturnWish
from domain.reasons import Objection, Reason
from domain.refundable import left_on_tenders, value_of
from domain.settlements import as_far_as_left
from domain.terms import credit_bonus


def quote(state: JourneyState, wishes: list[ReturnWish], now: datetime) -> Quote:
    """What these items pay. Only for wishes that raise no objection about lines or units (eligibility first)."""
    policy = state.terms.policy
    returnable = Returnable(state, now)
    items = tuple(_item(state, wish, returnable) for wish in summed(wishes))
    worth = total([item.amount for item in items], state.order.currency)
    shares = tuple(as_far_as_left(left_on_tenders(state), worth))
    refund = total([share.amount for share in shares], state.order.currency)
    return Quote(
        order=state.order.order,
        items=items,
        refund=refund,
        shares=shares,
        credit_bonus=credit_bonus(refund, policy.credit),
        credit_days=policy.credit.days,
        terms=state.terms.hash,
        made_at=now,
        expires_at=now + timedelta(hours=policy.quote_hours),
    )


def _item(state: JourneyState, wish: ReturnWish, returnable: Returnable) -> QuotedItem:
    units = returnable.units(wish.line_id)[: wish.quantity]
    amount = value_of(state, {wish.line_id: units})
    return QuotedItem(line_id=wish.line_id, units=tuple(units), reason=wish.reason, amount=amount)


def stale(state: JourneyState, shown: Quote, now: datetime) -> list[Objection]:
    """Why a quote no longer holds: expired, other terms, units gone, or money promised to somebody else meanwhile."""
    if now >= shown.expires_at:
        return [Objection(code=Reason.QUOTE_EXPIRED, facts={"expired_at": shown.expires_at.isoformat()})]
    if shown.order != state.order.order or shown.terms != state.terms.hash:
        return [Objection(code=Reason.QUOTE_STALE)]
    returnable = Returnable(state, now)
    gone = any(not set(item.units) <= set(returnable.units(item.line_id)) for item in shown.items)
    left = {share.tender_id: share.amount for share in left_on_tenders(state)}
    short = any(left[share.tender_id] < share.amount for share in shown.shares)
    return [Objection(code=Reason.QUOTE_STALE)] if gone or short else []


def needs_review(state: JourneyState, refund: Money) -> list[Objection]:
    """Why an agent looks first: the value is above the merchant's limit."""
    limit = state.terms.policy.review_above
    if limit is None or refund.minor <= limit:
        return []
    return [Objection(code=Reason.VALUE_NEEDS_REVIEW, facts={"refund": refund.minor, "limit": limit})]
