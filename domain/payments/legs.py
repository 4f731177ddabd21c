"""Steps of one leg, found by its key: send it to the payment step, or retry it."""

from datetime import datetime

from domain.model.attention import AttentionItem
from domain.model.payment import PaymentRequest
from domain.model.state import JourneyState


def send_leg(state: JourneyState, key: str, now: datetime) -> PaymentRequest:
    """Mark the leg as sent, and return the input of the payment step."""
    found = state.find_leg(key)
    assert found is not None, f"leg {key} is not in the state"
    settlement, leg = found
    leg.send(now)
    return leg.request(state.order, settlement.purpose, state.terms.policy.credit.days, now)


def retry_leg(state: JourneyState, key: str, now: datetime) -> None:
    """Plan a failed or unknown payment again; a leg that has moved on stays as it is."""
    found = state.find_leg(key)
    if found is not None and found[1].status in ("failed", "unknown"):
        found[1].retry(now)


def retry_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    """Retry a payment about which no agent decided by the deadline."""
    retry_leg(state, item.subject, now)
