"""When letters that report a step of a parcel are true: the step is the newest, and it is not long ago."""

from datetime import timedelta

from domain.clock import local_day
from domain.model.notice import Notice
from domain.model.parcel import Parcel
from domain.model.scan import ParcelStatus
from domain.notifications.facts import Details, Facts, Stale
from domain.units import units_in

_ON_ITS_WAY = {ParcelStatus.PICKED_UP, ParcelStatus.IN_TRANSIT}
_FURTHER = {ParcelStatus.OUT_FOR_DELIVERY, ParcelStatus.ATTEMPT_FAILED, ParcelStatus.AVAILABLE_FOR_PICKUP}
_NEWS_FOR = timedelta(days=2)


def shipped(notice: Notice, facts: Facts) -> Details | Stale:
    """It is on its way, and no further. `expected`: the newest date of the carrier or of the shop, if it is to come."""
    parcel = facts.state.parcel(notice.subject)
    if parcel is None or parcel.void or parcel.lost_at is not None or facts.state.cancelled_at is not None:
        return Stale(reason="not_on_its_way")
    arrived = parcel.delivered_at or parcel.assumed_arrival
    if arrived is not None and arrived <= facts.now:
        return Stale(reason="already_delivered")
    if parcel.tracking.status in _FURTHER:
        return Stale(reason="superseded")
    if parcel.tracked and parcel.tracking.status not in _ON_ITS_WAY:
        return Stale(reason="not_on_its_way")
    estimate = parcel.estimate.latest(facts.state.zone) if parcel.estimate else None
    expected = facts.coming(estimate or parcel.due)
    return _about(parcel, facts) | ({"expected": expected} if expected else {})


def out_for_delivery(notice: Notice, facts: Facts) -> Details | Stale:
    """The carrier has it on its tour, since today."""
    parcel, zone = facts.state.parcel(notice.subject), facts.state.zone
    if parcel is None or parcel.lost_at is not None or facts.state.cancelled_at is not None:
        return Stale(reason="not_on_its_way")
    if parcel.delivered_at is not None:
        return Stale(reason="already_delivered")
    since = parcel.tracking.at
    if parcel.tracking.status is not ParcelStatus.OUT_FOR_DELIVERY or since is None:
        return Stale(reason="superseded")
    if local_day(since, zone) != local_day(facts.now, zone):
        return Stale(reason="day_over")
    return _about(parcel, facts)


def delivered(notice: Notice, facts: Facts) -> Details | Stale:
    """It is reported as delivered, its customer did not object, and no letter reported it. `collected`: at a pick-up point."""
    parcel = facts.state.parcel(notice.subject)
    arrived = parcel.delivered_at if parcel else None
    if parcel is None or arrived is None:
        return Stale(reason="not_delivered")
    if parcel.lost_at is not None or parcel.trace_opened_at is not None:
        return Stale(reason="reported_missing")
    if any(one.kind == "delay_corrected" for one in facts.sent_about(notice.subject)):
        return Stale(reason="superseded")
    if facts.now - arrived > _NEWS_FOR:
        return Stale(reason="old_news")
    waited = any(scan.status is ParcelStatus.AVAILABLE_FOR_PICKUP for scan in parcel.scans)
    about = {name: detail for name, detail in _about(parcel, facts).items() if name == "part"}
    return about | {"delivered_at": arrived.isoformat()} | ({"collected": 1} if waited else {})


def _about(parcel: Parcel, facts: Facts) -> Details:
    """`part`: other goods of the order are not in it. `carrier`, `number`: by which it can be followed."""
    goods = units_in([facts.state.units_of("ship", "later", "pickup")])
    part: Details = {} if goods <= units_in([parcel.units]) else {"part": 1}
    return part | ({"carrier": parcel.carrier, "number": parcel.tracking_number} if parcel.tracked else {})
