"""Close an order: no parcel is under way and the last return window is over."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from domain.actors import SYSTEM
from domain.model.actions import Change
from domain.model.deadlines import ScheduledAction
from domain.model.payment import MOVED_OUTSIDE
from domain.model.state import JourneyState
from domain.returns.windows import ReturnWindows


def closings_due(state: JourneyState) -> Iterator[ScheduledAction]:
    """The close of the order, at the end of its last return window.

    Not due while a parcel is under way or undeliverable, or while units wait to be shipped or collected.
    """
    if state.closed_at or state.cancelled_at or any(parcel.under_way for parcel in state.parcels):
        return
    if (state.unshipped() and state.untracked_at is None) or (
        state.uncollected() and state.uncollected_at is None
    ):
        return
    if any(state.undeliverable(parcel) for parcel in state.parcels):
        return
    ends = {state.window_end(at) for at in state.arrival_times()}
    if state.terms.has_other_windows:
        ends |= ReturnWindows(state).all_ends()
    given_up = [parcel.lost_at for parcel in state.parcels]
    given_up += [state.untracked_at, state.uncollected_at, state.rest_cancelled_at, state.removed_at]
    refunded = [leg.planned_at for s in state.settlements if s.purpose in MOVED_OUTSIDE for leg in s.legs]
    ends |= {at for at in (*given_up, *refunded) if at} or {state.order.placed_at}
    yield ScheduledAction(at=max(ends), owner="customer", action=Close(), reason="return_window")


class Close(Change):
    """Close the order."""

    kind: ClassVar = "close"

    def apply(self, state: JourneyState, now: datetime) -> None:
        state.closed_at = now
        state.audit(now, SYSTEM, "closed")
