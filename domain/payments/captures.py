"""A payment of the order that was captured after it was placed, as of an invoice or of cash on delivery."""

from datetime import datetime

from domain.model.leg import Leg
from domain.model.order import Order, Tender
from domain.model.refund_part import RefundPart
from domain.model.state import JourneyState
from domain.money import Money, zero
from domain.payments import refund_plan
from domain.payments.waiting_legs import waive_waiting_leg


def captured_tender(order: Order, paid: Tender) -> Order | None:
    """The order with that tender as it was captured; None where it has none that waits for its payment."""
    known = order.tender(paid.tender_id)
    if known is None or known.captured:
        return None
    tenders = [paid if one.tender_id == paid.tender_id else one for one in order.tenders]
    return order.model_copy(update={"tenders": tuple(tenders)})


def apply_capture(state: JourneyState, paid: Tender, now: datetime) -> bool:
    """Enter the capture once; False when the tender is captured already.

    The customer owes less than the tender by what came back meanwhile. What they paid above that is paid back to them; where
    it was waived by now, finance gets a question. Money for a cancelled order goes back whole.
    """
    known = state.order.tender(paid.tender_id)
    order = captured_tender(state.order, paid)
    if known is None or order is None:
        return False
    waived = [leg for leg in _legs(state, paid) if leg.status == "skipped" and leg.awaits == "capture"]
    unpaid = max(0, known.amount.minor - paid.amount.minor)
    owed = sum(leg.principal.minor for leg in waived)
    state.order = order
    for leg in [leg for leg in _legs(state, paid) if leg.waits]:
        unpaid -= _settle_with_invoice(state, leg, unpaid, now)
        if leg.waits:
            state.settle_question("payment_not_captured", leg.key)
            leg.record_capture(leg.to if leg.to == "credit" else paid.refunded_to)
    if owed > unpaid:
        state.open_question("refund_mismatch", paid.tender_id, now)
    if state.cancelled_at is not None:
        state.plan(refund_plan.plan_cancellation(state, now), now)
    return True


def _legs(state: JourneyState, tender: Tender) -> list[Leg]:
    return [leg for leg in state.legs() if leg.tender_id == tender.tender_id]


def _settle_with_invoice(state: JourneyState, leg: Leg, unpaid: int, now: datetime) -> int:
    """Take off the leg what the customer did not pay; how much that was, in minor units."""
    taken = min(unpaid, leg.principal.minor)
    if taken == leg.principal.minor:
        waive_waiting_leg(state, leg.key, now)
    elif taken:
        less = Money(minor=taken, currency=leg.principal.currency)
        leg.lower_by(less)
        found = state.find_leg(leg.key)
        assert found is not None, f"leg {leg.key} is not in the state"
        deducted = RefundPart(kind="unpaid", amount=zero(less.currency) - less)
        found[0].parts = (*found[0].parts, deducted)
    return taken
