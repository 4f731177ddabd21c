"""SendGrid's event webhook: `bounce`, `dropped`, `deferred`, `delivered` and `spamreport`, signed by ECDSA over the raw body.

Documented at twilio.com/docs/sendgrid/for-developers/tracking-events: event, and getting started with the event webhook
security features.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import BaseModel, ConfigDict, TypeAdapter

from adapters import untrusted_json
from adapters.bounce_codes import has_code, report_of
from adapters.letter_names import METADATA
from adapters.mail_reports.references import reference_of
from adapters.mail_reports.stated_time import stated_time
from adapters.relay_answers import redacted_answer
from domain import keys
from domain.notifications.letter_reports import Report
from ports.inbound_webhooks import InvalidPayload, InvalidSignature
from ports.mail_reports import MailReport

_MAX_EVENTS = 5000  # SendGrid sends a batch of 768 kB at most


class _SendGridEvent(BaseModel):
    """One event; `smot_letter` is the unique argument that the letter had."""

    model_config = ConfigDict(extra="allow")

    event: str
    type: str = ""
    status: object = ""
    reason: object = ""
    response: object = ""
    timestamp: object = None


_BATCH = TypeAdapter(list[_SendGridEvent])


class SendGrid:
    """The source `sendgrid`. A secret is the verification key: a public key in base64, of which nothing is secret."""

    name = "sendgrid"

    async def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> str:
        """See the port. A batch states no id: the same bytes are the same delivery.

        The signed time is not compared: SendGrid repeats a batch for a day with its first signature, and a batch that is sent
        again has no further effect.
        """
        stamp = headers.get("X-Twilio-Email-Event-Webhook-Timestamp", "")
        given = headers.get("X-Twilio-Email-Event-Webhook-Signature", "")
        signed = stamp.encode("utf-8", "backslashreplace") + body
        if True not in [_signed_by(secret, given, signed) for secret in secrets]:
            raise InvalidSignature("no configured key signed this body")
        return keys.content(body)

    def read(self, body: bytes) -> Sequence[MailReport]:
        """See the port."""
        with untrusted_json.FieldErrors("body"):
            events = _BATCH.validate_python(untrusted_json.parse(body))
        if len(events) > _MAX_EVENTS:
            raise InvalidPayload("body: too_long")
        found = [
            (_report(event), reference_of((event.model_extra or {}).get(METADATA)), event) for event in events
        ]
        return [
            MailReport(
                reference=reference, report=report, reason=_reason(event), at=stated_time(event.timestamp)
            )
            for report, reference, event in found
            if report is not None and reference
        ]


def _signed_by(secret: str, given: str, signed: bytes) -> bool:
    try:
        key = load_der_public_key(base64.b64decode(secret, validate=True))
        signature = base64.b64decode(given, validate=True)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(signature, signed, ec.ECDSA(SHA256()))
    except (ValueError, WrongSignature):
        return False
    return True


def _reason(event: _SendGridEvent) -> str:
    return redacted_answer(str(event.reason or event.response or event.type or ""))


def _report(event: _SendGridEvent) -> Report | None:
    match event.event:
        case "delivered":
            return "delivered"
        case "spamreport":
            return "complained"
        case "deferred":
            return "delayed"
        case "dropped":
            return _dropped(str(event.reason or "").lower())
        case "bounce":  # of type `blocked` it is about the message, and not about the address
            if event.type == "blocked":
                return "not_delivered"
            return _bounce(str(event.status or ""), str(event.reason or ""))
    return None


def _dropped(reason: str) -> Report:
    """SendGrid did not try, because of what it knows of the address."""
    if "spam" in reason and "report" in reason:
        return "complained"
    return "bounced" if "bounced address" in reason or "invalid" in reason else "not_delivered"


def _bounce(status: str, reason: str) -> Report:
    """A code that says nothing is taken as SendGrid takes it: the address is suppressed after a `bounce`."""
    return report_of(status, reason) if has_code(f"{status} {reason}") else "bounced"
