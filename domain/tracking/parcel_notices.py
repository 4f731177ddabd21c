"""Notices about a parcel that may be lost."""

from datetime import datetime

from domain import notice_keys
from domain.model.notice import NoticeKind
from domain.model.parcel import Parcel
from domain.model.state import JourneyState


def notify_about(
    state: JourneyState, parcel: Parcel, kind: NoticeKind, now: datetime, **details: str | int
) -> None:
    """Notify the customer. The key holds the number of the trace, since a later trace may send the same kind."""
    key = notice_keys.order_notice(state.order.order, parcel.parcel_id, kind, parcel.trace_count)
    state.notify(now, key, kind, parcel.parcel_id, **details)
