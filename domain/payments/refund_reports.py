"""What a provider reports about a refund by itself: kept on its leg, and booked where it is news."""

from datetime import datetime
from typing import Literal

from domain import payment_keys
from domain.base import Frozen
from domain.clock import Instant
from domain.model.leg import Leg
from domain.model.provider_event import ProviderEvent, newest
from domain.model.state import JourneyState


class RefundReported(Frozen):
    """A provider's statement about a refund of this order, from a webhook or a list. `now`: a sandbox merchant's clock."""

    type: Literal["refund_reported"] = "refund_reported"
    event: ProviderEvent
    now: Instant | None = None


def apply_refund_report(state: JourneyState, report: RefundReported, now: datetime) -> bool:
    """Keep the statement; False when it is known or about no leg of the order.

    What it changes is booked by a look-up, which reads it from the leg. Another amount or another refund than ours
    books nothing, and neither does one that counts as paid after we gave it up: finance is asked.
    """
    event = report.event
    leg = _leg_of(state, event.leg)
    if leg is None or not leg.note(event):
        return False
    if event.leg != leg.key:
        _check_earlier_epoch(state, leg, event, now)
    elif _is_another(leg, event) or (event.state == "settled" and leg.status in ("failed", "skipped")):
        state.open_question("refund_amount_differs", leg.key, now)
    elif leg.news is not None and leg.lookup == "none":
        leg.request_lookup(now)
    return True


def _leg_of(state: JourneyState, key: str) -> Leg | None:
    """The leg with that key now or in an earlier epoch."""
    name = payment_keys.leg_without_epoch(key)
    return next((leg for leg in state.legs() if payment_keys.leg_without_epoch(leg.key) == name), None)


def _is_another(leg: Leg, event: ProviderEvent) -> bool:
    """Whether it is about another amount or another refund than ours."""
    return event.amount != leg.principal or leg.reference not in ("", event.reference)


def _check_earlier_epoch(state: JourneyState, leg: Leg, event: ProviderEvent, now: datetime) -> None:
    """A refund that was given up and paid again, and now counts as paid after all: was the customer paid twice?"""
    end = newest(leg.events, event.leg)
    if end is not None and end.state == "settled":
        state.open_question("refund_amount_differs", event.leg, now)
