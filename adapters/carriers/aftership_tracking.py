"""What AfterShip's REST API shows of one tracking, as a report. Tags decide; a sub-tag only where it says more."""

from datetime import UTC, datetime, time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.carriers import reading
from domain.parcels import Estimate, ParcelStatus, Scan
from ports.carriers import Report

_TAGS = {
    "Pending": ParcelStatus.UNKNOWN,
    "InfoReceived": ParcelStatus.PRE_TRANSIT,
    "InTransit": ParcelStatus.IN_TRANSIT,
    "OutForDelivery": ParcelStatus.OUT_FOR_DELIVERY,
    "AttemptFail": ParcelStatus.ATTEMPT_FAILED,
    "AvailableForPickup": ParcelStatus.AVAILABLE_FOR_PICKUP,
    "Delivered": ParcelStatus.DELIVERED,
    "Exception": ParcelStatus.EXCEPTION,
    "Expired": ParcelStatus.EXPIRED,
}
_SUBTAGS = {
    "InTransit_002": ParcelStatus.PICKED_UP,
    "Exception_010": ParcelStatus.RETURN_TO_SENDER,
    "Exception_011": ParcelStatus.RETURN_TO_SENDER,
}


class _Theirs(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Checkpoint(_Theirs):
    """`message` is left out on purpose: it may name who signed."""

    tag: str | None = None
    subtag: str | None = None
    checkpoint_time: str | None = None
    city: str | None = None
    state: str | None = None
    country_region: str | None = None


class _Expected(_Theirs):
    datetime: str | None = None


class _Tracking(_Theirs):
    tracking_number: reading.Name
    slug: reading.Name
    updated_at: str | None = None
    latest_estimated_delivery: _Expected | None = None
    checkpoints: Annotated[list[_Checkpoint], Field(max_length=reading.MOST_SCANS)] = []


def read_tracking(tracking: object, now: datetime) -> Report:
    """Raises Unreadable naming the field."""
    try:
        known = _Tracking.model_validate(tracking)
    except ValidationError as problem:
        raise reading.unreadable(problem, "tracking") from None
    scans = [_scan(known, checkpoint, now) for checkpoint in known.checkpoints]
    return Report(
        carrier=known.slug,
        tracking_number=known.tracking_number,
        scans=tuple(scan for scan in scans if scan),
        estimate=_estimate(known, now),
    )


def _scan(tracking: _Tracking, told: _Checkpoint, now: datetime) -> Scan | None:
    """The scan; None without a believable time. Of a local time without a zone only the day is kept."""
    stated = reading.parse_time(told.checkpoint_time or "")
    if stated is None:
        return None
    local = stated.tzinfo is None
    at = datetime.combine(stated.date(), time(0), UTC) if local else stated.astimezone(UTC)
    if not reading.has_happened(at, now):
        return None
    code = reading.tidy("/".join(filter(None, (told.tag, told.subtag))), 120)
    place = reading.tidy(", ".join(filter(None, (told.city, told.state, told.country_region))), 120)
    status = _SUBTAGS.get(told.subtag or "") or _TAGS.get(told.tag or "", ParcelStatus.UNKNOWN)
    return Scan(
        key=reading.scan_key(tracking.slug, tracking.tracking_number, at, code, place),
        at=at,
        status=status,
        code=code,
        precision="day" if local else "instant",
        place=place,
    )


def _estimate(tracking: _Tracking, now: datetime) -> Estimate | None:
    expected = tracking.latest_estimated_delivery
    stated = reading.parse_time(expected.datetime or "") if expected else None
    if stated is None:
        return None
    told = reading.parse_time(tracking.updated_at or "")
    told_at = told.astimezone(UTC) if told and told.tzinfo and reading.has_happened(told, now) else now
    if stated.tzinfo is None:
        return Estimate(told_at=told_at, day=stated.date())
    return Estimate(told_at=told_at, at=stated.astimezone(UTC))
