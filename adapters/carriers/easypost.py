"""EasyPost: `tracker.*` events, signed with HMAC-SHA256 over the raw body."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from adapters import untrusted_json
from adapters.carriers.reported_parcel import ReportedParcelBuilder
from adapters.carriers.vocabulary import vocabulary
from adapters.hmac_signature import verify_hmac
from adapters.stated_times import parse_estimate, parse_reported_at
from domain.model.scan import ParcelStatus
from ports.carriers import CarrierMessage, ReportedParcel

_VOCABULARY = vocabulary("easypost")


class _EasyPostModel(BaseModel):
    """EasyPost adds fields at any time: unknown fields are ignored, the fields listed here must have their type."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Location(_EasyPostModel):
    city: str | None = None
    state: str | None = None
    country: str | None = None


class _TrackingDetail(_EasyPostModel):
    """`message` and `description` are left out on purpose: they may name who signed."""

    status: str | None = None
    status_detail: str | None = None
    datetime: str | None = None
    tracking_location: _Location | None = None


class _Tracker(_EasyPostModel):
    tracking_code: untrusted_json.Name
    carrier: untrusted_json.Name
    status: str | None = None
    status_detail: str | None = None
    updated_at: str | None = None
    est_delivery_date: str | None = None
    tracking_details: Annotated[list[_TrackingDetail], Field(max_length=untrusted_json.MAX_SCANS)] | None = (
        None
    )

    def summary(self) -> list[_TrackingDetail]:
        """The tracker's own status as a scan, if it has one: the only scan of a tracker without details."""
        if _VOCABULARY.map_status(self.status, self.status_detail).status is ParcelStatus.UNKNOWN:
            return []
        return [
            _TrackingDetail(status=self.status, status_detail=self.status_detail, datetime=self.updated_at)
        ]


class _EasyPostEvent(_EasyPostModel):
    description: str
    result: object = None


class _TrackerEvent(_EasyPostEvent):
    description: Annotated[str, StringConstraints(pattern=r"^tracker\.")]
    result: _Tracker


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
        event: _EasyPostEvent | None = untrusted_json.try_parse_model(_TrackerEvent, body)
        if event is None:
            with untrusted_json.FieldErrors("event"):
                event = _EasyPostEvent.model_validate(untrusted_json.parse(body))
        if not event.description.startswith("tracker."):
            return CarrierMessage()
        with untrusted_json.FieldErrors("result"):
            parcel = _reported_parcel(_Tracker.model_validate(event.result), now)
        return CarrierMessage(parcels=(parcel,))


def read_tracker(tracker: object, now: datetime) -> ReportedParcel:
    """A tracker of EasyPost's REST API, which has the form that its events carry. Raises InvalidPayload."""
    with untrusted_json.FieldErrors("tracker"):
        return _reported_parcel(_Tracker.model_validate(tracker), now)


def _header(digest: bytes) -> str:
    return f"hmac-sha256-hex={digest.hex()}"


def _reported_parcel(tracker: _Tracker, now: datetime) -> ReportedParcel:
    parcel = ReportedParcelBuilder("easypost", (tracker.carrier, tracker.tracking_code, None), now)
    for detail in tracker.tracking_details or tracker.summary():
        at = detail.tracking_location
        place = ", ".join(filter(None, (at.city, at.state, at.country))) if at else ""
        mapping = _VOCABULARY.map_status(detail.status, detail.status_detail)
        parcel.add(mapping, detail.datetime or "", place, (at.country if at else None) or "")
    reported_at = parse_reported_at(tracker.updated_at, now)
    return parcel.build(parse_estimate(tracker.est_delivery_date, reported_at, now))
