"""Refunds that wait for a dispute: what the bank may have paid is not paid a second time."""

from datetime import datetime

from domain.model.claw_back import ClawBackPayment
from domain.model.dispute import Dispute
from domain.model.leg import Leg
from domain.model.return_case import ReturnCase
from domain.model.settlement import Settlement
from domain.model.state import JourneyState
from domain.money import Money, total
from domain.payments.fast_return import FAST_RETURN_TENDER

DISPUTED: frozenset[str] = frozenset(
    {"charge_disputed", "refund_disputed_payment", "charge_for_pending_refund_disputed"}
)
"""The codes with which providers refuse a refund because its payment is disputed."""


def dispute_that_holds(state: JourneyState, settlement: Settlement, leg: Leg) -> Dispute | None:
    """The dispute for whose outcome this payment waits; None where it may leave.

    What may have left already does not wait: it is looked up. Nor does what has moved outside this system, or goodwill. A
    fast-return bonus has no tender: it waits for the disputes of the payments to which it is added.
    """
    by_hand = leg.to == "by_hand" and leg.awaits == "nothing"  # a person says that it is paid
    moved = by_hand or leg.to in ("external", "bank") or leg.sent_at is not None
    if leg.status != "planned" or moved or settlement.takes_back:
        return None
    return next((one for one in state.disputes if one.holds and _holds_leg(one, settlement, leg)), None)


def _holds_leg(dispute: Dispute, settlement: Settlement, leg: Leg) -> bool:
    if leg.tender_id == FAST_RETURN_TENDER:
        return any(_is_about(dispute, one) for one in settlement.legs if one.principal)
    return bool(leg.principal) and _is_about(dispute, leg)


def is_disputed(state: JourneyState, tender_id: str) -> bool:
    """Whether refunds of that tender wait for a dispute."""
    return any(one.holds and _may_be_of(one, tender_id) for one in state.disputes)


def holds_goods(state: JourneyState, case: ReturnCase) -> bool:
    """Whether new goods of the return would leave now, and wait for a dispute about money that pays for them."""
    exchange = case.exchange
    if (
        exchange is None
        or case.resolution != "exchange"
        or not exchange.ready
        or not state.payable_units(case)
    ):
        return False
    return any(is_disputed(state, tender) for tender in case.exchange_tenders)


def lost_since(state: JourneyState, tender_id: str) -> datetime | None:
    """When the latest dispute about that tender was lost; None where none was."""
    ends = [one.ended_at for one in state.disputes if one.state == "lost" and _may_be_of(one, tender_id)]
    return max((at for at in ends if at is not None), default=None)


def held_legs(state: JourneyState, dispute: Dispute) -> list[Leg]:
    """The payments that wait for it."""
    return [
        leg
        for settlement in state.settlements
        for leg in settlement.legs
        if dispute_that_holds(state, settlement, leg) is not None and _holds_leg(dispute, settlement, leg)
    ]


def already_refunded(state: JourneyState, dispute: Dispute) -> Money | None:
    """What of the disputed amount has gone back, or may have, before: the customer may have it twice.

    None where the payment or the amount is not known in the order's currency.
    """
    paid = _paid(state, dispute)
    if paid is None or dispute.amount is None or dispute.amount.currency != paid.currency:
        return None
    gone = total([leg.principal for leg in gone_legs(state, dispute)], paid.currency)
    return max(paid - paid, gone + dispute.amount - paid)


def _paid(state: JourneyState, dispute: Dispute) -> Money | None:
    """What the disputed payment was; None where it is not known."""
    if dispute.of_claim:
        payment = claim_payment(state, dispute)
        return payment.amount if payment else None
    tender = state.order.tender(dispute.tender_id)
    return tender.amount if tender else None


def claim_payment(state: JourneyState, dispute: Dispute) -> ClawBackPayment | None:
    """The payment of a claim that is disputed."""
    payments = (one for claim in state.claw_backs for one in claim.payments)
    return next((one for one in payments if one.payment == dispute.payment), None)


def gone_legs(state: JourneyState, dispute: Dispute) -> list[Leg]:
    """The payments on its tender whose money has left, or may have; not what the bank itself has."""
    return [
        leg
        for settlement in state.settlements
        if not settlement.takes_back
        for leg in settlement.legs
        if dispute.is_of(leg) and leg.to != "bank" and _may_have_left(leg)
    ]


def _may_have_left(leg: Leg) -> bool:
    may = leg.status in ("sent", "unknown", "accepted", "settled")
    return may or (leg.status == "planned" and leg.sent_at is not None)


def _is_about(dispute: Dispute, leg: Leg) -> bool:
    return dispute.is_of(leg) if dispute.of_claim else _may_be_of(dispute, leg.tender_id)


def _may_be_of(dispute: Dispute, tender_id: str) -> bool:
    """Until it is known what a lost one has paid for, it may be anything of the order; what a claim was paid with is not."""
    if dispute.of_claim:
        return False
    return dispute.unassigned or dispute.tender_id in ("", tender_id)
