"""Money that goes back to a customer, as customers see it: how much, why, how and when."""

from datetime import date
from typing import Literal

from domain.base import Frozen
from domain.clock import Instant
from domain.model.leg import Leg
from domain.model.order import TenderKind
from domain.model.payment import PaidTo
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import Money
from domain.payments.disputes.holds import dispute_that_holds
from domain.payments.returned_refunds import choice_deadline

MoneyBackReason = Literal[
    "return",
    "cancellation",
    "parcel_not_received",
    "late_delivery",
    "late_money",
    "refund_by_the_shop",
    "taken_back",
    "exchange",
    "bank_dispute",
    "claim_given_back",
]
MoneyBackMethod = Literal["original_payment", "store_credit", "by_the_shop", "by_the_bank"]
MoneyBackStatus = Literal[
    "on_its_way", "accepted", "refused", "came_back", "waits_for_the_bank", "not_paid_by_you", "paid"
]

_REASONS: dict[str, MoneyBackReason] = {
    "return": "return",
    "cancel": "cancellation",
    "unshipped": "cancellation",
    "undelivered": "parcel_not_received",
    "late": "late_delivery",
    "late_money": "late_money",
    "external": "refund_by_the_shop",
    "dispute": "bank_dispute",
    "reversal": "taken_back",
    "exchange": "exchange",
    "claw_back": "claim_given_back",
}
"""By the first part of the occasion's key (`domain/keys.py`)."""
_METHODS: dict[PaidTo, MoneyBackMethod] = {
    "provider": "original_payment",
    "credit": "store_credit",
    "by_hand": "by_the_shop",
    "external": "by_the_shop",
    "bank": "by_the_bank",
}


class MoneyBack(Frozen):
    """One payment to the customer."""

    reason: MoneyBackReason
    """Why it is paid. `taken_back`: store credit that was issued for a return and is taken back; it is deducted.

    `exchange`: new goods of an exchange were not sent.
    `bank_dispute`: the bank paid it after the payment was disputed. `claim_given_back`: what was paid for goods that were missed
    and came after all."""
    method: MoneyBackMethod
    """To the payment that was made with the order, as store credit, in another way by the shop, or by the bank itself."""
    tender: TenderKind | None
    """The kind of payment that the amount was paid with."""
    amount: Money
    """How much, without the bonus."""
    bonus: Money
    """What is added on top."""
    status: MoneyBackStatus
    """How far it is.

    `on_its_way` until it has been paid; `accepted` once the payment provider has taken it and not finished.
    `refused`: it could not be paid the way it was paid; it is owed, and tried again or paid in another way.
    `came_back`: it could not be paid, or was paid and came back; it is owed, and the shop or the customer decides how it is paid.
    `waits_for_the_bank`: the bank disputes the payment of the order; it is paid only if the bank has not paid it.
    `not_paid_by_you` while the order itself is not paid yet.
    """
    paid_at: Instant | None
    """When it was paid."""
    expected_by: date | None
    """The day by which the statement should show it."""
    provider_reference: str
    """The payment provider's name of it; empty while there is none."""
    bank_reference: str
    """The number by which the bank finds it (ARN); empty while there is none."""
    leg: str
    """The key of the payment, to choose another way after it came back."""


def money_back(state: JourneyState, settlements: list[Settlement]) -> tuple[MoneyBack, ...]:
    """The payments of these settlements. One that was waived is left out: it is not paid."""
    return tuple(
        _payment(state, settlement, leg)
        for settlement in settlements
        for leg in settlement.legs
        if leg.status != "skipped"
    )


def _payment(state: JourneyState, settlement: Settlement, leg: Leg) -> MoneyBack:
    tender, stated = state.order.tender(leg.tender_id), leg.newest_event
    return MoneyBack(
        reason=_REASONS[settlement.occasion.partition("/")[0]],
        method=_METHODS[leg.to],
        tender=tender.kind if tender else None,
        amount=leg.principal,
        bonus=leg.bonus,
        status=_status(state, settlement, leg),
        paid_at=leg.settled_at if leg.status == "settled" else None,
        expected_by=leg.expected_by if leg.on_its_way else None,
        provider_reference=leg.reference if leg.to == "provider" else "",
        bank_reference=stated.bank_reference if stated else "",
        leg=leg.key,
    )


def _status(state: JourneyState, settlement: Settlement, leg: Leg) -> MoneyBackStatus:
    if leg.status == "settled":
        return "paid"
    if leg.status == "accepted":
        return "accepted"
    if leg.returned_at is not None and choice_deadline(state, leg) is not None:
        return "came_back"
    if leg.status == "failed" and leg.to == "provider":
        return "refused"
    if dispute_that_holds(state, settlement, leg) is not None:
        return "waits_for_the_bank"
    return "not_paid_by_you" if leg.awaits == "capture" else "on_its_way"
