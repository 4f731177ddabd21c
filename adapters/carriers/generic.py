"""The generic source: a JSON webhook of our own form, signed as Standard Webhooks 1.0.0 says.

For carriers, warehouses and middleware without an adapter. Body in UTF-8, times in ISO 8601 with offset:

    {"type": "tracking.updated",
     "timestamp": "2026-11-21T10:00:00Z",                      optional: when the sender knew this
     "data": {"parcels": [
       {"carrier": "acme", "tracking_number": "AC123",         1-64 printable characters each
        "shipped_on": "2026-11-19",                            optional: tells recycled numbers apart
         "estimate": {"day": "2026-11-23"},                     optional: or {"at": "2026-11-23T15:00:00-05:00"};
                     a window: with "earliest_day" or "earliest_at" as well; "confidence": 0 to 1; "reason": a code
        "vocabulary": "karrio",                                optional: whose words status and detail are; ours if left out
        "scans": [                                             at most 500
          {"at": "2026-11-20T08:15:00+01:00",
           "status": "in_transit",                             one of the twelve of domain/model/parcel.py
           "detail": "",                                       optional: a closer word, where `vocabulary` has such
           "code": "HUB-7",                                    optional: the carrier's own word
           "location": "Leipzig, DE",                             optional, at most 120 characters are kept
           "reason": {"code": "missorted", "fault": "carrier"},  optional
           "action_required": false}]}]}}                      optional

Other fields are ignored everywhere. With `vocabulary` (one of NAMES of vocabulary.py) middleware passes on the words of what it
has from Shippo, karrio, TrackingMore, Easyship, EasyPost or AfterShip untranslated; docs/vocabulary.md says what they come to.
Headers: `webhook-id`, `webhook-timestamp` (seconds), `webhook-signature` (`v1,<base64>`, several parted by spaces).
"""

import binascii
import hmac
import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from adapters import untrusted_json
from adapters.carriers.reported_parcel import RawScan, ReportedParcelBuilder
from adapters.carriers.vocabulary import NAMES, StatusMapping, vocabulary
from domain.clock import is_valid_window
from domain.model.estimate import Estimate
from domain.model.scan import Fault, ScanReason
from ports.carriers import CarrierMessage, ReportedParcel
from ports.inbound_webhooks import InvalidPayload, InvalidSignature

log = logging.getLogger(__name__)

_TOLERANCE = timedelta(seconds=300)
_MAX_PARCELS = 500


def _instant(text: str) -> str:
    told = untrusted_json.parse_time(text)
    if told is None or told.tzinfo is None:
        raise ValueError("not an ISO 8601 time with an offset")
    return text


def _day(text: str) -> str:
    if untrusted_json.parse_time(date.fromisoformat(text).isoformat()) is None:
        raise ValueError("not a plausible day")
    return text


def _vocabulary(name: str) -> str:
    if name not in NAMES:
        raise ValueError("no vocabulary of that name")
    return name


_Instant = Annotated[str, AfterValidator(_instant)]
_Day = Annotated[str, AfterValidator(_day)]


def _parse_instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _parse_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


class _GenericModel(BaseModel):
    """Fields we do not know are ignored: a sender may say more tomorrow. Those we read must have their type."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Reason(_GenericModel):
    code: Annotated[str, Field(max_length=64)]
    fault: Fault = "unknown"


class _Scan(_GenericModel):
    at: _Instant
    status: str
    detail: str = ""
    code: str = ""
    location: str = ""
    reason: _Reason | None = None
    action_required: bool = False


class _Estimate(_GenericModel):
    day: _Day | None = None
    at: _Instant | None = None
    earliest_day: _Day | None = None
    earliest_at: _Instant | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    reason: Annotated[str, Field(max_length=64)] = ""

    @model_validator(mode="after")
    def has_one_form(self) -> "_Estimate":
        if (self.day is None) == (self.at is None):
            raise ValueError("either day or at")
        if not is_valid_window(
            _parse_instant(self.at),
            _parse_day(self.day),
            _parse_instant(self.earliest_at),
            _parse_day(self.earliest_day),
        ):
            raise ValueError("a window begins before it ends, both as day or both as at")
        return self


class _Parcel(_GenericModel):
    carrier: untrusted_json.Name
    tracking_number: untrusted_json.Name
    shipped_on: _Day | None = None
    estimate: _Estimate | None = None
    vocabulary: Annotated[str, AfterValidator(_vocabulary)] = "generic"
    scans: Annotated[list[_Scan], Field(max_length=untrusted_json.MAX_SCANS)] = []


class _Type(BaseModel):
    model_config = ConfigDict(strict=True)

    type: str


class _Data(BaseModel):
    model_config = ConfigDict(strict=True)

    parcels: Annotated[list[object], Field(max_length=_MAX_PARCELS)]


class _Update(_Type):
    """The envelope may carry more than we read, as Standard Webhooks allows."""

    timestamp: _Instant | None = None
    data: _Data


class Generic:
    """Any sender of the documented body as a source of parcel reports."""

    name = "generic"

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime) -> str:
        """The webhook-id, once a secret signed exactly this id, time and body, within 300 s of `now`.

        The library signs; its `verify` is not used because it reads the machine's clock instead of `now` and
        lets stray characters in base64 pass.
        """
        webhook_id = headers.get("webhook-id", "")
        stamp = headers.get("webhook-timestamp", "")
        # The signed text is id.timestamp.body: a dot in the id would let one signature fit two of them.
        if not untrusted_json.is_valid_id(webhook_id) or "." in webhook_id:
            raise InvalidSignature("no usable webhook-id")
        sent_at = _sent_at(stamp)
        if abs(now - sent_at) > _TOLERANCE:
            raise InvalidSignature("webhook-timestamp is too far from now")
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise InvalidSignature("no configured secret signed this body") from None
        given = [
            s.encode("utf-8", "backslashreplace") for s in headers.get("webhook-signature", "").split(" ")
        ]
        expected = [_sign(secret, webhook_id, sent_at, text) for secret in secrets]
        matches = [hmac.compare_digest(ours, theirs) for ours in expected if ours for theirs in given]
        if not any(matches):
            raise InvalidSignature("no configured secret signed this body")
        return webhook_id

    def read(self, body: bytes, now: datetime) -> CarrierMessage:
        """Every readable parcel; none for another type of message. Raises InvalidPayload naming the field.

        A wrong envelope is refused as a whole. A wrong parcel is left out, so that it does not hold up its batch (S-22); if no
        parcel is right, the message is refused.
        """
        with untrusted_json.field_errors("body"):
            content = untrusted_json.parse(body)
            if _Type.model_validate(content).type != "tracking.updated":
                return CarrierMessage()
            message = _Update.model_validate(content)
        sent_at = datetime.fromisoformat(message.timestamp).astimezone(UTC) if message.timestamp else now
        return CarrierMessage(parcels=_reported_parcels(message.data.parcels, min(sent_at, now), now))


def _sent_at(stamp: str) -> datetime:
    """Whole seconds in plain digits: the library would also take `1e9` and fractions that it does not sign."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11 and str(int(stamp)) == stamp):
        raise InvalidSignature("no usable webhook-timestamp")
    return datetime.fromtimestamp(int(stamp), UTC)


def _sign(secret: str, webhook_id: str, sent_at: datetime, text: str) -> bytes | None:
    """The signature a sender with this secret would send, None for a secret that is none (fails closed)."""
    try:
        return Webhook(secret).sign(webhook_id, sent_at, text).encode()
    except (EmptyWebhookSecretError, ValueError, binascii.Error):
        log.error("generic: a configured webhook secret is empty or not base64")
        return None


def _reported_parcels(parcels: list[object], sent_at: datetime, now: datetime) -> tuple[ReportedParcel, ...]:
    read: list[ReportedParcel] = []
    wrong: list[InvalidPayload] = []
    for index, parcel in enumerate(parcels):
        try:
            read.append(_reported_parcel(_Parcel.model_validate(parcel), sent_at, now))
        except ValidationError as problem:
            wrong.append(untrusted_json.invalid_payload(problem, f"data.parcels[{index}]"))
            log.info("generic: parcel %d of %d skipped", index, len(parcels))
    if wrong and not read:
        raise wrong[0]
    return tuple(read)


def _reported_parcel(parcel: _Parcel, sent_at: datetime, now: datetime) -> ReportedParcel:
    key = (parcel.carrier, parcel.tracking_number, _parse_day(parcel.shipped_on))
    builder = ReportedParcelBuilder("generic", key, now)
    codes = vocabulary(parcel.vocabulary)
    for scan in parcel.scans:
        words = f"{scan.status}/{scan.detail}" if scan.detail else scan.status
        # The key takes the status with the code: two scans of one moment that differ in it are two events.
        code = f"{words}/{scan.code}" if scan.code else words
        mapping = codes.map_status(scan.status, scan.detail or None)
        builder.add(RawScan(scan.at, scan.location, "", code), _with_stated(mapping, scan, words, code))
    return builder.build(_estimate(parcel.estimate, sent_at) if parcel.estimate else None)


def _with_stated(mapping: StatusMapping, scan: _Scan, words: str, code: str) -> StatusMapping:
    """The mapping with what the sender states itself, which goes before what its words imply.

    The carrier's own code replaces the words of the status; of words that are not in the vocabulary, all are kept.
    """
    stated: dict[str, object] = {
        "code": (untrusted_json.sanitize(scan.code, 120) or words) if mapping.listed else code
    }
    if scan.reason:
        reason_code = untrusted_json.sanitize(scan.reason.code, 64)
        stated["reason"] = ScanReason(code=reason_code, fault=scan.reason.fault)
    stated["action_required"] = mapping.action_required or scan.action_required
    return mapping.model_copy(update=stated)


def _estimate(estimate: _Estimate, sent_at: datetime) -> Estimate:
    return Estimate(
        reported_at=sent_at,
        at=_parse_instant(estimate.at),
        day=_parse_day(estimate.day),
        earliest_at=_parse_instant(estimate.earliest_at),
        earliest_day=_parse_day(estimate.earliest_day),
        confidence=estimate.confidence,
        reason=untrusted_json.sanitize(estimate.reason, 64),
    )
