"""Goodwill for a date about money that was told and not kept: store credit, once for what the money is for (NEW-5)."""

from datetime import datetime

from domain import payment_keys
from domain.actors import SYSTEM
from domain.model.quote import TenderShare
from domain.model.settlement import Settlement, legs_for
from domain.model.state import JourneyState
from domain.money import Money, zero
from domain.payments.goodwill import GOODWILL_TENDER


def goodwill_for_late_money(state: JourneyState) -> Money:
    """What the policy gives in the order's currency; zero without a row."""
    rows = state.terms.policy.refund_deadlines.goodwill or {}
    return Money(minor=rows.get(state.order.currency, 0), currency=state.order.currency)


def plan_goodwill(state: JourneyState, subject: str, now: datetime) -> None:
    """Plan the credit, unless the policy gives none or the subject has had it. `subject`: the return, else the leg."""
    amount = goodwill_for_late_money(state)
    found = state.find_leg(subject)
    subject = (found[0].return_id or found[0].occasion) if found else subject
    occasion = payment_keys.occasion_of_late_money(subject)
    if not amount or any(one.occasion == occasion for one in state.settlements):
        return
    share = TenderShare(tender_id=GOODWILL_TENDER, kind="store_credit", amount=zero(amount.currency))
    legs = legs_for(occasion, "goodwill", [share], now, [amount])
    state.plan(Settlement(occasion=occasion, purpose="goodwill", units={}, legs=legs), now)
    state.audit(now, SYSTEM, "goodwill_issued", subject, amount=amount.minor)


def is_for_late_money(settlement: Settlement) -> bool:
    """Whether it is goodwill for money that was late, and not for a late delivery."""
    return payment_keys.is_late_money(settlement.occasion)
