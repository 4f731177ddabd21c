"""EasyPost: `tracker.*` events, signed with HMAC-SHA256 over the raw body."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict  # which pydantic wants before Python 3.12

from adapters import untrusted_json
from adapters.carriers.reported_parcel import ReportedParcelBuilder, joined
from adapters.carriers.tally import Tally
from adapters.carriers.vocabulary import StatusMapping, vocabulary
from adapters.hmac_signature import verify_hmac
from adapters.stated_times import parse_estimate, parse_reported_at
from adapters.untrusted_json import Text, text
from domain.model.estimate import Estimate
from domain.model.scan import ParcelStatus, ScanReason
from ports.carriers import CarrierMessage, ReportedParcel

_VOCABULARY = vocabulary("easypost")
# Whose fault it was is not stated with the attempt.
_ATTEMPT = StatusMapping(
    status=ParcelStatus.ATTEMPT_FAILED,
    code="initial_delivery_attempt",
    reason=ScanReason(code="initial_delivery_attempt", fault="unknown"),
)


class _EasyPostModel(BaseModel):
    """EasyPost adds fields at any time: unknown fields are ignored, the fields listed here must have their type."""

    model_config = ConfigDict(strict=True, extra="ignore")


@with_config(ConfigDict(strict=True, extra="ignore"))
class _TrackingDetail(TypedDict, total=False):
    """`message` and `description` are left out on purpose: they may name who signed. The place is read as far as it can be."""

    status: Text
    status_detail: Text
    datetime: Text
    tracking_location: object


_DETAIL = TypeAdapter(_TrackingDetail)


class _Tracker(_EasyPostModel):
    tracking_code: untrusted_json.Number
    carrier: object = None
    status: Text = None
    status_detail: Text = None
    updated_at: Text = None
    est_delivery_date: object = None
    carrier_detail: object = None
    tracking_details: Annotated[list[_TrackingDetail], Field(max_length=untrusted_json.MAX_SCANS)] | None = (
        None
    )


class _EasyPostEvent(_EasyPostModel):
    description: str
    result: object = None


class _EasyPostId(untrusted_json.StatedId):
    stated_id: object = Field(default=None, alias="id")


class EasyPost:
    """The source `easypost`."""

    name = "easypost"

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime) -> str:
        """See the port. The event's `id` in the body is the delivery's.

        EasyPost signs no time, so a captured call can be sent again. That is harmless, because deliveries are unique and scans
        are merged by their own time.
        """
        keys = [unicodedata.normalize("NFKD", secret) for secret in secrets]
        verify_hmac(keys, body, headers.get("X-Hmac-Signature", ""), _header)
        return untrusted_json.delivery_id(_EasyPostId, body)

    def read(self, body: bytes, now: datetime) -> CarrierMessage:
        """One parcel for a `tracker.*` event, none for other events. Raises InvalidPayload naming the field."""
        with untrusted_json.FieldErrors("event"):
            event = _EasyPostEvent.model_validate(untrusted_json.parse(body))
        if not event.description.startswith("tracker."):
            return CarrierMessage()
        parcel, unread = _read_tracker(event.result, "result", now)
        return CarrierMessage(parcels=(parcel,), unread=tuple(unread))


def read_tracker(tracker: object, now: datetime) -> ReportedParcel:
    """A tracker of EasyPost's REST API, which has the form that its events carry. Raises InvalidPayload."""
    return _read_tracker(tracker, "tracker", now)[0]


def _read_tracker(result: object, where: str, now: datetime) -> tuple[ReportedParcel, list[str]]:
    """The parcel, and what of it could not be read. Raises InvalidPayload."""
    with untrusted_json.FieldErrors(where):
        part = ("tracking_details", _DETAIL)
        tracker, unread = untrusted_json.readable(_Tracker, result, part, where)
        tally = Tally("easypost")
        name = (untrusted_json.name(tracker.carrier), str(tracker.tracking_code), None)
        parcel = ReportedParcelBuilder(tally, name, now)
        _add_scans(parcel, tracker)
        unread += parcel.skipped(f"{where}.tracking_details")
        tally.write(len(unread))
        reported = parcel.build(_estimate(tracker, now))
        untrusted_json.refuse_if_unread(reported.update.is_empty, unread)
        return reported, unread


def _header(digest: bytes) -> str:
    return f"hmac-sha256-hex={digest.hex()}"


def _add_scans(parcel: ReportedParcelBuilder, tracker: _Tracker) -> None:
    for detail in tracker.tracking_details or ():
        place, country = _place(detail.get("tracking_location"))
        mapping = _VOCABULARY.map_status(detail.get("status"), detail.get("status_detail"))
        parcel.add(mapping, text(detail.get("datetime")), place, country)
    own = _VOCABULARY.map_status(tracker.status, tracker.status_detail)
    if parcel.delivered or own.status is not ParcelStatus.DELIVERED:
        # Else the attempt may be the delivery, whose own scan is not told yet.
        parcel.add_attempt(_ATTEMPT, _carriers_own(tracker, "initial_delivery_attempt"))
    parcel.add_own_status(own, text(tracker.updated_at))


def _place(stated: object) -> tuple[str, str]:
    """The place as far as it can be read, and its country."""
    if not isinstance(stated, dict):
        return "", ""
    city, state, country = text(stated.get("city")), text(stated.get("state")), text(stated.get("country"))
    return joined(city, state, country), country


def _carriers_own(tracker: _Tracker, field: str) -> str:
    """What the carrier states beside its scans."""
    stated = tracker.carrier_detail
    return text(stated.get(field)) if isinstance(stated, dict) else ""


def _estimate(tracker: _Tracker, now: datetime) -> Estimate | None:
    """The tracker's date, else the one that its carrier gives at the destination."""
    reported_at = parse_reported_at(text(tracker.updated_at), now)
    for stated in (text(tracker.est_delivery_date), _carriers_own(tracker, "est_delivery_date_local")):
        if estimate := parse_estimate(stated, reported_at, now):
            return estimate
    return None
