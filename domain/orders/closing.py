"""Close an order: no parcel is under way and the last return window is over."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from domain.actors import SYSTEM
from domain.model.actions import Change
from domain.model.deadlines import ScheduledAction
from domain.model.state import JourneyState


def closings_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The close of the order, at the end of its last return window.

    Not due while a parcel is under way or undeliverable, or while units wait to be shipped.
    """
    if state.closed_at or state.cancelled_at or any(parcel.under_way for parcel in state.parcels):
        return
    if state.unshipped() and state.untracked_at is None:
        return
    if any(state.undeliverable(parcel) for parcel in state.parcels):
        return
    ends = [state.window_end(parcel.delivered_at) for parcel in state.parcels if parcel.delivered_at]
    given_up = (parcel.lost_at for parcel in state.parcels)
    ends += [at for at in (state.untracked_at, state.rest_cancelled_at, state.removed_at, *given_up) if at]
    yield ScheduledAction(at=max(ends), owner="customer", action=Close(), reason="return_window")


class Close(Change):
    """Close the order."""

    kind: ClassVar = "close"

    def apply(self, state: JourneyState, now: datetime) -> None:
        state.closed_at = now
        state.audit(now, SYSTEM, "closed")
