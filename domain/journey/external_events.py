"""External events: reports from carriers, storefronts and the notification sender.

They are never refused; each is merged by its own time.
"""

from datetime import datetime
from typing import Literal, assert_never

from domain.base import Frozen
from domain.clock import Instant
from domain.model.extension import OrderExtended
from domain.model.shipment import ExternalRefund, FulfilmentUpdate
from domain.model.state import JourneyState
from domain.orders.extension import apply_extension
from domain.payments import external_refunds
from domain.tracking.fulfilments import apply_fulfilment_update
from domain.tracking.scans import TrackingUpdated, apply_tracking_update


class ClockAdvanced(Frozen):
    """The clock of a sandbox merchant was advanced to `now`."""

    type: Literal["clock_advanced"] = "clock_advanced"
    now: Instant


class DelayNoticeSent(Frozen):
    """A delay notice that waited long in the outbox leaves at `at`: what it says must be true then."""

    type: Literal["delay_notice_sent"] = "delay_notice_sent"
    subject: str
    revision: int
    at: Instant
    now: Instant | None = None


ExternalEvent = (
    OrderExtended | TrackingUpdated | DelayNoticeSent | FulfilmentUpdate | ExternalRefund | ClockAdvanced
)


def apply_event(state: JourneyState, event: ExternalEvent, now: datetime) -> bool:
    """Apply the event; False when it changes nothing."""
    match event:
        case TrackingUpdated():
            return apply_tracking_update(state, event, now)
        case DelayNoticeSent():
            return record_notice_sent(state, event)
        case OrderExtended():
            return apply_extension(state, event, now)
        case FulfilmentUpdate():
            return apply_fulfilment_update(state, event, now)
        case ExternalRefund():
            return external_refunds.apply_external_refund(state, event, now)
        case ClockAdvanced():
            return False  # the clock is moved by every event that names its time
        case _:
            assert_never(event)


def record_notice_sent(state: JourneyState, sent: DelayNoticeSent) -> bool:
    """Keep when a late notice really left, to judge whether it was true then (NEW-7)."""
    for index, notice in enumerate(state.delay_notices):
        same = (notice.subject, notice.revision) == (sent.subject, sent.revision)
        if same and notice.sent_at != sent.at:
            state.delay_notices[index] = notice.model_copy(update={"sent_at": sent.at})
            return True
    return False
