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

from adapters import untrusted_json
from adapters.carriers.scans import TrackingUpdateBuilder
from adapters.carriers.vocabulary import vocabulary
from domain.model.estimate import Estimate
from domain.model.scan import ParcelStatus
from ports.carriers import InvalidSignature, TrackingUpdate

_VOCABULARY = vocabulary("aftership")
_TRACKING_EVENTS = ("tracking_update", "edd_revise", "tracking_pending_time")
_YEAR_2000 = 946_684_800  # an earlier time is an unset clock
# The merchant's own promise, told back to us, is no news about the parcel.
_MERCHANT_SOURCES = ("order", "custom")


class _AfterShipModel(BaseModel):
    """Their versions add and rename fields: those we do not read are ignored, those we read must have their type."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Checkpoint(_AfterShipModel):
    """`message` and `signed_by` are left out on purpose: they may name who signed. Versions differ in the country's name."""

    tag: str | None = None
    subtag: str | None = None
    checkpoint_time: str | None = None
    city: str | None = None
    state: str | None = None
    country_iso3: str | None = None
    country_region: str | None = None


class _Tracking(_AfterShipModel):
    """Estimates are strings in some versions and objects in others; one of another form is no estimate."""

    tracking_number: untrusted_json.Name
    slug: untrusted_json.Name
    tag: str | None = None
    subtag: str | None = None
    updated_at: str | None = None
    checkpoints: Annotated[list[_Checkpoint], Field(max_length=untrusted_json.MAX_SCANS)] | None = None
    latest_estimated_delivery: object = None
    courier_estimated_delivery_date: object = None
    expected_delivery: object = None
    first_estimated_delivery: object = None


class _AfterShipEvent(_AfterShipModel):
    event: str
    ts: Annotated[int, Field(ge=_YEAR_2000, lt=2**40)] | None = None
    msg: object = None


class _TrackingEvent(_AfterShipEvent):
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
            raise InvalidSignature("no configured secret signed this body")
        return untrusted_json.delivery_id(body, "event_id")

    def read(self, body: bytes, now: datetime) -> list[TrackingUpdate]:
        """One report for an event about a tracking, none for other events. Raises Unreadable naming the field."""
        if known := untrusted_json.try_parse_model(_TrackingEvent, body):
            return [_event_update(known.msg, known, now)]
        try:
            event = _AfterShipEvent.model_validate(untrusted_json.parse(body))
        except ValidationError as problem:
            raise untrusted_json.invalid_payload(problem, "event") from None
        if event.event not in _TRACKING_EVENTS:
            return []
        try:
            return [_event_update(_Tracking.model_validate(event.msg), event, now)]
        except ValidationError as problem:
            raise untrusted_json.invalid_payload(problem, "msg") from None


def _signature(secret: str, body: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())


def read_tracking(tracking: object, now: datetime) -> TrackingUpdate:
    """What AfterShip's REST API shows of one tracking. Raises Unreadable naming the field."""
    try:
        known = _Tracking.model_validate(tracking)
    except ValidationError as problem:
        raise untrusted_json.invalid_payload(problem, "tracking") from None
    updated = untrusted_json.parse_time(known.updated_at or "")
    believable = (
        updated is not None and updated.tzinfo is not None and untrusted_json.is_plausible(updated, now)
    )
    told_at = updated.astimezone(UTC) if updated and believable else now
    return _tracking_update(known, told_at, now, include_summary=True)


def _event_update(tracking: _Tracking, event: _AfterShipEvent, now: datetime) -> TrackingUpdate:
    told_at = now if event.ts is None else min(datetime.fromtimestamp(event.ts, UTC), now)
    return _tracking_update(tracking, told_at, now, include_summary=event.event == "tracking_update")


def _tracking_update(
    tracking: _Tracking, told_at: datetime, now: datetime, *, include_summary: bool
) -> TrackingUpdate:
    scans = TrackingUpdateBuilder("aftership", (tracking.slug, tracking.tracking_number, None), now)
    checkpoints = tracking.checkpoints or []
    if include_summary:
        checkpoints = [*checkpoints, *_summary(tracking, told_at)]
    for seen in checkpoints:
        country = seen.country_iso3 or seen.country_region or ""
        place = ", ".join(filter(None, (seen.city, seen.state, country)))
        scans.add(_VOCABULARY.map_status(seen.tag, seen.subtag), seen.checkpoint_time or "", place, country)
    return scans.build(_estimate(tracking, told_at, now))


def _summary(tracking: _Tracking, told_at: datetime) -> list[_Checkpoint]:
    """The tracking's own status as a scan: without checkpoints it is all there is, and no checkpoint says "expired"."""
    status = _VOCABULARY.map_status(tracking.tag, tracking.subtag).status
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
        if estimate := untrusted_json.parse_estimate(_estimate_text(told), told_at, now):
            return estimate
    return None


def _estimate_text(estimate: Any) -> str | None:
    if isinstance(estimate, dict):
        if str(estimate.get("source") or "").lower().startswith(_MERCHANT_SOURCES):
            return None
        names = ("datetime_max", "datetime", "estimated_delivery_date_max", "estimated_delivery_date")
        estimate = next((estimate[name] for name in names if estimate.get(name)), None)
    return estimate if isinstance(estimate, str) else None
