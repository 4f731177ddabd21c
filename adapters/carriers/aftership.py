"""AfterShip Tracking: `tracking_update`, `edd_revise` and `tracking_pending_time`, signed over the raw body.

The carrier of a parcel is AfterShip's slug (`usps`, `dhl`). Its checkpoints have the carrier's wall time, mostly without a
zone. Other AfterShip products (Returns, Warranty, Shipping) sign under other header names and never report an order's parcels:
their calls are refused like unsigned ones.
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from adapters import untrusted_json
from adapters.carriers.reported_parcel import RawScan, ReportedParcelBuilder
from adapters.carriers.vocabulary import vocabulary
from adapters.hmac_signature import verify_hmac
from domain.model.estimate import Estimate
from domain.model.scan import ParcelStatus
from ports.carriers import CarrierMessage, ReportedParcel

_VOCABULARY = vocabulary("aftership")
_TRACKING_EVENTS = ("tracking_update", "edd_revise", "tracking_pending_time")
_YEAR_2000 = 946_684_800  # an earlier time is that of an unset clock
# An estimate from these is the merchant's own promise, which AfterShip only repeats: no news about the parcel.
_MERCHANT_SOURCES = ("order", "custom")


class _AfterShipModel(BaseModel):
    """Versions add and rename fields: unknown fields are ignored, the fields listed here must have their type."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Checkpoint(_AfterShipModel):
    """`message` and `signed_by` are left out on purpose: they may name who signed. Versions differ in the country's field."""

    tag: str | None = None
    subtag: str | None = None
    checkpoint_time: str | None = None
    city: str | None = None
    state: str | None = None
    country_iso3: str | None = None
    country_region: str | None = None

    def raw_scan(self) -> RawScan:
        country = self.country_iso3 or self.country_region or ""
        place = ", ".join(filter(None, (self.city, self.state, country)))
        return RawScan(self.checkpoint_time or "", place, country)


class _Tracking(_AfterShipModel):
    """Estimates are strings in some versions and objects in others; an estimate of another form is ignored."""

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

    def summary(self, reported_at: datetime) -> list[_Checkpoint]:
        """The tracking's own status as a scan, where no checkpoint says as much: there are none, or it has expired."""
        status = _VOCABULARY.map_status(self.tag, self.subtag).status
        if status is ParcelStatus.UNKNOWN or (self.checkpoints and status is not ParcelStatus.EXPIRED):
            return []
        return [_Checkpoint(tag=self.tag, subtag=self.subtag, checkpoint_time=reported_at.isoformat())]


class _AfterShipEvent(_AfterShipModel):
    event: str
    event_id: object = None
    ts: Annotated[int, Field(ge=_YEAR_2000, lt=2**40)] | None = None
    msg: object = None


class AfterShip:
    """The source `aftership`."""

    name = "aftership"

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime) -> None:
        """See the port. The event's id is in the body.

        AfterShip signs no time (`ts` in the body may be old), so a captured call can be sent again. That is harmless, because
        deliveries are unique and scans are merged by their own time.
        """
        verify_hmac(secrets, body, headers.get("aftership-hmac-sha256", ""), _header)

    def read(self, body: bytes, now: datetime) -> CarrierMessage:
        """One parcel for an event about a tracking, none for other events. Raises InvalidPayload naming the field."""
        with untrusted_json.field_errors("event"):
            event = _AfterShipEvent.model_validate(untrusted_json.parse(body))
        delivery_id = untrusted_json.delivery_id(event.event_id, body)
        if event.event not in _TRACKING_EVENTS:
            return CarrierMessage(delivery_id=delivery_id)
        reported_at = now if event.ts is None else min(datetime.fromtimestamp(event.ts, UTC), now)
        with untrusted_json.field_errors("msg"):
            tracking = _Tracking.model_validate(event.msg)
            summary = tracking.summary(reported_at) if event.event == "tracking_update" else []
            parcel = _reported_parcel(tracking, summary, reported_at, now)
        return CarrierMessage(delivery_id=delivery_id, parcels=(parcel,))


def read_tracking(tracking: object, now: datetime) -> ReportedParcel:
    """A tracking of AfterShip's REST API. Raises InvalidPayload naming the field."""
    with untrusted_json.field_errors("tracking"):
        known = _Tracking.model_validate(tracking)
        updated = untrusted_json.parse_time(known.updated_at or "")
        plausible = updated and updated.tzinfo and untrusted_json.is_plausible(updated, now)
        reported_at = updated.astimezone(UTC) if updated and plausible else now
        return _reported_parcel(known, known.summary(reported_at), reported_at, now)


def _header(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _reported_parcel(
    tracking: _Tracking, summary: list[_Checkpoint], reported_at: datetime, now: datetime
) -> ReportedParcel:
    parcel = ReportedParcelBuilder("aftership", (tracking.slug, tracking.tracking_number, None), now)
    for checkpoint in [*(tracking.checkpoints or []), *summary]:
        parcel.add(checkpoint.raw_scan(), _VOCABULARY.map_status(checkpoint.tag, checkpoint.subtag))
    return parcel.build(_estimate(tracking, reported_at, now))


def _estimate(tracking: _Tracking, reported_at: datetime, now: datetime) -> Estimate | None:
    """The latest date that the carrier or AfterShip expects; the end of a range, because before it nothing is late."""
    for stated in (
        tracking.latest_estimated_delivery,
        tracking.courier_estimated_delivery_date,
        tracking.expected_delivery,
        tracking.first_estimated_delivery,
    ):
        if estimate := untrusted_json.parse_estimate(_estimate_text(stated), reported_at, now):
            return estimate
    return None


def _estimate_text(estimate: Any) -> str | None:
    if isinstance(estimate, dict):
        if str(estimate.get("source") or "").lower().startswith(_MERCHANT_SOURCES):
            return None
        names = ("datetime_max", "datetime", "estimated_delivery_date_max", "estimated_delivery_date")
        estimate = next((estimate[name] for name in names if estimate.get(name)), None)
    return estimate if isinstance(estimate, str) else None
