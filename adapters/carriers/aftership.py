"""AfterShip Tracking: `tracking_update`, `edd_revise` and `tracking_pending_time`, signed over the raw body.

The carrier of a parcel is AfterShip's slug (`usps`, `dhl`). Its checkpoints have the carrier's wall time, mostly without a
zone. Other products of theirs (Returns, Warranty, Shipping) sign under other header names and never tell of an order's parcels:
their calls are refused like any unsigned one.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.carriers import reading
from adapters.carriers.scans import Scans
from adapters.carriers.vocabulary import vocabulary
from domain.parcels import Estimate, ParcelStatus
from ports.carriers import Forged, Report

_WORDS = vocabulary("aftership")
_ABOUT_PARCELS = ("tracking_update", "edd_revise", "tracking_pending_time")
_YEAR_2000 = 946_684_800  # an earlier time is an unset clock
# The merchant's own promise, told back to us, is no news about the parcel.
_MERCHANTS = ("order", "custom")


class _Theirs(BaseModel):
    """Their versions add and rename fields: those we do not read are ignored, those we read must have their type."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Checkpoint(_Theirs):
    """`message` and `signed_by` are left out on purpose: they may name who signed. Versions differ in the country's name."""

    tag: str | None = None
    subtag: str | None = None
    checkpoint_time: str | None = None
    city: str | None = None
    state: str | None = None
    country_iso3: str | None = None
    country_region: str | None = None


class _Tracking(_Theirs):
    """Estimates are strings in some versions and objects in others; one of another form is no estimate."""

    tracking_number: reading.Name
    slug: reading.Name
    tag: str | None = None
    subtag: str | None = None
    updated_at: str | None = None
    checkpoints: Annotated[list[_Checkpoint], Field(max_length=reading.MOST_SCANS)] | None = None
    latest_estimated_delivery: object = None
    courier_estimated_delivery_date: object = None
    expected_delivery: object = None
    first_estimated_delivery: object = None


class _Event(_Theirs):
    event: str
    ts: Annotated[int, Field(ge=_YEAR_2000, lt=2**40)] | None = None
    msg: object = None


class _TrackingEvent(_Event):
    event: Literal["tracking_update", "edd_revise", "tracking_pending_time"]
    msg: _Tracking


class AfterShip:
    """AfterShip Tracking as a source of parcel reports."""

    name = "aftership"

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime) -> str:
        """The event's id, or the body's hash where a signed body has none.

        AfterShip signs no time (`ts` is in the body, but old), so `now` is unused: a captured call can be replayed, and
        is harmless because deliveries are unique and scans fold by their own time.
        """
        given = headers.get("aftership-hmac-sha256", "").encode("utf-8", "backslashreplace")
        # All secrets are tried whatever the outcome, so timing does not tell which one signed.
        matches = [
            hmac.compare_digest(_signature(secret, body), given) for secret in secrets if secret.strip()
        ]
        if not any(matches):
            raise Forged("no configured secret signed this body")
        return reading.delivery_id(body, "event_id")

    def read(self, body: bytes, now: datetime) -> list[Report]:
        """One report for an event about a tracking, none for other events. Raises Unreadable naming the field."""
        if known := reading.quickly(_TrackingEvent, body):
            return [_of_event(known.msg, known, now)]
        try:
            event = _Event.model_validate(reading.parse(body))
        except ValidationError as problem:
            raise reading.unreadable(problem, "event") from None
        if event.event not in _ABOUT_PARCELS:
            return []
        try:
            return [_of_event(_Tracking.model_validate(event.msg), event, now)]
        except ValidationError as problem:
            raise reading.unreadable(problem, "msg") from None


def _signature(secret: str, body: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())


def read_tracking(tracking: object, now: datetime) -> Report:
    """What AfterShip's REST API shows of one tracking. Raises Unreadable naming the field."""
    try:
        known = _Tracking.model_validate(tracking)
    except ValidationError as problem:
        raise reading.unreadable(problem, "tracking") from None
    updated = reading.parse_time(known.updated_at or "")
    believable = updated is not None and updated.tzinfo is not None and reading.has_happened(updated, now)
    told_at = updated.astimezone(UTC) if updated and believable else now
    return _report(known, told_at, now, summed_up=True)


def _of_event(tracking: _Tracking, event: _Event, now: datetime) -> Report:
    told_at = now if event.ts is None else min(datetime.fromtimestamp(event.ts, UTC), now)
    return _report(tracking, told_at, now, summed_up=event.event == "tracking_update")


def _report(tracking: _Tracking, told_at: datetime, now: datetime, *, summed_up: bool) -> Report:
    scans = Scans("aftership", (tracking.slug, tracking.tracking_number, None), now)
    checkpoints = tracking.checkpoints or []
    if summed_up:
        checkpoints = [*checkpoints, *_summary(tracking, told_at)]
    for seen in checkpoints:
        country = seen.country_iso3 or seen.country_region or ""
        place = ", ".join(filter(None, (seen.city, seen.state, country)))
        scans.add(_WORDS.meaning(seen.tag, seen.subtag), seen.checkpoint_time or "", place, country)
    return scans.report(_estimate(tracking, told_at, now))


def _summary(tracking: _Tracking, told_at: datetime) -> list[_Checkpoint]:
    """The tracking's own status as a scan: without checkpoints it is all there is, and no checkpoint says "expired"."""
    status = _WORDS.meaning(tracking.tag, tracking.subtag).status
    if status is ParcelStatus.UNKNOWN or (tracking.checkpoints and status is not ParcelStatus.EXPIRED):
        return []
    return [_Checkpoint(tag=tracking.tag, subtag=tracking.subtag, checkpoint_time=told_at.isoformat())]


def _estimate(tracking: _Tracking, told_at: datetime, now: datetime) -> Estimate | None:
    """The latest the carrier or AfterShip expects; of a range its end, since before that nothing is late."""
    for told in (
        tracking.latest_estimated_delivery,
        tracking.courier_estimated_delivery_date,
        tracking.expected_delivery,
        tracking.first_estimated_delivery,
    ):
        if estimate := reading.estimate(_expected(told), told_at, now):
            return estimate
    return None


def _expected(told: Any) -> str | None:
    if isinstance(told, dict):
        if str(told.get("source") or "").lower().startswith(_MERCHANTS):
            return None
        names = ("datetime_max", "datetime", "estimated_delivery_date_max", "estimated_delivery_date")
        told = next((told[name] for name in names if told.get(name)), None)
    return told if isinstance(told, str) else None
