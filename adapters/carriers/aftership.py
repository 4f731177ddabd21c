"""AfterShip Tracking: `tracking_update`, `edd_revise` and `tracking_pending_time`, signed over the raw body.

The carrier of a parcel is AfterShip's slug (`usps`, `dhl`). Its checkpoints have the carrier's wall time, mostly without a
zone. Other AfterShip products (Returns, Warranty, Shipping) sign under other header names and never report an order's parcels:
their calls are refused like unsigned ones.
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from adapters import untrusted_json
from adapters.carriers.aftership_schemas import (
    TRACKING_EVENTS,
    AfterShipCheckpoint,
    AfterShipEvent,
    AfterShipTracking,
    AfterShipTrackingEvent,
)
from adapters.carriers.reported_parcel import ReportedParcelBuilder
from adapters.carriers.vocabulary import vocabulary
from adapters.hmac_signature import verify_hmac
from adapters.stated_times import parse_estimate, parse_reported_at
from domain.model.estimate import Estimate
from domain.model.scan import ParcelStatus
from ports.carriers import CarrierMessage, ReportedParcel

_VOCABULARY = vocabulary("aftership")
# An estimate from these is the merchant's own promise, which AfterShip only repeats: no news about the parcel.
_MERCHANT_SOURCES = ("order", "custom")


class _AfterShipId(untrusted_json.StatedId):
    stated_id: object = Field(default=None, alias="event_id")


class AfterShip:
    """The source `aftership`."""

    name = "aftership"

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime) -> str:
        """See the port. The `event_id` in the body is the delivery's.

        AfterShip signs no time (`ts` in the body may be old), so a captured call can be sent again. That is harmless, because
        deliveries are unique and scans are merged by their own time.
        """
        verify_hmac(secrets, body, headers.get("aftership-hmac-sha256", ""), _header)
        return untrusted_json.delivery_id(_AfterShipId, body)

    def read(self, body: bytes, now: datetime) -> CarrierMessage:
        """One parcel for an event about a tracking, none for other events. Raises InvalidPayload naming the field."""
        event: AfterShipEvent | None = untrusted_json.try_parse_model(AfterShipTrackingEvent, body)
        if event is None:
            with untrusted_json.FieldErrors("event"):
                event = AfterShipEvent.model_validate(untrusted_json.parse(body))
        if event.event not in TRACKING_EVENTS:
            return CarrierMessage()
        reported_at = now if event.ts is None else min(datetime.fromtimestamp(event.ts, UTC), now)
        with untrusted_json.FieldErrors("msg"):
            tracking = AfterShipTracking.model_validate(event.msg)
            summary = _summary(tracking, reported_at) if event.event == "tracking_update" else []
            parcel = _reported_parcel(tracking, summary, reported_at, now)
        return CarrierMessage(parcels=(parcel,))


def read_tracking(tracking: object, now: datetime) -> ReportedParcel:
    """A tracking of AfterShip's REST API. Raises InvalidPayload naming the field."""
    with untrusted_json.FieldErrors("tracking"):
        known = AfterShipTracking.model_validate(tracking)
        reported_at = parse_reported_at(known.updated_at, now)
        return _reported_parcel(known, _summary(known, reported_at), reported_at, now)


def _header(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _reported_parcel(
    tracking: AfterShipTracking, summary: list[AfterShipCheckpoint], reported_at: datetime, now: datetime
) -> ReportedParcel:
    parcel = ReportedParcelBuilder("aftership", (tracking.slug, tracking.tracking_number, None), now)
    for checkpoint in [*(tracking.checkpoints or []), *summary]:
        country = checkpoint.country_iso3 or checkpoint.country_region or ""
        place = ", ".join(filter(None, (checkpoint.city, checkpoint.state, country)))
        mapping = _VOCABULARY.map_status(checkpoint.tag, checkpoint.subtag)
        parcel.add(mapping, checkpoint.checkpoint_time or "", place, country)
    return parcel.build(_estimate(tracking, reported_at, now))


def _summary(tracking: AfterShipTracking, reported_at: datetime) -> list[AfterShipCheckpoint]:
    """The tracking's own status as a scan, where no checkpoint says as much: there are none, or it has expired."""
    status = _VOCABULARY.map_status(tracking.tag, tracking.subtag).status
    if status is ParcelStatus.UNKNOWN or (tracking.checkpoints and status is not ParcelStatus.EXPIRED):
        return []
    time = reported_at.isoformat()
    return [AfterShipCheckpoint(tag=tracking.tag, subtag=tracking.subtag, checkpoint_time=time)]


def _estimate(tracking: AfterShipTracking, reported_at: datetime, now: datetime) -> Estimate | None:
    """The latest date that the carrier or AfterShip expects; the end of a range, because before it nothing is late."""
    for stated in (
        tracking.latest_estimated_delivery,
        tracking.courier_estimated_delivery_date,
        tracking.expected_delivery,
        tracking.first_estimated_delivery,
    ):
        if estimate := parse_estimate(_estimate_text(stated), reported_at, now):
            return estimate
    return None


def _estimate_text(estimate: Any) -> str | None:
    if isinstance(estimate, dict):
        if str(estimate.get("source") or "").lower().startswith(_MERCHANT_SOURCES):
            return None
        names = ("datetime_max", "datetime", "estimated_delivery_date_max", "estimated_delivery_date")
        estimate = next((estimate[name] for name in names if estimate.get(name)), None)
    return estimate if isinstance(estimate, str) else None
