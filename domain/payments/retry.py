"""Retry of a payment that failed or whose outcome is unknown."""

from datetime import datetime

from domain.model.attention import AttentionItem
from domain.model.state import JourneyState


def retry_leg(state: JourneyState, leg_key: str, now: datetime) -> None:
    """Pay again. A declined leg gets a new key (its no is proof that nothing happened); an unknown one keeps its key."""
    for leg in state.legs():
        if leg.key == leg_key and leg.status in ("failed", "unknown"):
            leg.epoch += leg.status == "failed"
            leg.status, leg.planned_at, leg.decline = "planned", now, ""


def retry_by_default(state: JourneyState, item: AttentionItem, now: datetime) -> None:
    retry_leg(state, item.subject, now)
