"""Payloads of the carrier simulator: EasyPost's and AfterShip's trackers, and webhooks in EasyPost's and the generic form.

Written from the vendors' documentation and not from our adapters, so that a mistake in an adapter is not repeated here.
"""

import base64
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from simulators.carriers.schemas import ParcelScript, Receiver, ScriptedScan, Status

_EASYPOST: dict[Status, tuple[str, str]] = {
    "pre_transit": ("pre_transit", "label_created"),
    "picked_up": ("in_transit", "received_at_origin_facility"),
    "in_transit": ("in_transit", "arrived_at_facility"),
    "out_for_delivery": ("out_for_delivery", "out_for_delivery"),
    "attempt_failed": ("failure", "delivery_exception"),
    "available_for_pickup": ("available_for_pickup", "arrived_at_pickup_location"),
    "delivered": ("delivered", "arrived_at_destination"),
    "return_to_sender": ("return_to_sender", "return"),
    "exception": ("failure", "failure"),
    "cancelled": ("cancelled", "cancelled"),
    "expired": ("unknown", "expired"),
    "unknown": ("unknown", "unknown"),
}
_AFTERSHIP: dict[Status, tuple[str, str]] = {
    "pre_transit": ("InfoReceived", "InfoReceived_001"),
    "picked_up": ("InTransit", "InTransit_002"),
    "in_transit": ("InTransit", "InTransit_003"),
    "out_for_delivery": ("OutForDelivery", "OutForDelivery_001"),
    "attempt_failed": ("AttemptFail", "AttemptFail_001"),
    "available_for_pickup": ("AvailableForPickup", "AvailableForPickup_001"),
    "delivered": ("Delivered", "Delivered_001"),
    "return_to_sender": ("Exception", "Exception_010"),
    "exception": ("Exception", "Exception_001"),
    "cancelled": ("Exception", "Exception_001"),
    "expired": ("Expired", "Expired_001"),
    "unknown": ("Pending", "Pending_001"),
}


def visible_scans(script: ParcelScript, now: datetime | None) -> list[ScriptedScan]:
    """The scans that a look-up shows at that time, oldest first; none while the time was never set."""
    end = min(now, script.silent_from) if now and script.silent_from else now
    happened = [scan for scan in script.scans if end is not None and scan.at <= end]
    return sorted(happened, key=lambda scan: scan.at)


def easypost(
    script: ParcelScript, scans: Sequence[ScriptedScan], number: str | None = None
) -> dict[str, Any]:
    """A tracker with those scans."""
    status, detail = _EASYPOST[scans[-1].status] if scans else ("unknown", "unknown")
    expected = _expected(scans)
    return {
        "id": f"trk_{_digest(script.carrier, script.tracking_number)}",
        "object": "Tracker",
        "tracking_code": number or script.tracking_number,
        "carrier": script.carrier,
        "status": status,
        "status_detail": detail,
        "updated_at": _timestamp(script, scans[-1].at) if scans else None,
        "est_delivery_date": f"{expected}T00:00:00Z" if expected else None,
        "tracking_details": [_detail(script, scan) for scan in scans],
    }


def aftership(script: ParcelScript, scans: Sequence[ScriptedScan]) -> dict[str, Any]:
    """A tracking with those scans."""
    tag, subtag = _AFTERSHIP[scans[-1].status] if scans else ("Pending", "Pending_001")
    expected = _expected(scans)
    return {
        "id": _digest(script.carrier, script.tracking_number),
        "tracking_number": script.tracking_number,
        "slug": "-".join(script.carrier.casefold().split()),
        "active": bool(scans) and scans[-1].status != "delivered",
        "tag": tag,
        "subtag": subtag,
        "updated_at": _timestamp(script, scans[-1].at) if scans else None,
        "latest_estimated_delivery": {"type": "specific", "datetime": str(expected)} if expected else None,
        "checkpoints": [_checkpoint(script, scan) for scan in scans],
    }


def webhook_message(
    script: ParcelScript, position: int, receiver: Receiver, sent_at: int
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the webhook of the scan at that position of the script. A repeated webhook has the same id."""
    scan = script.scans[position]
    reported = scan.model_copy(update={"status": scan.webhook.status or scan.status})
    number = scan.webhook.tracking_number or script.tracking_number
    delivery = _digest(script.carrier, script.tracking_number, str(position), scan.at.isoformat())
    if receiver.form == "easypost":
        before = [other for other in visible_scans(script, scan.at) if other is not scan]
        result = easypost(script, [*before, reported], number)
        event = {
            "id": f"evt_{delivery}",
            "object": "Event",
            "description": "tracker.updated",
            "result": result,
        }
        body = json.dumps(event).encode()
        return body, {"X-Hmac-Signature": f"hmac-sha256-hex={_hmac_hex(receiver.secret, body)}"}
    body = json.dumps(
        {"type": "tracking.updated", "data": {"parcels": [_generic(script, reported, number)]}}
    ).encode()
    return body, _standard_webhooks_headers(receiver.secret, f"msg_{delivery}", sent_at, body)


def _detail(script: ParcelScript, scan: ScriptedScan) -> dict[str, Any]:
    status, detail = _EASYPOST[scan.status]
    where = {"city": scan.city or None, "state": None, "country": scan.country}
    stated = _timestamp(script, scan.at)
    return {"datetime": stated, "status": status, "status_detail": detail, "tracking_location": where}


def _checkpoint(script: ParcelScript, scan: ScriptedScan) -> dict[str, Any]:
    tag, subtag = _AFTERSHIP[scan.status]
    return {
        "tag": tag,
        "subtag": subtag,
        "checkpoint_time": _timestamp(script, scan.at),
        "city": scan.city or None,
        "country_region": scan.country,
    }


def _generic(script: ParcelScript, scan: ScriptedScan, number: str) -> dict[str, Any]:
    parcel: dict[str, Any] = {"carrier": script.carrier, "tracking_number": number}
    if (expected := _expected([scan])) is not None:
        parcel["estimate"] = {"day": str(expected)}
    where = ", ".join(filter(None, (scan.city, scan.country)))
    return {
        **parcel,
        "scans": [{"at": _timestamp(script, scan.at), "status": scan.status, "location": where}],
    }


def _expected(scans: Sequence[ScriptedScan]) -> date | None:
    return next((scan.estimate for scan in reversed(scans) if scan.estimate is not None), None)


def _timestamp(script: ParcelScript, at: datetime) -> str:
    """The time as this carrier writes it: in UTC, or a wall clock that it wrongly labels as UTC."""
    shift = timedelta(0)
    if script.wrong_zone is not None:
        shift = datetime.strptime(script.wrong_zone, "%z").utcoffset() or shift
    return f"{(at.astimezone(UTC) + shift).replace(tzinfo=None).isoformat()}Z"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def _hmac_hex(secret: str, body: bytes) -> str:
    return hmac.new(unicodedata.normalize("NFKD", secret).encode(), body, hashlib.sha256).hexdigest()


def _standard_webhooks_headers(secret: str, delivery: str, sent_at: int, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks 1.0.0."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.digest(key, f"{delivery}.{sent_at}.".encode() + body, "sha256")
    return {
        "webhook-id": delivery,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
