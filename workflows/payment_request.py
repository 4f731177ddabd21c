"""The payment step's input, made of the state."""

from datetime import datetime

from domain.model.state import JourneyState
from ports.ledger import PaymentRequest


def payment_request(state: JourneyState, key: str, now: datetime) -> PaymentRequest:
    """What the payment step needs to know of a leg, and nothing else of the order."""
    settlement, leg = next((s, leg) for s in state.settlements for leg in s.legs if leg.key == key)
    return PaymentRequest(
        merchant=state.order.merchant,
        order=state.order.order,
        customer=state.order.customer.customer,
        key=leg.key,
        occasion=settlement.occasion,
        purpose=settlement.purpose,
        tender_id=leg.tender_id,
        to=leg.to,
        payment=leg.payment,
        principal=leg.principal,
        bonus=leg.bonus,
        credit_days=state.terms.policy.credit.days,
        now=now,
    )
