"""The interval between two polls of a parcel's tracker: short when delivery is near, long when nothing has been reported."""

from datetime import datetime, timedelta

from domain import keys
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_INTERVALS = {
    ParcelStatus.PRE_TRANSIT: 6 * _HOUR,
    ParcelStatus.UNKNOWN: 6 * _HOUR,
    ParcelStatus.OUT_FOR_DELIVERY: _HOUR / 2,
    ParcelStatus.ATTEMPT_FAILED: 2 * _HOUR,
    ParcelStatus.EXCEPTION: 2 * _HOUR,
    ParcelStatus.AVAILABLE_FOR_PICKUP: 6 * _HOUR,
    ParcelStatus.EXPIRED: _DAY,
}
_IN_TRANSIT = 4 * _HOUR
# In these hours around its promise a parcel is polled every hour.
_BEFORE_DUE, _AFTER_DUE = (26 * _HOUR, 2 * _DAY)
_JITTER_STEPS = 2000


def poll_interval(parcel: Parcel, now: datetime) -> timedelta:
    """The interval for a parcel under way, by its status, its promise and the time since its last movement."""
    silent = now - (parcel.tracking.moved_at or parcel.registered_at)
    near = parcel.due - _BEFORE_DUE <= now < parcel.due + _AFTER_DUE
    usual = _INTERVALS.get(parcel.tracking.status, _IN_TRANSIT)
    if parcel.polling_state.gone_at is not None or silent >= 7 * _DAY:
        return _DAY
    if silent >= 2 * _DAY:
        return 2 * _HOUR if near else _DAY / 2
    return min(usual, _HOUR) if near else usual


def next_poll_after(parcel: Parcel, last: datetime, jitter_seed: str) -> datetime:
    """When to poll again after a poll at `last`.

    The interval is up to a tenth shorter or longer, so that not all parcels are polled at the same time. The jitter depends on
    `jitter_seed` alone, so every replay has the same.
    The next poll is never later than the beginning of the hours around the promise: before a customer is notified of a delay,
    the tracker is polled for scans that a lost webhook left out.
    """
    jitter = int(keys.digest(jitter_seed)[:8], 16) % (_JITTER_STEPS + 1) / _JITTER_STEPS  # 0 to 1
    near = parcel.due - _BEFORE_DUE + jitter * _HOUR
    at = last + poll_interval(parcel, last) * (0.9 + 0.2 * jitter)
    return near if last < near < at else at


def next_full_hour(at: datetime) -> datetime:
    """The next full hour. Parcels of a sandbox are polled together, so that its clock stops for them once an hour at most."""
    start = at.replace(minute=0, second=0, microsecond=0)
    return start if start == at else start + _HOUR
