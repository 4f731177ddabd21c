"""External events: reports from carriers, storefronts and the notification sender.

They are never refused; each is merged by its own time.
"""

from datetime import datetime
from typing import assert_never

from domain.base import Frozen
from domain.clock import Instant
from domain.model.shipment import ExternalRefund, FulfilmentUpdate
from domain.model.state import JourneyState
from domain.payments import external_refunds
from domain.tracking.fulfilments import apply_fulfilment_update
from domain.tracking.scans import TrackingUpdated, apply_tracking_update


class ClockAdvanced(Frozen):
    """A sandbox merchant's clock stands at `now`."""

    now: Instant


class DelayNoticeSent(Frozen):
    """A delay notice that lay in the outbox for long leaves now, at `at`: what it says must be true then."""

    subject: str
    revision: int
    at: Instant
    now: Instant | None = None


ExternalEvent = TrackingUpdated | DelayNoticeSent | FulfilmentUpdate | ExternalRefund


def apply_event(state: JourneyState, event: ExternalEvent, now: datetime) -> bool:
    """Take a fact in; false when it changes nothing."""
    match event:
        case TrackingUpdated():
            return apply_tracking_update(state, event, now)
        case DelayNoticeSent():
            return record_notice_sent(state, event)
        case FulfilmentUpdate():
            return apply_fulfilment_update(state, event, now)
        case ExternalRefund():
            return external_refunds.apply_external_refund(state, event, now)
        case _:
            assert_never(event)


def record_notice_sent(state: JourneyState, sent: DelayNoticeSent) -> bool:
    """Keep when a delayed notice really left, for the judgement whether it was true (NEW-7)."""
    for place, telling in enumerate(state.delay_notices):
        if (telling.subject, telling.revision) == (
            sent.subject,
            sent.revision,
        ) and telling.sent_at != sent.at:
            state.delay_notices[place] = telling.model_copy(update={"sent_at": sent.at})
            return True
    return False
