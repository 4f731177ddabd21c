"""A customer's message that was not answered in time: the merchant is asked, again and again."""

from datetime import datetime, timedelta

from domain.model.attention import AttentionItem
from domain.model.state import JourneyState


def remind_of_message(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    """The customer still waits, so the question goes to the merchant."""
    usual = timedelta(days=max(1, state.terms.policy.attention_days))
    state.open_question("customer_message", item.subject, now, owner="merchant", deadline=now + usual)
