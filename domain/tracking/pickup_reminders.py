"""Pick-up reminders: a parcel that waits at a pick-up point goes back if its customer does not collect it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from domain import notice_keys
from domain.model.actions import Change
from domain.model.deadlines import ScheduledAction
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState


def pickup_reminders_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """Some days before the pick-up point sends the parcel back, once per arrival there."""
    terms = state.terms.policy.delays
    for parcel in state.parcels:
        arrived = parcel.tracking.at
        waits = parcel.under_way and parcel.tracking.status is ParcelStatus.AVAILABLE_FOR_PICKUP
        if waits and arrived is not None and parcel.pickup_reminded_for != arrived and not state.cancelled_at:
            yield ScheduledAction(
                at=arrived + timedelta(days=max(0, terms.pickup_days - terms.pickup_reminder)),
                owner="customer",
                action=SendPickupReminder(parcel_id=parcel.parcel_id),
                reason="waiting_for_pickup",
            )


class SendPickupReminder(Change):
    """Remind the customer of a parcel at a pick-up point."""

    kind: ClassVar = "send_pickup_reminder"
    parcel_id: str

    def apply(self, state: JourneyState, now: datetime) -> None:
        parcel = state.require_parcel(self.parcel_id)
        arrived = parcel.tracking.at
        assert arrived is not None, "a parcel that waits at a pick-up point was scanned there"
        parcel.pickup_reminded_for = arrived
        collect_by = arrived + timedelta(days=state.terms.policy.delays.pickup_days)
        revision = int(arrived.timestamp())
        key = notice_keys.order_notice(state.order.order, parcel.parcel_id, "pickup_reminder", revision)
        state.notify(now, key, "pickup_reminder", parcel.parcel_id, collect_by=collect_by.isoformat())
