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
from adapters.carriers.aftership_schemas import CHECKPOINT, TRACKING_EVENTS, AfterShipEvent, AfterShipTracking
from adapters.carriers.reported_parcel import ReportedParcelBuilder, joined
from adapters.carriers.tally import Tally
from adapters.carriers.vocabulary import StatusMapping, vocabulary
from adapters.hmac_signature import verify_hmac
from adapters.stated_times import parse_estimate, parse_reported_at
from adapters.untrusted_json import text
from domain.model.estimate import Estimate
from domain.model.scan import ParcelStatus, ScanReason
from ports.carriers import CarrierMessage, ReportedParcel

_VOCABULARY = vocabulary("aftership")
_YEAR_2000 = 946_684_800  # an earlier time is that of an unset clock
# Whose fault it was is not stated with the attempt.
_ATTEMPT = StatusMapping(
    status=ParcelStatus.ATTEMPT_FAILED,
    code="first_attempted_at",
    reason=ScanReason(code="first_attempted_at", fault="unknown"),
)
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
        with untrusted_json.FieldErrors("event"):
            event = AfterShipEvent.model_validate(untrusted_json.parse(body))
        if event.event not in TRACKING_EVENTS:
            return CarrierMessage()
        own_status = event.event == "tracking_update"
        parcel, unread = _read_tracking(event.msg, "msg", (own_status, _sent_at(event.ts, now)), now)
        return CarrierMessage(parcels=(parcel,), unread=tuple(unread))


def read_tracking(tracking: object, now: datetime) -> ReportedParcel:
    """A tracking of AfterShip's REST API. Raises InvalidPayload naming the field."""
    return _read_tracking(tracking, "tracking", (True, None), now)[0]


def _sent_at(ts: object, now: datetime) -> datetime:
    """When AfterShip sent the event: seconds since 1970, not later than now; now where they are none."""
    seconds = int(text(ts)) if text(ts).isdecimal() and len(text(ts)) < 12 else 0
    return now if seconds < _YEAR_2000 else min(datetime.fromtimestamp(seconds, UTC), now)


def _header(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _read_tracking(
    msg: object, where: str, own: tuple[bool, datetime | None], now: datetime
) -> tuple[ReportedParcel, list[str]]:
    """The parcel, and what of it could not be read. Raises InvalidPayload.

    own: whether the tracking's own status is told, and since when; None for the time of its last change.
    """
    with untrusted_json.FieldErrors(where):
        part = ("checkpoints", CHECKPOINT)
        tracking, unread = untrusted_json.readable(AfterShipTracking, msg, part, where)
        reported_at = own[1] or parse_reported_at(text(tracking.updated_at), now)
        tally = Tally("aftership")
        name = (untrusted_json.name(tracking.slug), str(tracking.tracking_number), None)
        parcel = ReportedParcelBuilder(tally, name, now)
        _add_checkpoints(parcel, tracking)
        if own[0]:
            _add_own_status(parcel, tracking, reported_at)
        unread += parcel.skipped(f"{where}.checkpoints")
        tally.write(len(unread))
        reported = parcel.build(_estimate(tracking, reported_at, now))
        untrusted_json.refuse_if_unread(reported.update.is_empty, unread)
        return reported, unread


def _add_checkpoints(parcel: ReportedParcelBuilder, tracking: AfterShipTracking) -> None:
    for checkpoint in tracking.checkpoints or ():
        country = text(checkpoint.get("country_iso3")) or text(checkpoint.get("country_region"))
        place = joined(text(checkpoint.get("city")), text(checkpoint.get("state")), country)
        mapping = _VOCABULARY.map_status(checkpoint.get("tag"), checkpoint.get("subtag"))
        parcel.add(mapping, text(checkpoint.get("checkpoint_time")), place, country)


def _add_own_status(
    parcel: ReportedParcelBuilder, tracking: AfterShipTracking, reported_at: datetime
) -> None:
    """What the tracking tells beside its checkpoints: its tag, when it was delivered, and the first attempt."""
    country = text(tracking.destination_country_iso3) or text(tracking.destination_country_region)
    own = _VOCABULARY.map_status(tracking.tag, tracking.subtag)
    is_delivered = own.status is ParcelStatus.DELIVERED
    if parcel.delivered or not is_delivered:
        # Else the attempt may be the delivery, which has no checkpoint yet.
        parcel.add_attempt(_ATTEMPT, text(tracking.first_attempted_at), country)
    delivered = text(tracking.shipment_delivery_date) if is_delivered else ""
    parcel.add_own_status(own, delivered or reported_at.isoformat(), country)


def _estimate(tracking: AfterShipTracking, reported_at: datetime, now: datetime) -> Estimate | None:
    """The latest date that the carrier or AfterShip expects; the end of a range, because before it nothing is late."""
    for stated in (
        tracking.latest_estimated_delivery,
        tracking.courier_estimated_delivery_date,
        tracking.aftership_estimated_delivery_date,
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
