"""EasyPost: `tracker.*` events, signed with HMAC-SHA256 over the raw body."""

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from adapters import untrusted_json
from adapters.carriers.scans import TrackingUpdateBuilder
from adapters.carriers.vocabulary import vocabulary
from domain.model.scan import ParcelStatus
from ports.carriers import InvalidSignature, TrackingUpdate

_VOCABULARY = vocabulary("easypost")


class _EasyPostModel(BaseModel):
    """EasyPost adds fields at will: those we do not read are ignored, those we read must have their type."""

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


class _EasyPostEvent(_EasyPostModel):
    description: str
    result: object = None


class _TrackerEvent(_EasyPostModel):
    description: Annotated[str, StringConstraints(pattern=r"^tracker\.")]
    result: _Tracker


class EasyPost:
    """EasyPost as a source of parcel reports."""

    name = "easypost"

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime) -> str:
        """The event's id, or the body's hash where a signed body has none.

        EasyPost signs no time, so `now` is unused: a captured call can be replayed, and is harmless because
        deliveries are unique and scans fold by their own time.
        """
        given = headers.get("X-Hmac-Signature", "").encode("utf-8", "backslashreplace")
        # All secrets are tried whatever the outcome, so timing does not tell which one signed.
        matches = [
            hmac.compare_digest(_signature(secret, body), given) for secret in secrets if secret.strip()
        ]
        if not any(matches):
            raise InvalidSignature("no configured secret signed this body")
        return untrusted_json.delivery_id(body, "id")

    def read(self, body: bytes, now: datetime) -> list[TrackingUpdate]:
        """One report for a `tracker.*` event, none for other events. Raises Unreadable naming the field."""
        if known := untrusted_json.try_parse_model(_TrackerEvent, body):
            return [_tracking_update(known.result, now)]
        try:
            event = _EasyPostEvent.model_validate(untrusted_json.parse(body))
        except ValidationError as problem:
            raise untrusted_json.invalid_payload(problem, "event") from None
        if not event.description.startswith("tracker."):
            return []
        try:
            return [_tracking_update(_Tracker.model_validate(event.result), now)]
        except ValidationError as problem:
            raise untrusted_json.invalid_payload(problem, "result") from None


def read_tracker(tracker: object, now: datetime) -> TrackingUpdate:
    """A tracker as EasyPost's REST API shows it, which is what its events carry too. Raises Unreadable."""
    try:
        return _tracking_update(_Tracker.model_validate(tracker), now)
    except ValidationError as problem:
        raise untrusted_json.invalid_payload(problem, "tracker") from None


def _signature(secret: str, body: bytes) -> bytes:
    key = unicodedata.normalize("NFKD", secret).encode()
    return b"hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest().encode()


def _tracking_update(tracker: _Tracker, now: datetime) -> TrackingUpdate:
    scans = TrackingUpdateBuilder("easypost", (tracker.carrier, tracker.tracking_code, None), now)
    for seen in tracker.tracking_details or _summary(tracker):
        at = seen.tracking_location
        place = ", ".join(filter(None, (at.city, at.state, at.country))) if at else ""
        country = at.country if at else None
        meaning = _VOCABULARY.map_status(seen.status, seen.status_detail)
        scans.add(meaning, seen.datetime or "", place, country or "")
    told = untrusted_json.parse_time(tracker.updated_at or "")
    told_at = told.astimezone(UTC) if told and told.tzinfo and untrusted_json.is_plausible(told, now) else now
    return scans.build(untrusted_json.parse_estimate(tracker.est_delivery_date, told_at, now))


def _summary(tracker: _Tracker) -> list[_TrackingDetail]:
    """The tracker's own status as if it were a scan, if it says anything: all there is without details."""
    if _VOCABULARY.map_status(tracker.status, tracker.status_detail).status is ParcelStatus.UNKNOWN:
        return []
    return [
        _TrackingDetail(
            status=tracker.status, status_detail=tracker.status_detail, datetime=tracker.updated_at
        )
    ]
