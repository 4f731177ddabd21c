"""Bonuses on refunds that are paid as store credit: what earns one, and how much of the order's cap is left (S-83)."""

from datetime import datetime, timedelta

from domain.model.leg import Leg
from domain.model.order import RESERVED_TENDERS, Order
from domain.model.quote import TenderShare
from domain.model.return_case import ReturnCase
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.model.terms import CreditTerms, credit_bonus
from domain.money import Money, total


def earns_bonus(order: Order, credit: CreditTerms, tender_id: str) -> bool:
    """Whether a refund of that tender earns a bonus. Store credit does not, or a bonus would earn a bonus."""
    tender = order.tender(tender_id)
    return tender is not None and tender.kind in credit.bonus_on


def bonus_weights(state: JourneyState, shares: list[TenderShare]) -> list[int]:
    """Each share's part of what earns a bonus, in minor units."""
    credit = state.terms.policy.credit
    return [
        share.amount.minor if earns_bonus(state.order, credit, share.tender_id) else 0 for share in shares
    ]


def quoted_bonus(state: JourneyState, shares: list[TenderShare]) -> Money:
    """The bonus of a return that gives these shares back, at most what is left of the order's cap."""
    currency = state.order.currency
    earning = Money(minor=sum(bonus_weights(state, shares)), currency=currency)
    whole = credit_bonus(earning, state.terms.policy.credit)
    cap = state.terms.policy.credit.cap.get(currency, 0)
    left = max(0, cap - sum(promised_bonus(state, case) for case in state.returns))
    return min(whole, Money(minor=left, currency=currency))


def lacks_cap(state: JourneyState, shares: list[TenderShare]) -> bool:
    """Whether these shares would earn a bonus if the policy had a cap in the order's currency."""
    credit = state.terms.policy.credit
    return bool(credit.bonus and sum(bonus_weights(state, shares))) and (
        state.order.currency not in credit.cap
    )


def promised_bonus(state: JourneyState, case: ReturnCase) -> int:
    """What the return was promised, or paid and not taken back, in minor units."""
    settlements = state.settlements_of(case.return_id)
    currency = state.order.currency
    paid = total(
        [leg.bonus for s in settlements if not s.takes_back for leg in _credit(s) if leg.status != "skipped"],
        currency,
    ) - total(
        [leg.bonus for s in settlements if s.takes_back for leg in _credit(s) if leg.status == "settled"],
        currency,
    )  # fmt: skip
    promised = case.quote.credit_bonus.minor if case.live and case.resolution == "store_credit" else 0
    return max(paid.minor, promised)


def _credit(settlement: Settlement) -> list[Leg]:
    """The legs that pay a tender back; not those of a fast-return bonus, which has a cap of its own."""
    return [leg for leg in settlement.legs if leg.tender_id not in RESERVED_TENDERS]


def bonus_expiry(state: JourneyState, legs: list[Leg]) -> datetime | None:
    """Until when the bonus that these paid legs gave can be spent; None without one, or where it never expires."""
    sent = [leg.sent_at or leg.settled_at for leg in legs if leg.bonus]
    days = state.terms.policy.credit.days
    if days is None:
        return None
    return min((at + timedelta(days=days) for at in sent if at is not None), default=None)
