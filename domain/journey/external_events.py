"""External events: reports from carriers, storefronts and the notification sender.

They are never refused; each is merged by its own time.
"""

from datetime import datetime
from typing import Literal, assert_never

from domain.base import Frozen
from domain.clock import Instant
from domain.delays.notice_outcomes import (
    DelayNoticeDropped,
    DelayNoticeSent,
    record_notice_dropped,
    record_notice_sent,
)
from domain.model.extension import OrderExtended
from domain.model.shipment import ExternalRefund, FulfilmentUpdate
from domain.model.state import JourneyState
from domain.notifications.bounced_letters import LetterBounced, record_bounce
from domain.orders.destination import DestinationChanged, apply_destination
from domain.orders.extension import apply_extension
from domain.orders.storefront_behind import StorefrontBehind, apply_storefront_behind
from domain.payments import external_refunds
from domain.payments.claw_backs.results import ClawBackPaid, apply_payment
from domain.payments.disputes.statements import DisputeReported, apply_dispute_report
from domain.payments.refund_reports import RefundReported, apply_refund_report
from domain.tracking.fulfilments import apply_fulfilment_update
from domain.tracking.scans import TrackingUpdated, apply_tracking_update


class ClockAdvanced(Frozen):
    """The clock of a sandbox merchant was advanced to `now`."""

    type: Literal["clock_advanced"] = "clock_advanced"
    now: Instant


ExternalEvent = (
    OrderExtended
    | DestinationChanged
    | TrackingUpdated
    | DelayNoticeSent
    | DelayNoticeDropped
    | FulfilmentUpdate
    | ExternalRefund
    | LetterBounced
    | RefundReported
    | ClawBackPaid
    | StorefrontBehind
    | DisputeReported
    | ClockAdvanced
)


def apply_event(state: JourneyState, event: ExternalEvent, now: datetime) -> bool:
    """Apply the event; False when it changes nothing."""
    match event:
        case TrackingUpdated():
            return apply_tracking_update(state, event, now)
        case DelayNoticeSent():
            return record_notice_sent(state, event)
        case DelayNoticeDropped():
            return record_notice_dropped(state, event, now)
        case OrderExtended():
            return apply_extension(state, event, now)
        case DestinationChanged():
            return apply_destination(state, event, now)
        case FulfilmentUpdate():
            return apply_fulfilment_update(state, event, now)
        case ExternalRefund():
            return external_refunds.apply_external_refund(state, event, now)
        case LetterBounced():
            return record_bounce(state, event, now)
        case RefundReported():
            return apply_refund_report(state, event, now)
        case ClawBackPaid():
            return apply_payment(state, event, now)
        case StorefrontBehind():
            return apply_storefront_behind(state, event, now)
        case DisputeReported():
            return apply_dispute_report(state, event, now)
        case ClockAdvanced():
            return False  # the clock is moved by every event that names its time
        case _:
            assert_never(event)
