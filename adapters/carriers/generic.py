"""The generic source: a JSON webhook of our own form, signed as Standard Webhooks 1.0.0 says.

For carriers, warehouses and middleware without an adapter. Body in UTF-8, times in ISO 8601 with offset:

    {"type": "tracking.updated",
     "timestamp": "2026-11-21T10:00:00Z",                      optional: when the sender knew this
     "data": {"parcels": [
       {"carrier": "acme", "tracking_number": "AC123",         1-64 characters each
        "shipped_on": "2026-11-19",                            optional: tells recycled numbers apart
        "estimate": {"day": "2026-11-23"},                     optional: or {"at": "2026-11-23T15:00:00-05:00"};
                     a window: with "earliest_day" or "earliest_at" as well; "confidence": 0 to 1; "reason": a code
        "vocabulary": "karrio",                                optional: whose codes status and detail are; ours by default
        "scans": [                                             at most 500
          {"at": "2026-11-20T08:15:00+01:00",
           "status": "in_transit",                             one of the twelve of domain/model/scan.py
           "detail": "",                                       optional: a closer code, where `vocabulary` has such
           "code": "HUB-7",                                    optional: the carrier's own code
           "location": "Leipzig, DE",                            optional, at most 120 characters are kept
           "reason": {"code": "missorted", "fault": "carrier"},  optional
           "action_required": false}]}]}}                      optional

Other fields are ignored everywhere. With `vocabulary` (one of NAMES of vocabulary.py) middleware forwards the codes of Shippo,
karrio, TrackingMore, Easyship, EasyPost or AfterShip untranslated; docs/vocabulary.md says what they mean.
Headers: `webhook-id`, `webhook-timestamp` (seconds), `webhook-signature` (`v1,<base64>`, several separated by spaces).
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import ValidationError

from adapters import untrusted_json
from adapters.carriers.generic_schemas import (
    GenericEnvelope,
    GenericEstimate,
    GenericMessage,
    GenericParcel,
    GenericScan,
    parse_day,
    parse_instant,
)
from adapters.carriers.reported_parcel import ReportedParcelBuilder
from adapters.carriers.vocabulary import StatusMapping, vocabulary
from adapters.standard_webhook_signature import verify_standard_webhook
from domain.model.estimate import Estimate
from domain.model.scan import ScanReason
from ports.carriers import CarrierMessage, ReportedParcel
from ports.inbound_webhooks import InvalidPayload


class Generic:
    """The source `generic`: any sender of the documented body."""

    name = "generic"

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime) -> str:
        """See the port. The delivery's id is the header `webhook-id`."""
        return verify_standard_webhook(headers, body, secrets, now)

    def read(self, body: bytes, now: datetime) -> CarrierMessage:
        """Every readable parcel; none for another type of message. Raises InvalidPayload naming the field.

        A wrong envelope cannot be read at all. A wrong parcel is named in `unread` and does not hold up its batch (S-22); if
        no parcel is right, the message cannot be read.
        """
        with untrusted_json.FieldErrors("body"):
            content = untrusted_json.parse(body)
            if GenericEnvelope.model_validate(content).type != "tracking.updated":
                return CarrierMessage()
            message = GenericMessage.model_validate(content)
        sent_at = datetime.fromisoformat(message.timestamp).astimezone(UTC) if message.timestamp else now
        return _message(message.data.parcels, min(sent_at, now), now)


def _message(parcels: list[object], sent_at: datetime, now: datetime) -> CarrierMessage:
    read: list[ReportedParcel] = []
    wrong: list[InvalidPayload] = []
    for index, parcel in enumerate(parcels):
        try:
            read.append(_reported_parcel(GenericParcel.model_validate(parcel), sent_at, now))
        except ValidationError as problem:
            wrong.append(untrusted_json.invalid_payload(problem, f"data.parcels[{index}]"))
    if wrong and not read:
        raise wrong[0]
    return CarrierMessage(parcels=tuple(read), unread=tuple(str(problem) for problem in wrong))


def _reported_parcel(parcel: GenericParcel, sent_at: datetime, now: datetime) -> ReportedParcel:
    key = (parcel.carrier, parcel.tracking_number, parse_day(parcel.shipped_on))
    builder = ReportedParcelBuilder("generic", key, now)
    codes = vocabulary(parcel.vocabulary)
    for scan in parcel.scans:
        status = f"{scan.status}/{scan.detail}" if scan.detail else scan.status
        # The key takes the status with the code: two scans of one moment that differ in it are two events.
        code = f"{status}/{scan.code}" if scan.code else status
        mapping = codes.map_status(scan.status, scan.detail or None)
        builder.add(_with_stated(mapping, scan, status, code), scan.at, scan.location, "", code)
    return builder.build(_estimate(parcel.estimate, sent_at) if parcel.estimate else None)


def _with_stated(mapping: StatusMapping, scan: GenericScan, status: str, code: str) -> StatusMapping:
    """The mapping with the sender's own values, which have precedence over those of the vocabulary.

    The carrier's own code replaces the status; of a status that is not in the vocabulary everything is kept.
    """
    stated: dict[str, object] = {
        "code": (untrusted_json.sanitize(scan.code, 120) or status) if mapping.listed else code
    }
    if scan.reason:
        reason_code = untrusted_json.sanitize(scan.reason.code, 64)
        stated["reason"] = ScanReason(code=reason_code, fault=scan.reason.fault)
    stated["action_required"] = mapping.action_required or scan.action_required
    return mapping.model_copy(update=stated)


def _estimate(estimate: GenericEstimate, sent_at: datetime) -> Estimate:
    return Estimate(
        reported_at=sent_at,
        at=parse_instant(estimate.at),
        day=parse_day(estimate.day),
        earliest_at=parse_instant(estimate.earliest_at),
        earliest_day=parse_day(estimate.earliest_day),
        confidence=estimate.confidence,
        reason=untrusted_json.sanitize(estimate.reason, 64),
    )
