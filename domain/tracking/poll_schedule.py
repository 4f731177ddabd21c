"""How often we ask a carrier's tracker about a parcel that tells nothing by itself: soon near its end, seldom in silence."""

from datetime import datetime, timedelta

from domain import keys
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_PAUSES = {
    ParcelStatus.PRE_TRANSIT: 6 * _HOUR,
    ParcelStatus.UNKNOWN: 6 * _HOUR,
    ParcelStatus.OUT_FOR_DELIVERY: _HOUR / 2,
    ParcelStatus.ATTEMPT_FAILED: 2 * _HOUR,
    ParcelStatus.EXCEPTION: 2 * _HOUR,
    ParcelStatus.AVAILABLE_FOR_PICKUP: 6 * _HOUR,
    ParcelStatus.EXPIRED: _DAY,
}
_ON_THE_ROAD = 4 * _HOUR
_BEFORE, _AFTER = 26 * _HOUR, 2 * _DAY  # around its promise a parcel is looked at every hour
_SHARES = 2000  # steps of jitter


def poll_interval(parcel: Parcel, now: datetime) -> timedelta:
    """How long until the next look at a parcel under way, as it stands now."""
    silent = now - (parcel.tracking.moved_at or parcel.registered_at)
    near = parcel.due - _BEFORE <= now < parcel.due + _AFTER
    usual = _PAUSES.get(parcel.tracking.status, _ON_THE_ROAD)
    if parcel.polling_state.gone_at is not None or silent >= 7 * _DAY:
        return _DAY
    if silent >= 2 * _DAY:
        return 2 * _HOUR if near else _DAY / 2
    return min(usual, _HOUR) if near else usual


def next_poll_after(parcel: Parcel, last: datetime, jitter_seed: str) -> datetime:
    """When to look again after a look at `last`: up to a tenth sooner or later, so that not all parcels come at once.

    Never past the beginning of the hours around its promise: who is about to be told of a delay that a lost message
    would have denied is looked up first. The jitter is made of `turn` (the parcel and the number of the look): the same
    for every replay.
    """
    share = int(keys.digest(jitter_seed)[:8], 16) % (_SHARES + 1) / _SHARES  # 0 to 1
    near = parcel.due - _BEFORE + share * _HOUR
    at = last + poll_interval(parcel, last) * (0.9 + 0.2 * share)
    return near if last < near < at else at


def next_full_hour(at: datetime) -> datetime:
    """The next full hour: parcels of a sandbox are looked at together, so its clock stops for them once an hour at most."""
    start = at.replace(minute=0, second=0, microsecond=0)
    return start if start == at else start + _HOUR
