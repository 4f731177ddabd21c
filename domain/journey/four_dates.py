"""The four dates of an order that staff read first: promised, expected, written to the customer, and what comes next."""

from collections.abc import Iterator
from datetime import datetime

from domain.base import Frozen
from domain.clock import Instant
from domain.journey.ahead import AheadEntry, ahead, expected_at
from domain.model.promise import DelayNotice, Promise
from domain.model.state import JourneyState


class FourDates(Frozen):
    """Promised, estimate, notified, next."""

    promised: Promise
    """What the shop promised with the order."""
    due: Instant
    """When the promise that counts now breaks: a later one that the customer agreed to, else the first."""
    estimate: Instant | None
    """When the last parcel that is under way is expected; null while that is not known, and once all has arrived."""
    late_minutes: int
    """How much later than `due` that is; 0 if in time."""
    delivered_at: Instant | None
    """When the last goods arrived; null until all of them have."""
    notified_at: Instant | None
    """When the customer was first written to about the delay of the promise that counts now; null if never."""
    notified_before: int | None
    """How many minutes before the promise broke that was; negative if afterwards, null if never."""
    next: AheadEntry | None
    """What happens next by itself."""


def four_dates(state: JourneyState, now: datetime) -> FourDates:
    """The dates as the state has them at that business time."""
    arriving = [at for parcel in state.parcels if (at := expected_at(state, parcel)) is not None]
    estimate = max(arriving, default=None)
    notice = _first_warning(state)
    sent = (notice.sent_at or notice.notified_at) if notice else None
    return FourDates(
        promised=state.order.promise,
        due=state.due,
        estimate=estimate,
        late_minutes=_minutes(state.due, estimate) if estimate and estimate > state.due else 0,
        delivered_at=_delivered(state),
        notified_at=sent,
        notified_before=_minutes(sent, notice.due) if notice and sent else None,
        next=next(_next_entries(state, now), None),
    )


def _next_entries(state: JourneyState, now: datetime) -> Iterator[AheadEntry]:
    """What happens by itself, the soonest first. While goods are to come back, the end of the window changes nothing to see."""
    comes_back = any(case.live and not case.goods_settled for case in state.returns)
    left_out = ("arrives", "promise_breaks", *(("close",) if comes_back else ()))
    return (entry for entry in ahead(state, now) if entry.what not in left_out)


def _first_warning(state: JourneyState) -> DelayNotice | None:
    """The first letter about the promise that counts now: a later one warns of nothing new; an agreed date is a new promise."""
    sent = [notice for notice in state.delay_notices if notice.dropped_at is None]
    present = [notice for notice in sent if notice.due == state.due] or sent
    return min(present, key=lambda notice: notice.notified_at, default=None)


def _delivered(state: JourneyState) -> datetime | None:
    times = [parcel.delivered_at for parcel in state.parcels if parcel.delivered_at]
    times += [one.handed_over_at for one in state.handovers if one.handed_over_at]
    return max(times, default=None) if state.delivered == "all" else None


def _minutes(since: datetime, until: datetime) -> int:
    return int((until - since).total_seconds() // 60)
