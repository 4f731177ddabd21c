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
        "scans": [                                             the last 500 are read
          {"at": "2026-11-20T08:15:00+01:00",
           "status": "in_transit",                             one of the twelve of domain/model/scan.py
           "detail": "",                                       optional: a closer code, where `vocabulary` has such
           "code": "HUB-7",                                    optional: the carrier's own code
           "location": "Leipzig, DE",                            optional, at most 120 characters are kept
           "reason": {"code": "missorted", "fault": "carrier"},  optional
           "action_required": false}]}]}}                      optional

What is optional, and `carrier`, may be null; a text may be a number. Other fields are ignored everywhere. With `vocabulary` (one
of NAMES of vocabulary.py) middleware forwards the codes of Shippo, karrio, TrackingMore, Easyship, EasyPost or AfterShip
untranslated; docs/vocabulary.md says what they mean.
Headers: `webhook-id`, `webhook-timestamp` (seconds), `webhook-signature` (`v1,<base64>`, several separated by spaces).
"""

from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from adapters import untrusted_json
from adapters.carriers.generic_schemas import (
    SCAN,
    GenericEnvelope,
    GenericEstimate,
    GenericMessage,
    GenericParcel,
    GenericScan,
    parse_day,
    parse_instant,
)
from adapters.carriers.reported_parcel import ReportedParcelBuilder
from adapters.carriers.tally import Tally
from adapters.carriers.vocabulary import MAX_CODE, Vocabulary, vocabulary
from adapters.standard_webhook_signature import verify_standard_webhook
from adapters.stated_times import parse_estimate, parse_reported_at
from adapters.untrusted_json import text
from domain.model.estimate import Estimate
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
        sent_at = min(parse_reported_at(text(message.timestamp), now), now)
        return _message(message.data.parcels or [], sent_at, now)


def _message(parcels: list[object], sent_at: datetime, now: datetime) -> CarrierMessage:
    read: list[ReportedParcel] = []
    unread: list[str] = []
    wrong: list[InvalidPayload] = []
    tally = Tally("generic")
    for index, content in enumerate(parcels):
        where = f"data.parcels[{index}]"
        try:
            parcel, complaints = _reported_parcel(content, where, tally, (sent_at, now))
        except InvalidPayload as problem:
            wrong.append(problem)
            unread.append(str(problem))
        else:
            read.append(parcel)
            unread += complaints
    tally.write(len(unread))
    if wrong and not read:
        raise wrong[0]
    return CarrierMessage(parcels=tuple(read), unread=tuple(unread))


def _reported_parcel(
    content: object, where: str, tally: Tally, times: tuple[datetime, datetime]
) -> tuple[ReportedParcel, list[str]]:
    """The parcel, and what of it could not be read. times: of sending, and now. Raises InvalidPayload."""
    with untrusted_json.FieldErrors(where):
        parcel, unread = untrusted_json.readable(GenericParcel, content, ("scans", SCAN), where)
    name = (
        untrusted_json.name(parcel.carrier),
        str(parcel.tracking_number),
        parse_day(parcel.shipped_on),
    )
    builder = ReportedParcelBuilder(tally, name, times[1])
    for scan in parcel.scans or ():
        _add(builder, scan, vocabulary(parcel.vocabulary or "generic"))
    unread += builder.skipped(f"{where}.scans")
    if any(scan.estimate is not None for scan in parcel.scans or ()):
        unread.append(f"{where}.scans: estimate belongs to the parcel, beside scans")
    try:
        estimate = _estimate(parcel.estimate, times[0]) if parcel.estimate is not None else None
    except ValidationError as problem:
        estimate = None
        unread.append(str(untrusted_json.invalid_payload(problem, f"{where}.estimate")))
    reported = builder.build(estimate)
    untrusted_json.refuse_if_unread(reported.update.is_empty, unread)
    return reported, unread


def _add(builder: ReportedParcelBuilder, scan: GenericScan, codes: Vocabulary) -> None:
    stated, detail, carriers = (text(part)[:MAX_CODE] for part in (scan.status, scan.detail, scan.code))
    status = f"{stated}/{detail}" if detail else stated
    # The key takes the status with the code: two scans of one moment that differ in it are two events.
    code = f"{status}/{carriers}" if carriers else status
    mapping = codes.map_status(stated, detail or None)
    # The carrier's own code replaces the status; of a status that is not in the vocabulary everything is kept.
    own = (untrusted_json.sanitize(carriers, MAX_CODE) or status) if mapping.listed else code
    values: dict[str, object] = {
        "code": untrusted_json.sanitize(own, MAX_CODE),
        "action_required": mapping.action_required or bool(scan.action_required),
    }
    if scan.reason:
        values["reason"] = scan.reason.as_scan_reason()
    builder.add(mapping.model_copy(update=values), scan.at, text(scan.location), "", code)


def _estimate(stated: object, sent_at: datetime) -> Estimate:
    """Raises ValidationError."""
    estimate = GenericEstimate.model_validate(stated)
    is_window = estimate.earliest_at is not None
    padded = None if is_window else parse_estimate(estimate.at, sent_at, sent_at)
    day = padded.day if padded else None
    return Estimate(
        reported_at=sent_at,
        at=parse_instant(estimate.at) if day is None else None,
        day=day or parse_day(estimate.day),
        earliest_at=parse_instant(estimate.earliest_at),
        earliest_day=parse_day(estimate.earliest_day),
        confidence=estimate.confidence,
        reason=untrusted_json.sanitize(text(estimate.reason)[: 4 * 64], 64),
    )
