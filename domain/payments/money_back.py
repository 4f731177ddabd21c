"""Money that goes back to a customer, as customers see it: how much, why, how and when."""

from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.leg import Leg
from domain.model.order import TenderKind
from domain.model.payment import PaidTo
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import Money

MoneyBackReason = Literal[
    "return", "cancellation", "parcel_not_received", "late_delivery", "refund_by_the_shop", "taken_back"
]
MoneyBackMethod = Literal["original_payment", "store_credit", "by_the_shop"]
MoneyBackStatus = Literal["on_its_way", "not_paid_by_you", "paid"]

_REASONS: dict[str, MoneyBackReason] = {
    "return": "return",
    "cancel": "cancellation",
    "unshipped": "cancellation",
    "undelivered": "parcel_not_received",
    "late": "late_delivery",
    "external": "refund_by_the_shop",
    "reversal": "taken_back",
    "rejected": "taken_back",
}
"""By the first part of the occasion's key (`domain/keys.py`)."""
_METHODS: dict[PaidTo, MoneyBackMethod] = {
    "provider": "original_payment",
    "credit": "store_credit",
    "by_hand": "by_the_shop",
    "external": "by_the_shop",
}


class MoneyBack(Frozen):
    """One payment to the customer."""

    reason: MoneyBackReason
    """Why it is paid. `taken_back`: store credit that was issued for a return and is taken back; it is deducted."""
    method: MoneyBackMethod
    """To the payment that was made with the order, as store credit, or in another way by the shop."""
    tender: TenderKind | None
    """The kind of payment that the amount was paid with."""
    amount: Money
    """How much, without the bonus."""
    bonus: Money
    """What is added on top."""
    status: MoneyBackStatus
    """`on_its_way` until it has been paid; `not_paid_by_you` while the order itself is not paid yet."""
    paid_at: Instant | None
    """When it was paid."""


def money_back(state: JourneyState, settlements: list[Settlement]) -> tuple[MoneyBack, ...]:
    """The payments of these settlements. One that was waived is left out: it is not paid."""
    return tuple(
        _payment(state, settlement, leg)
        for settlement in settlements
        for leg in settlement.legs
        if leg.status != "skipped"
    )


def _payment(state: JourneyState, settlement: Settlement, leg: Leg) -> MoneyBack:
    tender = state.order.tender(leg.tender_id)
    return MoneyBack(
        reason=_REASONS[settlement.occasion.partition("/")[0]],
        method=_METHODS[leg.to],
        tender=tender.kind if tender else None,
        amount=leg.principal,
        bonus=leg.bonus,
        status=_status(leg),
        paid_at=leg.settled_at if leg.status == "settled" else None,
    )


def _status(leg: Leg) -> MoneyBackStatus:
    if leg.status == "settled":
        return "paid"
    return "not_paid_by_you" if leg.awaits == "capture" else "on_its_way"
